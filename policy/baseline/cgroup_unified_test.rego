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
