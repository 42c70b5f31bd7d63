package sallyport.rules.cgroup_parent_test

import data.sallyport.rules.cgroup_parent
import data.sallyport.sample

test_the_usual_passes if count(cgroup_parent.deny) == 0 with input as sample.clean

test_case_1 if count(cgroup_parent.deny) == 1 with input as sample.facts({"cgroup": {"odd": ["root"]}})

test_case_2 if count(cgroup_parent.deny) == 0 with input as sample.facts({"cgroup": {"odd": ["system-slice"]}})

test_case_3 if count(cgroup_parent.deny) == 1 with input as sample.facts({"cgroup": {"foreign": true}})

test_case_4 if count(cgroup_parent.deny) == 0 with input as sample.facts({"cgroup": {"foreign": true, "systemd": true}})

test_case_5 if count(cgroup_parent.deny) == 0 with input as sample.operation("exec", sample.facts({"cgroup": {"foreign": true, "odd": ["root"]}}))

test_slices_are_not_shared if {
	count(cgroup_parent.deny) == 1 with input as sample.facts({"cgroup": {"odd": ["slice"]}})
	count(cgroup_parent.deny) == 1 with input as sample.facts({"cgroup": {"systemd": true, "odd": ["unclean"], "foreign": true}})
	count(cgroup_parent.deny) == 0 with input as sample.facts({"cgroup": {"systemd": true, "odd": []}})
	count(cgroup_parent.deny) == 0 with input as sample.facts({"cgroup": {"systemd": false, "odd": ["unclean"]}})
	count(cgroup_parent.deny) == 0 with input as sample.operation("exec", sample.facts({"cgroup": {"systemd": true, "odd": ["unclean"]}}))
}

test_a_group_that_somebody_is_in_refuses if {
	every operation in ["create", "run"] {
		count(cgroup_parent.deny) == 1 with input as sample.operation(operation, sample.facts({"cgroup": {"occupied": true}}))
	}
	count(cgroup_parent.deny) == 0 with input as sample.facts({"cgroup": {"occupied": false}})
	count(cgroup_parent.deny) == 0 with input as object.union(sample.facts({"cgroup": {"occupied": true}}), {"gate": {"caller": "hook"}})
	count(cgroup_parent.deny) == 0 with input as sample.operation("restore", sample.facts({"cgroup": {"occupied": true}}))
}
