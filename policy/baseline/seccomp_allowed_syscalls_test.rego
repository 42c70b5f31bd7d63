package sallyport.rules.seccomp_allowed_syscalls_test

import data.sallyport.rules.seccomp_allowed_syscalls
import data.sallyport.sample

filter(facts, rules) := sample.with_config({"seccomp": facts}, {"linux": {"seccomp": {"syscalls": rules}}})

allow(names) := {"names": names, "action": "SCMP_ACT_ALLOW"}

value(document) := got if {
	got := {op.value | some op in sample.fixes(seccomp_allowed_syscalls.deny)} with input as document
}

wide := filter({"dangerous": ["mount", "from_the_future"]}, [allow(["mount", "read"]), allow(["mount"]), {"names": ["mount"], "action": "SCMP_ACT_ERRNO"}])

test_the_usual_passes if count(seccomp_allowed_syscalls.deny) == 0 with input as sample.clean

test_calls_are_taken_out if {
	value(wide) == {[allow(["read"]), {"names": ["mount"], "action": "SCMP_ACT_ERRNO"}]}
	value(sample.building(wide)) == set()
	value(sample.operation("exec", wide)) == set()
	value(object.union(wide, {"facts": {"seccomp": {"present": false}}})) == set()
	value(object.union(wide, {"facts": {"seccomp": {"default_allows": true}}})) == set()
	value(filter({"dangerous": ["from_the_future"]}, [allow(["from_the_future"])])) == set()
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
		[r.names | some r in got; not r.names[0] in {"socket", "socketcall"}] == [["read"]]
		{r.args[0].value | some r in got; r.names == ["socket"]} == {1, 2, 10, 16, 17}
		{r.args[0].op | some r in got; r.names == ["socket"]} == {"SCMP_CMP_EQ"}
		{r.errnoRet | some r in got; r.names == ["socketcall"]} == {38}
	}
}

test_socketcall_alone_is_closed if {
	got := rules_of(sockets({"socketcall_hole": true}))
	[r.names | some r in got; not "socketcall" in r.names] == [["read", "socket"]]
	{r.errnoRet | some r in got; r.names == ["socketcall"]} == {38}
	count([r | some r in got; r.names == ["socket"]]) == 0
}

test_usual_families_pass if count(seccomp_allowed_syscalls.deny) == 0 with input as sockets({})

test_the_number_differs_from_the_default_s if {
	document := object.union(sockets({"af_alg": true}), {"config": {"linux": {"seccomp": {"defaultErrnoRet": 38}}}})
	{r.errnoRet | some r in rules_of(document); r.names == ["socketcall"]} == {1}
}

eq(index, value) := {"index": index, "value": value, "valueTwo": 0, "op": "SCMP_CMP_EQ"}

denial(args) := {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 22, "args": args}

# What each family is allowed with, besides itself, when the profile denies sockets with these lists of arguments.
allowed_with(lists) := {family: args |
	denials := [denial(list) | some list in lists]
	document := sample.with_config({"seccomp": {"present": true, "default_allows": false, "dangerous": [], "af_alg": true}}, {"linux": {"seccomp": {"syscalls": array.concat(denials, allow_socket)}}})
	got := rules_of(document)
	some r in got
	r.names == ["socket"]
	r.action == "SCMP_ACT_ALLOW"
	family := r.args[0].value
	args := array.slice(r.args, 1, 9)
}

test_what_the_profile_denies_in_a_family_stays_denied if {
	allowed_with([[eq(0, 16), eq(2, 9)]]) == {1: [], 2: [], 10: [], 16: [object.union(eq(2, 9), {"op": "SCMP_CMP_NE"})], 17: []}
	allowed_with([[eq(2, 9), eq(0, 16)]])[16] == [object.union(eq(2, 9), {"op": "SCMP_CMP_NE"})]
}

test_a_family_with_other_denials_is_not_allowed if {
	every lists in [
		[[eq(0, 16)]],
		[[eq(0, 16), eq(1, 2), eq(2, 9)]],
		[[eq(0, 16), eq(2, 9)], [eq(0, 16), eq(2, 10)]],
		[[eq(0, 16), object.union(eq(2, 9), {"op": "SCMP_CMP_GT"})]],
	] {
		object.keys(allowed_with(lists)) == {1, 2, 10, 17}
	}
}

test_denials_elsewhere_change_nothing if {
	every list in [[eq(1, 16)], [object.union(eq(0, 16), {"op": "SCMP_CMP_NE"})], [eq(0, 40)]] {
		allowed_with([list])[16] == []
	}
}

test_families_stand_before_the_denials if {
	document := sample.with_config({"seccomp": {"present": true, "default_allows": false, "dangerous": [], "af_alg": true}}, {"linux": {"seccomp": {"syscalls": array.concat([denial([eq(0, 40)])], allow_socket)}}})
	got := rules_of(document)
	got[0].args[0].value == 1
	[i | some i, r in got; r.action == "SCMP_ACT_ERRNO"; r.names == ["socket"]] == [6]
}

test_what_the_settings_leave_stays if {
	left := {"seccomp-allowed-syscalls": {"allow": ["mount"]}}
	value(wide) == set() with data.sallyport.main.parameters as left
	value(filter({"dangerous": ["mount", "bpf"]}, [allow(["mount", "bpf"])])) == {[allow(["mount"])]} with data.sallyport.main.parameters as left
}

test_other_families_are_closed if {
	got := rules_of(sockets({"socket_families": ["netlink", "packet", "rds"]}))
	{r.args[0].value | some r in got; r.names == ["socket"]} == {1, 2, 10, 16, 17}
	count(seccomp_allowed_syscalls.deny) == 0 with input as sockets({"socket_families": ["netlink", "packet"]})
	{r.args[0].value | some r in rules_of(sockets({"upper_half": ["socket"]})); r.names == ["socket"]} == {1, 2, 10, 16, 17}
}

test_a_kept_capability_keeps_its_calls if {
	document := filter({"dangerous": ["ptrace"], "admits": {"x86_64": [{"name": "ptrace", "capability": "CAP_SYS_PTRACE"}]}}, [allow(["ptrace"])])
	count(seccomp_allowed_syscalls.deny) == 1 with input as document
	count(seccomp_allowed_syscalls.deny) == 1 with input as document with data.sallyport.main.parameters as {"drop-capabilities": {"keep": ["CAP_CHOWN"]}}
	count(seccomp_allowed_syscalls.deny) == 0 with input as document with data.sallyport.main.parameters as {"drop-capabilities": {"keep": ["CAP_SYS_PTRACE"]}}
}

# Whether the narrowed rules let a request of 32 bits through.
passes(rules, request) if {
	some r in rules
	r.names == ["ioctl"]
	some c in r.args
	bits.and(request, c.value) == c.valueTwo
}

test_the_terminal_is_closed if {
	every facts in [{"tiocsti": true}, {"tioclinux": true}, {"upper_half": ["ioctl"]}] {
		rules := rules_of(filter(facts, [allow(["read", "ioctl"])]))
		rules[0] == allow(["read"])
		every request in [21522, 21532] {
			not passes(rules, request)
		}
		every request in [0, 21505, 21506, 21520, 21521, 21523, 21524, 21531, 21533, 21535, 54290, 4294967295, 2147767344, 20498] {
			passes(rules, request)
		}
	}
	count(seccomp_allowed_syscalls.deny) == 0 with input as filter({"tiocsti": false, "tioclinux": false, "upper_half": ["personality"]}, [allow(["ioctl"])])
}
