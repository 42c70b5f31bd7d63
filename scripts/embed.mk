# make embed: the Rego engine as a static library for other C programs (include/sallyport/rego.h).
# One object, in which only the header's names are to be seen. make install-embed puts it in place.
EMBED_NAMES := sallyport_rego_new
EMBED_LIBS  := -lyajl -lgmp -lnettle -lyaml -lcrypto -lm -lpthread
LIBDIR      ?= $(DESTDIR)$(PREFIX)/lib

$(B)/policy/rego/embed.o: override CFLAGS += -Iinclude

embed: $(B)/libsallyport-rego.a $(B)/sallyport-rego.pc

$(B)/libsallyport-rego.a: $(B)/lib.a
	$(call say,AR)$(CC) -r -nostdlib $(addprefix -Wl$(comma)-u$(comma),$(EMBED_NAMES)) -o $(B)/sallyport-rego.o $(B)/lib.a
	@objcopy --localize-hidden $(B)/sallyport-rego.o
	@$(RM) $@; $(AR) rcs $@ $(B)/sallyport-rego.o

comma := ,

$(B)/sallyport-rego.pc: FORCE
	@mkdir -p $(@D); printf '%s\n' 'prefix=$(PREFIX)' 'Name: sallyport-rego' \
	  'Description: Rego policies compiled and evaluated in C' 'Version: $(VERSION)' \
	  'Cflags: -I$${prefix}/include' 'Libs: -L$${prefix}/lib -lsallyport-rego' 'Libs.private: $(EMBED_LIBS)' > $@

install-embed: embed
	install -d $(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/include/sallyport $(DESTDIR)$(PREFIX)/share/man/man3
	install -m 644 $(B)/libsallyport-rego.a $(LIBDIR)
	install -m 644 $(B)/sallyport-rego.pc $(LIBDIR)/pkgconfig
	install -m 644 include/sallyport/rego.h $(DESTDIR)$(PREFIX)/include/sallyport
	install -m 644 docs/man/sallyport-rego.3 $(DESTDIR)$(PREFIX)/share/man/man3

.PHONY: embed install-embed
