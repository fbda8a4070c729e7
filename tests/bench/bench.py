"""bench: what layerwatch costs, and how fast it decides, measured in one run. Needs root; make
bench runs it.

Everything happens in a throwaway overlay of our own whose lowest layer is the host's root. The
variants take turns within each round, so that a machine whose speed wanders wanders for all of
them:

    (a) unwatched  (b) bare listener  (c) layerwatchd detect  (d) layerwatchd enforce, cached
    (f) layerwatchd enforce, coverage: open: image files are held once

A round's value is the median of its spawns or opens; a row's value is the median of its rounds.
A row's ratio is the median of the rounds' own ratios to the base's value in the same round; the
ratio of the means stands beside it, into which whatever else the machine does goes as well.
Results go to bench.json and, as a table, to standard output.
"""
import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))

import lwtest  # noqa: E402  (its folder is known only now)
import behaviours  # noqa: E402
import hashes  # noqa: E402
import histogram  # noqa: E402
import machine  # noqa: E402
import others  # noqa: E402
import rows as table  # noqa: E402
import scripts  # noqa: E402

IMAGE_FILE = "/bin/true"
# Not in a folder of the host in which layerwatchd waits for container runtimes: no image has files
# there.
OPENED_FILE = "/etc/passwd"
CROWD = 8                   # processes that spawn at once
MIB = 1 << 20
SETTLED_SECONDS = 1.2       # "older than a second"
COUNTERS_SECONDS = 1.4      # the gate tells report its counters once a second
JUDGE_EVERY = 3             # rounds; nothing of it depends on the variants
HASHES = 1000               # of the hash list that is loaded

FULL = {"rounds": 15, "spawns": 1000, "opens": 100000, "new": 40, "crowd": 20000, "idle": 20,
        "hashes": 10000000}
QUICK = {"rounds": 2, "spawns": 60, "opens": 5000, "new": 5, "crowd": 400, "idle": 2,
         "hashes": 100000}


class Listener:
    """The bare listener: allows all it is asked. A daemon has a session of its own, which matters
    to the scheduler."""

    def __init__(self, box):
        self.box = box
        self.events = 0

    def __enter__(self):
        self.process = subprocess.Popen([lwtest.build_path("tests/bench/listener"), self.box.root],
                                        stdout=subprocess.PIPE, text=True, start_new_session=True)
        if self.process.stdout.readline() != "ready\n":
            raise lwtest.Failed("the bare listener did not start")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        out, _ = self.process.communicate(timeout=10)
        self.events = int(out or 0)


DETECTION = os.path.join(lwtest.TOP, "conf", "rules")
DENIES = [{"name": "no escape", "match": {"behaviour": ["CONTAINER_ESCAPE"]}, "action": "deny"}]


class Watch:
    """layerwatchd on one box, from READY and marked to ended. All settings that cost time are the
    defaults, but for detection rules: only with detection=True are ours held against each
    execution, and in mode enforce one of them can deny."""

    def __init__(self, bench, mode, coverage="exec", detection=False):
        self.bench, self.mode, self.coverage = bench, mode, coverage
        self.detection = [DETECTION] if detection else []

    def __enter__(self):
        case, box = self.bench.case, self.bench.box
        self.daemon = lwtest.Daemon(case, {
            "version": 1,
            "mode": self.mode,
            "watch": {"coverage": self.coverage},
            "content": {"hash_lists": [self.bench.hash_list()], "model": scripts.MODEL,
                        "rules": self.detection},
            "rules": [lwtest.DENY_MALICIOUS, lwtest.ALERT_DRIFT, *DENIES[:len(self.detection)]],
            "noise": {"repeat_window": "0s", "alerts_per_minute": 0},
            "sinks": [{"type": "stdout"}],
        })
        case.daemons.append(self.daemon)
        self.daemon.wait_marked(box)
        return self.daemon

    def __exit__(self, *_):
        self.daemon.stop(check=False)
        self.bench.case.daemons.remove(self.daemon)


class Unwatched:
    def __enter__(self):
        return None

    def __exit__(self, *_):
        pass


class Bench:
    def __init__(self, case, sizes):
        self.case, self.sizes = case, sizes
        self.samples = {}           # row name -> one value a round
        self.notes = {}             # row name -> what a reader should know
        self.details = {}           # row name -> what the driver said, a round
        self.skipped = {}           # program of other people -> why it is not measured
        self.image_file = IMAGE_FILE
        self.list = None
        image = {f"/bench/{name}": self.program(name) for name in ("spawner", "opener")}
        self.box = case.box(image=image)

    @staticmethod
    def program(name):
        with open(lwtest.build_path("tests/bench", name), "rb") as f:
            return f.read()

    def hash_list(self):
        """One for all: building it is no part of what is measured."""
        if self.list is None:
            self.list = self.case.hash_list([lwtest.sha256(b"%d" % i) for i in range(HASHES)])
        return self.list

    def add(self, row, value, detail=None):
        self.samples.setdefault(row, []).append(value)
        if detail is not None:
            self.details.setdefault(row, []).append(detail)

    def drive(self, *argv, timeout=300):
        """One of our programs in the container; what it measured."""
        result = self.box.run([str(a) for a in argv], timeout=timeout)
        if result.code != 0:
            raise lwtest.Failed(f"{argv}: {result}")
        return json.loads(result.out)

    def spawn(self, row, *argv):
        said = self.drive("/bench/spawner", *argv)
        if said["failed"]:
            raise lwtest.Failed(f"{row}: {said['failed']} of {said['spawns']} programs did not run")
        self.add(row, said["p50_ns"] / 1000, said)

    def open(self, row, count):
        said = self.drive("/bench/opener", count, OPENED_FILE)
        self.add(row, said["p50_ns"], said)

    def variants(self):
        """(letter and words, context manager): what takes turns."""
        yield "a unwatched", Unwatched()
        yield "b bare listener", Listener(self.box)
        if machine.has_daemon():
            yield "c layerwatchd detect", Watch(self, "detect")
            yield "d layerwatchd enforce, cached", Watch(self, "enforce")
            yield "f coverage: open, image files", Watch(self, "enforce", "open")
            yield "g detect, detection rules", Watch(self, "detect", detection=True)
            yield "h enforce, detection rules", Watch(self, "enforce", detection=True)

    # what is measured

    def spawns_and_opens(self):
        for name, variant in self.variants():
            with variant as watch:
                self.drive("/bench/spawner", "same", 1, IMAGE_FILE)
                self.drive("/bench/opener", 1, OPENED_FILE)
                before = self.times_until_now(watch) if name[0] in "cdh" else None
                self.spawn(f"spawn: {name}", "same", self.sizes["spawns"], IMAGE_FILE)
                self.open(f"open: {name}", self.sizes["opens"])
                if before:
                    self.times(name, before, watch)

    @staticmethod
    def times_until_now(daemon):
        time.sleep(COUNTERS_SECONDS)
        return histogram.Times.of(daemon)

    def times(self, name, before, daemon):
        """Of the gate's own histograms, only what came since `before`."""
        since = self.times_until_now(daemon).since(before)
        for which, counts in (("decision", since.decision), ("queue wait", since.queue)):
            for share, word in ((0.5, "p50"), (0.99, "p99")):
                self.add(f"{which} {word}: {name}", histogram.quantile(counts, share))

    def new_files(self, folder, count):
        """Programs of 1 MiB that no one has seen, born in the container."""
        os.makedirs(self.box.path(folder))
        with open(IMAGE_FILE, "rb") as f:
            program = f.read()
        for i in range(count):
            content = program + os.urandom(MIB - len(program))
            self.box.put(f"{folder}/{i}", content)

    def remove(self, folder):
        for name in os.listdir(self.box.path(folder)):
            os.unlink(self.box.path(f"{folder}/{name}"))
        os.rmdir(self.box.path(folder))

    def new_programs(self):
        count = self.sizes["new"]
        source = "/var/tmp/new-source"
        self.new_files("/var/tmp/new-b", count)
        self.new_files("/var/tmp/new-e", count)
        scripts.write(self.box, "/var/tmp/scripts-b", count)
        scripts.write(self.box, "/var/tmp/scripts-e", count)
        if not self.box.has(source):
            self.new_files(source, 1)
        time.sleep(SETTLED_SECONDS)
        with Listener(self.box):
            self.spawn("spawn: b new 1 MiB, settled", "each", count, "/var/tmp/new-b")
            self.spawn("spawn: b new 10 KB script", "each", count, "/var/tmp/scripts-b")
            os.makedirs(self.box.path("/var/tmp/fresh-b"), exist_ok=True)
            self.spawn("spawn: b new 1 MiB, fresh", "fresh", count, "/var/tmp/fresh-b",
                       source + "/0")
        if machine.has_daemon():
            with Watch(self, "enforce") as daemon:
                self.new_in_enforce(daemon, count, source + "/0")
        for name in ("new-b", "new-e", "scripts-b", "scripts-e"):
            self.remove("/var/tmp/" + name)

    def new_in_enforce(self, daemon, count, source):
        for row, folder, argv in (("new 1 MiB, settled", "/var/tmp/new-e", ()),
                                  ("new 1 MiB, fresh", "/var/tmp/fresh-e", (source,)),
                                  ("new 10 KB script", "/var/tmp/scripts-e", ())):
            os.makedirs(self.box.path(folder), exist_ok=True)
            mode = "fresh" if argv else "each"
            self.spawn(f"spawn: e enforce, {row}", mode, count, folder, *argv)
            found = [f for f in self.findings(daemon, folder, count)
                     if "Decision_Us" in f.properties]
            if found:
                us = sorted(float(f.properties["Decision_Us"]) for f in found)
                self.add(f"decision p50: e {row}", us[len(us) // 2])
                self.add(f"decision p99: e {row}", us[len(us) * 99 // 100])

    @staticmethod
    def findings(daemon, folder, count):
        """Every new program is an alert, which says how long its decision took."""
        def told():
            return [f for f in list(daemon.findings) if (f.path or "").startswith(folder + "/")]
        lwtest.wait_until(f"{count} findings beneath {folder}", lambda: len(told()) >= count, 20)
        return told()

    def events_of_spawns(self):
        """(of one spawn, of starting the driver), as the kernel has it and the bare listener counts
        it."""
        with Listener(self.box) as least:
            self.drive("/bench/spawner", "crowd", 1, IMAGE_FILE, 1)
        with Listener(self.box) as more:
            self.drive("/bench/spawner", "crowd", 101, IMAGE_FILE, 1)
        each = (more.events - least.events) // 100
        return each, least.events - each

    def crowd_and_memory(self):
        """Many executions at once: every one of them seen; then what that has left in memory."""
        each, driver = self.events_of_spawns()
        count = self.sizes["crowd"]
        with Watch(self, "enforce") as daemon:
            before = daemon.status()["events"]
            said = self.drive("/bench/spawner", "crowd", count, IMAGE_FILE, CROWD)
            if said["failed"]:
                raise lwtest.Failed(f"{said['failed']} of {count} programs did not run")
            expected = count * each + driver
            time.sleep(COUNTERS_SECONDS)
            seen = daemon.status()["events"] - before
            self.add(f"spawns from {CROWD} processes, events unseen", max(0, expected - seen), said)
            self.notes[f"spawns from {CROWD} processes, events unseen"] = \
                f"{count} spawns, {expected} events expected, {seen} seen"
            self.add(f"spawns from {CROWD} processes, per second", count / said["elapsed_ns"] * 1e9)
            self.add("memory, all processes (PSS)", daemon.memory_kib() / 1024)
            self.idle(daemon)

    def idle(self, daemon):
        pids = daemon.pids() + [daemon.process.pid]
        time.sleep(2)
        before, start = machine.cpu(pids), time.monotonic()
        time.sleep(self.sizes["idle"])
        spent = machine.cpu(pids)
        seconds = time.monotonic() - start
        row = "CPU when idle, all processes"
        self.add(row, 100 * (spent.run_ns - before.run_ns) / 1e9 / seconds)
        self.notes[row] = (f"{seconds:.0f} s, of one core; by utime + stime "
                           f"{100 * (spent.ticks_seconds - before.ticks_seconds) / seconds:.2f} %")

    def run(self):
        for number in range(self.sizes["rounds"]):
            print(f"round {number + 1} of {self.sizes['rounds']}", file=sys.stderr, flush=True)
            self.spawns_and_opens()
            others.measure(self)
            self.new_programs()
            if number % JUDGE_EVERY == 0:
                scripts.measure(self)
            behaviours.measure(self)
        if machine.has_daemon():
            print("crowd, memory, idle", file=sys.stderr, flush=True)
            self.crowd_and_memory()
        print("hash list", file=sys.stderr, flush=True)
        hashes.measure(self)


def options():
    p = argparse.ArgumentParser(description="Measures what layerwatch costs.")
    p.add_argument("--quick", action="store_true",
                   help="a short run: shows that it works, not how fast it is")
    p.add_argument("--rounds", type=int, help="how often the variants take turns")
    p.add_argument("--output", default=lwtest.build_path("bench.json"))
    return p.parse_args()


def main():
    if os.geteuid() != 0:
        print("bench: root is needed", file=sys.stderr)
        return 77
    asked = options()
    lwtest.isolate(pids=False)  # the process connector answers in the first pid namespace only
    sizes = dict(QUICK if asked.quick else FULL)
    if asked.rounds:
        sizes["rounds"] = asked.rounds
    case = lwtest.Case("bench")
    facts = machine.facts()
    try:
        bench = Bench(case, sizes)
        bench.run()
    finally:
        case.end(check=False)
    facts["load_after"] = machine.load()
    result = {"machine": facts, "sizes": sizes, "quick": asked.quick,
              "rows": table.build(bench.samples, bench.notes, bench.details),
              "skipped": bench.skipped}
    with open(asked.output, "w", encoding="utf-8") as f:
        json.dump(result, f, indent=1)
        f.write("\n")
    table.show(result)
    print(f"all of it is in {asked.output}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
