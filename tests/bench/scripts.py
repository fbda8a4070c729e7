"""scripts: how fast scripts are judged, and how long a new one waits for its answer."""
import glob
import json
import os
import subprocess

import lwtest

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(os.path.dirname(os.path.dirname(HERE)), "conf/layerwatch.model")
LIBRARY = os.path.dirname(os.__file__)
SIZE = 10240                 # bytes of a new script
WIDE = 102400                # bytes; of less, most of the time is the call's own
SIZES = {1024: "1 KB", 10240: "10 KB", 102400: "100 KB", 524288: "512 KB"}


def program():
    """Ordinary Python that ends at once: a module of the library, cut between two functions."""
    with open(os.path.join(LIBRARY, "queue.py"), "rb") as f:
        code = f.read(SIZE - 256)
    return b"#!/usr/bin/python3\n" + code[:code.rindex(b"\n    def ")] + b"\n"


def write(box, folder, count):
    """Scripts that no one has seen: each ends in a comment of its own."""
    os.makedirs(box.path(folder))
    code = program()
    for i in range(count):
        own = os.urandom(SIZE).hex().encode()[:SIZE - len(code) - 2]
        box.put(f"{folder}/{i}", code + b"#" + own + b"\n")


def measure(bench):
    """Features and model, and all of it with what is decoded, of pieces of the Python library."""
    texts = sorted(glob.glob(os.path.join(LIBRARY, "[a-t]*.py")))
    said = subprocess.run([lwtest.build_path("tests/bench/judge"), MODEL, *texts],
                          check=True, capture_output=True, text=True).stdout
    for row in map(json.loads, said.splitlines()):
        size = SIZES[row["bytes"]]
        bench.add(f"judge: {size} of Python, {row['name']}", row["p50_us"], row)
        if row["bytes"] >= WIDE:
            bench.add(f"judged per second: {size}, {row['name']}", row["mb_s"])
