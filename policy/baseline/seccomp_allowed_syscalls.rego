# METADATA
# title: "The filter must not let through what opens the kernel"
# description: "Calls that make namespaces, mount, load code or reach keys and tracing without the capability that they are tied to are taken out of the filter; clone may make threads and processes only, clone3 is answered as unknown."
# custom:
#   id: seccomp-allowed-syscalls
#   severity: medium
#   level: baseline
#   risk: "A user namespace made inside opens kernel code that was never meant for strangers."
#   remediation:
#     docker: "use the default profile"
#     kubernetes: "seccompProfile.type: RuntimeDefault"
#     podman: "use a profile without these calls"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.22"]
#     nist-sp-800-190: ["4.4.3", "4.4.4"]
#     nist-sp-800-53r5: ["CM-6", "CM-7", "AC-6"]
#     docker-ee-stig: ["DKER-EE-002070"]
#     owasp-docker-top-10: ["D04"]
#     nsa-cisa-k8s: ["1.10"]
#     kubescape: ["C-0055"]
#   parameters:
#     allow: {type: array, items: {type: string}, description: "System calls that may stay open."}
package sallyport.rules.seccomp_allowed_syscalls

import data.sallyport.lib

deny contains finding if {
	lib.starting
	not lib.building
	input.facts.seccomp.present
	not input.facts.seccomp.default_allows
	count(open) > 0
	finding := {
		"msg": sprintf("the seccomp filter lets %s through", [concat(", ", sort(open))]),
		"path": "/config/linux/seccomp/syscalls",
		"fix": [{"op": "replace", "path": "/config/linux/seccomp/syscalls", "value": array.concat(by_family, array.concat(narrowed, array.concat(clones, terminals)))}],
	}
}

open contains name if {
	some name in input.facts.seccomp.dangerous
	name in closed
	not name in granted
	not name in allowed
}

open contains "clone" if input.facts.seccomp.clone_namespaces

open contains "clone3" if input.facts.seccomp.clone3

open contains "socket" if count(families) > 0

open contains "socket" if "socket" in input.facts.seccomp.upper_half

open contains "socketcall" if input.facts.seccomp.socketcall_hole

open contains "ioctl" if terminal

# What the settings leave to one workload, such as mount to a storage driver.
allowed := {name | some name in lib.parameter("seccomp-allowed-syscalls", "allow", [])}

# A call that a capability goes with stays where the settings keep that capability.
granted := {a.name |
	some calls in input.facts.seccomp.admits
	some a in calls
	a.capability in lib.parameter("drop-capabilities", "keep", [])
}

families contains "alg" if input.facts.seccomp.af_alg

families contains "vsock" if input.facts.seccomp.af_vsock

families contains f if {
	some f in input.facts.seccomp.socket_families
	not f in {"netlink", "packet"}
}

# Text put into the operator's terminal.
terminal if input.facts.seccomp.tiocsti

terminal if input.facts.seccomp.tioclinux

terminal if "ioctl" in input.facts.seccomp.upper_half

closed := {
	"acct", "add_key", "bpf", "clock_settime", "create_module", "delete_module", "fanotify_init",
	"finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "get_kernel_syms", "init_module",
	"io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp",
	"kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mount", "mount_setattr",
	"move_mount", "nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open", "pidfd_getfd",
	"pivot_root", "process_vm_readv", "process_vm_writev", "ptrace", "query_module", "quotactl",
	"quotactl_fd", "reboot", "request_key", "setdomainname", "sethostname", "setns", "settimeofday",
	"stime", "swapoff", "swapon", "syslog", "umount", "umount2", "unshare", "uselib", "userfaultfd",
	"vhangup", "vm86", "vm86old",
}

narrowed := [rule |
	some r in input.config.linux.seccomp.syscalls
	rule := narrow(r)
	count(rule.names) > 0
]

narrow(r) := object.union(r, {"names": [n | some n in r.names; not n in taken]}) if r.action in lets

narrow(r) := r if not r.action in lets

taken := open | {"socketcall" | "socket" in open}

lets := {"SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"}

# AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET. socketcall would go round the argument: it
# answers as on a kernel without it, and C libraries then call socket.
usual_families := [1, 2, 10, 16, 17]

by_family := array.concat(
	[{
		"names": ["socket"],
		"action": "SCMP_ACT_ALLOW",
		"args": array.concat([{"index": 0, "value": family, "valueTwo": 0, "op": "SCMP_CMP_EQ"}], but_for),
	} |
		"socket" in open
		some family in usual_families
		some but_for in exceptions(family)
	],
	[{"names": ["socketcall"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno} | count({"socket", "socketcall"} & open) > 0],
)

# What the profile itself denies in a family (Podman's: the protocol NETLINK_AUDIT) is left out of what is allowed: two
# rules of which one holds wherever the other does cannot stand in one filter. They also stand in front of such denials:
# libseccomp takes no further family after one with two arguments. A family with denials that one comparison does not
# express is not allowed at all.
exceptions(_) := [[]] if count(denying) == 0

exceptions(family) := [[]] if {
	count(denying) > 0
	count(denials(family)) == 0
}

exceptions(family) := [[object.union(arg, {"op": "SCMP_CMP_NE"})]] if {
	count(denying) > 0
	found := denials(family)
	count(found) == 1
	some args in found
	count(args) == 1
	some arg in args
	arg.op == "SCMP_CMP_EQ"
}

denials(family) := {args |
	some rule in denying
	some own in rule.args
	own.index == 0
	own.op == "SCMP_CMP_EQ"
	own.value == family
	args := {arg | some arg in rule.args; arg.index != 0}
}

denying := [rule |
	some rule in input.config.linux.seccomp.syscalls
	not rule.action in lets
	"socket" in rule.names
]

# A rule whose action is the default's is dropped, and libseccomp's own for socketcall stands in its
# place: the number must differ.
default errno := 38

errno := 1 if input.config.linux.seccomp.defaultErrnoRet == 38

terminals := [rule | "ioctl" in open; some rule in not_the_terminal]

# The kernel reads 32 bits of the request; a filter compares 64. So each bit in which a request
# differs from both TIOCSTI (0x5412) and TIOCLINUX (0x541C) lets it through, and so do the low
# four bits where they are neither's.
not_the_terminal := [{
	"names": ["ioctl"],
	"action": "SCMP_ACT_ALLOW",
	"args": [{"index": 1, "value": m[0], "valueTwo": m[1], "op": "SCMP_CMP_MASKED_EQ"}],
} |
	some m in array.concat(
		[[1, 1], [12, 4], [12, 8], [14, 0], [14, 14]],
		[[bit, bit - bits.and(bit, 21520)] | some i in numbers.range(4, 31); bit := bits.lsh(1, i)],
	)
]

clones := array.concat(
	[{
		"names": ["clone"],
		"action": "SCMP_ACT_ALLOW",
		"args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}],
	} |
		"clone" in open
	],
	[{"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38} | "clone3" in open],
)
