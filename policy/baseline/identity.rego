# Whom the container should run as: what the image, its entry script or its accounts prove, never
# a guess from a language runtime's account.
package sallyport.identity

import data.sallyport.lib

# uid, gid, groups, tier, name and home of the choice; undefined when nothing has to be chosen.
chosen := choice if {
	needed
	not blind
	not remembered
	not root_phase
	not mapped
	choice := first(candidates)
}

chosen := first_start if needed

first_start := object.union(
	{"gid": remembered.uid, "groups": [], "home": "/tmp", "name": ""},
	object.union(remembered, {"tier": "its first start"}),
) if {
	remembered.uid != 0
}

# What was decided at the first start holds at every later one: what the container has written since
# is its own word.
remembered := input.container.chosen if not lost

# A namespace that cannot be had any more.
lost if {
	input.container.chosen.mapped
	not mappable
}

# It stays root, of a user namespace whose ids are nobody's on the host: what it does as root (give
# files away, become somebody else, write where only root may) goes on as before.
mapped := "as at its first start" if {
	needed
	remembered.mapped
}

mapped := why if {
	needed
	not blind
	not remembered
	mappable
	why := first(array.concat(array.concat(reasons, unproven), closed))
}

mappable if {
	input.facts.mapping.possible
	lib.parameter("run-as-non-root", "user_namespace", true)
	not input.facts.userns.present
	lib.private_namespace("pid")
	own_or_joined("network")
	own_or_joined("ipc")
	every key, _ in object.get(input.config.linux, "sysctl", {}) {
		startswith(key, "net.")
	}
}

own_or_joined(type) if lib.private_namespace(type)

own_or_joined(type) if lib.joined_namespace(type)

# An account is there, but not what the program does before it becomes that one.
unproven := [sprintf("it becomes %s by itself", [name(candidates[0])]) |
	candidates[0].tier in {"option", "service", "program", "owner", "chown"}
]

# --- what the user has to write, and cannot ------------------------------------------------------

closed := array.concat(
	array.concat(
		[sprintf("%s belongs to others than %s and is not given away", [m.destination, name(who)]) |
			some m in volumes
			not opens(m)
		],
		[sprintf("its working directory %s cannot be given to %s", [d.path, name(who)]) |
			some d in workplaces
			not opens(object.union(d, {"engine_managed": "volume"}))
		],
	),
	array.concat(
		[sprintf("its entry script gives %s to %s", [d.path, name(who)]) |
			some path in object.get(script, "chowns", [])
			some d in input.facts.rootfs.directories
			d.path == path
			d.uid != who.uid
			not startswith(path, "/run/")
			not lib.covered(path)
		],
		array.concat(
			["its entry script may need root" | unnamed; input.facts.rootfs.program.script],
			array.concat(
				[sprintf("it may write %s, a directory of its own", [d.path]) | some d in unproven_trees],
				array.concat(
					[sprintf("it may have to read what is root's alone in %s", [m.destination]) | some m in given_to_read],
					["it lies below /root, which only root may enter" | unnamed; some part in ["program", "workdir"]; lib.under(where(input.facts.rootfs[part]), "/root")],
				),
			),
		),
	),
)

# Trees of the image's own that are root's, besides where the program works: whether it writes there
# nothing tells.
unproven_trees := [d |
	unnamed
	some d in input.facts.rootfs.directories
	d.own_tree
	d.uid == 0
	d.path != input.facts.rootfs.workdir.path
	not lib.covered(d.path)
]

# What is mounted for it to read: a secret, a key, a directory that may hold some.
given_to_read := [m |
	unnamed
	some m in input.facts.mounts
	m.bind
	m.readonly
	not m.own_rootfs
	not furniture(m)
	m.uid == 0
	closed_to_others(m)
]

closed_to_others(m) if m.kind == "directory"

closed_to_others(m) if {
	m.kind == "file"
	not m.world_readable
}

where(thing) := object.get(thing, "resolved", object.get(thing, "path", ""))

who := first_start if remembered.uid

else := candidates[0]

# A user that no account of a service stands for: the program itself expects to be root.
unnamed if who.tier in {"volume", "fallback"}

# At a later start: one that the image has no account for.
unnamed if {
	who.tier == "its first start"
	not account_of(who.uid)
}

# What the program may write of the host's: the engine's volumes, and what its user mounted.
volumes := [m |
	some m in input.facts.mounts
	m.bind
	not m.readonly
	not m.own_rootfs
	m.kind == "directory"
	not furniture(m)
]

# It writes beside itself.
workplaces := [d |
	unnamed
	d := input.facts.rootfs.workdir
	d.kind == "directory"
	not lib.system_path(d.path)
	not lib.covered(d.path)
]

# The user's own, or anybody's, or to be given: all of it is root's or the user's, and little.
opens(d) if d.uid == who.uid

# A service's account is often expected to be the owner (PostgreSQL), or made so by its entry script.
opens(d) if {
	d.world_writable
	unnamed
}

opens(d) if gives(d)

gives(d) if {
	d.engine_managed == "volume"
	d.uid in {0, who.uid}
	d.tree.complete
	every uid in d.tree.uids {
		uid in {0, who.uid}
	}
}

# Actions that give root's files there to the user, when the user is taken.
giving := array.concat(
	[object.union({"action": "own", "mount": m.destination}, ids) | some m in volumes; gives(m); roots(m)],
	[object.union({"action": "own", "inside": d.path}, ids) |
		some d in workplaces
		gives(object.union(d, {"engine_managed": "volume"}))
		roots(d)
	],
)

ids := {"uid": who.uid, "gid": who.gid} if who.gid != 0

ids := {"uid": who.uid, "gid": who.uid} if who.gid == 0

roots(d) if d.uid == 0

roots(d) if 0 in d.tree.uids

name(who) := who.name if who.name != ""

name(who) := sprintf("user %d", [who.uid]) if who.name == ""

# Root of the host, outside builds, at a start.
needed if {
	lib.starting
	input.facts.process.root_in_host
	not lib.building
}

# Accounts and entry script could not be looked at: whatever would be chosen is a guess.
blind := first([part | some part in ["/facts/rootfs/accounts", "/facts/rootfs/program"]; lib.unknown(part)])

nobody := lib.parameter("run-as-non-root", "fallback_uid", 65532)

candidates := [c |
	some tier in ["drop", "option", "service", "program", "owner", "chown", "volume", "fallback"]
	c := object.union(found[tier], {"tier": tier})
]

first(list) := list[0]

found[tier] := person(a) if {
	some tier, name in proofs
	some a in input.facts.rootfs.accounts
	a.name == name
	a.uid != 0
}

# A program given an option to change user accepts being that user; a script must guard its drop.
proofs["option"] := input.facts.rootfs.script.drops_to if input.facts.rootfs.script.drop_by == "option"

proofs["drop"] := input.facts.rootfs.script.drops_to if input.facts.rootfs.script.guarded

proofs["service"] := input.facts.rootfs.service.user

proofs["program"] := first([name |
	some program in programs
	some name in names_of(program)
	some a in input.facts.rootfs.accounts
	a.name == name
	a.uid != 0
])

proofs["chown"] := input.facts.rootfs.script.chown_accounts[0] if {
	count(input.facts.rootfs.script.chown_accounts) == 1
}

# Who owns the program's own directories below /var and /run.
found["owner"] := as_uid(min(uids)) if {
	uids := {d.uid |
		some d in input.facts.rootfs.directories
		d.uid != 0
		some program in programs
		endswith(d.path, concat("", ["/", program]))
	}
	count(uids) == 1
}

# All writable volumes belong to one user.
found["volume"] := as_uid(min(uids)) if {
	uids := {m.uid | some m in volumes}
	count(uids) == 1
	min(uids) != 0
}

# What engines put into every container says nothing about its user.
furniture(m) if m.engine_managed in {"shm", "hosts", "hostname", "resolv.conf", "init", "containerenv"}

found["fallback"] := as_uid(nobody)

person(a) := {
	"uid": a.uid,
	"gid": a.gid,
	"name": a.name,
	"home": a.home,
	"groups": sort({g.gid |
		some g in input.facts.rootfs.groups
		a.name in g.members
		g.gid != 0
	}),
}

# A number whose account the image may or may not have.
as_uid(uid) := person(account_of(uid))

as_uid(uid) := {"uid": uid, "gid": uid, "name": "", "home": "/tmp", "groups": []} if not account_of(uid)

account_of(uid) := first([a | some a in input.facts.rootfs.accounts; a.uid == uid])

# The program and what an entry script executes at its end. Interpreters are no services.
programs := [p |
	some p in array.concat(
		array.concat([name | some path in object.get(script, "execs", []); name := base(path)], argument),
		[input.facts.rootfs.program.name],
	)
	not p in interpreters
]

# What an entry script was given to execute, or executes last.
argument := [base(path) | path := input.facts.rootfs.executed.path]

script := object.get(object.get(input.facts, "rootfs", {}), "script", {})

base(path) := last(split(path, "/"))

last(list) := list[count(list) - 1]

interpreters := {
	"node", "nodejs", "python", "python2", "python3", "java", "ruby", "perl", "php", "lua", "sh",
	"bash", "dash", "ash", "busybox", "env", "tini", "dumb-init", "docker-init", "catatonit",
}

names_of(program) := array.concat([program], object.get(aliases, program, []))

# Accounts that services are known to bring, by the program's name.
aliases := {
	"apache2": ["www-data", "apache"],
	"asterisk": ["asterisk"],
	"beam.smp": ["rabbitmq"],
	"clickhouse-server": ["clickhouse"],
	"dnsmasq": ["dnsmasq", "nobody"],
	"grafana-server": ["grafana"],
	"httpd": ["www-data", "apache", "daemon"],
	"lighttpd": ["www-data", "lighttpd"],
	"mariadbd": ["mysql"],
	"memcached": ["memcache"],
	"mongod": ["mongodb"],
	"mysqld": ["mysql"],
	"named": ["bind"],
	"nginx": ["nginx", "www-data"],
	"php-fpm": ["www-data", "php"],
	"postgres": ["postgres"],
	"rabbitmq-server": ["rabbitmq"],
	"redis-server": ["redis"],
	"slapd": ["openldap", "ldap"],
	"squid": ["proxy", "squid"],
	"valkey-server": ["valkey"],
	"varnishd": ["varnish", "vcache"],
}

# --- where root cannot be given up from outside -----------------------------------------------

multi_user := {
	"sshd", "cron", "crond", "supervisord", "s6-svscan", "s6-overlay-suexec", "runsvdir", "postfix",
	"master", "dovecot", "vsftpd", "proftpd", "exim4", "exim", "sendmail", "login", "systemd",
	"init", "smbd", "nmbd", "xinetd",
}

droppers := {
	"gosu", "su-exec", "setpriv", "runuser", "su", "sudo", "chroot", "chpst", "s6-setuidgid", "setuidgid",
	"start-stop-daemon",
}

setuid if input.facts.rootfs.program.setuid

setuid if input.facts.rootfs.executed.setuid

# Why the container has to start as root; undefined when it need not.
root_phase := first(reasons) if {
	count(reasons) > 0
	not remembered
}

reasons := array.concat(
	array.concat(
		[sprintf("%s serves many users", [p]) | some p in programs; p in multi_user],
		array.concat(
			["the program is set-user-id" | setuid],
			[sprintf("%s changes to another user", [p]) | p := input.facts.rootfs.program.name; p in droppers],
		),
	),
	array.concat(
		[sprintf("its entry script drops to %s without testing who it is", [script.drops_to]) |
			script.drops_to
			not script.guarded
			script.drop_by != "option"
		],
		array.concat(
			["its configuration asks for chroot" | input.facts.rootfs.service.chroot],
			["its entry script sets capabilities of a file" | script.sets_capabilities],
		),
	),
)

# --- capabilities ---------------------------------------------------------------------------------

service_root := {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETUID", "CAP_SETGID", "CAP_KILL",
	"CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
}

build_root := service_root | {"CAP_FSETID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_AUDIT_WRITE"}

# What the process may keep of the capabilities it was given.
keeps := build_root if {
	lib.starting
	lib.building
}

keeps := service_root | {"CAP_SETFCAP" | script.sets_capabilities} if {
	lib.starting
	not lib.building
	keeps_root
}

keeps := set() if {
	lib.starting
	not lib.building
	not keeps_root
}

keeps := {c | some c in input.container.admitted.capabilities} if {
	lib.executing
	input.container.admitted.capabilities
}

keeps := set() if {
	lib.executing
	not input.container.admitted.capabilities
}

# Root of a user namespace, or a service whose root phase cannot be avoided.
keeps_root if {
	input.facts.process.root
	not input.facts.process.root_in_host
}

keeps_root if {
	needed
	root_phase
}

keeps_root if mapped
