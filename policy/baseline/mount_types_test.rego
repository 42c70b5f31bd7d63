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

test_a_second_proc_refuses if {
	refused({"type": "proc", "second": true, "destination_clean": "/mnt/proc"})
	refused({"type": "sysfs", "second": true, "destination_clean": "/proc"})
	count(mount_types.deny) == 0 with input as sample.mount({"type": "proc", "second": true, "destination_clean": "/proc"})
	count(mount_types.deny) == 0 with input as sample.mount({"type": "proc", "second": false, "destination_clean": "/mnt/proc"})
}
