"""others: programs of other people that hold executions too, beside ours, where they are installed.

Each is set up to watch our overlay and nothing else, with the least work that still is its own
way of deciding, and is measured against no watcher in the same round.
"""
import contextlib
import os
import re
import shutil
import subprocess

import lwtest

MARKED_SECONDS = 30
WATCHED_FOLDER = "/usr/bin"     # clamonacc watches folders: of the program that is spawned


class Unfit(Exception):
    """It is there, but cannot be measured here, and why."""


def marks_of(pid):
    """The devices that this process has fanotify marks on, as "major:minor"."""
    found = set()
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as f:
                text = f.read()
        except OSError:
            continue
        for number in re.findall(r"^fanotify .*sdev:([0-9a-f]+)", text, re.M):
            found.add(f"{int(number, 16) >> 20}:{int(number, 16) & 0xfffff}")
    return found


def wait_marked(process, box):
    def marked():
        if process.poll() is not None:
            raise Unfit(f"ended with {process.returncode}")
        return box.device in marks_of(process.pid)
    lwtest.wait_until(f"pid {process.pid} has marked {box.device}", marked, MARKED_SECONDS)


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    return path


@contextlib.contextmanager
def running(*argv):
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


FAPOLICYD_CONF = """permissive = 1
nice_val = 0
q_size = 800
uid = root
gid = root
do_stat_report = 0
db_max_size = 50
subj_cache_size = 1549
obj_cache_size = 8191
watch_fs = overlay
trust = file
integrity = none
allow_filesystem_mark = 1
"""


# Its settings, trust database and pid file; ours lie over them in our mount namespace.
FAPOLICYD_FOLDERS = ("/etc/fapolicyd", "/var/lib/fapolicyd", "/run/fapolicyd")


@contextlib.contextmanager
def fapolicyd(bench):
    """One rule that allows."""
    if any(point == "/" and kind == "overlay" for _, point, kind in lwtest.mounts()):
        raise Unfit("it would mark the root of the machine, which is an overlay too")
    with contextlib.ExitStack() as undo:
        for place in FAPOLICYD_FOLDERS:
            os.makedirs(place, exist_ok=True)
            lwtest.run(["mount", "--bind", bench.case.scratch("128m"), place])
            undo.callback(lwtest.run, ["umount", "-l", place])
        write(FAPOLICYD_FOLDERS[0], "fapolicyd.conf", FAPOLICYD_CONF)
        write(FAPOLICYD_FOLDERS[0], "fapolicyd.rules", "allow perm=any all : all\n")
        write(FAPOLICYD_FOLDERS[0], "fapolicyd.trust", "")
        process = undo.enter_context(running("fapolicyd", "--debug-deny"))
        wait_marked(process, bench.box)
        yield


CLAMD_CONF = """Foreground yes
DatabaseDirectory {folder}/db
LocalSocket {folder}/clamd.sock
User root
OnAccessIncludePath {watched}
OnAccessPrevention yes
OnAccessExcludeUname nobody
"""
TEST_SIGNATURE = "44d88612fea8a8f36de82e1278abb02f:68:Bench-Test\n"     # of the EICAR file


@contextlib.contextmanager
def clamonacc(bench):
    """With a single signature: what an execution costs without a search through millions."""
    if not shutil.which("clamd"):
        raise Unfit("clamd is not installed")
    folder = bench.case.scratch("64m")
    os.mkdir(os.path.join(folder, "db"))
    write(folder, "db/bench.hdb", TEST_SIGNATURE)
    conf = write(folder, "clamd.conf",
                 CLAMD_CONF.format(folder=folder, watched=bench.box.path(WATCHED_FOLDER)))
    with running("clamd", f"--config-file={conf}") as scanner:
        lwtest.wait_until("clamd listens", lambda: os.path.exists(f"{folder}/clamd.sock")
                          or scanner.poll() is not None,
                          MARKED_SECONDS)
        with running("clamonacc", "--foreground", "--fdpass", f"--config-file={conf}") as process:
            wait_marked(process, bench.box)
            yield


OTHERS = {"fapolicyd": fapolicyd, "clamonacc": clamonacc}


def measure_one(bench, name):
    """One round; the others' rows follow those of the unwatched container of the same round."""
    with OTHERS[name](bench):
        bench.spawn(f"spawn: other {name}", "same", bench.sizes["spawns"], bench.image_file)
        bench.open(f"open: other {name}", bench.sizes["opens"] // 10)


def measure(bench):
    for name in OTHERS:
        if name in bench.skipped:
            continue
        if not shutil.which(name):
            bench.skipped[name] = "not installed"
            continue
        try:
            measure_one(bench, name)
        except (Unfit, lwtest.Failed, subprocess.CalledProcessError) as e:
            bench.skipped[name] = f"cannot be measured here: {e}".splitlines()[0]
