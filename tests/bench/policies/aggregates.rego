# Sums and groups over a list of two hundred.
package bench

by_team[team] contains item.id if {
	some item in input.items
	team := item.team
}

spent[team] := total if {
	some team, _ in by_team
	total := sum([item.cost | some item in input.items; item.team == team])
}

result := {
	"teams": count(by_team),
	"spent": spent,
	"over": {team | some team, total in spent; total > 5000},
	"highest": max([item.cost | some item in input.items]),
}
