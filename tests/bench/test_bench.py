"""The benchmark itself: its arithmetic, and that a short run of it works."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib")]
import histogram  # noqa: E402
import lwtest  # noqa: E402
import rows  # noqa: E402
import scripts  # noqa: E402


def test_a_quantile_lies_within_its_bucket(t):
    counts = [0] * histogram.BUCKETS
    t.equal(histogram.quantile(counts, 0.5), 0.0, "of nothing")
    counts[6] = 100                         # 33 to 64 us
    t.equal(histogram.quantile(counts, 0.5), 48.0, "the middle of the only bucket")
    t.equal(histogram.quantile(counts, 1), 64.0, "its end")
    counts[10] = 1                          # one of 513 to 1024 us
    t.true(histogram.quantile(counts, 0.98) <= 64,
           "one late answer of 101 is beyond the 98th percentile")
    t.true(512 < histogram.quantile(counts, 0.999) <= 1024, "and below the 99.9th")


def test_a_ratio_compares_within_rounds(t):
    samples = {"spawn: b bare listener": [100, 200, 400],
               "spawn: c layerwatchd detect": [105, 210, 600]}
    row = rows.build_one("spawn: c layerwatchd detect", samples, {})
    t.equal(row["ratio"], 1.05, "median of 1.05, 1.05, 1.5")
    t.equal((row["median"], row["min"], row["max"], row["rounds"]), (210, 105, 600, 3))
    t.equal((row["goal"], row["met"]), ("ratio <= 1.1", True))


def test_a_goal_without_its_base_is_not_met(t):
    row = rows.build_one("open: d layerwatchd enforce, cached",
                         {"open: d layerwatchd enforce, cached": [1.0]}, {})
    t.equal(row["met"], False)


def test_more_bytes_judged_per_second_are_better(t):
    name = "judged per second: 100 KB, features and model"
    row = rows.build_one(name, {name: [49.0]}, {})
    t.equal((row["goal"], row["met"]), (">= 50 MB/s", False))
    t.equal(rows.build_one(name, {name: [50.0]}, {})["met"], True)


def test_a_bench_script_is_of_its_size_runs_and_is_new_each_time(t):
    box = t.box()
    scripts.write(box, "/tmp/scripts", 2)
    texts = []
    for name in ("0", "1"):
        t.ran(box.run(["/tmp/scripts/" + name]))
        with open(box.path("/tmp/scripts/" + name), "rb") as f:
            texts.append(f.read())
    t.equal([len(text) for text in texts], [scripts.SIZE] * 2, "bytes")
    t.true(texts[0] != texts[1], "each is another")


def test_one_unseen_event_is_too_many(t):
    name = "spawns from 8 processes, events unseen"
    t.equal(rows.build_one(name, {name: [1]}, {})["met"], False)
    t.equal(rows.build_one(name, {name: [0]}, {})["met"], True)


@lwtest.seconds(240)
def test_a_short_run_fills_every_row(t):
    path = os.path.join(t.scratch(), "bench.json")
    environment = {k: v for k, v in os.environ.items() if k != "LW_ISOLATED"}
    done = subprocess.run([sys.executable, "-B", os.path.join(HERE, "bench.py"), "--quick",
                           "--output", path],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment, check=False)
    t.equal(done.returncode, 0, done.stderr[-2000:])
    with open(path, encoding="utf-8") as f:
        result = json.load(f)
    found = {row["name"]: row for row in result["rows"]}
    goals = [name for name, row in found.items() if "goal" in row]
    for part in ("spawn: c", "spawn: d", "open: c", "open: d", "decision p50: d", "decision p99: d",
                 "decision p50: e new 1 MiB, settled", "memory", "CPU when idle", "open: f",
                 "judge: 1 KB", "judge: 100 KB", "judged per second: 100 KB",
                 "rules: 500 made, 300 bytes",
                 "spawns from 8 processes, events unseen"):
        t.true([g for g in goals if g.startswith(part)], f"a row with a goal for {part}")
    for share in ("p50", "p99"):
        t.true(f"decision {share}: e new 10 KB script" in found, f"{share} of new scripts")
    for name in found:
        t.contains(done.stdout, name, "the table")
    t.equal(found["spawns from 8 processes, events unseen"]["median"], 0, "unseen")
    for fact in ("cores", "kernel", "model", "load_before", "load_after"):
        t.true(fact in result["machine"], fact)


if __name__ == "__main__":
    lwtest.main()
