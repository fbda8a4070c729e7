noinst_LIBRARIES += libpolicy.a
libpolicy_a_SOURCES = \
	src/policy/check.c \
	src/policy/describe.h \
	src/policy/dump.c \
	src/policy/eval.c \
	src/policy/files.c \
	src/policy/load.c \
	src/policy/load.h \
	src/policy/match.c \
	src/policy/object.c \
	src/policy/object.h \
	src/policy/pattern.c \
	src/policy/policy.h \
	src/policy/print.c \
	src/policy/print.h \
	src/policy/rule.h \
	src/policy/schema.c \
	src/policy/schema.h \
	src/policy/suggest.c \
	src/policy/value.h \
	src/policy/value_list.c \
	src/policy/value_number.c \
	src/policy/value_text.c \
	src/policy/value_word.c
POLICY_LIBS = libpolicy.a $(YAMLX_LIBS) $(BASE_LIBS)
