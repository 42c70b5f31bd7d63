# The decision: what every rule found, weighed by the settings.
#
# data.sallyport.aggregate is made at activation from the packages that are there, so that each
# rule is named once, in the open: `raised` holds {rule, kind, raw} and `ran` the rules' names.
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

parameters := object.union_n([
	object.get(settings, "parameters", {}),
	registration_parameters,
	scope_parameters,
])

default registration_parameters := {}

registration_parameters := registration.parameters

default scope_parameters := {}

scope_parameters := scope.parameters

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

entry(rule) := catalogue[rule]

entry(rule) := {} if not catalogue[rule]

rule_mode(rule) := scope.rules[rule].mode

rule_mode(rule) := registration.rules[rule].mode if not scope.rules[rule].mode

rule_mode(rule) := settings.rules[rule].mode if {
	not scope.rules[rule].mode
	not registration.rules[rule].mode
}

rule_mode(rule) := object.get(entry(rule), "mode", "enforce") if {
	not scope.rules[rule].mode
	not registration.rules[rule].mode
	not settings.rules[rule].mode
}

# Rules of level `restricted` count there only.
applies(rule) if object.get(entry(rule), "level", "baseline") == "baseline"

applies(_) if level == "restricted"

weights := {"enforce": "deny", "warn": "warn", "audit": "audit"}

# The weakest of what the rule's mode, the kind of the rule and the finding itself say.
ranks := {"deny": 2, "warn": 1, "audit": 0}

by_rank := ["audit", "warn", "deny"]

weigh(r) := by_rank[min({
	ranks[weights[rule_mode(r.rule)]],
	ranks[kind_weight(r.kind)],
	ranks[own_weight(r.raw)],
	ranks[emergency_weight(r.rule)],
	ranks[graduated_weight(r.rule)],
})]

kind_weight(kind) := "warn" if kind == "warn"

kind_weight(kind) := "deny" if kind != "warn"

# Off the host, nobody can look: there what could not be told is said and refuses nothing.
own_weight(raw) := "warn" if off_host(raw)

own_weight(raw) := "warn" if raw.enforcement == "warn"

own_weight(raw) := "audit" if raw.enforcement == "audit"

own_weight(raw) := "deny" if {
	not off_host(raw)
	not lowered(raw)
}

lowered(raw) if raw.enforcement in {"warn", "audit"}

off_host(raw) if {
	raw.undetermined
	input.gate.caller != "shim"
	input.gate.caller != "hook"
}

findings contains finding if {
	some r in data.sallyport.aggregate.raised
	applies(r.rule)
	rule_mode(r.rule) != "off"
	not excepted(r)
	raw := as_object(r.raw)
	finding := object.union_n([
		object.filter(raw, {"fix", "actions", "undetermined", "unknown", "remedy", "severity", "metadata"}),
		{
			"rule": r.rule,
			"msg": raw.msg,
			"path": object.get(raw, "path", ""),
			"enforcement": weigh(object.union(r, {"raw": raw})),
			"severity": object.get(raw, "severity", object.get(entry(r.rule), "severity", "medium")),
		},
		waived_by(r.rule),
	])
}

# Conftest's rules may give a sentence in place of an object.
as_object(raw) := raw if is_object(raw)

as_object(raw) := {"msg": raw} if is_string(raw)

# Conftest's exceptions: a policy names its own rules that do not count.
excepted(r) if {
	some e in data.sallyport.aggregate.exceptions
	e.namespace == r.namespace
	r.name in e.names
}

# --- graduated enforcement -----------------------------------------------------------------------

# A rule with `percent` counts in full for that share of the containers, by a hash of their ids; for
# the others as `otherwise` says. A container without an id is among the first.
graduation(rule) := scope.rules[rule] if {
	scope.rules[rule].percent >= 0
} else := registration.rules[rule] if {
	registration.rules[rule].percent >= 0
} else := settings.rules[rule] if {
	settings.rules[rule].percent >= 0
}

graduated_weight(rule) := weights[object.get(how, "otherwise", "warn")] if {
	how := graduation(rule)
	bucket(input.container.id) >= how.percent
} else := "deny"

# 0 to 99.
bucket(id) := (((digit(h, 0) * 4096) + (digit(h, 1) * 256)) + ((digit(h, 2) * 16) + digit(h, 3))) % 100 if {
	h := crypto.sha256(id)
}

digit(hash, i) := indexof("0123456789abcdef", substring(hash, i, 1))

# --- waivers ------------------------------------------------------------------------------------

waivers_for(rule) := [w.id |
	some w in settings.waivers
	w.rule == rule
	object.get(entry(rule), "waivable", true)
	not expired(w)
	selected(w.selector)
]

waived_by(rule) := {"waived": ids[0]} if {
	ids := waivers_for(rule)
	count(ids) > 0
}

else := {}

# --- emergency ----------------------------------------------------------------------------------

# Root declared one: until it ends by itself, rules warn. What cannot be waived refuses still.
default emergency := false

emergency if {
	substring(input.gate.emergency.since, 0, 19) <= substring(input.time, 0, 19)
	substring(input.time, 0, 19) < substring(input.gate.emergency.until, 0, 19)
}

emergency_weight(rule) := "warn" if {
	emergency
	object.get(entry(rule), "waivable", true)
} else := "deny"

# Both are UTC in one form, so that text compares as time.
expired(w) if substring(w.expires, 0, 19) <= substring(input.time, 0, 19)
