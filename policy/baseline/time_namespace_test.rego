package sallyport.rules.time_namespace_test

import data.sallyport.rules.time_namespace
import data.sallyport.sample

test_the_usual_passes if count(time_namespace.deny) == 0 with input as sample.clean

clock(n) := sample.facts({"namespaces": {"time": n}})

test_the_host_s_by_its_path_refuses if {
	count(time_namespace.deny) == 1 with input as clock({"path": "/proc/1/ns/time", "host": true})
	count(time_namespace.deny) == 0 with input as clock({"path": "/run/ns/time", "host": false})
	count(time_namespace.deny) == 0 with input as clock({"state": "missing", "host": true})
	count(time_namespace.deny) == 0 with input as sample.operation("exec", clock({"path": "/proc/1/ns/time", "host": true}))
}

test_unknown_is_said if {
	blind := sample.unknown("/facts/namespaces/time/state", {})
	{f.undetermined | some f in time_namespace.deny} == {true} with input as blind
	count(time_namespace.deny) == 0 with input as sample.operation("exec", blind)
}

test_offsets_are_told if {
	late := object.union(sample.clean, {"config": {"linux": {"timeOffsets": {"boottime": {"secs": 1}}}}})
	{f.enforcement | some f in time_namespace.deny} == {"warn"} with input as late
	count(time_namespace.deny) == 0 with input as object.union(sample.clean, {"config": {"linux": {"timeOffsets": {}}}})
	count(time_namespace.deny) == 0 with input as sample.operation("exec", late)
}
