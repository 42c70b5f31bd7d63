package sallyport.rules.seccomp_notify_agent_test

import data.sallyport.rules.seccomp_notify_agent
import data.sallyport.sample

test_the_usual_passes if count(seccomp_notify_agent.deny) == 0 with input as sample.clean

test_case_1 if count(seccomp_notify_agent.deny) == 1 with input as sample.facts({"seccomp": {"notify": true}})

test_case_2 if count(seccomp_notify_agent.deny) == 0 with input as sample.operation("exec", sample.facts({"seccomp": {"notify": true}}))
