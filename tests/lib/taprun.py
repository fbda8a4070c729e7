"""taprun: runs test programs that speak TAP, one after the other, and counts.

    taprun.py [--strict] [--log FOLDER] [--only PART]... PROGRAM...

The last line is "N passed, N failed, N skipped". A skip says why; with --strict one whose reason
does not begin with "kernel:" (what is missing could be installed) counts as failed. A program
that ends early, without its plan, or by a signal has failed.
"""
import argparse
import os
import re
import subprocess
import sys

PROGRAM_SECONDS = 900
LINE = re.compile(r"^(ok|not ok)\b\s*(\d*)\s*-?\s*(.*?)(?:\s*#\s*(SKIP)\b\s*(.*))?$", re.I)
PLAN = re.compile(r"^1\.\.(\d+)(?:\s*#\s*SKIP\s*(.*))?")


class Count:
    """Outcomes, and the names of those that are bad."""

    def __init__(self, strict):
        self.strict = strict
        self.passed, self.skipped, self.failures = 0, 0, []

    def skip(self, name, why):
        self.skipped += 1
        if self.strict and not why.startswith("kernel:"):
            self.failures.append(f"{name}: skipped, but could run: {why}")

    def line(self, program, line):
        found = LINE.match(line)
        if not found:
            return False
        name = f"{program}: {found[3]}"
        if found[4]:
            self.skip(name, found[5])
        elif found[1] == "ok":
            self.passed += 1
        else:
            self.failures.append(name)
        return True


def run_program(path, only, log, count):
    program = os.path.splitext(os.path.basename(path))[0]
    planned, seen = None, 0
    argv = [sys.executable, "-B", path] if path.endswith(".py") else [path]
    with open(os.path.join(log, program + ".log"), "w", encoding="utf-8") as out:
        p = subprocess.Popen(["timeout", "--kill-after=5", str(PROGRAM_SECONDS), *argv, *only],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for raw in p.stdout:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            out.write(line + "\n")
            print(f"{program}: {line}", flush=True)
            plan = PLAN.match(line)
            if plan:
                planned = int(plan[1])
                if plan[2]:
                    count.skip(program, plan[2])
            seen += count.line(program, line)
        code = p.wait()
    if planned is None or seen != planned or code not in (0, 1, 77):
        count.failures.append(f"{program}: ended with {code} after {seen} of {planned} tests")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--log", default=".")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args()
    count = Count(options.strict)
    os.makedirs(options.log, exist_ok=True)
    for path in options.programs:
        run_program(path, options.only, options.log, count)
    for name in count.failures:
        print(f"FAILED {name}")
    print(f"{count.passed} passed, {len(count.failures)} failed, {count.skipped} skipped")
    sys.exit(1 if count.failures else 0)


if __name__ == "__main__":
    main()
