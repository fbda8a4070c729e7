"""Command lines, variables and files that are made to be misread: what the interpreter runs is what
is judged. The code is denied by its hash, so none of it may run."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402
from lwtest import DENY_MALICIOUS  # noqa: E402

MARK = "/tmp/mark"
CODE = {
    "sh": f"echo > {MARK} # evil",
    "py": f"open('{MARK}', 'w') # evil",
    "pl": f"open(F, '>', '{MARK}'); # evil",
    "rb": f"File.write('{MARK}', '') # evil",
    "js": f"require('fs').writeFileSync('{MARK}', '') // evil",
    "php": f"file_put_contents('{MARK}', ''); // evil",
    "lua": f"io.open('{MARK}', 'w') -- evil",
    "awk": f'BEGIN {{ print "x" > "{MARK}" }} # evil',
}
FILES = {k: ("<?php " if k == "php" else "") + v + "\n" for k, v in CODE.items()}
SH, PY, PL, RB, JS, PHP, AWK = (CODE[k] for k in ("sh", "py", "pl", "rb", "js", "php", "awk"))
EVIL = [lwtest.sha256(text.encode()) for text in [*CODE.values(), *FILES.values()]]


def evil_box(t, **more):
    """Files /tmp/e/evil.LANGUAGE, and a daemon that denies them and their code."""
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS], malicious=EVIL,
                     processes={"resolve": 4}, **more)
    for suffix, text in FILES.items():
        box.put(f"/tmp/e/evil.{suffix}", text)
    return box, watch


def try_all(t, box, rows, env=None, stdin=b""):
    """Each command line is denied; an interpreter that is not installed is left out with a note."""
    for argv in rows:
        program = argv[0] if "/" in argv[0] else f"/usr/bin/{argv[0]}"
        if not os.path.exists(program):
            print(f"# {program} is not installed", flush=True)
            continue
        result = box.run([program, *argv[1:]], env=env, stdin=stdin)
        t.true(not box.has(MARK), f"{argv} {env or ''}: nothing ran")
        t.denied(result)


def row08_options_of_shells_are_read_as_the_shells_read_them(t):
    box, _ = evil_box(t)
    try_all(t, box, (
        ["bash", "+c", SH], ["dash", "+c", SH], ["zsh", "+c", SH], ["ksh93", "+c", SH],
        ["busybox", "sh", "+c", SH], ["bash", "-posix", "-c", SH], ["bash", "-login", "-c", SH],
        ["bash", "-x", "-posix", "noglob", "-c", SH], ["bash", "-cO", "extglob", SH],
        ["busybox", "busybox", "sh", "-c", SH], ["busybox", "busybox-x", "sh", "-c", SH],
        ["mksh", "+x", "/tmp/e/evil.sh"]))
    box.copy("/usr/bin/busybox", "/tmp/busyboxes")
    t.denied(box.run(["/tmp/busyboxes", "sh", "-c", SH]))
    try_all(t, box, (["bash", "+s", "/tmp/e/evil.py"],), stdin=FILES["sh"].encode())


def row08_options_of_others_are_read_as_they_read_them(t):
    box, _ = evil_box(t)
    try_all(t, box, (
        ["perl", "-V:osname", "-e", PL], ["perl", "-e", PL, "-V:osname"],
        ["ruby", "--disable", "gems", "-e", RB], ["ruby", "--enable", "rubyopt", "-e", RB],
        ["node", "--title", "x", "-e", JS], ["node", "--dns-result-order", "ipv4first", "-e", JS],
        ["node", "--max_http_header_size", "16384", "/tmp/e/evil.js"],
        ["gawk", "--sourc=" + AWK], ["gawk", "--fil", "/tmp/e/evil.awk"],
        ["gawk", "-W", "exec", "/tmp/e/evil.awk"], ["gawk", "-Wsource=" + AWK],
        ["gawk", "--field", ":", AWK],
        ["mawk", "-W", "exec", "/tmp/e/evil.awk"], ["mawk", "-We", "/tmp/e/evil.awk"]))
    try_all(t, box, (["php", "--", "/tmp/e/evil.sh"],), stdin=FILES["php"].encode())


def row40_scripts_are_looked_for_where_the_interpreter_does(t):
    """A harmless file of the same name lies where one would look first."""
    box, _ = evil_box(t)
    box.put("/tmp/decoy/evil.pl", "1;\n")
    box.put("/tmp/decoy/evil.rb", "1\n")
    away = ["/bin/sh", "-c", 'cd /tmp/decoy; exec "$@"', "sh"]
    for argv in (["perl", "-S", "evil.pl"], ["ruby", "-S", "evil.rb"],
                 ["ruby", "-C", "/tmp/e", "evil.rb"], ["ruby", "-C/tmp", "-Xe", "evil.rb"]):
        if not os.path.exists("/usr/bin/" + argv[0]):
            print(f"# {argv[0]} is not installed", flush=True)
            continue
        result = box.run(away + argv, env={"PATH": "/tmp/e:/usr/bin:/bin"})
        t.true(not box.has(MARK), f"{argv}: nothing ran")
        t.contains(result.err, b"not permitted")


if __name__ == "__main__":
    lwtest.main()
