# A fuzz target is a file with LLVMFuzzerTestOneInput. Built with tests/fuzz/replay.c it replays its corpus folder
# (make check); with --enable-fuzzers libFuzzer drives it.
FUZZ_REPLAY = tests/fuzz/replay.c

TESTS += tests/lib/check-style tests/lib/check-man
dist_check_SCRIPTS += tests/lib/check-style tests/lib/check-man
EXTRA_DIST += .clang-format tests/lib/check-style.except tests/fuzz/corpus .ci/run \
	contrib/packages.sh contrib/quickstart.sh contrib/test.sh tests/lib/engines.sh

# Tests on the real kernel and with real engines: targets of their own, since they need root and take minutes. Their
# helpers are built without instrumentation and hardening: one is static, one has no C library.
EXTRA_PROGRAMS = tests/lib/actor tests/lib/actor-static tests/lib/fusehang
KERNEL_HELPERS = $(EXTRA_PROGRAMS) tests/lib/actor32
CLEANFILES += $(KERNEL_HELPERS)
HELPER_CFLAGS = -std=gnu11 -Wall -Wextra -Wno-unused-parameter -pthread
tests_lib_actor_SOURCES = tests/lib/actor.c tests/lib/helper.c tests/lib/helper.h \
	tests/lib/uring.c tests/lib/uring.h
tests_lib_actor_CFLAGS = $(HELPER_CFLAGS)
tests_lib_actor_LDFLAGS = -pthread
tests_lib_actor_static_SOURCES = tests/lib/actor.c tests/lib/helper.c tests/lib/helper.h \
	tests/lib/uring.c tests/lib/uring.h
tests_lib_actor_static_CFLAGS = $(HELPER_CFLAGS)
tests_lib_actor_static_LDFLAGS = -static -pthread
tests_lib_fusehang_SOURCES = tests/lib/fusehang.c
tests_lib_fusehang_CFLAGS = $(HELPER_CFLAGS)
tests_lib_fusehang_LDFLAGS =

# Other machines than x86 have no 32-bit x86 programs: the test that wants it skips there.
tests/lib/actor32: $(top_srcdir)/tests/lib/actor32.c
	$(AM_V_CC)$(MKDIR_P) tests/lib && { $(CC) -m32 -O1 -nostdlib -static -ffreestanding -fno-pie -no-pie \
		-fno-stack-protector -fcf-protection=none -o $@ $(top_srcdir)/tests/lib/actor32.c || rm -f $@; }

KERNEL_TESTS = \
	tests/kernel/test_facts.py tests/kernel/test_exec.py tests/kernel/test_layers.py \
	tests/kernel/test_load.py tests/kernel/test_faults.py tests/kernel/test_attack.py \
	tests/kernel/test_opens.py tests/kernel/test_scripts.py tests/kernel/test_model.py \
	tests/kernel/test_evasions.py tests/kernel/test_connector.py tests/kernel/test_behaviour.py
CONTAINER_TESTS = tests/containers/test_docker.py tests/containers/test_podman.py
EXTRA_DIST += $(KERNEL_TESTS) $(CONTAINER_TESTS) tests/lib/engines.py tests/lib/actor32.c tests/lib/fan.py tests/lib/lwtest.py tests/lib/taprun.py
EXTRA_DIST += .ci/run contrib/packages.sh contrib/quickstart.sh contrib/test.sh
PYTHON3 = /usr/bin/python3
TAPRUN_FLAGS =
TAPRUN = LW_BUILD=$(abs_builddir) $(PYTHON3) -B $(srcdir)/tests/lib/taprun.py --log $(builddir)/tests/logs $(TAPRUN_FLAGS)

check-kernel: all $(KERNEL_HELPERS)
	$(TAPRUN) $(KERNEL_TESTS:%=$(srcdir)/%)

check-containers: all $(KERNEL_HELPERS)
	$(TAPRUN) $(CONTAINER_TESTS:%=$(srcdir)/%)

.PHONY: check-kernel check-containers

include tests/bench/local.mk

# The same on other kernels: Debian's, booted in an emulated machine (qemu-system-x86; no KVM is needed).
EXTRA_DIST += tests/qemu/run tests/qemu/test_kernel.py
QEMU_FLAGS =

check-qemu: all $(KERNEL_HELPERS)
	LW_BUILD=$(abs_builddir) $(PYTHON3) -B $(srcdir)/tests/qemu/run $(QEMU_FLAGS)

.PHONY: check-qemu

# Executions that each rule of conf/rules is to find, and others that it is to leave alone.
RULE_EXAMPLES = \
	tests/rules/abuse-sudo-for-privilege-escalation.jsonl \
	tests/rules/base64-elf-file-cmdline.jsonl \
	tests/rules/base64-encoded-python-script-executed.jsonl \
	tests/rules/base64-encoded-shell-script-executed.jsonl \
	tests/rules/container-escape.jsonl \
	tests/rules/detect-malicious-cmdlines.jsonl \
	tests/rules/disable-or-modify-linux-audit-system.jsonl \
	tests/rules/find-gcp-credentials.jsonl \
	tests/rules/gpg-key-reconnaissance.jsonl \
	tests/rules/ingress-nightmare-vulnerability-exploitation.jsonl \
	tests/rules/kubernetes-attack-tool-execution.jsonl \
	tests/rules/launch-code-compiler-tool-in-container.jsonl \
	tests/rules/launch-remote-file-copy-tools-in-container.jsonl \
	tests/rules/local-reconnaissance-tool-execution.jsonl \
	tests/rules/netcat-remote-code-execution-in-container.jsonl \
	tests/rules/piped-encoded-code-execution.jsonl \
	tests/rules/piped-encoded-download.jsonl \
	tests/rules/polkit-local-privilege-escalation-vulnerability.jsonl \
	tests/rules/possible-arbitrary-command-execution-through-cups.jsonl \
	tests/rules/possible-remote-command-execution-detected.jsonl \
	tests/rules/program-run-with-disallowed-http-proxy-env.jsonl \
	tests/rules/remove-bulk-data-from-disk.jsonl \
	tests/rules/reverse-shell.jsonl \
	tests/rules/search-private-keys-or-passwords.jsonl \
	tests/rules/socat-reverse-shell-detected.jsonl \
	tests/rules/steganography-tool-detected.jsonl \
	tests/rules/sudo-potential-privilege-escalation.jsonl \
	tests/rules/suspicious-crypto-mining-activity-using-stratum-protocol.jsonl \
	tests/rules/suspicious-openssl-shared-object-loaded.jsonl \
	tests/rules/unexpected-child-shell.jsonl
EXTRA_DIST += $(RULE_EXAMPLES)
TESTS += tests/rules/check_rules.py
dist_check_SCRIPTS += tests/rules/check_rules.py
