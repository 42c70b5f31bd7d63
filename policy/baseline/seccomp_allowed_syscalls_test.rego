package sallyport.rules.seccomp_allowed_syscalls_test

import data.sallyport.rules.seccomp_allowed_syscalls
import data.sallyport.sample

filter(facts, rules) := sample.with_config({"seccomp": facts}, {"linux": {"seccomp": {"syscalls": rules}}})

allow(names) := {"names": names, "action": "SCMP_ACT_ALLOW"}

value(document) := got if {
	got := {op.value | some op in sample.fixes(seccomp_allowed_syscalls.deny)} with input as document
}

wide := filter({"dangerous": ["mount", "ptrace"]}, [allow(["mount", "read"]), allow(["mount"]), {"names": ["mount"], "action": "SCMP_ACT_ERRNO"}])

test_the_usual_passes if count(seccomp_allowed_syscalls.deny) == 0 with input as sample.clean

test_calls_are_taken_out if {
	value(wide) == {[allow(["read"]), {"names": ["mount"], "action": "SCMP_ACT_ERRNO"}]}
	value(sample.building(wide)) == set()
	value(sample.operation("exec", wide)) == set()
	value(object.union(wide, {"facts": {"seccomp": {"present": false}}})) == set()
	value(object.union(wide, {"facts": {"seccomp": {"default_allows": true}}})) == set()
	value(filter({"dangerous": ["ptrace"]}, [allow(["ptrace"])])) == set()
}

test_clone_makes_no_namespaces if {
	doc := filter({"clone_namespaces": true, "clone3": true}, [allow(["clone", "clone3", "read"])])
	some rules in value(doc)
	count(rules) == 3
	rules[0] == allow(["read"])
	rules[1].args[0].value == 2114060288
	rules[2] == {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}
}

test_only_what_is_open_is_changed if {
	some rules in value(filter({"clone3": true}, [allow(["clone", "clone3"])]))
	rules == [allow(["clone"]), {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]
}
