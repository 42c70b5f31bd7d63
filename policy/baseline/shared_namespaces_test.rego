package sallyport.rules.shared_namespaces_test

import data.sallyport.rules.shared_namespaces
import data.sallyport.sample

test_the_usual_passes if count(shared_namespaces.deny) == 0 with input as sample.clean

test_case_1 if count(shared_namespaces.deny) == 1 with input as sample.facts({"namespaces": {"pid": {"state": "shared"}}})

test_case_2 if count(shared_namespaces.deny) == 0 with input as object.union(sample.facts({"namespaces": {"pid": {"state": "shared"}}}), {"container": {"scope": "sandbox"}})

test_case_3 if count(shared_namespaces.deny) == 0 with input as sample.operation("exec", sample.facts({"namespaces": {"pid": {"state": "shared"}}}))
