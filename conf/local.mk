# The policy belongs to whoever edited it: one that differs is kept, and ours is laid beside it.
EXTRA_DIST += conf/layerwatch.yaml
lwconfdir = $(sysconfdir)/layerwatch
dist_man_MANS += conf/layerwatch.yaml.5
dist_pkgdata_DATA = conf/layerwatch.model conf/model-card

install-policy:
	@$(MKDIR_P) '$(DESTDIR)$(lwconfdir)'; \
	at='$(DESTDIR)$(lwconfdir)/layerwatch.yaml'; \
	if test ! -e "$$at" || cmp -s '$(srcdir)/conf/layerwatch.yaml' "$$at"; then \
		rm -f "$$at.new"; \
	else \
		echo "$$at is kept: the default policy is in $$at.new"; \
		at=$$at.new; \
	fi; \
	$(INSTALL_DATA) '$(srcdir)/conf/layerwatch.yaml' "$$at"

uninstall-policy:
	@at='$(DESTDIR)$(lwconfdir)/layerwatch.yaml'; \
	rm -f "$$at.new"; \
	if cmp -s '$(srcdir)/conf/layerwatch.yaml' "$$at"; then \
		rm -f "$$at"; \
	elif test -e "$$at"; then \
		echo "$$at is kept: it was edited"; \
	fi

install-data-local: install-policy
uninstall-local: uninstall-policy

.PHONY: install-policy uninstall-policy

TESTS += tests/unit/conf/test_install.sh
dist_check_SCRIPTS += tests/unit/conf/test_install.sh

lwyaradir = $(pkgdatadir)/yara
YARA_RULES = conf/yara/dropper.yar conf/yara/eicar.yar conf/yara/miner.yar conf/yara/reverse_shell.yar \
	conf/yara/webshell.yar
EXTRA_DIST += $(YARA_RULES)
if WITH_YARA
lwyara_DATA = $(YARA_RULES)
endif

# Detection rules in the Sigma format and the lists that they name; their examples are in tests/rules.
lwrulesdir = $(pkgdatadir)/rules
dist_lwrules_DATA = \
	conf/rules/abuse-sudo-for-privilege-escalation.yml \
	conf/rules/base64-elf-file-cmdline.yml \
	conf/rules/base64-encoded-python-script-executed.yml \
	conf/rules/base64-encoded-shell-script-executed.yml \
	conf/rules/container-escape.yml \
	conf/rules/detect-malicious-cmdlines.yml \
	conf/rules/disable-or-modify-linux-audit-system.yml \
	conf/rules/find-gcp-credentials.yml \
	conf/rules/gpg-key-reconnaissance.yml \
	conf/rules/ingress-nightmare-vulnerability-exploitation.yml \
	conf/rules/kubernetes-attack-tool-execution.yml \
	conf/rules/launch-code-compiler-tool-in-container.yml \
	conf/rules/launch-remote-file-copy-tools-in-container.yml \
	conf/rules/lists.yaml \
	conf/rules/local-reconnaissance-tool-execution.yml \
	conf/rules/netcat-remote-code-execution-in-container.yml \
	conf/rules/piped-encoded-code-execution.yml \
	conf/rules/piped-encoded-download.yml \
	conf/rules/polkit-local-privilege-escalation-vulnerability.yml \
	conf/rules/possible-arbitrary-command-execution-through-cups.yml \
	conf/rules/possible-remote-command-execution-detected.yml \
	conf/rules/program-run-with-disallowed-http-proxy-env.yml \
	conf/rules/remove-bulk-data-from-disk.yml \
	conf/rules/reverse-shell.yml \
	conf/rules/search-private-keys-or-passwords.yml \
	conf/rules/socat-reverse-shell-detected.yml \
	conf/rules/steganography-tool-detected.yml \
	conf/rules/sudo-potential-privilege-escalation.yml \
	conf/rules/suspicious-crypto-mining-activity-using-stratum-protocol.yml \
	conf/rules/suspicious-openssl-shared-object-loaded.yml \
	conf/rules/unexpected-child-shell.yml
