package sallyport.rules.oci_version_test

import data.sallyport.rules.oci_version
import data.sallyport.sample

test_the_usual_passes if count(oci_version.deny) == 0 with input as sample.clean

test_case_1 if count(oci_version.deny) == 1 with input as sample.facts({"oci": {"supported": false}})

test_case_2 if count(oci_version.deny) == 0 with input as sample.operation("exec", sample.facts({"oci": {"supported": false}}))
