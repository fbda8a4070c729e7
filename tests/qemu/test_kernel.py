"""What must hold on any kernel, and what differs from one to the next. For a machine of its own: it
sets the clock."""
import ctypes
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import fan  # noqa: E402
import lwtest  # noqa: E402
from lwtest import ALERT_DRIFT, ALERT_INLINE, ALERT_TOUCHED, DENY_DRIFT  # noqa: E402

STATIC = open(lwtest.build_path("tests/lib/actor-static"), "rb").read()
IMAGE = ("pristine", "chmod", "mv", "touch", "ln", "append", "rename", "recreate")
CHECKS = ("fanotify permission events", "exec events on overlays", "thread ids in events",
          "system call registers", "seccomp", "leases", "capabilities of the guard",
          "capabilities of the gate", "capabilities of resolve")
FAN_REPORT_MNT, FAN_MARK_IGNORE, FAN_MARK_EVICTABLE, SURVIVES = 0x4000, 0x400, 0x200, 0x40
LANDLOCK_CREATE_RULESET, LANDLOCK_VERSION = 444, 1


# what doctor says


def succeeds(function):
    try:
        function()
    except (OSError, lwtest.Skipped):
        return False
    return True


def handle_is_of_overlayfs(box):
    fd = os.open(box.path("/opt/file"), os.O_RDONLY)
    try:
        return fan.handle_of(fd)[0] == 0xf8
    except lwtest.Skipped:
        return False
    finally:
        os.close(fd)


def evictable_ignore_mark(box):
    group = fan.Group()
    try:
        group.mark(box.path("/opt/file"), FAN_MARK_IGNORE | FAN_MARK_EVICTABLE | SURVIVES,
                   fan.OPEN_PERM)
    finally:
        group.close()


def change_times_are_fine(box):
    path = os.path.join(box.upper, "times")
    for i in range(50):
        before = os.stat(path).st_ctime_ns if i else 0
        with open(path, "ab", buffering=0) as f:
            f.write(b"x")
        if os.stat(path).st_ctime_ns == before:
            return False
    return True


def landlock_abi():
    return max(fan.libc.syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0),
                                LANDLOCK_VERSION), 0)


def test_doctor_is_right(t):
    """Each row against the kernel's own answer, and against the version where that is certain."""
    box = t.box(image={"/opt/file": b"x"})
    p = subprocess.run([lwtest.build_path("layerwatch"), "doctor", "--json"], check=False,
                       stdout=subprocess.PIPE)
    rows = {row["check"]: row for row in map(json.loads, p.stdout.splitlines())}
    for name in CHECKS:
        t.equal(rows[name]["state"], "ok", f"{name}: {rows[name]['detail']}")
    facts = {
        "overlay file handles": (handle_is_of_overlayfs(box), lwtest.kernel_at_least(6, 6)),
        "mount events": (succeeds(lambda: os.close(fan.Group(FAN_REPORT_MNT).fd)),
                         lwtest.kernel_at_least(6, 15)),
        "evictable marks": (succeeds(lambda: evictable_ignore_mark(box)),
                            lwtest.kernel_at_least(6, 0)),
        "fine change times": (change_times_are_fine(box), lwtest.kernel_at_least(6, 13)),
        "kernel": (lwtest.kernel_at_least(6, 6), lwtest.kernel_at_least(6, 6)),
        "Landlock": (landlock_abi() > 0, lwtest.kernel_at_least(5, 13)),
    }
    for name, (here, by_version) in facts.items():
        t.equal(here, by_version, f"{name}: this kernel against its version")
        t.equal(rows[name]["state"], "ok" if here else "degraded",
                f"{name}: {rows[name]['detail']}")
        t.true(here or rows[name].get("loss"), f"{name}: what is lost is said")
    t.equal(rows["Landlock"]["detail"], f"ABI {landlock_abi()}")


# every way at once


def change(box):
    """What a container does to the image's files and beside them: path -> layer, for programs that
    are run by path."""
    p = box.path
    os.chmod(p("/img/chmod"), 0o711)
    os.rename(p("/img/mv"), p("/tmp/mv"))
    os.utime(p("/img/touch"))
    os.link(p("/img/ln"), p("/tmp/ln"))
    with open(p("/img/append"), "ab") as f:
        f.write(b"more")
    box.put("/tmp/next", STATIC + b"another")
    os.rename(p("/tmp/next"), p("/img/rename"))
    os.unlink(p("/img/recreate"))
    box.put("/img/recreate", STATIC + b"recreated")
    box.put("/tmp/added", STATIC + b"added")
    os.link(p("/tmp/added"), p("/tmp/added-link"))
    box.put("/tmp/script", "#!/bin/sh\necho ran >> /tmp/mark\n")
    return {"/img/pristine": "image", "/img/chmod": "touched", "/img/touch": "touched",
            "/img/ln": "touched",
            "/img/append": "modified", "/img/rename": "modified", "/img/recreate": "modified",
            "/tmp/added": "added",
            "/tmp/added-link": "added", "/tmp/script": "added"}


def moved(t):
    """Where an image file has been moved or linked to, only handles know it again; proof of lower
    by path cannot."""
    return "touched" if lwtest.kernel_at_least(6, 6) else "touched|added|modified|unknown"


def every_way(t, **how):
    box = t.box(image={f"/img/{name}": STATIC + name.encode() for name in IMAGE}, **how)
    watch = t.daemon(box, rules=[ALERT_TOUCHED, ALERT_DRIFT, ALERT_INLINE])
    wanted = {**change(box), "/tmp/mv": moved(t), "/tmp/ln": moved(t)}
    for path in wanted:
        t.ran(box.run([path, "mark", "/tmp/mark"]))
    for path, layer in wanted.items():
        if layer != "image":
            t.contains(layer.split("|"), watch.finding(path=path).layer, path)
    t.equal(watch.find(path="/img/pristine"), [], "what came with the image")
    t.ran(box.shell("true; : captured"))
    watch.finding(contents="true; : captured")
    by_descriptor(t, box, watch, "allowed", t.ran)
    t.equal(watch.status()["unattributed"], 0, "executions without a container")
    watch.stop()
    os.unlink(box.path("/tmp/mark"))
    watch = t.daemon(box, mode="enforce", rules=[DENY_DRIFT])
    for path, layer in wanted.items():
        result = box.run([path, "mark", "/tmp/mark"])
        if layer in ("image", "touched"):
            t.ran(result)
        elif layer in ("modified", "added"):
            t.denied(result)
            watch.finding(path=path, action="denied", layer=layer)
    by_descriptor(t, box, watch, "denied",
                  lambda result: t.true(result.code != 0, f"it did not run: {result}"))


def by_descriptor(t, box, watch, action, check):
    digest = box.copy("/bin/true", "/tmp/gone", append=b"gone")
    check(box.actor("unlink-fd", "/tmp/gone"))
    watch.finding(sha256=digest, layer="added", action=action)
    check(box.actor("memfd", "/bin/true"))
    watch.finding(layer="memfd", action=action)


@lwtest.seconds(180)
def test_every_way_on_tmpfs(t):
    every_way(t)


@lwtest.seconds(180)
def test_every_way_on_ext4(t):
    every_way(t, upper=t.disk("ext4"))


# what older kernels have not


def test_new_overlays_are_found_at_once(t):
    """With or without mount events: long before the next full search."""
    watch = t.daemon(mode="enforce", rules=[DENY_DRIFT], watch={"rescan_ms": 60000})
    for _ in range(3):
        box = t.box()
        watch.wait_marked(box, seconds=5)
        box.copy("/bin/true", "/tmp/x")
        t.denied(box.run(["/tmp/x"]))


def mount_id(box):
    with open("/proc/self/mountinfo", encoding="ascii") as f:
        return next(int(line.split()[0]) for line in f if line.split()[4] == box.root)


@lwtest.seconds(120)
def test_mount_ids_come_back(t):
    """The kernel gives the number of an unmounted overlay to the next: what was known of the first
    is not the second's."""
    program = STATIC + b"app"
    known, strange = t.box(image={"/opt/app": program}), t.box()
    boxes = [known, strange]
    for box in boxes:
        box.unmount()
    watch = t.daemon(mode="enforce", rules=[DENY_DRIFT])
    ids = []
    for number in range(6):
        box = boxes[number % 2]
        box.mount()
        watch.wait_marked(box)
        ids.append(mount_id(box))
        if box is strange:
            os.makedirs(box.path("/opt"), exist_ok=True)
            box.put("/opt/app", program)
        for _ in range(2):
            result = box.run(["/opt/app", "mark", "/tmp/mark"])
            (t.denied if box is strange else t.ran)(result)
        t.equal(box.unmount().returncode, 0, "umount")
    t.true(len(set(ids)) < len(ids), f"ids came back: {ids}")
    t.true(all(found.layer == "added" for found in watch.findings),
           f"only what was added: {watch.findings}")


def set_clock(offset):
    time.clock_settime(time.CLOCK_REALTIME, time.time() + offset)


def test_verdicts_are_kept_as_doctor_says(t):
    """Of a file that may change once more without a new ctime: only where change times are fine."""
    if os.environ.get("LW_GUEST") != "1":
        t.skip("kernel: not a machine whose clock may be set")
    box = t.box()
    box.put("/tmp/settled", STATIC + b"settled")
    time.sleep(0.2)
    set_clock(3600)
    box.put("/tmp/fresh", STATIC + b"fresh")
    set_clock(-3600)
    watch = t.daemon(box, mode="enforce")
    hits = {}
    for path in ("/tmp/settled", "/tmp/fresh"):
        t.ran(box.run([path, "mark", "/tmp/mark"]))
        time.sleep(1.5)         # counters are told once a second
        before = watch.status()["cache_hits"]
        for _ in range(3):
            t.ran(box.run([path, "mark", "/tmp/mark"]))
        time.sleep(1.5)
        hits[path] = watch.status()["cache_hits"] - before
    t.equal(hits["/tmp/settled"], 3, "hits of a file at rest")
    t.equal(hits["/tmp/fresh"], 3 if change_times_are_fine(box) else 0,
            "hits of a file that was just written")


def test_helpers_are_confined(t):
    """By seccomp everywhere, and nothing was killed by it at work."""
    box = t.box()
    watch = t.daemon(box)
    box.put("/tmp/x", "#!/bin/sh\n:\n")
    t.ran(box.run(["/tmp/x"]))
    watch.finding(path="/tmp/x")
    for pid in watch.pids():
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            status = f.read()
        t.contains(status, "Seccomp:\t2")
        t.contains(status, "NoNewPrivs:\t1")
    processes = watch.ask("status")[0]["processes"]
    t.true(processes, "status names the processes")
    t.equal(sum(process["restarts"] for process in processes), 0, "helpers that had to be replaced")


if __name__ == "__main__":
    lwtest.main()
