"""From which layer a file comes, on every kind of overlay; what was judged is judged anew when it
changes."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import lwtest  # noqa: E402
from lwtest import ALERT_DRIFT, ALERT_TOUCHED, DENY_DRIFT, DENY_MALICIOUS  # noqa: E402

TRUE = open("/bin/true", "rb").read()
ACTOR = lwtest.build_path("tests/lib/actor-static")
WATCH = [ALERT_TOUCHED, ALERT_DRIFT]


def image_files():
    """A small image of its own: programs without a loader, so that no other layer is needed."""
    with open(ACTOR, "rb") as f:
        content = f.read()
    names = ("pristine", "chmod", "mv", "ln", "touch", "append", "byte", "rename", "recreate",
             "hard1", "gone")
    return {f"/img/{name}": content + name.encode() for name in names}


def act(box, path, *arguments):
    return box.run([path, "mark", "/tmp/mark", *arguments])


def change_all(box):
    """What a container can do to the image's files; path -> the layer it must have then."""
    p = box.path
    os.chmod(p("/img/chmod"), 0o711)
    os.rename(p("/img/mv"), p("/tmp/mv"))
    os.link(p("/img/ln"), p("/tmp/ln"))
    os.utime(p("/img/touch"))
    with open(p("/img/append"), "ab") as f:
        f.write(b"more")
    with open(p("/img/byte"), "r+b") as f:
        f.seek(-1, os.SEEK_END)
        f.write(b"!")
    content = open(ACTOR, "rb").read()
    box.put("/tmp/new", content + b"another")
    os.rename(p("/tmp/new"), p("/img/rename"))
    os.unlink(p("/img/recreate"))
    box.put("/img/recreate", content + b"third")
    with open(p("/img/hard1"), "ab") as f:
        f.write(b"hard")
    box.put("/tmp/added", content + b"added")
    return {"/img/pristine": "image", "/img/chmod": "touched", "/tmp/mv": "touched",
            "/img/ln": "touched",
            "/tmp/ln": "touched", "/img/touch": "touched", "/img/append": "modified",
            "/img/byte": "modified",
            "/img/rename": "modified", "/img/recreate": "modified", "/img/hard1": "modified",
            "/tmp/added": "added"}


def check_all(t, box, watch, wanted, what):
    watch.findings.clear()
    for path in wanted:
        t.ran(act(box, path, what))
    for path, layer in wanted.items():
        if layer == "image":
            continue
        found = watch.finding(path=path)
        t.true(found.layer in layer.split("|"), f"{what}: {path} is {layer}: found {found.layer}")
    t.equal(watch.find(path="/img/pristine"), [], f"{what}: pristine")


def matrix(t, **how):
    """The whole table on one kind of overlay, at once and after the caches were dropped."""
    box = t.box(image=image_files(),
                **how) if "lowers" in how else t.box(image=image_files(), lowers=[], **how)
    watch = t.daemon(box, rules=WATCH)
    wanted = change_all(box)
    check_all(t, box, watch, wanted, "at once")
    box.drop_caches()
    check_all(t, box, watch, wanted, "without caches")
    return box, watch


def test_layers_on_one_filesystem(t):
    matrix(t)


def test_layers_over_the_host_root(t):
    """Lowers on two filesystems, the upper on a third of them."""
    matrix(t, lowers=["/"])


def test_layers_upper_on_ext4(t):
    matrix(t, upper=t.disk("ext4"))


def test_layers_upper_on_xfs(t):
    matrix(t, upper=t.disk("xfs"))


def lower_of(t, kind):
    """The image as a filesystem of this kind."""
    folder = t.scratch()
    tree = os.path.join(folder, "tree")
    for path, content in image_files().items():
        os.makedirs(os.path.dirname(tree + path), exist_ok=True)
        with open(tree + path, "wb") as f:
            f.write(content)
        os.chmod(tree + path, 0o755)
    if kind in ("ext4", "xfs"):
        point = t.disk(kind)
        lwtest.run(["cp", "-a", tree + "/.", point])
        return point
    archive, point = os.path.join(folder, "image"), os.path.join(folder, "mnt")
    with open("/proc/filesystems", encoding="ascii") as f:
        if kind not in f.read().split():
            t.skip(f"kernel: no {kind}")
    command = ["mksquashfs", tree, archive,
               "-quiet"] if kind == "squashfs" else ["mkfs.erofs", archive, tree]
    lwtest.run(command)
    os.mkdir(point)
    lwtest.run(["mount", "-o", "loop,ro", "-t", kind, archive, point])
    t.folders.append(point)
    return point


def on_lower(t, kind, **more):
    box = t.box(lowers=[lower_of(t, kind)], **more)
    watch = t.daemon(box, rules=WATCH)
    wanted = change_all(box)
    if kind == "squashfs":
        # no handles: what is copied up and has another name is not to be told from a new file
        wanted.update({"/tmp/mv": "touched|added|unknown", "/tmp/ln": "touched|added|unknown"})
    check_all(t, box, watch, wanted, "at once")
    box.drop_caches()
    check_all(t, box, watch, wanted, "without caches")


def test_layers_lower_squashfs(t):
    on_lower(t, "squashfs")


def test_layers_lower_erofs(t):
    on_lower(t, "erofs")


def row20_lower_ext4_upper_tmpfs(t):
    on_lower(t, "ext4")


def test_layers_lower_xfs(t):
    on_lower(t, "xfs")


def test_layers_metacopy(t):
    matrix(t, options="metacopy=on,redirect_dir=on")


def test_layers_metacopy_lower_ext4(t):
    on_lower(t, "ext4", options="metacopy=on,redirect_dir=on")


def test_layers_redirect_dir(t):
    box = t.box(image=image_files(), lowers=[], options="redirect_dir=on")
    watch = t.daemon(box, rules=WATCH)
    os.rename(box.path("/img"), box.path("/moved"))
    with open(box.path("/moved/append"), "ab") as f:
        f.write(b"more")
    os.chmod(box.path("/moved/chmod"), 0o711)
    wanted = {"/moved/append": "modified", "/moved/chmod": "touched", "/moved/pristine": "image"}
    check_all(t, box, watch, wanted, "at once")
    t.equal(watch.find(path="/moved/pristine"), [], "a pristine file in a renamed folder")
    box.drop_caches()
    check_all(t, box, watch, wanted, "without caches")


def test_layers_index(t):
    matrix(t, options="index=on")


def hard_links(t, options):
    box = t.box(image={"/img/a": open(ACTOR, "rb").read()}, lowers=[], options=options)
    box.unmount()
    os.link(box.image + "/img/a", box.image + "/img/b")
    box.mount()
    watch = t.daemon(box, rules=WATCH)
    t.ran(act(box, "/img/b"))
    with open(box.path("/img/a"), "ab") as f:
        f.write(b"more")
    for when in ("at once", "without caches"):
        watch.findings.clear()
        t.ran(act(box, "/img/a", when))
        t.equal(watch.finding(path="/img/a").layer, "modified", when)
        t.ran(act(box, "/img/b", when))
        if options == "index=on":
            t.equal(watch.finding(path="/img/b").layer, "modified", f"its other name, {when}")
        box.drop_caches()
    if options != "index=on":
        watch.no_finding(box, path="/img/b")


def row20_hard_links(t):
    hard_links(t, "index=off")


def row20_hard_links_with_index(t):
    hard_links(t, "index=on")


def test_layers_rootless(t):
    """An overlay that a user namespace has mounted: the kernel's handles say nothing there."""
    box = t.box(image=image_files(), lowers=[])
    box.unmount()
    # the mounter owns its layers
    script = (f"mount -t overlay o -o "
              f"userxattr,lowerdir={box.image},upperdir={box.upper},workdir={box.work} "
              f"{box.root} && echo mounted && read x")
    watch = t.daemon(rules=WATCH)
    p = subprocess.Popen(["unshare", "-Urm", "sh", "-c", script], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    t.processes.append(p)
    if p.stdout.readline() != b"mounted\n":
        t.skip(f"kernel: no overlay in a user namespace: {p.communicate()[1]!r}")
    inside = ["nsenter", "-t", str(p.pid), "-U", "-m", "--preserve-credentials", "--"]
    lwtest.wait_until("it is marked",
                      lambda: any(c.get("state") == "marked" for c in watch.ask("containers")))
    changes = (f"cd {box.root} && chmod 711 img/chmod && echo more >> img/append && mv img/mv "
               f"tmp/mv && "
               f"cp img/append tmp/added && rm img/recreate && cp img/append img/recreate")
    lwtest.run(inside + ["sh", "-c", changes])
    wanted = {"/img/pristine": "image", "/img/chmod": "touched", "/img/append": "modified",
              "/tmp/added": "added",
              "/img/recreate": "modified"}
    for path, layer in wanted.items():
        lwtest.run(inside + [box.root + path, "mark", "/dev/null"])
        if layer == "image":
            continue
        t.equal(watch.finding(paths=named(path)).layer, layer, path)
    t.equal(watch.find(paths=named("/img/pristine")), [], "pristine")
    # moved away from its place: proof of lower by path is impossible, so it must not pass for the
    # image's
    lwtest.run(inside + [box.root + "/tmp/mv", "mark", "/dev/null"])
    watch.finding(paths=named("/tmp/mv"))


def named(end):
    """The path as we see it from outside may have more in front."""
    return lambda paths: any(path.endswith(end) for path in paths)


def row19_touched_is_no_drift(t):
    box = t.box(image=image_files(), lowers=[])
    watch = t.daemon(box, mode="enforce", rules=[DENY_DRIFT])
    wanted = change_all(box)
    for when in ("at once", "without caches"):
        for path, layer in wanted.items():
            result = act(box, path, when)
            if layer in ("image", "touched"):
                t.ran(result)
            else:
                t.denied(result)
        box.drop_caches()
    t.equal(watch.find(layer="touched"), [])


def row20_modified_image_files(t):
    box = t.box(image={"/img/prog": TRUE, "/img/other": TRUE, "/img/third": TRUE})
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    original = lwtest.sha256(TRUE)
    with open(box.path("/img/prog"), "ab") as f:
        f.write(b"in place")
    box.copy("/bin/true", "/tmp/new", append=b"renamed")
    os.rename(box.path("/tmp/new"), box.path("/img/other"))
    os.unlink(box.path("/img/third"))
    box.copy("/bin/true", "/img/third", append=b"created")
    for path in ("/img/prog", "/img/other", "/img/third"):
        t.ran(box.run([path]))
        found = watch.finding(path=path, layer="modified")
        t.equal(found.binary["sha256"], lwtest.sha256(box.read(path)))
        t.equal(found.properties.get("Original_SHA256"), original, f"original of {path}")


def row23_content_changes_after_a_verdict(t):
    """Closed mapping, open mapping, write from the host beside the overlay: each time the new
    content is judged."""
    padding = b"A" * 8192
    good, bad = TRUE + padding, TRUE + padding[:-1] + b"B"
    box = t.box()
    watch = t.daemon(box, mode="enforce", rules=[DENY_MALICIOUS, ALERT_DRIFT],
                     malicious=[lwtest.sha256(bad)])
    last = len(good) - 1

    def fresh(path):
        box.put(path, good)
        for _ in range(3):
            t.ran(box.run([path]))

    fresh("/tmp/closed")
    t.ran(box.actor("mapwrite", "/tmp/closed", last, "B"))
    t.denied(box.run(["/tmp/closed"]))

    fresh("/tmp/open")
    p = box.start(["/lwtest/actor", "mapwrite", "/tmp/open", str(last), "A", "hold"])
    t.equal(p.stdout.readline(), b"ready\n")
    t.ran(box.run(["/tmp/open"]))
    for byte, denied in (("B", True), ("A", False), ("B", True)):
        p.stdin.write(byte.encode())
        p.stdin.flush()
        lwtest.wait_until("the byte is there",
                          lambda b=byte: box.read("/tmp/open")[-1:] == b.encode())
        result = box.run(["/tmp/open"])
        (t.denied if denied else t.ran)(result)
    watch.finding(path="/tmp/open", layer="added",
                  properties=lambda p: p.get("Writable_Mapping") is True)
    p.communicate()

    fresh("/tmp/beside")
    with open(os.path.join(box.upper, "tmp/beside"), "r+b") as f:
        f.seek(last)
        f.write(b"B")
    t.denied(box.run(["/tmp/beside"]))

    fresh("/tmp/written")
    with open(box.path("/tmp/written"), "r+b") as f:
        f.seek(last)
        f.write(b"B")
    t.denied(box.run(["/tmp/written"]))

    fresh("/tmp/renamed")
    box.put("/tmp/next", bad)
    os.rename(box.path("/tmp/next"), box.path("/tmp/renamed"))
    t.denied(box.run(["/tmp/renamed"]))


def row23_same_size_and_times(t):
    """Size and mtime put back: ctime tells."""
    padding = b"A" * 64
    good, bad = TRUE + padding, TRUE + padding[:-1] + b"B"
    box = t.box()
    t.daemon(box, mode="enforce", malicious=[lwtest.sha256(bad)])
    for number in range(20):
        path = f"/tmp/x{number}"
        box.put(path, good)
        t.ran(box.run([path]))
        times = os.stat(box.path(path))
        with open(box.path(path), "r+b") as f:
            f.seek(len(good) - 1)
            f.write(b"B")
        os.utime(box.path(path), ns=(times.st_atime_ns, times.st_mtime_ns))
        t.denied(box.run([path]))


def row27_other_mounts_of_the_overlay(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    box.copy("/bin/true", "/tmp/x")
    ways = {"unshare": "unshare -m /tmp/x unshare",
            "bind": "unshare -m sh -c 'mount --bind /tmp /mnt && /mnt/x bind'",
            "userns": "unshare -Urm sh -c 'mount --bind /tmp /mnt && /mnt/x userns'"}
    for name, command in ways.items():
        t.ran(box.shell(command))
        found = watch.finding(layer="added", args=lambda a, n=name: a[1:] == [n])
        t.equal(found.binary["sha256"], lwtest.sha256(TRUE))
    watch.stop()
    watch = t.daemon(box, mode="enforce", rules=[DENY_DRIFT])
    for name, command in ways.items():
        t.denied(box.shell(command))


def row28_nested_overlay(t):
    box = t.box()
    watch = t.daemon(box, rules=[ALERT_DRIFT])
    os.mkdir(box.path("/tmp/l"))
    digest = box.copy("/bin/true", "/tmp/l/x")
    script = ("mount -t tmpfs t /mnt && mkdir /mnt/u /mnt/w /mnt/m && "
              "mount -t overlay o -o lowerdir=/tmp/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/m && "
              "%s/mnt/m/x nested")
    # before, opening it raises nothing on the overlay beneath
    if lwtest.kernel_at_least(6, 5):
        t.ran(box.shell(script % ""))
    else:
        t.ran(box.shell(script % "sleep 1; "))
    watch.finding(sha256=digest)
    # marked by then: what is born in the nested upper is seen as well
    t.ran(box.shell(script % "sleep 1; cp /bin/false /mnt/m/y; /mnt/m/y; "))
    watch.finding(sha256=lwtest.sha256_file("/bin/false"))


if __name__ == "__main__":
    lwtest.main()
