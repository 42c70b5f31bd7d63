# make conformance CASES=DIR [NOTE=text]: OPA's own cases (DIR/*.json or DIR/*/*.json).
CASES ?= ../shared/rego-conformance
conformance: $(B)/tests/tools/rego_conformance
	@test -n '$(wildcard $(CASES)/*.json $(CASES)/*/*.json)' || { echo "conformance: no *.json in $(CASES); name a directory: make conformance CASES=DIR"; exit 2; }
	@$< $(if $(NOTE),-n '$(NOTE)') $(if $(V),-v) $(wildcard $(CASES)/*.json $(CASES)/*/*.json)
.PHONY: conformance
