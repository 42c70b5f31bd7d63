package main

import (
	"fmt"
	"math/rand"
	"strings"
)

// kind of a value that is wanted; what comes of input and data may be of any.
type kind int

const (
	num kind = iota
	str
	boolean
	arr
	set
	obj
	kinds
)

// rule is what others may call or read.
type rule struct {
	pkg  string // "" is the package that is written
	name string
	kind kind
	args []kind // of a function
}

// variable in scope.
type variable struct {
	name string
	kind kind
}

type gen struct {
	*rand.Rand
	rules []rule
	vars  []variable
	n     int // names given so far
}

func (g *gen) pick(list ...string) string { return list[g.Intn(len(list))] }
func (g *gen) one(of int) bool            { return g.Intn(of) == 0 }
func (g *gen) anyKind() kind              { return kind(g.Intn(int(kinds))) }

func (g *gen) fresh() string {
	g.n++
	return fmt.Sprintf("v%d", g.n)
}

// --- documents ---------------------------------------------------------------------------------

func (g *gen) document(depth int) string {
	switch n := g.Intn(10); {
	case depth > 0 && n < 3:
		return "[" + g.many(g.Intn(4), ", ", func() string { return g.document(depth - 1) }) + "]"
	case depth > 0 && n < 6:
		keys := []string{}
		for _, k := range []string{"a", "b", "c", "d"} {
			if g.one(2) {
				keys = append(keys, fmt.Sprintf("%q: %s", k, g.document(depth-1)))
			}
		}
		return "{" + strings.Join(keys, ", ") + "}"
	}
	return g.scalar(g.pick("num", "num", "str", "str", "bool", "null"))
}

func (g *gen) scalar(what string) string {
	switch what {
	case "num":
		return g.pick("0", "1", "2", "3", "4", "5", "-1", "10", "1.5", "2.0", "0.1", "1e2", "-3.75", "12345678901234567890", "9007199254740993")
	case "str":
		return g.pick(`"a"`, `"b"`, `"c"`, `"d"`, `""`, `"ab"`, `"a.b"`, `"A b"`, `"é"`, `"10"`, `"x/y"`, `"a,b"`)
	case "bool":
		return g.pick("true", "false", "true")
	}
	return "null"
}

func (g *gen) many(n int, by string, one func() string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = one()
	}
	return strings.Join(list, by)
}

// --- terms -------------------------------------------------------------------------------------

func (g *gen) ofKind(k kind) []string {
	names := []string{}
	for _, v := range g.vars {
		if v.kind == k {
			names = append(names, v.name)
		}
	}
	return names
}

// path reads input or data, of which nothing is known.
func (g *gen) path() string {
	s := g.pick("input.a", "input.b", "input.o", "input.xs", "input", "data.d.a", "data.d.b", "data.d.xs", "data.d.o", "input.missing")
	for g.one(3) {
		s += g.pick(".a", ".b", "[0]", "[1]", `["c"]`, ".d")
	}
	return s
}

func (g *gen) leaf(k kind) string {
	if names := g.ofKind(k); len(names) > 0 && !g.one(3) {
		return names[g.Intn(len(names))]
	}
	if g.one(8) {
		return g.path()
	}
	if g.one(40) && len(g.vars) > 0 {
		return g.vars[g.Intn(len(g.vars))].name
	}
	switch k {
	case num:
		return g.scalar("num")
	case str:
		return g.scalar("str")
	case boolean:
		return g.scalar("bool")
	case arr:
		return g.pick("input.xs", "data.d.xs", "[]", "[1, 2, 3]", `["a", "b"]`, `[3, "a", null]`)
	case set:
		return g.pick("set()", "{1, 2, 3}", `{"a", "b"}`, "{1}", `{2, "b", [1]}`)
	}
	return g.pick("input.o", "data.d.o", "{}", `{"a": 1, "b": 2}`, `{"a": {"b": 1}}`, `{1: "x", "c": [1]}`)
}

// path is the rule's place under data.
func (r rule) path() string {
	if r.pkg != "" {
		return "data." + r.pkg + "." + r.name
	}
	return "data.t." + r.name
}

// fetch reads another rule's value, or calls a function, of kind k.
func (g *gen) fetch(k kind, depth int) string {
	fit := []rule{}
	for _, r := range g.rules {
		if r.kind == k {
			fit = append(fit, r)
		}
	}
	if len(fit) == 0 {
		return ""
	}
	r := fit[g.Intn(len(fit))]
	if r.args == nil {
		if g.one(4) || r.pkg != "" {
			return r.path()
		}
		return r.name
	}
	i := -1
	name := r.name
	if r.pkg != "" {
		name = r.path()
	}
	return name + "(" + g.many(len(r.args), ", ", func() string { i++; return g.term(r.args[i], depth-1) }) + ")"
}

func (g *gen) term(k kind, depth int) string {
	if depth <= 0 || k == kinds || g.one(3) {
		return g.leaf(k)
	}
	if g.one(4) {
		if s := g.fetch(k, depth); s != "" {
			return s
		}
	}
	if g.one(5) {
		return g.comprehension(k, depth)
	}
	if g.one(4) {
		return g.literal(k, depth)
	}
	return g.call(k, depth)
}

func (g *gen) literal(k kind, depth int) string {
	each := func() string { return g.term(g.anyKind(), depth-1) }
	switch k {
	case arr:
		return "[" + g.many(g.Intn(4), ", ", each) + "]"
	case set:
		return "{" + g.many(1+g.Intn(3), ", ", each) + "}"
	case obj:
		return "{" + g.many(g.Intn(4), ", ", func() string { return g.term(str, depth-2) + ": " + each() }) + "}"
	case str:
		if g.one(3) {
			return "$\"x{" + each() + "}y{" + each() + "}\""
		}
	}
	return g.leaf(k)
}

func (g *gen) comprehension(k kind, depth int) string {
	mark := len(g.vars)
	defer func() { g.vars = g.vars[:mark] }()
	body := g.body(1+g.Intn(2), depth-1)
	switch k {
	case arr:
		return "[" + g.term(g.anyKind(), depth-1) + " | " + body + "]"
	case set:
		return "{" + g.term(g.anyKind(), depth-1) + " | " + body + "}"
	case obj:
		return "{" + g.term(str, 0) + ": " + g.term(g.anyKind(), depth-1) + " | " + body + "}"
	case num:
		return "count([1 | " + body + "])"
	}
	g.vars = g.vars[:mark]
	return g.leaf(k)
}

// Calls by the kind of their result: the letters stand for operands' kinds (n s b a e(set) o x(any)).
var calls = [kinds][]string{
	num: {
		"(n + n)", "(n - n)", "(n * n)", "(n / n)", "(n % n)", "count(a)", "count(e)", "count(o)", "count(s)", "sum(a)", "product(a)",
		"abs(n)", "round(n)", "ceil(n)", "floor(n)", "to_number(s)", "indexof(s, s)", "max([n, n])", "min({n, n})", "bits.and(1, 3)",
		"bits.or(n, n)", "bits.lsh(n, 2)", "strings.count(s, s)", "units.parse_bytes(s)", "semver.compare(\"1.2.3\", \"1.10.0\")",
		"object.get(o, s, n)", "a[n]", "o[s]", "bits.xor(n, n)", "bits.negate(n)", "bits.rsh(n, 1)",
		"time.parse_ns(\"RFC3339\", \"2020-02-29T23:59:59Z\")", "time.parse_duration_ns(s)", "units.parse(s)", "time.parse_rfc3339_ns(s)",
		"time.add_date(n, n, 1, n)", "round(n / 3)", "count({x, x, p})", "count([1 | p[_]])", "product([n, n, n])", "sum({n, n})", "to_number(p)",
		"count(regex.split(s, s))", "floor(n * 1.5)", "semver.compare(s, s)", "object.get(p, [s, n], n)", "-1 * n",
	},
	str: {
		"concat(s, [s, s])", "sprintf(\"%v-%d-%s\", [x, n, s])", "sprintf(\"%5.2f|%x|%q|%v\", [n, n, s, x])", "upper(s)", "lower(s)",
		"replace(s, s, s)", "substring(s, n, n)", "substring(s, 1, -1)", "trim(s, s)", "trim_left(s, s)", "trim_right(s, s)", "trim_space(s)",
		"trim_prefix(s, s)", "trim_suffix(s, s)", "format_int(n, 16)", "json.marshal(x)", "type_name(x)", "base64.encode(s)", "hex.encode(s)",
		"strings.reverse(s)", "urlquery.encode(s)", "crypto.md5(s)", "concat(\",\", sort(a))", "regex.replace(s, \"[a-c]\", s)",
		"base64url.encode(s)", "strings.replace_n({\"a\": s, \"b\": s}, s)", "max([s, s])", "min(a)", "max(e)", "yaml.marshal(x)",
		"urlquery.encode_object({\"k\": s})", "time.weekday(n)", "time.format([n, \"UTC\", \"RFC1123\"])", "glob.quote_meta(s)",
		"strings.render_template(\"{{.a}}-{{range .xs}}{{.}},{{end}}\", {\"a\": x, \"xs\": a})", "sprintf(s, a)", "sprintf(\"%T %+v %08.3f %-6s|\", [x, x, n, s])",
		"json.marshal([x, p])", "crypto.hmac.sha256(s, s)", "regex.replace(s, s, s)", "format_int(n, 2)", "concat(s, e)", "concat(s, [s, s, s])",
		"substring(s, 0, n)", "sprintf(\"%v %v\", [e, o])", "sprintf(\"%s\", [p])", "time.format(n)", "trim(s, \"a.\")", "split(s, \".\")[n]",
		"json.marshal_with_options({s: x}, {\"indent\": s, \"prefix\": s})", "type_name(p)", "lower(sprintf(\"%v\", [p]))", "hex.decode(hex.encode(s))",
		"base64.decode(base64.encode(s))", "urlquery.decode(urlquery.encode(s))", "strings.reverse(concat(s, a))", "uuid.parse(s).variant", "sprintf(\"%s %v\", a)", "json.marshal_with_options(x, {\"pretty\": true})", "crypto.sha256(s)",
	},
	boolean: {
		"p == x", "x != p", "n < n", "n >= n", "s <= s", "x > x", "p == p", "n == n", "s != s", "e == e", "a == a", "o == o", "p < x", "x == x", "startswith(s, s)", "endswith(s, s)", "contains(s, s)", "is_number(x)", "is_string(x)",
		"is_array(x)", "is_object(x)", "is_set(x)", "is_null(x)", "is_boolean(x)", "p in a", "p in e", "p in o", "s, p in o", "n, p in a", "x in p", "x in a", "p in [x, p]", "regex.match(s, s)", "net.cidr_contains(\"10.0.0.0/8\", s)",
		"regex.globs_match(s, s)", "json.verify_schema(o)[0]", "yaml.is_valid(s)", "object.subset(a, e)", "object.get(o, s, false)", "json.match_schema(p, o)[0]",
		"uri.is_valid(s)", "glob.match(s, null, s)", "p", "p[s]", "p[_] == x", "count(p) > n", "semver.compare(s, s) == 0", "regex.template_match(s, s, \"{\", \"}\")",
		"regex.match(\"^[ab]+$\", s)", "glob.match(\"a*\", [], s)", "object.subset(o, o)", "object.subset(a, a)", "object.subset(e, e)",
		"strings.any_prefix_match(s, [s, s])", "strings.any_suffix_match(a, s)", "json.is_valid(s)", "regex.is_valid(s)", "base64.is_valid(s)",
		"json.match_schema({\"a\": 1}, {\"type\": \"object\"})[0]", "semver.is_valid(s)", "glob.match(s, [\".\"], s)",
	},
	arr: {
		"array.concat(a, a)", "array.slice(a, n, n)", "array.reverse(a)", "sort(a)", "sort(e)", "split(s, s)", "numbers.range(0, 3)", "numbers.range(n, 2)",
		"regex.split(\"[,.]\", s)", "regex.find_n(\"[a-z]\", s, n)", "array.slice(a, 1, 3)", "numbers.range_step(0, 10, 3)", "json.unmarshal(\"[1, {\\\"a\\\": 2}]\")",
		"indexof_n(s, s)", "regex.find_all_string_submatch_n(\"([a-z])(.)\", s, -1)", "array.flatten(a)", "[a, a][n]", "o.a",
		"time.clock(n)", "time.date([n, \"America/New_York\"])", "time.diff(n, n)", "regex.find_n(s, s, n)", "net.cidr_merge([\"10.0.0.0/9\", \"10.128.0.0/9\"])",
		"[[k, v] | some k, v in o]", "sort([x, p, x])", "numbers.range_step(n, n, 2)", "array.flatten([a, [x]])", "json.match_schema(p, {\"type\": \"object\", \"required\": [s]})",
		"array.concat(split(s, s), a)", "[p | p]", "sort([v | some v in e])", "sort([k | some k, _ in p])", "[x, p]", "array.slice(p, 0, 1)", "[y | y := p[_]]",
	},
	set: {
		"(e | e)", "(e & e)", "(e - e)", "union({e, e})", "intersection({e, e})", "object.keys(o)", "graph.reachable({\"a\": [\"b\"], \"b\": [\"a\", \"c\"], \"c\": []}, {s})",
		"{k | some k, _ in o}", "{k | o[k]}", "{x | some x in a}", "net.cidr_expand(\"10.0.0.0/30\")", "graph.reachable_paths(o, e)", "{x, p}", "union({e, {x}})", "{v | walk(o, [_, v])}",
		"object.keys(object.union(o, o))", "graph.reachable({\"a\": a, \"b\": e}, e)", "{k | walk(p, [k, _])}", "{y | y := p[_]}", "({p} | e)", "intersection({e, e, {p, x}})",
	},
	obj: {
		"object.union(o, o)", "object.remove(o, [s])", "object.remove(o, e)", "object.filter(o, [s, s])", "object.union_n([o, o])", "json.filter(o, [\"a/b\", s])",
		"json.remove(o, [\"a\", s])", "json.patch(o, [{\"op\": \"add\", \"path\": \"/z\", \"value\": x}])", "object.get(o, [s, s], {})", "json.unmarshal(\"{\\\"a\\\": [1]}\")",
		"{k: x | some k, x in o}", "json.patch({\"a\": 1}, [{\"op\": \"move\", \"from\": \"/a\", \"path\": s}])", "json.patch(o, [{\"op\": \"replace\", \"path\": s, \"value\": x}])",
		"json.patch(o, [{\"op\": \"remove\", \"path\": [s]}, {\"op\": \"add\", \"path\": \"/q\", \"value\": p}])", "object.union(o, {s: x})", "uri.parse(s)", "json.filter(o, [s, [s, s]])",
		"object.filter(o, e)", "object.remove(o, o)", "json.unmarshal(json.marshal(o))", "yaml.unmarshal(yaml.marshal(o))", "{s: p, \"z\": x}", "object.union_n([o, {s: n}, o])",
		"{k: v | some k, v in p}", "{v: k | some k, v in o}", "json.patch(o, [{\"op\": \"copy\", \"from\": \"/a\", \"path\": s}])", "json.remove(p, [s, [\"a\", s]])",
		"yaml.unmarshal(\"a: [1, b]\")",
	},
}

var letters = map[byte]kind{'n': num, 's': str, 'b': boolean, 'a': arr, 'e': set, 'o': obj}

// fill replaces the operand letters of a call: those that stand alone, outside of quotes.
func (g *gen) fill(call string, depth int) string {
	out := strings.Builder{}
	quoted, local := false, strings.Contains(call, "some ") || strings.Contains(call, "[k]")
	word := func(i int) bool {
		return i >= 0 && i < len(call) && (call[i] == '_' || call[i] == '.' || call[i] >= 'a' && call[i] <= 'z' || call[i] >= '0' && call[i] <= '9')
	}
	for i := 0; i < len(call); i++ {
		c := call[i]
		if c == '\\' {
			out.WriteString(call[i : i+2])
			i++
			continue
		}
		quoted = quoted != (c == '"')
		k, operand := letters[c]
		if c == 'p' && !quoted && !word(i-1) && (!word(i+1) || call[i+1] == '.') {
			out.WriteString(g.path())
			continue
		}
		if c == 'x' && !local {
			k, operand = kind(g.Intn(int(kinds)+1)), true
			if k == kinds && len(g.ofKind(kinds)) == 0 {
				k = num
			}
		}
		if quoted || !operand || word(i-1) || (word(i+1) && call[i+1] != '.') || (i+1 < len(call) && call[i+1] == '(') {
			out.WriteByte(c)
			continue
		}
		if i+1 < len(call) && (call[i+1] == '[' || call[i+1] == '.') {
			out.WriteString(g.leaf(k))
		} else {
			out.WriteString(g.term(k, depth-1))
		}
	}
	return out.String()
}

func (g *gen) call(k kind, depth int) string {
	s := g.fill(calls[k][g.Intn(len(calls[k]))], depth)
	if k == boolean && strings.ContainsAny(s, "<>=") || strings.Contains(s, " in ") && k == boolean {
		return "(" + s + ")"
	}
	return s
}

// --- bodies ------------------------------------------------------------------------------------

func (g *gen) let(name string, k kind) string {
	g.vars = append(g.vars, variable{name, k})
	return name
}

// used reads the variables, so that the compiler does not complain of them.
func (g *gen) used(names ...string) string {
	if g.one(400) {
		return ""
	}
	list := "[" + strings.Join(names, ", ") + "]"
	return "; " + list + " == " + list
}

// source is a collection to iterate over, and the kind that its members may be used as: of what
// stands in documents nothing is known, so that every use compiles.
func (g *gen) source(k kind, depth int) (string, kind) {
	if g.one(3) {
		return g.term(k, depth), kinds
	}
	return g.path(), g.anyKind()
}

// pattern declares variables by unification.
func (g *gen) pattern(depth int) string {
	switch a, b := g.fresh(), g.fresh(); g.Intn(5) {
	case 0:
		s := fmt.Sprintf("[%s, %s] = [%s, %s]", a, b, g.term(num, depth), g.term(str, depth))
		g.let(a, num)
		g.let(b, str)
		return s
	case 1:
		s := fmt.Sprintf("{\"a\": %s, \"b\": [%s, 1]} = {\"a\": %s, \"b\": [%s, %s]}", a, b, g.term(str, depth), g.term(arr, depth), g.leaf(num))
		g.let(a, str)
		g.let(b, arr)
		return s
	case 2:
		s := fmt.Sprintf("[%s, _, [%s]] = %s", a, b, g.pick("input.a", "input.xs", "data.d.a", "[1, 2, [3]]", `["a", 2, [[]]]`))
		g.let(a, num)
		g.let(b, num)
		return s
	case 3:
		s := fmt.Sprintf("%s = %s", a, g.term(obj, depth))
		g.let(a, obj)
		return s
	}
	a, b := g.fresh(), g.fresh()
	s := fmt.Sprintf("[%s, %s] := [%s, %s]", a, b, g.term(set, depth), g.term(boolean, depth))
	g.let(a, set)
	g.let(b, boolean)
	return s + g.used(a, b)
}

func (g *gen) iteration(depth int) string {
	a, b := g.fresh(), g.fresh()
	switch g.Intn(7) {
	case 0:
		from, k := g.source(arr, depth)
		g.let(a, k)
		return fmt.Sprintf("some %s in %s", a, from) + g.used(a)
	case 1, 2:
		from, k := g.source(obj, depth)
		g.let(a, str)
		g.let(b, k)
		return fmt.Sprintf("some %s, %s in %s", a, b, from) + g.used(a, b)
	case 3:
		from, k := g.source(set, depth)
		g.let(a, k)
		return fmt.Sprintf("some %s in %s", a, from) + g.used(a)
	case 4:
		s := fmt.Sprintf("some %s; %s := %s[%s]", a, b, g.pick("input.xs", "data.d.xs", "input.o", "input", "data.d", "data.d.o", "input.a"), a)
		g.let(a, g.pickKind(num, str))
		g.let(b, g.anyKind())
		return s + g.used(a, b)
	case 5:
		if len(g.rules) > 0 {
			r := g.rules[g.Intn(len(g.rules))]
			if r.args == nil && r.kind >= set {
				g.let(a, kinds)
				g.let(b, kinds)
				name := r.path()
				if r.pkg == "" && g.one(2) {
					name = r.name
				}
				if g.one(3) {
					return fmt.Sprintf("%s = %s[%s][_]", b, name, a)
				}
				return fmt.Sprintf("%s = %s[%s]", b, name, a)
			}
		}
	}
	from, k := g.source(obj, depth)
	g.let(a, arr)
	g.let(b, k)
	return fmt.Sprintf("walk(%s, [%s, %s])", from, a, b) + g.used(a, b)
}

func (g *gen) pickKind(list ...kind) kind { return list[g.Intn(len(list))] }

func (g *gen) test(depth int) string {
	if g.one(6) {
		return g.path()
	}
	return g.fill(calls[boolean][g.Intn(len(calls[boolean]))], depth)
}

func (g *gen) with(depth int) string {
	s := ""
	for ok := true; ok; ok = g.one(3) {
		switch g.Intn(7) {
		case 0:
			s += " with input as " + g.term(obj, depth)
		case 1, 2:
			s += " with input." + g.pick("a", "b", "xs", "o", "o.c") + " as " + g.term(g.anyKind(), depth)
		case 3:
			s += " with data.d." + g.pick("a", "b", "xs", "o") + " as " + g.term(g.anyKind(), depth)
		case 4:
			plain := []rule{}
			for _, r := range g.rules {
				if r.args == nil {
					plain = append(plain, r)
				}
			}
			if len(plain) > 0 {
				r := plain[g.Intn(len(plain))]
				s += " with " + r.path() + " as " + g.leaf(r.kind)
			}
		case 6: // a function by another of as many arguments, or by a value
			functions := []rule{}
			for _, r := range g.rules {
				if r.args != nil {
					functions = append(functions, r)
				}
			}
			if len(functions) > 0 {
				r, by := functions[g.Intn(len(functions))], functions[g.Intn(len(functions))]
				if len(r.args) == len(by.args) && g.one(2) {
					s += " with " + r.path() + " as " + by.path()
				} else {
					s += " with " + r.path() + " as " + g.leaf(r.kind)
				}
			}
		case 5:
			s += " with " + g.pick("count as 7", "upper as lower", "startswith as true", "sort as [1]", "json.marshal as \"j\"", "type_name as \"t\"")
		}
	}
	return s
}

func (g *gen) line(depth int) string {
	mark := len(g.vars)
	switch n := g.Intn(20); {
	case n < 4:
		k, name := g.anyKind(), g.fresh()
		s := name + " := " + g.term(k, depth)
		if g.one(6) {
			s += g.with(1)
		}
		g.let(name, k)
		return s + g.used(name)
	case n < 8:
		return g.iteration(depth)
	case n < 10:
		return g.pattern(depth)
	case n < 12:
		s := "not " + g.test(depth)
		if g.one(3) {
			s += g.with(1)
		}
		return s
	case n < 13:
		v, key := g.fresh(), ""
		if g.one(2) {
			key = g.let(g.fresh(), num) + ", "
		}
		in, k := g.source(g.pickKind(arr, set, obj), depth)
		g.vars = g.vars[:mark]
		if key != "" {
			g.let(strings.TrimSuffix(key, ", "), num)
		}
		g.let(v, k)
		body := "[" + key + v + "] == [" + key + v + "]; " + g.body(1+g.Intn(2), depth-1)
		g.vars = g.vars[:mark]
		if strings.Contains(in, strings.TrimSuffix(key, ", ")) && key != "" {
			in = "input.xs"
		}
		return "every " + key + v + " in " + in + " { " + body + " }"
	case n < 15:
		s := g.test(depth)
		return s + g.with(1)
	}
	return g.test(depth)
}

func (g *gen) body(n, depth int) string {
	lines := []string{}
	for i := 0; i < n; i++ {
		lines = append(lines, g.line(depth))
	}
	if g.one(8) {
		g.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	}
	return strings.Join(lines, "; ")
}

func (g *gen) ruleBody() string {
	lines := []string{}
	for i := 1 + g.Intn(3); i > 0; i-- {
		lines = append(lines, "\t"+g.line(2)+"\n")
	}
	if g.one(8) {
		g.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	}
	return "{\n" + strings.Join(lines, "") + "}"
}

// --- rules -------------------------------------------------------------------------------------

// scoped makes one rule text; names in it are its own.
func (g *gen) scoped(make func() string) string {
	g.vars = nil
	return make()
}

func (g *gen) complete(name string, k kind) string {
	s := ""
	if g.one(3) {
		s += "default " + name + " := " + g.pick(g.scalar("num"), g.scalar("str"), "[]", "{}", "{1: [2]}", "[x | x := 1]") + "\n\n"
	}
	for ok := true; ok; ok = g.one(3) {
		s += g.scoped(func() string {
			body := g.ruleBody()
			if k == boolean && g.one(2) {
				return name + " if " + body
			}
			return name + " := " + g.term(k, 2) + " if " + body
		})
		for g.one(3) {
			s += g.scoped(func() string {
				body := g.ruleBody()
				return " else := " + g.term(k, 2) + " if " + body
			})
		}
		s += "\n\n"
	}
	return s
}

func (g *gen) function(name string, k kind, args []kind) string {
	s := ""
	if g.one(5) {
		s += "default " + name + "(" + g.many(len(args), ", ", func() string { return "_" }) + ") := " + g.scalar("num") + "\n\n"
	}
	for ok := true; ok; ok = g.one(2) {
		s += g.scoped(func() string {
			i := -1
			head := name + "(" + g.many(len(args), ", ", func() string {
				i++
				switch v := g.fresh(); {
				case g.one(6):
					return g.scalar("num")
				case g.one(8):
					return "[" + g.let(v, num) + ", " + g.let(g.fresh(), str) + "]"
				case g.one(8):
					return "{\"a\": " + g.let(v, num) + "}"
				case g.one(10):
					return "_"
				default:
					return g.let(v, args[i])
				}
			}) + ")"
			body := g.ruleBody()
			text := head + " := " + g.term(k, 2) + " if " + body
			return text
		})
		if g.one(4) {
			s += " else := " + g.leafAlone(k)
		}
		s += "\n\n"
	}
	return s
}

func (g *gen) leafAlone(k kind) string {
	g.vars = nil
	return g.leaf(k)
}

func (g *gen) partial(name, head string, key, value bool) string {
	s := ""
	for i := 1 + g.Intn(3); i > 0; i-- {
		s += g.scoped(func() string {
			body := g.ruleBody()
			h := strings.ReplaceAll(head, "NAME", name)
			if key {
				h = strings.Replace(h, "KEY", g.leaf([]kind{str, num, str}[g.Intn(3)]), 1)
			}
			h = strings.Replace(h, "STR", g.leaf(str), 1)
			if value {
				h = strings.Replace(h, "VALUE", g.term(g.anyKind(), 2), 1)
			}
			return h + " if " + body
		}) + "\n\n"
	}
	return s
}

func (g *gen) rule(i int) (rule, string) {
	name := fmt.Sprintf("r%d", i)
	switch g.Intn(11) {
	case 0, 1:
		args := make([]kind, 1+g.Intn(2))
		for j := range args {
			args[j] = g.anyKind()
		}
		r := rule{name: fmt.Sprintf("f%d", i), kind: g.anyKind(), args: args}
		return r, g.function(r.name, r.kind, args)
	case 2, 3:
		return rule{name: name, kind: set}, g.partial(name, "NAME contains VALUE", false, true)
	case 4, 5:
		return rule{name: name, kind: obj}, g.partial(name, "NAME[KEY] := VALUE", true, true)
	case 6:
		return rule{name: name, kind: obj}, g.partial(name, g.pick("NAME.a[KEY].b := VALUE", "NAME[KEY][STR] := VALUE", "NAME.q[STR] := VALUE", "NAME.a.b := VALUE"), true, true)
	case 7:
		return rule{name: name, kind: obj}, g.partial(name, g.pick("NAME.p contains VALUE", "NAME[KEY] contains VALUE", "NAME.a[STR] contains VALUE"), true, true)
	}
	k := g.anyKind()
	return rule{name: name, kind: k}, g.complete(name, k)
}

// module writes a package of n rules; what it makes can be read by those that come after it.
func (g *gen) module(pkg string, n int) string {
	texts := []string{}
	made := []rule{}
	for i := 0; i < n; i++ {
		one, text := g.rule(len(g.rules))
		texts = append(texts, text)
		g.rules = append(g.rules, one)
		made = append(made, one)
	}
	if pkg != "t" { // seen from other packages by their whole names
		for i := range made {
			g.rules[len(g.rules)-1-i].pkg = pkg
		}
	}
	g.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
	return "package " + pkg + "\n\n" + strings.Join(texts, "")
}

func generate(r *rand.Rand) kase {
	g := &gen{Rand: r}
	c := kase{Query: "data.t = x", Strict: g.one(12)}
	if g.one(4) {
		c.Modules = append(c.Modules, strings.ReplaceAll(g.module("d.u", 1+g.Intn(3)), "data.t.", "data.d.u."))
	}
	c.Modules = append(c.Modules, g.module("t", 1+g.Intn(5)))
	doc := func() string {
		return fmt.Sprintf(`{"a": %s, "b": %s, "xs": [%s], "o": {"a": %s, "b": %s, "c": %s}}`, g.document(2), g.document(1),
			g.many(g.Intn(5), ", ", func() string { return g.document(1) }), g.document(1), g.document(2), g.scalar("num"))
	}
	if err := decodeNumbers(`{"d": `+doc()+`}`, &c.Data); err != nil {
		panic(err)
	}
	if !g.one(10) {
		if err := decodeNumbers(doc(), &c.Input); err != nil {
			panic(err)
		}
	}
	return c
}
