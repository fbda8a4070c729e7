# proc: spawn, sandbox, notify and the life of a child. libcap and libseccomp are used here only.
noinst_LIBRARIES += libproc.a
libproc_a_CPPFLAGS = $(AM_CPPFLAGS) $(CAP_CFLAGS) $(SECCOMP_CFLAGS)
libproc_a_SOURCES = \
	src/proc/args.c \
	src/proc/child.c \
	src/proc/child.h \
	src/proc/confine.h \
	src/proc/connector.c \
	src/proc/connector.h \
	src/proc/landlock.c \
	src/proc/landlock.h \
	src/proc/notify.c \
	src/proc/notify.h \
	src/proc/sandbox.c \
	src/proc/sandbox.h \
	src/proc/spawn.c \
	src/proc/spawn.h
if INSTRUMENTED
libproc_a_SOURCES += src/proc/confine-instrumented.c
else
libproc_a_SOURCES += src/proc/confine.c
endif
PROC_LIBS = libproc.a $(WIRE_LIBS) $(CAP_LIBS) $(SECCOMP_LIBS)

check_PROGRAMS += test-proc-connector test-proc-sandbox test-proc-spawn test-proc-child test-proc-notify
TESTS += test-proc-connector test-proc-sandbox test-proc-spawn test-proc-child test-proc-notify
test_proc_connector_SOURCES = tests/unit/proc/test_connector.c
test_proc_connector_CFLAGS = $(TEST_CFLAGS)
test_proc_connector_LDADD = $(PROC_LIBS) $(CMOCKA_LIBS)
test_proc_sandbox_SOURCES = tests/unit/proc/test_sandbox.c
test_proc_sandbox_CFLAGS = $(TEST_CFLAGS)
test_proc_sandbox_LDADD = $(PROC_LIBS) $(CMOCKA_LIBS)
test_proc_spawn_SOURCES = tests/unit/proc/test_spawn.c
test_proc_spawn_CFLAGS = $(TEST_CFLAGS)
test_proc_spawn_LDADD = $(PROC_LIBS) $(CMOCKA_LIBS)
test_proc_child_SOURCES = tests/unit/proc/test_child.c
test_proc_child_CFLAGS = $(TEST_CFLAGS)
test_proc_child_LDADD = $(PROC_LIBS) $(CMOCKA_LIBS)
test_proc_notify_SOURCES = tests/unit/proc/test_notify.c
test_proc_notify_CFLAGS = $(TEST_CFLAGS)
test_proc_notify_LDADD = $(PROC_LIBS) $(CMOCKA_LIBS)
