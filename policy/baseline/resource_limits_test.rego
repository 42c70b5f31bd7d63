package sallyport.rules.resource_limits_test

import data.sallyport.rules.resource_limits
import data.sallyport.sample

# --- how the tests ask

found(bounds, document) := f if {
	f := resource_limits.deny with input as document with data.sallyport.main.parameters as {"resource-limits": bounds}
}

values(findings) := {op.path: op.value | some op in sample.fixes(findings)}

quiet(bounds, document) if count(found(bounds, document)) == 0

refused(bounds, document) if {
	f := found(bounds, document)
	count(f) > 0
	sample.fixes(f) == set()
}

start(resources) := sample.with_config({}, {"linux": {"resources": resources}})

update(resources, admitted) := object.union(sample.clean, {
	"operation": "update",
	"resources": resources,
	"container": {"admitted": {"resources": admitted}},
})

limit := "/config/linux/resources/memory/limit"

swap := "/config/linux/resources/memory/swap"

quota := "/config/linux/resources/cpu/quota"

# --- nothing is asked without settings

test_without_settings if {
	count(resource_limits.deny) == 0 with input as sample.clean
	count(resource_limits.deny) == 0 with input as start({"memory": {"limit": -1, "swap": -1}, "cpu": {"quota": -1}, "unified": {"memory.max": "max", "cpu.weight": "1"}})
}

# --- memory

test_memory_is_required if {
	refused({"memory": {"require": true}}, sample.clean)
	refused({"memory": {"require": true, "max": "4g"}}, start({"memory": {"limit": -1}}))
	quiet({"memory": {"require": true}}, start({"memory": {"limit": 5}}))
	quiet({"memory": {"require": false}}, sample.clean)
	quiet({"memory": {"require": true}}, sample.operation("exec", sample.clean))
	quiet({"memory": {"require": true}}, update({}, {}))
}

test_not_of_sandboxes_and_builds if {
	quiet({"memory": {"require": true}}, object.union(sample.clean, {"container": {"scope": "sandbox"}}))
	quiet({"memory": {"require": true}}, sample.building(sample.clean))
	values(found({"memory": {"require": true, "max": 9}}, sample.building(sample.clean))) == {limit: 9}
}

test_memory_by_default if {
	values(found({"memory": {"default": "512m"}}, sample.clean)) == {limit: 536870912}
	values(found({"memory": {"default": "1Gi", "require": true}}, sample.clean)) == {limit: 1073741824}
	values(found({"memory": {"default": "2GB", "max": "1GB"}}, sample.clean)) == {limit: 1000000000}
	values(found({"memory": {"max": 77}}, sample.clean)) == {limit: 77}
	refused({"memory": {"default": "none", "require": true}}, sample.clean)
	quiet({"memory": {"default": "none", "max": "none"}}, sample.clean)
	quiet({"memory": {"max": "none"}}, start({"memory": {"limit": 5}}))
	quiet({"memory": {"default": "512m"}}, start({"memory": {"limit": 5}}))
	quiet({"memory": {"default": "512m"}}, start({"unified": {"memory.max": "5"}}))
}

test_memory_is_lowered_never_raised if {
	values(found({"memory": {"max": 100}}, start({"memory": {"limit": 101}}))) == {limit: 100}
	quiet({"memory": {"max": 100}}, start({"memory": {"limit": 100}}))
	quiet({"memory": {"max": 100, "default": 50}}, start({"memory": {"limit": 7}}))
	quiet({"memory": {"max": 100}}, sample.operation("exec", start({"memory": {"limit": 101}})))
}

test_the_words_name_both if {
	{f.msg | some f in found({"memory": {"max": 100}}, start({"memory": {"limit": 101}}))} == {"101 is asked for of memory, where 100 is the most"}
}

# Where a runtime has no control group to set it in.
test_without_a_control_group if {
	rootless := object.union(sample.clean, {"host": {"trusted": false}})
	quiet({"memory": {"max": 5}, "swap": {"max": 5}, "block-io": {"8:0": {"read-bps": {"max": 1}}}}, rootless)
	values(found({"memory": {"max": 5}}, object.union(rootless, {"config": {"linux": {"cgroupsPath": "x"}}}))) == {limit: 5}
}

# --- swap

test_swap_goes_beyond_the_memory if {
	values(found({"swap": {"max": 0}}, start({"memory": {"limit": 10, "swap": 30}}))) == {swap: 10}
	values(found({"swap": {"max": 5}}, start({"memory": {"limit": 10, "swap": -1}}))) == {swap: 15}
	values(found({"swap": {"default": 6}}, start({"memory": {"limit": 10}}))) == {swap: 16}
	quiet({"swap": {"max": 20}}, start({"memory": {"limit": 10, "swap": 30}}))
	quiet({"swap": {"max": 0}}, start({"memory": {"limit": 10, "swap": 10}}))
	quiet({"swap": {"max": 0}}, start({"memory": {"limit": 10}, "unified": {"memory.swap.max": "0"}}))
	quiet({"swap": {"max": 0}}, sample.operation("exec", start({"memory": {"limit": 10, "swap": 30}})))
}

test_swap_needs_memory if {
	refused({"swap": {"max": 5}}, sample.clean)
	values(found({"swap": {"max": 5}, "memory": {"default": 10}}, sample.clean)) == {limit: 10, swap: 15}
	quiet({"swap": {"max": 5}}, update({}, {}))
	count(found({"swap": {"max": 5}, "memory": {"require": true}}, sample.clean)) == 1
	values(found({"swap": {"max": 5}}, start({"unified": {"memory.max": "10"}}))) == {swap: 15}
	refused({"swap": {"max": 5}}, start({"unified": {"memory.max": "max"}}))
}

test_swap_goes_with_the_memory if {
	values(found({"memory": {"max": 10}}, start({"memory": {"limit": 20, "swap": 25}}))) == {limit: 10, swap: 15}
	values(found({"memory": {"max": 10}, "swap": {"max": 2}}, start({"memory": {"limit": 20, "swap": 25}}))) == {limit: 10, swap: 12}
	values(found({"memory": {"max": 10}, "swap": {"max": 8}}, start({"memory": {"limit": 20, "swap": 25}}))) == {limit: 10, swap: 15}
	values(found({"memory": {"max": 10}}, start({"memory": {"limit": 20, "swap": -1}}))) == {limit: 10}
	values(found({"memory": {"max": 10}}, start({"memory": {"limit": 20}}))) == {limit: 10}
}

# --- processors

test_processors if {
	values(found({"cpus": {"max": 1.5}}, start({"cpu": {"quota": 200000, "period": 100000}}))) == {quota: 150000}
	values(found({"cpus": {"max": 1.5}}, start({"cpu": {"quota": 4000, "period": 1000}}))) == {quota: 1500}
	values(found({"cpus": {"max": 2, "default": 0.5}}, sample.clean)) == {quota: 50000}
	values(found({"cpus": {"max": 2}}, start({"cpu": {"quota": -1, "period": 50000}}))) == {quota: 100000}
	values(found({"cpus": {"max": 2}}, start({"cpu": {"quota": 300000}}))) == {quota: 200000}
	refused({"cpus": {"require": true}}, start({"cpu": {"shares": 5}}))
	quiet({"cpus": {"max": 2}}, start({"cpu": {"quota": 200000}}))
	quiet({"cpus": {"max": 2}}, start({"unified": {"cpu.max": "200000 100000"}}))
	quiet({"cpus": {"max": 2}}, sample.operation("exec", start({"cpu": {"quota": 900000}})))
}

test_weights if {
	refused({"cpu-shares": {"require": true}}, start({"cpu": {"quota": 5}}))
	quiet({"cpu-shares": {"max": 512}}, start({}))
	values(found({"cpu-shares": {"max": 512}}, start({"cpu": {"shares": 1024}}))) == {"/config/linux/resources/cpu/shares": 512}
	values(found({"cpu-shares": {"default": 256}}, sample.clean)) == {"/config/linux/resources/cpu/shares": 256}
	values(found({"block-io-weight": {"max": 50}}, sample.clean)) == {"/config/linux/resources/blockIO/weight": 50}
}

# --- processes: resource-pids sees to those without a limit

test_processes if {
	pids := "/config/linux/resources/pids/limit"
	values(found({"pids": {"max": 50}}, sample.clean)) == {pids: 50}
	quiet({"pids": {"max": 100}}, sample.clean)
	quiet({"pids": {"max": 50}}, start({"pids": {"limit": -1}}))
	values(found({"pids": {"default": 60, "max": 50}}, start({"pids": {"limit": 0}}))) == {pids: 50}
	refused({"pids": {"require": true}}, start({"pids": {"limit": 0}}))
}

# --- unified entries

unified_at(key) := concat("", ["/config/linux/resources/unified/", key])

test_unified if {
	values(found({"memory": {"max": "1k"}}, start({"unified": {"memory.max": "max"}}))) == {unified_at("memory.max"): "1024"}
	values(found({"memory": {"max": "1k"}}, start({"unified": {"memory.max": "1025"}}))) == {unified_at("memory.max"): "1024"}
	quiet({"memory": {"max": "1k"}}, start({"unified": {"memory.max": "1024"}}))
	values(found({"pids": {"max": 5}}, start({"unified": {"pids.max": "7"}, "pids": {"limit": 3}}))) == {unified_at("pids.max"): "5"}
	values(found({"cpus": {"max": 2}}, start({"unified": {"cpu.max": "max 50000"}}))) == {unified_at("cpu.max"): "100000 50000"}
	values(found({"cpus": {"max": 2}}, start({"unified": {"cpu.max": "max"}}))) == {unified_at("cpu.max"): "200000"}
	values(found({"cpus": {"max": 2}}, start({"unified": {"cpu.max": "300000"}}))) == {unified_at("cpu.max"): "200000"}
	quiet({"cpus": {"max": 2}}, start({"unified": {"cpu.max": "100000 50000"}}))
	quiet({"memory": {"max": 5}}, sample.operation("exec", start({"unified": {"memory.max": "max"}})))
	refused({"memory": {"require": true}}, start({"unified": {"memory.max": "max"}}))
}

test_unified_in_other_words if {
	refused({"cpu-shares": {"max": 5}}, start({"cpu": {"shares": 4}, "unified": {"cpu.weight": "100"}}))
	refused({"block-io": {"8:0": {}}}, start({"unified": {"io.max": "8:0 rbps=max"}}))
	quiet({"memory": {"max": 5}}, start({"memory": {"limit": 4}, "unified": {"cpu.weight": "100"}}))
	quiet({"cpu-shares": {"max": 5}}, sample.operation("exec", start({"unified": {"cpu.weight": "100"}})))
}

# --- block I/O

with_rates(rates) := start({"blockIO": {"throttleReadBpsDevice": rates}})

test_devices if {
	list := "/config/linux/resources/blockIO/throttleReadBpsDevice"
	bounds := {"block-io": {"8:16": {"read-bps": {"max": "1M"}}}}
	slow := {"major": 8, "minor": 16, "rate": 1048576}
	values(found(bounds, sample.clean)) == {concat("", [list, "/-"]): slow}
	values(found(bounds, with_rates([{"major": 8, "minor": 0, "rate": 5}]))) == {concat("", [list, "/-"]): slow}
	values(found(bounds, with_rates([{"major": 8, "minor": 16, "rate": 1048577}]))) == {concat("", [list, "/0"]): slow}
	values(found(bounds, with_rates([{"major": 8, "minor": 16, "rate": 0}]))) == {concat("", [list, "/0"]): slow}
	quiet(bounds, with_rates([{"major": 8, "minor": 16, "rate": 7}]))
	quiet(bounds, sample.operation("exec", sample.clean))
	quiet(bounds, update({}, {}))
	values(found(bounds, update({"blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 16, "rate": 9999999}]}}, {}))) == {"/resources/blockIO/throttleReadBpsDevice/0": slow}
	refused({"block-io": {"8:16": {"write-iops": {"require": true}}}}, sample.clean)
}

# --- limits of the process

test_rlimits if {
	bounds := {"rlimits": {"NOFILE": {"max": 512}}}
	values(found(bounds, sample.clean)) == {"/config/process/rlimits/0": {"type": "RLIMIT_NOFILE", "hard": 512, "soft": 512}}
	quiet({"rlimits": {"NOFILE": {"max": 1024}}}, sample.clean)
	low := sample.with_config({}, {"process": {"rlimits": [{"type": "RLIMIT_NOFILE", "hard": 2000, "soft": 5}]}})
	values(found(bounds, low)) == {"/config/process/rlimits/0": {"type": "RLIMIT_NOFILE", "hard": 512, "soft": 5}}
	values(found({"rlimits": {"CORE": {"default": 0}}}, sample.clean)) == {"/config/process/rlimits/-": {"type": "RLIMIT_CORE", "hard": 0, "soft": 0}}
	refused({"rlimits": {"NPROC": {"require": true, "max": 9}}}, sample.clean)
	quiet(bounds, update({}, {}))
	quiet({"rlimits": {"NPROC": {"max": 9}}}, update({}, {}))
}

exec_with(list) := object.union(sample.operation("exec", sample.clean), {"process": {"rlimits": list}})

test_rlimits_of_exec if {
	values(found({"rlimits": {"NOFILE": {"max": 512}}}, exec_with([]))) == {"/process/rlimits/-": {"type": "RLIMIT_NOFILE", "hard": 512, "soft": 512}}
	quiet({"rlimits": {"NOFILE": {"require": true}}}, exec_with([]))
	values(found({"rlimits": {"NOFILE": {"max": 512}}}, exec_with([{"type": "RLIMIT_CORE", "hard": 1, "soft": 1}]))) == {"/process/rlimits/-": {"type": "RLIMIT_NOFILE", "hard": 512, "soft": 512}}
	values(found({"rlimits": {"NOFILE": {"max": 512}}}, exec_with([{"type": "RLIMIT_NOFILE", "hard": 600, "soft": 1}]))) == {"/process/rlimits/0": {"type": "RLIMIT_NOFILE", "hard": 512, "soft": 1}}
}

# --- tmpfs

tmpfs(m) := sample.mount(object.union({"type": "tmpfs", "bind": false, "size_limited": true, "size": 100}, m))

test_tmpfs if {
	option := "/config/mounts/0/options/-"
	values(found({"tmpfs": {"max": "64"}}, tmpfs({}))) == {option: "size=64"}
	quiet({"tmpfs": {"max": 100}}, tmpfs({}))
	quiet({"tmpfs": {"max": 64}}, tmpfs({"bind": true}))
	values(found({"tmpfs": {"max": 64}}, tmpfs({"size_limited": false, "size": 2000000000000000}))) == {option: "size=64"}
	quiet({"tmpfs": {"max": 64}}, tmpfs({"type": "shm"}))
	quiet({"tmpfs": {"max": 64}}, sample.operation("exec", tmpfs({})))
	values(found({"tmpfs": {"default": 32}}, json.remove(tmpfs({"size_limited": false}), ["facts/mounts/0/size"]))) == {option: "size=32"}
	refused({"tmpfs": {"require": true}}, json.remove(tmpfs({"size_limited": false}), ["facts/mounts/0/size"]))
	refused({"tmpfs": {"max": 64}}, json.remove(tmpfs({}), ["facts/mounts/0/size"]))
	quiet({"tmpfs": {"default": 64}}, json.remove(tmpfs({}), ["facts/mounts/0/size"]))
}

# --- update

update_at(name) := concat("", ["/resources/", name])

test_updates if {
	values(found({"memory": {"max": 100}}, update({"memory": {"limit": 101}}, {}))) == {update_at("memory/limit"): 100}
	values(found({"memory": {"max": 100}}, update({"memory": {"limit": -1}}, {}))) == {update_at("memory/limit"): 100}
	quiet({"memory": {"max": 100, "default": 7, "require": true}}, update({"memory": {"limit": 0}}, {}))
	quiet({"memory": {"max": 100, "default": 7}}, update({"pids": {"limit": 5}}, {}))
	values(found({"cpus": {"max": 2}}, update({"cpu": {"quota": 500000, "period": 100000}}, {}))) == {update_at("cpu/quota"): 200000}
	values(found({"cpus": {"max": 2}}, update({"cpu": {"period": 10000}}, {"cpu": {"quota": 200000}}))) == {update_at("cpu/quota"): 20000}
	values(found({"cpus": {"max": 2}}, update({"cpu": {"quota": 50000}}, {"cpu": {"quota": 10000, "period": 10000}}))) == {update_at("cpu/quota"): 20000}
	values(found({"cpus": {"max": 2}}, update({"cpu": {"quota": -1}}, {"cpu": {"quota": 200000}}))) == {update_at("cpu/quota"): 200000}
	quiet({"cpus": {"max": 2}}, update({"cpu": {"period": 10000}}, {}))
	values(found({"swap": {"max": 5}}, update({"memory": {"swap": 30}}, {"memory": {"limit": 10}}))) == {update_at("memory/swap"): 15}
	quiet({"swap": {"max": 5}}, update({"memory": {"swap": 0}}, {"memory": {"limit": 10}}))
	values(found({"pids": {"default": 5}}, update({"pids": {"limit": -1}}, {}))) == {update_at("pids/limit"): 5}
}
