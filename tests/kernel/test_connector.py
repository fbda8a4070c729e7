"""test_connector: what the process connector adds, in the first pid namespace: elsewhere it is
silent, and every other test here runs without it.

Overlays of others are in sight, so nothing is denied here.
"""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402
import test_attack  # noqa: E402

CONNECTOR = "11"  # NETLINK_CONNECTOR
FIRST = {"pid": 0xEFFFFFFC, "user": 0xEFFFFFFD}  # include/linux/proc_ns.h


def can_listen(t):
    """The kernel answers in the first namespaces alone."""
    for name, inode in FIRST.items():
        if os.stat(f"/proc/self/ns/{name}").st_ino != inode:
            t.skip(f"kernel: this is not the first {name} namespace")
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, int(CONNECTOR)) as s:
            s.bind((0, 1))
            s.send(bytes(16))
    except OSError as e:
        t.skip(f"kernel: no process connector in this network namespace: {e}")


def listens(pid):
    with open("/proc/net/netlink", encoding="ascii") as f:
        return any(line.split()[1:3] == [CONNECTOR, str(pid)] for line in f)


def test_the_gate_listens(t):
    can_listen(t)
    watch = t.daemon(t.box())
    gate = watch.pid("gate")
    if lwtest.SLOW and not listens(gate):
        t.skip("kernel: without CONFIG_PROC_EVENTS")
    t.true(listens(gate), "the gate has a socket of the connector")


def test_a_new_gate_listens_too(t):
    can_listen(t)
    watch = t.daemon(t.box())
    old = watch.pid("gate")
    os.kill(old, 9)
    new = lwtest.wait_until("another gate", lambda: [p for p in watch.pids("gate") if p != old])[0]
    lwtest.wait_until("its socket", lambda: listens(new))


def row03_memfd_after_a_program_whose_loader_raised_nothing(t):
    test_attack.after_a_loader_in_a_memfd(t, "detect")


def row03_memfd_after_executions_of_the_same_task(t):
    """A task that has executed before, as a shell that ends with "exec" has: what follows its
    program is told from what it executes next, all the same."""
    box, watch = test_attack.with_evil(t, [lwtest.DENY_MALICIOUS], mode="detect")
    box.put("/tmp/p", test_attack.with_loader(t, "/proc/self/fd/7"))
    chain = ["/usr/bin/env", "/usr/bin/env", "/lwtest/actor", "with-memfd", "7",
             test_attack.LOADER, "/tmp/p", "exec", test_attack.LOADER, "/tmp/evil", "mark",
             "/tmp/mark"]
    t.ran(box.run(chain))
    watch.finding(path="/tmp/evil", layer="added", action="would_deny")


if __name__ == "__main__":
    lwtest.main(pids=False)
