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
