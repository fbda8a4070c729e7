"""hashes: how long a hash list of many digests takes to build, and to answer."""
import json
import os
import subprocess
import time

import lwtest

CHUNK = 100000


def write_digests(path, count):
    with open(path, "wb", buffering=1 << 20) as f:
        for start in range(0, count, CHUNK):
            n = min(CHUNK, count - start)
            text = os.urandom(32 * n).hex().encode()
            f.write(b"".join(text[i:i + 64] + b"\n" for i in range(0, 64 * n, 64)))


def build(text, path):
    """Seconds, and the most memory in MiB that it had."""
    start = time.monotonic()
    pid = os.posix_spawn(lwtest.build_path("layerwatch"),
                         ["layerwatch", "hashset", "build", "-o", path, text],
                         {"PATH": os.environ["PATH"]},
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise lwtest.Failed("hashset build failed")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def measure(bench):
    count = bench.sizes["hashes"]
    folder = bench.case.scratch("2g")
    text, path = os.path.join(folder, "hashes.txt"), os.path.join(folder, "hashes.lwh")
    write_digests(text, count)
    seconds, mib = build(text, path)
    bench.add("hash list: build", seconds)
    bench.add("hash list: memory to build", mib)
    os.unlink(text)
    said = json.loads(subprocess.run(
        [lwtest.build_path("tests/bench/lookups"), path, str(min(count, 1000000))],
        check=True, capture_output=True).stdout)
    bench.add("hash list: lookup, not there", said["mean_ns"], said)
    bench.add("hash list: memory to ask", said["resident_kib"] / 1024)
    bench.notes["hash list: build"] = f"{count} digests"
    os.unlink(path)
