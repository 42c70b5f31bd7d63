package sallyport.rules.host_ipc_namespace_test

import data.sallyport.rules.host_ipc_namespace
import data.sallyport.sample

state(s) := sample.facts({"namespaces": {"ipc": {"state": s}}})

test_its_own_passes if count(host_ipc_namespace.deny) == 0 with input as sample.clean

test_a_pods_passes if count(host_ipc_namespace.deny) == 0 with input as state("shared")

test_the_hosts_refuses if {
	count(host_ipc_namespace.deny) == 1 with input as state("host")
	count(host_ipc_namespace.deny) == 1 with input as state("missing")
}

test_only_starts_choose if {
	count(host_ipc_namespace.deny) == 0 with input as sample.operation("exec", state("host"))
	count(host_ipc_namespace.deny) == 0 with input as sample.operation("exec", sample.unknown("/facts/namespaces/ipc/state", {}))
}

test_unknown_is_said if {
	{f.undetermined | some f in host_ipc_namespace.deny} == {true} with input as sample.unknown("/facts/namespaces/ipc", {})
}
