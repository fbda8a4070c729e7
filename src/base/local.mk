noinst_LIBRARIES += libbase.a
libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(XXHASH_CFLAGS) $(CRYPTO_CFLAGS)
libbase_a_SOURCES = \
	src/base/util.h
BASE_LIBS = libbase.a $(XXHASH_LIBS) $(CRYPTO_LIBS)

libbase_a_SOURCES += src/base/interpreter.c
noinst_HEADERS += include/layerwatch/interpreter.h
check_PROGRAMS += test-base-interpreter
TESTS += test-base-interpreter
test_base_interpreter_SOURCES = tests/unit/base/test_interpreter.c
test_base_interpreter_CFLAGS = $(TEST_CFLAGS)
test_base_interpreter_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
