package sallyport.rules.host_uts_namespace_test

import data.sallyport.rules.host_uts_namespace
import data.sallyport.sample

state(s) := sample.facts({"namespaces": {"uts": {"state": s}}})

test_its_own_passes if count(host_uts_namespace.deny) == 0 with input as sample.clean

test_a_pods_passes if count(host_uts_namespace.deny) == 0 with input as state("shared")

test_a_missing_one_is_added if {
	sample.fixes(host_uts_namespace.deny) == {{"op": "add", "path": "/config/linux/namespaces/-", "value": {"type": "uts"}}} with input as state("missing")
}

test_the_hosts_refuses if {
	{object.get(f, "fix", []) | some f in host_uts_namespace.deny} == {[]} with input as state("host")
}

test_only_starts_choose if {
	every s in ["missing", "host"] {
		count(host_uts_namespace.deny) == 0 with input as sample.operation("exec", state(s))
	}
	count(host_uts_namespace.deny) == 0 with input as sample.operation("exec", sample.unknown("/facts/namespaces/uts/state", {}))
}

test_unknown_is_said if {
	{f.undetermined | some f in host_uts_namespace.deny} == {true} with input as sample.unknown("/facts/namespaces/uts", {})
}
