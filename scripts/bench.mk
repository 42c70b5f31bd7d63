# make bench [ROUNDS=300]: what the shim adds to a start. Needs root.
bench: all
	@tests/bench/start.sh $(or $(ROUNDS),300)

# make bench-decide BUNDLE=DIR: reading, facts and decision in one process.
bench-decide: $(B)/tests/bench/decide_bench
	@$< $(BUNDLE) $(ROUNDS)
$(B)/tests/bench/decide_bench: $(B)/tests/bench/decide_bench.o $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) -pie $^ $(TOOL_LIBS) -o $@

.PHONY: bench bench-decide
