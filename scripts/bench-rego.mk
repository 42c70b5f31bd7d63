# make bench-rego [ROUNDS=5]: the Rego engine beside OPA and Regorus where Go and Cargo are there:
# evaluation, compilation, memory, growth with rules, whole processes.
bench-rego: $(B)/tests/bench/rego_peer $(B)/tests/bench/image_once
	@tests/bench/peers.sh $(B) $(or $(ROUNDS),5)
$(B)/tests/bench/rego_peer: $(B)/tests/bench/rego_peer.o $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) -pie $^ $(TOOL_LIBS) -o $@
$(B)/tests/bench/image_once: $(B)/tests/bench/image_once.o $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) $(shim_link) $^ $(SHIM_LIBS) -o $@
.PHONY: bench-rego
