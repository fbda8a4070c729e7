# rules: detection rules in the Sigma format, compiled to one set, and which of them an execution meets.
noinst_LIBRARIES += librules.a
librules_a_SOURCES = \
	src/rules/build.c src/rules/build.h \
	src/rules/cidr.c src/rules/cidr.h \
	src/rules/condition.c src/rules/condition.h \
	src/rules/detection.c src/rules/detection.h \
	src/rules/encode.c src/rules/encode.h \
	src/rules/evaluate.c \
	src/rules/expr.c src/rules/expr.h \
	src/rules/field.c src/rules/field.h \
	src/rules/fold.c src/rules/fold.h \
	src/rules/grow.h \
	src/rules/item.c src/rules/item.h \
	src/rules/lists.c src/rules/lists.h \
	src/rules/search.h \
	src/rules/load.c \
	src/rules/modifier.c src/rules/modifier.h \
	src/rules/pattern.c src/rules/pattern.h \
	src/rules/regex.c src/rules/regex.h \
	src/rules/regex_literal.c src/rules/regex_literal.h \
	src/rules/rule.c src/rules/rule.h \
	src/rules/rules.h \
	src/rules/set.c src/rules/set.h \
	src/rules/wildcard.c src/rules/wildcard.h
if WITH_HYPERSCAN
librules_a_SOURCES += src/rules/search-hyperscan.c
else
librules_a_SOURCES += src/rules/search-plain.c
endif
librules_a_CPPFLAGS = $(AM_CPPFLAGS) $(PCRE2_CFLAGS) $(HYPERSCAN_CFLAGS)
RULES_LIBS = librules.a $(YAMLX_LIBS) $(BASE_LIBS) $(PCRE2_LIBS) $(HYPERSCAN_LIBS)
EXTRA_DIST += src/rules/search-hyperscan.c src/rules/search-plain.c

rules_tests = test-rules-cidr test-rules-condition test-rules-encode test-rules-fold \
	test-rules-regex test-rules-rules test-rules-search test-rules-wildcard
check_PROGRAMS += $(rules_tests)
TESTS += $(rules_tests)
test_rules_cidr_SOURCES = tests/unit/rules/test_cidr.c
test_rules_cidr_CFLAGS = $(TEST_CFLAGS)
test_rules_cidr_LDADD = $(RULES_LIBS) $(CMOCKA_LIBS)
test_rules_condition_SOURCES = tests/unit/rules/test_condition.c
test_rules_condition_CFLAGS = $(TEST_CFLAGS)
test_rules_condition_LDADD = $(RULES_LIBS) $(CMOCKA_LIBS)
test_rules_encode_SOURCES = tests/unit/rules/test_encode.c
test_rules_encode_CFLAGS = $(TEST_CFLAGS)
test_rules_encode_LDADD = $(RULES_LIBS) $(CMOCKA_LIBS)
test_rules_fold_SOURCES = tests/unit/rules/test_fold.c
test_rules_fold_CFLAGS = $(TEST_CFLAGS)
test_rules_fold_LDADD = $(RULES_LIBS) $(CMOCKA_LIBS)
test_rules_regex_SOURCES = tests/unit/rules/test_regex.c
test_rules_regex_CFLAGS = $(TEST_CFLAGS)
test_rules_regex_LDADD = $(RULES_LIBS) $(CMOCKA_LIBS)
test_rules_rules_SOURCES = tests/unit/rules/test_rules.c
test_rules_rules_CFLAGS = $(TEST_CFLAGS)
test_rules_rules_LDADD = $(PROC_LIBS) $(RULES_LIBS) $(CMOCKA_LIBS)
test_rules_search_SOURCES = tests/unit/rules/test_search.c
test_rules_search_CFLAGS = $(TEST_CFLAGS)
test_rules_search_LDADD = $(RULES_LIBS) $(CMOCKA_LIBS)
test_rules_wildcard_SOURCES = tests/unit/rules/test_wildcard.c
test_rules_wildcard_CFLAGS = $(TEST_CFLAGS)
test_rules_wildcard_LDADD = $(RULES_LIBS) $(CMOCKA_LIBS)

rules_fuzzers = fuzz-rules fuzz-condition fuzz-search
check_PROGRAMS += $(rules_fuzzers)
TESTS += $(rules_fuzzers)
fuzz_rules_SOURCES = tests/fuzz/fuzz_rules.c
fuzz_rules_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_rules_LDADD = $(RULES_LIBS)
fuzz_condition_SOURCES = tests/fuzz/fuzz_condition.c
fuzz_condition_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_condition_LDADD = $(RULES_LIBS)
fuzz_search_SOURCES = tests/fuzz/fuzz_search.c
fuzz_search_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_search_LDADD = $(RULES_LIBS)
if !FUZZERS
fuzz_rules_SOURCES += $(FUZZ_REPLAY)
fuzz_condition_SOURCES += $(FUZZ_REPLAY)
fuzz_search_SOURCES += $(FUZZ_REPLAY)
endif
