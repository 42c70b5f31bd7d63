package sallyport.rules.namespace_conflicts_test

import data.sallyport.rules.namespace_conflicts
import data.sallyport.sample

test_the_usual_passes if count(namespace_conflicts.deny) == 0 with input as sample.clean

test_case_1 if count(namespace_conflicts.deny) == 1 with input as sample.facts({"namespaces": {"net": {"conflict": true}}})

test_case_2 if count(namespace_conflicts.deny) == 1 with input as sample.facts({"namespaces": {"unknown_types": ["x"]}})

test_case_3 if count(namespace_conflicts.deny) == 0 with input as sample.operation("exec", sample.facts({"namespaces": {"net": {"conflict": true}, "unknown_types": ["x"]}}))
