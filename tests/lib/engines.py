"""engines: the tests that Docker and Podman share. A program names its engine and calls main()."""
import json
import os
import subprocess
import sys
import time

import lwtest
from lwtest import BUILD, LIB, Failed, seconds

FIRST = int(os.environ.get("LW_FIRST", "100"))     # containers whose first execution must be seen
STATIC = os.path.join(BUILD, "tests/lib/actor-static")


def shell(code, check=True, **more):
    """Code that uses tests/lib/engines.sh."""
    env = {**os.environ, "LW_ENGINES": os.environ["LW_ENGINES"]}
    p = subprocess.run(["/bin/sh", "-c", f". {LIB}/engines.sh\n{code}"], env=env, check=False,
                       stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, **more)
    if check and p.returncode != 0:
        raise Failed(f"{code}: exit {p.returncode}: {p.stderr.decode('utf-8', 'replace')[-800:]}")
    return p


class Engine:
    """docker or podman, with an image of the test's own."""

    def __init__(self, name):
        self.name = name
        self.image = f"lw-test-{os.getpid()}"
        self.count = 0

    def open(self):
        shell(f"start_engine {self.name}", timeout=120)
        shell(f"make_image {self.name} {self.image} {STATIC}", timeout=120)

    def close(self):
        shell(f"remove_image {self.name} {self.image}; stop_engine {self.name}", check=False,
              timeout=120)

    def fresh(self):
        self.count += 1
        return f"lw-{os.getpid()}-{self.count}"

    def run(self, *arguments, check=False):
        """engine run ARGUMENTS..."""
        quoted = " ".join("'" + a.replace("'", "'\\''") + "'" for a in arguments)
        return shell(f"engine_run {self.name} {quoted}", check=check, timeout=120)

    def command(self, *arguments, check=True):
        return subprocess.run([self.name, *arguments], check=check, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE,
                              timeout=120)

    def inspect(self, container):
        return json.loads(self.command("inspect", container).stdout)[0]

    def matches(self):
        """The container part of a rule: only ours, whatever else runs on this machine."""
        return {"image": f"*{self.image}*"}


def alert_all(engine):
    return {"name": "all of ours", "action": "alert", "match": {
        "layer": ["image", "touched", "modified", "added"], "kind": ["binary"],
        "container": engine.matches()}}


def deny_drift(engine):
    return {"name": "no drift", "action": "deny", "match": {
        "layer": ["modified", "added"], "kind": ["binary", "script"],
        "container": engine.matches()}}


ENGINE = None       # of the program that runs


@seconds(900)
def test_first_execution_is_seen(t):
    """Of each of N new containers, with all facts."""
    watch = t.daemon(rules=[alert_all(ENGINE)])
    missing = []
    for number in range(FIRST):
        name = ENGINE.fresh()
        ENGINE.run("--rm", "--name", name, ENGINE.image, STATIC, "mark", "/dev/null",
                   f"first-{number}", check=True)
        try:
            watch.finding(path=STATIC, container=lambda c, n=name: c.get("name") == n, seconds=5)
        except Failed:
            missing.append(number)
    t.equal(missing, [], f"not seen with its name of {FIRST}")
    without = [f for f in watch.find(path=STATIC) if not f.container.get("name")]
    t.equal(without, [], "seen without its name")


@seconds(180)
def test_first_execution_is_denied(t):
    rule = {"name": "not this", "action": "deny",
            "match": {"path": [STATIC], "layer": ["image"], "container": ENGINE.matches()}}
    watch = t.daemon(mode="enforce", rules=[rule])
    for number in range(10):
        p = ENGINE.run("--rm", "--name", ENGINE.fresh(), ENGINE.image, STATIC, "mark", "/dev/null",
                       f"deny-{number}")
        t.true(p.returncode != 0, f"container {number} ran")
        watch.finding(args=lambda a, n=number: a[-1:] == [f"deny-{n}"], action="denied")


@seconds(120)
def test_facts_are_complete(t):
    watch = t.daemon(rules=[alert_all(ENGINE)])
    name = ENGINE.fresh()
    ENGINE.run("-d", "--name", name, "--label", "team=red", "--label", "empty=", "--label",
               "odd=a=b,c d",
               ENGINE.image, "/bin/sleep", "60", check=True)
    t.after(ENGINE.command, "rm", "-f", name)
    facts = ENGINE.inspect(name)
    found = watch.finding(args=["/bin/sleep", "60"])
    container = found.container
    t.equal(container["name"], name)
    t.contains(container["uri"], ENGINE.image)
    known = [facts["Image"], facts.get("ImageDigest", "")]
    t.contains([i.removeprefix("sha256:") for i in known],
               container["imageId"].removeprefix("sha256:"))
    labels = {label["name"]: label.get("value", "") for label in container["labels"]}
    t.equal({k: labels.get(k) for k in ("team", "empty", "odd")},
            {"team": "red", "empty": "", "odd": "a=b,c d"})
    t.equal(container["createTime"][:19], facts["Created"][:19])
    t.contains(found.finding["resourceName"], facts["Id"])
    listed = [c for c in watch.ask("containers") if c.get("id") == facts["Id"]]
    t.equal([(c["name"], c["state"], c["engine"]) for c in listed], [(name, "marked", ENGINE.name)])


@seconds(120)
def test_added_binary_in_a_running_container(t):
    watch = t.daemon(mode="enforce", rules=[deny_drift(ENGINE)])
    name = ENGINE.fresh()
    ENGINE.run("-d", "--name", name, ENGINE.image, "/bin/sleep", "60", check=True)
    t.after(ENGINE.command, "rm", "-f", name)
    t.equal(ENGINE.command("exec", name, "/bin/true").returncode, 0)
    p = ENGINE.command("exec", name, "/bin/sh", "-c",
                       "cp /bin/busybox /tmp/busybox; /tmp/busybox true", check=False)
    t.equal(p.returncode, 126, "the dropped program")
    found = watch.finding(path="/tmp/busybox", layer="added", action="denied")
    t.equal(found.container["name"], name)


@seconds(120)
def test_containers_end_without_leftovers(t):
    """No mount is busy when a container goes right after its last execution."""
    t.daemon(rules=[alert_all(ENGINE)])
    for _ in range(20):
        ENGINE.run("--rm", "--name", ENGINE.fresh(), ENGINE.image, "/bin/true", check=True)
    left = ENGINE.command("ps", "-a", "--filter", f"ancestor={ENGINE.image}", "--format",
                          "{{.Names}}").stdout.split()
    t.equal(left, [])


@seconds(120)
def test_runtime_tricks_are_no_containers(t):
    """What runc does for itself (memfd copy, private overlay) is neither listed as watched nor
    found."""
    watch = t.daemon(rules=[alert_all(ENGINE),
                            {"name": "memfd", "match": {"layer": ["memfd"]}, "action": "alert"}])
    for _ in range(5):
        ENGINE.run("--rm", "--name", ENGINE.fresh(), ENGINE.image, "/bin/true", check=True)
    watch.finding(args=["/bin/true"])
    time.sleep(0.5)
    t.equal([f for f in watch.findings if f.layer == "memfd" or any("runc" in p for p in f.paths)],
            [])
    odd = [c for c in watch.ask("containers") if c.get("state") == "marked" and "runc"
           in c.get("mount_point", "")]
    t.equal(odd, [])


def find_runtime():
    for path in ("/usr/sbin/runc", "/usr/bin/runc", "/usr/bin/crun"):
        if os.access(path, os.X_OK):
            return path
    raise lwtest.Skipped("neither runc nor crun is installed")


def main(name, more=()):
    """more: further tests of this engine alone."""
    global ENGINE
    ENGINE = Engine(name)
    os.environ.setdefault("LW_ENGINES", f"/tmp/lw-engines-{os.getpid()}")
    os.makedirs(os.environ["LW_ENGINES"], exist_ok=True)
    try:
        ENGINE.open()
    except (Failed, subprocess.TimeoutExpired) as e:
        print(f"1..0 # SKIP {name}: {str(e).splitlines()[-1]}")
        sys.exit(77)
    tests = [f for n, f in list(globals().items()) if n.startswith("test_")] + list(more)
    try:
        lwtest.run_all(tests)
    finally:
        ENGINE.close()
