# make conformance CASES=DIR [NOTE=text]: OPA's own cases (DIR/*.json or DIR/*/*.json).
CASES ?= tests/conformance/cases
conformance: $(B)/tests/tools/rego_conformance
	@$< $(if $(NOTE),-n '$(NOTE)') $(if $(V),-v) $(wildcard $(CASES)/*.json $(CASES)/*/*.json)
.PHONY: conformance
