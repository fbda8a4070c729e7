"""Code handed to an interpreter, in every way there is: captured byte for byte, denied by its hash.

The interpreters are the machine's own, and the box has them as its image. One that is not installed
is left out with a note, so that what is missing shows.
"""
import io
import os
import py_compile
import sys
import tempfile
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402
from lwtest import DENY_MALICIOUS  # noqa: E402

ALERT_CODE = {"name": "code", "match": {"kind": ["script", "inline", "stdin"]}, "action": "alert"}
PYTHON = os.path.realpath("/usr/bin/python3")
MARK = "/tmp/mark"

# options for code in an argument, code that makes the mark: {} stands for its path
INTERPRETERS = {
    "sh": (["-c"], "echo sh > {}"),
    "dash": (["-ec"], "echo dash > {}"),
    "bash": (["-lc"], "echo bash > {}"),
    "zsh": (["-fc"], "echo zsh > {}"),
    "ksh93": (["-o", "posix", "-c"], "echo ksh > {}"),
    "mksh": (["-c"], "echo mksh > {}"),
    "fish": (["-N", "-c"], "echo fish > {}"),
    "tcsh": (["-f", "-c"], "echo tcsh > {}"),
    "yash": (["-c"], "echo yash > {}"),
    "posh": (["-c"], "echo posh > {}"),
    "busybox": (["sh", "-c"], "echo busybox > {}"),
    "python3": (["-Bc"], "open('{}', 'w').write('python')"),
    "perl": (["-we"], "open(F, '>', '{}'); print F 'perl';"),
    "ruby": (["-W0", "-e"], "File.write('{}', 'ruby')"),
    "node": (["--no-warnings", "-e"], "require('fs').writeFileSync('{}', 'node')"),
    "php": (["-d", "display_errors=1", "-r"], "file_put_contents('{}', 'php');"),
    "lua5.4": (["-W", "-e"], "io.open('{}', 'w'):write('lua')"),
    "gawk": (["-F:"], 'BEGIN {{ print "gawk" > "{}" }}'),
    "mawk": (["-v", "a=b"], 'BEGIN {{ print "mawk" > "{}" }}'),
    "expect": (["-c"], "set f [open {} w]; puts $f expect; close $f; exit"),
    "tclsh": (None, "set f [open {} w]; puts $f tclsh; close $f"),
}
NO_STDIN = ("gawk", "mawk")


def installed(t, names=tuple(INTERPRETERS)):
    """(name, path, options, code) of those that are there."""
    for name in names:
        path = f"/usr/bin/{name}"
        if not os.path.exists(path):
            print(f"# {name} is not installed", flush=True)
            continue
        options, code = INTERPRETERS[name]
        yield name, path, options, code.format(MARK)


def command(name, path):
    """How the interpreter is started: busybox needs its applet."""
    return [path, "sh"] if name == "busybox" else [path]


def as_file(name, code):
    """php's files begin in another mode."""
    return f"<?php {code}\n" if name == "php" else code + "\n"


def file_options(name):
    return ["-f"] if name in NO_STDIN else []


def detect(t, box):
    """Tells all code; a loaded machine has the time to secure it."""
    return t.daemon(box, rules=[ALERT_CODE], decision={"evidence_ms": 500})


def strict(t, box, *codes):
    """Denies these texts and nothing else. Free helpers enough: the last one does not wait long."""
    bad = [lwtest.sha256(c if isinstance(c, bytes) else c.encode()) for c in codes]
    return t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS, ALERT_CODE], malicious=bad,
                    processes={"resolve": 4})


def did_not_run(t, box, what):
    t.true(not box.has(MARK), f"{what}: nothing ran")


def takes_code(t):
    """Those that have an option for code."""
    return [row for row in installed(t) if row[2] is not None]


def row08_every_interpreter_inline(t):
    box = t.box()
    watch = detect(t, box)
    for name, path, options, code in takes_code(t):
        t.ran(box.run([path, *options, code]))
        found = watch.finding(contents=code)
        t.true("path" not in found.script, f"{name}: inline code has no path")
        t.equal(found.script["sha256"], lwtest.sha256(code.encode()), name)
        t.true(box.has(MARK), f"{name} ran")
        os.unlink(box.path(MARK))


def row08_every_interpreter_inline_is_denied(t):
    box = t.box()
    rows = takes_code(t)
    watch = strict(t, box, *[code for *_, code in rows])
    for name, path, options, code in rows:
        t.denied(box.run([path, *options, code]))
        watch.finding(contents=code, action="denied", rule="malicious")
        did_not_run(t, box, name)


def row10_every_interpreter_with_a_file(t):
    box = t.box()
    watch = detect(t, box)
    for name, path, _, code in installed(t):
        text = as_file(name, code)
        digest = box.put(f"/tmp/{name}.x", text, 0o644)
        t.ran(box.run([*command(name, path), *file_options(name), f"/tmp/{name}.x", "argument"]))
        found = watch.finding(path=f"/tmp/{name}.x", layer="added")
        t.equal(found.contents, text, name)
        t.equal(found.properties["Script_SHA256"], digest, name)
        t.true(box.has(MARK), f"{name} ran")
        os.unlink(box.path(MARK))


def row10_every_interpreter_with_a_file_is_denied(t):
    box = t.box()
    rows = list(installed(t))
    watch = strict(t, box, *[as_file(name, code) for name, _, _, code in rows])
    for name, path, _, code in rows:
        box.put(f"/tmp/{name}.x", as_file(name, code), 0o644)
        t.denied(box.run([*command(name, path), *file_options(name), f"/tmp/{name}.x"]))
        watch.finding(path=f"/tmp/{name}.x", action="denied", rule="malicious")
        did_not_run(t, box, name)


def row06_every_interpreter_from_a_file_on_stdin(t):
    box = t.box()
    watch = detect(t, box)
    rows = [r for r in installed(t) if r[0] not in NO_STDIN]
    for name, path, _, code in rows:
        text = as_file(name, code)
        box.put(f"/tmp/{name}.in", text, 0o644)
        dash = " -" if name in ("python3", "lua5.4", "ruby", "perl", "node") else ""
        t.ran(box.shell(f"exec {' '.join(command(name, path))}{dash} < /tmp/{name}.in"))
        found = watch.finding(contents=text)
        t.equal(found.properties["Stdin_Type"], "file", name)
        t.equal(found.properties["Stdin_Peer"], f"/tmp/{name}.in", name)
    watch.stop()
    watch = strict(t, box, *[as_file(name, code) for name, _, _, code in rows])
    for name, path, _, code in rows:
        if box.has(MARK):
            os.unlink(box.path(MARK))
        t.denied(box.shell(f"exec {' '.join(command(name, path))} < /tmp/{name}.in"))
        did_not_run(t, box, name)


def row06_here_document_and_offset(t):
    box = t.box()
    code = "echo here > /tmp/mark\n"
    watch = strict(t, box, code)
    t.true(box.run(["/bin/bash", "-c", f"bash <<'EOF'\n{code}EOF\n"]).code != 0, "of bash")
    watch.finding(contents=code, action="denied")
    t.true(box.run(["/bin/sh", "-c", f"bash <<'EOF'\n{code}EOF\n"]).code != 0, "of dash")
    long = "".join(f": {i:060d}\n" for i in range(1500)) + code
    watch.stop()
    watch = strict(t, box, long)
    t.true(box.run(["/bin/bash", "-c", f"sh <<'EOF'\n{long}EOF\n"]).code != 0, "a deleted file")
    found = watch.finding(action="denied")
    t.equal(found.properties["Stdin_Type"], "file")
    watch.stop()
    watch = strict(t, box, code)
    box.put("/tmp/in", "first\n" + code, 0o644)
    second = box.run(["/bin/bash", "-c", "exec < /tmp/in; read -r line; exec sh"])
    t.true(second.code != 0, "from the second line on")
    watch.finding(contents=code, action="denied")
    did_not_run(t, box, "nothing")


def row07_pipe(t):
    box = t.box()
    watch = detect(t, box)
    code = "echo piped > /tmp/mark\n"
    box.put("/tmp/code", code, 0o644)
    t.ran(box.shell("cat /tmp/code | sh; cat /tmp/mark"))
    t.equal(box.read("/tmp/mark"), b"piped\n")
    found = watch.finding(contents=code)
    t.equal(found.properties["Stdin_Type"], "pipe")
    watch.stop()
    os.unlink(box.path(MARK))
    watch = strict(t, box, code)
    for form in ("cat /tmp/code | sh", "cat /tmp/code | bash -s argument",
                 "(sleep 0.1; cat /tmp/code) | sh", "cat /tmp/code | sh /dev/stdin",
                 "cat /tmp/code | sh /proc/self/fd/0"):
        watch.findings.clear()
        t.true(box.shell(form).code != 0, form)
        watch.finding(contents=code, action="denied")
        did_not_run(t, box, form)
    t.true(box.run(["/bin/bash", "-c", "sh <(cat /tmp/code)"]).code != 0, "process substitution")
    did_not_run(t, box, "process substitution")
    python = "open('/tmp/mark', 'w').write('python')\n"
    watch.stop()
    watch = strict(t, box, python)
    box.put("/tmp/b64", __import__("base64").b64encode(python.encode()), 0o644)
    t.true(box.shell("base64 -d /tmp/b64 | python3 -").code != 0, "python")
    watch.finding(contents=python, action="denied")
    did_not_run(t, box, "python")
    watch.findings.clear()
    box.shell("perl -e '$| = 1; print STDOUT qx(base64 -d /tmp/b64); sleep 1' | python3")
    t.equal(watch.finding(contents=python, action="denied").properties["Stdin_Writer"], "perl")


def row07_pipe_is_not_consumed_and_no_stall(t):
    box = t.box()
    watch = strict(t, box, "none")
    code = "".join(f"echo {i} >> /tmp/out\n" for i in range(3000)) + "echo end >> /tmp/out\n"
    box.put("/tmp/code", code, 0o644)
    t.ran(box.shell("cat /tmp/code | sh"))
    t.equal(len(box.read("/tmp/out").split()), 3001)
    result = box.run(["/bin/sh"], stdin=b"echo $((6*7))\n")
    t.equal(result.out, b"42\n")
    t.true(result.seconds < 3, "no stall")
    watch.finding(contents=lambda c: c and c.startswith("echo 0 >> /tmp/out\n"))


def row07_pipe_that_stays_empty_is_told(t):
    box = t.box()
    watch = detect(t, box)
    t.ran(box.shell("sleep 0.6 | sh"))
    found = watch.finding(rule="code", args=["sh"])
    t.equal(found.properties["Stdin_Type"], "pipe")
    t.true(not found.contents, "nothing was there")


def row05_memfd_script(t):
    box = t.box()
    code = "#!/bin/sh\necho memfd > /tmp/mark\n"
    os.makedirs(box.path("/tmp/data"))       # what lies beside a script is verified with it
    box.put("/tmp/data/source", code, 0o644)
    watch = detect(t, box)
    maker = ("import os,sys\nd=open('/tmp/data/source','rb').read()\n"
             "f=os.memfd_create('x',0)\nos.write(f,d)\na=sys.argv[1:]\n"
             "os.execv(a[0], [w.replace('@', str(f)) for w in a])\n")
    box.put("/tmp/maker.py", maker, 0o644)
    forms = (["/bin/sh", "/proc/self/fd/@"], ["/bin/bash", "/dev/fd/@"])
    for form in forms:
        watch.findings.clear()
        t.ran(box.run([PYTHON, "/tmp/maker.py", *form]))
        watch.finding(contents=code, layer="memfd")
    watch.stop()
    os.unlink(box.path(MARK))
    watch = strict(t, box, code)
    for form in forms:
        watch.findings.clear()
        t.true(box.run([PYTHON, "/tmp/maker.py", *form]).code != 0, form[1])
        watch.finding(contents=code, action="denied")
        did_not_run(t, box, form[1])


def row10_module_and_package(t):
    box = t.box()
    box_code = "open('/tmp/mark', 'w').write('module')\n"
    for folder in ("/tmp/lib", "/tmp/lib/pkg", "/tmp/lib/pkg/sub", "/tmp/space"):
        os.makedirs(box.path(folder))
    rows = {"/tmp/lib/mod.py": "mod", "/tmp/lib/pkg/__main__.py": "pkg",
            "/tmp/lib/pkg/sub/__main__.py": "pkg.sub", "/tmp/space/__main__.py": "space"}
    code = {module: f"# {module}\n{box_code}" for module in rows.values()}
    for path, module in rows.items():
        box.put(path, code[module], 0o644)
    inits = {"/tmp/lib/pkg/__init__.py": "# init\nx = 1\n",
             "/tmp/lib/pkg/sub/__init__.py": "# sub\ny = 1\n"}
    for path, text in inits.items():
        box.put(path, text, 0o644)
    watch = detect(t, box)
    for path, module in rows.items():
        if module == "space":
            t.ran(box.shell(f"cd /tmp && python3 -m {module}"))
        else:
            t.ran(box.shell(f"cd /tmp/lib && python3 -Bm {module} argument"))
        t.equal(watch.finding(path=path).contents, code[module])
    for path, text in inits.items():
        t.equal(watch.finding(path=path).contents, text)
    watch.stop()
    os.unlink(box.path(MARK))
    watch = strict(t, box, *code.values())
    t.denied(box.run([PYTHON, "-m", "mod"], env={"PYTHONPATH": "/nowhere:/tmp/lib"}))
    watch.finding(path="/tmp/lib/mod.py", action="denied")
    t.denied(box.shell("cd /tmp/lib && exec python3 -m pkg.sub"))
    t.denied(box.run([PYTHON, "/tmp/lib/pkg"]))
    watch.finding(path="/tmp/lib/pkg/__main__.py", action="denied")
    did_not_run(t, box, "module")
    watch.stop()
    watch = strict(t, box, inits["/tmp/lib/pkg/__init__.py"])
    t.denied(box.shell("cd /tmp/lib && exec python3 -m pkg"))
    watch.finding(path="/tmp/lib/pkg/__init__.py", action="denied")
    did_not_run(t, box, "package")


def row10_module_of_the_library(t):
    box = t.box()
    watch = detect(t, box)
    t.ran(box.run([PYTHON, "-m", "json.tool", "--help"]))
    found = watch.finding(path=lambda p: p and p.endswith("/json/tool.py"))
    t.equal(found.contents.encode(), box.read(found.path))
    t.equal(found.layer, "image")


def row10_zip_application(t):
    box = t.box()
    code = "open('/tmp/mark', 'w').write('zip')\n" + "# padding\n" * 500
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", method) as z:
            z.writestr("other.py", "x = 1\n")
            z.writestr("__main__.py", code)
        text = b"#!/usr/bin/env python3\n" + made.getvalue()
        watch = detect(t, box)
        digest = box.put(f"/tmp/{name}.pyz", text, 0o755)
        t.ran(box.run([PYTHON, f"/tmp/{name}.pyz"]))
        found = watch.finding(path=f"/tmp/{name}.pyz")
        t.equal(found.contents, code)
        t.equal(found.script["sha256"], lwtest.sha256(code.encode()))
        t.equal(found.properties["Script_SHA256"], digest)
        watch.stop()
        os.unlink(box.path(MARK))
        watch = strict(t, box, code)
        t.denied(box.run([PYTHON, f"/tmp/{name}.pyz"]))
        watch.finding(path=f"/tmp/{name}.pyz", action="denied")
        did_not_run(t, box, name)
        watch.stop()


def compiled(code):
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "m.py"), os.path.join(folder, "m.pyc")
        with open(source, "w", encoding="utf-8") as f:
            f.write(code)
        py_compile.compile(source, cfile=target, doraise=True)
        with open(target, "rb") as f:
            return f.read()


def row10_compiled_module(t):
    if f"python{sys.version_info[0]}.{sys.version_info[1]}" != os.path.basename(PYTHON):
        t.skip("this Python is another one than /usr/bin/python3")
    box = t.box()
    code = "import os\nos.system('echo distinct-text > /tmp/mark')\n"
    digest = box.put("/tmp/m.pyc", compiled(code), 0o644)
    watch = detect(t, box)
    t.ran(box.run([PYTHON, "/tmp/m.pyc"]))
    found = watch.finding(path="/tmp/m.pyc")
    t.contains(found.contents, "echo distinct-text > /tmp/mark")
    t.contains(found.contents, "system")
    t.equal(found.properties["Script_SHA256"], digest)
    os.makedirs(box.path("/tmp/__pycache__"))
    box.put("/tmp/__pycache__/n.cpython-311.pyc", compiled(code), 0o644)
    box.put("/tmp/n.py", code, 0o644)
    t.ran(box.run([PYTHON, "/tmp/__pycache__/n.cpython-311.pyc"]))
    t.equal(watch.finding(path="/tmp/n.py").contents, code)
    watch.finding(path="/tmp/__pycache__/n.cpython-311.pyc")


def row14_copied_interpreters(t):
    box = t.box()
    # expect has no language of its own by which a copy could be told
    rows = [r for r in takes_code(t) if r[0] not in ("sh", "busybox", "mksh", "expect")]
    watch = strict(t, box, *[code for *_, code in rows])
    for name, path, options, code in rows:
        copy = f"/tmp/copy-of-{len(name)}{name[0]}"
        box.copy(os.path.realpath(path), copy)
        t.denied(box.run([copy, *options, code]))
        found = watch.finding(contents=code, action="denied", rule="malicious")
        t.equal(found.binary["path"], copy)
        did_not_run(t, box, name)


def row14_copied_python_is_both(t):
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[lwtest.ALERT_DRIFT, ALERT_CODE])
    code = "print('evil')\n"
    box.put("/tmp/evil.py", code, 0o644)
    box.copy(PYTHON, "/tmp/x")
    t.ran(box.run(["/tmp/x", "/tmp/evil.py"]))
    watch.finding(category="Added Binary Executed", path="/tmp/x", layer="added")
    found = watch.finding(path="/tmp/evil.py")
    t.equal(found.contents, code)
    t.equal(found.binary["path"], "/tmp/x")
    box.copy(PYTHON, "/tmp/ls")
    t.ran(box.run(["/tmp/ls", "-c", "print('as ls')"]))
    watch.finding(contents="print('as ls')")


def row14_copied_interpreter_by_the_loader(t):
    loader = os.path.realpath("/lib64/ld-linux-x86-64.so.2")
    if not os.path.exists(loader):
        t.skip("kernel: no x86-64 loader on this machine")
    box = t.box()
    code = "open('/tmp/mark', 'w').write('through')"
    watch = strict(t, box, code)
    box.copy(PYTHON, "/tmp/x")
    t.denied(box.run([loader, PYTHON, "-c", code]))
    watch.finding(contents=code, action="denied")
    watch.findings.clear()
    t.denied(box.run([loader, "/tmp/x", "-c", code]))
    watch.finding(contents=code, action="denied")
    did_not_run(t, box, "through the loader")


def row14_copied_interpreter_of_a_script(t):
    """What a copy of python runs by its "#!" line is judged as Python."""
    box = t.box()
    code = "#!/tmp/x\nopen('/tmp/mark', 'w')\n"
    box.copy(PYTHON, "/tmp/x")
    box.put("/tmp/s", code)
    rule = {"name": "python", "match": {"language": ["python"]}, "action": "deny"}
    watch = t.daemon(box, mode="enforce", rules=[rule])
    t.denied(box.run(["/tmp/s"]))
    found = watch.finding(path="/tmp/s", action="denied", rule="python")
    t.equal(found.contents, code)
    t.equal(found.binary["path"], "/tmp/x")
    did_not_run(t, box, "/tmp/s")


def row15_applets(t):
    box = t.box()
    watch = detect(t, box)
    code = "echo applet\n"
    box.put("/tmp/x.sh", code, 0o644)
    os.symlink("/usr/bin/busybox", box.path("/tmp/ash"))
    for argv in (["/usr/bin/busybox", "sh", "/tmp/x.sh"], ["/tmp/ash", "/tmp/x.sh"],
                 ["/usr/bin/busybox", "env", "busybox", "sh", "/tmp/x.sh"],
                 ["/usr/bin/busybox", "timeout", "5", "busybox", "ash", "/tmp/x.sh"]):
        watch.findings.clear()
        t.ran(box.run(argv))
        t.equal(watch.finding(path="/tmp/x.sh").contents, code)
        t.equal(len(watch.find(path="/tmp/x.sh")), 1, "told once")


def row11_wrappers_are_told_once(t):
    box = t.box()
    watch = detect(t, box)
    for number, wrapper in enumerate((
            ["env", "-i", "A=b"], ["env", "-S", "A=b"], ["nohup"], ["timeout", "5"],
            ["nice", "-n", "3"], ["setsid", "-w"], ["stdbuf", "-oL"], ["xargs", "-I", "{}"],
            ["chroot", "/"], ["ionice", "-c", "3"])):
        code = f"echo wrapper {number}"
        t.ran(box.run(["/usr/bin/env", *wrapper, "/bin/sh", "-c", code], stdin=b"x\n"))
        watch.finding(contents=code)
        t.equal(len(watch.find(contents=code)), 1, f"{wrapper}: told once")
    for number, argv in enumerate((
            ["find", "/etc/passwd", "-exec", "/bin/sh", "-c", "echo found", ";"],
            ["flock", "/tmp/lock", "-c", "echo locked"])):
        t.ran(box.run(["/usr/bin/env", *argv]))
        watch.finding(contents=("echo found", "echo locked")[number])


def row40_ways_to_a_script(t):
    box = t.box()
    code = "echo way > /tmp/mark\n"
    os.makedirs(box.path("/tmp/a/b"))
    os.makedirs(box.path("/tmp/jail/tmp"))
    box.put("/tmp/a/s.sh", code, 0o644)
    os.symlink("../s.sh", box.path("/tmp/a/b/link"))
    watch = strict(t, box, code)
    forms = ("cd /tmp/a/b && sh ../s.sh", "sh /tmp/a/b/../b/link", "sh /dev/stdin < /tmp/a/s.sh",
             "sh /proc/self/fd/0 < /tmp/a/s.sh", "sh /dev/fd/7 7< /tmp/a/s.sh",
             "cd /proc/self/root/tmp && sh a/s.sh",
             "mkdir /tmp/gone; cd /tmp/gone; rmdir /tmp/gone; sh /tmp/a/s.sh",
             "exec 7< /tmp/a/s.sh; sh /proc/$$/fd/7", "sh /proc/thread-self/fd/0 < /tmp/a/s.sh",
             "sh /proc/self/cwd/tmp/a/s.sh")
    box.shell("mountpoint -q /proc || mount -t proc proc /proc")
    for form in forms:
        watch.findings.clear()
        t.true(box.shell(form).code != 0, form)
        watch.finding(contents=code, action="denied")
        did_not_run(t, box, form)
    watch.findings.clear()
    task = ("import os\nos.dup2(os.open('/tmp/a/s.sh', 0), 9)\n"
            "os.execv('/bin/sh', ['sh', f'/proc/self/task/{os.getpid()}/fd/9'])")
    t.true(box.run([PYTHON, "-c", task]).code != 0, "task")
    watch.finding(contents=code, action="denied")
    did_not_run(t, box, "/proc/self/task")


def row40_chroot_within_the_container(t):
    box = t.box()
    code = "echo jail > /tmp/mark\n"
    watch = strict(t, box, code)
    for folder in ("bin", "lib", "lib64", "tmp"):
        os.makedirs(box.path(f"/tmp/jail/{folder}"))
    box.copy("/usr/bin/busybox", "/tmp/jail/bin/sh")
    box.put("/tmp/jail/tmp/s.sh", code, 0o644)
    box.put("/tmp/s.sh", "echo the wrong one\n", 0o644)
    t.true(box.shell("exec chroot /tmp/jail /bin/sh /tmp/s.sh").code != 0, "in the jail")
    watch.finding(contents=code, action="denied")


def injection(t, box, watch, argv, env, text, stdin=b""):
    watch.findings.clear()
    if box.has(MARK):
        os.unlink(box.path(MARK))
    t.true(box.run(argv, env=env, stdin=stdin).code != 0, f"{env}: does not run")
    watch.finding(contents=text, action="denied", rule="malicious")
    did_not_run(t, box, str(env))


def row08_injected_by_the_environment(t):
    box = t.box()
    shell, python = "echo env > /tmp/mark\n", "open('/tmp/mark', 'w')\n"
    perl, ruby = "open(F, '>', '/tmp/mark'); 1;\n", "File.write('/tmp/mark', '')\n"
    node, lua = "require('fs').writeFileSync('/tmp/mark', '')\n", "io.open('/tmp/mark', 'w')"
    perl_options = "-Mstrict;open(F,'>','/tmp/mark')"
    loaded = perl_options.removeprefix("-M")
    watch = strict(t, box, shell, python, perl, ruby, node, lua, loaded)
    os.makedirs(box.path("/tmp/lib"))
    for name, text in (("rc", shell), ("sitecustomize.py", python), ("Evil.pm", perl),
                       ("evil.rb", ruby), ("evil.js", node), (".zshenv", shell)):
        box.put(f"/tmp/lib/{name}", text, 0o644)
    injection(t, box, watch, ["/bin/bash", "-c", "true"], {"BASH_ENV": "/tmp/lib/rc"}, shell)
    box.put("/tmp/plain.sh", "#!/bin/bash\ntrue\n")
    injection(t, box, watch, ["/tmp/plain.sh"], {"BASH_ENV": "/tmp/lib/rc"}, shell)
    injection(t, box, watch, ["/bin/dash", "-i"], {"ENV": "/tmp/lib/rc"}, shell)
    injection(t, box, watch, [PYTHON, "-c", "pass"], {"PYTHONPATH": "/tmp:/tmp/lib"}, python)
    box.put("/tmp/startup.py", python, 0o644)
    injection(t, box, watch, [PYTHON, "-i", "-c", "pass"], {"PYTHONSTARTUP": "/tmp/startup.py"},
              python)
    one = ["/usr/bin/perl", "-e", "1"]
    injection(t, box, watch, one, {"PERL5OPT": "-MEvil", "PERL5LIB": "/tmp/lib"}, perl)
    injection(t, box, watch, one, {"PERL5OPT": perl_options}, loaded)
    rows = {name: path for name, path, *_ in installed(t, ("ruby", "node", "lua5.4", "zsh"))}
    if "ruby" in rows:
        injection(t, box, watch, [rows["ruby"], "-e", "1"], {"RUBYOPT": "-r/tmp/lib/evil"}, ruby)
        injection(t, box, watch, [rows["ruby"], "-r", "/tmp/lib/evil.rb", "-e", "1"], {}, ruby)
    if "node" in rows:
        injection(t, box, watch, [rows["node"], "-e", "1"],
                  {"NODE_OPTIONS": "--require /tmp/lib/evil.js"}, node)
        injection(t, box, watch, [rows["node"], "-r", "/tmp/lib/evil", "-e", "1"], {}, node)
    if "lua5.4" in rows:
        injection(t, box, watch, [rows["lua5.4"], "-e", "x=1"], {"LUA_INIT": lua}, lua)
    if "zsh" in rows:
        injection(t, box, watch, [rows["zsh"], "-c", "true"], {"ZDOTDIR": "/tmp/lib"}, shell)
    # what is switched off brings nothing in
    t.ran(box.run([PYTHON, "-I", "-c", "pass"], env={"PYTHONPATH": "/tmp/lib"}))


def row08_several_pieces_are_joined(t):
    box = t.box()
    watch = strict(t, box, "open(F, '>', '/tmp/mark');\nprint 1")
    t.denied(box.run(["/usr/bin/perl", "-e", "open(F, '>', '/tmp/mark');", "-e", "print 1"]))
    watch.finding(contents="open(F, '>', '/tmp/mark');\nprint 1", action="denied")
    did_not_run(t, box, "perl")


def row37_odd_scripts(t):
    box = t.box()
    watch = detect(t, box)
    for number, text in enumerate((
            b"x" * 3000000, b"\0" * 70000 + b"echo 1\n", "echo 1\n".encode("utf-16"),
            b"\xff\xfe\xfd" * 999, b"PK\x05\x06" + b"\xff" * 18, b"PK\x03\x04" + b"\0" * 100)):
        digest = box.put(f"/tmp/odd{number}", text, 0o644)
        box.run([PYTHON, f"/tmp/odd{number}"])
        found = watch.finding(path=f"/tmp/odd{number}")
        t.equal(found.properties["Script_SHA256"], digest)
    t.equal(watch.bad, [], "lines that are no findings")


def test_user_interpreter(t):
    box = t.box()
    code = "vendor code 1"
    box.copy("/bin/true", "/opt-vendorlang")
    row = {"names": ["*-vendorlang"], "language": "other", "code": ["-x", "--run"],
           "argument": ["--option"]}
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS],
                     malicious=[lwtest.sha256(code.encode())], capture={"interpreters": [row]})
    t.denied(box.run(["/opt-vendorlang", "--option", "a", "-x", code]))
    watch.finding(contents=code, action="denied")
    t.denied(box.run(["/opt-vendorlang", f"--run={code}"]))
    t.ran(box.run(["/opt-vendorlang", "-x", "fine"]))


if __name__ == "__main__":
    lwtest.main()
