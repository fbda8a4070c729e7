"""What is opened, not executed: the script that an interpreter was let go for, sourced code,
libraries."""
import gzip
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402
from lwtest import ALERT_DRIFT, DENY_MALICIOUS  # noqa: E402

MALICIOUS_SCRIPT = "Malicious Script Executed"
MALICIOUS_PYTHON = "Execution: Malicious Python executed"
MALICIOUS_LIBRARY = "Execution: Added Malicious Library Loaded"
LIBRARY = os.path.realpath("/lib/x86_64-linux-gnu/libm.so.6")
GOOD = "exit 3\n"
EVIL = "echo > /tmp/mark\nexit 4\n# evil\n"
ADDED_LIBRARY = {"layer": ["added"], "kind": ["library"]}
DENY_LIBRARIES = {"name": "no libraries", "match": ADDED_LIBRARY, "action": "deny"}
ALERT_LIBRARIES = {"name": "libraries", "match": ADDED_LIBRARY, "action": "alert"}


def listed(*contents):
    return [lwtest.sha256(c if isinstance(c, bytes) else c.encode()) for c in contents]


def swapped(t, swap, argv, good=GOOD, **more):
    """bash reads BASH_ENV after it was let go and before it opens its script: time to swap it."""
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS], malicious=listed(EVIL), **more)
    box.put("/tmp/d/ok", good)
    box.put("/tmp/evil", EVIL)
    box.put("/tmp/d/evil", EVIL)
    box.put("/tmp/swap", swap)
    t.ran(box.run(argv), 3)
    result = box.run(argv, env={"BASH_ENV": "/tmp/swap"})
    return box, watch, result


def not_run(t, box, result):
    t.true(result.code not in (3, 4), f"the script did not run: {result}")
    t.contains(result.err, b"Operation not permitted")
    t.true(not box.has("/tmp/mark"), "the other script did not run")


def row22_script_replaced_before_it_is_opened(t):
    """The verify mark: what is opened is not what was judged, and is judged now."""
    for swap in ("mv /tmp/d/evil /tmp/d/ok", "mv /tmp/evil /tmp/d/ok", "ln -f /tmp/evil /tmp/d/ok",
                 "rm /tmp/d/ok; cp /tmp/evil /tmp/d/ok"):
        box, watch, result = swapped(t, swap, ["/bin/bash", "/tmp/d/ok"])
        not_run(t, box, result)
        found = watch.finding(category=MALICIOUS_SCRIPT, path="/tmp/d/ok", action="denied")
        t.equal(found.contents, EVIL)
        watch.stop()


def row22_script_rewritten_before_it_is_opened(t):
    box, watch, result = swapped(t, "cat /tmp/evil > /tmp/d/ok", ["/bin/bash", "/tmp/d/ok"])
    not_run(t, box, result)
    watch.finding(category=MALICIOUS_SCRIPT, path="/tmp/d/ok", action="denied")


def row22_script_of_its_own_line(t):
    """"#!/bin/bash": judged as a program, opened as a script."""
    box, watch, result = swapped(t, "mv /tmp/d/evil /tmp/d/ok", ["/tmp/d/ok"],
                                 good="#!/bin/bash\nexit 3\n")
    not_run(t, box, result)
    watch.finding(category=MALICIOUS_SCRIPT, path="/tmp/d/ok", action="denied")


def row22_rules_about_scripts_hold_for_the_swapped_one(t):
    """An image script is let go, an added one is put in its place: "nothing new" means that one.
    Other files of the folder are data."""
    box = t.box(image={"/opt/ok": GOOD.encode(), "/usr/swap": b"mv /opt/new /opt/ok\n",
                       "/usr/keep": b"read x < /opt/data; exec 3< /opt/data\n"})
    watch = t.daemon(box, mode="enforce", rules=[lwtest.DENY_DRIFT])
    box.put("/opt/data", "data\n")
    box.put("/opt/new", "echo > /tmp/mark\n")
    t.ran(box.run(["/bin/bash", "/opt/ok"], env={"BASH_ENV": "/usr/keep"}), 3)
    not_run(t, box, box.run(["/bin/bash", "/opt/ok"], env={"BASH_ENV": "/usr/swap"}))
    watch.finding(path="/opt/ok", action="denied", rule="no drift")


def row22_symbolic_link_swapped(t):
    """Another file in the script's folder is seen with the verify mark; in another folder with
    coverage: open only."""
    for coverage, target, denied in (("exec", "/tmp/d/evil", True), ("exec", "/tmp/evil", False),
                                     ("open", "/tmp/evil", True)):
        box = t.box()
        watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS], malicious=listed(EVIL),
                         watch={"coverage": coverage})
        box.put("/tmp/d/ok", GOOD)
        box.put("/tmp/d/evil", EVIL)
        box.put("/tmp/evil", EVIL)
        os.symlink("/tmp/d/ok", box.path("/tmp/link"))
        box.put("/tmp/swap", f"ln -sfn {target} /tmp/link")
        result = box.run(["/bin/bash", "/tmp/link"], env={"BASH_ENV": "/tmp/swap"})
        if denied:
            not_run(t, box, result)
            watch.finding(category=MALICIOUS_SCRIPT, path=target, action="denied")
        else:
            t.ran(result, 4)
        watch.stop()


def row23_script_mapped_by_a_writer(t):
    """Its bytes can change without a trace: so the script is judged when it is opened, and told."""
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS], malicious=listed(EVIL))
    box.put("/tmp/d/ok", GOOD.ljust(len(EVIL) - 1, " ") + "\n")
    box.put("/tmp/d/evil", EVIL)
    writer = box.start(["/usr/bin/python3", "-c", (
        "import mmap, sys, time\n"
        "f = open('/tmp/d/ok', 'r+b'); m = mmap.mmap(f.fileno(), 0); f.close()\n"
        "b = m[:1]; m[:1] = b; print('ready', flush=True)\n"
        "sys.stdin.readline(); m[:] = open('/tmp/d/evil', 'rb').read(); print('done', flush=True)\n"
        "sys.stdin.readline()\n")])
    t.equal(writer.stdout.readline(), b"ready\n")
    t.ran(box.run(["/bin/bash", "/tmp/d/ok"]), 3)
    writer.stdin.write(b"now\n")
    writer.stdin.flush()
    t.equal(writer.stdout.readline(), b"done\n")
    t.denied(box.run(["/bin/bash", "/tmp/d/ok"]))
    t.true(not box.has("/tmp/mark"), "it did not run")
    writer.stdin.close()


def test_verified_scripts_run_and_leave_nothing_behind(t):
    """Many scripts at once, and the same one: all run, and the container can be unmounted."""
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS], malicious=listed(EVIL))
    for i in range(100):
        box.put(f"/tmp/d/{i}", f"exit {i % 7}\n")
    code = ("for i in $(seq 0 99); do sh /tmp/d/$i & done; wait; "
            "for i in $(seq 0 99); do sh /tmp/d/1; [ $? = 1 ] || exit 9; done")
    t.ran(box.shell(code, timeout=60))
    t.true(not watch.find(category=MALICIOUS_SCRIPT), "nothing is told")
    lwtest.wait_until("the overlay can be unmounted", lambda: not box_busy(box))


def box_busy(box):
    try:
        box.unmount()
    except Exception:       # noqa: BLE001 umount's own words are of no interest
        return True
    return False


def open_daemon(t, box, mode="enforce", rules=(DENY_MALICIOUS,), malicious=()):
    return t.daemon(box, mode=mode, rules=list(rules), malicious=list(malicious),
                    watch={"coverage": "open"})


def row09_sourced_file(t):
    box = t.box()
    watch = open_daemon(t, box, malicious=listed(EVIL))
    box.put("/tmp/evil", EVIL)
    box.put("/tmp/ok", "true\n")
    t.ran(box.run(["/bin/bash", "-c", ". /tmp/ok; exit 5"]), 5)
    for code in (". /tmp/evil", "source /tmp/evil", "eval \"$(< /tmp/evil)\""):
        box.run(["/bin/bash", "-c", code])
        t.true(not box.has("/tmp/mark"), f"it did not run: {code}")
    found = watch.finding(category=MALICIOUS_SCRIPT, path="/tmp/evil", action="denied")
    t.equal(found.contents, EVIL)


def row09_sourced_file_in_detect(t):
    box = t.box()
    watch = open_daemon(t, box, mode="detect", malicious=listed(EVIL))
    box.put("/tmp/evil", EVIL)
    t.ran(box.run(["/bin/bash", "-c", ". /tmp/evil"]), 4)
    watch.finding(category=MALICIOUS_SCRIPT, path="/tmp/evil", action="would_deny")


def row10_imported_module(t):
    box = t.box()
    module = "open('/tmp/mark', 'w')\n# evil\n"
    watch = open_daemon(t, box, malicious=listed(module))
    box.put("/tmp/m/good.py", "VALUE = 3\n")
    box.put("/tmp/m/evil.py", module)
    code = "import sys; sys.path.insert(0, '/tmp/m'); "
    t.ran(box.run(["/usr/bin/python3", "-c", code + "import good; sys.exit(good.VALUE)"]), 3)
    result = box.run(["/usr/bin/python3", "-c", code + "import evil"])
    t.contains(result.err, b"PermissionError")
    t.true(not box.has("/tmp/mark"), "it did not run")
    watch.finding(category=MALICIOUS_PYTHON, path="/tmp/m/evil.py", action="denied")


def library_box(t, rules, **more):
    if not os.path.exists(LIBRARY):
        t.skip("kernel: no x86-64 library on this machine")
    box = t.box()
    with open(LIBRARY, "rb") as f:
        evil = f.read() + b"evil"
    watch = open_daemon(t, box, rules=rules, malicious=listed(evil), **more)
    box.put("/tmp/evil.so", evil)
    box.copy(LIBRARY, "/tmp/other.so")
    return box, watch


def row25_preloaded_library(t):
    box, watch = library_box(t, [DENY_MALICIOUS, ALERT_LIBRARIES])
    result = box.run(["/usr/bin/env", "LD_PRELOAD=/tmp/evil.so", "/bin/true"])
    t.contains(result.err, b"cannot be preloaded")
    found = watch.finding(category=MALICIOUS_LIBRARY, action="denied")
    t.equal(found.record["finding"]["processes"][0]["libraries"][0]["path"], "/tmp/evil.so")
    t.equal(found.record["finding"]["processes"][0]["binary"]["path"], "/usr/bin/true")
    t.equal(box.run(["/usr/bin/env", "LD_PRELOAD=/tmp/other.so", "/bin/true"]).err, b"")
    watch.finding(category="Added Library Loaded", action="allowed")


def row25_library_opened_by_dlopen(t):
    box, watch = library_box(t, [DENY_MALICIOUS])
    result = box.run(["/usr/bin/python3", "-c", "import ctypes; ctypes.CDLL('/tmp/evil.so')"])
    t.contains(result.err, b"OSError")
    watch.finding(category=MALICIOUS_LIBRARY, action="denied")
    t.ran(box.run(["/usr/bin/python3", "-c", "import ctypes; ctypes.CDLL('/tmp/other.so')"]))


def row25_a_rule_about_libraries_is_one_about_loads(t):
    """Who merely reads a library is not loading it."""
    box, watch = library_box(t, [DENY_LIBRARIES])
    t.ran(box.run(["/bin/cp", "/tmp/other.so", "/tmp/copy.so"]))
    result = box.run(["/usr/bin/env", "LD_PRELOAD=/tmp/other.so", "/bin/true"])
    t.contains(result.err, b"cannot be preloaded")
    watch.finding(category="Added Library Loaded", action="denied")


def row26_malicious_file_opened_for_reading(t):
    """A loader of one's own maps what it has opened: so the open is denied."""
    box, watch = library_box(t, [DENY_MALICIOUS])
    for path, readable in (("/tmp/evil.so", False), ("/tmp/other.so", True)):
        result = box.run(["/usr/bin/head", "-c", "1", path])
        t.equal(result.code == 0, readable, path)
    watch.finding(category=MALICIOUS_LIBRARY, action="denied")


def row24_opened_by_io_uring(t):
    """By a thread of the kernel's, which is none of the process's own."""
    box, watch = library_box(t, [DENY_MALICIOUS])
    result = box.actor("uring-open", "/tmp/other.so")
    if b"Function not implemented" in result.err:
        t.skip("kernel: no io_uring on this machine")
    t.ran(result)
    t.denied(box.actor("uring-open", "/tmp/evil.so"))
    watch.finding(category=MALICIOUS_LIBRARY, action="denied")


def test_drift_rules_do_not_speak_of_opened_data(t):
    """Code and data can't be told apart when opened: only a bad verdict speaks against it."""
    box = t.box()
    watch = open_daemon(t, box, rules=[DENY_MALICIOUS, lwtest.DENY_DRIFT])
    box.put("/tmp/data.txt", "anything\n")
    code = "print(open('/tmp/data.txt').read(), end='')"
    t.equal(box.run(["/usr/bin/python3", "-c", code]).out, b"anything\n")
    t.ran(box.run(["/bin/bash", "-c", ". /tmp/data.txt; exit 0"]))
    t.true(not watch.find(path="/tmp/data.txt"), "nothing is told of it")


def events(watch):
    return watch.ask("status")[0]["counters"]["events"]


def test_image_files_are_held_once(t):
    """Steady state: opens of pristine image files do not come to the gate."""
    box = t.box(image={"/opt/lib.sh": b"true\n"})
    watch = open_daemon(t, box)
    code = "for i in $(seq 200); do . /opt/lib.sh; done"
    t.ran(box.run(["/bin/bash", "-c", code]))
    before = lwtest.wait_until("counted", lambda: events(watch))
    t.ran(box.run(["/bin/bash", "-c", code]))
    lwtest.wait_until("counted on", lambda: events(watch) > before)
    added = events(watch) - before
    t.true(added < 150, f"{added} events for 200 opens of one file")


# evil itself may not be read in the box: so it comes there packed
CHANGES = ("zcat /tmp/evil.gz > /opt/lib.sh",
           "zcat /tmp/evil.gz > /opt/new; mv /opt/new /opt/lib.sh",
           "python3 -c \"import gzip, mmap; f = open('/opt/lib.sh', 'r+b'); "
           "m = mmap.mmap(f.fileno(), 0); m[:] = gzip.open('/tmp/evil.gz').read()\"")


def test_image_file_that_is_changed_is_held_again(t):
    for change in CHANGES:
        box = t.box(image={"/opt/lib.sh": b"#".ljust(len(EVIL) - 1) + b"\n"})
        watch = open_daemon(t, box, malicious=listed(EVIL))
        for _ in range(3):
            t.ran(box.run(["/bin/bash", "-c", ". /opt/lib.sh; exit 5"]), 5)
        box.put("/tmp/evil.gz", gzip.compress(EVIL.encode()))
        t.ran(box.shell(change))
        box.run(["/bin/bash", "-c", ". /opt/lib.sh"])
        t.true(not box.has("/tmp/mark"), f"it did not run after {change}")
        watch.finding(category=MALICIOUS_SCRIPT, path="/opt/lib.sh", action="denied")
        watch.stop()


def test_nested_overlay_does_not_freeze_the_gate(t):
    """Opening an event's file would open the one beneath, and wait for ourselves. kernel-facts 5"""
    box = t.box()
    watch = open_daemon(t, box, rules=[ALERT_DRIFT])
    os.mkdir(box.path("/tmp/l"))
    digest = box.copy("/bin/true", "/tmp/l/x")
    script = ("mount -t tmpfs t /mnt && mkdir /mnt/u /mnt/w /mnt/m && "
              "mount -t overlay o -o lowerdir=/tmp/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/m && "
              "/mnt/m/x && cat /mnt/m/x > /dev/null && sleep 2.5 && "
              "/mnt/m/x && cat /mnt/m/x > /dev/null && "
              "cp /bin/false /mnt/m/y; /mnt/m/y; test $? = 1")
    t.ran(box.shell(script))
    watch.finding(sha256=digest)
    watch.finding(sha256=lwtest.sha256_file("/bin/false"))
    processes = watch.ask("status")[0]["processes"]
    t.equal([p["restarts"] for p in processes if p["role"] == "gate"], [0])


if __name__ == "__main__":
    lwtest.main()
