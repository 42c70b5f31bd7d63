package sallyport.rules.resource_memory_test

import data.sallyport.rules.resource_memory
import data.sallyport.sample

test_the_usual_passes if count(resource_memory.deny) == 0 with input as sample.facts({"resources": {"memory_limited": true}})

test_case_1 if count(resource_memory.deny) == 1 with input as sample.facts({"resources": {"memory_limited": false}})

test_case_2 if count(resource_memory.deny) == 0 with input as sample.operation("exec", sample.facts({"resources": {"memory_limited": false}}))
