#!/bin/sh
# The man page names every command and every option that `layerwatch help` shows.
srcdir=${srcdir:-.}
page=$srcdir/src/ctl/layerwatch.1
layerwatch=${builddir:-.}/layerwatch
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

names=$("$layerwatch" help | sed -n 's/^  \([a-z][a-z]*\( [a-z][a-z]*\)\{0,1\}\)  .*/\1/p')
[ -n "$names" ]
tell $? "layerwatch help lists commands"
old_ifs=$IFS
IFS='
'
for name in $names; do
	grep -q "^\.It Cm $name" "$page"
	tell $? "$name is described"
	IFS=$old_ifs
	# shellcheck disable=SC2086
	options=$("$layerwatch" help $name | grep -o -e '--[a-z][a-z0-9-]*' | sort -u)
	IFS='
'
	for option in $options; do
		grep -q -e "Fl -${option#--}\\b" "$page"
		tell $? "$name $option is described"
	done
done
echo "1..$n"
exit $failed
