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
