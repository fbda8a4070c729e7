#!/usr/bin/python3
"""
The rules of conf/rules against executions that are written down: speaks TAP, one test a detector.

A detector has a rule file, named after its module, and a file of examples beside this one: JSON, an
object a line.
    expect     true: the rule must find it; false: a near miss, which it must leave alone
    why        what it is
    execution  the fields of a rule, flat, as `layerwatch rules test` takes them
    also       other rules (files without suffix) that find it, too
Each example is shown to every rule. A near miss that another rule finds without being named in
"also" is a failure; of the others it is shown.
"""
import json
import os
import re
import subprocess
import sys

LAYERWATCH = os.path.join(os.environ.get("builddir", "."), "layerwatch")
ROOT = os.environ.get("srcdir", ".")
RULES = os.path.join(ROOT, "conf/rules")
EXAMPLES = os.path.join(ROOT, "tests/rules")
FEWEST = 4  # examples of either kind

OFF = True
# module, category, severity, off by default. What these are called is an interface: rules of others
# match them. MALICIOUS_URL_OBSERVED has no rule: it is a look-up in lists of URLs.
DETECTORS = [
    ("ABUSE_SUDO_FOR_PRIVILEGE_ESCALATION",
     "Privilege Escalation: Abuse of Sudo For Privilege Escalation (CVE-2019-14287)", "CRITICAL"),
    ("BASE64_ELF_FILE_CMDLINE", "Defense Evasion: Base64 ELF File Command Line", "MEDIUM"),
    ("BASE64_ENCODED_PYTHON_SCRIPT_EXECUTED",
     "Defense Evasion: Base64 Encoded Python Script Executed", "MEDIUM"),
    ("BASE64_ENCODED_SHELL_SCRIPT_EXECUTED",
     "Defense Evasion: Base64 Encoded Shell Script Executed", "MEDIUM"),
    ("CONTAINER_ESCAPE", "Execution: Container Escape", "HIGH"),
    ("DETECT_MALICIOUS_CMDLINES", "Impact: Detect Malicious Cmdlines", "CRITICAL"),
    ("DISABLE_OR_MODIFY_LINUX_AUDIT_SYSTEM",
     "Defense Evasion: Disable or Modify Linux Audit System", "MEDIUM", OFF),
    ("FIND_GCP_CREDENTIALS", "Credential Access: Find Google Cloud Credentials", "LOW", OFF),
    ("GPG_KEY_RECONNAISSANCE", "Credential Access: GPG Key Reconnaissance", "CRITICAL"),
    ("INGRESS_NIGHTMARE_VULNERABILITY_EXPLOITATION",
     "Execution: Ingress Nightmare Vulnerability Execution", "MEDIUM", OFF),
    ("KUBERNETES_ATTACK_TOOL_EXECUTION",
     "Execution: Kubernetes Attack Tool Execution", "CRITICAL"),
    ("LAUNCH_CODE_COMPILER_TOOL_IN_CONTAINER",
     "Defense Evasion: Launch Code Compiler Tool In Container", "LOW", OFF),
    ("LAUNCH_REMOTE_FILE_COPY_TOOLS_IN_CONTAINER",
     "Exfiltration: Launch Remote File Copy Tools in Container", "LOW", OFF),
    ("LOCAL_RECONNAISSANCE_TOOL_EXECUTION",
     "Execution: Local Reconnaissance Tool Execution", "MEDIUM"),
    ("NETCAT_REMOTE_CODE_EXECUTION_IN_CONTAINER",
     "Execution: Netcat Remote Code Execution in Container", "LOW"),
    ("PIPED_ENCODED_CODE_EXECUTION",
     "Command and Control: Piped Encoded Code Execution Detected", "HIGH"),
    ("PIPED_ENCODED_DOWNLOAD", "Command and Control: Piped Encoded Download", "MEDIUM"),
    ("POLKIT_LOCAL_PRIVILEGE_ESCALATION_VULNERABILITY",
     "Privilege Escalation: Polkit Local Privilege Escalation Vulnerability (CVE-2021-4034)",
     "CRITICAL"),
    ("POSSIBLE_ARBITRARY_COMMAND_EXECUTION_THROUGH_CUPS",
     "Execution: Possible Arbitrary Command Execution through CUPS (CVE-2024-47076)", "CRITICAL"),
    ("POSSIBLE_REMOTE_COMMAND_EXECUTION_DETECTED",
     "Execution: Possible Remote Command Execution Detected", "MEDIUM"),
    ("PROGRAM_RUN_WITH_DISALLOWED_HTTP_PROXY_ENV",
     "Execution: Program Run with Disallowed HTTP Proxy Env", "LOW", OFF),
    ("REMOVE_BULK_DATA_FROM_DISK", "Impact: Remove Bulk Data From Disk", "LOW"),
    ("REVERSE_SHELL", "Reverse Shell", "CRITICAL"),
    ("SEARCH_PRIVATE_KEYS_OR_PASSWORDS",
     "Credential Access: Search Private Keys or Passwords", "LOW"),
    ("SOCAT_REVERSE_SHELL_DETECTED", "Execution: Socat Reverse Shell Detected", "MEDIUM"),
    ("STEGANOGRAPHY_TOOL_DETECTED",
     "Command and Control: Steganography Tool Detected", "CRITICAL"),
    ("SUDO_POTENTIAL_PRIVILEGE_ESCALATION",
     "Privilege Escalation: Sudo Potential Privilege Escalation (CVE-2021-3156)", "CRITICAL"),
    ("SUSPICIOUS_CRYPTO_MINING_ACTIVITY_USING_STRATUM_PROTOCOL",
     "Impact: Suspicious crypto mining activity using the Stratum Protocol", "HIGH"),
    ("SUSPICIOUS_OPENSSL_SHARED_OBJECT_LOADED",
     "Execution: Suspicious OpenSSL Shared Object Loaded", "CRITICAL"),
    ("UNEXPECTED_CHILD_SHELL", "Unexpected Child Shell", "CRITICAL"),
]


def name_of(module):
    return module.lower().replace("_", "-")


def names_in(folder, suffix):
    return sorted(f[:-len(suffix)] for f in os.listdir(folder) if f.endswith(suffix))


class Example:
    def __init__(self, detector, line):
        known = {"expect", "why", "execution", "also"}
        row = json.loads(line)
        if not set(row) <= known or not isinstance(row.get("expect"), bool):
            raise ValueError(f"{detector}.jsonl: not an example: {line}")
        self.detector = detector
        self.expect = row["expect"]
        self.why = row["why"]
        self.execution = json.dumps(row["execution"])
        self.also = set(row.get("also", []))
        self.found_by = set()


def read_examples():
    examples = []
    for name in names_in(EXAMPLES, ".jsonl"):
        with open(os.path.join(EXAMPLES, name + ".jsonl"), encoding="utf-8") as file:
            examples += [Example(name, line) for line in file if line.strip()]
    return examples


def run(arguments, text=""):
    return subprocess.run([LAYERWATCH, "rules"] + arguments, input=text, encoding="utf-8",
                          capture_output=True, timeout=120, check=False)


def files_of_titles():
    """{title: name of the file}, of the rules that load."""
    checked = run(["check", RULES]).stdout.splitlines()
    rows = [re.match(r"ok\s+(.+)\.yml:\d+: (.*)", line) for line in checked]
    return {row.group(2): os.path.basename(row.group(1)) for row in rows if row}


def ask(examples):
    """Shows each example to all rules, as one set; returns what went wrong."""
    files = files_of_titles()
    told = run(["test", RULES], "".join(e.execution + "\n" for e in examples))
    if told.returncode not in (0, 1):
        return [told.stderr.strip()]
    asked = 0
    for line in told.stdout.splitlines():
        number, answer, title = re.match(
            r"(\d+): (matched|not matched): (.*) \([^()]*\)$", line).groups()
        asked += 1
        if answer == "matched":
            examples[int(number) - 1].found_by.add(files[title])
    return [] if asked == len(examples) * len(files) else ["not all examples were answered"]


def listed():
    """What the rules say of themselves: {name: [(category, module, severity, action, state)]}."""
    rows = {}
    for line in run(["list", RULES]).stdout.splitlines():
        fields = line.split("\t")
        name = os.path.basename(fields[-1].split(":")[0])[:-len(".yml")]
        rows.setdefault(name, []).append(tuple(fields[:5]))
    return rows


def check_table(detector, rows):
    module, category, severity = detector[:3]
    wanted = (category, module, severity, "alert", "off" if len(detector) > 3 else "on")
    return [f"is {row}, not {wanted}" for row in rows if row != wanted] \
        or ([] if rows else ["has no rule file"])


def check_example(e):
    others = e.found_by - {e.detector}
    kind = "example" if e.expect else "near miss"
    wrong = []
    if (e.detector in e.found_by) != e.expect:
        wrong.append(f"{kind} {'found' if not e.expect else 'not found'}: {e.why}")
    if not e.expect and others - e.also:
        wrong.append(f"{kind} found by {', '.join(sorted(others - e.also))}: {e.why}")
    if e.also - others:
        wrong.append(f"{kind} not found by {', '.join(sorted(e.also - others))}: {e.why}")
    return wrong


def check_examples(name, examples):
    own = [e for e in examples if e.detector == name]
    count = {kind: sum(e.expect == kind for e in own) for kind in (True, False)}
    wrong = [f"only {n} {'positive' if kind else 'negative'} examples"
             for kind, n in count.items() if n < FEWEST]
    for e in own:
        wrong += check_example(e)
    also = sorted({f for e in own for f in e.found_by if e.expect} - {name})
    return count, wrong, also


def tell(number, text, wrong, remarks=()):
    print(f"{'not ' if wrong else ''}ok {number} - {text}")
    for line in list(wrong) + list(remarks):
        print(f"# {line}")
    return bool(wrong)


def main():
    examples = read_examples()
    files = names_in(RULES, ".yml")
    rows = listed()
    failed = False
    troubles = ask(examples)
    print(f"1..{len(DETECTORS) + 3}")
    for number, detector in enumerate(DETECTORS, 1):
        name = name_of(detector[0])
        count, wrong, also = check_examples(name, examples)
        wrong += check_table(detector, rows.get(name, []))
        failed |= tell(number, f"{detector[0]}: {count[True]} found, {count[False]} left alone",
                       wrong, [f"found by {a}, too" for a in also])
    known = {name_of(d[0]) for d in DETECTORS}
    strange = sorted((set(files) | {e.detector for e in examples}) - known)
    failed |= tell(len(DETECTORS) + 1, "each file belongs to a detector", strange)
    checked = run(["check", RULES])
    failed |= tell(len(DETECTORS) + 2, "all rules load",
                   checked.stdout.splitlines() if checked.returncode else [])
    failed |= tell(len(DETECTORS) + 3, "each rule answers each example", troubles)
    return failed


if __name__ == "__main__":
    sys.exit(main())
