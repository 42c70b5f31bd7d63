package sallyport.rules.sysfs_and_cgroup_read_only_test

import data.sallyport.rules.sysfs_and_cgroup_read_only
import data.sallyport.sample

sys := {"type": "sysfs", "bind": false, "readonly": false}

test_read_only_passes if count(sysfs_and_cgroup_read_only.deny) == 0 with input as sample.mount(object.union(sys, {"readonly": true}))

test_writable_is_closed if {
	every t in ["sysfs", "cgroup", "cgroup2"] {
		{op.value | some op in sample.fixes(sysfs_and_cgroup_read_only.deny)} == {"ro"} with input as sample.mount(object.union(sys, {"type": t}))
	}
	count(sysfs_and_cgroup_read_only.deny) == 0 with input as sample.mount(object.union(sys, {"type": "tmpfs"}))
	count(sysfs_and_cgroup_read_only.deny) == 0 with input as sample.mount(object.union(sys, {"bind": true}))
	count(sysfs_and_cgroup_read_only.deny) == 0 with input as sample.operation("exec", sample.mount(sys))
}
