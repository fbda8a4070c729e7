# Training: contrib/train/train builds lw-train with the daemon's own feature code.
EXTRA_PROGRAMS += contrib/train/lw-train
CLEANFILES += contrib/train/lw-train
contrib_train_lw_train_SOURCES = \
	contrib/train/boost.c contrib/train/boost.h \
	contrib/train/floor.c contrib/train/floor.h \
	contrib/train/linear.c contrib/train/linear.h \
	contrib/train/main.c \
	contrib/train/samples.c contrib/train/samples.h
contrib_train_lw_train_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/contrib/train
contrib_train_lw_train_LDADD = $(CLASSIFY_LIBS) -lm
EXTRA_DIST += contrib/train/train contrib/train/evaluate contrib/train/own-texts.jsonl
