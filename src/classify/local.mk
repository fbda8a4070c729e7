# classify: bytes -> assessment. Its parsers touch what is hostile, in a process that can do nothing else.
noinst_LIBRARIES += libclassify.a
libclassify_a_SOURCES = \
	src/classify/hashset.c \
	src/classify/hashset.h \
	src/classify/hashset_build.c \
	src/classify/hashset_format.h
CLASSIFY_LIBS = libclassify.a $(POLICY_LIBS) $(PROC_LIBS)

classify_tests = test-classify-hashset
check_PROGRAMS += $(classify_tests)
TESTS += $(classify_tests)
test_classify_hashset_SOURCES = tests/unit/classify/test_hashset.c
test_classify_hashset_CFLAGS = $(TEST_CFLAGS)
test_classify_hashset_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)

classify_fuzzers = fuzz-hashset
check_PROGRAMS += $(classify_fuzzers)
TESTS += $(classify_fuzzers)
fuzz_hashset_SOURCES = tests/fuzz/fuzz_hashset.c
fuzz_hashset_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_hashset_LDADD = $(CLASSIFY_LIBS)
if !FUZZERS
fuzz_hashset_SOURCES += $(FUZZ_REPLAY)
endif
