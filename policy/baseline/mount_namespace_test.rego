package sallyport.rules.mount_namespace_test

import data.sallyport.rules.mount_namespace
import data.sallyport.sample

test_the_usual_passes if count(mount_namespace.deny) == 0 with input as sample.clean

test_case_1 if count(mount_namespace.deny) == 1 with input as sample.facts({"namespaces": {"mount": {"state": "missing"}}})

test_case_2 if count(mount_namespace.deny) == 1 with input as sample.facts({"namespaces": {"mount": {"state": "shared"}}})

test_case_3 if count(mount_namespace.deny) == 0 with input as sample.operation("exec", sample.facts({"namespaces": {"mount": {"state": "missing"}}}))
