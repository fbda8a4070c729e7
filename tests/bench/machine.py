"""machine: where it was measured, and what our processes used."""
import collections
import os
import re
import time

import lwtest

CPU = collections.namedtuple("CPU", "run_ns ticks_seconds")


def has_daemon():
    """The bare listener can be measured before there is a daemon."""
    return os.path.exists(lwtest.build_path("layerwatchd"))


def load():
    with open("/proc/loadavg", encoding="ascii") as f:
        return [float(x) for x in f.read().split()[:3]]


def model():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        found = re.search(r"^(?:model name|Hardware|Processor)\s*:\s*(.+)$", f.read(), re.M)
    return found[1] if found else os.uname().machine


def facts():
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = int(re.search(r"^MemTotal:\s+(\d+)", f.read(), re.M)[1]) // 1024
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        virtual = " hypervisor" in f.read()
    return {"cores": os.cpu_count(), "model": model(), "virtual": virtual,
            "kernel": os.uname().release,
            "architecture": os.uname().machine, "memory_mib": memory, "load_before": load(),
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def ticks(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def run_ns(pid):
    """On a CPU, all threads; more exact than ticks."""
    total = 0
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/schedstat", encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total


def cpu(pids):
    return CPU(sum(run_ns(p) for p in pids), sum(ticks(p) for p in pids) / os.sysconf("SC_CLK_TCK"))
