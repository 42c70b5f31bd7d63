# make fuzz [FUZZ_TIME=60]: every target of tests/fuzz for that many seconds, with sanitizers. Corpora grow in
# build/fuzz/corpus; an input that fails is printed with its path and kept.
FUZZ_TIME ?= 60
fuzz:
	@$(MAKE) -s MODE=fuzz CC=clang fuzz-targets

fuzz-targets: $(call exe,$(FUZZ))
	@scripts/run-fuzz $(FUZZ_TIME) $(B)/corpus $^

.PHONY: fuzz fuzz-targets
