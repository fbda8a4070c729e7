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

rules_tests = test-rules-rules
check_PROGRAMS += $(rules_tests)
TESTS += $(rules_tests)
test_rules_rules_SOURCES = tests/unit/rules/test_rules.c
test_rules_rules_CFLAGS = $(TEST_CFLAGS)
test_rules_rules_LDADD = $(RULES_LIBS) $(CMOCKA_LIBS)
