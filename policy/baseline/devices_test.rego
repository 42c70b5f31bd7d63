package sallyport.rules.devices_test

import data.sallyport.rules.devices
import data.sallyport.sample

node(n) := sample.facts({"devices": {"nodes": [object.union({"index": 2, "path": "/dev/x"}, n)]}})

refused(document) if {
	count(devices.deny) == 1 with input as document
	count(devices.deny) == 0 with input as sample.operation("exec", document)
}

test_harmless_nodes_pass if count(devices.deny) == 0 with input as node({})

test_bad_nodes_refuse if {
	refused(node({"dangerous": "block"}))
	refused(node({"outside_dev": true}))
	refused(node({"replaces_default": true}))
	{f.path | some f in devices.deny} == {"/config/linux/devices/2"} with input as node({"outside_dev": true})
	count(devices.deny) == 0 with input as object.union(node({"outside_dev": true}), {"facts": {"devices": {"allow_all": true}}})
}

test_the_runtimes_own_devices_pass if {
	sink := {"replaces_default": true, "path": "/dev/null", "type": "c", "major": 1, "minor": 3}
	count(devices.deny) == 0 with input as node(sink)
	every change in [{"type": "b"}, {"major": 8}, {"minor": 1}, {"path": "/dev/zero"}] {
		count(devices.deny) == 1 with input as node(object.union(sink, change))
	}
}

test_settings_may_allow_a_device if {
	allow := {"devices": {"allow": ["/dev/x"]}}
	count(devices.deny) == 0 with input as node({"dangerous": "fuse"}) with data.sallyport.main.parameters as allow
	count(devices.deny) == 0 with input as bound({"source": "/dev/x", "kind": "char"}) with data.sallyport.main.parameters as allow
}

bound(m) := sample.mount(object.union({"bind": true, "source": "/dev/y"}, m))

test_bound_devices_refuse if {
	refused(bound({"kind": "block"}))
	refused(bound({"kind": "char"}))
	count(devices.deny) == 0 with input as bound({"kind": "file"})
	count(devices.deny) == 0 with input as bound({"kind": "block", "bind": false})
	count(devices.deny) == 0 with input as bound({"kind": "block", "own_rootfs": true})
}
