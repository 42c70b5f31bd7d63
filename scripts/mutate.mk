# make mutate [M=name.rego]: negate each expression of each shipped rule; a survivor fails.
mutate: $(B)/tests/tools/rego_mutate
	@$< policy/baseline $(M)

# The schemas and the profile stand in the programs as bytes.
$(B)/policy/schema/schemas.o: $(wildcard policy/schema/*.json)
$(B)/policy/build/profiles.o: profiles/seccomp/baseline.json

.PHONY: mutate
