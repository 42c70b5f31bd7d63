# make conformance CASES=DIR [NOTE=text] [FOLD=1]: OPA's own cases (DIR/*.json or DIR/*/*.json); without CASES the cases kept here
# too. make conformance-errors [M=1]: modules that do not compile, judged as OPA judges them; M=1 compares messages as well.
KEPT := tests/conformance/kept
OWN := $(if $(CASES),,$(KEPT)/builtins.json $(KEPT)/differ.json)
CASES ?= ../shared/rego-conformance
conformance: $(B)/tests/tools/rego_conformance
	@test -n '$(wildcard $(CASES)/*.json $(CASES)/*/*.json)' || { echo "conformance: no *.json in $(CASES); name a directory: make conformance CASES=DIR"; exit 2; }
	@$< $(if $(FOLD),-f) $(if $(NOTE),-n '$(NOTE)') $(if $(V),-v) $(wildcard $(CASES)/*.json $(CASES)/*/*.json) $(OWN)
conformance-kept: $(B)/tests/tools/rego_conformance
	@$< $(if $(FOLD),-f) $(if $(NOTE),-n '$(NOTE)') $(KEPT)/builtins.json $(KEPT)/differ.json
conformance-errors: $(B)/tests/tools/rego_conformance
	@$< $(if $(FOLD),-f) $(if $(NOTE),-n '$(NOTE)') $(if $(M),-m) $(KEPT)/errors.json
.PHONY: conformance conformance-kept conformance-errors
