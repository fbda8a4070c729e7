"""lwtest: what the tests on a real kernel share. Standard library only, for /usr/bin/python3.

A test program defines functions named test_* (rows of the table of bypasses: rowNN_*), and ends
with main(). Each runs in turn, speaks TAP, and gets a Case, which ends what it started whatever
happens:

    def row01_dropped_binary(t):
        box = t.box()                   # an overlay with its own root, as an engine would mount it
        watch = t.daemon(box, mode="enforce", rules=[ALERT_DRIFT])
        box.copy("/bin/true", "/tmp/x")
        t.equal(box.run(["/tmp/x"]).code, 0)
        watch.finding(path="/tmp/x", layer="added")

The program puts itself into a mount and pid namespace of its own first: the daemon under test
then sees no container but ours, and nothing is left behind.
"""
import ctypes
import hashlib
import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

LIB = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(LIB))
BUILD = os.path.abspath(os.environ.get("LW_BUILD") or os.path.join(TOP, "build"))
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
TEST_SECONDS = 60           # of one test, unless it says otherwise
READY_SECONDS = 15
FINDING_SECONDS = 10
FULL = os.environ.get("LW_FULL") == "1"
# an emulated machine: only what depends on speed gives way
SLOW = os.environ.get("LW_SLOW") == "1"

DROPPED = ["added", "modified", "memfd", "unknown"]
CODE = ["binary", "script"]
DENY_MALICIOUS = {"name": "malicious", "match": {"verdict": "malicious"}, "action": "deny"}
ALERT_DRIFT = {"name": "drift", "match": {"layer": DROPPED, "kind": CODE}, "action": "alert"}
DENY_DRIFT = {"name": "no drift", "match": {"layer": DROPPED, "kind": CODE}, "action": "deny"}
ALERT_TOUCHED = {"name": "touched", "match": {"layer": ["touched"]}, "action": "alert"}
ALERT_INLINE = {"name": "inline", "match": {"kind": ["inline"]}, "action": "alert"}


class Failed(Exception):
    """The product did not do what the test wants."""


class Skipped(Exception):
    """The kernel or the machine cannot run this test, and why."""


class TimedOut(Failed):
    """The test as a whole took too long."""


def build_path(*names):
    return os.path.join(BUILD, *names)


def run(argv, **more):
    """A command of the host; raises when it fails."""
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **more)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def sha256_file(path):
    with open(path, "rb") as f:
        return sha256(f.read())


def kernel_at_least(major, minor):
    found = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return (int(found[1]), int(found[2])) >= (major, minor)


def wait_until(what, predicate, seconds=10, step=0.02):
    end = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"after {seconds} s still not: {what}")
        time.sleep(step)


def is_alive(pid):
    """Neither gone nor a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def kill_quietly(pid, signo=signal.SIGKILL):
    try:
        os.kill(pid, signo)
    except ProcessLookupError:
        pass


def unescape(field):
    return re.sub(r"\\(\d{3})", lambda m: chr(int(m[1], 8)), field)


def mounts():
    """(device as "major:minor", mount point, type) of our namespace."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as f:
        for line in f:
            left, right = line.split(" - ", 1)
            yield left.split()[2], unescape(left.split()[4]), right.split()[0]


class Result:
    """Of a command in a box: exit code as a shell has it, and what it wrote."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    @property
    def denied(self):
        return self.code == 126 and b"not permitted" in self.err.lower()

    def __repr__(self):
        return f"exit {self.code}, stdout {self.out[:300]!r}, stderr {self.err[:300]!r}"


class Box:
    """A throwaway container: an overlay whose lowest layer is the host's own root, unless told
    otherwise.

    Above it lies a small image layer with /lwtest/actor and what `image` names: {path: bytes or
    (bytes, mode)}.
    """

    def __init__(self, case, image=None, lowers=None, upper=None, options="", data=True):
        self.case = case
        self.base = case.scratch()
        self.image = os.path.join(self.base, "image")
        self.upper_home = upper or os.path.join(self.base, "rw")
        self.upper = os.path.join(self.upper_home, "upper")
        self.work = os.path.join(self.upper_home, "work")
        self.root = os.path.join(self.base, "merged")
        for folder in (self.image, self.upper, self.work, self.root):
            os.makedirs(folder, exist_ok=True)
        self._fill_image(image or {})
        self.lowers = [self.image] + (["/"] if lowers is None else list(lowers))
        self.options = options
        self.mount()

    def _fill_image(self, image):
        for name in ("actor", "actor-static", "actor32", "fusehang"):
            if os.path.exists(build_path("tests/lib", name)):
                self.image_file(f"/lwtest/{name}", self.case.built(name))
        for path, content in image.items():
            if isinstance(content, tuple):
                self.image_file(path, content[0], content[1])
            else:
                self.image_file(path, content)
        for folder in ("tmp", "proc", "dev"):
            os.makedirs(os.path.join(self.image, folder), exist_ok=True)
        tmp = os.path.join(self.image, "tmp")
        os.chmod(tmp, 0o1777)
        os.setxattr(tmp, "trusted.overlay.opaque", b"y")      # nothing of the host's own /tmp

    def image_file(self, path, content, mode=0o755):
        """Only before the overlay is mounted."""
        target = self.image + path
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as f:
            f.write(content)
        os.chmod(target, mode)

    def mount(self):
        options = f"lowerdir={':'.join(self.lowers)},upperdir={self.upper},workdir={self.work}"
        if self.options:
            options += "," + self.options
        run(["mount", "-t", "overlay", "lwtest", "-o", options, self.root])
        self.device = next(dev for dev, point, _ in mounts() if point == self.root)

    def unmount(self, lazy=False):
        return subprocess.run(["umount"] + (["-l"] if lazy else []) + [self.root], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def path(self, inside):
        """The host's path of a file of the container."""
        return self.root + inside

    def put(self, path, content, mode=0o755):
        """Through the overlay, as a process of the container would."""
        if isinstance(content, str):
            content = content.encode()
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "wb") as f:
            f.write(content)
        os.chmod(self.path(path), mode)
        return sha256(content)

    def copy(self, source, path, mode=0o755, append=b""):
        with open(source, "rb") as f:
            return self.put(path, f.read() + append, mode)

    def read(self, path):
        with open(self.path(path), "rb") as f:
            return f.read()

    def has(self, path):
        return os.path.lexists(self.path(path))

    def argv(self, argv, uid=0):
        return [build_path("tests/lib/actor"), "enter", self.root, str(uid)] + list(argv)

    def run(self, argv, uid=0, timeout=20, stdin=b"", env=None):
        start = time.monotonic()
        p = self.start(argv, uid=uid, env=env)
        try:
            out, err = p.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired as e:
            p.kill()
            p.communicate()
            raise Failed(f"{argv} still runs after {timeout} s") from e
        return Result(p.returncode, out, err, time.monotonic() - start)

    def start(self, argv, uid=0, env=None):
        full = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", **(env or {})}
        p = subprocess.Popen(self.argv(argv, uid), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=full)
        self.case.processes.append(p)
        return p

    def shell(self, code, **more):
        return self.run(["/bin/sh", "-c", code], **more)

    def actor(self, *argv, **more):
        return self.run(["/lwtest/actor", *[str(a) for a in argv]], **more)

    def drop_caches(self):
        """Inodes and pages of the overlay leave memory, as after a long time."""
        os.sync()
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as f:
            f.write("3\n")


class Finding:
    """One finding, with short names for what tests ask."""

    def __init__(self, record):
        self.record = record
        self.finding = record["finding"]
        self.category = self.finding.get("category", "")
        self.properties = self.finding.get("sourceProperties", {})
        self.layer = self.properties.get("Layer")
        self.action = self.properties.get("Action")
        self.rule = self.properties.get("Policy_Rule")
        processes = self.finding.get("processes") or [{}]
        self.process = processes[0]
        self.parents = processes[1:]
        self.binary = self.process.get("binary", {})
        self.script = self.process.get("script", {})
        self.args = self.process.get("args", [])
        self.container = (self.finding.get("containers") or [{}])[0]

    @property
    def is_health(self):
        return self.finding.get("findingClass") == "SCC_ERROR"

    @property
    def paths(self):
        files = [self.script, self.binary] + self.finding.get("files", [])
        return [f["path"] for f in files if "path" in f]

    @property
    def path(self):
        """Of what is judged: the script if there is one."""
        return self.paths[0] if self.paths else None

    @property
    def hashes(self):
        files = [self.script, self.binary] + self.finding.get("files", [])
        return [f["sha256"] for f in files if "sha256"
                in f] + [self.properties.get("Script_SHA256")]

    @property
    def contents(self):
        return self.script.get("contents")

    def matches(self, wanted):
        for key, value in wanted.items():
            if key == "sha256":
                found = value in self.hashes
            elif callable(value):
                found = value(getattr(self, key))
            else:
                found = getattr(self, key) == value
            if not found:
                return False
        return True

    def __repr__(self):
        return (f"<{self.category!r} {self.paths} layer={self.layer} action={self.action} "
                f"rule={self.rule}"
                f" args={str(self.args)[:80]}>")


class Daemon:
    """layerwatchd from the build tree, with a policy of the test's own."""

    def __init__(self, case, policy, limits=(), settle=None):
        self.case = case
        self.folder = case.scratch()
        os.chmod(self.folder, 0o755)
        self.control = os.path.join(self.folder, "control.sock")
        self.config = os.path.join(self.folder, "layerwatch.yaml")
        policy.setdefault("processes", {})["control"] = self.control
        self.policy = policy
        self.write_policy(policy)
        self.findings, self.health, self.bad = [], [], []
        self.lines = queue.Queue()
        self.log = tempfile.TemporaryFile()
        self._start(limits)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_ready()

    def write_policy(self, policy):
        temporary = self.config + ".new"
        with open(temporary, "w", encoding="utf-8") as f:
            json.dump(policy, f)          # JSON is YAML
        os.rename(temporary, self.config)

    def _start(self, limits):
        path = os.path.join(self.folder, "notify")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(path)
        argv = [build_path("layerwatchd"), "-c", self.config]
        if limits:
            argv = ["prlimit", *limits, "--", *argv]
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.log,
                                        env={**os.environ, "NOTIFY_SOCKET": path})

    def _read(self):
        for line in self.process.stdout:
            try:
                record = json.loads(line.decode("utf-8", "strict"))
                finding = Finding(record)
            except (ValueError, KeyError, AttributeError) as e:
                self.bad.append((line[:400], repr(e)))
                continue
            (self.health if finding.is_health else self.findings).append(finding)

    def wait_notify(self, field, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.notify.settimeout(0.2)
            try:
                if field in self.notify.recv(4096).decode().splitlines():
                    return
            except socket.timeout:
                pass
            if self.process.poll() is not None:
                raise Failed(f"layerwatchd ended with {self.process.returncode} before "
                             f"{field}\n{self.stderr()}")
        raise Failed(f"layerwatchd did not say {field} in {seconds} s\n{self.stderr()}")

    def wait_ready(self):
        self.wait_notify("READY=1", READY_SECONDS)

    def stderr(self):
        self.log.seek(0)
        return self.log.read().decode("utf-8", "replace")[-6000:]

    # processes

    def pids(self, role=None):
        """Of the helpers that live: layerwatch-ROLE."""
        found = []
        for pid in os.listdir("/proc"):
            if not pid.isdigit() or not is_alive(pid):
                continue
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
                name = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
            except (OSError, ValueError):
                continue
            name = name.removeprefix("lt-").removesuffix(" (deleted)")
            if parent == self.process.pid and (role is None or name == f"layerwatch-{role}"):
                found.append(int(pid))
        return found

    def pid(self, role):
        return wait_until(f"a {role} process", lambda: self.pids(role))[0]

    def memory_kib(self):
        """PSS of all processes together."""
        total = 0
        for pid in self.pids() + [self.process.pid]:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                total += int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M)[1])
        return total

    def marks(self):
        """What the gate has marked: ("sdev" or "inode", device as "major:minor")."""
        found = set()
        for pid in self.pids("gate"):
            folder = f"/proc/{pid}/fdinfo"
            for fd in os.listdir(folder):
                try:
                    with open(f"{folder}/{fd}", encoding="ascii") as f:
                        text = f.read()
                except OSError:
                    continue
                for line in re.findall(r"^fanotify (.*)$", text, re.M):
                    device = re.search(r"sdev:([0-9a-f]+)", line)
                    if device:
                        number = int(device[1], 16)
                        kind = "inode" if "ino:" in line else "sdev"
                        found.add((kind, f"{number >> 20}:{number & 0xfffff}"))
        return found

    def is_marked(self, box):
        return ("sdev", box.device) in self.marks()

    def wait_marked(self, *boxes, seconds=10):
        for box in boxes:
            wait_until(f"overlay {box.device} is marked", lambda b=box: self.is_marked(b), seconds)

    # what it says

    def ask(self, verb, seconds=5):
        """The answer of the control socket, as a list of objects."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(seconds)
            s.connect(self.control)
            s.sendall(verb.encode() + b"\n")
            data = b""
            while True:
                part = s.recv(65536)
                if not part:
                    break
                data += part
        lines = [json.loads(line) for line in data.splitlines()]
        if not lines or not lines[0].get("ok"):
            raise Failed(f"{verb}: {lines[:1]}")
        return lines[1:]

    def status(self):
        """All numbers of status, whatever object they stand in, by their last key."""
        flat = {}

        def walk(value):
            for key, part in value.items():
                if isinstance(part, dict):
                    walk(part)
                else:
                    flat[key] = part
        for line in self.ask("status"):
            walk(line)
        return flat

    def find(self, **wanted):
        return [f for f in list(self.findings) if f.matches(wanted)]

    def finding(self, seconds=FINDING_SECONDS, **wanted):
        """Waits for a finding with these attributes (values or predicates), and returns the
        first."""
        end = time.monotonic() + seconds
        while True:
            found = self.find(**wanted)
            if found:
                return found[0]
            if time.monotonic() > end or self.process.poll() is not None:
                raise Failed(f"no finding with {wanted}; there are {self.findings[-12:]}, health "
                             f"{[h.category for h in self.health]}\n{self.stderr()}")
            time.sleep(0.02)

    def no_finding(self, box, **wanted):
        """None with these attributes: a later execution's finding shows that all before it were
        told."""
        self.case.sentinels += 1
        name = f"/tmp/sentinel-{self.case.sentinels}"
        box.put(name, f"#!/bin/sh\n# {name}\nexit 0\n")
        box.run([name])
        self.finding(path=name)
        time.sleep(0.1)
        found = self.find(**wanted)
        if found:
            raise Failed(f"there should be no finding with {wanted}: {found}")

    def wait_health(self, seconds=FINDING_SECONDS, text=""):
        return wait_until(f"a health finding with {text!r}",
                          lambda: [h for h in list(self.health) if text in json.dumps(h.record)],
                          seconds)[0]

    def reload(self, policy):
        policy.setdefault("processes", {})["control"] = self.control
        self.write_policy(policy)
        self.process.send_signal(signal.SIGHUP)
        self.wait_notify("READY=1", READY_SECONDS)

    def stop(self, check=True):
        """In good order; what it wrote must have been JSON lines."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired as e:
                self.process.kill()
                self.process.wait()
                if check:
                    raise Failed(f"layerwatchd did not stop in 10 s\n{self.stderr()}") from e
        self._reader.join(5)
        self.process.stdout.close()
        self.notify.close()
        if check:
            if self.process.returncode != 0:
                raise Failed(f"layerwatchd ended with {self.process.returncode}\n{self.stderr()}")
            if self.bad:
                raise Failed(f"not a finding: {self.bad[:3]}")
            validate(self.findings + self.health)


def validate(findings):
    """By the JSON schema, where Python has the means."""
    path = os.path.join(LIB, "finding.schema.json")
    try:
        import jsonschema
    except ImportError:
        return
    with open(path, encoding="utf-8") as f:
        schema = json.load(f)
    validator = jsonschema.validators.validator_for(schema)(schema)
    for finding in findings[:200]:
        try:
            validator.validate(finding.record)
        except jsonschema.ValidationError as e:
            where = list(e.absolute_path)
            raise Failed(f"{finding}: breaks the schema: {e.message} at {where}") from e


class Case:
    """One test at work: makes things, and takes all of them away at its end."""

    def __init__(self, name):
        self.name = name
        self.folders, self.boxes, self.daemons, self.processes, self.undo = [], [], [], [], []
        self.sentinels = 0

    def scratch(self, size="512m"):
        """A folder on a tmpfs of its own."""
        folder = tempfile.mkdtemp(prefix="lwtest-", dir="/tmp")
        run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "lwtest", folder])
        self.folders.append(folder)
        return folder

    def disk(self, kind="ext4", size_mib=96):
        """A folder on a loop-mounted filesystem."""
        if not shutil.which(f"mkfs.{kind}"):
            raise Skipped(f"mkfs.{kind} is not installed")
        if kind == "xfs":
            size_mib = max(size_mib, 320)
        home = self.scratch(f"{size_mib + 16}m")
        image, folder = os.path.join(home, "disk"), os.path.join(home, "mnt")
        with open(image, "wb") as f:
            f.truncate(size_mib << 20)
        run([f"mkfs.{kind}", "-q", image])
        os.mkdir(folder)
        run(["mount", "-o", "loop", image, folder])
        self.folders.append(folder)
        return folder

    def built(self, name):
        with open(build_path("tests/lib", name), "rb") as f:
            return f.read()

    def box(self, **more):
        box = Box(self, **more)
        self.boxes.append(box)
        return box

    def hash_list(self, hashes, name="list", verdict="malicious"):
        """A compiled hash list, as an entry of content.hash_lists."""
        folder = self.scratch()
        text, path = os.path.join(folder, "hashes.txt"), os.path.join(folder, f"{name}.lwh")
        with open(text, "w", encoding="ascii") as f:
            f.write("".join(h + "\n" for h in hashes))
        run([build_path("layerwatch"), "hashset", "build", "-o", path, text])
        return {"name": name, "path": path, "verdict": verdict}

    def policy(self, mode="detect", rules=None, malicious=(), **more):
        """Defaults for tests: nothing folded, nothing limited, found on standard output."""
        policy = {
            "version": 1,
            "mode": mode,
            "watch": {"rescan_ms": 200},
            "decision": {"deadline_ms": 2000, **({"evidence_ms": 1000} if SLOW else {})},
            "noise": {"repeat_window": "0s", "alerts_per_minute": 0},
            "rules": [DENY_MALICIOUS, ALERT_DRIFT] if rules is None else rules,
            "sinks": [{"type": "stdout"}],
        }
        if malicious:
            policy["content"] = {"hash_lists": [self.hash_list(malicious)]}
        for key, value in more.items():
            if isinstance(value, dict) and isinstance(policy.get(key), dict):
                policy[key].update(value)
            else:
                policy[key] = value
        return policy

    def daemon(self, *boxes, limits=(), **policy):
        """Starts one that has marked these boxes."""
        daemon = Daemon(self, self.policy(**policy), limits)
        self.daemons.append(daemon)
        daemon.wait_marked(*boxes)
        return daemon

    def after(self, function, *arguments):
        self.undo.append((function, arguments))

    def sysctl(self, name, value):
        """Set for this test only."""
        path = "/proc/sys/" + name.replace(".", "/")
        with open(path, encoding="ascii") as f:
            old = f.read()
        with open(path, "w", encoding="ascii") as f:
            f.write(str(value))

        def restore():
            with open(path, "w", encoding="ascii") as f:
                f.write(old)
        self.after(restore)

    def end(self, check):
        """check: a daemon that does not stop in good order fails the test."""
        problem = None
        for p in self.processes:
            if p.poll() is None:
                p.kill()
                p.wait()
            for stream in (p.stdin, p.stdout, p.stderr):
                if stream:
                    stream.close()
        for daemon in self.daemons:
            try:
                daemon.stop(check)
            except Failed as e:
                problem = e
        for function, arguments in reversed(self.undo):
            function(*arguments)
        for box in self.boxes:
            box.unmount(lazy=True)
        for folder in reversed(self.folders):
            subprocess.run(["umount", "-l", folder], check=False, stderr=subprocess.DEVNULL)
            if os.path.dirname(folder) == "/tmp":
                os.rmdir(folder)
        if check and problem:
            raise problem

    # what tests say

    def equal(self, found, wanted, what=""):
        if found != wanted:
            raise Failed(f"{what or 'value'}: found {found!r}, wanted {wanted!r}")

    def true(self, value, what):
        if not value:
            raise Failed(f"not so: {what}")

    def contains(self, found, wanted, what=""):
        if wanted not in found:
            raise Failed(f"{what or 'value'}: {wanted!r} is not in {found!r}")

    def ran(self, result, code=0):
        if result.code != code:
            raise Failed(f"it should have run (exit {code}): {result}")

    def denied(self, result):
        if not result.denied:
            raise Failed(f"it should have been denied: {result}")

    def skip(self, why):
        raise Skipped(why)


def seconds(n):
    """Decorator: this test may take so long."""
    def mark(function):
        function.seconds = n
        return function
    return mark


def isolate(pids=True):
    """Starts this program again in a mount and pid namespace of its own, without foreign
    overlays. Without pids, only the mounts are its own: the daemon sees all processes, and by
    them the overlays of others."""
    if os.environ.get("LW_ISOLATED") != "1":
        os.environ["LW_ISOLATED"] = "1"
        own = ["--pid", "--mount-proc"] if pids else []
        os.execvp("unshare",
                  ["unshare", "--mount", *own, "--fork", "--kill-child", "--propagation",
                   "private", sys.executable, "-B", *sys.argv])
    if not pids:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for _, point, kind in reversed(list(mounts())):
        if kind == "overlay" and point != "/":
            subprocess.run(["umount", "-l", point], check=False, stderr=subprocess.DEVNULL)
    # the shell of an adopted orphan is ours to reap; the library does the rest
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def on_alarm(*_):
    raise TimedOut("the test took too long")


def run_case(function):
    """Returns (outcome, text)."""
    case = Case(function.__name__)
    signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(getattr(function, "seconds", TEST_SECONDS) * (3 if SLOW else 1))
    outcome, text = "ok", ""
    try:
        function(case)
    except Skipped as e:
        outcome, text = "skip", str(e)
    except Exception as e:  # whatever it is, the other tests go on
        outcome, text = "not ok", str(e) if isinstance(e, Failed) else traceback.format_exc()
        if isinstance(e, subprocess.CalledProcessError):
            text += (e.stdout or b"").decode("utf-8", "replace")
        where = traceback.extract_tb(e.__traceback__)
        text += "".join(f"\nat {f.name}:{f.lineno}: {f.line}" for f in where
                        if f.filename == sys.argv[0])
    signal.alarm(30)
    try:
        case.end(check=outcome == "ok")
    except Exception as e:  # the same
        if outcome == "ok":
            outcome, text = "not ok", str(e) if isinstance(e, Failed) else traceback.format_exc()
    signal.alarm(0)
    return outcome, text


def say(outcome, number, name, text, took):
    if outcome == "skip":
        print(f"ok {number} - {name} # SKIP {text}", flush=True)
        return
    print(f"{outcome} {number} - {name}", flush=True)
    for line in text.splitlines():
        print(f"# {line}", flush=True)
    if took > 5:
        print(f"# {took:.1f} s", flush=True)


def main(prefixes=("row", "test_", "fact"), pids=True):
    """Runs the calling module's tests; arguments choose by part of the name. pids: in a pid
    namespace of their own."""
    if os.geteuid() != 0:
        print("1..0 # SKIP root is needed")
        sys.exit(77)
    isolate(pids)
    module = sys.modules["__main__"]
    run_all([f for name, f in vars(module).items() if callable(f) and name.startswith(prefixes)
             and getattr(f, "__module__", "") == "__main__"])


def run_all(tests):
    if len(sys.argv) > 1:
        tests = [f for f in tests if any(part in f.__name__ for part in sys.argv[1:])]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, function in enumerate(tests, 1):
        start = time.monotonic()
        outcome, text = run_case(function)
        failed += outcome == "not ok"
        say(outcome, number, function.__name__, text, time.monotonic() - start)
    sys.exit(1 if failed else 0)
