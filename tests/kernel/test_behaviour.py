"""test_behaviour: detection rules on real executions: what is done, not what a file holds."""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402

RULES = os.path.join(lwtest.TOP, "conf", "rules")
TITLE = "Program in base64 among the arguments"
BASE64_ELF = "Defense Evasion: Base64 ELF File Command Line"


def watched(t, mode="detect", rules=(), **more):
    box = t.box()
    return box, t.daemon(box, mode=mode, rules=list(rules), content={"rules": [RULES]}, **more)


def test_a_rule_that_is_met_is_a_finding(t):
    box, watch = watched(t)
    box.run(["/bin/sh", "-c", "base64 -d f0VMRgIB"])
    found = watch.finding(category=BASE64_ELF, action="allowed")
    t.equal(found.properties["Detection_Rule"], TITLE)
    t.contains(found.record["finding"]["description"], "Detection rule")
    t.equal(found.record["finding"]["moduleName"], "BASE64_ELF_FILE_CMDLINE")
    t.equal(found.record["finding"]["severity"], "MEDIUM")


def test_an_ordinary_command_meets_none(t):
    box, watch = watched(t, rules=[lwtest.ALERT_DRIFT])
    t.ran(box.run(["/bin/sh", "-c", "echo f0VMR; ls / >/dev/null"]))
    box.copy("/bin/true", "/tmp/x")
    t.ran(box.run(["/tmp/x"]))
    watch.finding(path="/tmp/x")
    t.equal([f for f in watch.findings if "Detection_Rule_Id" in f.properties], [])


def test_a_policy_can_deny_what_a_rule_tells(t):
    deny = {"name": "no encoded programs", "match": {"behaviour": ["BASE64_ELF*"]},
            "action": "deny"}
    box, watch = watched(t, mode="enforce", rules=[deny])
    t.denied(box.run(["/bin/sh", "-c", "base64 -d f0VMRgIB"]))
    watch.finding(category=BASE64_ELF, action="denied", rule="no encoded programs")
    t.ran(box.run(["/bin/sh", "-c", "exit 3"]), 3)


def own_address():
    """One of this machine's that is not loopback: connecting to it leaves no machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return s.getsockname()[0]


def test_a_reverse_shell_is_told_with_its_peer(t):
    address = own_address()
    if not address:
        t.skip("kernel: no address but loopback")
    box, watch = watched(t)
    with socket.create_server((address, 0)) as server:
        port = server.getsockname()[1]
        box.run(["/bin/bash", "-c", f"/bin/sh -c : >& /dev/tcp/{address}/{port} 0>&1"])
    found = watch.finding(category="Reverse Shell")
    t.equal(found.properties["Stdin_Peer"], f"{address}:{port}")
    t.equal(found.properties["Reverse_Shell_Stdin_Redirection_Dst_Port"], port)
    connection = found.record["finding"]["connections"][0]
    t.equal([connection[k] for k in ("destinationIp", "destinationPort", "sourceIp")],
            [address, port, address])
    t.equal(found.record["finding"]["severity"], "CRITICAL")


def test_a_shell_on_loopback_is_none(t):
    box, watch = watched(t, rules=[lwtest.ALERT_DRIFT])
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        box.run(["/bin/bash", "-c", f"/bin/sh -c : >& /dev/tcp/127.0.0.1/{port} 0>&1"])
    box.copy("/bin/true", "/tmp/x")
    t.ran(box.run(["/tmp/x"]))
    watch.finding(path="/tmp/x")
    t.equal([f for f in watch.findings if f.properties.get("Detection_Rule_Id")
             and f.record["finding"]["category"] == "Reverse Shell"], [])


def test_encoded_code_in_a_pipe_is_told(t):
    box, watch = watched(t)
    box.run(["/bin/bash", "-c", "echo ZXhpdCAwCg== | base64 -d | sh"])
    watch.finding(category="Command and Control: Piped Encoded Code Execution Detected")


def test_an_exception_silences_one_rule_and_no_other(t):
    silent = [{"name": "ours", "match": {"behaviour": ["BASE64_ELF_FILE_CMDLINE"]}}]
    box, watch = watched(t, exceptions=silent)
    box.run(["/bin/sh", "-c", "base64 -d f0VMRgIB"])
    box.run(["/bin/bash", "-c", "echo ZXhpdCAwCg== | base64 -d | sh"])
    watch.finding(category="Command and Control: Piped Encoded Code Execution Detected")
    t.equal([f for f in watch.findings if f.record["finding"]["category"] == BASE64_ELF], [])


def met(watch, category):
    return [f.process["args"] for f in watch.findings
            if f.record["finding"]["category"] == category]


def test_a_repeat_is_the_same_command_not_the_same_program(t):
    """A script and its interpreter are one execution to whoever reads of it."""
    box, watch = watched(t, noise={"repeat_window": "1h", "alerts_per_minute": 0})
    box.put("/tmp/s", "#!/bin/sh\nexit 3\n")
    commands = [["/tmp/s", "f0VMRgIB"], ["/usr/bin/echo", "f0VMRgIB", "1"],
                ["/usr/bin/echo", "f0VMRgIB", "2"], ["/usr/bin/echo", "f0VMRgIB", "1"]]
    for argv in commands:
        box.run(argv)
    lwtest.wait_until("three findings", lambda: len(met(watch, BASE64_ELF)) >= 3)
    box.run(["/usr/bin/echo", "f0VMRgEB", "last"])
    lwtest.wait_until("the last", lambda: len(met(watch, BASE64_ELF)) >= 4)
    t.equal(sorted(met(watch, BASE64_ELF)),
            sorted([*commands[:3], ["/usr/bin/echo", "f0VMRgEB", "last"]]))


def test_a_rule_that_is_left_out_is_told(t):
    folder = t.scratch()
    for name, field in (("good", "CommandLine|contains: marker"), ("bad", "NoSuchField: x")):
        with open(os.path.join(folder, f"{name}.yml"), "w", encoding="ascii") as f:
            f.write(f"title: {name}\nlogsource: {{product: linux, category: process_creation}}\n"
                    f"detection: {{s: {{{field}}}, condition: s}}\n")
    box = t.box()
    watch = t.daemon(box, rules=[], content={"rules": [folder]})
    box.run(["/bin/echo", "marker"])
    watch.finding(category="good", path="/usr/bin/echo")
    t.equal(len([f for f in watch.findings if f.record["finding"]["category"] == "good"]), 1)
    t.contains(watch.stderr(), f"a rule is left out: {folder}/bad.yml:3:")
    watch.wait_health(text="1 detection rules could not be loaded")


if __name__ == "__main__":
    lwtest.main()
