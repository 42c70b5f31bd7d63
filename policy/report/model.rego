# The one model of a report: what every format is a view of.
#
# input: what was counted (report/tally.h) beside the frameworks, the policy and its waivers.
#
# A control is
#   pass            every rule that it needs was asked of every container and found nothing; claimed only where the
#                   framework asks for that very setting (claim: direct)
#   supported       the same where the rules are evidence towards a wider requirement: never a pass
#   fail            a container ran against it
#   waived          only waived containers did
#   not-applicable  nothing was started that it is about
#   not-checked     a rule was not asked, or a fact could not be had
#   manual          no rule decides it
package sallyport.report

statuses := ["pass", "supported", "fail", "waived", "not-applicable", "not-checked", "manual"]

model := {
	"version": 1,
	"uuid": uuid("report/"),
	"title": input.title,
	"generated": input.generated,
	"tool": input.tool,
	"host": input.host,
	"source": input.source,
	"policy": input.policy,
	"totals": {
		"starts": input.tally.starts,
		"refused": input.tally.refused,
		"failed": input.tally.failed,
		"unknown_policy": input.tally.unknown_policy,
	},
	"statuses": statuses,
	"frameworks": frameworks,
	"rules": rules,
	"waivers": waivers,
	"subjects": input.tally.subjects,
	"trend": trend,
	"paint": input.paint,
	"chart": chart,
}

# --- names that stay the same from report to report --------------------------------------------

scope := concat("/", [input.host, input.source.kind, object.get(input.source, "log", ""), object.get(input.source, "since", ""), input.generated])

# RFC 9562 version 5 in form: SHA-1 of a name.
uuid(name) := stable(concat("", [scope, "/", name]))

variant := {"0": "8", "1": "9", "2": "a", "3": "b", "4": "8", "5": "9", "6": "a", "7": "b", "8": "8", "9": "9", "a": "a", "b": "b", "c": "8", "d": "9", "e": "a", "f": "b"}

stable(text) := sprintf("%s-%s-5%s-%s%s-%s", [
	substring(h, 0, 8), substring(h, 8, 4), substring(h, 13, 3),
	variant[substring(h, 16, 1)], substring(h, 17, 3), substring(h, 20, 12),
]) if {
	h := crypto.sha1(text)
}

# --- rules ------------------------------------------------------------------------------------------

count_of(counts, what) := object.get(counts, what, 0)

found(counts) := count_of(counts, "pass") + count_of(counts, "hardened")

# What one rule came to over everything that was looked at.
state(counts) := "fail" if {
	count_of(counts, "fail") > 0
} else := "waived" if {
	count_of(counts, "waived") > 0
} else := "undetermined" if {
	count_of(counts, "undetermined") > 0
} else := "partly" if {
	found(counts) > 0
	count_of(counts, "unasked") > 0
} else := "pass" if {
	found(counts) > 0
} else := "absent" if {
	count_of(counts, "unasked") > 0
} else := "idle" if {
	count_of(counts, "not_applicable") + count_of(counts, "prevented") > 0
} else := "absent"

counted := input.tally.rules

entry(rule) := object.get(input.catalogue, rule, {})

ranks := {"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}

by_rank := ["info", "low", "medium", "high", "critical"]

severity_of(list) := by_rank[max([ranks[object.get(entry(r), "severity", "medium")] | some r in list])] if count(list) > 0

severity_of(list) := "medium" if count(list) == 0

rules := {id: r |
	some id, counts in counted
	some_control(id)
	r := {
		"id": id,
		"title": object.get(entry(id), "title", id),
		"description": object.get(entry(id), "description", ""),
		"risk": object.get(entry(id), "risk", ""),
		"severity": object.get(entry(id), "severity", "medium"),
		"remediation": object.get(entry(id), "remediation", {}),
		"state": state(counts),
		"counts": object.remove(counts, ["failing", "unasked_why"]),
		"failing": counts.failing,
		"uuid": stable(concat("", ["rule/", id])),
	}
}

wanted := {r | some f in input.frameworks; some c in f.controls; some r in c.rules}

some_control(id) if id in wanted

# --- controls ---------------------------------------------------------------------------------------

states(control, tally) := [state(object.get(tally, r, {})) | some r in control.rules]

status(control, tally) := s if {
	found_states := states(control, tally)
	s := weigh(control, found_states)
}

weigh(control, list) := "manual" if {
	count(list) == 0
} else := "fail" if {
	"fail" in list
} else := "waived" if {
	"waived" in list
} else := "not-checked" if {
	some s in list
	s in {"undetermined", "absent"}
} else := "supported" if {
	"partly" in list
} else := "not-applicable" if {
	not "pass" in list
} else := "supported" if {
	control.claim == "supporting"
} else := "pass" if not loosened(control)

else := "supported"

# A parameter of the settings that lets something through that the rule would else find.
loosened(control) if {
	count(loose(control)) > 0
}

loose(control) := {sprintf("%s.%s", [rule, name]) |
	some rule in control.rules
	some parameters in parameter_sets
	some name, _ in parameters[rule]
	some word in ["allow", "keep"]
	startswith(name, word)
}

parameter_sets := array.concat(
	[object.get(input.settings, "parameters", {})],
	array.concat(
		[object.get(s, "parameters", {}) | some s in object.get(input.settings, "scopes", [])],
		[object.get(r, "parameters", {}) | some r in object.get(input.settings, "registrations", {})],
	),
)

sum_of(control, what) := sum([count_of(object.get(counted, r, {}), what) | some r in control.rules])

reason(control, "pass") := sprintf("%d checks found nothing%s", [sum_of(control, "pass") + sum_of(control, "hardened"), hardened_note(control)])

reason(control, "supported") := concat("; ", array.concat(
	[sprintf("evidence only: %d checks found nothing%s", [sum_of(control, "pass") + sum_of(control, "hardened"), hardened_note(control)])],
	[w | some w in [object.get(control, "why", ""), partly_note(control), loose_note(control)]; w != ""],
))

reason(control, "fail") := sprintf("findings that stand: %d", [sum_of(control, "fail")])

reason(control, "waived") := sprintf("findings, all waived: %d", [sum_of(control, "waived")])

reason(control, "not-applicable") := sprintf("nothing ran that it is about%s", [refused_note(control)])

reason(control, "not-checked") := concat("; ", sort({w | some r in control.rules; w := unchecked(r)}))

reason(control, "manual") := concat("; ", array.concat(
	["no rule decides it: look by hand"],
	[h | h := control.how],
))

hardened_note(control) := sprintf(", %d of them after hardening", [n]) if {
	n := sum_of(control, "hardened")
	n > 0
} else := ""

refused_note(control) := sprintf("; %d starts were refused for it", [n]) if {
	n := sum_of(control, "prevented")
	n > 0
} else := ""

partly_note(control) := "some starts were judged by a policy that is not at hand" if {
	some r in control.rules
	state(object.get(counted, r, {})) == "partly"
} else := ""

loose_note(control) := sprintf("the settings let through what %s say", [concat(", ", sort(l))]) if {
	l := loose(control)
	count(l) > 0
} else := ""

unchecked(r) := sprintf("%s: %s", [r, why]) if {
	state(object.get(counted, r, {})) == "absent"
	why := object.get(object.get(counted, r, {}), "unasked_why", "not asked here")
}

unchecked(r) := sprintf("%s: a fact could not be had in %d of its checks", [r, counted[r].undetermined]) if {
	state(object.get(counted, r, {})) == "undetermined"
}

# The findings that decide it, the newest rules' order kept.
failing(control) := [object.union(f, {"rule": r}) |
	some r in control.rules
	some f in object.get(object.get(counted, r, {}), "failing", [])
	f.outcome in {"fail", "waived"}
]

prevented(control) := sum_of(control, "prevented")

# Of the rules that found something, else of all.
guilty(control) := {r | some r in control.rules; count_of(object.get(counted, r, {}), "fail") + count_of(object.get(counted, r, {}), "waived") > 0}

blamed(control) := guilty(control) if count(guilty(control)) > 0

blamed(control) := {r | some r in control.rules} if count(guilty(control)) == 0

remediation(control) := [{"rule": r, "engine": engine, "text": text} |
	some r in blamed(control)
	some engine, text in object.get(entry(r), "remediation", {})
]

# A name for formats that take letters, digits, dots and dashes only.
token(id) := trim(regex.replace(id, "[^A-Za-z0-9.-]+", "-"), "-")

describe(framework, control) := object.union(object.remove(control, ["lacks"]), {
	"token": token(control.id),
	"framework": framework.id,
	"status": s,
	"reason": object.get({"r": reason(control, s)}, "r", ""),
	"severity": severity_of(control.rules),
	"failing": failing(control),
	"findings": sum_of(control, "fail") + sum_of(control, "waived"),
	"prevented": prevented(control),
	"remediation": remediation(control),
	"lacks": object.get(control, "lacks", []),
	"uuid": stable(concat("/", ["control", framework.id, control.id])),
	"observation": uuid(concat("/", ["observation", framework.id, control.id])),
	"finding": uuid(concat("/", ["finding", framework.id, control.id])),
}) if {
	s := status(control, counted)
}

# --- frameworks -------------------------------------------------------------------------------------

tally_up(controls) := {s: count([1 | some c in controls; c.status == s]) | some s in statuses}

# Of what could be decided, how much holds. Waived is not held.
percent(counts, held) := floor((100 * counts[held]) / decided) if {
	decided := (counts[held] + counts.fail) + counts.waived
	decided > 0
} else := null

held_by(framework) := "pass" if framework.mapping == "direct"

held_by(framework) := "supported" if framework.mapping != "direct"

frameworks := [out |
	some f in input.frameworks
	controls := [describe(f, c) | some c in f.controls]
	counts := tally_up(controls)
	out := {
		"id": f.id,
		"name": f.name,
		"title": f.title,
		"version": f.version,
		"kind": f.kind,
		"mapping": f.mapping,
		"counts": counts,
		"controls": count(controls),
		"decided": (counts.pass + counts.supported) + (counts.fail + counts.waived),
		"percent": percent(counts, held_by(f)),
		"held": held_by(f),
		"sections": sections(f, controls),
		"uuid": stable(concat("/", ["framework", f.id])),
		"result": uuid(concat("/", ["result", f.id])),
	}
]

sections(framework, controls) := [out |
	some s in framework.sections
	mine := [c | some c in controls; c.section == s.id]
	count(mine) > 0
	counts := tally_up(mine)
	out := {
		"id": s.id,
		"title": s.title,
		"idle": (counts["not-checked"] + counts.manual) == count(mine),
		"counts": counts,
		"percent": percent(counts, held_by(framework)),
		"controls": mine,
	}
]

# --- trend ------------------------------------------------------------------------------------------

trend := [out |
	some bucket in input.tally.trend
	out := {
		"from": bucket.from,
		"starts": bucket.starts,
		"frameworks": {f.id: at |
			some f in input.frameworks
			list := [status(c, bucket.rules) | some c in f.controls; about_containers(c)]
			counts := {s: count([1 | some x in list; x == s]) | some s in statuses}
			at := object.union(counts, {"percent": percent(counts, held_by(f))})
		},
	}
]

# Lines for pictures of 600 by 100: one for each framework that has scores.
chart := [{"framework": f.id, "title": f.title, "points": concat(" ", points), "from": trend[0].from, "to": trend[count(trend) - 1].from, "first": scores[0], "last": scores[count(scores) - 1]} |
	count(trend) > 1
	some f in input.frameworks
	scores := [t.frameworks[f.id].percent | some t in trend; t.frameworks[f.id].percent != null]
	count(scores) > 1
	points := [sprintf("%d,%d", [x, 100 - t.frameworks[f.id].percent]) |
		some i, t in trend
		t.frameworks[f.id].percent != null
		x := floor((600 * i) / (count(trend) - 1))
	]
]

about_containers(control) if {
	some r in control.rules
	input.asked[r]
}

# --- waivers ----------------------------------------------------------------------------------------

waivers := [object.union(w, {
	"expired": substring(w.expires, 0, 19) <= substring(input.generated, 0, 19),
	"used": count([1 | some _, counts in counted; some f in counts.failing; object.get(f, "waived", "") == w.id]),
}) |
	some w in object.get(input.settings, "waivers", [])
]
