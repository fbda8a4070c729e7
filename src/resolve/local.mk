# resolve: what a held task executes, and whose container it is in.
noinst_LIBRARIES += libresolve.a
libresolve_a_SOURCES = \
	src/resolve/ancestors.c src/resolve/ancestors.h \
	src/resolve/arena.c src/resolve/arena.h \
	src/resolve/arguments.c src/resolve/arguments.h \
	src/resolve/environment.c src/resolve/environment.h \
	src/resolve/argv.c src/resolve/argv.h \
	src/resolve/content.c \
	src/resolve/execution.c src/resolve/execution.h src/resolve/job.h \
	src/resolve/further.c src/resolve/further.h \
	src/resolve/loads.c src/resolve/loads.h src/resolve/offer.c src/resolve/offer.h \
	src/resolve/line.c \
	src/resolve/memory.c src/resolve/memory.h \
	src/resolve/module.c src/resolve/module.h \
	src/resolve/open.c src/resolve/open.h \
	src/resolve/opening.c src/resolve/opening.h \
	src/resolve/peer.c src/resolve/peer.h \
	src/resolve/pipe.c src/resolve/pipe.h \
	src/resolve/place.c src/resolve/place.h \
	src/resolve/program.c \
	src/resolve/registers.c src/resolve/registers.h \
	src/resolve/resolve.c src/resolve/resolve.h \
	src/resolve/python.c src/resolve/python.h src/resolve/script.c \
	src/resolve/variables.c src/resolve/variables.h \
	src/resolve/stream.c src/resolve/stream.h \
	src/resolve/task.c src/resolve/task.h \
	src/resolve/walk.c src/resolve/walk.h
RESOLVE_LIBS = libresolve.a libpolicy.a $(YAMLX_LIBS) $(PROC_LIBS) $(ENGINE_LIBS)

pkglibexec_PROGRAMS += layerwatch-resolve
layerwatch_resolve_SOURCES = src/resolve/main.c
layerwatch_resolve_LDADD = $(RESOLVE_LIBS)

resolve_held = tests/unit/resolve/held.c tests/unit/resolve/held.h \
	tests/unit/resolve/asked.c tests/unit/resolve/asked.h
check_PROGRAMS += test-resolve-registers test-resolve-argv test-resolve-execution test-resolve-content test-resolve-serve
TESTS += test-resolve-registers test-resolve-argv test-resolve-execution test-resolve-content test-resolve-serve
test_resolve_registers_SOURCES = tests/unit/resolve/test_registers.c
test_resolve_registers_CFLAGS = $(TEST_CFLAGS)
test_resolve_registers_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
test_resolve_argv_SOURCES = tests/unit/resolve/test_argv.c
test_resolve_argv_CFLAGS = $(TEST_CFLAGS)
test_resolve_argv_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
test_resolve_execution_SOURCES = tests/unit/resolve/test_execution.c $(resolve_held)
test_resolve_execution_CFLAGS = $(TEST_CFLAGS)
test_resolve_execution_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
test_resolve_content_SOURCES = tests/unit/resolve/test_content.c $(resolve_held)
test_resolve_content_CFLAGS = $(TEST_CFLAGS)
test_resolve_content_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
test_resolve_serve_SOURCES = tests/unit/resolve/test_serve.c $(resolve_held)
test_resolve_serve_CFLAGS = $(TEST_CFLAGS)
test_resolve_serve_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
EXTRA_test_resolve_serve_DEPENDENCIES = layerwatch-resolve
check_PROGRAMS += test-resolve-walk
TESTS += test-resolve-walk
test_resolve_walk_SOURCES = tests/unit/resolve/test_walk.c $(resolve_held)
test_resolve_walk_CFLAGS = $(TEST_CFLAGS)
test_resolve_walk_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
if HOST_X86_64
check_PROGRAMS += test-resolve-compat
TESTS += test-resolve-compat
test_resolve_compat_SOURCES = tests/unit/resolve/test_compat.c $(resolve_held)
test_resolve_compat_CFLAGS = $(TEST_CFLAGS)
test_resolve_compat_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
endif
check_PROGRAMS += test-resolve-memory
TESTS += test-resolve-memory
test_resolve_memory_SOURCES = tests/unit/resolve/test_memory.c $(resolve_held)
test_resolve_memory_CFLAGS = $(TEST_CFLAGS)
test_resolve_memory_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += test-resolve-further
TESTS += test-resolve-further
test_resolve_further_SOURCES = tests/unit/resolve/test_further.c $(resolve_held)
test_resolve_further_CFLAGS = $(TEST_CFLAGS)
test_resolve_further_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += test-resolve-module
TESTS += test-resolve-module
test_resolve_module_SOURCES = tests/unit/resolve/test_module.c $(resolve_held)
test_resolve_module_CFLAGS = $(TEST_CFLAGS)
test_resolve_module_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += test-resolve-pipe
TESTS += test-resolve-pipe
test_resolve_pipe_SOURCES = tests/unit/resolve/test_pipe.c $(resolve_held)
test_resolve_pipe_CFLAGS = $(TEST_CFLAGS)
test_resolve_pipe_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += test-resolve-custom
TESTS += test-resolve-custom
test_resolve_custom_SOURCES = tests/unit/resolve/test_custom.c
test_resolve_custom_CFLAGS = $(TEST_CFLAGS)
test_resolve_custom_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += test-resolve-task
TESTS += test-resolve-task
test_resolve_task_SOURCES = tests/unit/resolve/test_task.c
test_resolve_task_CFLAGS = $(TEST_CFLAGS)
test_resolve_task_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += test-resolve-peer
TESTS += test-resolve-peer
test_resolve_peer_SOURCES = tests/unit/resolve/test_peer.c
test_resolve_peer_CFLAGS = $(TEST_CFLAGS)
test_resolve_peer_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += test-resolve-ancestors
TESTS += test-resolve-ancestors
test_resolve_ancestors_SOURCES = tests/unit/resolve/test_ancestors.c $(resolve_held)
test_resolve_ancestors_CFLAGS = $(TEST_CFLAGS)
test_resolve_ancestors_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += fuzz-registers fuzz-argv fuzz-opening fuzz-peer fuzz-status
TESTS += fuzz-registers fuzz-argv fuzz-opening fuzz-peer fuzz-status
fuzz_registers_SOURCES = tests/fuzz/fuzz_registers.c
fuzz_argv_SOURCES = tests/fuzz/fuzz_argv.c
fuzz_opening_SOURCES = tests/fuzz/fuzz_opening.c
fuzz_peer_SOURCES = tests/fuzz/fuzz_peer.c
fuzz_status_SOURCES = tests/fuzz/fuzz_status.c
if !FUZZERS
fuzz_registers_SOURCES += $(FUZZ_REPLAY)
fuzz_argv_SOURCES += $(FUZZ_REPLAY)
fuzz_opening_SOURCES += $(FUZZ_REPLAY)
fuzz_peer_SOURCES += $(FUZZ_REPLAY)
fuzz_status_SOURCES += $(FUZZ_REPLAY)
endif
fuzz_registers_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_registers_LDADD = $(RESOLVE_LIBS)
fuzz_argv_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_argv_LDADD = $(RESOLVE_LIBS)
fuzz_opening_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_opening_LDADD = $(RESOLVE_LIBS)
fuzz_peer_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_peer_LDADD = $(RESOLVE_LIBS)
fuzz_status_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_status_LDADD = $(RESOLVE_LIBS)

check_PROGRAMS += test-resolve-opening
TESTS += test-resolve-opening
test_resolve_opening_SOURCES = tests/unit/resolve/test_opening.c
test_resolve_opening_CFLAGS = $(TEST_CFLAGS)
test_resolve_opening_LDADD = $(RESOLVE_LIBS) $(CMOCKA_LIBS)
