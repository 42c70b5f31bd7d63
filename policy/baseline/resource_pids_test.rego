package sallyport.rules.resource_pids_test

import data.sallyport.rules.resource_pids
import data.sallyport.sample

open := sample.facts({"resources": {"pids_limited": false, "pids_limit": -1}})

test_a_limit_passes if count(resource_pids.deny) == 0 with input as sample.clean

test_a_limit_is_set if {
	sample.fixes(resource_pids.deny) == {{"op": "add", "path": "/config/linux/resources/pids/limit", "value": 4096}} with input as open
	count(resource_pids.deny) == 0 with input as sample.operation("exec", open)
}

test_the_settings_say_how_many if {
	{op.value | some op in sample.fixes(resource_pids.deny)} == {77} with input as open with data.sallyport.main.parameters as {"resource-pids": {"limit": 77}}
}

test_an_update_keeps_it if {
	update := sample.operation("update", open)
	sample.fixes(resource_pids.deny) == {{"op": "add", "path": "/resources/pids/limit", "value": 4096}} with input as update
	count(resource_pids.deny) == 0 with input as json.remove(update, ["facts/resources/pids_limit"])
	count(resource_pids.deny) == 0 with input as object.union(update, {"facts": {"resources": {"pids_limit": 0}}})
	count(resource_pids.deny) == 0 with input as object.union(update, {"facts": {"resources": {"pids_limited": true, "pids_limit": 5}}})
}

rootless := object.union(open, {"host": {"trusted": false}})

cgroup(path) := {"config": {"linux": {"cgroupsPath": path}}}

test_no_limit_where_there_is_no_control_group if {
	count(resource_pids.deny) == 0 with input as object.union(rootless, cgroup(""))
	count(resource_pids.deny) == 0 with input as json.remove(rootless, ["config/linux/cgroupsPath"])
	count(resource_pids.deny) == 1 with input as object.union(rootless, cgroup("user.slice:libpod:x"))
	count(resource_pids.deny) == 1 with input as object.union(open, cgroup(""))
}
