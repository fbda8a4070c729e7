noinst_LIBRARIES += libyamlx.a
libyamlx_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS)
libyamlx_a_SOURCES = \
	src/yaml/yaml.c \
	src/yaml/yaml.h
YAMLX_LIBS = libyamlx.a $(YAML_LIBS)

check_PROGRAMS += test-yaml-yaml
TESTS += test-yaml-yaml
test_yaml_yaml_SOURCES = tests/unit/yaml/test_yaml.c
test_yaml_yaml_CFLAGS = $(TEST_CFLAGS)
test_yaml_yaml_LDADD = $(YAMLX_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
