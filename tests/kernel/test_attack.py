"""Attacks on the gate by somebody inside a container: what the policy denies must not run by a longer way either."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402
from lwtest import DENY_DRIFT, DENY_MALICIOUS  # noqa: E402

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
    """The kernel runs "ld.so /tmp/evil SCRIPT" for "#!ld.so /tmp/evil": the script is harmless, its line is not."""
    box, watch = with_evil(t, [DENY_MALICIOUS])
    box.copy(LOADER, "/tmp/notes")
    lines = [f"{LOADER} /tmp/evil", "/tmp/notes /tmp/evil", f"{PYTHON} /tmp/evil.py", "/usr/bin/python3 \t/tmp/evil.py ",
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
    """A program whose loader raises no event runs on: it vouches for nothing that its task executes then."""
    box, watch = with_evil(t, [DENY_MALICIOUS], mode=mode)
    box.put("/tmp/p", with_loader(t, "/proc/self/fd/7"))
    begin = ["/lwtest/actor", "with-memfd", "7", LOADER, "/tmp/p"]
    for number in range(3):
        for what in (["memfd", "/tmp/evil"], ["exec", LOADER, "/tmp/evil"]):
            result = box.run([*begin, *what, "mark", "/tmp/mark"])
            t.equal(result.code, 126 if mode == "enforce" else 0, f"attempt {number} at {what}: {result}")
    action = "denied" if mode == "enforce" else "would_deny"
    t.equal(box.has("/tmp/mark"), mode != "enforce", "it ran")
    watch.finding(path="/tmp/evil", layer="added", action=action)
    watch.finding(layer="memfd", action=action)


def row03_memfd_after_a_program_whose_loader_raised_nothing(t):
    after_a_loader_in_a_memfd(t, "enforce")


def row03_memfd_after_a_program_whose_loader_raised_nothing_is_seen(t):
    after_a_loader_in_a_memfd(t, "detect")


def row03_memfd_after_another_execution_of_a_copied_up_hard_link(t):
    """The numbers of the decoy change while its failure is awaited, and an execution of the same file ends."""
    box, watch = with_evil(t, [DENY_MALICIOUS])
    box.unmount()
    box.image_file("/img/a", t.built("actor"))
    os.link(box.image + "/img/a", box.image + "/img/b")
    box.mount()
    watch.wait_marked(box)
    t.ran(box.run(["/img/a", "mark", "/dev/null"]))
    before = os.stat(box.path("/img/a")).st_ino
    p = box.start(["/lwtest/actor", "stall-memfd", "1500", "/img/a", "/tmp/evil", "mark", "/tmp/mark"])
    time.sleep(0.5)
    os.chmod(box.path("/img/a"), 0o700)
    t.true(os.stat(box.path("/img/a")).st_ino != before, "it has another number")
    for _ in range(3):
        t.ran(box.run(["/img/a", "fork", "/img/a", "mark", "/dev/null"]))
    t.equal(p.wait(10), 126, "the memfd's exit code")
    nothing_ran(t, box, "a memfd after an execve that failed late")
    watch.finding(layer="memfd", action="denied")


def row03_memfd_after_many_held_executions(t):
    """More executions than can be expected to go on wait for their arguments, and all fail."""
    box, watch = with_evil(t, [DENY_MALICIOUS])
    t.ran(box.run(["/bin/false"]), 1)
    command = ["/lwtest/actor", "stall-memfd", "800", "/bin/false", "/tmp/evil", "mark", "/tmp/mark"]
    result = box.run(["/bin/sh", "-c", 'for i in $(seq 90); do "$@" & done; wait', "sh", *command])
    t.equal(result.err.count(b"not permitted"), 90, "denials")
    nothing_ran(t, box, "one of many memfds")
    watch.finding(layer="memfd", action="denied")


def memfd_named_by_a_line(t, payload, category):
    """The kernel opens what a script's line names: a memfd raises no event, what it needs in its turn does."""
    box, watch = with_evil(t, [DENY_MALICIOUS])
    os.symlink("/proc/self/fd/7", box.path("/tmp/link"))
    lines = ["/proc/self/fd/7", "/tmp/link", "/tmp/script0", "/proc/self/fd/7 mark"]
    for number, line in enumerate(lines):
        box.put(f"/tmp/script{number}", f"#!{line}\n")
    for number in [*range(len(lines))] * 2:
        t.denied(box.run(["/lwtest/actor", "with-memfd", "7", payload, f"/tmp/script{number}", "/tmp/mark"]))
    nothing_ran(t, box, "a memfd that a script's line names")
    watch.finding(category=category, layer="memfd", action="denied")


def row03_memfd_named_by_the_line_of_a_script(t):
    memfd_named_by_a_line(t, "/tmp/evil", "Execution: Fileless Execution in /memfd:")


def row05_memfd_script_named_by_the_line_of_a_script(t):
    memfd_named_by_a_line(t, "/tmp/evil.py", lambda category: True)


if __name__ == "__main__":
    lwtest.main()
