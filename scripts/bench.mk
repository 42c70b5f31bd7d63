# make bench [ROUNDS=300]: what the shim adds to a start. Needs root.
bench: all
	@tests/bench/start.sh $(or $(ROUNDS),300)

.PHONY: bench
