# make mutate [M=name.rego] [LEFT_OUT=1]: negate each expression of each shipped rule; a survivor fails.
mutate: $(B)/tests/tools/rego_mutate
	@$< $(if $(LEFT_OUT),--left-out) policy/baseline $(M)

# The schemas and the profile stand in the programs as bytes.
$(B)/policy/schema/schemas.o: $(wildcard policy/schema/*.json)
$(B)/policy/build/profiles.o: profiles/seccomp/baseline.json
$(B)/policy/build/gatekeeper_rego.o: policy/gatekeeper/match.rego policy/gatekeeper/pod.rego

.PHONY: mutate
