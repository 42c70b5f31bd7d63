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
	every c in [["memory_limit", "memory", "limit"], ["swap_limit", "memory", "swap"], ["pids_limit", "pids", "limit"]] {
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
