"""rows: the results as rows with base, ratio and goal, and as a table for people."""
import fnmatch
import statistics

UNITS = (("spawn:*", "us"), ("open:*", "ns"), ("decision*", "us"), ("queue wait*", "us"),
         ("memory*", "MiB"), ("CPU*", "%"),
         ("judge:*", "us"), ("judged per second*", "MB/s"),
         ("rules: load*", "ms"), ("rules:*", "us"),
         ("hash list: build", "s"), ("hash list: lookup*", "ns"), ("hash list: memory*", "MiB"),
         ("*unseen", "events"), ("*per second", "1/s"))

BASES = (("spawn: b bare listener", "spawn: a unwatched"),
         ("spawn: [cd] *", "spawn: b bare listener"),
         ("spawn: e*settled", "spawn: b new 1 MiB, settled"),
         ("spawn: e*script", "spawn: b new 10 KB script"),
         ("spawn: e*fresh", "spawn: b new 1 MiB, fresh"),
         ("spawn: other *", "spawn: a unwatched"), ("open: other *", "open: a unwatched"),
         ("spawn: [fgh] *", "spawn: b bare listener"), ("open: [bcdfgh] *", "open: a unwatched"))

# (rows, what is compared, with what): what has to hold
GOALS = (("spawn: [cd] *", "ratio", 1.10), ("open: [cd] *", "ratio", 1.03),
         ("open: f *", "ratio", 1.10),
         ("decision p50: [d] *", "median", 100), ("decision p99: [d] *", "median", 1000),
         ("decision p50: e new 1 MiB, settled", "median", 5000),
         ("judge: 1 KB *", "median", 100), ("judge: 100 KB *", "median", 2000),
         ("rules: 500 made, 300 bytes, everyday", "median", 50),
         ("hash list: build", "median", 30), ("hash list: lookup*", "median", 2000),
         ("hash list: memory to build", "median", 1024),
         ("hash list: memory to ask", "median", 16),
         ("memory*", "median", 32), ("CPU*", "median", 0.2), ("*unseen", "median", 0))

# (rows, the least that a median has to reach)
LEAST = (("judged per second: *, features and model", 50),)


def first(rules, name):
    return next((rule[1:] for rule in rules if fnmatch.fnmatchcase(name, rule[0])), None)


def goal_of(row):
    least = first(LEAST, row["name"])
    if least:
        row["goal"] = f">= {least[0]:g} {row['unit']}"
        row["met"] = row["median"] >= least[0]
    found = first(GOALS, row["name"])
    if not found:
        return
    which, most = found
    row["goal"] = f"{which} <= {most:g}" if which == "ratio" else f"<= {most:g} {row['unit']}"
    row["met"] = row.get(which, float("inf")) <= most


def ratio(values, base):
    """Each round is compared with itself."""
    return statistics.median(v / b for v, b in zip(values, base))


def means(details):
    return [said["mean_ns"] for said in details]


def build_one(name, samples, details):
    values = samples[name]
    row = {"name": name, "unit": (first(UNITS, name) or ("",))[0],
           "median": statistics.median(values),
           "min": min(values), "max": max(values), "rounds": len(values), "values": values}
    base = (first(BASES, name) or (None,))[0]
    if base in samples:
        row["base"] = base
        row["ratio"] = ratio(values, samples[base])
        if name in details and base in details:
            row["ratio_of_means"] = ratio(means(details[name]), means(details[base]))
    if name in details:
        row["details"] = details[name]
    goal_of(row)
    return row


def build(samples, notes, details):
    """All by row name: values of each round, a remark, what the driver said of each round."""
    rows = [build_one(name, samples, details) for name in sorted(samples, key=order)]
    for row in rows:
        if row["name"] in notes:
            row["note"] = notes[row["name"]]
    return rows


def order(name):
    """As in UNITS, then by letter."""
    return next((i for i, rule in enumerate(UNITS) if fnmatch.fnmatchcase(name, rule[0])),
                len(UNITS)), name


def number(value):
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 3
    return f"{value:.{digits}f}"


def line(row):
    ratios = [f"{row[key]:.3f}" if key in row else "" for key in ("ratio", "ratio_of_means")]
    met = {True: "yes", False: "NO"}.get(row.get("met"), "")
    note = f"  ({row['note']})" if "note" in row else ""
    return (f"{row['name']:<43} {row['unit']:>6} {number(row['median']):>8} {number(row['min']):>8}"
            f" {number(row['max']):>8} {row['rounds']:>6} {ratios[0]:>6} {ratios[1]:>8}  "
            f"{row.get('goal', ''):<13}"
            f" {met:<3}{note}").rstrip()


HEAD = (f"{'':<43} {'unit':>6} {'median':>8} {'min':>8} {'max':>8} {'rounds':>6} {'ratio':>6} "
        f"{'of means':>8}"
        f"  {'goal':<13} met")
LEGEND = """The ratio is to: a for b, b for c and d, b with the same files for e, a for opens; a
goal holds for it, not for that of the means. Quantiles of decision and queue wait are
interpolated within the power-of-two buckets of the gate's histograms, those of (e) are of
single times in microseconds."""


def show(result):
    m = result["machine"]
    loads = f"load {m['load_before'][0]:.1f} before, {m['load_after'][0]:.1f} after"
    print(f"{m['cores']} cores, {m['model']}, Linux {m['kernel']}, {loads}")
    if m["load_before"][0] > m["cores"] / 4:
        print("The machine was busy before the benchmark began: differences of a few percent say "
              "nothing.")
    print(HEAD)
    for row in result["rows"]:
        print(line(row))
    for name, why in result["skipped"].items():
        print(f"{name}: {why}")
    print(LEGEND)
