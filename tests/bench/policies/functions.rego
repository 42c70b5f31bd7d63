# Functions with several definitions, called for each item.
package bench

risk(item) := 10 if item.exposed
risk(item) := 5 if {
	not item.exposed
	item.age > 30
}
risk(item) := 1 if {
	not item.exposed
	item.age <= 30
}

weight(kind) := 3 if kind == "database"
weight(kind) := 2 if kind == "cache"
weight(kind) := 1 if not kind in {"database", "cache"}

score(item) := risk(item) * weight(item.kind)

level(n) := "high" if n >= 20
level(n) := "middle" if {
	n >= 5
	n < 20
}
level(n) := "low" if n < 5

result[item.name] := level(score(item)) if some item in input.items
