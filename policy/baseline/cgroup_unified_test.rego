package sallyport.rules.cgroup_unified_test

import data.sallyport.rules.cgroup_unified
import data.sallyport.sample

entry(u) := sample.facts({"resources": {"unified": [u]}})

test_limits_pass if count(cgroup_unified.deny) == 0 with input as entry({"key": "memory.max"})

test_others_are_removed if {
	sample.fixes(cgroup_unified.deny) == {{"op": "remove", "path": "/config/linux/resources/unified/cgroup.procs"}} with input as entry({"key": "cgroup.procs"})
	sample.fixes(cgroup_unified.deny) == {{"op": "remove", "path": "/resources/unified/memory.~1x"}} with input as sample.operation("update", entry({"key": "memory./x", "odd": true}))
	count(cgroup_unified.deny) == 0 with input as sample.operation("exec", entry({"key": "cgroup.procs"}))
}

test_only_limits_by_name if {
	every key in ["memory.reclaim", "cpuset.cpus.partition", "memory.events", "hugetlb.2MB.events"] {
		count(cgroup_unified.deny) == 1 with input as entry({"key": key, "value": "1"})
	}
	every key in ["hugetlb.2MB.max", "hugetlb.1GB.rsvd.max", "io.max"] {
		count(cgroup_unified.deny) == 0 with input as entry({"key": key, "value": "1"})
		count(cgroup_unified.deny) == 1 with input as entry({"key": key, "value": "1", "odd": true})
	}
}

test_processes_stay_limited if {
	every value in ["max", "4194304", "99999999", "-1", ""] {
		count(cgroup_unified.deny) == 1 with input as entry({"key": "pids.max", "value": value})
	}
	count(cgroup_unified.deny) == 0 with input as entry({"key": "pids.max", "value": "100"})
}
