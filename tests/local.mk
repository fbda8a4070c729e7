# A fuzz target is a file with LLVMFuzzerTestOneInput. Built with tests/fuzz/replay.c it replays its corpus folder
# (make check); with --enable-fuzzers libFuzzer drives it.
FUZZ_REPLAY = tests/fuzz/replay.c

TESTS += tests/lib/check-style
dist_check_SCRIPTS += tests/lib/check-style
EXTRA_DIST += .clang-format tests/lib/check-style.except
