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

rules_of(document) := got if {
	some f in seccomp_allowed_syscalls.deny with input as document
	got := f.fix[0].value
}

allow_socket := [{"names": ["read", "socket", "socketcall"], "action": "SCMP_ACT_ALLOW"}]

sockets(facts) := sample.with_config(
	{"seccomp": object.union({"present": true, "default_allows": false, "dangerous": [], "clone_namespaces": false, "clone3": false, "af_alg": false, "af_vsock": false, "socketcall_hole": false}, facts)},
	{"linux": {"seccomp": {"syscalls": allow_socket}}},
)

test_odd_socket_families_are_closed if {
	every fact in ["af_alg", "af_vsock"] {
		got := rules_of(sockets({fact: true}))
		got[0].names == ["read"]
		{r.args[0].value | some r in got; r.names == ["socket"]} == {1, 2, 10, 16, 17}
		{r.args[0].op | some r in got; r.names == ["socket"]} == {"SCMP_CMP_EQ"}
		{r.errnoRet | some r in got; r.names == ["socketcall"]} == {38}
	}
}

test_socketcall_alone_is_closed if {
	got := rules_of(sockets({"socketcall_hole": true}))
	got[0].names == ["read", "socket"]
	{r.errnoRet | some r in got; r.names == ["socketcall"]} == {38}
	count([r | some r in got; r.names == ["socket"]]) == 0
}

test_usual_families_pass if count(seccomp_allowed_syscalls.deny) == 0 with input as sockets({})

test_the_number_differs_from_the_default_s if {
	document := object.union(sockets({"af_alg": true}), {"config": {"linux": {"seccomp": {"defaultErrnoRet": 38}}}})
	{r.errnoRet | some r in rules_of(document); r.names == ["socketcall"]} == {1}
}
