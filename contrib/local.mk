systemdunitdir = $(prefix)/lib/systemd/system
nodist_systemdunit_DATA = contrib/systemd/layerwatchd.service
EXTRA_DIST += contrib/systemd/layerwatchd.service.in
CLEANFILES += contrib/systemd/layerwatchd.service

contrib/systemd/layerwatchd.service: $(srcdir)/contrib/systemd/layerwatchd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && \
		sed 's|@sbindir[@]|$(sbindir)|' $(srcdir)/contrib/systemd/layerwatchd.service.in >$@.tmp && mv $@.tmp $@

TESTS += tests/unit/contrib/test_systemd.sh
dist_check_SCRIPTS += tests/unit/contrib/test_systemd.sh
