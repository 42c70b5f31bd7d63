package sallyport.rules.no_root_group_test

import data.sallyport.rules.no_root_group
import data.sallyport.sample

member(groups) := sample.facts({"process": {"groups": groups, "dangerous_groups": [{"id": 6, "name": "disk"}]}})

kept(document) := got if {
	got := {op.value | some op in sample.fixes(no_root_group.deny)} with input as document
}

test_other_groups_pass if count(no_root_group.deny) == 0 with input as member([1000, 5])

test_they_are_taken_away if {
	kept(member([0, 5])) == {[5]}
	kept(member([6, 5])) == {[5]}
	kept(sample.building(member([0]))) == set()
	kept(sample.operation("update", member([0]))) == set()
	kept(object.union(member([0]), {"facts": {"process": {"root": true}}})) == set()
}

primary := sample.facts({"process": {"gid": 0}})

test_an_exec_loses_them_too if {
	exec := object.union(sample.operation("exec", member([0, 5])), {"process": {"user": {"uid": 1000}}})
	{op.path | some op in sample.fixes(no_root_group.deny)} == {"/process/user/additionalGids"} with input as exec
	kept(exec) == {[5]}
}

test_a_primary_group_of_root_is_told if {
	{f.enforcement | some f in no_root_group.deny} == {"warn"} with input as primary
	count(no_root_group.deny) == 0 with input as sample.operation("exec", primary)
	count(no_root_group.deny) == 0 with input as object.union(primary, {"facts": {"process": {"root": true}}})
}

named := object.union(member([105, 5]), {"host": {"groups": [{"id": 105, "name": "docker"}]}})

test_groups_by_their_names_on_this_host if {
	kept(named) == {[5]}
	kept(object.union(named, {"facts": {"userns": {"present": true}}})) == set()
}

own(gid) := object.union(sample.facts({"process": {"gid": gid}}), {"host": {"groups": [{"id": 105, "name": "docker"}, {"id": 0, "name": "root"}]}})

test_a_primary_group_of_host_objects_refuses if {
	count(no_root_group.deny) == 1 with input as own(105)
	count(no_root_group.deny) == 0 with input as own(1000)
	{f.enforcement | some f in no_root_group.deny} == {"warn"} with input as own(0)
	count(no_root_group.deny) == 1 with input as sample.operation("exec", own(105))
	count(no_root_group.deny) == 0 with input as sample.operation("update", own(105))
	count(no_root_group.deny) == 0 with input as sample.building(own(105))
	count(no_root_group.deny) == 0 with input as object.union(own(105), {"facts": {"process": {"root": true}}})
}

# --- the image's own groups, of the same number by chance ---------------------------------------------

by_chance := object.union(own(105), {"facts": {
	"process": {"uid": 999},
	"rootfs": {"accounts": [{"name": "mongodb", "uid": 999, "gid": 105}], "groups": [{"name": "keys", "gid": 106, "members": ["mongodb"]}]},
}})

test_the_images_own_primary_group_is_told if {
	{f.enforcement | some f in no_root_group.deny} == {"warn"} with input as by_chance
	named_so := object.union(by_chance, {"facts": {"process": {"dangerous_groups": [{"id": 105, "name": "x"}]}}})
	{f.enforcement | some f in no_root_group.deny} == {"warn"} with input as named_so
	disk := object.union(by_chance, {"facts": {
		"process": {"gid": 6, "dangerous_groups": [{"id": 6, "name": "disk"}]},
		"rootfs": {"accounts": [{"name": "mongodb", "uid": 999, "gid": 6}]},
	}})
	{f.msg | some f in no_root_group.deny; not f.enforcement} != set() with input as disk
	other_user := object.union(by_chance, {"facts": {"process": {"uid": 998}}})
	{f.msg | some f in no_root_group.deny; not f.enforcement} != set() with input as other_user
	other_group := object.union(by_chance, {"facts": {"rootfs": {"accounts": [{"name": "mongodb", "uid": 999, "gid": 1}]}}})
	{f.msg | some f in no_root_group.deny; not f.enforcement} != set() with input as other_group
}

test_the_images_own_further_groups_stay if {
	doc := object.union(by_chance, {"facts": {"process": {"gid": 1, "groups": [106]}}, "host": {"groups": [{"id": 106, "name": "docker"}]}})
	kept(doc) == set()
	stranger := object.union(doc, {"facts": {"rootfs": {"groups": [{"name": "keys", "gid": 106, "members": ["else"]}]}}})
	kept(stranger) == {[]}
	other := object.union(doc, {"facts": {"rootfs": {"groups": [{"name": "keys", "gid": 107, "members": ["mongodb"]}]}}})
	kept(other) == {[]}
	kept(object.union(doc, {"facts": {"process": {"uid": 998}}})) == {[]}
}

test_an_exec_keeps_the_group_of_its_container if {
	exec := object.union(sample.operation("exec", own(105)), {"container": {"admitted": {"gid": 105}}})
	{f.enforcement | some f in no_root_group.deny} == {"warn"} with input as exec
	count([f | some f in no_root_group.deny; not f.enforcement]) == 1 with input as object.union(exec, {"container": {"admitted": {"gid": 104}}})
	count([f | some f in no_root_group.deny; not f.enforcement]) == 1 with input as object.union(own(105), {"container": {"admitted": {"gid": 105}}})
}
