noinst_LIBRARIES += libpolicy.a
libpolicy_a_SOURCES = \
	src/policy/check.c \
	src/policy/custom.c \
	src/policy/custom.h \
	src/policy/describe.h \
	src/policy/dump.c \
	src/policy/eval.c \
	src/policy/files.c \
	src/policy/load.c \
	src/policy/load.h \
	src/policy/match.c \
	src/policy/object.c \
	src/policy/object.h \
	src/policy/pattern.c \
	src/policy/policy.h \
	src/policy/print.c \
	src/policy/print.h \
	src/policy/rule.h \
	src/policy/schema.c \
	src/policy/schema.h \
	src/policy/suggest.c \
	src/policy/value.h \
	src/policy/value_list.c \
	src/policy/value_number.c \
	src/policy/value_text.c \
	src/policy/value_word.c \
	src/policy/rule_files.c \
	src/policy/rule_files.h
POLICY_LIBS = libpolicy.a $(YAMLX_LIBS) $(BASE_LIBS)

check_PROGRAMS += test-policy-custom
TESTS += test-policy-custom
test_policy_custom_SOURCES = tests/unit/policy/test_custom.c tests/unit/policy/loaded.h
test_policy_custom_CFLAGS = $(TEST_CFLAGS)
test_policy_custom_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-policy-load
TESTS += test-policy-load
test_policy_load_SOURCES = tests/unit/policy/test_load.c tests/unit/policy/loaded.h
test_policy_load_CFLAGS = $(TEST_CFLAGS)
test_policy_load_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-policy-eval
TESTS += test-policy-eval
test_policy_eval_SOURCES = tests/unit/policy/test_eval.c tests/unit/policy/loaded.h
test_policy_eval_CFLAGS = $(TEST_CFLAGS)
test_policy_eval_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-policy-dump
TESTS += test-policy-dump
test_policy_dump_SOURCES = tests/unit/policy/test_dump.c tests/unit/policy/loaded.h
test_policy_dump_CFLAGS = $(TEST_CFLAGS)
test_policy_dump_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += fuzz-policy
TESTS += fuzz-policy
fuzz_policy_SOURCES = tests/fuzz/fuzz_policy.c
if !FUZZERS
fuzz_policy_SOURCES += $(FUZZ_REPLAY)
endif
fuzz_policy_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_policy_LDADD = $(POLICY_LIBS)

check_PROGRAMS += test-policy-documents
TESTS += test-policy-documents
test_policy_documents_SOURCES = tests/unit/policy/test_documents.c tests/unit/policy/loaded.h
test_policy_documents_CFLAGS = $(TEST_CFLAGS)
test_policy_documents_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)
