package sallyport.rules.restored_workload_verified_test

import data.sallyport.rules.restored_workload_verified
import data.sallyport.sample

test_the_usual_passes if count(restored_workload_verified.deny) == 0 with input as sample.clean

test_case_1 if count(restored_workload_verified.deny) == 1 with input as sample.operation("restore", sample.clean)

test_case_2 if count(restored_workload_verified.deny) == 0 with input as sample.operation("restore", sample.clean) with data.sallyport.main.parameters as {"restored-workload-verified": {"allow": true}}
