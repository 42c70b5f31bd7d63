package sallyport.rules.network_devices_test

import data.sallyport.rules.network_devices
import data.sallyport.sample

test_the_usual_passes if count(network_devices.deny) == 0 with input as sample.clean

test_case_1 if count(network_devices.deny) == 1 with input as sample.facts({"net_devices": ["eth0"]})

test_case_2 if count(network_devices.deny) == 0 with input as sample.operation("exec", sample.facts({"net_devices": ["eth0"]}))
