package sallyport.rules.mount_destinations_test

import data.sallyport.rules.mount_destinations
import data.sallyport.sample

test_the_usual_passes if count(mount_destinations.deny) == 0 with input as sample.clean

test_case_1 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["dotdot"]})

test_case_2 if count(mount_destinations.deny) == 0 with input as sample.mount({"destination_odd": ["unclean"]})

test_case_3 if count(mount_destinations.deny) == 0 with input as sample.operation("exec", sample.mount({"destination_odd": ["dotdot"]}))

test_case_4 if count(mount_destinations.deny) == 0 with input as sample.mount({"destination_odd": ["inside-sys"], "pseudo": true, "destination_clean": "/sys/fs/cgroup"})

test_case_5 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["inside-sys"], "pseudo": false, "destination_clean": "/sys/fs/cgroup"})

test_case_6 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["inside-sys"], "pseudo": true, "destination_clean": "/sys/x"})

test_case_7 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["inside-proc"], "pseudo": true, "destination_clean": "/sys/fs/cgroup"})

test_case_8 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["on-dev"], "bind": true, "destination_clean": "/dev/null"})

test_case_9 if count(mount_destinations.deny) == 0 with input as sample.mount({"destination_odd": ["on-dev"], "bind": true, "destination_clean": "/dev/shm"})

test_case_10 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["dotdot"], "bind": true, "destination_clean": "/dev/shm"})

test_case_11 if count(mount_destinations.deny) == 0 with input as sample.mount({"destination_odd": ["on-dev"], "bind": false, "destination_clean": "/dev/x"})

test_case_12 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["dotdot"], "bind": false, "destination_clean": "/dev/x"})

test_case_13 if count(mount_destinations.deny) == 0 with input as sample.mount({"destination_odd": ["duplicate"], "bind": true, "destination_clean": "/dev/shm", "engine_managed": "shm"})

test_case_14 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["duplicate"], "bind": true, "destination_clean": "/dev/shm", "engine_managed": "volume"})

test_case_15 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["duplicate"], "bind": true, "destination_clean": "/x", "engine_managed": "shm"})

test_case_16 if count(mount_destinations.deny) == 1 with input as sample.mount({"destination_odd": ["dotdot"], "bind": true, "destination_clean": "/dev/sh", "engine_managed": "shm"})
