# make install, uninstall: DESTDIR, PREFIX (/usr), SYSCONFDIR (/etc).
SYSCONFDIR ?= /etc
BINDIR     := $(DESTDIR)$(PREFIX)/bin
SHAREDIR   := $(DESTDIR)$(PREFIX)/share
RULES      := $(wildcard policy/baseline/*.rego)
MAN1       := $(wildcard docs/man/*.1)
MAN5       := $(wildcard docs/man/*.5)
MAN8       := $(wildcard docs/man/*.8) $(B)/sallyport-commands.8
CONTROLS   := $(wildcard policy/controls/frameworks/*.json)
HOSTRULES  := $(filter-out %_test.rego,$(wildcard policy/host/*.rego))
FORMATS    := $(filter-out %_test.rego,$(wildcard policy/report/*.rego)) $(wildcard policy/report/*.tmpl)
UNITS      := $(wildcard scripts/units/*)
UNITDIR    := $(DESTDIR)/lib/systemd/system

# The page of all commands and options is the program's own help.
$(B)/sallyport-commands.8: $(B)/sallyport scripts/man-commands
	scripts/man-commands $< > $@.new && mv $@.new $@

install: all $(B)/sallyport-commands.8
	install -d $(BINDIR) $(SHAREDIR)/sallyport/policy $(SHAREDIR)/man/man1 $(SHAREDIR)/man/man5 $(SHAREDIR)/man/man8 \
	  $(SHAREDIR)/bash-completion/completions $(SHAREDIR)/zsh/vendor-completions $(SHAREDIR)/doc/sallyport
	install -m 755 $(PROGRAMS) $(BINDIR)
	install -d $(DESTDIR)$(PREFIX)/lib/sallyport && install -m 755 scripts/prove $(DESTDIR)$(PREFIX)/lib/sallyport/prove
	install -d $(SHAREDIR)/sallyport/apparmor && install -m 644 profiles/apparmor/sallyport-container $(SHAREDIR)/sallyport/apparmor
	install -m 644 $(RULES) $(SHAREDIR)/sallyport/policy
	install -d $(SHAREDIR)/sallyport/controls/frameworks $(SHAREDIR)/sallyport/host $(SHAREDIR)/sallyport/report
	install -m 644 policy/controls/rules.json $(SHAREDIR)/sallyport/controls
	install -m 644 $(CONTROLS) $(SHAREDIR)/sallyport/controls/frameworks
	install -m 644 $(HOSTRULES) $(SHAREDIR)/sallyport/host
	install -m 644 $(FORMATS) $(SHAREDIR)/sallyport/report
	install -m 644 scripts/sallyport.yaml $(SHAREDIR)/sallyport/sallyport.yaml
	install -d $(SHAREDIR)/sallyport/templates && install -m 644 audit/forward/templates/* $(SHAREDIR)/sallyport/templates
	install -m 644 scripts/grafana/sallyport.json $(SHAREDIR)/sallyport/grafana.json
	install -d $(SHAREDIR)/sallyport/hooks.d && install -m 644 $(wildcard hooks/hooks.d/*) $(SHAREDIR)/sallyport/hooks.d
	$(if $(MAN1),install -m 644 $(MAN1) $(SHAREDIR)/man/man1)
	$(if $(MAN5),install -m 644 $(MAN5) $(SHAREDIR)/man/man5)
	$(if $(MAN8),install -m 644 $(MAN8) $(SHAREDIR)/man/man8)
	install -m 644 scripts/completion/sallyport.bash $(SHAREDIR)/bash-completion/completions/sallyport
	install -m 644 scripts/completion/_sallyport $(SHAREDIR)/zsh/vendor-completions/_sallyport
	install -m 644 README.md INSTALL LICENSE NOTICE SECURITY.md $(SHAREDIR)/doc/sallyport
	install -d $(UNITDIR)
	for unit in $(UNITS); do sed 's|/usr/bin/|$(PREFIX)/bin/|' $$unit > $(UNITDIR)/$${unit##*/}; chmod 644 $(UNITDIR)/$${unit##*/}; done
	install -d -m 755 $(DESTDIR)$(SYSCONFDIR)/sallyport $(DESTDIR)/var/lib/sallyport $(DESTDIR)/var/lib/sallyport/policy
	install -d -m 700 $(DESTDIR)/var/log/sallyport
	test -e $(DESTDIR)$(SYSCONFDIR)/sallyport/sallyport.yaml || \
	  install -m 644 scripts/sallyport.yaml $(DESTDIR)$(SYSCONFDIR)/sallyport/sallyport.yaml

uninstall:
	$(RM) $(addprefix $(BINDIR)/,$(notdir $(PROGRAMS)))
	$(RM) $(addprefix $(UNITDIR)/,$(notdir $(UNITS)))
	$(RM) -r $(SHAREDIR)/sallyport $(SHAREDIR)/doc/sallyport $(DESTDIR)$(PREFIX)/lib/sallyport
	$(RM) $(addprefix $(SHAREDIR)/man/man1/,$(notdir $(MAN1))) $(addprefix $(SHAREDIR)/man/man5/,$(notdir $(MAN5))) \
	  $(addprefix $(SHAREDIR)/man/man8/,$(notdir $(MAN8)))
	$(RM) $(SHAREDIR)/bash-completion/completions/sallyport $(SHAREDIR)/zsh/vendor-completions/_sallyport

.PHONY: install uninstall
