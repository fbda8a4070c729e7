# What layerwatch costs and how fast it decides. The drivers are static and built without instrumentation: their own
# start must not be part of what they measure.
BENCH_DRIVERS = tests/bench/spawner tests/bench/opener tests/bench/listener \
	tests/bench/judge tests/bench/lookups tests/bench/rules
BENCH_MODULES = tests/bench/behaviours.py tests/bench/bench.py tests/bench/hashes.py tests/bench/histogram.py tests/bench/machine.py \
	tests/bench/others.py tests/bench/rows.py tests/bench/scripts.py
BENCH_CFLAGS = -std=gnu11 -O2 -Wall -Wextra
BENCH_FLAGS =
EXTRA_PROGRAMS += $(BENCH_DRIVERS)
CLEANFILES += $(BENCH_DRIVERS) bench.json
EXTRA_DIST += $(BENCH_MODULES)

tests_bench_spawner_SOURCES = tests/bench/spawner.c
tests_bench_spawner_CFLAGS = $(BENCH_CFLAGS)
tests_bench_spawner_LDFLAGS = -static
tests_bench_opener_SOURCES = tests/bench/opener.c
tests_bench_opener_CFLAGS = $(BENCH_CFLAGS)
tests_bench_opener_LDFLAGS = -static
tests_bench_listener_SOURCES = tests/bench/listener.c
tests_bench_listener_CFLAGS = $(BENCH_CFLAGS)
tests_bench_listener_LDFLAGS =
# The code that layerwatch has, not a copy of it.
tests_bench_lookups_SOURCES = tests/bench/lookups.c
tests_bench_lookups_CFLAGS = $(AM_CFLAGS)
tests_bench_lookups_LDADD = $(CLASSIFY_LIBS)

# make bench BENCH_FLAGS=--quick shows that it works, not how fast anything is.
bench: all $(KERNEL_HELPERS) $(BENCH_DRIVERS)
	LW_BUILD=$(abs_builddir) $(PYTHON3) -B $(srcdir)/tests/bench/bench.py $(BENCH_FLAGS)

tests_bench_judge_SOURCES = tests/bench/judge.c
tests_bench_judge_LDADD = $(CLASSIFY_LIBS)

# How fast scripts are judged; needs no root.
bench-judge: tests/bench/judge
	tests/bench/judge $(srcdir)/conf/layerwatch.model /usr/lib/python3*/[a-t]*.py

.PHONY: bench-judge

# How fast executions are looked at by behaviour rules; needs no root.
tests_bench_rules_SOURCES = tests/bench/rules.c
tests_bench_rules_LDADD = $(RULES_LIBS)

bench-rules: tests/bench/rules
	tests/bench/rules $(srcdir)/conf/rules/*.y*ml

.PHONY: bench-rules

KERNEL_TESTS += tests/bench/test_bench.py
EXTRA_DIST += tests/bench/test_bench.py
check-kernel: $(BENCH_DRIVERS)

.PHONY: bench
