package sallyport.rules.mount_options_test

import data.sallyport.rules.mount_options
import data.sallyport.sample

test_the_usual_passes if count(mount_options.deny) == 0 with input as sample.clean

test_case_1 if count(mount_options.deny) == 1 with input as sample.mount({"remount": true})

test_case_2 if count(mount_options.deny) == 1 with input as sample.mount({"options_danger": ["suid"]})

test_case_3 if count(mount_options.deny) == 0 with input as sample.mount({"options_danger": ["tmpcopyup"]})

test_case_4 if count(mount_options.deny) == 1 with input as sample.mount({"maps_host_root": true})

test_case_5 if count(mount_options.deny) == 1 with input as labelled

test_case_6 if count(mount_options.deny) == 1 with input as object.union(labelled, {"host": {"selinux": false}})

test_case_7 if count(mount_options.deny) == 0 with input as object.union(labelled, {"facts": {"lsm": {"selinux": {"mount_label": "x"}}}})

test_case_8 if count(mount_options.deny) == 0 with input as sample.operation("exec", sample.mount({"remount": true, "options_danger": ["suid"], "maps_host_root": true, "bind": true, "readonly": false, "nosuid": false, "nodev": false}))

test_case_9 if count(mount_options.deny) == 0 with input as sample.operation("exec", labelled)

labelled := object.union(sample.mount({"label": "context=x"}), {"host": {"selinux": true}})

open := {"bind": true, "readonly": false, "nosuid": false, "nodev": true}

test_binds_get_nosuid if {
	sample.fixes(mount_options.deny) == {{"op": "add", "path": "/config/mounts/0/options/-", "value": "nosuid"}} with input as sample.mount(open)
	count(mount_options.deny) == 0 with input as sample.building(sample.mount(open))
	count(mount_options.deny) == 0 with input as sample.operation("exec", sample.mount(open))
	count(mount_options.deny) == 0 with input as sample.mount(object.union(open, {"bind": false}))
	count(mount_options.deny) == 0 with input as sample.mount(object.union(open, {"readonly": true}))
	count(mount_options.deny) == 0 with input as sample.mount(object.union(open, {"own_rootfs": true}))
	count(mount_options.deny) == 0 with input as sample.mount(object.union(open, {"nosuid": true}))
}

half := {"bind": true, "readonly": true, "recursive": true, "recursive_readonly": false, "kind": "directory"}

test_read_only_goes_all_the_way_down if {
	sample.fixes(mount_options.deny) == {{"op": "add", "path": "/config/mounts/0/options/-", "value": "rro"}} with input as sample.mount(half)
	{f.enforcement | some f in mount_options.deny} == set() with input as sample.mount(half)
	{f.enforcement | some f in mount_options.deny} == {"warn"} with input as object.union(sample.mount(half), {"host": {"kernel_version": [5, 10]}})
	every change in [{"bind": false}, {"readonly": false}, {"recursive": false}, {"recursive_readonly": true}, {"kind": "file"}] {
		count({f | some f in mount_options.deny; contains(f.msg, "below it stays")}) == 0 with input as sample.mount(object.union(half, change))
	}
	count(mount_options.deny) == 0 with input as sample.operation("exec", sample.mount(half))
}

copied(bind) := object.union(sample.mount({"bind": bind}), {"config": {"mounts": [{"options": ["tmpcopyup"]}]}})

test_a_bind_is_not_copied_up if {
	count(mount_options.deny) == 1 with input as copied(true)
	count(mount_options.deny) == 0 with input as copied(false)
	count(mount_options.deny) == 0 with input as sample.operation("exec", copied(true))
}
