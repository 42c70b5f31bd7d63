package sallyport.rules.mount_destinations_test

import data.sallyport.rules.mount_destinations
import data.sallyport.sample

test_the_usual_passes if count(mount_destinations.deny) == 0 with input as sample.clean

test_case_1 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["dotdot"]})

test_case_2 if count(mount_destinations.deny) == 0 with input as sample.mount({"destination_odd": ["unclean"]})

test_case_3 if count(mount_destinations.deny) == 0 with input as sample.operation("exec", sample.mount({"destination_odd": ["dotdot"]}))

test_case_4 if count(mount_destinations.deny) == 0 with input as sample.mount({"destination_odd": ["inside-sys"], "pseudo": true, "destination_clean": "/sys/fs/cgroup"})

test_case_5 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["inside-sys"], "pseudo": false, "destination_clean": "/sys/fs/cgroup"})

test_case_6 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["inside-sys"], "pseudo": true, "destination_clean": "/sys/x"})

test_case_7 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["inside-proc"], "pseudo": true, "destination_clean": "/sys/fs/cgroup"})

test_case_8 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["on-dev"], "bind": true, "destination_clean": "/dev/null"})

test_case_9 if count(mount_destinations.deny) == 0 with input as sample.mount({"destination_odd": ["on-dev"], "bind": true, "destination_clean": "/dev/shm"})

test_case_10 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["dotdot"], "bind": true, "destination_clean": "/dev/shm"})

test_case_11 if count(mount_destinations.deny) == 0 with input as sample.mount({"destination_odd": ["on-dev"], "bind": false, "destination_clean": "/dev/x"})

test_case_12 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["dotdot"], "bind": false, "destination_clean": "/dev/x"})

test_case_13 if count(mount_destinations.deny) == 0 with input as sample.mount({"destination_odd": ["duplicate"], "bind": true, "destination_clean": "/dev/shm", "engine_managed": "shm"})

test_case_14 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["duplicate"], "bind": true, "destination_clean": "/dev/shm", "engine_managed": "volume"})

test_case_15 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["duplicate"], "bind": true, "destination_clean": "/x", "engine_managed": "shm"})

test_case_16 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["dotdot"], "bind": true, "destination_clean": "/dev/sh", "engine_managed": "shm"})

led(at) := sample.mount({"destination_resolved": at})

test_links_of_the_image_lead_nowhere_else if {
	every at in ["/proc", "/proc/sys", "/sys", "/sys/kernel", "/dev", "/dev/null", "/"] {
		count(mount_destinations.deny) == 1 with input as led(at)
		count(mount_destinations.deny) == 0 with input as sample.operation("exec", led(at))
	}
	every at in ["/run/x", "/devices", "/dev/shm", "/dev/mqueue"] {
		count(mount_destinations.deny) == 0 with input as led(at)
	}
}

place(changes, m) := object.union({"bind": true, "readonly": false, "destination_odd": [], "options_danger": []}, object.union(m, changes))

outer := {"index": 0, "destination": "/vol", "destination_clean": "/vol"}

inner := {"index": 1, "destination": "/vol/x", "destination_clean": "/vol/x", "destination_odd": ["below-writable-bind"]}

two(out, in_) := sample.facts({"mounts": [place(out, outer), place(in_, inner)]})

test_below_a_writable_bind if {
	{object.get(f, "enforcement", "deny") | some f in mount_destinations.deny} == {"deny"} with input as two({}, {})
	{object.get(f, "enforcement", "deny") | some f in mount_destinations.deny} == {"warn"} with input as two({"engine_managed": "volume"}, {})
	{object.get(f, "enforcement", "deny") | some f in mount_destinations.deny} == {"warn"} with input as two({}, {"engine_managed": "volume"})
	{object.get(f, "enforcement", "deny") | some f in mount_destinations.deny} == {"warn"} with input as two({"engine_managed": "volume"}, {"engine_managed": "volume"})
	count(mount_destinations.deny) == 0 with input as sample.operation("exec", two({}, {}))
	count(mount_destinations.deny) == 0 with input as two({}, {"destination_odd": []})
	every out in [{"bind": false}, {"readonly": true}, {"own_rootfs": true}, {"index": 2}, {"destination_clean": "/vol/x"}, {"destination_clean": "/other"}] {
		count(mount_destinations.deny) == 0 with input as two(out, {})
		count(mount_destinations.deny) == 0 with input as two(out, {"engine_managed": "volume"})
	}
	count(mount_destinations.deny) == 0 with input as two({}, {"own_rootfs": true})
	count(mount_destinations.deny) == 0 with input as two({}, {"own_rootfs": true, "engine_managed": "volume"})
	count(mount_destinations.deny) == 0 with input as two({}, {}) with data.sallyport.main.parameters as {"mount-destinations": {"nested": "allow"}}
}
