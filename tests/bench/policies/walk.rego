# A document of unknown shape, searched whole.
package bench

result contains concat("/", [sprintf("%v", [p]) | some p in path]) if {
	some path, value
	walk(input, [path, value])
	is_string(value)
	startswith(value, "secret:")
}
