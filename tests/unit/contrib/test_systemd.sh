#!/bin/sh
# systemd takes the unit without a complaint, and nothing in it hides the host's mounts or processes from the gate.
unit=${builddir:-.}/contrib/systemd/layerwatchd.service
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

tell()
{
	if [ "$2" = 0 ]; then
		echo "ok $1 - $3"
	else
		echo "not ok $1 - $3"
		failed=1
	fi
}

if command -v systemd-analyze >/dev/null; then
	sed "s|^ExecStart=.*/|ExecStart=$(cd "${builddir:-.}" && pwd)/|" "$unit" >"$folder/layerwatchd.service"
	said=$(systemd-analyze verify --man=no --recursive-errors=no "$folder/layerwatchd.service" 2>&1)
	[ $? = 0 ] && [ -z "$said" ]
	tell 1 $? "systemd_takes_the_unit"
	[ -z "$said" ] || printf '%s\n' "$said" | sed 's/^/# /'
else
	echo "ok 1 - systemd_takes_the_unit # SKIP systemd-analyze is not there"
fi
! grep -qE '^(Private|Protect|ReadOnly|ReadWrite|Inaccessible|Bind|Root|Temporary|DynamicUser|MountFlags|Mount)' "$unit"
tell 2 $? "the_unit_keeps_the_hosts_namespaces"
grep -qx "ExecStart=/.*/layerwatchd" "$unit"
tell 3 $? "the_unit_names_the_installed_program"
echo "1..3"
exit $failed
