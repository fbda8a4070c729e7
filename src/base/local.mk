noinst_LIBRARIES += libbase.a
libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(XXHASH_CFLAGS) $(CRYPTO_CFLAGS)
libbase_a_SOURCES = \
	src/base/util.h
BASE_LIBS = libbase.a $(XXHASH_LIBS) $(CRYPTO_LIBS)
