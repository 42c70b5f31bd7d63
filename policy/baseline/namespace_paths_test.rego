package sallyport.rules.namespace_paths_test

import data.sallyport.rules.namespace_paths
import data.sallyport.sample

test_the_usual_passes if count(namespace_paths.deny) == 0 with input as sample.clean

test_case_1 if count(namespace_paths.deny) == 1 with input as sample.facts({"namespaces": {"pid": {"changeable_by": "/tmp"}}})

test_case_2 if count(namespace_paths.deny) == 0 with input as sample.operation("exec", sample.facts({"namespaces": {"pid": {"changeable_by": "/tmp"}}}))
