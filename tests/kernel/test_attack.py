"""Attacks on the gate by somebody inside a container: what the policy denies must not run by a longer way either."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402
from lwtest import DENY_DRIFT, DENY_MALICIOUS  # noqa: E402

LOADER = os.path.realpath("/lib64/ld-linux-x86-64.so.2")
PYTHON = os.path.realpath("/usr/bin/python3")
EVIL = "#!/usr/bin/python3\nopen('/tmp/mark', 'w')\n# evil\n"


def with_evil(t, rules, **more):
    """A box with a script and a program that are on the list."""
    if not os.path.exists(LOADER):
        t.skip("kernel: no x86-64 loader on this machine")
    box = t.box()
    program = t.built("actor") + b"evil"
    listed = [lwtest.sha256(EVIL.encode()), lwtest.sha256(program)]
    watch = t.daemon(box, mode="enforce", rules=rules, malicious=listed, **more)
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


if __name__ == "__main__":
    lwtest.main()
