#!/bin/sh
# The man pages beside the configuration are free of mandoc's warnings.
pages="$srcdir"/conf/*.5
count=0
if ! command -v mandoc >/dev/null; then
	echo "1..0 # SKIP mandoc is not installed"
	exit 0
fi
for page in $pages; do
	count=$((count + 1))
	if found=$(mandoc -T lint -W warning "$page" 2>&1); then
		echo "ok $count - ${page##*/}"
	else
		echo "$found" | sed 's/^/# /'
		echo "not ok $count - ${page##*/}"
	fi
done
echo "1..$count"
