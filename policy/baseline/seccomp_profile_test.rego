package sallyport.rules.seccomp_profile_test

import data.sallyport.rules.seccomp_profile
import data.sallyport.sample

profile := {"defaultAction": "SCMP_ACT_ERRNO"}

put := {{"op": "add", "path": "/config/linux/seccomp", "value": profile}}

fixes(document) := got if {
	got := sample.fixes(seccomp_profile.deny) with input as document with data.sallyport.profiles.seccomp.baseline as profile
}

test_a_filter_passes if count(seccomp_profile.deny) == 0 with input as sample.clean

test_a_missing_filter_is_made if fixes(sample.facts({"seccomp": {"present": false}})) == put

test_an_open_filter_is_replaced if fixes(sample.facts({"seccomp": {"default_allows": true, "default_action": "SCMP_ACT_LOG"}})) == put

test_only_starts_have_one if {
	fixes(sample.operation("exec", sample.facts({"seccomp": {"present": false}}))) == set()
	fixes(sample.operation("exec", sample.facts({"seccomp": {"default_allows": true, "default_action": "x"}}))) == set()
	count(seccomp_profile.deny) == 0 with input as sample.operation("exec", sample.unknown("/facts/seccomp", {}))
}

test_unknown_is_said if {
	some f in seccomp_profile.deny with input as sample.unknown("/facts/seccomp", {})
	f.undetermined
}

flagged(changes) := sample.facts({"seccomp": object.union({"flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]}, changes)})

test_the_flag_of_speculation_goes if {
	fixes(flagged({})) == {{"op": "replace", "path": "/config/linux/seccomp/flags", "value": ["SECCOMP_FILTER_FLAG_LOG"]}}
	fixes(flagged({"flags": ["SECCOMP_FILTER_FLAG_LOG"]})) == set()
	fixes(flagged({"default_allows": true, "default_action": "SCMP_ACT_LOG"})) == put
	fixes(sample.operation("exec", flagged({}))) == set()
}

native(arch) := object.union(
	sample.with_config({"seccomp": {"present": true}}, {"linux": {"seccomp": {"architectures": []}}}),
	{"host": {"arch": arch}},
)

test_the_architecture_is_said if {
	fixes(native("aarch64")) == {{"op": "add", "path": "/config/linux/seccomp/architectures", "value": ["SCMP_ARCH_AARCH64"]}}
	fixes(native("from-the-future")) == set()
	fixes(sample.operation("exec", native("aarch64"))) == set()
	fixes(object.union(native("aarch64"), {"facts": {"seccomp": {"present": false}}})) == put
	fixes(object.union(native("aarch64"), {"facts": {"seccomp": {"default_allows": true, "default_action": "x"}}})) == put
}
