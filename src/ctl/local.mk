# ctl: the command line, layerwatch(1).
noinst_LIBRARIES += libctl.a
libctl_a_SOURCES = \
	src/ctl/asked.c src/ctl/asked.h \
	src/ctl/classify.c src/ctl/classify.h \
	src/ctl/classify_samples.c \
	src/ctl/client.c src/ctl/client.h \
	src/ctl/command.c src/ctl/command.h \
	src/ctl/containers.c \
	src/ctl/doctor.c src/ctl/doctor.h \
	src/ctl/doctor_daemon.c \
	src/ctl/doctor_fanotify.c \
	src/ctl/doctor_probe.c \
	src/ctl/doctor_system.c \
	src/ctl/execution_json.c src/ctl/execution_json.h \
	src/ctl/hashset.c \
	src/ctl/pause.c \
	src/ctl/policy_check.c \
	src/ctl/policy_explain.c \
	src/ctl/readable.c src/ctl/readable.h \
	src/ctl/rules.c src/ctl/rules.h \
	src/ctl/rules_check.c \
	src/ctl/rules_test.c \
	src/ctl/status.c \
	src/ctl/tail.c \
	src/ctl/tree.c src/ctl/tree.h
CTL_LIBS = libctl.a $(CLASSIFY_LIBS)

bin_PROGRAMS += layerwatch
layerwatch_SOURCES = src/ctl/main.c
layerwatch_LDADD = $(CTL_LIBS)

dist_man_MANS += src/ctl/layerwatch.1
dist_check_SCRIPTS += tests/unit/ctl/check_man.sh
TESTS += tests/unit/ctl/check_man.sh

ctl_tests = test-ctl-tree test-ctl-readable test-ctl-asked test-ctl-command test-ctl-classify \
	test-ctl-rules test-ctl-rules-spec
check_PROGRAMS += $(ctl_tests)
TESTS += $(ctl_tests)
test_ctl_tree_SOURCES = tests/unit/ctl/test_tree.c
test_ctl_tree_CFLAGS = $(TEST_CFLAGS)
test_ctl_tree_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
test_ctl_readable_SOURCES = tests/unit/ctl/test_readable.c
test_ctl_readable_CFLAGS = $(TEST_CFLAGS)
test_ctl_readable_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
test_ctl_asked_SOURCES = tests/unit/ctl/test_asked.c
test_ctl_asked_CFLAGS = $(TEST_CFLAGS)
test_ctl_asked_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
test_ctl_command_SOURCES = tests/unit/ctl/test_command.c
test_ctl_command_CFLAGS = $(TEST_CFLAGS)
test_ctl_command_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)

test_ctl_classify_SOURCES = tests/unit/ctl/test_classify.c
test_ctl_classify_CFLAGS = $(TEST_CFLAGS)
test_ctl_classify_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
test_ctl_rules_SOURCES = tests/unit/ctl/test_rules.c
test_ctl_rules_CFLAGS = $(TEST_CFLAGS)
test_ctl_rules_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
test_ctl_rules_spec_SOURCES = tests/unit/ctl/test_rules_spec.c
test_ctl_rules_spec_CFLAGS = $(TEST_CFLAGS)
test_ctl_rules_spec_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/rules-spec/conditions.yml tests/rules-spec/keywords.yml \
	tests/rules-spec/modifiers.yml tests/rules-spec/refused.yml \
	tests/rules-spec/spec.lists.yaml tests/rules-spec/values.yml tests/rules-spec/wildcards.yml

check_PROGRAMS += fuzz-tree
TESTS += fuzz-tree
fuzz_tree_SOURCES = tests/fuzz/fuzz_tree.c
if !FUZZERS
fuzz_tree_SOURCES += $(FUZZ_REPLAY)
endif
fuzz_tree_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_tree_LDADD = $(CTL_LIBS)

check_PROGRAMS += fuzz-rules_event
TESTS += fuzz-rules_event
fuzz_rules_event_SOURCES = tests/fuzz/fuzz_rules_event.c
if !FUZZERS
fuzz_rules_event_SOURCES += $(FUZZ_REPLAY)
endif
fuzz_rules_event_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_rules_event_LDADD = $(CTL_LIBS)
