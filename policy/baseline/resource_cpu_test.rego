package sallyport.rules.resource_cpu_test

import data.sallyport.rules.resource_cpu
import data.sallyport.sample

test_the_usual_passes if count(resource_cpu.deny) == 0 with input as sample.facts({"resources": {"cpu_limited": true}})

test_case_1 if count(resource_cpu.deny) == 1 with input as sample.facts({"resources": {"cpu_limited": false}})

test_case_2 if count(resource_cpu.deny) == 0 with input as sample.facts({"resources": {"cpu_limited": false, "cpu_weighted": true}})

test_case_3 if count(resource_cpu.deny) == 0 with input as sample.operation("exec", sample.facts({"resources": {"cpu_limited": false}}))
