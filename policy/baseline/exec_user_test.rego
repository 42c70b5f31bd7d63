package sallyport.rules.exec_user_test

import data.sallyport.rules.exec_user
import data.sallyport.sample

exec := object.union(sample.operation("exec", sample.facts({"process": {"root": true, "home": "/root"}})), {
	"container": {"admitted": {"uid": 33, "gid": 34, "groups": [5], "home": "/srv"}},
	"process": {"user": {"uid": 0}, "env": ["A=b", "HOME=/root"]},
})

test_the_chosen_user_passes if count(exec_user.deny) == 0 with input as object.union(exec, {"facts": {"process": {"root": false}}})

test_root_becomes_the_chosen_user if {
	{op.value | some op in sample.fixes(exec_user.deny)} == {33, 34, [5], "HOME=/srv"} with input as exec
	{a.uid | some f in exec_user.deny; some a in f.actions} == {33} with input as exec
}

test_another_home_stays if {
	{op.value | some op in sample.fixes(exec_user.deny)} == {33, 34, [5]} with input as object.union(exec, {"facts": {"process": {"home": "/x"}}})
}

test_where_root_was_admitted_it_stays if count(exec_user.deny) == 0 with input as object.union(exec, {"container": {"admitted": {"uid": 0}}})

test_starts_are_another_rules_matter if count(exec_user.deny) == 0 with input as sample.operation("create", exec)
