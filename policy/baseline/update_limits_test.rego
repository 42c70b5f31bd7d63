package sallyport.rules.update_limits_test

import data.sallyport.rules.update_limits
import data.sallyport.sample

test_the_usual_passes if count(update_limits.deny) == 0 with input as sample.clean

test_case_1 if count(update_limits.deny) == 1 with input as update(-1, 5)

test_case_2 if count(update_limits.deny) == 0 with input as update(9, 5)

test_case_3 if count(update_limits.deny) == 0 with input as update(-1, -1)

test_case_4 if count(update_limits.deny) == 0 with input as sample.operation("create", update(-1, 5))

update(limit, admitted) := object.union(sample.operation("update", sample.facts({"resources": {"memory_limit": limit}})), {"container": {"admitted": {"resources": {"memory": {"limit": admitted}}}}})

test_each_limit if {
	every c in [["memory_limit", "memory", "limit"], ["swap_limit", "memory", "swap"], ["pids_limit", "pids", "limit"], ["cpu_quota", "cpu", "quota"]] {
		count(update_limits.deny) == 1 with input as limited(c[0], -1, c[1], c[2], 5)
		count(update_limits.deny) == 1 with input as limited(c[0], 9000000000000000000, c[1], c[2], 5)
		count(update_limits.deny) == 0 with input as limited(c[0], 0, c[1], c[2], 5)
		count(update_limits.deny) == 0 with input as limited(c[0], 4194304, c[1], c[2], 5)
		count(update_limits.deny) == 0 with input as limited(c[0], -1, c[1], c[2], -1)
	}
}

test_the_finding_tells_which if {
	some f in update_limits.deny with input as limited("pids_limit", -1, "pids", "limit", 5)
	f == {"msg": "the update lifts the limit of processes", "path": "/resources/pids/limit"}
}

limited(fact, given, part, field, admitted) := object.union(
	sample.operation("update", sample.facts({"resources": {fact: given}})),
	{"container": {"admitted": {"resources": {part: {field: admitted}}}}},
)

unified(entries, admitted) := object.union(sample.operation("update", sample.clean), {
	"resources": {"unified": entries},
	"container": {"admitted": {"resources": admitted}},
})

test_unified_entries_lift_nothing if {
	limits := {"memory": {"limit": 5, "swap": 6}, "pids": {"limit": 5}, "cpu": {"quota": 5}}
	{f.path | some f in update_limits.deny} == {"/resources/unified/cpu.max"} with input as unified({"cpu.max": "max 100000"}, limits)
	{f.msg | some f in update_limits.deny} == {"the update lifts the limit of memory"} with input as unified({"memory.max": "max"}, limits)
	count(update_limits.deny) == 2 with input as unified({"memory.swap.max": "max", "pids.max": "9999999999999999"}, limits)
	count(update_limits.deny) == 0 with input as unified({"memory.max": "999", "io.max": "max"}, limits)
	count(update_limits.deny) == 0 with input as unified({"memory.max": "max"}, {"memory": {"limit": -1}})
	count(update_limits.deny) == 0 with input as unified({"memory.max": "max"}, {"unified": {"memory.max": "max"}})
	count(update_limits.deny) == 1 with input as unified({"memory.max": "max"}, {"unified": {"memory.max": "77"}})
	count(update_limits.deny) == 0 with input as unified({"cpu.max": "max"}, {"memory": {"limit": 5}})
	count(update_limits.deny) == 0 with input as sample.operation("create", unified({"memory.max": "max"}, limits))
}

device(rate, was, minor) := object.union(sample.operation("update", sample.clean), {
	"resources": {"blockIO": {"throttleWriteIOPSDevice": [{"major": 8, "minor": 0, "rate": rate}]}},
	"container": {"admitted": {"resources": {"blockIO": {"throttleWriteIOPSDevice": [{"major": 8, "minor": minor, "rate": was}]}}}},
})

test_devices_keep_their_rate if {
	{f.path | some f in update_limits.deny} == {"/resources/blockIO/throttleWriteIOPSDevice/0"} with input as device(0, 5, 0)
	count(update_limits.deny) == 0 with input as device(1, 5, 0)
	count(update_limits.deny) == 0 with input as device(0, 5, 1)
	count(update_limits.deny) == 0 with input as device(0, 0, 0)
	count(update_limits.deny) == 0 with input as sample.operation("create", device(0, 5, 0))
}
