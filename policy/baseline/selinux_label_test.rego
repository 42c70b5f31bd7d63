package sallyport.rules.selinux_label_test

import data.sallyport.rules.selinux_label
import data.sallyport.sample

test_the_usual_passes if count(selinux_label.deny) == 0 with input as sample.clean

test_case_1 if count(selinux_label.deny) == 1 with input as se({"malformed": true})

test_case_2 if count(selinux_label.deny) == 1 with input as se({"unconfined": true})

test_case_3 if count(selinux_label.deny) == 0 with input as sample.building(se({"unconfined": true}))

test_case_4 if count(selinux_label.deny) == 0 with input as object.union(se({"unconfined": true}), {"host": {"selinux": false}})

test_case_5 if count(selinux_label.deny) == 0 with input as sample.operation("update", se({"unconfined": true}))

se(l) := object.union(sample.facts({"lsm": {"selinux": l}}), {"host": {"selinux": true}})

off(l) := object.union(sample.facts({"lsm": {"selinux": l}}), {"host": {"selinux": false}})

bare := {"label": "u:r:spc_t:s0", "type": "spc_t", "unconfined": true}

test_a_label_that_confines_nothing_refuses_without_selinux_too if {
	count(selinux_label.deny) == 1 with input as off(bare)
	count(selinux_label.deny) == 0 with input as off(object.union(bare, {"unconfined": false}))
	count(selinux_label.deny) == 0 with input as off({"unconfined": true})
	count(selinux_label.deny) == 0 with input as sample.operation("update", off(bare))
	count(selinux_label.deny) == 1 with input as se(bare)
}

test_half_a_label_refuses_everywhere if {
	count(selinux_label.deny) == 1 with input as off({"malformed": true})
	count(selinux_label.deny) == 0 with input as sample.operation("update", off({"malformed": true}))
	count(selinux_label.deny) == 1 with input as se({"malformed": true})
}

test_mounts_are_labelled_as_containers if {
	count(selinux_label.deny) == 1 with input as off({"mount_type": "etc_t"})
	count(selinux_label.deny) == 0 with input as off({"mount_type": "container_file_t"})
	count(selinux_label.deny) == 0 with input as off({"mount_type": "svirt_sandbox_file_t"})
	count(selinux_label.deny) == 0 with input as sample.operation("exec", off({"mount_type": "etc_t"}))
	count(selinux_label.deny) == 0 with input as off({"mount_type": "etc_t"}) with data.sallyport.main.parameters as {"selinux-label": {"mount_types": ["etc_t"]}}
}
