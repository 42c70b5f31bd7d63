# make next: the programs as the next version would be, which reads and writes another format of the compiled policy. For
# the test of upgrades; only what the format concerns is compiled.
NEXT_OBJ := $(addprefix $(B)/next/,policy/machine/image.o policy/rego/emit.o policy/build/activate.o runtime/judge.o cli/version.o)

next: $(B)/next/sallyport $(B)/next/sallyport-runtime $(B)/next/sallyport-hook

$(B)/next/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CFLAGS) -DIMAGE_FORMAT_NOW=99 -MMD -MP -c $< -o $@
$(B)/next/sallyport-runtime: $(B)/runtime/main.o $(NEXT_OBJ) $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) $(shim_link) $^ $(SHIM_LIBS) -o $@
$(B)/next/sallyport-hook: $(B)/hooks/main.o $(NEXT_OBJ) $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) $(shim_link) $^ $(SHIM_LIBS) -o $@
$(B)/next/sallyport: $(B)/cli/main.o $(NEXT_OBJ) $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) -pie $^ $(TOOL_LIBS) -o $@

.PHONY: next
