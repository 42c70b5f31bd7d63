package sallyport.rules.mount_types_test

import data.sallyport.rules.mount_types
import data.sallyport.sample

refused(m) if {
	count(mount_types.deny) == 1 with input as sample.mount(m)
	count(mount_types.deny) == 0 with input as sample.operation("exec", sample.mount(m))
}

test_tmpfs_passes if count(mount_types.deny) == 0 with input as sample.mount({"type": "tmpfs"})

test_dangerous_types_refuse if {
	refused({"type": "ext4", "type_danger": "block-file-system"})
	count(mount_types.deny) == 0 with input as sample.mount({"type": "ext4", "type_danger": "block-file-system", "bind": true})
}

test_overlays_are_podman_s if {
	by_hand := {"type": "overlay", "bind": false, "destination": "/x", "backing": [{"source": "/srv"}]}
	refused(by_hand)
	refused(object.remove(by_hand, ["backing"]))
	count(mount_types.deny) == 0 with input as sample.mount(object.union(by_hand, {"bind": true}))
	count(mount_types.deny) == 0 with input as sample.mount(object.union(by_hand, {"backing": [{"source": "/srv"}, {"source": "/u", "engine_managed": "overlay"}]}))
	refused(object.union(by_hand, {"backing": [{"source": "/srv", "engine_managed": "volume"}]}))
	built := object.union(sample.mount(by_hand), {"container": {"scope": "build"}})
	count(mount_types.deny) == 0 with input as built
}

test_a_second_proc_refuses if {
	refused({"type": "proc", "second": true, "destination_clean": "/mnt/proc"})
	refused({"type": "sysfs", "second": true, "destination_clean": "/proc"})
	count(mount_types.deny) == 0 with input as sample.mount({"type": "proc", "second": true, "destination_clean": "/proc"})
	count(mount_types.deny) == 0 with input as sample.mount({"type": "proc", "second": false, "destination_clean": "/mnt/proc"})
}
