# A fuzz target is a file with LLVMFuzzerTestOneInput. Built with tests/fuzz/replay.c it replays its corpus folder
# (make check); with --enable-fuzzers libFuzzer drives it.
FUZZ_REPLAY = tests/fuzz/replay.c
