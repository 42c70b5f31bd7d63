# make deb: a Debian package in build/ (dpkg-dev); make deb-lint: what lintian says of it.
DEB_ARCH  := $(shell dpkg --print-architecture 2>/dev/null)
DEB_FILE  := build/sallyport_$(VERSION)_$(DEB_ARCH).deb

deb: all
	scripts/deb/build $(DEB_FILE) $(B)

deb-lint: deb
	lintian --fail-on error,warning $(DEB_FILE)

.PHONY: deb deb-lint

# make arm64: cross-build; unit tests and the gate in an emulated machine.
arm64:
	scripts/arm64

.PHONY: arm64

# make rule-pages: docs/rules from the rules' metadata.
rule-pages: all
	scripts/rule-pages

.PHONY: rule-pages
