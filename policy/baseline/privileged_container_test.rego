package sallyport.rules.privileged_container_test

import data.sallyport.rules.privileged_container
import data.sallyport.sample

test_the_usual_passes if count(privileged_container.deny) == 0 with input as sample.clean

test_case_1 if count(privileged_container.deny) == 1 with input as sample.facts({"privileged": true})

test_case_2 if count(privileged_container.deny) == 0 with input as sample.operation("exec", sample.facts({"privileged": true}))
