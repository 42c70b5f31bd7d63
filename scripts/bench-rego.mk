# make bench-rego: compile, evaluation and whole-process times of the Rego engine.
bench-rego: $(B)/tests/bench/rego_bench $(B)/tests/bench/image_once
	@$^
$(B)/tests/bench/rego_bench: $(B)/tests/bench/rego_bench.o $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) -pie $^ $(TOOL_LIBS) -o $@
$(B)/tests/bench/image_once: $(B)/tests/bench/image_once.o $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) $(shim_link) $^ $(SHIM_LIBS) -o $@
.PHONY: bench-rego
