# make deb: a Debian package in build/ (dpkg-dev); make deb-lint: what lintian says of it.
DEB_ARCH  := $(shell dpkg --print-architecture 2>/dev/null)
DEB_FILE  := build/sallyport_$(VERSION)_$(DEB_ARCH).deb

deb: all
	scripts/deb/build $(DEB_FILE) $(B)

deb-lint: deb
	lintian --fail-on error,warning $(DEB_FILE)

.PHONY: deb deb-lint
