package sallyport.rules.rootfs_propagation_test

import data.sallyport.rules.rootfs_propagation
import data.sallyport.sample

shared := sample.facts({"rootfs": {"propagation_shared": true, "propagation": "rshared"}})

given(p) := sample.facts({"rootfs": {"propagation": p}})

test_only_usual_ones_pass if {
	every p in ["", "private", "rprivate", "slave", "rslave"] {
		count(rootfs_propagation.deny) == 0 with input as given(p)
	}
	every p in ["shared", "unbindable", "nonsense"] {
		count(rootfs_propagation.deny) == 1 with input as given(p)
	}
}

test_private_passes if count(rootfs_propagation.deny) == 0 with input as sample.clean

test_shared_is_changed if {
	{op.value | some op in sample.fixes(rootfs_propagation.deny)} == {"rslave"} with input as shared
	count(rootfs_propagation.deny) == 0 with input as sample.operation("exec", shared)
}
