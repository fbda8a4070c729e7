# engines.sh: Docker and Podman for tests and for quickstart, to be sourced by a POSIX shell (root).
#
#   . tests/lib/engines.sh
#   start_docker && make_image docker lw-test        # a busybox image
#   docker_run --rm lw-test /bin/sh -c 'echo hello'
#   stop_docker                                      # ends only what start_docker started
#
# A running engine is used as it is and left running. What is started here is remembered by pid in
# $LW_ENGINES (a folder, made on first use and shared by all who export it), so that stop_* in another
# shell finds it. No network is given to any container. Functions return 0, or 1 with a line on stderr.

engines_say()
{
	printf 'engines: %s\n' "$*" >&2
}

# The folder of pid files and logs.
engines_dir()
{
	if [ -z "${LW_ENGINES:-}" ]; then
		LW_ENGINES=$(mktemp -d "${TMPDIR:-/tmp}/lw-engines.XXXXXX") || return 1
		export LW_ENGINES
	fi
	mkdir -p "$LW_ENGINES"
}

# engines_wait SECONDS COMMAND...: until the command succeeds.
engines_wait()
{
	_tries=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		_tries=$((_tries - 1))
		[ "$_tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

# engines_spawn NAME COMMAND...: in the background, with its pid and start time remembered.
engines_spawn()
{
	_name=$1
	shift
	setsid "$@" </dev/null >"$LW_ENGINES/$_name.log" 2>&1 &
	_pid=$!
	echo "$_pid $(engines_start_time "$_pid")" >"$LW_ENGINES/$_name.pid"
}

# Field 22 of stat: a pid that was given to another process since is not ours to end.
engines_start_time()
{
	sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

engines_alive()
{
	[ -s "$LW_ENGINES/$1.pid" ] || return 1
	read -r _pid _started <"$LW_ENGINES/$1.pid"
	[ -n "$_started" ] && [ "$(engines_start_time "$_pid")" = "$_started" ]
}

engines_gone()
{
	! engines_alive "$1"
}

engines_end()
{
	if engines_alive "$1"; then
		kill "$_pid"
		engines_wait 15 engines_gone "$1" || kill -KILL "$_pid" 2>/dev/null
	fi
	rm -f "$LW_ENGINES/$1.pid"
}

docker_answers()
{
	docker info >/dev/null 2>&1
}

containerd_socket()
{
	echo "${LW_CONTAINERD_SOCKET:-/run/containerd/containerd.sock}"
}

containerd_answers()
{
	timeout 5 ctr --address "$(containerd_socket)" version >/dev/null 2>&1
}

start_containerd()
{
	engines_dir || return 1
	if containerd_answers; then
		return 0
	fi
	engines_spawn containerd containerd --address "$(containerd_socket)" || return 1
	if ! engines_wait 30 containerd_answers; then
		engines_say "containerd does not answer: $LW_ENGINES/containerd.log"
		return 1
	fi
}

start_docker()
{
	command -v dockerd >/dev/null || { engines_say "dockerd is not installed"; return 1; }
	engines_dir || return 1
	if docker_answers; then
		return 0
	fi
	start_containerd || return 1
	engines_spawn dockerd dockerd --bridge=none --iptables=false --ip6tables=false \
		--containerd "$(containerd_socket)" || return 1
	if ! engines_wait 60 docker_answers; then
		engines_say "dockerd does not answer: $LW_ENGINES/dockerd.log"
		return 1
	fi
}

stop_docker()
{
	[ -n "${LW_ENGINES:-}" ] || return 0
	engines_end dockerd
	engines_end containerd
}

docker_run()
{
	docker run --network=none "$@"
}

# Podman needs no daemon: see whether it can work at all.
start_podman()
{
	command -v podman >/dev/null || { engines_say "podman is not installed"; return 1; }
	engines_dir || return 1
	podman info >/dev/null 2>"$LW_ENGINES/podman.log" || {
		engines_say "podman does not work: $LW_ENGINES/podman.log"
		return 1
	}
}

stop_podman()
{
	return 0
}

# crun refuses hosts with cgroup v1 or hybrid hierarchies; the limits are those of small machines.
podman_runtime()
{
	command -v runc || command -v crun
}

podman_run()
{
	podman run --runtime "$(podman_runtime)" --network=none \
		--ulimit nofile=1024:4096 --ulimit nproc=1024:1024 "$@"
}

# engine_run docker|podman ARGUMENTS...
engine_run()
{
	_engine=$1
	shift
	"${_engine}_run" "$@"
}

start_engine()
{
	"start_$1"
}

stop_engine()
{
	"stop_$1"
}

# make_rootfs FOLDER [PROGRAM...]: busybox and its applets; each further program with the libraries it loads.
make_rootfs()
{
	_root=$1
	shift
	mkdir -p "$_root/bin" "$_root/etc" "$_root/tmp" "$_root/proc" "$_root/sys" "$_root/dev" "$_root/root" || return 1
	cp "$(command -v busybox)" "$_root/bin/busybox" || return 1
	for _applet in $("$_root/bin/busybox" --list); do
		[ "$_applet" = busybox ] || ln -sf busybox "$_root/bin/$_applet"
	done
	echo 'root:x:0:0:root:/root:/bin/sh' >"$_root/etc/passwd"
	for _program in "$@"; do
		engines_copy "$_root" "$_program" || return 1
	done
}

engines_copy()
{
	_source=$(command -v "$2") || { engines_say "no such program: $2"; return 1; }
	for _file in "$_source" $(ldd "$_source" 2>/dev/null | grep -o '/[^ )]*'); do
		mkdir -p "$1$(dirname "$_file")"
		# an applet of that name is a link to busybox
		cp -L --remove-destination "$_file" "$1$_file" || return 1
	done
}

# make_image docker|podman NAME [PROGRAM...]: a small image, imported from a tar made here. An image of that name stays.
make_image()
{
	_make_engine=$1 _make_name=$2
	shift 2
	if "$_make_engine" image inspect "$_make_name" >/dev/null 2>&1; then
		return 0
	fi
	engines_dir || return 1
	_rootfs=$(mktemp -d "$LW_ENGINES/rootfs.XXXXXX") || return 1
	if make_rootfs "$_rootfs" "$@"; then
		tar -C "$_rootfs" -c . | "$_make_engine" import - "$_make_name" >/dev/null
		_status=$?
	else
		_status=1
	fi
	rm -rf "$_rootfs"
	return "$_status"
}

remove_image()
{
	"$1" image rm -f "$2" >/dev/null 2>&1 || true
}
