# METADATA
# title: "Resources stay within what the settings give"
# description: "What the settings require refuses when it is missing, what they give by default is set, and what is above their maximum is lowered, never raised: memory, swap, processors, processes, block I/O, limits of the process and sizes of tmpfs. Without settings this rule asks nothing."
# custom:
#   id: resource-limits
#   severity: medium
#   level: baseline
#   risk: "One container uses up what all share."
#   remediation:
#     docker: "ask for no more than the settings give: --memory, --memory-swap, --cpus, --pids-limit, --ulimit, --device-read-bps, --tmpfs PATH:size=N"
#     kubernetes: "ask for no more than the settings give: resources.limits, emptyDir.sizeLimit"
#     podman: "ask for no more than the settings give: --memory, --memory-swap, --cpus, --pids-limit, --ulimit, --device-read-bps, --tmpfs PATH:size=N"
#   controls:
#     nist-csf: ["PR.IR-04"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["SC-5", "SC-5(2)", "SC-6"]
#     container-platform-srg: ["SRG-APP-000435-CTR-001070", "SRG-APP-000246-CTR-000605"]
#     owasp-docker-top-10: ["D07"]
#   parameters:
#     memory: {$ref: "#/$defs/bound", description: "Bytes of memory."}
#     swap: {$ref: "#/$defs/bound", description: "Bytes of swap beyond the memory; needs a limit of memory."}
#     cpus: {$ref: "#/$defs/bound", description: "Processors, parts of one too: quota over period."}
#     cpu-shares: {$ref: "#/$defs/bound", description: "Weight among containers (cpu.shares, 2 to 262144)."}
#     pids: {$ref: "#/$defs/bound", description: "Processes and threads."}
#     block-io-weight: {$ref: "#/$defs/bound", description: "Weight among containers (10 to 1000)."}
#     block-io:
#       description: "For each device, MAJOR:MINOR: bytes and operations a second."
#       type: object
#       additionalProperties:
#         type: object
#         additionalProperties: false
#         properties:
#           read-bps: {$ref: "#/$defs/bound"}
#           write-bps: {$ref: "#/$defs/bound"}
#           read-iops: {$ref: "#/$defs/bound"}
#           write-iops: {$ref: "#/$defs/bound"}
#     rlimits:
#       description: "For each limit of the process (NOFILE, NPROC, CORE, ...)."
#       type: object
#       additionalProperties: {$ref: "#/$defs/bound"}
#     tmpfs: {$ref: "#/$defs/bound", description: "Bytes of each tmpfs."}
package sallyport.rules.resource_limits

import data.sallyport.lib

# --- what is found ------------------------------------------------------------------------------

# An ask's n is what is asked for in the settings' measure, -1 where that is no limit at all.
deny contains finding if {
	some ask in asks
	ask.n < 0
	required(ask.bound)
	finding := {"msg": sprintf("%s must be limited, and no limit is given", [ask.what]), "path": ask.path}
}

deny contains finding if {
	some ask in asks
	ask.n < 0
	amount := supplied(ask)
	finding := {
		"msg": sprintf("no limit of %s is given; the settings say %v", [ask.what, amount]),
		"path": ask.path,
		"fix": [written(ask, amount)],
	}
}

deny contains finding if {
	some ask in asks
	most := lib.most(ask.bound)
	ask.n > most
	finding := {
		"msg": sprintf("%v is asked for of %s, where %v is the most", [ask.n, ask.what, most]),
		"path": ask.path,
		"fix": [written(ask, most)],
	}
}

# Swap stays what it was beyond the memory when that is lowered.
deny contains finding if {
	memory_left < memory_asked
	most := lib.within(lib.bound("swap"), swap_asked)
	finding := {
		"msg": "the swap that was asked for goes with less memory",
		"path": swap_path,
		"fix": [{"op": "add", "path": swap_path, "value": memory_left + most}],
	}
}

deny contains finding if {
	lib.starting
	not lib.without_cgroup
	lib.bounds.swap
	not memory_left
	not required(lib.bound("memory"))
	finding := {"msg": "the settings limit swap, which needs a limit of memory", "path": "/config/linux/resources/memory/limit"}
}

deny contains finding if {
	lib.starting
	lib.most(lib.bound("tmpfs"))
	some m in tmpfs
	m.size_limited
	not m.size
	finding := {"msg": sprintf("%s: its size must be said in bytes, to be compared", [m.destination]), "path": lib.mount_path(m.index)}
}

# Written last, in measures of their own: they would take the place of what is limited here.
deny contains finding if {
	not lib.executing
	some key, _ in lib.resources.unified
	lib.bounds[overriding[key]]
	finding := {
		"msg": sprintf("the settings limit what %s says in other words", [key]),
		"path": concat("/", [lib.resources_path, "unified", key]),
	}
}

overriding := {
	"cpu.weight": "cpu-shares",
	"cpu.weight.nice": "cpu-shares",
	"cpu.idle": "cpu-shares",
	"io.weight": "block-io-weight",
	"io.bfq.weight": "block-io-weight",
	"io.max": "block-io",
}

# A default serves where a limit is required. Sandboxes and builds are given none of their own.
required(bound) if {
	bound.require
	not lib.usual(bound)
	lib.starting
	not input.container.scope in {"sandbox", "build"}
}

supplied(ask) := lib.given(ask.bound, 0) if lib.usual(ask.bound) >= 0

# No limit is above every maximum; a weight that is not given is the usual one.
supplied(ask) := lib.most(ask.bound) if {
	ask.open
	not lib.usual(ask.bound)
	not required(ask.bound)
}

written(ask, amount) := {"op": "add", "path": ask.path, "value": ask.base + floor(amount * ask.scale)} if ask.form == "number"

written(ask, amount) := {"op": "add", "path": ask.path, "value": sprintf("%d%s", [floor(amount * ask.scale), ask.tail])} if ask.form == "text"

written(ask, amount) := {"op": "add", "path": concat("", [ask.path, "/options/-"]), "value": sprintf("size=%d", [amount])} if ask.form == "size"

written(ask, amount) := {"op": ask.op, "path": ask.path, "value": object.union(ask.like, {field: min([was, amount]) | some field, was in ask.limits})} if ask.form == "object"

# --- numbers of the control group ---------------------------------------------------------------

# open: none at all is as good as no limit. resource-pids sees to processes that are not limited.
rows := {
	"memory": {"what": "memory", "part": "memory", "field": "limit", "unified": "memory.max", "open": true},
	"pids": {"what": "processes", "part": "pids", "field": "limit", "unified": "pids.max", "open": false},
	"cpu-shares": {"what": "the weight of processor time", "part": "cpu", "field": "shares", "unified": "", "open": false},
	"block-io-weight": {"what": "the weight of block I/O", "part": "blockIO", "field": "weight", "unified": "", "open": false},
}

asks contains ask if {
	not lib.executing
	some name, bound in lib.bounds
	row := rows[name]
	n := number(object.get(lib.resources, [row.part, row.field], 0), row.unified)
	ask := {
		"what": row.what,
		"bound": bound,
		"path": concat("/", [lib.resources_path, row.part, row.field]),
		"n": n,
		"open": row.open,
		"form": "number",
		"scale": 1,
		"base": 0,
	}
}

number(n, _) := n if n > 0

# Zero in an update changes nothing. At a start a unified entry speaks for itself, below.
number(n, unified) := -1 if {
	n <= 0
	lib.starting
	not lib.without_cgroup
	not lib.resources.unified[unified]
}

number(n, _) := -1 if {
	n < 0
	lib.updating
}

# --- processors: quota over period --------------------------------------------------------------

asks contains ask if {
	not lib.executing
	ask := {
		"what": "processors",
		"bound": lib.bounds.cpus,
		"path": concat("", [lib.resources_path, "/cpu/quota"]),
		"n": processors,
		"open": true,
		"form": "number",
		"scale": period,
		"base": 0,
	}
}

cpu := object.get(lib.resources, "cpu", {})

# An update of the period alone changes what the quota comes to.
said(field, fallback) := cpu[field] if {
	object.get(cpu, field, 0) != 0
} else := input.container.admitted.resources.cpu[field] if {
	lib.updating
	input.container.admitted.resources.cpu[field] > 0
} else := fallback

period := said("period", 100000)

processors := quota / period if {
	quota := said("quota", 0)
	quota > 0
}

processors := number(object.get(cpu, "quota", 0), "cpu.max") if said("quota", 0) <= 0

# --- swap: the document counts it with the memory -----------------------------------------------

memory := object.get(lib.resources, "memory", {})

swap_path := concat("", [lib.resources_path, "/memory/swap"])

memory_asked := memory.limit if {
	memory.limit > 0
} else := to_number(lib.resources.unified["memory.max"]) if {
	regex.match(`^[0-9]+$`, lib.resources.unified["memory.max"])
} else := input.container.admitted.resources.memory.limit if {
	lib.updating
	input.container.admitted.resources.memory.limit > 0
}

memory_left := lib.within(lib.bound("memory"), memory_asked) if {
	memory_asked
} else := lib.given(lib.bound("memory"), 0) if {
	lib.starting
	lib.given(lib.bound("memory"), 0) > 0
}

swap_given := object.get(memory, "swap", 0)

swap_asked := swap_given - memory_asked if swap_given > 0

asks contains ask if {
	not lib.executing
	ask := {
		"what": "swap",
		"bound": lib.bounds.swap,
		"path": swap_path,
		"n": swap,
		"open": true,
		"form": "number",
		"scale": 1,
		"base": memory_left,
	}
}

swap := swap_asked

swap := number(swap_given, "memory.swap.max") if swap_given <= 0

# --- unified entries that are plain limits ------------------------------------------------------

asks contains ask if {
	not lib.executing
	some key, text in lib.resources.unified
	row := plain[key]
	parts := split(text, " ")
	scale := scale_of(key, parts)
	ask := {
		"what": row.what,
		"bound": lib.bounds[row.name],
		"path": concat("/", [lib.resources_path, "unified", key]),
		"n": entry(parts[0]) / scale,
		"open": true,
		"form": "text",
		"scale": scale,
		"tail": concat("", [sprintf(" %s", [p]) | some i, p in parts; i > 0]),
	}
}

plain := {
	"memory.max": {"name": "memory", "what": "memory"},
	"memory.swap.max": {"name": "swap", "what": "swap"},
	"pids.max": {"name": "pids", "what": "processes"},
	"cpu.max": {"name": "cpus", "what": "processors"},
}

scale_of(key, _) := 1 if key != "cpu.max"

scale_of("cpu.max", parts) := 100000 if count(parts) == 1

scale_of("cpu.max", parts) := to_number(parts[1]) if count(parts) > 1

entry(text) := to_number(text) if regex.match(`^[0-9]+$`, text)

entry(text) := -1 if not regex.match(`^[0-9]+$`, text)

# --- block I/O of a device ----------------------------------------------------------------------

throttles := {
	"read-bps": "throttleReadBpsDevice",
	"write-bps": "throttleWriteBpsDevice",
	"read-iops": "throttleReadIOPSDevice",
	"write-iops": "throttleWriteIOPSDevice",
}

device_rows contains row if {
	not lib.executing
	some device, kinds in lib.bounds["block-io"]
	some kind, bound in kinds
	row := {
		"what": sprintf("%s of the device %s", [kind, device]),
		"bound": bound,
		"open": true,
		"form": "object",
		"list": throttles[kind],
		"number": [to_number(n) | some n in split(device, ":")],
	}
}

rates(row) := object.get(lib.resources, ["blockIO", row.list], [])

# Zero takes a limit away.
rate(l) := l.rate if l.rate != 0

rate(l) := -1 if l.rate == 0

asks contains ask if {
	some row in device_rows
	some i, l in rates(row)
	[l.major, l.minor] == row.number
	ask := object.union(row, {
		"path": sprintf("%s/blockIO/%s/%d", [lib.resources_path, row.list, i]),
		"n": rate(l),
		"op": "replace",
		"like": {"major": l.major, "minor": l.minor},
		"limits": {"rate": 18446744073709551615},
	})
}

asks contains ask if {
	lib.starting
	not lib.without_cgroup
	some row in device_rows
	count([l | some l in rates(row); [l.major, l.minor] == row.number]) == 0
	ask := object.union(row, {
		"path": sprintf("%s/blockIO/%s/-", [lib.resources_path, row.list]),
		"n": -1,
		"op": "add",
		"like": {"major": row.number[0], "minor": row.number[1]},
		"limits": {"rate": 18446744073709551615},
	})
}

# --- limits of the process ----------------------------------------------------------------------

rlimits := object.get(lib.process, "rlimits", [])

asks contains ask if {
	not lib.updating
	some name, bound in lib.bounds.rlimits
	some i, l in rlimits
	l.type == concat("", ["RLIMIT_", name])
	ask := {
		"what": l.type,
		"bound": bound,
		"path": sprintf("%s/rlimits/%d", [lib.process_path, i]),
		"n": max([l.hard, l.soft]),
		"open": true,
		"form": "object",
		"op": "replace",
		"like": {"type": l.type},
		"limits": {"hard": l.hard, "soft": l.soft},
	}
}

# A process of exec has none of its container's.
asks contains ask if {
	not lib.updating
	some name, bound in lib.bounds.rlimits
	type := concat("", ["RLIMIT_", name])
	count([l | some l in rlimits; l.type == type]) == 0
	ask := {
		"what": type,
		"bound": bound,
		"path": concat("", [lib.process_path, "/rlimits/-"]),
		"n": -1,
		"open": true,
		"form": "object",
		"op": "add",
		"like": {"type": type},
		"limits": {"hard": 18446744073709551615, "soft": 18446744073709551615},
	}
}

# --- tmpfs --------------------------------------------------------------------------------------

tmpfs contains m if {
	some m in input.facts.mounts
	m.type == "tmpfs"
	not m.bind
}

asks contains ask if {
	lib.starting
	some m in tmpfs
	ask := {
		"what": m.destination,
		"bound": lib.bounds.tmpfs,
		"path": lib.mount_path(m.index),
		"n": size(m),
		"open": true,
		"form": "size",
	}
}

size(m) := m.size if m.size_limited

size(m) := -1 if not m.size_limited
