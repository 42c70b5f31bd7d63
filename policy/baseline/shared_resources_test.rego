package sallyport.rules.shared_resources_test

import data.sallyport.rules.shared_resources
import data.sallyport.sample

test_the_usual_passes if count(shared_resources.deny) == 0 with input as sample.clean

test_packets_are_told if {
	marked := sample.facts({"resources": {"net_class": true}})
	count(shared_resources.deny) == 1 with input as marked
	count(shared_resources.deny) == 0 with input as sample.operation("exec", marked)
}

with_resources(r) := object.union(sample.clean, {"config": {"linux": {"resources": r}}})

test_other_things_are_told if {
	every r in [{"hugepageLimits": [{"limit": 18446744073709551615}]}, {"rdma": {"mlx5_0": {"hcaHandles": 1}}}] {
		count(shared_resources.deny) == 1 with input as with_resources(r)
		count(shared_resources.deny) == 0 with input as sample.operation("exec", with_resources(r))
		{f.path | some f in shared_resources.deny; startswith(f.path, "/resources/")} != set() with input as object.union(sample.operation("update", sample.clean), {"resources": r})
	}
	every r in [{"hugepageLimits": [{"limit": 1048576}]}, {"rdma": {}}] {
		count(shared_resources.deny) == 0 with input as with_resources(r)
	}
}

test_memory_nodes_are_told if {
	bound := object.union(sample.clean, {"config": {"linux": {"memoryPolicy": {"mode": "MPOL_BIND"}}}})
	count(shared_resources.deny) == 1 with input as bound
	count(shared_resources.deny) == 0 with input as sample.operation("exec", bound)
	count(shared_resources.deny) == 0 with input as object.union(sample.clean, {"config": {"linux": {"memoryPolicy": {}}}})
}

test_memory_and_time_are_recorded if {
	every fact in ["memory_limited", "cpu_limited"] {
		{f.enforcement | some f in shared_resources.deny} == {"audit"} with input as sample.facts({"resources": {fact: false}})
		count(shared_resources.deny) == 0 with input as sample.operation("exec", sample.facts({"resources": {fact: false}}))
	}
}

test_disks_are_recorded if {
	unbounded := object.union(object.remove(sample.clean, ["config"]), {"config": {"linux": {"resources": {}}}})
	{f.enforcement | some f in shared_resources.deny} == {"audit"} with input as unbounded
	count(shared_resources.deny) == 0 with input as sample.operation("exec", unbounded)
}
