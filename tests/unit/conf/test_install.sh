#!/bin/sh
# "make install" and "make uninstall" never lose what somebody wrote into layerwatch.yaml.
ours=${srcdir:-.}/conf/layerwatch.yaml
root=$(mktemp -d) || exit 1
trap 'rm -rf "$root"' EXIT
at=$root/etc/layerwatch/layerwatch.yaml
n=0
failed=0

tell()
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

target()
{
	MAKEFLAGS='' MFLAGS='' "${MAKE:-make}" -s -C "${builddir:-.}" DESTDIR="$root" lwconfdir=/etc/layerwatch "$1" 2>&1
}

said=$(target install-policy)
[ -z "$said" ] && cmp -s "$ours" "$at" && [ ! -e "$at.new" ]
tell $? "the_first_install_brings_the_policy"
said=$(target install-policy)
[ -z "$said" ] && cmp -s "$ours" "$at" && [ ! -e "$at.new" ]
tell $? "a_policy_that_nobody_edited_stays_alone"

echo "# edited" >>"$at"
said=$(target install-policy)
[ "$(tail -n 1 "$at")" = "# edited" ] && cmp -s "$ours" "$at.new"
tell $? "an_edited_policy_is_kept"
case $said in
*"layerwatch.yaml is kept: the default policy is in "*".new") true ;;
*) false ;;
esac
tell $? "and_it_is_said_where_the_default_is"
said=$(target uninstall-policy)
[ "$(tail -n 1 "$at")" = "# edited" ] && [ ! -e "$at.new" ]
tell $? "uninstall_leaves_an_edited_policy"

cp "$ours" "$at"
said=$(target install-policy; target uninstall-policy)
[ -z "$said" ] && [ ! -e "$at" ]
tell $? "uninstall_takes_back_its_own"
echo "1..$n"
exit $failed
