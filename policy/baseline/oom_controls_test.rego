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
