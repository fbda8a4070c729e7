noinst_LIBRARIES += libbase.a
libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(XXHASH_CFLAGS) $(CRYPTO_CFLAGS)
libbase_a_SOURCES = \
	src/base/digest.c src/base/digest.h \
	src/base/json.c src/base/json.h \
	src/base/log.c src/base/log.h \
	src/base/loop.c src/base/loop.h \
	src/base/reader.c src/base/reader.h \
	src/base/text.c src/base/text.h \
	src/base/util.c src/base/util.h \
	src/base/words.c \
	src/base/xxh.c src/base/xxh.h
BASE_LIBS = libbase.a $(XXHASH_LIBS) $(CRYPTO_LIBS)

libbase_a_SOURCES += src/base/interpreter.c
noinst_HEADERS += include/layerwatch/interpreter.h
check_PROGRAMS += test-base-interpreter
TESTS += test-base-interpreter
test_base_interpreter_SOURCES = tests/unit/base/test_interpreter.c
test_base_interpreter_CFLAGS = $(TEST_CFLAGS)
test_base_interpreter_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-base-words
TESTS += test-base-words
test_base_words_SOURCES = tests/unit/base/test_words.c
test_base_words_CFLAGS = $(TEST_CFLAGS)
test_base_words_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
