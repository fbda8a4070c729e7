"""What breaks, and what must not break with it: processes killed and stopped, bad files, full
disks."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402
from lwtest import ALERT_DRIFT, DENY_DRIFT, DENY_MALICIOUS, seconds  # noqa: E402

STATIC = lwtest.build_path("tests/lib/actor-static")
ROLES = ["gate", "classify", "resolve", "report"]


def busy(box, count=4):
    """Executions without end: events are pending at any time."""
    box.put("/tmp/busy", "#!/bin/sh\ni=0\nwhile :; do i=$((i+1)); cp /lwtest/actor-static /tmp/b$1;"
                         " echo $1$i >> /tmp/b$1; /tmp/b$1 mark /tmp/progress$1; done\n")
    return [box.start(["/bin/sh", "/tmp/busy", str(n)]) for n in range(count)]


def progress(box, count=4):
    total = 0
    for n in range(count):
        if box.has(f"/tmp/progress{n}"):
            total += os.path.getsize(box.path(f"/tmp/progress{n}"))
    return total


def goes_on(box, within=15):
    before = progress(box)
    lwtest.wait_until("executions go on", lambda: progress(box) > before + 40, within)


def still_watches(t, box, watch, name):
    """New executions are seen again."""
    def seen():
        path = f"/tmp/after-{name}-{time.monotonic_ns()}"
        box.copy("/bin/true", path)
        box.run([path])
        end = time.monotonic() + 1
        while time.monotonic() < end:
            if watch.find(path=path):
                return True
            time.sleep(0.05)
        return False
    lwtest.wait_until(f"executions are seen after {name}", seen, 20)


def replaced(watch, role, pid):
    lwtest.wait_until(f"{role} {pid} is replaced",
                      lambda: watch.pids(role) and pid not in watch.pids(role), 20)


def fault(t, role, signo, **policy):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT], noise={"repeat_window": "1h"},
                     decision={"deadline_ms": 500, "stall_ms": 1000}, **policy)
    busy(box)
    goes_on(box)
    victims = watch.pids(role)
    t.true(victims, f"there is a {role}")
    for pid in victims:
        os.kill(pid, signo)
    goes_on(box)
    if signo == signal.SIGKILL or role in ("gate", "classify", "resolve"):
        for pid in victims:
            replaced(watch, role, pid)
    else:
        for pid in victims:
            lwtest.kill_quietly(pid, signal.SIGCONT)
    still_watches(t, box, watch, role)
    return watch


@seconds(90)
def row43_a_write_lease_on_the_program(t):
    """Opening a file that somebody has leased waits for him: not within our read(2). kernel-facts
    43"""
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[ALERT_DRIFT])
    box.copy(STATIC, "/tmp/x")
    before = watch.ask("status")[0]
    t.denied(box.actor("leased", "/tmp/x", "mark", "/tmp/mark"))
    t.true(not box.has("/tmp/mark"), "it did not run")
    t.ran(box.run(["/bin/true"]))
    lwtest.wait_until("the same gate has counted on", lambda: (
        watch.ask("status")[0]["counters"]["events"] > before["counters"]["events"]))
    t.equal([p["restarts"] for p in watch.ask("status")[0]["processes"]],
            [0] * len(before["processes"]))


def row34_gate_killed(t):
    watch = fault(t, "gate", signal.SIGKILL)
    watch.wait_health(text="GATE_RESTARTED")


@seconds(90)
def row35_gate_stopped(t):
    watch = fault(t, "gate", signal.SIGSTOP)
    watch.wait_health(text="GATE_RESTARTED")


OPENS = {"mode": "enforce", "watch": {"coverage": "open"}}


@seconds(90)
def row34_gate_killed_with_opens_held(t):
    fault(t, "gate", signal.SIGKILL, **OPENS).wait_health(text="GATE_RESTARTED")


@seconds(90)
def row35_gate_stopped_with_opens_held(t):
    fault(t, "gate", signal.SIGSTOP, **OPENS).wait_health(text="GATE_RESTARTED")


@seconds(90)
def row33_resolve_stopped_with_opens_held(t):
    """What resolve opens itself is held, too, and let go at once."""
    fault(t, "resolve", signal.SIGSTOP, **OPENS)


@seconds(90)
def row33_classify_killed(t):
    fault(t, "classify", signal.SIGKILL)


@seconds(90)
def row33_classify_stopped(t):
    fault(t, "classify", signal.SIGSTOP)


@seconds(90)
def test_resolve_killed(t):
    fault(t, "resolve", signal.SIGKILL)


@seconds(90)
def test_resolve_stopped(t):
    fault(t, "resolve", signal.SIGSTOP)


@seconds(90)
def test_report_killed(t):
    fault(t, "report", signal.SIGKILL)


@seconds(90)
def test_report_stopped(t):
    fault(t, "report", signal.SIGSTOP)


def row34_pending_events_are_let_go(t):
    """The gate dies while an execution waits for it: it runs, at once."""
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS], malicious=[lwtest.sha256(b"x")],
                     decision={"deadline_ms": 10000, "stall_ms": 60000})
    for pid in watch.pids("classify"):
        os.kill(pid, signal.SIGSTOP)
    box.copy(STATIC, "/tmp/x")
    p = box.start(["/tmp/x", "mark", "/tmp/mark"])
    time.sleep(0.5)
    t.equal(p.poll(), None, "it waits for its verdict")
    os.kill(watch.pid("gate"), signal.SIGKILL)
    t.equal(p.wait(5), 0, "the held execution")
    for pid in watch.pids("classify"):
        lwtest.kill_quietly(pid, signal.SIGCONT)
    lwtest.wait_until("the new gate has marked it", lambda: watch.is_marked(box), 15)


def row35_stopped_gate_lets_go_within_its_deadline(t):
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_DRIFT], decision={"stall_ms": 1000})
    os.kill(watch.pid("gate"), signal.SIGSTOP)
    result = box.run(["/bin/true"], timeout=10)
    t.ran(result)
    t.true(result.seconds < 6, f"after {result.seconds} s\n{watch.stderr()}")
    lwtest.wait_until("the new gate has marked it", lambda: watch.is_marked(box), 15)
    box.copy(STATIC, "/tmp/x")
    t.denied(box.run(["/tmp/x", "mark", "/tmp/mark"]))


def row33_deadline_while_classify_hangs(t):
    """Layer rules still deny; the rest is what on_deadline says; each is counted."""
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS, DENY_DRIFT],
                     malicious=[lwtest.sha256(b"x")],
                     decision={"deadline_ms": 300})
    box.copy(STATIC, "/tmp/x")
    for pid in watch.pids("classify"):
        os.kill(pid, signal.SIGSTOP)
    result = box.run(["/tmp/x", "mark", "/tmp/mark"])
    t.denied(result)
    t.true(result.seconds < 3, "in time")
    t.true(not box.has("/tmp/mark"), "it never ran")
    t.ran(box.run(["/bin/true"]))
    watch.finding(path="/tmp/x", action="denied")


def test_guard_killed_leaves_nothing_waiting(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    pids = watch.pids()
    busy(box)
    goes_on(box)
    watch.process.kill()
    watch.process.wait()
    goes_on(box)
    lwtest.wait_until("its helpers are gone", lambda: not any(lwtest.is_alive(pid) for pid in pids),
                      5)
    t.daemons.remove(watch)
    watch.stop(check=False)


def test_sigterm_with_events_pending(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT], noise={"repeat_window": "1h"})
    busy(box)
    goes_on(box)
    watch.stop()
    goes_on(box)


def timed(t, result, what, bound=5):
    t.true(result.seconds < bound, f"{what}: took {result.seconds:.1f} s")


def test_bad_script_files(t):
    """FIFOs, devices, folders, nothing, the endless: named to an interpreter, none stalls the
    gate."""
    box = t.box()
    watch = t.daemon(box, rules=[DENY_MALICIOUS,
                                 {"name": "code", "match": {"kind": ["script", "inline"]},
                                                  "action": "alert"}], mode="enforce",
                     malicious=[lwtest.sha256(b"x")])
    os.mkfifo(box.path("/tmp/fifo"))
    os.symlink("/tmp/loop", box.path("/tmp/loop"))
    box.put("/tmp/empty", b"")
    box.put("/tmp/secret", "#!/bin/sh\n", 0)
    for name in ("/dev/zero", "/tmp", "/tmp/loop", "/tmp/nothing", "/tmp/empty", "/dev/null",
                 "/proc/kmsg"):
        timed(t, box.shell(f"timeout 1 sh {name}", timeout=10), name)
    timed(t, box.shell("(sleep 1; echo 'exit 7' > /tmp/fifo) & timeout 5 sh /tmp/fifo", timeout=10),
          "fifo")
    box.copy("/bin/true", "/tmp/after")
    t.ran(box.run(["/tmp/after"]))
    del watch


def test_unreadable_program(t):
    """A program that its own user may run and not read is judged all the same."""
    box = t.box()
    bad = lwtest.sha256_file("/bin/true")
    watch = t.daemon(box, mode="enforce", malicious=[bad])
    box.copy("/bin/true", "/tmp/x", mode=0o111)
    box.copy("/bin/false", "/tmp/y", mode=0o111)
    t.denied(box.run(["/tmp/x"], uid=1000))
    t.ran(box.run(["/tmp/y"], uid=1000), 1)
    watch.finding(path="/tmp/y", layer="added")


def test_huge_sparse_program(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT], decision={"deadline_ms": 500})
    box.copy(STATIC, "/tmp/x")
    os.truncate(box.path("/tmp/x"), 1 << 40)
    result = box.run(["/tmp/x", "mark", "/dev/null"])
    t.ran(result)
    timed(t, result, "a sparse terabyte", 3)
    found = watch.finding(path="/tmp/x", layer="added", seconds=30)
    t.equal(found.binary["size"], str(1 << 40))
    t.ran(box.run(["/bin/true"]))


def test_vanishing_files(t):
    """Scripts that delete themselves at once: in detect mode the evidence is taken first."""
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    for number in range(20):
        code = f"#!/bin/sh\nrm -f \"$0\"\n# {number}\n"
        digest = box.put(f"/tmp/v{number}", code)
        t.ran(box.run([f"/tmp/v{number}"]))
        found = watch.finding(sha256=digest)
        t.equal(found.contents, code)


def test_odd_programs(t):
    """Empty, one byte, cut ELF, bad interpreters: refused by the kernel, not by us, and nothing is
    upset."""
    box = t.box()
    t.daemon(box, rules=[ALERT_DRIFT])
    elf = open(STATIC, "rb").read()
    for number, content in enumerate((b"", b"#", b"#!", b"#!\n", b"#! \n", b"#!/nothing\n",
                                      b"\x7fELF", elf[:20],
                                      elf[:64], elf[:100], elf[:40] + b"\xff" * 24 + elf[64:],
                                      b"#!" + b"a" * 5000)):
        box.put(f"/tmp/o{number}", content)
        result = box.run([f"/tmp/o{number}"])
        t.true(not result.denied, f"{number}: {result}")
        timed(t, result, str(number))
    t.ran(box.run(["/bin/true"]))


def row43_overlay_over_hanging_fuse(t):
    """In a user namespace, over a FUSE that stops answering: the gate keeps answering, and the gap
    is told."""
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_DRIFT])
    script = ("mount -t tmpfs t /mnt && mkdir /mnt/f /mnt/u /mnt/w /mnt/m && "
              "exec /lwtest/fusehang /mnt/f /lwtest/actor-static open sh -c '"
              "mount -t overlay o -o userxattr,lowerdir=/mnt/f,upperdir=/mnt/u,workdir=/mnt/w "
              "/mnt/m && "
              "echo mounted; sleep 2; exec /mnt/m/x mark /dev/null'")
    p = box.start(["/usr/bin/unshare", "-Urm", "sh", "-c", script])
    if p.stdout.readline() != b"mounted\n":
        t.skip(f"kernel: no overlay over FUSE in a user namespace: {p.communicate()[1]!r}")
    lwtest.wait_until("it is shown as foreign",
                      lambda: [c for c in watch.ask("containers") if c.get("state") == "foreign"],
                      10)
    watch.wait_health(text="CONTAINER_NOT_WATCHED")
    end = time.monotonic() + 6          # its exec hangs meanwhile
    gate = watch.pids("gate")
    while time.monotonic() < end:
        result = box.run(["/bin/true"])
        t.ran(result)
        timed(t, result, "an execution beside it", 2)
    t.equal(watch.pids("gate"), gate, "the gate was not stalled and replaced")
    p.kill()


def test_script_on_hanging_fuse(t):
    """`sh SCRIPT` where opening SCRIPT never ends: resolve is given up, the gate answers in
    time."""
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS], malicious=[lwtest.sha256(b"x")],
                     decision={"deadline_ms": 500})
    script = ("mount -t tmpfs t /mnt && mkdir /mnt/f && exec /lwtest/fusehang /mnt/f "
              "/lwtest/actor-static open "
              "sh -c 'echo mounted; exec sh /mnt/f/x'")
    stuck = [box.start(["/usr/bin/unshare", "-Urm", "sh", "-c", script]) for _ in range(3)]
    for p in stuck:
        if p.stdout.readline() != b"mounted\n":
            t.skip(f"kernel: no FUSE in a user namespace: {p.communicate()[1]!r}")
    time.sleep(0.3)
    for _ in range(10):
        result = box.run(["/bin/sh", "-c", "true"])
        t.ran(result)
        timed(t, result, "an execution beside it", 3)
    for p in stuck:
        p.kill()
    watch.wait_marked(box)
    t.ran(box.run(["/usr/bin/python3", "-c", "pass"]))


def test_argv_on_hanging_fuse(t):
    """Arguments on a page that never arrives: only the process that reads it waits."""
    box = t.box()
    watch = t.daemon(box, mode="enforce", decision={"deadline_ms": 500})
    code = ("import ctypes, mmap, os\n"
            "fd = os.open('/mnt/f/x', os.O_RDONLY)\n"
            "libc = ctypes.CDLL(None)\n"
            "libc.mmap.restype = ctypes.c_void_p\n"
            "page = libc.mmap(None, 4096, 1, 2, fd, 0)\n"
            "print('mounted', flush=True)\n"
            "libc.execve(b'/bin/true', ctypes.c_void_p(page), None)\n")
    box.put("/tmp/hang.py", code)
    script = ("mount -t tmpfs t /mnt && mkdir /mnt/f && exec /lwtest/fusehang /mnt/f "
              "/lwtest/actor-static read "
              "python3 /tmp/hang.py")
    p = box.start(["/usr/bin/unshare", "-Urm", "sh", "-c", script])
    if p.stdout.readline() != b"mounted\n":
        t.skip(f"kernel: no FUSE in a user namespace: {p.communicate()[1]!r}")
    time.sleep(0.3)
    gate = watch.pids("gate")
    for _ in range(5):
        result = box.run(["/bin/true"])
        t.ran(result)
        timed(t, result, "an execution beside it", 3)
    t.equal(watch.pids("gate"), gate, "the gate was not stalled and replaced")
    p.kill()


def row44_symlinked_mount_points(t):
    """Whatever the container's mount points lead to, the host's own filesystem is never marked."""
    box = t.box()
    os.symlink("/", box.path("/tmp/shm"))
    watch = t.daemon(box, mode="enforce", rules=[DENY_DRIFT])
    script = ("mkdir /tmp/real && mount -t tmpfs t /tmp/real && mv /dev/shm /dev/was 2>/dev/null; "
              "umount /dev/shm; rmdir /dev/shm; ln -s / /dev/shm; mount --bind / /mnt; mount -t "
              "tmpfs p /usr/local; "
              "/bin/true; sleep 1; /bin/true")
    box.shell(script)
    host = {device for device, point,
            _ in lwtest.mounts() if point in ("/", "/proc", "/dev", "/sys")}
    marked = {device for kind, device in watch.marks() if kind == "sdev"}
    t.equal(marked & host, set(), "marks on the host's own filesystems")
    tool = os.path.join(t.scratch(), "tool")
    lwtest.run(["cp", "/bin/true", tool])
    t.equal(subprocess.run([tool], check=False).returncode, 0, "a new file of the host runs")


def test_sink_disk_full(t):
    """Findings wait in memory while the disk is full; nobody else does; later they are written."""
    disk = t.scratch("256k")
    os.chmod(disk, 0o777)
    path = os.path.join(disk, "findings.jsonl")
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT],
                     sinks=[{"type": "stdout"}, {"type": "file", "path": path}])
    filler = os.path.join(disk, "filler")
    with open(filler, "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"\0" * 4096)
        except OSError:
            pass
    slowest = 0
    for number in range(40):
        box.copy("/bin/true", f"/tmp/x{number}")
        result = box.run([f"/tmp/x{number}"])
        t.ran(result)
        slowest = max(slowest, result.seconds)
    watch.finding(path="/tmp/x39")
    t.true(slowest < 2, f"executions do not wait for the disk: {slowest}")
    os.unlink(filler)
    lwtest.wait_until("the spool is written",
                      lambda: os.path.exists(path) and b"/tmp/x39" in open(path, "rb").read(), 15)
    lines = open(path, "rb").read().splitlines()
    for line in lines:
        lwtest.json.loads(line)
    t.equal([n for n in range(40) if not any(f'"/tmp/x{n}"'.encode() in line for line in lines)],
            [], "missing")


def test_sink_rotation_and_reopen(t):
    folder = t.scratch()
    os.chmod(folder, 0o777)
    path = os.path.join(folder, "findings.jsonl")
    box = t.box()
    policy = dict(rules=[ALERT_DRIFT],
                  sinks=[{"type": "stdout"}, {"type": "file", "path": path, "max_bytes": 65536,
                                                                   "keep": 2}])
    watch = t.daemon(box, **policy)
    for number in range(60):
        box.copy("/bin/true", f"/tmp/x{number}")
        box.run([f"/tmp/x{number}"])
    watch.finding(path="/tmp/x59")
    lwtest.wait_until("it was rotated", lambda: os.path.exists(path + ".1"))
    t.true(os.path.getsize(path) <= 70000, "size")
    os.rename(path, path + ".taken")
    watch.reload(watch.policy)
    box.copy("/bin/true", "/tmp/reopened")
    box.run(["/tmp/reopened"])
    lwtest.wait_until("the new file is used",
                      lambda: os.path.exists(path) and b"/tmp/reopened" in open(path, "rb").read())


def test_reload_policy(t):
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[ALERT_DRIFT])
    box.copy("/bin/true", "/tmp/x")
    t.ran(box.run(["/tmp/x"]))
    watch.reload(t.policy(mode="enforce", rules=[DENY_DRIFT]))
    t.denied(box.run(["/tmp/x"]))
    broken = t.policy(mode="enforce", rules=[ALERT_DRIFT])
    broken["unknown_key"] = 1
    broken["processes"] = {"control": watch.control}
    watch.write_policy(broken)
    watch.process.send_signal(signal.SIGHUP)
    watch.wait_health(text="CONFIGURATION_REJECTED")
    t.denied(box.run(["/tmp/x"]))


def test_reload_excludes_an_overlay(t):
    """What a new policy leaves out is no longer held; taken in again, it is."""
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_DRIFT])
    box.copy("/bin/true", "/tmp/x")
    t.denied(box.run(["/tmp/x"]))
    lwtest.wait_until("its executions are counted",
                      lambda: any(c.get("events", 0) > 0 for c in watch.ask("containers")))
    watch.reload(t.policy(mode="enforce", rules=[DENY_DRIFT], watch={"exclude": [box.root]}))
    lwtest.wait_until("it is excluded",
                      lambda: "excluded" in [c.get("state") for c in watch.ask("containers")])
    t.ran(box.run(["/tmp/x"]))
    watch.reload(t.policy(mode="enforce", rules=[DENY_DRIFT]))
    lwtest.wait_until("it is watched again", lambda: box.run(["/tmp/x"]).denied, 5)


def test_pause_and_resume(t):
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_DRIFT])
    box.copy("/bin/true", "/tmp/x")
    t.denied(box.run(["/tmp/x"]))
    watch.ask("pause 30")
    lwtest.wait_until("it is paused", lambda: box.run(["/tmp/x"]).code == 0, 5)
    watch.wait_health(text="WATCHING_PAUSED")
    lwtest.wait_until("status says so", lambda: watch.ask("status")[0]["paused_seconds_left"] > 0)
    watch.ask("resume")
    lwtest.wait_until("it watches again", lambda: box.run(["/tmp/x"]).denied, 5)
    watch.wait_health(text="WATCHING_RESUMED")
    watch.ask("pause 1")
    lwtest.wait_until("it is paused", lambda: box.run(["/tmp/x"]).code == 0, 5)
    time.sleep(1.2)
    t.denied(box.run(["/tmp/x"]))


if __name__ == "__main__":
    lwtest.main()
