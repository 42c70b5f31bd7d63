package sallyport.rules.mount_options_test

import data.sallyport.rules.mount_options
import data.sallyport.sample

test_the_usual_passes if count(mount_options.deny) == 0 with input as sample.clean

test_case_1 if count(mount_options.deny) == 1 with input as sample.mount({"remount": true})

test_case_2 if count(mount_options.deny) == 1 with input as sample.mount({"options_danger": ["src-nofollow"]})

test_case_3 if count(mount_options.deny) == 0 with input as sample.mount({"options_danger": ["tmpcopyup"]})

test_case_4 if count(mount_options.deny) == 1 with input as sample.mount({"maps_host_root": true})

test_case_5 if count(mount_options.deny) == 1 with input as labelled

test_case_6 if count(mount_options.deny) == 1 with input as object.union(labelled, {"host": {"selinux": false}})

test_case_7 if count(mount_options.deny) == 0 with input as object.union(labelled, {"facts": {"lsm": {"selinux": {"mount_label": "x,c2"}}}})

test_case_8 if count(mount_options.deny) == 0 with input as sample.operation("exec", sample.mount({"remount": true, "options_danger": ["src-nofollow"], "maps_host_root": true, "bind": true, "readonly": false, "nosuid": false, "nodev": false}))

test_case_9 if count(mount_options.deny) == 0 with input as sample.operation("exec", labelled)

labelled := object.union(sample.mount({"label": "context=x"}), {"host": {"selinux": true}})

open := {"bind": true, "readonly": false, "nosuid": false, "nodev": true}

test_binds_get_nosuid if {
	sample.fixes(mount_options.deny) == {{"op": "add", "path": "/config/mounts/0/options/-", "value": "nosuid"}} with input as sample.mount(open)
	count(mount_options.deny) == 0 with input as sample.building(sample.mount(open))
	count(mount_options.deny) == 0 with input as sample.operation("exec", sample.mount(open))
	count(mount_options.deny) == 0 with input as sample.mount(object.union(open, {"bind": false}))
	count(mount_options.deny) == 1 with input as sample.mount(object.union(open, {"readonly": true}))
	count(mount_options.deny) == 0 with input as sample.mount(object.union(open, {"kind": "char"}))
	count(mount_options.deny) == 0 with input as sample.mount(object.union(open, {"kind": "block"}))
	count(mount_options.deny) == 0 with input as sample.mount(object.union(open, {"own_rootfs": true}))
	count(mount_options.deny) == 0 with input as sample.mount(object.union(open, {"nosuid": true}))
}

half := {"nosuid": true, "nodev": true, "bind": true, "readonly": true, "recursive": true, "recursive_readonly": false, "kind": "directory"}

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

given(options, dangers) := object.union(sample.mount({"options_danger": dangers}), {"config": {"mounts": [{"options": options}]}})

test_words_that_weaken_are_taken_out if {
	every o in ["suid", "dev", "rsuid", "rdev", "rexec", "rrw"] {
		document := given(["ro", o, "x", o], [o])
		sample.fixes(mount_options.deny) == {{"op": "remove", "path": "/config/mounts/0/options/1"}, {"op": "remove", "path": "/config/mounts/0/options/3"}} with input as document
		count(mount_options.deny) == 1 with input as document
		count(mount_options.deny) == 0 with input as sample.operation("exec", document)
	}
	count(mount_options.deny) == 0 with input as given(["exec"], ["exec"])
}

test_words_among_others_refuse if {
	document := given(["ro", "x,suid"], ["suid"])
	{object.get(f, "fix", []) | some f in mount_options.deny} == {[]} with input as document
	count(mount_options.deny) == 0 with input as given(["ro", "x,exec"], ["exec"])
	count(mount_options.deny) == 0 with input as sample.operation("exec", document)
}

test_links_that_are_followed_are_told if {
	every o in ["symfollow", "rsymfollow"] {
		{f.enforcement | some f in mount_options.deny} == {"warn"} with input as given([o], [o])
		count(mount_options.deny) == 0 with input as sample.operation("exec", given([o], [o]))
	}
}

test_ids_stay_in_the_user_namespace if {
	count(mount_options.deny) == 1 with input as sample.mount({"idmap_outside": true})
	count(mount_options.deny) == 1 with input as sample.mount({"idmap_outside": true, "maps_host_root": true})
	count(mount_options.deny) == 0 with input as sample.operation("exec", sample.mount({"idmap_outside": true}))
}

kernels := {"type": "proc", "bind": false, "nosuid": true, "noexec": false, "nodev": false}

test_the_kernel_s_file_systems_have_the_usual if {
	{op.value | some op in sample.fixes(mount_options.deny)} == {"noexec", "nodev"} with input as sample.mount(kernels)
	{op.value | some op in sample.fixes(mount_options.deny)} == {"noexec"} with input as sample.mount(object.union(kernels, {"type": "devpts"}))
	count(mount_options.deny) == 0 with input as sample.mount(object.union(kernels, {"type": "tmpfs"}))
	count(mount_options.deny) == 0 with input as sample.mount(object.union(kernels, {"noexec": true, "nodev": true}))
	count(mount_options.deny) == 0 with input as sample.mount(object.union(kernels, {"bind": true, "nodev": true}))
	count(mount_options.deny) == 0 with input as sample.operation("exec", sample.mount(kernels))
}

own_label(given) := object.union(sample.mount({"label": given}), {"facts": {"lsm": {"selinux": {"mount_label": "u:o:t:s0:c1,c2"}}}})

test_a_label_is_the_document_s_own if {
	count(mount_options.deny) == 0 with input as own_label("context=\"u:o:t:s0:c1")
	count(mount_options.deny) == 0 with input as own_label("context=\"u:o:t:s0:c1,c2\"")
	count(mount_options.deny) == 1 with input as own_label("context=u:o:etc_t:s0")
}
