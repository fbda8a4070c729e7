"""Facts of the kernel that the product relies on, asked of the kernel that runs here. No daemon is
involved."""
import errno
import mmap
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import fan  # noqa: E402
import lwtest  # noqa: E402


def listener(t, box, decide=lambda event: fan.ALLOW, what=fan.MARK_FILESYSTEM):
    group = fan.Group()
    group.mark(box.root, what)
    recorder = fan.Recorder(group, decide)
    t.after(recorder.end)
    return recorder


def fact01_superblock_mark_follows_every_way_in(t):
    box = t.box()
    seen = listener(t, box)
    box.copy("/bin/true", "/tmp/x")
    ways = {
        "the container's own root": "/tmp/x",
        "unshare -m": "unshare -m /tmp/x",
        "a bind mount": "unshare -m sh -c 'mount --bind /tmp /mnt && /mnt/x'",
        "a user namespace": "unshare -Urm sh -c 'mount --bind /tmp /mnt && /mnt/x'",
    }
    for way, command in ways.items():
        before = len(seen.paths)
        t.ran(box.shell(command))
        t.true(any(path.endswith("/x") for path in seen.paths[before:]),
               f"{way} is seen: {seen.paths[before:]}")


def fact01_mount_mark_does_not(t):
    """Why the superblock is marked: the same with a mark on the mount misses what the first step of
    a container does."""
    box = t.box()
    seen = listener(t, box, what=fan.MARK_MOUNT)
    box.copy("/bin/true", "/tmp/x")
    t.ran(box.run(["/tmp/x"]))
    t.equal([path for path in seen.paths if path.endswith("/x")], [])


def fact01_mark_does_not_pin_the_mount(t):
    box = t.box()
    group = fan.Group()
    group.mark(box.root)
    t.equal(box.unmount().returncode, 0, "umount of a marked overlay")
    group.close()


def fact02_what_one_execve_raises(t):
    box = t.box()
    seen = listener(t, box)
    box.put("/tmp/s", "#!/bin/dash\n. /tmp/other\n")
    box.put("/tmp/other", "true\n")
    t.ran(box.run(["/tmp/s"]))
    names = [os.path.basename(path) for path in seen.paths]
    t.equal([names.count(name) for name in ("s", "dash", "other")], [1, 1, 0], f"events of {names}")
    t.true(any(name.startswith("ld-linux") for name in names),
           f"the ELF interpreter is among {names}")


def fact02_target_of_the_loader_raises_nothing(t):
    box = t.box()
    seen = listener(t, box)
    box.copy("/bin/true", "/tmp/target")
    loader = os.path.realpath("/lib64/ld-linux-x86-64.so.2")
    if not os.path.exists(loader):
        t.skip("kernel: no x86-64 loader on this machine")
    t.ran(box.run([loader, "/tmp/target"]))
    t.true(any("ld-linux" in path for path in seen.paths), "the loader is seen")
    t.true(not any(path.endswith("/target") for path in seen.paths), "its target is not")


def fact02_execveat_and_check(t):
    box = t.box()
    seen = listener(t, box)
    box.copy("/bin/true", "/tmp/x")
    for mode in ("opath", "fexecve", "thread", "vfork"):
        before = len(seen.paths)
        t.ran(box.actor(mode, "/tmp/x"))
        t.contains("".join(seen.paths[before:]), "/tmp/x", mode)
    result = box.actor("check", "/tmp/x")
    if result.code != 95:
        t.equal(result.code, 0, "AT_EXECVE_CHECK")
        t.true(seen.paths[-1].endswith("/tmp/x"), "AT_EXECVE_CHECK raises the event")


def opens_seen(seen, path):
    before = len(seen.paths)
    os.close(os.open(path, os.O_RDONLY))
    return len(seen.paths) - before


def write_by_mapping(path):
    fd = os.open(path, os.O_RDWR)
    try:
        with mmap.mmap(fd, 4) as m:
            m[0:4] = b"new "
    finally:
        os.close(fd)


def fact04_ignore_mark_survives_changes(t):
    """Why no verdict is kept in an ignore mark: only write(2) and a new inode end it."""
    box = t.box(image={"/img/a": b"old content", "/img/b": b"old content"}, lowers=[])
    group = fan.Group()
    group.mark(box.root, mask=fan.OPEN_PERM)
    a, b = box.path("/img/a"), box.path("/img/b")
    for path in (a, b):
        group.mark(path, fan.MARK_IGNORED_MASK, mask=fan.OPEN_PERM)
    seen = fan.Recorder(group)
    t.after(seen.end)
    t.equal(opens_seen(seen, a), 0, "events of an ignored file")
    os.chmod(a, 0o700)
    t.true(os.path.exists(box.upper + "/img/a"), "it was copied up")
    t.equal(opens_seen(seen, a), 0, "events after copy-up")
    write_by_mapping(a)
    t.equal((opens_seen(seen, a), box.read("/img/a")), (0, b"new content"), "a write by mapping")
    with open(box.upper + "/img/a", "r+b") as f:
        f.write(b"NEW")
    t.equal((opens_seen(seen, a), box.read("/img/a")[:3]), (0, b"NEW"), "a write beneath")
    with open(a, "r+b") as f:
        f.write(b"n")
    t.equal(opens_seen(seen, a), 1, "events after write(2)")
    box.put("/img/c", b"other")
    os.rename(box.path("/img/c"), b)
    t.equal(opens_seen(seen, b), 1, "events of what took its place")


def fact08_memfd(t):
    """A dynamic one shows by its loader, a static one not at all."""
    box = t.box()
    seen = listener(t, box)
    t.ran(box.actor("memfd", "/bin/true"))
    t.equal(len([path for path in seen.paths if "ld-linux" in path or "/ld-" in path]), 2,
            "loads of actor and memfd")
    t.equal([path for path in seen.paths if "memfd" in path], [])
    before = len(seen.paths)
    t.ran(box.run(["/lwtest/actor-static", "memfd", "/lwtest/actor-static", "mark", "/tmp/m"]))
    t.true(box.has("/tmp/m"), "it ran")
    t.equal([path for path in seen.paths[before:] if not path.endswith("actor-static")], [])
    group = fan.Group()
    t.after(group.close)
    fd = os.memfd_create("x")
    try:
        group.mark(f"/proc/self/fd/{fd}")
        t.true(False, "a memfd's superblock cannot be marked")
    except OSError as e:
        t.equal(e.errno, errno.EINVAL)
    os.close(fd)


def overlay_handle(t, path):
    """(upper flag, uuid, inner type, inner bytes) of a file by its path on the host."""
    fd = os.open(path, os.O_RDONLY)
    try:
        kind, data = fan.handle_of(fd)
    finally:
        os.close(fd)
    t.equal(kind, 0xf8, "handle type")
    t.equal((data[3], data[4]), (0, 0xfb), "version and magic")
    t.true(21 <= data[5] <= len(data) - 3, "length")
    return bool(data[6] & 0x04), data[8:24], data[7], data[24:3 + data[5]]


def fact15_upper_flag(t):
    box = t.box(image={"/img/a": b"a", "/img/b": b"b"}, lowers=[])
    t.equal(overlay_handle(t, box.path("/img/a"))[0], False, "an image file has an origin")
    box.put("/tmp/new", "new")
    t.equal(overlay_handle(t, box.path("/tmp/new"))[0], True, "a new file has none")
    with open(box.path("/img/a"), "ab") as f:
        f.write(b"more")
    t.equal(overlay_handle(t, box.path("/img/a"))[0], False, "a copied-up file keeps its origin")
    os.unlink(box.path("/img/b"))
    box.put("/img/b", "other")
    t.equal(overlay_handle(t, box.path("/img/b"))[0], True, "a replaced file has none")
    fd = os.open(box.path("/tmp/new"), os.O_RDONLY)
    os.unlink(box.path("/tmp/new"))
    kind, data = fan.handle_of(fd)
    os.close(fd)
    t.equal((kind, data[6] & 0x04), (0xf8, 0x04), "an unlinked one")


def fact15_rootless_overlay_says_nothing(t):
    code = ("import sys; sys.path.insert(0, %r); import fan, os\n"
            "print(hex(fan.handle_of(os.open('/mnt/m/f', os.O_RDONLY))[0]))" % lwtest.LIB)
    script = ("mount -t tmpfs t /mnt && cd /mnt && mkdir l u w m && echo f > l/f && "
              "mount -t overlay o -o userxattr,lowerdir=l,upperdir=u,workdir=w m && "
              "exec /usr/bin/python3 -B -c \"$CODE\"")
    p = subprocess.run(["unshare", "-Urm", "sh", "-c", script], env={**os.environ, "CODE": code},
                       check=False,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode != 0:
        t.skip(f"kernel: no overlay in a user namespace: {p.stdout[-200:]!r}")
    t.true(p.stdout.strip() != b"0xf8", f"handle type of a rootless overlay: {p.stdout!r}")


def fact16_origin_opens_the_lower_inode(t):
    box = t.box(image={"/img/a": b"original"}, lowers=[])
    with open(box.path("/img/a"), "wb") as f:
        f.write(b"changed!")
    os.rename(box.path("/img/a"), box.path("/tmp/moved"))
    upper, _, kind, data = overlay_handle(t, box.path("/tmp/moved"))
    t.equal(upper, False)
    mount_fd = os.open(box.image, os.O_RDONLY)
    fd = fan.open_handle(mount_fd, kind, data)
    t.equal(os.read(fd, 100), b"original")
    t.equal(os.fstat(fd).st_ino, os.stat(box.image + "/img/a").st_ino)
    os.close(fd)
    os.close(mount_fd)


def pending(t, box, group, argv):
    """A task that waits for the answer to its first event."""
    p = box.start(argv)
    events = group.read(5)
    t.true(events, "an event came")
    return p, events[0]


def fact18_closing_the_group_allows(t):
    box = t.box()
    group = fan.Group()
    group.mark(box.root)
    p, _ = pending(t, box, group, ["/bin/true"])
    group.close()
    t.equal(p.wait(10), 0, "the held program")


def fact18_deny_is_eperm(t):
    box = t.box()
    listener(t, box, decide=lambda event: fan.DENY)
    t.denied(box.run(["/bin/true"]))


def fact18_silent_listener_can_be_killed_away(t):
    box = t.box()
    group = fan.Group()
    group.mark(box.root)
    p, event = pending(t, box, group, ["/bin/true"])
    time.sleep(0.3)
    t.equal(p.poll(), None, "it waits")
    p.send_signal(signal.SIGKILL)
    t.true(p.wait(10) != 0, "it can be killed")
    event.answer()
    group.close()


def test_doctor_names_tasks_that_are_held(t):
    """The bug: it looked for a function of the kernel that the compiler had made part of
    another."""
    box = t.box()
    group = fan.Group()
    group.mark(box.root)
    p, event = pending(t, box, group, ["/bin/true"])
    told = subprocess.run([lwtest.build_path("layerwatch"), "doctor"], stdout=subprocess.PIPE,
                          text=True, check=False).stdout
    event.answer()
    group.close()
    t.equal(p.wait(10), 0, "the held program")
    t.true(f"tasks wait for an answer: {event.pid}" in told, told)


def fact18_open_event_fd_blocks_umount(t):
    box = t.box()
    group = fan.Group()
    group.mark(box.root)
    # through the host's mount: the fd holds the mount that the event came through
    p = subprocess.Popen(["sh", "-c", f"exec {box.path('/lwtest/actor-static')} mark /dev/null"])
    event = group.read(5)[0]
    event.answer(close=False)
    t.equal(p.wait(10), 0)
    t.true(box.unmount().returncode != 0, "umount while the fd is open is busy")
    os.close(event.fd)
    group.close()
    t.equal(box.unmount().returncode, 0, "umount afterwards")


def fact18_no_descriptor_denies(t):
    box = t.box()
    code = ("import sys; sys.path.insert(0, %r); import fan, os, resource, select\n"
            "g = fan.Group(); g.mark(%r); print('ready', flush=True)\n"
            "p = select.poll(); p.register(g.fd, select.POLLIN); p.poll(5000)\n"
            "resource.setrlimit(resource.RLIMIT_NOFILE, (g.fd + 1, 4096))\n"
            "fds = []\n"
            "try:\n"
            "    while True: fds.append(os.dup(0))\n"
            "except OSError: pass\n"
            "try: g.read(1)\n"
            "except OSError as e: print(e.errno, flush=True)\n" % (lwtest.LIB, box.root))
    p = subprocess.Popen([sys.executable, "-B", "-c", code], stdout=subprocess.PIPE)
    t.processes.append(p)
    p.stdin = p.stderr = None
    t.equal(p.stdout.readline(), b"ready\n")
    t.denied(box.run(["/bin/true"]))
    t.equal(int(p.stdout.readline()), errno.EMFILE)


def fact33_overlay_mapping_is_no_etxtbsy(t):
    """A live shared mapping does not hinder the exec, and bytes change without a new ctime."""
    box = t.box()
    padding = b"A" * 8192
    box.copy("/bin/true", "/tmp/x", append=padding)
    size = os.stat(box.path("/tmp/x")).st_size
    p = box.start(["/lwtest/actor", "mapwrite", "/tmp/x", str(size - 1), "B", "hold"])
    t.equal(p.stdout.readline(), b"ready\n")
    before = os.stat(box.path("/tmp/x")).st_ctime_ns
    p.stdin.write(b"C")
    p.stdin.flush()
    lwtest.wait_until("the byte has changed", lambda: box.read("/tmp/x")[-1:] == b"C")
    t.equal(os.stat(box.path("/tmp/x")).st_ctime_ns, before, "ctime")
    t.ran(box.run(["/tmp/x"]))


def fact33_lease_sees_the_mapping(t):
    import fcntl
    box = t.box()
    box.copy("/bin/true", "/tmp/x", append=b"A" * 8192)
    real = os.path.join(box.upper, "tmp/x")
    fd = os.open(real, os.O_RDONLY)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    p = box.start(["/lwtest/actor", "mapwrite", "/tmp/x", "9000", "B", "hold"])
    t.equal(p.stdout.readline(), b"ready\n")
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        t.true(False, "a lease while a writer lives is refused")
    except OSError as e:
        t.equal(e.errno, errno.EAGAIN)
    p.communicate()
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    os.close(fd)


def fact33_every_write_has_its_ctime(t):
    if not lwtest.kernel_at_least(6, 13):
        t.skip("kernel: no multigrain timestamps before 6.13")
    box = t.box()
    box.put("/tmp/x", "a")
    for _ in range(200):
        before = os.stat(box.path("/tmp/x")).st_ctime_ns
        with open(box.path("/tmp/x"), "ab") as f:
            f.write(b"b")
        t.true(os.stat(box.path("/tmp/x")).st_ctime_ns != before,
               "ctime moves with each write after a look")


def fact35_proc_root_can_lead_to_the_host(t):
    """An absolute symlink behind /proc/PID/root leads to our own /, RESOLVE_IN_ROOT does not."""
    box = t.box()
    os.symlink("/", box.path("/tmp/link"))
    p = box.start(["/bin/sleep", "30"])
    path = f"/proc/{p.pid}/task/{p.pid}/children"
    children = lwtest.wait_until("the container's init",
                                 lambda: open(path, encoding="ascii").read().split())
    lwtest.wait_until("its exec", lambda: os.readlink(f"/proc/{children[0]}/exe").endswith("sleep"))
    t.true(os.path.samefile(f"/proc/{children[0]}/root/tmp/link", "/"),
           "it leads to the host's root")
    t.true(not os.path.samefile(f"/proc/{children[0]}/root", "/"),
           "the container's root is another")


if __name__ == "__main__":
    lwtest.main()
