# The decision: what every rule found, weighed by the settings.
#
# data.sallyport.aggregate is made at activation from the packages that are there, so that each
# rule is named once, in the open: `raised` holds [rule, what it says], `ran` the rules' names and
# `origins` each one's kind, package and name.
#
# What reads no input is worked out when the policy is compiled: tables here are wide so that a
# decision only looks up.
package sallyport.main

import data.sallyport.catalogue
import data.sallyport.settings

decision := {
	"findings": findings,
	"level": level,
	"mode": mode,
	"rules": count(data.sallyport.aggregate.ran),
}

# --- which settings are in force ------------------------------------------------------------

registration := settings.registrations[input.gate.registration]

# The first scope whose selector fits.
scope := [s | some s in settings.scopes; selected(s.selector)][0]

# The narrower one says.
in_force(name) := scope[name]

in_force(name) := registration[name] if not scope[name]

in_force(name) := settings[name] if {
	not scope[name]
	not registration[name]
}

level := in_force("level")

mode := in_force("mode")

parameters := object.union(registered_parameters, scope.parameters) if scope.parameters

else := registered_parameters

registered_parameters := p if p := parameters_by[input.gate.registration]

else := object.get(settings, "parameters", {})

parameters_by := {name: object.union(object.get(settings, "parameters", {}), object.get(r, "parameters", {})) |
	some name, r in settings.registrations
}

# Every key of a selector must fit. What the requester can choose stands under its own keys
# (image_name, label), which activation refuses in anything that weakens.
selected(selector) if {
	every key, want in selector {
		fits(key, want)
	}
}

fits("engine", want) if input.container.engine in want

fits("scope", want) if input.container.scope in want

fits("kubernetes_namespace", want) if {
	input.container.kubernetes.trusted
	input.container.kubernetes.namespace in want
}

fits("image_digest", want) if {
	input.container.image.trusted
	input.container.image.digest in want
}

fits("image_digest", want) if {
	input.container.image.trusted
	input.container.image.id in want
}

fits("host_label", want) if {
	every key, value in want {
		input.host.labels[key] == value
	}
}

fits("image_name", want) if {
	some pattern in want
	glob.match(pattern, [], input.container.image.name)
}

fits("label", want) if {
	every key, value in want {
		input.container.labels[key] == value
	}
}

# --- what a rule's finding weighs ---------------------------------------------------------------

# The weakest of what the rule's mode, the kind of the rule and the finding itself say.
by_rank := ["audit", "warn", "deny"]

ranks := {"deny": 2, "warn": 1, "audit": 0}

mode_ranks := {"enforce": 2, "warn": 1, "audit": 0, "off": -1}

kind_rank(rule) := ranks[object.get(data.sallyport.aggregate.origins, [rule, "kind"], "deny")]

# What is said of a rule before anything is found: its rank (below zero: off), what its kind and
# graduation admit, and what its metadata says. By registration; a scope's own words go over it.
standings := object.union(registered_standings, {rule: over |
	some rule, own in scope.rules
	over := object.union(mode_over(rule, own), percent_over(own))
}) if scope.rules

else := registered_standings

registered_standings := s if s := standings_by[input.gate.registration]

else := plain_standings

standings_by := {name: standings_of(object.get(r, "rules", {})) | some name, r in settings.registrations}

plain_standings := standings_of({})

standings_of(own) := {rule: object.union(said, percent_over(graduation(rule, own))) |
	some rule, entry in catalogue
	said := {
		"rank": min([mode_ranks[rule_mode(rule, own)], kind_rank(rule)]),
		"severity": object.get(entry, "severity", "medium"),
		"strict": object.get(entry, "level", "baseline") != "baseline",
		"waivable": object.get(entry, "waivable", true),
	}
}

rule_mode(rule, own) := own[rule].mode if own[rule].mode

else := settings.rules[rule].mode if settings.rules[rule].mode

else := object.get(catalogue, [rule, "mode"], "enforce")

mode_over(rule, own) := {"rank": min([mode_ranks[own.mode], kind_rank(rule)])} if own.mode

else := {}

findings contains finding if {
	some [rule, given] in data.sallyport.aggregate.raised
	s := standings[rule]
	s.rank >= 0
	counts_at_level(s)
	not rule in excepted
	raw := as_object(given)
	finding := object.union_n([
		object.filter(raw, {"fix", "actions", "undetermined", "unknown", "remedy", "severity", "metadata"}),
		{
			"rule": rule,
			"msg": raw.msg,
			"path": object.get(raw, "path", ""),
			"enforcement": by_rank[min([s.rank, own_rank(raw), emergency_rank(s), graduated_rank(s)])],
			"severity": object.get(raw, "severity", s.severity),
		},
		object.get(waived, rule, {}),
	])
}

# Rules of level `restricted` count there only.
counts_at_level(s) if not s.strict

counts_at_level(s) if {
	s.strict
	level == "restricted"
}

# Off the host, nobody can look: there what could not be told is said and refuses nothing.
own_rank(raw) := 1 if {
	raw.undetermined
	off_host
} else := object.get(ranks, object.get(raw, "enforcement", "deny"), 2)

off_host if {
	input.gate.caller != "shim"
	input.gate.caller != "hook"
}

# Conftest's rules may give a sentence in place of an object.
as_object(raw) := raw if is_object(raw)

as_object(raw) := {"msg": raw} if is_string(raw)

# Conftest's exceptions: a policy names its own rules that do not count.
excepted contains rule if {
	some e in data.sallyport.aggregate.exceptions
	some rule, origin in data.sallyport.aggregate.origins
	origin.namespace == e.namespace
	origin.name in e.names
}

# --- graduated enforcement -----------------------------------------------------------------------

# A rule with `percent` counts in full for that share of the containers, by a hash of their ids; for
# the others as `otherwise` says. A container without an id is among the first.
graduation(rule, own) := own[rule] if own[rule].percent >= 0

else := object.get(settings, ["rules", rule], {})

percent_over(own) := {
	"percent": own.percent,
	"otherwise": mode_ranks[object.get(own, "otherwise", "warn")],
} if {
	own.percent >= 0
} else := {}

graduated_rank(s) := s.otherwise if {
	percent := s.percent
	percent <= own_bucket
} else := 2

own_bucket := bucket(input.container.id)

# 0 to 99.
bucket(id) := (((digit(h, 0) * 4096) + (digit(h, 1) * 256)) + ((digit(h, 2) * 16) + digit(h, 3))) % 100 if {
	h := crypto.sha256(id)
}

digit(hash, i) := indexof("0123456789abcdef", substring(hash, i, 1))

# --- waivers ------------------------------------------------------------------------------------

waivers_of := {rule: list |
	some rule in {w.rule | some w in settings.waivers}
	object.get(catalogue, [rule, "waivable"], true)
	list := [w | some w in settings.waivers; w.rule == rule]
}

waived := {rule: {"waived": ids[0]} |
	some rule, list in waivers_of
	ids := [w.id | some w in list; not expired(w); selected(w.selector)]
	count(ids) > 0
}

# --- emergency ----------------------------------------------------------------------------------

# Root declared one: until it ends by itself, rules warn. What cannot be waived refuses still.
default emergency := false

emergency if {
	substring(input.gate.emergency.since, 0, 19) <= substring(input.time, 0, 19)
	substring(input.time, 0, 19) < substring(input.gate.emergency.until, 0, 19)
}

emergency_rank(s) := 1 if {
	emergency
	s.waivable
} else := 2

# Both are UTC in one form, so that text compares as time.
expired(w) if substring(w.expires, 0, 19) <= substring(input.time, 0, 19)
