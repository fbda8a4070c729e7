"""Containers of Podman, and a runtime that is replaced beneath us."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import engines  # noqa: E402
import lwtest  # noqa: E402


@lwtest.seconds(180)
def test_replaced_runtime_is_armed_again(t):
    """A package upgrade gives the runtime a new inode; the next container's first execution is
    still seen."""
    engine = engines.ENGINE
    runtime = os.path.join(t.scratch(), "runc")
    shutil.copy(engines.find_runtime(), runtime)
    watch = t.daemon(rules=[engines.alert_all(engine)],
                     watch={"runtimes": [runtime], "rescan_ms": 60000})
    for number in range(10):
        new = runtime + ".new"
        shutil.copy(engines.find_runtime(), new)
        os.rename(new, runtime)
        engine.command("--runtime", runtime, "run", "--rm", "--network=none", "--ulimit",
                       "nofile=1024:4096",
                       "--ulimit", "nproc=1024:1024", "--name", engine.fresh(), engine.image,
                       engines.STATIC, "mark",
                       "/dev/null", f"replaced-{number}")
        watch.finding(args=lambda a, n=number: a[-1:] == [f"replaced-{n}"])


if __name__ == "__main__":
    engines.main("podman", [test_replaced_runtime_is_armed_again])
