package sallyport.rules.mount_propagation_test

import data.sallyport.rules.mount_propagation
import data.sallyport.sample

test_the_usual_passes if count(mount_propagation.deny) == 0 with input as sample.clean

test_case_1 if count(mount_propagation.deny) == 1 with input as sample.mount({"propagation_shared": true, "propagation": "rshared"})

test_case_2 if count(mount_propagation.deny) == 0 with input as sample.mount({"propagation_shared": false})

test_case_3 if count(mount_propagation.deny) == 0 with input as sample.operation("exec", sample.mount({"propagation_shared": true, "propagation": "rshared"}))

test_case_4 if count(mount_propagation.deny) == 0 with input as sample.mount({"propagation_shared": true, "propagation": "rshared"}) with data.sallyport.main.parameters as {"mount-propagation": {"allow": ["rshared"]}}
