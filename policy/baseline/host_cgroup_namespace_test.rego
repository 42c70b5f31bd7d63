package sallyport.rules.host_cgroup_namespace_test

import data.sallyport.rules.host_cgroup_namespace
import data.sallyport.sample

state(s) := sample.facts({"namespaces": {"cgroup": {"state": s}}})

test_its_own_passes if count(host_cgroup_namespace.deny) == 0 with input as sample.clean

test_a_pods_passes if count(host_cgroup_namespace.deny) == 0 with input as state("shared")

test_a_missing_one_is_added if {
	sample.fixes(host_cgroup_namespace.deny) == {{"op": "add", "path": "/config/linux/namespaces/-", "value": {"type": "cgroup"}}} with input as state("missing")
}

test_the_hosts_refuses if {
	{object.get(f, "fix", []) | some f in host_cgroup_namespace.deny} == {[]} with input as state("host")
}

test_only_starts_choose if {
	every s in ["missing", "host"] {
		count(host_cgroup_namespace.deny) == 0 with input as sample.operation("exec", state(s))
	}
	count(host_cgroup_namespace.deny) == 0 with input as sample.operation("exec", sample.unknown("/facts/namespaces/cgroup/state", {}))
}

test_unknown_is_said if {
	{f.undetermined | some f in host_cgroup_namespace.deny} == {true} with input as sample.unknown("/facts/namespaces/cgroup", {})
}
