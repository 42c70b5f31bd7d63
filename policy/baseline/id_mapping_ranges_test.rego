package sallyport.rules.id_mapping_ranges_test

import data.sallyport.rules.id_mapping_ranges
import data.sallyport.sample

test_the_usual_passes if count(id_mapping_ranges.deny) == 0 with input as sample.clean

test_case_1 if count(id_mapping_ranges.deny) == 1 with input as sample.facts({"userns": {"system_ids": [5]}})

test_case_2 if count(id_mapping_ranges.deny) == 0 with input as sample.facts({"userns": {"system_ids": []}})

test_case_3 if count(id_mapping_ranges.deny) == 1 with input as sample.facts({"userns": {"groups": [{"id": 6, "name": "disk"}]}})

test_case_4 if count(id_mapping_ranges.deny) == 0 with input as sample.operation("exec", sample.facts({"userns": {"system_ids": [5], "groups": [{"id": 6, "name": "disk"}]}}))

test_rootless_ids_are_relative if {
	count(id_mapping_ranges.deny) == 0 with input as object.union(sample.facts({"userns": {"system_ids": [5], "groups": [{"id": 6, "name": "disk"}]}}), {"host": {"trusted": false}})
}

test_whose_ids_they_are_may_be_unknown if {
	doc := sample.unknown("/host/trusted", {"userns": {"system_ids": [5], "groups": []}})
	{f.undetermined | some f in id_mapping_ranges.deny} == {true} with input as doc
	{f.undetermined | some f in id_mapping_ranges.deny} == {true} with input as sample.unknown("/host/trusted", {"userns": {"system_ids": [], "groups": [{"id": 6, "name": "disk"}]}})
	count(id_mapping_ranges.deny) == 0 with input as sample.unknown("/host/trusted", {"userns": {"system_ids": [], "groups": []}})
	count(id_mapping_ranges.deny) == 0 with input as sample.operation("exec", doc)
}

groups(present, from, size) := object.union(
	sample.facts({"userns": {"present": present, "system_ids": [], "groups": []}}),
	{"host": {"groups": [{"id": 0, "name": "root"}, {"id": 105, "name": "docker"}]}, "config": {"linux": {"gidMappings": [{"containerID": 0, "hostID": from, "size": size}]}}},
)

test_groups_by_their_names_on_this_host if {
	count(id_mapping_ranges.deny) == 1 with input as groups(true, 100, 10)
	count(id_mapping_ranges.deny) == 1 with input as groups(true, 105, 1)
	count(id_mapping_ranges.deny) == 0 with input as groups(true, 106, 10)
	count(id_mapping_ranges.deny) == 0 with input as groups(true, 100, 5)
	count(id_mapping_ranges.deny) == 0 with input as groups(true, 0, 5)
	count(id_mapping_ranges.deny) == 0 with input as groups(false, 100, 10)
	count(id_mapping_ranges.deny) == 0 with input as object.union(groups(true, 100, 10), {"host": {"trusted": false}})
	count(id_mapping_ranges.deny) == 0 with input as sample.operation("exec", groups(true, 100, 10))
}
