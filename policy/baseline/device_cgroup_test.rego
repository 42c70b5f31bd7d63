package sallyport.rules.device_cgroup_test

import data.sallyport.rules.device_cgroup
import data.sallyport.sample

rules(r) := sample.facts({"devices": r})

test_the_usual_rules_pass if count(device_cgroup.deny) == 0 with input as sample.clean

test_all_devices_refuse if {
	doc := rules({"allow_all": true, "default_deny": false, "dangerous": [{"dangerous": "all"}]})
	{f.msg | some f in device_cgroup.deny} == {"every device is let through"} with input as doc
	count(device_cgroup.deny) == 0 with input as sample.operation("exec", doc)
	{f.path | some f in device_cgroup.deny} == {"/resources/devices"} with input as sample.operation("update", doc)
}

test_dangerous_ones_refuse if {
	doc := rules({"dangerous": [{"dangerous": "block"}]})
	count(device_cgroup.deny) == 1 with input as doc
	count(device_cgroup.deny) == 0 with input as sample.operation("exec", doc)
	count(device_cgroup.deny) == 0 with input as doc with data.sallyport.main.parameters as {"device-cgroup": {"allow": ["block"]}}
}

open := rules({"default_deny": false})

test_a_denial_is_put_first if {
	denial := {"allow": false, "access": "rwm"}
	sample.fixes(device_cgroup.deny) == {{"op": "add", "path": "/config/linux/resources/devices/0", "value": denial}} with input as open
	bare := json.remove(open, ["config/linux/resources/devices"])
	sample.fixes(device_cgroup.deny) == {{"op": "add", "path": "/config/linux/resources/devices", "value": [denial]}} with input as bare
	count(device_cgroup.deny) == 0 with input as sample.operation("exec", open)
}

test_no_rules_at_all_are_mended if {
	doc := rules({"allow_all": true, "explicit": false, "default_deny": false})
	count(sample.fixes(device_cgroup.deny)) == 1 with input as doc
	count(device_cgroup.deny) == 1 with input as doc
}

update(d) := object.union(sample.operation("update", sample.clean), {"resources": {"devices": [d]}})

test_an_update_opens_no_class_of_devices if {
	every d in [{"allow": true}, {"allow": true, "type": "a"}, {"allow": true, "type": "c"}, {"allow": true, "type": "b", "major": -1}, {"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rw"}, {"allow": true, "type": "c", "major": 1, "access": "rw"}, {"allow": true, "type": "b", "major": 1, "minor": 3, "access": "r"}] {
		count(device_cgroup.deny) == 1 with input as update(d)
		count(device_cgroup.deny) == 0 with input as object.union(update(d), {"operation": "exec"})
	}
	every d in [{"allow": false}, {"allow": true, "type": "c", "major": 1, "minor": 3, "access": "rwm"}, {"allow": true, "type": "c", "major": 136, "minor": 4, "access": "rw"}, {"allow": true, "type": "b", "access": "m"}] {
		count(device_cgroup.deny) == 0 with input as update(d)
	}
}

tun := {"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rw"}

had(was) := object.union(update(tun), {"container": {"admitted": {"resources": {"devices": [was]}}}})

test_an_update_repeats_what_was_admitted if {
	count(device_cgroup.deny) == 0 with input as had(tun)
	every change in [{"allow": false}, {"minor": 201}, {"type": "b"}, {"access": "r"}] {
		count(device_cgroup.deny) == 1 with input as had(object.union(tun, change))
	}
}
