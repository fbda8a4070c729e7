# classify: bytes -> assessment. Its parsers touch what is hostile, in a process that can do nothing else.
noinst_LIBRARIES += libclassify.a
libclassify_a_SOURCES = \
	src/classify/assess.c \
	src/classify/assess.h \
	src/classify/behave.c \
	src/classify/behave.h \
	src/classify/behave_load.c \
	src/classify/atoms.c \
	src/classify/atoms.h \
	src/classify/classify.c \
	src/classify/classify.h \
	src/classify/content.c \
	src/classify/content.h \
	src/classify/decode.c \
	src/classify/decode.h \
	src/classify/decode_codec.c \
	src/classify/decode_codec.h \
	src/classify/decode_fold.c \
	src/classify/decode_fold.h \
	src/classify/decode_fold_shell.c \
	src/classify/decode_layers.c \
	src/classify/decode_layers.h \
	src/classify/decode_look.c \
	src/classify/decode_look.h \
	src/classify/decode_piece.c \
	src/classify/decode_piece.h \
	src/classify/decode_scan.c \
	src/classify/decode_scan.h \
	src/classify/decode_words.c \
	src/classify/decode_words.h \
	src/classify/elf.c \
	src/classify/elf.h \
	src/classify/extract.c \
	src/classify/extract.h \
	src/classify/extract_code.c \
	src/classify/extract_measure.c \
	src/classify/extract_shell.c \
	src/classify/features.c \
	src/classify/features.h \
	src/classify/hashset.c \
	src/classify/hashset.h \
	src/classify/hashset_build.c \
	src/classify/hashset_format.h \
	src/classify/hashset_line.c \
	src/classify/hashset_line.h \
	src/classify/judge.c \
	src/classify/judge.h \
	src/classify/lists.c \
	src/classify/lists.h \
	src/classify/packed.c \
	src/classify/packed.h \
	src/classify/pieces.c \
	src/classify/pieces.h \
	src/classify/pyc.c \
	src/classify/pyc.h \
	src/classify/recognise.c \
	src/classify/recognise.h \
	src/classify/model.c \
	src/classify/model.h \
	src/classify/behaviours.c \
	src/classify/behaviours.h \
	src/classify/script.c \
	src/classify/script.h \
	src/classify/tokens.c \
	src/classify/tokens.h \
	src/classify/url.c \
	src/classify/url.h \
	src/classify/url_find.c \
	src/classify/url_find.h \
	src/classify/url_host.c \
	src/classify/url_host.h \
	src/classify/url_list.c \
	src/classify/url_list.h \
	src/classify/window.c \
	src/classify/window.h \
	src/classify/yara.h \
	src/classify/encoding.c src/classify/encoding.h \
	src/classify/zip.c \
	src/classify/zip.h
if WITH_YARA
libclassify_a_SOURCES += src/classify/yara.c
YARA_SEEN = -DLW_WITH_YARA=1
else
libclassify_a_SOURCES += src/classify/yara-none.c
YARA_SEEN = -DLW_WITH_YARA=0
endif
libclassify_a_CPPFLAGS = $(AM_CPPFLAGS) $(YARA_CFLAGS)
CLASSIFY_LIBS = libclassify.a $(RULES_LIBS) $(POLICY_LIBS) $(PROC_LIBS) $(YARA_LIBS) -lm

pkglibexec_PROGRAMS += layerwatch-classify
layerwatch_classify_SOURCES = src/classify/main.c
layerwatch_classify_LDADD = $(CLASSIFY_LIBS)

classify_tests = test-classify-packed test-classify-pieces test-classify-pyc \
	test-classify-recognise test-classify-zip test-classify-encoding \
	test-classify-hashset test-classify-elf test-classify-script test-classify-decode \
	test-classify-url test-classify-url-find test-classify-url-list \
	test-classify-hashset-line test-classify-features test-classify-judge test-classify-model \
	test-classify-content test-classify-assess test-classify-classify test-classify-program
check_PROGRAMS += $(classify_tests)
TESTS += $(classify_tests)
test_classify_packed_SOURCES = tests/unit/classify/test_packed.c
test_classify_packed_CFLAGS = $(TEST_CFLAGS)
test_classify_packed_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_pieces_SOURCES = tests/unit/classify/test_pieces.c
test_classify_pieces_CFLAGS = $(TEST_CFLAGS)
test_classify_pieces_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_pyc_SOURCES = tests/unit/classify/test_pyc.c
test_classify_pyc_CFLAGS = $(TEST_CFLAGS)
test_classify_pyc_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_recognise_SOURCES = tests/unit/classify/test_recognise.c
test_classify_recognise_CFLAGS = $(TEST_CFLAGS)
test_classify_recognise_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_encoding_SOURCES = tests/unit/classify/test_encoding.c
test_classify_encoding_CFLAGS = $(TEST_CFLAGS)
test_classify_encoding_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_zip_SOURCES = tests/unit/classify/test_zip.c
test_classify_zip_CFLAGS = $(TEST_CFLAGS)
test_classify_zip_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_hashset_SOURCES = tests/unit/classify/test_hashset.c
test_classify_hashset_CFLAGS = $(TEST_CFLAGS)
test_classify_hashset_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_decode_SOURCES = tests/unit/classify/test_decode.c \
	tests/unit/classify/decode_forms.h
test_classify_decode_CFLAGS = $(TEST_CFLAGS)
test_classify_decode_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_hashset_line_SOURCES = tests/unit/classify/test_hashset_line.c
test_classify_hashset_line_CFLAGS = $(TEST_CFLAGS)
test_classify_hashset_line_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_url_SOURCES = tests/unit/classify/test_url.c
test_classify_url_CFLAGS = $(TEST_CFLAGS)
test_classify_url_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_url_find_SOURCES = tests/unit/classify/test_url_find.c
test_classify_url_find_CFLAGS = $(TEST_CFLAGS)
test_classify_url_find_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_url_list_SOURCES = tests/unit/classify/test_url_list.c
test_classify_url_list_CFLAGS = $(TEST_CFLAGS)
test_classify_url_list_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_elf_SOURCES = tests/unit/classify/test_elf.c \
	tests/unit/classify/elf_builder.c tests/unit/classify/elf_builder.h
test_classify_elf_CFLAGS = $(TEST_CFLAGS)
test_classify_elf_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_script_SOURCES = tests/unit/classify/test_script.c
test_classify_script_CFLAGS = $(TEST_CFLAGS)
test_classify_script_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_content_SOURCES = tests/unit/classify/test_content.c
test_classify_content_CFLAGS = $(TEST_CFLAGS)
test_classify_content_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_assess_SOURCES = tests/unit/classify/test_assess.c \
	tests/unit/classify/elf_builder.c tests/unit/classify/elf_builder.h \
	tests/unit/classify/judge_model.c tests/unit/classify/judge_model.h
test_classify_assess_CFLAGS = $(TEST_CFLAGS)
test_classify_assess_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_features_SOURCES = tests/unit/classify/test_features.c
test_classify_features_CFLAGS = $(TEST_CFLAGS)
test_classify_features_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_judge_SOURCES = tests/unit/classify/test_judge.c \
	tests/unit/classify/judge_model.c tests/unit/classify/judge_model.h
test_classify_judge_CFLAGS = $(TEST_CFLAGS)
test_classify_judge_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_model_SOURCES = tests/unit/classify/test_model.c \
	tests/unit/classify/judge_model.c tests/unit/classify/judge_model.h
test_classify_model_CFLAGS = $(TEST_CFLAGS)
test_classify_model_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_classify_SOURCES = tests/unit/classify/test_classify.c \
	tests/unit/classify/guard_side.c tests/unit/classify/guard_side.h \
	tests/unit/classify/judge_model.c tests/unit/classify/judge_model.h
test_classify_classify_CFLAGS = $(TEST_CFLAGS)
test_classify_classify_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_program_SOURCES = tests/unit/classify/test_program.c \
	tests/unit/classify/guard_side.c tests/unit/classify/guard_side.h \
	tests/unit/classify/judge_model.c tests/unit/classify/judge_model.h
if INSTRUMENTED
test_classify_program_CFLAGS = $(TEST_CFLAGS) $(YARA_SEEN) -DLW_INSTRUMENTED=1
else
test_classify_program_CFLAGS = $(TEST_CFLAGS) $(YARA_SEEN) -DLW_INSTRUMENTED=0
endif
test_classify_program_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)

if WITH_YARA
check_PROGRAMS += test-classify-behave
TESTS += test-classify-behave
test_classify_behave_SOURCES = tests/unit/classify/test_behave.c
test_classify_behave_CFLAGS = $(TEST_CFLAGS)
test_classify_behave_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-classify-yara test-classify-yara-rules
TESTS += test-classify-yara test-classify-yara-rules
test_classify_yara_SOURCES = tests/unit/classify/test_yara.c
test_classify_yara_CFLAGS = $(TEST_CFLAGS)
test_classify_yara_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
test_classify_yara_rules_SOURCES = tests/unit/classify/test_yara_rules.c
test_classify_yara_rules_CFLAGS = $(TEST_CFLAGS)
test_classify_yara_rules_LDADD = $(CLASSIFY_LIBS) $(CMOCKA_LIBS)
endif

classify_fuzzers = fuzz-elf fuzz-pyc fuzz-script fuzz-zip fuzz-hashset fuzz-assess fuzz-decode \
	fuzz-hashset_line fuzz-url fuzz-judge fuzz-model fuzz-encoding
check_PROGRAMS += $(classify_fuzzers)
TESTS += $(classify_fuzzers)
fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c
fuzz_decode_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_decode_LDADD = $(CLASSIFY_LIBS)
fuzz_hashset_line_SOURCES = tests/fuzz/fuzz_hashset_line.c
fuzz_hashset_line_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_hashset_line_LDADD = $(CLASSIFY_LIBS)
fuzz_url_SOURCES = tests/fuzz/fuzz_url.c
fuzz_url_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_url_LDADD = $(CLASSIFY_LIBS)
fuzz_elf_SOURCES = tests/fuzz/fuzz_elf.c
fuzz_elf_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_elf_LDADD = $(CLASSIFY_LIBS)
fuzz_pyc_SOURCES = tests/fuzz/fuzz_pyc.c
fuzz_pyc_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_pyc_LDADD = $(CLASSIFY_LIBS)
fuzz_zip_SOURCES = tests/fuzz/fuzz_zip.c
fuzz_zip_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_zip_LDADD = $(CLASSIFY_LIBS)
fuzz_encoding_SOURCES = tests/fuzz/fuzz_encoding.c
fuzz_encoding_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_encoding_LDADD = $(CLASSIFY_LIBS)
fuzz_script_SOURCES = tests/fuzz/fuzz_script.c
fuzz_script_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_script_LDADD = $(CLASSIFY_LIBS)
fuzz_judge_SOURCES = tests/fuzz/fuzz_judge.c
fuzz_judge_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_judge_LDADD = $(CLASSIFY_LIBS)
fuzz_model_SOURCES = tests/fuzz/fuzz_model.c
fuzz_model_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_model_LDADD = $(CLASSIFY_LIBS)
fuzz_hashset_SOURCES = tests/fuzz/fuzz_hashset.c
fuzz_hashset_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_hashset_LDADD = $(CLASSIFY_LIBS)
fuzz_assess_SOURCES = tests/fuzz/fuzz_assess.c
fuzz_assess_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_assess_LDADD = $(CLASSIFY_LIBS)
if !FUZZERS
fuzz_decode_SOURCES += $(FUZZ_REPLAY)
fuzz_hashset_line_SOURCES += $(FUZZ_REPLAY)
fuzz_url_SOURCES += $(FUZZ_REPLAY)
fuzz_elf_SOURCES += $(FUZZ_REPLAY)
fuzz_pyc_SOURCES += $(FUZZ_REPLAY)
fuzz_encoding_SOURCES += $(FUZZ_REPLAY)
fuzz_zip_SOURCES += $(FUZZ_REPLAY)
fuzz_script_SOURCES += $(FUZZ_REPLAY)
fuzz_hashset_SOURCES += $(FUZZ_REPLAY)
fuzz_judge_SOURCES += $(FUZZ_REPLAY)
fuzz_model_SOURCES += $(FUZZ_REPLAY)
fuzz_assess_SOURCES += $(FUZZ_REPLAY)
endif
EXTRA_DIST += tests/unit/classify/samples/labelled.jsonl tests/unit/classify/samples/reverse-shells.jsonl
