noinst_LIBRARIES += libbase.a
libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(XXHASH_CFLAGS) $(CRYPTO_CFLAGS) $(ZLIB_CFLAGS)
libbase_a_SOURCES = \
	src/base/address.c src/base/address.h \
	src/base/digest.c src/base/digest.h \
	src/base/inflate.c src/base/inflate.h \
	src/base/json.c src/base/json.h \
	src/base/log.c src/base/log.h \
	src/base/loop.c src/base/loop.h \
	src/base/mitre.c \
	src/base/reader.c src/base/reader.h \
	src/base/text.c src/base/text.h \
	src/base/util.c src/base/util.h \
	src/base/words.c \
	src/base/xxh.c src/base/xxh.h
BASE_LIBS = libbase.a $(XXHASH_LIBS) $(CRYPTO_LIBS) $(ZLIB_LIBS)

libbase_a_SOURCES += src/base/interpreter.c src/base/interpreters.c \
	src/base/interpreter_longs.c src/base/interpreter_longs.h
noinst_HEADERS += include/layerwatch/interpreter.h
libbase_a_SOURCES += src/base/shebang.c src/base/shebang.h
check_PROGRAMS += test-base-address
TESTS += test-base-address
test_base_address_SOURCES = tests/unit/base/test_address.c
test_base_address_CFLAGS = $(TEST_CFLAGS)
test_base_address_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += test-base-shebang
TESTS += test-base-shebang
test_base_shebang_SOURCES = tests/unit/base/test_shebang.c
test_base_shebang_CFLAGS = $(TEST_CFLAGS)
test_base_shebang_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += test-base-interpreter
TESTS += test-base-interpreter
test_base_interpreter_SOURCES = tests/unit/base/test_interpreter.c
test_base_interpreter_CFLAGS = $(TEST_CFLAGS)
test_base_interpreter_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-base-digest test-base-inflate test-base-json test-base-log test-base-loop \
	test-base-reader test-base-text test-base-util test-base-words
TESTS += test-base-digest test-base-inflate test-base-json test-base-log test-base-loop \
	test-base-reader test-base-text test-base-util test-base-words
test_base_digest_SOURCES = tests/unit/base/test_digest.c
test_base_digest_CFLAGS = $(TEST_CFLAGS)
test_base_digest_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
test_base_inflate_SOURCES = tests/unit/base/test_inflate.c
test_base_inflate_CFLAGS = $(TEST_CFLAGS)
test_base_inflate_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
test_base_json_SOURCES = tests/unit/base/test_json.c
test_base_json_CFLAGS = $(TEST_CFLAGS)
test_base_json_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
test_base_log_SOURCES = tests/unit/base/test_log.c
test_base_log_CFLAGS = $(TEST_CFLAGS)
test_base_log_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
test_base_loop_SOURCES = tests/unit/base/test_loop.c
test_base_loop_CFLAGS = $(TEST_CFLAGS)
test_base_loop_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
test_base_reader_SOURCES = tests/unit/base/test_reader.c
test_base_reader_CFLAGS = $(TEST_CFLAGS)
test_base_reader_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
test_base_text_SOURCES = tests/unit/base/test_text.c
test_base_text_CFLAGS = $(TEST_CFLAGS)
test_base_text_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
test_base_util_SOURCES = tests/unit/base/test_util.c
test_base_util_CFLAGS = $(TEST_CFLAGS)
test_base_util_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
test_base_words_SOURCES = tests/unit/base/test_words.c
test_base_words_CFLAGS = $(TEST_CFLAGS)
test_base_words_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += fuzz-json
TESTS += fuzz-json
fuzz_json_SOURCES = tests/fuzz/fuzz_json.c
if !FUZZERS
fuzz_json_SOURCES += $(FUZZ_REPLAY)
endif
fuzz_json_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_json_LDADD = $(BASE_LIBS)

check_PROGRAMS += fuzz-reader
TESTS += fuzz-reader
fuzz_reader_SOURCES = tests/fuzz/fuzz_reader.c
if !FUZZERS
fuzz_reader_SOURCES += $(FUZZ_REPLAY)
endif
fuzz_reader_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_reader_LDADD = $(BASE_LIBS)

check_PROGRAMS += fuzz-text
TESTS += fuzz-text
fuzz_text_SOURCES = tests/fuzz/fuzz_text.c
if !FUZZERS
fuzz_text_SOURCES += $(FUZZ_REPLAY)
endif
fuzz_text_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_text_LDADD = $(BASE_LIBS)

libbase_a_SOURCES += src/base/kernel.c src/base/kernel.h
check_PROGRAMS += test-base-kernel
TESTS += test-base-kernel
test_base_kernel_SOURCES = tests/unit/base/test_kernel.c
test_base_kernel_CFLAGS = $(TEST_CFLAGS)
test_base_kernel_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-base-mitre
TESTS += test-base-mitre
test_base_mitre_SOURCES = tests/unit/base/test_mitre.c
test_base_mitre_CFLAGS = $(TEST_CFLAGS)
test_base_mitre_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
