package sallyport.rules.annotations_test

import data.sallyport.rules.annotations
import data.sallyport.sample

noted := sample.facts({"annotations": [{"key": "run.oci/x", "class": "crun", "danger": "runs a program"}]})

test_harmless_ones_pass if count(annotations.deny) == 0 with input as sample.facts({"annotations": [{"key": "a", "class": "crio"}]})

test_dangerous_ones_refuse if {
	{f.path | some f in annotations.deny} == {"/config/annotations/run.oci~1x"} with input as noted
	count(annotations.deny) == 0 with input as sample.operation("exec", noted)
}

test_settings_may_allow_one if {
	count(annotations.deny) == 0 with input as noted with data.sallyport.main.parameters as {"annotations": {"allow": ["run.oci/x"]}}
}
