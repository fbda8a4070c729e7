noinst_LIBRARIES += libwire.a
libwire_a_SOURCES = \
	src/wire/chan.c src/wire/chan.h \
	src/wire/messages.c
WIRE_LIBS = libwire.a $(BASE_LIBS)

check_PROGRAMS += test-wire-chan
TESTS += test-wire-chan
test_wire_chan_SOURCES = tests/unit/wire/test_chan.c
test_wire_chan_CFLAGS = $(TEST_CFLAGS)
test_wire_chan_LDADD = $(WIRE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += fuzz-chan
TESTS += fuzz-chan
fuzz_chan_SOURCES = tests/fuzz/fuzz_chan.c
if !FUZZERS
fuzz_chan_SOURCES += $(FUZZ_REPLAY)
endif
fuzz_chan_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_chan_LDADD = $(WIRE_LIBS)
