noinst_LIBRARIES += libgate.a
libgate_a_SOURCES = \
	src/gate/cache.c src/gate/cache.h \
	src/gate/handle.c src/gate/handle.h \
	src/gate/mountinfo.c src/gate/mountinfo.h
GATE_LIBS = libgate.a $(POLICY_LIBS) $(PROC_LIBS)

