#!/bin/sh
# The man page describes every property that a finding can have: those of finding.schema.json, which
# the tests of report hold findings against.
srcdir=${srcdir:-.}
page=$srcdir/src/report/layerwatch-findings.5
schema=$srcdir/tests/lib/finding.schema.json
n=0
failed=0

described=$(sed -n 's/^\.It Cm //p' "$page" | tr -s ' ,' '\n' | sort -u)
for property in $(sed -n 's/^\t*"\([A-Z][A-Za-z0-9]*\(_[A-Za-z0-9]*\)*\)": {.*/\1/p' "$schema" | sort -u); do
	n=$((n + 1))
	if printf '%s\n' "$described" | grep -qx "$property"; then
		echo "ok $n - $property is described"
	else
		echo "not ok $n - $property is described"
		failed=1
	fi
done
[ "$n" -gt 50 ] || failed=1
echo "1..$n"
exit $failed
