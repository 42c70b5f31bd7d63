package sallyport.main_test

import data.sallyport.main
import data.sallyport.sample

quiet := {"level": "baseline", "mode": "enforce", "rules": {}, "parameters": {}, "registrations": {}, "scopes": [], "waivers": []}

catalogue := {
	"plain": {"severity": "high"},
	"strict": {"level": "restricted"},
	"soft": {"mode": "warn"},
	"fixed": {"waivable": false},
	"warned": {},
}

origins := {rule: {"kind": object.get({"warned": "warn"}, rule, "deny"), "namespace": "p", "name": "n"} | some rule, _ in catalogue}

raise(rule, raw) := [rule, raw]

decide(settings, raised, document) := got if {
	got := main.decision with input as document
		with data.sallyport.settings as object.union(quiet, settings)
		with data.sallyport.catalogue as catalogue
		with data.sallyport.aggregate as {"raised": raised, "ran": {"a", "b"}, "origins": origins, "exceptions": set()}
}

only(settings, raised, document) := f if some f in decide(settings, raised, document).findings

none(settings, raised, document) if decide(settings, raised, document).findings == set()

one := {raise("plain", {"msg": "m", "path": "/config"})}

test_the_shape_of_a_decision if {
	decide({}, one, sample.clean) == {
		"findings": {{"rule": "plain", "msg": "m", "path": "/config", "enforcement": "deny", "severity": "high"}},
		"level": "baseline",
		"mode": "enforce",
		"rules": 2,
	}
}

test_fixes_and_actions_pass_through if {
	f := only({}, {raise("plain", {"msg": "m", "fix": [1], "actions": [2], "other": 3})}, sample.clean)
	f.fix == [1]
	f.actions == [2]
	not f.other
	f.path == ""
}

test_a_sentence_is_a_finding if only({}, {raise("plain", "no")}, sample.clean).msg == "no"

test_severity_of_the_finding_goes_first if {
	only({}, {raise("plain", {"msg": "m", "severity": "low"})}, sample.clean).severity == "low"
	only({}, {raise("soft", "m")}, sample.clean).severity == "medium"
}

test_warn_rules_warn if only({}, {raise("warned", "m")}, sample.clean).enforcement == "warn"

test_a_finding_may_lower_itself if {
	only({}, {raise("plain", {"msg": "m", "enforcement": "warn"})}, sample.clean).enforcement == "warn"
	only({}, {raise("plain", {"msg": "m", "enforcement": "audit"})}, sample.clean).enforcement == "audit"
}

test_metadata_may_say_warn if only({}, {raise("soft", "m")}, sample.clean).enforcement == "warn"

test_settings_say_more_than_metadata if {
	only({"rules": {"soft": {"mode": "enforce"}}}, {raise("soft", "m")}, sample.clean).enforcement == "deny"
	only({"rules": {"plain": {"mode": "audit"}}}, one, sample.clean).enforcement == "audit"
	none({"rules": {"plain": {"mode": "off"}}}, one, sample.clean)
}

test_restricted_rules_count_there_only if {
	raised := {raise("strict", "m")}
	none({}, raised, sample.clean)
	only({"level": "restricted"}, raised, sample.clean).enforcement == "deny"
}

test_the_registration_narrows if {
	settings := {"registrations": {"bench": {"mode": "audit", "level": "restricted", "rules": {"plain": {"mode": "warn"}}}}}
	bench := object.union(sample.clean, {"gate": {"registration": "bench"}})
	decide(settings, one, bench).mode == "audit"
	decide(settings, one, bench).level == "restricted"
	only(settings, one, bench).enforcement == "warn"
	decide(settings, one, sample.clean).mode == "enforce"
	only(settings, one, sample.clean).enforcement == "deny"
}

scoped(selector) := {"scopes": [{"selector": selector, "mode": "warn", "rules": {"plain": {"mode": "audit"}}}]}

in_scope(selector, document) if {
	decide(scoped(selector), one, document).mode == "warn"
	only(scoped(selector), one, document).enforcement == "audit"
}

out_of_scope(selector, document) if {
	decide(scoped(selector), one, document).mode == "enforce"
	only(scoped(selector), one, document).enforcement == "deny"
}

pod(trusted) := object.union(sample.clean, {"container": {"kubernetes": {"namespace": "kube-system", "trusted": trusted}}})

image(trusted) := object.union(sample.clean, {"container": {"image": {"digest": "sha256:d", "id": "sha256:i", "trusted": trusted, "name": "docker.io/app:1"}}})

test_selectors if {
	in_scope({"engine": ["docker"]}, sample.clean)
	out_of_scope({"engine": ["podman"]}, sample.clean)
	in_scope({"scope": ["build"]}, sample.building(sample.clean))
	out_of_scope({"scope": ["build"]}, sample.clean)
	in_scope({"kubernetes_namespace": ["kube-system"]}, pod(true))
	out_of_scope({"kubernetes_namespace": ["kube-system"]}, pod(false))
	out_of_scope({"kubernetes_namespace": ["default"]}, pod(true))
	in_scope({"image_digest": ["sha256:d"]}, image(true))
	in_scope({"image_digest": ["sha256:i"]}, image(true))
	out_of_scope({"image_digest": ["sha256:d"]}, image(false))
	out_of_scope({"image_digest": ["sha256:i"]}, image(false))
	out_of_scope({"image_digest": ["sha256:x"]}, image(true))
	in_scope({"image_name": ["docker.io/*"]}, image(false))
	out_of_scope({"image_name": ["ghcr.io/*"]}, image(false))
	labelled := object.union(sample.clean, {"container": {"labels": {"a": "b"}}, "host": {"labels": {"zone": "1"}}})
	in_scope({"label": {"a": "b"}}, labelled)
	out_of_scope({"label": {"a": "c"}}, labelled)
	in_scope({"host_label": {"zone": "1"}}, labelled)
	out_of_scope({"host_label": {"zone": "2"}}, labelled)
}

test_every_key_of_a_selector_must_fit if {
	out_of_scope({"engine": ["docker"], "scope": ["build"]}, sample.clean)
}

test_the_first_scope_that_fits_counts if {
	settings := {"scopes": [
		{"selector": {"engine": ["podman"]}, "mode": "audit"},
		{"selector": {"engine": ["docker"]}, "mode": "warn"},
		{"selector": {"scope": ["container"]}, "mode": "audit"},
	]}
	decide(settings, one, sample.clean).mode == "warn"
}

test_parameters_join_from_wide_to_narrow if {
	settings := {
		"parameters": {"a": {"x": 1, "y": 1, "z": 1}},
		"registrations": {"default": {"parameters": {"a": {"y": 2, "z": 2}}}},
		"scopes": [{"selector": {"engine": ["docker"]}, "parameters": {"a": {"z": 3}}}],
	}
	got := main.parameters with input as sample.clean with data.sallyport.settings as object.union(quiet, settings)
	got == {"a": {"x": 1, "y": 2, "z": 3}}
}

blind := {raise("plain", {"msg": "m", "undetermined": true, "unknown": ["/facts/x"]})}

test_what_cannot_be_told_refuses_at_the_gate if {
	only({}, blind, sample.clean).enforcement == "deny"
	only({}, blind, object.union(sample.clean, {"gate": {"caller": "hook"}})).enforcement == "deny"
}

test_elsewhere_it_is_said if {
	f := only({}, blind, object.union(sample.clean, {"gate": {"caller": "lint"}}))
	f.enforcement == "warn"
	f.unknown == ["/facts/x"]
}

waiver := {"id": "W1", "rule": "plain", "selector": {"engine": ["docker"]}, "expires": "2026-02-01T23:59:59Z"}

test_a_waiver_is_named if only({"waivers": [waiver]}, one, sample.clean).waived == "W1"

test_a_waiver_counts_for_its_rule_place_and_time if {
	not only({"waivers": [object.union(waiver, {"rule": "other"})]}, one, sample.clean).waived
	not only({"waivers": [object.union(waiver, {"selector": {"engine": ["podman"]}})]}, one, sample.clean).waived
	not only({"waivers": [object.union(waiver, {"expires": "2026-01-01T23:59:59Z"})]}, one, sample.clean).waived
	not only({"waivers": [object.union(waiver, {"rule": "fixed"})]}, {raise("fixed", "m")}, sample.clean).waived
}

declared(since, until) := object.union(sample.clean, {"gate": {"emergency": {"since": since, "until": until, "reason": "r", "by": "b"}}})

test_an_emergency_lowers_to_warnings if {
	only({}, one, declared("2026-01-02T03:04:05Z", "2026-01-02T04:00:00Z")).enforcement == "warn"
	only({}, {raise("plain", {"msg": "m", "enforcement": "audit"})}, declared("2026-01-02T03:00:00Z", "2026-01-02T04:00:00Z")).enforcement == "audit"
}

test_an_emergency_ends_and_begins_in_time if {
	only({}, one, declared("2026-01-02T03:00:00Z", "2026-01-02T03:04:05Z")).enforcement == "deny"
	only({}, one, declared("2026-01-02T03:04:06Z", "2026-01-02T04:00:00Z")).enforcement == "deny"
}

test_an_emergency_leaves_what_cannot_be_waived if {
	only({}, {raise("fixed", "m")}, declared("2026-01-02T03:00:00Z", "2026-01-02T04:00:00Z")).enforcement == "deny"
}

test_an_emergency_that_cannot_be_read_is_none if {
	only({}, one, object.union(sample.clean, {"gate": {"emergency": {"unreadable": "x"}}})).enforcement == "deny"
}

test_exceptions_of_conftest if {
	excepted(["n"], "p") == set()
	count(excepted(["x"], "p")) == 1
	count(excepted(["n"], "q")) == 1
}

excepted(names, namespace) := got if {
	got := main.findings with input as sample.clean
		with data.sallyport.settings as quiet
		with data.sallyport.catalogue as catalogue
		with data.sallyport.aggregate as {"raised": one, "ran": {"a"}, "origins": origins, "exceptions": {{"namespace": namespace, "names": names}}}
}

# --- graduated enforcement -----------------------------------------------------------------------

named(id) := json.patch(sample.clean, [{"op": "add", "path": "/container/id", "value": id}])

weight(settings, id) := only(settings, one, named(id)).enforcement

half := {"rules": {"plain": {"percent": 50}}}

# Numbers of containers c0 to c199 for which the rule counts in full.
share(percent) := count([i | some i in numbers.range(0, 199); main.bucket(sprintf("c%d", [i])) < percent])

test_a_bucket_is_a_hash_of_the_id if {
	main.bucket("a") == 63
	main.bucket("b") == 7
}

test_nobody_and_everybody if {
	weight({"rules": {"plain": {"percent": 0}}}, "a") == "warn"
	weight({"rules": {"plain": {"percent": 100}}}, "a") == "deny"
}

test_the_share_is_what_was_asked if {
	share(0) == 0
	share(100) == 200
	share(50) > 80
	share(50) < 120
}

test_the_edge_of_the_share if {
	weight({"rules": {"plain": {"percent": 63}}}, "a") == "warn"
	weight({"rules": {"plain": {"percent": 64}}}, "a") == "deny"
}

test_otherwise_says_how if weight({"rules": {"plain": {"percent": 0, "otherwise": "audit"}}}, "a") == "audit"

test_a_container_without_an_id_is_among_the_first if {
	bare := json.patch(sample.clean, [{"op": "remove", "path": "/container/id"}])
	only({"rules": {"plain": {"percent": 0}}}, one, bare).enforcement == "deny"
}

test_the_mode_still_counts if weight({"rules": {"plain": {"mode": "audit", "percent": 100}}}, "a") == "audit"

test_a_scope_has_its_own_share if {
	scoped := {"rules": {"plain": {"percent": 0}}, "scopes": [{"selector": {"engine": ["docker", "podman", "unknown"]}, "rules": {"plain": {"percent": 100}}}]}
	with_engine := json.patch(named("a"), [{"op": "add", "path": "/container/engine", "value": "docker"}])
	only(scoped, one, with_engine).enforcement == "deny"
}

test_a_registration_has_its_own_share if {
	bench := object.union(named("a"), {"gate": {"registration": "bench"}})
	only({"rules": {"plain": {"percent": 100}}, "registrations": {"bench": {"rules": {"plain": {"percent": 0}}}}}, one, bench).enforcement == "warn"
	only({"rules": {"plain": {"percent": 0}}, "registrations": {"bench": {"rules": {"plain": {"mode": "enforce"}}}}}, one, bench).enforcement == "warn"
}
