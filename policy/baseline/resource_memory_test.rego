package sallyport.rules.resource_memory_test

import data.sallyport.rules.resource_memory
import data.sallyport.sample

test_the_usual_passes if count(resource_memory.deny) == 0 with input as sample.facts({"resources": {"memory_limited": true}})

test_case_1 if count(resource_memory.deny) == 1 with input as sample.facts({"resources": {"memory_limited": false}})

test_case_2 if count(resource_memory.deny) == 0 with input as sample.operation("exec", sample.facts({"resources": {"memory_limited": false}}))

given := {"resource-limits": {"memory": {"default": "1k"}}}

test_what_the_settings_give_serves if {
	open := sample.facts({"resources": {"memory_limited": false}})
	sample.fixes(resource_memory.deny) == {{"op": "add", "path": "/config/linux/resources/memory/limit", "value": 1024}} with input as open with data.sallyport.main.parameters as given
	count(resource_memory.deny) == 1 with input as open with data.sallyport.main.parameters as given
	count(resource_memory.deny) == 0 with input as sample.clean with data.sallyport.main.parameters as given
	count(resource_memory.deny) == 0 with input as sample.operation("exec", open) with data.sallyport.main.parameters as given
}
