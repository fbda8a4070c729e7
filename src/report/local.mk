noinst_LIBRARIES += libreport.a
libreport_a_SOURCES = \
	src/report/account.h \
	src/report/answers.c \
	src/report/connection.c \
	src/report/containers.c src/report/containers.h \
	src/report/control.c src/report/control.h \
	src/report/describe.c \
	src/report/detector.c src/report/detector.h \
	src/report/evidence.c src/report/evidence.h \
	src/report/facts_json.c src/report/facts_json.h \
	src/report/finding.c src/report/finding.h \
	src/report/health.c src/report/health.h \
	src/report/hit.c src/report/hit.h \
	src/report/held.c src/report/held.h \
	src/report/lru.c src/report/lru.h \
	src/report/process.c \
	src/report/properties.c \
	src/report/redact.c src/report/redact.h \
	src/report/repeat.c src/report/repeat.h \
	src/report/report.c src/report/report.h \
	src/report/secrets_token.c src/report/secrets_words.c \
	src/report/secrets.c src/report/secrets.h \
	src/report/sink.c src/report/sink.h \
	src/report/sink_file.c \
	src/report/sink_stdout.c \
	src/report/spool.c src/report/spool.h \
	src/report/state.h \
	src/report/status.c src/report/status.h \
	src/report/tell.c
REPORT_LIBS = libreport.a $(POLICY_LIBS) $(PROC_LIBS)

pkglibexec_PROGRAMS += layerwatch-report
layerwatch_report_SOURCES = src/report/main.c
layerwatch_report_LDADD = $(REPORT_LIBS)

dist_man_MANS += src/report/layerwatch-findings.5
dist_check_SCRIPTS += tests/unit/report/check_findings_man.sh
TESTS += tests/unit/report/check_findings_man.sh
check_PROGRAMS += test-report-detector
TESTS += test-report-detector
test_report_detector_SOURCES = tests/unit/report/test_detector.c
test_report_detector_CFLAGS = $(TEST_CFLAGS)
test_report_detector_LDADD = $(REPORT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-report-redact
TESTS += test-report-redact
test_report_redact_SOURCES = tests/unit/report/test_redact.c
test_report_redact_CFLAGS = $(TEST_CFLAGS)
test_report_redact_LDADD = $(REPORT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-report-repeat
TESTS += test-report-repeat
test_report_repeat_SOURCES = tests/unit/report/test_repeat.c
test_report_repeat_CFLAGS = $(TEST_CFLAGS)
test_report_repeat_LDADD = $(REPORT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-report-containers
TESTS += test-report-containers
test_report_containers_SOURCES = tests/unit/report/test_containers.c
test_report_containers_CFLAGS = $(TEST_CFLAGS)
test_report_containers_LDADD = $(REPORT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-report-evidence
TESTS += test-report-evidence
test_report_evidence_SOURCES = tests/unit/report/test_evidence.c
test_report_evidence_CFLAGS = $(TEST_CFLAGS)
test_report_evidence_LDADD = $(REPORT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-report-finding
TESTS += test-report-finding
test_report_finding_SOURCES = tests/unit/report/test_finding.c tests/unit/report/sample.h
test_report_finding_CFLAGS = $(TEST_CFLAGS)
test_report_finding_LDADD = $(REPORT_LIBS) $(CMOCKA_LIBS)

EXTRA_DIST += tests/lib/finding.schema.json tests/lib/validate-findings \
	tests/unit/report/golden/added-binary.json tests/unit/report/golden/malicious-python.json

check_PROGRAMS += test-report-sink
TESTS += test-report-sink
test_report_sink_SOURCES = tests/unit/report/test_sink.c
test_report_sink_CFLAGS = $(TEST_CFLAGS)
test_report_sink_LDADD = $(REPORT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-report-control
TESTS += test-report-control
test_report_control_SOURCES = tests/unit/report/test_control.c
test_report_control_CFLAGS = $(TEST_CFLAGS)
test_report_control_LDADD = $(REPORT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-report-health
TESTS += test-report-health
test_report_health_SOURCES = tests/unit/report/test_health.c
test_report_health_CFLAGS = $(TEST_CFLAGS)
test_report_health_LDADD = $(REPORT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-report-report
TESTS += test-report-report
test_report_report_SOURCES = tests/unit/report/test_report.c tests/unit/report/sample.h
test_report_report_CFLAGS = $(TEST_CFLAGS)
test_report_report_LDADD = $(REPORT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test-report-program
TESTS += test-report-program
test_report_program_SOURCES = tests/unit/report/test_program.c tests/unit/report/sample.h
test_report_program_CFLAGS = $(TEST_CFLAGS)
test_report_program_LDADD = $(REPORT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += fuzz-finding fuzz-redact
TESTS += fuzz-finding fuzz-redact
noinst_HEADERS += tests/fuzz/json_check.h
fuzz_finding_SOURCES = tests/fuzz/fuzz_finding.c
fuzz_redact_SOURCES = tests/fuzz/fuzz_redact.c
if !FUZZERS
fuzz_finding_SOURCES += $(FUZZ_REPLAY)
fuzz_redact_SOURCES += $(FUZZ_REPLAY)
endif
fuzz_finding_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
fuzz_finding_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_finding_LDADD = $(REPORT_LIBS)
fuzz_redact_CFLAGS = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_redact_LDADD = $(REPORT_LIBS)
