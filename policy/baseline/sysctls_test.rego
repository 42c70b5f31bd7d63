package sallyport.rules.sysctls_test

import data.sallyport.rules.sysctls
import data.sallyport.sample

test_the_usual_passes if count(sysctls.deny) == 0 with input as sample.clean

test_case_1 if count(sysctls.deny) == 1 with input as set({"odd": "slash"})

test_case_2 if count(sysctls.deny) == 1 with input as set({"private": false})

test_case_3 if count(sysctls.deny) == 1 with input as set({"odd": "slash", "private": false})

test_case_4 if count(sysctls.deny) == 0 with input as sample.operation("exec", set({"odd": "slash"}))

test_case_5 if count(sysctls.deny) == 0 with input as sample.operation("exec", set({"private": false}))

test_case_6 if count(sysctls.deny) == 0 with input as set({})

test_case_7 if count(sysctls.deny) == 1 with input as set({"safe": false})

test_case_8 if count(sysctls.deny) == 1 with input as set({"safe": false, "private": false})

test_case_9 if count(sysctls.deny) == 1 with input as set({"safe": false, "odd": "slash"})

test_case_10 if count(sysctls.deny) == 0 with input as sample.operation("exec", set({"safe": false}))

set(s) := sample.facts({"sysctls": [object.union({"key": "net.x", "private": true, "safe": true}, s)]})

test_unsafe_only_warns if {f.enforcement | some f in sysctls.deny} == {"warn"} with input as set({"safe": false})
