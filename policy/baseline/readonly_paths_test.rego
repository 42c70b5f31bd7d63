package sallyport.rules.readonly_paths_test

import data.sallyport.rules.readonly_paths
import data.sallyport.sample

lacking := sample.facts({"paths": {"missing_readonly": ["/a", "/b"]}})

odd(pointer) := sample.facts({"paths": {"odd": [pointer]}})

test_a_full_list_passes if count(readonly_paths.deny) == 0 with input as sample.clean

test_what_lacks_is_added if {
	sample.fixes(readonly_paths.deny) == {
		{"op": "add", "path": "/config/linux/readonlyPaths/-", "value": "/a"},
		{"op": "add", "path": "/config/linux/readonlyPaths/-", "value": "/b"},
	} with input as lacking
}

test_only_starts_have_them if {
	count(readonly_paths.deny) == 0 with input as sample.operation("exec", lacking)
	count(readonly_paths.deny) == 0 with input as sample.operation("exec", odd("/config/linux/readonlyPaths/0"))
}

test_odd_entries_refuse if {
	{f.path | some f in readonly_paths.deny} == {"/config/linux/readonlyPaths/0"} with input as odd("/config/linux/readonlyPaths/0")
	count(readonly_paths.deny) == 0 with input as odd("/config/linux/otherPaths/0")
}

test_a_missing_list_is_made if {
	null_list := object.union(lacking, {"config": {"linux": {"readonlyPaths": null}}})
	sample.fixes(readonly_paths.deny) == {{"op": "add", "path": "/config/linux/readonlyPaths", "value": ["/a", "/b"]}} with input as null_list
}
