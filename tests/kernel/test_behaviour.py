"""test_behaviour: detection rules on real executions: what is done, not what a file holds."""
import os
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


if __name__ == "__main__":
    lwtest.main()
