"""Attacks on the gate by somebody inside a container: what the policy denies must not run by a
longer way either."""
import errno
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402
from lwtest import DENY_DRIFT, DENY_MALICIOUS, seconds  # noqa: E402

LOADER = os.path.realpath("/lib64/ld-linux-x86-64.so.2")
PYTHON = os.path.realpath("/usr/bin/python3")
EVIL = "#!/usr/bin/python3\nopen('/tmp/mark', 'w')\n# evil\n"


def with_evil(t, rules, mode="enforce", **more):
    """A box with a script and a program that are on the list."""
    if not os.path.exists(LOADER):
        t.skip("kernel: no x86-64 loader on this machine")
    box = t.box()
    program = t.built("actor") + b"evil"
    listed = [lwtest.sha256(EVIL.encode()), lwtest.sha256(program)]
    watch = t.daemon(box, mode=mode, rules=rules, malicious=listed, **more)
    box.put("/tmp/evil.py", EVIL)
    box.put("/tmp/evil", program)
    return box, watch


def nothing_ran(t, box, what):
    t.true(not box.has("/tmp/mark"), f"nothing ran: {what}")


def interpreter_by_its_loader(t, rules):
    box, watch = with_evil(t, rules)
    t.ran(box.run([LOADER, PYTHON, "-c", "pass"]))
    t.denied(box.run([LOADER, PYTHON, "/tmp/evil.py"]))
    t.denied(box.run([LOADER, "--argv0", "ls", PYTHON, "-u", "/tmp/evil.py"]))
    nothing_ran(t, box, "a script by an interpreter by the loader")
    found = watch.finding(path="/tmp/evil.py", action="denied", layer="added")
    t.equal(found.contents, EVIL)
    t.denied(box.run([LOADER, "/tmp/evil", "mark", "/tmp/mark"]))
    watch.finding(path="/tmp/evil", action="denied", layer="added")


def row02_listed_script_of_an_interpreter_by_its_loader(t):
    """Of "ld.so python3 FILE" the file is judged as well as the interpreter."""
    interpreter_by_its_loader(t, [DENY_MALICIOUS])


def row02_added_script_of_an_interpreter_by_its_loader(t):
    interpreter_by_its_loader(t, [DENY_DRIFT])


def row11_what_the_argument_of_a_script_line_names(t):
    """The kernel runs "ld.so /tmp/evil SCRIPT" for "#!ld.so /tmp/evil": the script is harmless,
    its line is not."""
    box, watch = with_evil(t, [DENY_MALICIOUS])
    box.copy(LOADER, "/tmp/notes")
    lines = [f"{LOADER} /tmp/evil", "/tmp/notes /tmp/evil", f"{PYTHON} /tmp/evil.py",
             "/usr/bin/python3 \t/tmp/evil.py ",
             "/usr/bin/env -S python3 /tmp/evil.py", "/tmp/line2"]
    box.put("/tmp/ok", "#!/bin/sh -e\nexit 3\n")
    t.ran(box.run(["/tmp/ok"]), 3)
    for number, line in enumerate(lines):
        box.put(f"/tmp/line{number}", f"#!{line}\n# {number}\n")
        for _ in range(2):
            t.true(box.run([f"/tmp/line{number}"]).code == 126, f"{line} is denied")
    nothing_ran(t, box, "what the line of a script names")
    watch.finding(path="/tmp/evil", action="denied", layer="added")
    watch.finding(path="/tmp/evil.py", action="denied", layer="added")


def with_loader(t, path):
    """The actor, with another ELF interpreter."""
    usual = b"/lib64/ld-linux-x86-64.so.2\0"
    program = t.built("actor")
    t.equal(program.count(usual), 1, "interpreters that the actor names")
    return program.replace(usual, path.encode().ljust(len(usual), b"\0"))


def after_a_loader_in_a_memfd(t, mode):
    """A program whose loader raises no event runs on: it vouches for nothing that its task
    executes then."""
    box, watch = with_evil(t, [DENY_MALICIOUS], mode=mode)
    box.put("/tmp/p", with_loader(t, "/proc/self/fd/7"))
    begin = ["/lwtest/actor", "with-memfd", "7", LOADER, "/tmp/p"]
    for number in range(3):
        for what in (["memfd", "/tmp/evil"], ["exec", LOADER, "/tmp/evil"]):
            result = box.run([*begin, *what, "mark", "/tmp/mark"])
            t.equal(result.code, 126 if mode == "enforce" else 0,
                    f"attempt {number} at {what}: {result}")
    action = "denied" if mode == "enforce" else "would_deny"
    t.equal(box.has("/tmp/mark"), mode != "enforce", "it ran")
    watch.finding(path="/tmp/evil", layer="added", action=action)
    watch.finding(layer="memfd", action=action)


def row03_memfd_after_a_program_whose_loader_raised_nothing(t):
    after_a_loader_in_a_memfd(t, "enforce")


def row03_memfd_after_a_program_whose_loader_raised_nothing_is_seen(t):
    after_a_loader_in_a_memfd(t, "detect")


def row03_memfd_after_another_execution_of_a_copied_up_hard_link(t):
    """The numbers of the decoy change while its failure is awaited, and an execution of the same
    file ends."""
    box, watch = with_evil(t, [DENY_MALICIOUS])
    box.unmount()
    box.image_file("/img/a", t.built("actor"))
    os.link(box.image + "/img/a", box.image + "/img/b")
    box.mount()
    watch.wait_marked(box)
    t.ran(box.run(["/img/a", "mark", "/dev/null"]))
    before = os.stat(box.path("/img/a")).st_ino
    p = box.start(["/lwtest/actor", "stall-memfd", "1500", "/img/a", "/tmp/evil", "mark",
                   "/tmp/mark"])
    time.sleep(0.5)
    os.chmod(box.path("/img/a"), 0o700)
    t.true(os.stat(box.path("/img/a")).st_ino != before, "it has another number")
    for _ in range(3):
        t.ran(box.run(["/img/a", "fork", "/img/a", "mark", "/dev/null"]))
    t.equal(p.wait(10), 126, "the memfd's exit code")
    nothing_ran(t, box, "a memfd after an execve that failed late")
    watch.finding(layer="memfd", action="denied")


# In a child, which has executed nothing yet: argv is LOADER KIND HOW.
FAILURES = r"""
import ctypes, os, resource, sys, threading
loader, kind, how = sys.argv[1:]
code = os.memfd_create("code", 0)
os.write(code, open("/tmp/evil", "rb").read())
arguments = ["evil", "mark", "/tmp/mark"]

def fails(path, *more):
    try:
        os.execve(path, [path, *more], {})
    except OSError:
        pass

def check():
    argv = (ctypes.c_char_p * 2)(b"/bin/false", None)
    ctypes.CDLL(None).syscall(322, -100, argv[0], argv, argv, 0x10000)

def small_stack():
    limits = resource.getrlimit(resource.RLIMIT_STACK)
    resource.setrlimit(resource.RLIMIT_STACK, (65536, limits[1]))
    fails("/bin/false", *["x" * 60000] * 3)
    resource.setrlimit(resource.RLIMIT_STACK, limits)

def in_a_thread():
    thread = threading.Thread(target=fails, args=("/tmp/lost",))
    thread.start()
    thread.join()

ways = {
    "check": check,
    "small stack": small_stack,
    "in a thread": in_a_thread,
    "long arguments": lambda: fails("/bin/false", *["x" * 100000] * 40),
    "no loader": lambda: fails("/tmp/lost"),
    "loader that may not run": lambda: fails("/tmp/kept"),
    "other machine": lambda: fails("/tmp/foreign"),
    "no interpreter": lambda: fails("/tmp/script"),
    "often": lambda: [fails("/tmp/lost") for _ in range(200)],
}
pid = os.fork()
if pid == 0:
    try:
        ways[kind]()
        if how == "memfd":
            os.execve(code, arguments, {})
        os.execve(loader, [loader, "/tmp/evil", *arguments[1:]], {})
    except PermissionError:
        os._exit(126)
    finally:
        os._exit(1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
FAILING = ["check", "small stack", "in a thread", "long arguments", "no loader",
           "loader that may not run", "other machine", "no interpreter", "often"]


@seconds(120)
def row03_memfd_after_executions_that_fail_in_other_ways(t):
    """However an execve fails after its program was opened, it vouches for nothing."""
    box, watch = with_evil(t, [DENY_MALICIOUS])
    box.put("/tmp/lost", with_loader(t, "/nowhere"))
    box.put("/tmp/kept", with_loader(t, "/tmp/loader"))
    box.copy(LOADER, "/tmp/loader", 0o644)
    program = t.built("actor")
    box.put("/tmp/foreign", program[:18] + b"\x28\0" + program[20:])      # e_machine
    box.put("/tmp/script", "#!/nowhere\n")
    t.ran(box.run(["/bin/false"]), 1)
    for kind in FAILING:
        for how in ("memfd", "loader"):
            result = box.run([PYTHON, "-c", FAILURES, LOADER, kind, how])
            t.equal(result.code, 126, f"{kind}, {how}: {result}")
    nothing_ran(t, box, "what came after a failure")
    lwtest.wait_until("all are told", lambda: (
        [len(watch.find(layer=layer)) for layer in ("memfd", "added")] == [len(FAILING)] * 2))


def row03_memfd_after_many_held_executions(t):
    """More executions than can be expected to go on wait for their arguments, and all fail."""
    box, watch = with_evil(t, [DENY_MALICIOUS])
    t.ran(box.run(["/bin/false"]), 1)
    command = ["/lwtest/actor", "stall-memfd", "800", "/bin/false", "/tmp/evil", "mark",
               "/tmp/mark"]
    result = box.run(["/bin/sh", "-c", 'for i in $(seq 90); do "$@" & done; wait', "sh", *command])
    t.equal(result.err.count(b"not permitted"), 90, "denials")
    nothing_ran(t, box, "one of many memfds")
    watch.finding(layer="memfd", action="denied")


def is_held():
    """Does a task wait for an answer?"""
    for pid in os.listdir("/proc"):
        try:
            with open(f"/proc/{pid}/stack", encoding="ascii") as f:
                if "fanotify_handle_event" in f.read():
                    return True
        except OSError:
            pass
    return False


class Undecided:
    """While it lasts nothing can be judged, so that an execution is held for its deadline."""

    def __init__(self, watch):
        self.pids = watch.pids("classify")

    def __enter__(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)
        return self

    def end_after(self, delay):
        threading.Timer(delay, self.__exit__).start()

    def __exit__(self, *_):
        for pid in self.pids:
            lwtest.kill_quietly(pid, signal.SIGCONT)


def pair(t, padding=0):
    """Two programs of one size that differ in what they leave in the file they are told to mark."""
    good = t.built("actor-static")
    t.equal(good.count(b"ran\n\0"), 1, "what the actor writes")
    good += b"\0" * padding
    return good, good.replace(b"ran\n\0", b"EVL\n\0")


def overwrite(box, path, content):
    """Only where it differs, so that it takes no time."""
    with open(box.path(path), "r+b", buffering=0) as f:
        old = f.read()
        at = next((i for i in range(0, len(old), 4096) if old[i:i + 4096] != content[i:i + 4096]),
                  len(old))
        f.seek(at)
        f.write(content[at:at + 4096])
        f.truncate(len(content))
    with open(box.path(path), "rb") as f:
        if f.read() != content:
            raise lwtest.Failed("the file has not become the other one")


def replace(box, path, content):
    box.put(path + ".new", content)
    os.rename(box.path(path + ".new"), box.path(path))


def changed_while_judged(t, change, good, evil, path="/img/x", arguments=("mark", "/tmp/mark"),
                         **policy):
    """What ran, as the mark says it, and how it ended; the program is changed while its
    execution is held.

    A file of the image is copied up by that; a writer of one in the upper layer waits for the
    end of our lease.
    """
    box = t.box(image={"/img/x": good})
    policy = {"mode": "enforce", "rules": [DENY_MALICIOUS], "decision": {"deadline_ms": 5000},
              **policy}
    watch = t.daemon(box, malicious=[lwtest.sha256(evil)], **policy)
    if path != "/img/x":
        box.put(path, good)
    with Undecided(watch) as undecided:
        p = box.start([path, *arguments])
        lwtest.wait_until("the execution is held", is_held)
        undecided.end_after(1)
        change(box, path, evil)
    _, err = p.communicate(timeout=20)
    t.equal(box.read(path), evil, "what the file is by now")
    ran = box.read("/tmp/mark") if box.has("/tmp/mark") else b""
    return box, watch, ran, p.returncode, err.decode()


def is_denied(code, err):
    return code == 126 and "not permitted" in err


def row21_image_program_overwritten_while_judged(t):
    box, watch, ran, code, err = changed_while_judged(t, overwrite, *pair(t))
    t.equal((ran, is_denied(code, err)), (b"", True), err)
    watch.finding(path="/img/x", layer="modified", action="denied",
                  sha256=lwtest.sha256(box.read("/img/x")))


def row21_added_program_waits_with_its_writer(t):
    """A lease keeps writers of the upper layer out for as long as the program is judged."""
    good, evil = pair(t)
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS],
                     malicious=[lwtest.sha256(evil)], decision={"deadline_ms": 5000})
    box.put("/tmp/x", good)
    with Undecided(watch):
        p = box.start(["/tmp/x", "mark", "/dev/null"])
        lwtest.wait_until("the execution is held", is_held)
        writer = threading.Thread(target=overwrite, args=(box, "/tmp/x", evil))
        writer.start()
        time.sleep(0.5)
        t.equal((is_held(), box.read("/tmp/x") == good), (True, True), "held, and as it was")
    writer.join(20)
    p.communicate(timeout=20)
    t.equal(box.read("/tmp/x"), evil, "what the file is by now")
    t.denied(box.run(["/tmp/x", "mark", "/tmp/mark"]))
    nothing_ran(t, box, "what the program was overwritten with")
    watch.finding(path="/tmp/x", layer="added", action="denied")


def replaced_while_judged(t, path):
    """The name is another file's; the one that was opened runs."""
    box, watch, ran, code, err = changed_while_judged(t, replace, *pair(t), path=path)
    t.equal((ran, code), (b"ran\n", 0), err)
    t.denied(box.run([path, "mark", "/tmp/mark"]))
    t.equal(box.read("/tmp/mark"), b"ran\n", "what ran")
    watch.finding(path=path, action="denied")


def row21_image_program_replaced_while_judged(t):
    replaced_while_judged(t, "/img/x")


def row21_added_program_replaced_while_judged(t):
    replaced_while_judged(t, "/tmp/x")


def row21_script_overwritten_while_judged(t):
    """What its interpreter finds later is another matter (row 22)."""
    good, evil = (f"#!/bin/sh\nprintf {what} >> /tmp/mark\n".encode() for what in ("good", "evil"))
    box, watch, ran, code, err = changed_while_judged(t, overwrite, good, evil, arguments=())
    t.equal((ran, is_denied(code, err)), (b"", True), err)
    watch.finding(path="/img/x", action="denied")


def row21_change_while_judged_is_seen(t):
    """Detect mode denies nothing, and tells of the new content."""
    box, watch, *_ = changed_while_judged(t, overwrite, *pair(t), path="/tmp/x", mode="detect",
                                          decision={"evidence_ms": 1000})
    t.ran(box.run(["/tmp/x", "mark", "/tmp/mark"]))
    watch.finding(path="/tmp/x", action="would_deny", sha256=lwtest.sha256(box.read("/tmp/x")))


@seconds(120)
def row21_large_program_overwritten_while_it_is_read(t):
    """At any point of its reading: what was read before the change does not vouch for what came
    after."""
    good, evil = pair(t, 24 << 20)
    box = t.box(image={f"/img/x{step}": good for step in range(6)})
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS], malicious=[lwtest.sha256(evil)],
                     decision={"deadline_ms": 10000})
    codes = set()
    for step in range(6):
        path = f"/img/x{step}"
        p = box.start([path, "mark", "/tmp/mark"])
        lwtest.wait_until("the execution is held", is_held, step=0.001)
        time.sleep(step * 0.005)
        with Undecided(watch):
            if is_held():
                overwrite(box, path, evil)
        p.communicate(timeout=20)
        codes.add(p.returncode)
        t.true(not box.has("/tmp/mark") or b"EVL" not in box.read("/tmp/mark"),
               f"the other bytes ran, step {step}")
    t.contains(codes, 126, "exit codes")
    watch.finding(path=lambda path: path.startswith("/img/x"), action="denied")


def row21_restless_program(t):
    """A file that does not come to rest is denied, whatever is in it."""
    good, _ = pair(t, 8 << 20)
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS], decision={"deadline_ms": 10000})
    box.put("/tmp/x", good)
    p = box.start(["/tmp/x", "mark", "/tmp/mark"])
    mode = 0
    while p.poll() is None:
        mode ^= 1
        os.chmod(box.path("/tmp/x"), 0o754 | mode)
        time.sleep(0.0002)
    p.communicate(timeout=20)
    t.equal(p.returncode, 126, "exit code")
    nothing_ran(t, box, "a file that changes all the time")
    watch.finding(path="/tmp/x", action="denied")


@seconds(120)
def test_nobody_to_ask_for_a_while(t):
    """Executions that begin while resolve or classify is not there are answered, and end once."""
    box = t.box(image={"/img/s": b"#!/bin/sh\nexit 0\n"})
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS])
    for role in ("resolve", "classify", "resolve"):
        pids = watch.pids(role)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        result = box.shell("for i in $(seq 60); do /img/s & /bin/true & done; wait; echo over")
        t.equal(result.out, b"over\n")
        lwtest.wait_until(f"{role} is back", lambda r=role, old=pids: (
            len(set(watch.pids(r)) - set(old)) == len(old)))
    t.true(not is_held(), "nothing is held")
    lwtest.wait_until("all are answered",
                      lambda: watch.status()["events"] == watch.status()["answers"])


def memfd_named_by_a_line(t, payload, category):
    """The kernel opens what a script's line names: a memfd raises no event, what it needs in its
    turn does."""
    box, watch = with_evil(t, [DENY_MALICIOUS])
    os.symlink("/proc/self/fd/7", box.path("/tmp/link"))
    lines = ["/proc/self/fd/7", "/tmp/link", "/tmp/script0", "/proc/self/fd/7 mark"]
    for number, line in enumerate(lines):
        box.put(f"/tmp/script{number}", f"#!{line}\n")
    for number in [*range(len(lines))] * 2:
        t.denied(box.run(["/lwtest/actor", "with-memfd", "7", payload, f"/tmp/script{number}",
                          "/tmp/mark"]))
    nothing_ran(t, box, "a memfd that a script's line names")
    watch.finding(category=category, layer="memfd", action="denied")


def row03_memfd_named_by_the_line_of_a_script(t):
    memfd_named_by_a_line(t, "/tmp/evil", "Execution: Fileless Execution in /memfd:")


def row05_memfd_script_named_by_the_line_of_a_script(t):
    memfd_named_by_a_line(t, "/tmp/evil.py", lambda category: True)


if __name__ == "__main__":
    lwtest.main()
