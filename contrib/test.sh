#!/bin/sh
# test.sh [--full]: installs what is missing (Debian 12), builds, and runs every test there is: unit tests, the same
# with AddressSanitizer and UndefinedBehaviorSanitizer, tests on this kernel, tests with Docker and Podman. Needs root.
# The last line is "N passed, N failed, N skipped". A test of the kernel or of containers that could run here and
# was skipped counts as failed. --full adds longer soaks, a minute of each fuzzer, and Debian's
# kernels under qemu.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
logs=$top/build-test/logs
jobs=$(nproc)
full=0
passed=0
failed=0
skipped=0

. "$top/contrib/packages.sh"

say()
{
	printf '\n== %s\n' "$*"
}

# step NAME SECONDS COMMAND...: shows the end of its output when it fails; all of it is in its log.
step()
{
	_name=$1 _seconds=$2
	shift 2
	_start=$(date +%s)
	say "$_name"
	timeout --kill-after=10 "$_seconds" "$@" >"$logs/$_name.log" 2>&1
	_status=$?
	if [ "$_status" -ne 0 ]; then
		grep -E '^(not ok|FAILED|FAIL:|ERROR:)|error:' "$logs/$_name.log" | tail -n 40
		tail -n 15 "$logs/$_name.log"
		echo "$_name: exit $_status, see $logs/$_name.log"
	fi
	echo "$_name: $(($(date +%s) - _start)) s"
	return "$_status"
}

# must NAME SECONDS COMMAND...: without it nothing else makes sense.
must()
{
	step "$@" && return 0
	failed=$((failed + 1))
	finish
}

finish()
{
	say "$(($(date +%s) - began)) s in all"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}

# Adds up Automake's summary of a log.
count_automake()
{
	_counts=$(awk '/^# (PASS|SKIP|FAIL|XPASS|ERROR): / { n[$2] += $3 }
		END { printf "%d %d %d", n["PASS:"], n["FAIL:"] + n["ERROR:"] + n["XPASS:"], n["SKIP:"] }' "$logs/$1.log")
	add $_counts
}

# The last line of tests/lib/taprun.py; none when it did not come so far.
count_taprun()
{
	_counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$logs/$1.log" | tail -n 1)
	add ${_counts:-0 1 0}
}

add()
{
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
	echo "$1 passed, $2 failed, $3 skipped"
}

# units NAME FOLDER CONFIGURE-ARGUMENTS...: builds and runs make check.
units()
{
	_step=$1 _folder=$top/$2
	shift 2
	mkdir -p "$_folder"
	must "$_step-configure" 120 sh -c 'cd "$1" && shift && ../configure "$@"' sh "$_folder" "$@"
	must "$_step-build" 400 make -C "$_folder" -j "$jobs"
	_before=$failed
	step "$_step-check" 400 make -C "$_folder" -j "$jobs" check
	_status=$?
	count_automake "$_step-check"
	if [ "$_status" -ne 0 ] && [ "$failed" -eq "$_before" ]; then
		failed=$((failed + 1))
	fi
}

real()
{
	step "$1" "$2" make -C "$top/build-test" "$1" TAPRUN_FLAGS=--strict
	count_taprun "$1"
}

# A minute of each fuzz target, when clang is there.
fuzz()
{
	command -v clang-14 >/dev/null || return 0
	mkdir -p "$top/build-test-fuzz"
	must fuzz-configure 120 sh -c 'cd "$1" && CC=clang-14 ../configure --enable-fuzzers --enable-sanitizers' sh \
		"$top/build-test-fuzz"
	for _target in $(sed -n 's/^\(fuzz_[a-z_]*\)_SOURCES = .*/\1/p' "$top"/src/*/local.mk "$top/tests/local.mk" | sort -u); do
		_program=fuzz-${_target#fuzz_}
		must "$_program-build" 300 make -C "$top/build-test-fuzz" -j "$jobs" "$_program"
		mkdir -p "$top/build-test-fuzz/corpus/$_program"
		if step "$_program" 120 "$top/build-test-fuzz/$_program" -max_total_time=60 \
			"$top/build-test-fuzz/corpus/$_program" "$top/tests/fuzz/corpus/${_program#fuzz-}"; then
			add 1 0 0
		else
			add 0 1 0
		fi
	done
}

# Debian's kernels in an emulated machine: where they cannot be had, that is said and counted as skipped.
other_kernels()
{
	# shellcheck disable=SC2086 # words
	install_packages $PACKAGES_QEMU || { add 0 0 1; return; }
	step check-qemu 3600 make -C "$top/build-test" check-qemu
	count_taprun check-qemu
}

case ${1:-} in
'') ;;
--full) full=1 ;;
*) echo "usage: test.sh [--full]" >&2; exit 2 ;;
esac
began=$(date +%s)
[ "$(id -u)" -eq 0 ] || { echo "test.sh: root is needed" >&2; exit 77; }
mkdir -p "$logs"
say "packages"
# shellcheck disable=SC2086 # words
install_packages $PACKAGES_BUILD $PACKAGES_TEST $PACKAGES_DOCKER $PACKAGES_PODMAN || {
	echo "the packages could not be installed"
	failed=1
	finish
}
must autoreconf 120 sh -c 'cd "$1" && autoreconf -fi' sh "$top"
units plain build-test --enable-werror
units sanitized build-test-asan --enable-werror --enable-sanitizers --with-hyperscan=no
if [ "$full" -eq 1 ]; then
	export LW_FULL=1 LW_FIRST=300
	fuzz
fi
real check-kernel 1500
real check-containers 1500
[ "$full" -eq 0 ] || other_kernels
finish
