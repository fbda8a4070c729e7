"""behaviours: how long it takes to look at an execution by behaviour rules, and to load them."""
import glob
import json
import os
import subprocess

import lwtest

HERE = os.path.dirname(os.path.abspath(__file__))
RULES = os.path.join(os.path.dirname(os.path.dirname(HERE)), "conf/rules")
SIZES = {300: "300 bytes", 32768: "32 KB"}


def measure(bench):
    """500 and 4000 rules that are made up, and those that are shipped."""
    files = sorted(glob.glob(os.path.join(RULES, "*.y*ml")))
    said = subprocess.run([lwtest.build_path("tests/bench/rules"), *files],
                          check=True, capture_output=True, text=True).stdout
    for row in map(json.loads, said.splitlines()):
        rules = "shipped" if row["name"] == "shipped" else f"{row['rules']} made"
        if "load_ms" in row:
            bench.add(f"rules: load {rules}", row["load_ms"])
        else:
            bench.add(f"rules: {rules}, {SIZES[row['bytes']]}, {row['text']}", row["p50_us"], row)
