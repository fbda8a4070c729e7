# engine: whose container an overlay is, by the state files of the container engines.
noinst_LIBRARIES += libengine.a
libengine_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
libengine_a_SOURCES = \
	src/engine/bolt.c src/engine/bolt.h \
	src/engine/containerd.c \
	src/engine/docker.c \
	src/engine/engine.c src/engine/engine.h src/engine/engine_row.h \
	src/engine/json_file.c src/engine/json_file.h \
	src/engine/podman.c \
	src/engine/sqlite_file.c src/engine/sqlite_file.h
ENGINE_LIBS = libengine.a $(BASE_LIBS) $(JANSSON_LIBS)

engine_tests = test-engine-engine test-engine-bolt test-engine-sqlite_file
check_PROGRAMS += $(engine_tests)
TESTS += $(engine_tests)
test_engine_engine_SOURCES = tests/unit/engine/test_engine.c
test_engine_engine_CFLAGS = $(TEST_CFLAGS)
test_engine_engine_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
test_engine_bolt_SOURCES = tests/unit/engine/test_bolt.c
test_engine_bolt_CFLAGS = $(TEST_CFLAGS)
test_engine_bolt_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
test_engine_sqlite_file_SOURCES = tests/unit/engine/test_sqlite_file.c
test_engine_sqlite_file_CFLAGS = $(TEST_CFLAGS)
test_engine_sqlite_file_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/unit/engine/recorded tests/unit/engine/sqlite

check_PROGRAMS += fuzz-bolt fuzz-sqlite_file
TESTS += fuzz-bolt fuzz-sqlite_file
fuzz_bolt_SOURCES = tests/fuzz/fuzz_bolt.c
fuzz_sqlite_file_SOURCES = tests/fuzz/fuzz_sqlite_file.c
if !FUZZERS
fuzz_bolt_SOURCES += $(FUZZ_REPLAY)
fuzz_sqlite_file_SOURCES += $(FUZZ_REPLAY)
endif
fuzz_bolt_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_bolt_LDADD = $(ENGINE_LIBS)
fuzz_sqlite_file_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_sqlite_file_LDADD = $(ENGINE_LIBS)
