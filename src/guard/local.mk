# guard -> layerwatchd
noinst_LIBRARIES += libguard.a
libguard_a_SOURCES = \
	src/guard/children.c src/guard/children.h \
	src/guard/commands.c src/guard/commands.h \
	src/guard/config.c src/guard/config.h \
	src/guard/confine.c src/guard/confine.h \
	src/guard/control.c src/guard/control.h \
	src/guard/exit.h \
	src/guard/guard.c src/guard/guard.h \
	src/guard/hear.c src/guard/hear.h \
	src/guard/logs.c src/guard/logs.h \
	src/guard/options.c src/guard/options.h \
	src/guard/peers.c src/guard/peers.h \
	src/guard/reload.c src/guard/reload.h \
	src/guard/sinks.c src/guard/sinks.h \
	src/guard/speak.c src/guard/speak.h \
	src/guard/start.c src/guard/start.h \
	src/guard/watchdog.c src/guard/watchdog.h
GUARD_LIBS = libguard.a libpolicy.a $(YAMLX_LIBS) $(PROC_LIBS)

sbin_PROGRAMS += layerwatchd
layerwatchd_SOURCES = src/guard/main.c
layerwatchd_LDADD = $(GUARD_LIBS)

check_PROGRAMS += test-guard-guard test-guard-reload guard-fake
TESTS += test-guard-guard test-guard-reload
guard_fake_SOURCES = tests/unit/guard/fake.c
guard_fake_LDADD = $(PROC_LIBS)
test_guard_guard_SOURCES = tests/unit/guard/test_guard.c tests/unit/guard/rig.c tests/unit/guard/rig.h
test_guard_guard_CFLAGS = $(TEST_CFLAGS)
test_guard_guard_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_test_guard_guard_DEPENDENCIES = layerwatchd guard-fake
test_guard_reload_SOURCES = tests/unit/guard/test_reload.c tests/unit/guard/rig.c tests/unit/guard/rig.h
test_guard_reload_CFLAGS = $(TEST_CFLAGS)
test_guard_reload_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
EXTRA_test_guard_reload_DEPENDENCIES = layerwatchd guard-fake

dist_man_MANS += src/guard/layerwatchd.8

check_PROGRAMS += test-guard-options test-guard-control test-guard-logs test-guard-config
TESTS += test-guard-options test-guard-control test-guard-logs test-guard-config
test_guard_options_SOURCES = tests/unit/guard/test_options.c
test_guard_options_CFLAGS = $(TEST_CFLAGS)
test_guard_options_LDADD = $(GUARD_LIBS) $(CMOCKA_LIBS)
test_guard_control_SOURCES = tests/unit/guard/test_control.c
test_guard_control_CFLAGS = $(TEST_CFLAGS)
test_guard_control_LDADD = $(GUARD_LIBS) $(CMOCKA_LIBS)
test_guard_logs_SOURCES = tests/unit/guard/test_logs.c
test_guard_logs_CFLAGS = $(TEST_CFLAGS)
test_guard_logs_LDADD = $(GUARD_LIBS) $(CMOCKA_LIBS)
test_guard_config_SOURCES = tests/unit/guard/test_config.c
test_guard_config_CFLAGS = $(TEST_CFLAGS)
test_guard_config_LDADD = $(GUARD_LIBS) $(CMOCKA_LIBS)
