package sallyport.rules.dangerous_capabilities_test

import data.sallyport.rules.dangerous_capabilities
import data.sallyport.sample

test_the_usual_passes if count(dangerous_capabilities.deny) == 0 with input as sample.clean

test_case_1 if count(dangerous_capabilities.deny) == 1 with input as caps(["CAP_SYS_ADMIN"], ["CAP_SYS_ADMIN"])

test_case_2 if count(dangerous_capabilities.deny) == 0 with input as caps(["CAP_MKNOD"], ["CAP_NET_ADMIN"])

test_case_3 if count(dangerous_capabilities.deny) == 1 with input as sample.facts({"capabilities": {"unknown_names": ["CAP_NEW"]}})

test_case_4 if count(dangerous_capabilities.deny) == 0 with input as sample.operation("update", object.union(caps(["CAP_SYS_ADMIN"], ["CAP_SYS_ADMIN"]), {"facts": {"capabilities": {"unknown_names": ["X"]}}}))

test_case_5 if count(dangerous_capabilities.deny) == 0 with input as caps(["CAP_SYS_ADMIN"], ["CAP_SYS_ADMIN"]) with data.sallyport.main.parameters as {"drop-capabilities": {"keep": ["CAP_SYS_ADMIN"]}}

caps(critical, excess) := sample.facts({"capabilities": {"critical": critical, "default_excess": excess}})
