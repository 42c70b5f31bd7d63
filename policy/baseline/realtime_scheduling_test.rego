package sallyport.rules.realtime_scheduling_test

import data.sallyport.rules.realtime_scheduling
import data.sallyport.sample

test_the_usual_passes if count(realtime_scheduling.deny) == 0 with input as sample.clean

test_case_1 if count(realtime_scheduling.deny) == 1 with input as sample.facts({"process": {"realtime": true, "scheduler": "SCHED_RR"}})

test_case_2 if count(realtime_scheduling.deny) == 1 with input as sample.facts({"process": {"io_realtime": true}})

test_case_3 if count(realtime_scheduling.deny) == 1 with input as sample.facts({"resources": {"realtime": true}})

test_case_4 if count(realtime_scheduling.deny) == 0 with input as sample.operation("update", sample.facts({"process": {"realtime": true, "scheduler": "SCHED_RR"}}))

test_case_5 if count(realtime_scheduling.deny) == 0 with input as sample.operation("update", sample.facts({"process": {"io_realtime": true}}))

test_case_6 if count(realtime_scheduling.deny) == 0 with input as sample.operation("exec", sample.facts({"resources": {"realtime": true}}))
