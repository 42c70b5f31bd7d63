package sallyport.rules.masked_paths_test

import data.sallyport.rules.masked_paths
import data.sallyport.sample

lacking := sample.facts({"paths": {"missing_masked": ["/a", "/b"]}})

odd(pointer) := sample.facts({"paths": {"odd": [pointer]}})

test_a_full_list_passes if count(masked_paths.deny) == 0 with input as sample.clean

test_what_lacks_is_added if {
	sample.fixes(masked_paths.deny) == {
		{"op": "add", "path": "/config/linux/maskedPaths/-", "value": "/a"},
		{"op": "add", "path": "/config/linux/maskedPaths/-", "value": "/b"},
	} with input as lacking
}

test_only_starts_have_them if {
	count(masked_paths.deny) == 0 with input as sample.operation("exec", lacking)
	count(masked_paths.deny) == 0 with input as sample.operation("exec", odd("/config/linux/maskedPaths/0"))
}

test_odd_entries_refuse if {
	{f.path | some f in masked_paths.deny} == {"/config/linux/maskedPaths/0"} with input as odd("/config/linux/maskedPaths/0")
	count(masked_paths.deny) == 0 with input as odd("/config/linux/otherPaths/0")
}

test_a_missing_list_is_made if {
	null_list := object.union(lacking, {"config": {"linux": {"maskedPaths": null}}})
	sample.fixes(masked_paths.deny) == {{"op": "add", "path": "/config/linux/maskedPaths", "value": ["/a", "/b"]}} with input as null_list
}
