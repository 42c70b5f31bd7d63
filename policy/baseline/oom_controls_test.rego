package sallyport.rules.oom_controls_test

import data.sallyport.rules.oom_controls
import data.sallyport.sample

low := sample.facts({"process": {"oom_score_adj": -500}})

deaf := sample.facts({"resources": {"oom_kill_disabled": true}})

test_the_usual_passes if {
	count(oom_controls.deny) == 0 with input as sample.clean
	count(oom_controls.deny) == 0 with input as sample.facts({"process": {"oom_score_adj": 0}})
}

test_the_score_is_raised if {
	{op.value | some op in sample.fixes(oom_controls.deny)} == {0} with input as low
	every engine in ["cri", "crio"] {
		count(oom_controls.deny) == 0 with input as object.union(low, {"container": {"engine": engine}})
	}
	count(oom_controls.deny) == 0 with input as sample.operation("exec", low)
}

test_the_killer_is_enabled if {
	{op.path | some op in sample.fixes(oom_controls.deny)} == {"/config/linux/resources/memory/disableOOMKiller"} with input as deaf
	{op.path | some op in sample.fixes(oom_controls.deny)} == {"/resources/memory/disableOOMKiller"} with input as sample.operation("update", deaf)
	count(oom_controls.deny) == 0 with input as sample.operation("exec", deaf)
}

swap(r) := sample.facts({"resources": r})

test_swap_is_bounded if {
	sample.fixes(oom_controls.deny) == {{"op": "remove", "path": "/config/linux/resources/memory/swap"}} with input as swap({"swap_unlimited": true, "memory_limited": false})
	sample.fixes(oom_controls.deny) == {{"op": "add", "path": "/config/linux/resources/memory/swap", "value": 20}} with input as swap({"swap_unlimited": true, "memory_limited": true, "memory_limit": 10})
	count(oom_controls.deny) == 0 with input as swap({"swap_unlimited": false})
	count(oom_controls.deny) == 0 with input as sample.operation("update", swap({"swap_unlimited": true, "memory_limited": false}))
}

test_how_limits_are_inherited_is_the_kernel_s if {
	document := object.union(sample.clean, {"config": {"linux": {"resources": {"memory": {"useHierarchy": false}}}}})
	sample.fixes(oom_controls.deny) == {{"op": "remove", "path": "/config/linux/resources/memory/useHierarchy"}} with input as document
	count(oom_controls.deny) == 0 with input as sample.operation("exec", document)
}
