noinst_LIBRARIES += libgate.a
libgate_a_SOURCES = \
	src/gate/cache.c src/gate/cache.h \
	src/gate/follower.c src/gate/follower.h \
	src/gate/discover.c src/gate/discover.h \
	src/gate/fatal.c src/gate/fatal.h \
	src/gate/ask.c src/gate/ask.h \
	src/gate/behave.c src/gate/behave.h \
	src/gate/flight.c src/gate/flight.h \
	src/gate/gate.c src/gate/gate.h \
	src/gate/group.c src/gate/group.h \
	src/gate/handle.c src/gate/handle.h \
	src/gate/layer.c src/gate/layer.h \
	src/gate/mountinfo.c src/gate/mountinfo.h \
	src/gate/namespace.c src/gate/namespace.h \
	src/gate/opening.c src/gate/opening.h \
	src/gate/parent.c src/gate/parent.h \
	src/gate/place.c src/gate/place.h \
	src/gate/pool.c src/gate/pool.h \
	src/gate/real.c src/gate/real.h \
	src/gate/runtime.c src/gate/runtime.h \
	src/gate/statmount.c src/gate/statmount.h \
	src/gate/subject.c src/gate/subject_policy.c src/gate/subject.h \
	src/gate/superblock.c src/gate/superblock.h \
	src/gate/tell.c src/gate/tell.h \
	src/gate/verify.c src/gate/verify.h \
	src/gate/walk.c src/gate/walk.h \
	src/gate/watch.c src/gate/watch.h
GATE_LIBS = libgate.a $(POLICY_LIBS) $(PROC_LIBS)

pkglibexec_PROGRAMS += layerwatch-gate
layerwatch_gate_SOURCES = src/gate/main.c
layerwatch_gate_LDADD = $(GATE_LIBS)

check_PROGRAMS += test-gate-mountinfo test-gate-handle test-gate-cache fuzz-mountinfo fuzz-handle
TESTS += test-gate-mountinfo test-gate-handle test-gate-cache fuzz-mountinfo fuzz-handle

test_gate_mountinfo_SOURCES = tests/unit/gate/test_mountinfo.c
test_gate_mountinfo_CFLAGS = $(TEST_CFLAGS)
test_gate_mountinfo_LDADD = libgate.a $(BASE_LIBS) $(CMOCKA_LIBS)

test_gate_handle_SOURCES = tests/unit/gate/test_handle.c
test_gate_handle_CFLAGS = $(TEST_CFLAGS)
test_gate_handle_LDADD = libgate.a $(BASE_LIBS) $(CMOCKA_LIBS)

test_gate_cache_SOURCES = tests/unit/gate/test_cache.c
test_gate_cache_CFLAGS = $(TEST_CFLAGS)
test_gate_cache_LDADD = libgate.a $(BASE_LIBS) $(CMOCKA_LIBS)

fuzz_mountinfo_SOURCES = tests/fuzz/fuzz_mountinfo.c
fuzz_handle_SOURCES = tests/fuzz/fuzz_handle.c
if !FUZZERS
fuzz_mountinfo_SOURCES += $(FUZZ_REPLAY)
fuzz_handle_SOURCES += $(FUZZ_REPLAY)
endif
fuzz_mountinfo_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_mountinfo_LDADD = libgate.a $(BASE_LIBS)
fuzz_handle_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_handle_LDADD = libgate.a $(BASE_LIBS)

check_PROGRAMS += test-gate-layer
TESTS += test-gate-layer
test_gate_layer_SOURCES = tests/unit/gate/test_layer.c
test_gate_layer_CFLAGS = $(TEST_CFLAGS)
test_gate_layer_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-pool
TESTS += test-gate-pool
test_gate_pool_SOURCES = tests/unit/gate/test_pool.c
test_gate_pool_CFLAGS = $(TEST_CFLAGS)
test_gate_pool_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-fatal
TESTS += test-gate-fatal
test_gate_fatal_SOURCES = tests/unit/gate/test_fatal.c
test_gate_fatal_CFLAGS = $(TEST_CFLAGS)
test_gate_fatal_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-follower
TESTS += test-gate-follower
test_gate_follower_SOURCES = tests/unit/gate/test_follower.c
test_gate_follower_CFLAGS = $(TEST_CFLAGS)
test_gate_follower_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-ask
TESTS += test-gate-ask
test_gate_ask_SOURCES = tests/unit/gate/test_ask.c tests/unit/gate/rig.c tests/unit/gate/rig.h
test_gate_ask_CFLAGS = $(TEST_CFLAGS)
test_gate_ask_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += test-gate-behave
TESTS += test-gate-behave
test_gate_behave_SOURCES = tests/unit/gate/test_behave.c tests/unit/gate/rig.c tests/unit/gate/rig.h
test_gate_behave_CFLAGS = $(TEST_CFLAGS)
test_gate_behave_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-flight
TESTS += test-gate-flight
test_gate_flight_SOURCES = tests/unit/gate/test_flight.c tests/unit/gate/rig.c tests/unit/gate/rig.h
test_gate_flight_CFLAGS = $(TEST_CFLAGS)
test_gate_flight_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-gate
TESTS += test-gate-gate
test_gate_gate_SOURCES = tests/unit/gate/test_gate.c tests/unit/gate/rig.c tests/unit/gate/rig.h
test_gate_gate_CFLAGS = $(TEST_CFLAGS)
test_gate_gate_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-place
TESTS += test-gate-place
test_gate_place_SOURCES = tests/unit/gate/test_place.c tests/unit/gate/overlay.c tests/unit/gate/overlay.h
test_gate_place_CFLAGS = $(TEST_CFLAGS)
test_gate_place_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-superblock
TESTS += test-gate-superblock
test_gate_superblock_SOURCES = tests/unit/gate/test_superblock.c
test_gate_superblock_CFLAGS = $(TEST_CFLAGS)
test_gate_superblock_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-group
TESTS += test-gate-group
test_gate_group_SOURCES = tests/unit/gate/test_group.c
test_gate_group_CFLAGS = $(TEST_CFLAGS)
test_gate_group_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-walk
TESTS += test-gate-walk
test_gate_walk_SOURCES = tests/unit/gate/test_walk.c
test_gate_walk_CFLAGS = $(TEST_CFLAGS)
test_gate_walk_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-discover
TESTS += test-gate-discover
test_gate_discover_SOURCES = tests/unit/gate/test_discover.c tests/unit/gate/overlay.c tests/unit/gate/overlay.h
test_gate_discover_CFLAGS = $(TEST_CFLAGS)
test_gate_discover_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-runtime
TESTS += test-gate-runtime
test_gate_runtime_SOURCES = tests/unit/gate/test_runtime.c
test_gate_runtime_CFLAGS = $(TEST_CFLAGS)
test_gate_runtime_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-watch
TESTS += test-gate-watch
test_gate_watch_SOURCES = tests/unit/gate/test_watch.c tests/unit/gate/rig.c tests/unit/gate/rig.h
test_gate_watch_CFLAGS = $(TEST_CFLAGS)
test_gate_watch_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-subject
TESTS += test-gate-subject
test_gate_subject_SOURCES = tests/unit/gate/test_subject.c tests/unit/gate/rig.c tests/unit/gate/rig.h
test_gate_subject_CFLAGS = $(TEST_CFLAGS)
test_gate_subject_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-tell
TESTS += test-gate-tell
test_gate_tell_SOURCES = tests/unit/gate/test_tell.c tests/unit/gate/rig.c tests/unit/gate/rig.h
test_gate_tell_CFLAGS = $(TEST_CFLAGS)
test_gate_tell_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-namespace
TESTS += test-gate-namespace
test_gate_namespace_SOURCES = tests/unit/gate/test_namespace.c tests/unit/gate/overlay.c tests/unit/gate/overlay.h
test_gate_namespace_CFLAGS = $(TEST_CFLAGS)
test_gate_namespace_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-parent
TESTS += test-gate-parent
test_gate_parent_SOURCES = tests/unit/gate/test_parent.c tests/unit/gate/overlay.c tests/unit/gate/overlay.h
test_gate_parent_CFLAGS = $(TEST_CFLAGS)
test_gate_parent_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-gate-real
TESTS += test-gate-real
test_gate_real_SOURCES = tests/unit/gate/test_real.c tests/unit/gate/overlay.c tests/unit/gate/overlay.h
test_gate_real_CFLAGS = $(TEST_CFLAGS)
test_gate_real_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)

EXTRA_DIST += src/gate/kernel-facts
check_PROGRAMS += test-gate-verify
TESTS += test-gate-verify
test_gate_verify_SOURCES = tests/unit/gate/test_verify.c
test_gate_verify_CFLAGS = $(TEST_CFLAGS)
test_gate_verify_LDADD = $(GATE_LIBS) $(CMOCKA_LIBS)
