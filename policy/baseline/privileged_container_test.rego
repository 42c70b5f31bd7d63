package sallyport.rules.privileged_container_test

import data.sallyport.rules.privileged_container
import data.sallyport.sample

test_the_usual_passes if count(privileged_container.deny) == 0 with input as sample.clean

test_case_1 if count(privileged_container.deny) == 1 with input as sample.facts({"privileged": true})

test_case_2 if count(privileged_container.deny) == 1 with input as open({})

test_case_3 if count(privileged_container.deny) == 0 with input as open({"devices": {"allow_all": false}})

test_case_4 if count(privileged_container.deny) == 0 with input as open({"seccomp": {"present": true}})

test_case_5 if count(privileged_container.deny) == 0 with input as open({"capabilities": {"critical": []}})

test_case_6 if count(privileged_container.deny) == 0 with input as sample.operation("exec", sample.facts({"privileged": true}))

open(changes) := sample.facts(object.union({"devices": {"allow_all": true}, "seccomp": {"present": false}, "capabilities": {"critical": ["CAP_SYS_ADMIN", "CAP_SYS_MODULE"]}}, changes))
