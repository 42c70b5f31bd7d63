package main

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"
)

// Values at the edges, by type; as Rego text.
var edges = map[string][]string{
	"number": {"0", "1", "-1", "2", "3", "7", "10", "16", "100", "1.5", "-1.5", "2.0", "1e2", "0.1", "-0.0", "1e-7", "1e21", "2.5", "0.5", "-2.5",
		"123456789012345678901234567890", "-9223372036854775808", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e300",
		"0.30000000000000004", "3.14159", "1700000000000000000", "1e-300", "4611686018427387904", "64", "-64"},
	"string": {`""`, `"a"`, `"b"`, `"abc"`, `"ABC"`, `" a b "`, `"é"`, `"日本語"`, `"ﬃ"`, `"İ"`, `"ß"`, `"a.b.c"`, `"a,b,,c"`, `"10"`, `"-1.5e3"`, `"0x1f"`, `"\u0000"`,
		`"a\nb\tc"`, `"\"q\\"`, `"👍🏽"`, `"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"`, `"%"`, `"a/b/~c"`, `"null"`, `"true"`, `"\ufffd"`, `"e\u0301"`, `"1e400"`},
	"boolean": {"true", "false"},
	"null":    {"null"},
	"any":     {"null", "true", "0", "1.5", `"a"`, "[]", "{}", "set()", "[1, [2, {3}]]", `{"a": [1, {"b": null}]}`, `{1: 2, "x": {3, 4}}`, `{1, "a", [2]}`, "1e100", `{"é": "日"}`, `[{"a": 1}, {"a": 2}]`},
}

// What particular built-ins read in strings: the longest prefix of a name counts.
var texts = map[string][]string{
	"time.parse_ns":           {`"2006-01-02"`, `"RFC3339"`, `"ANSIC"`, `"2020-02-29"`, `"2021-02-29"`, `"Mon Jan _2 15:04:05 2006"`, `"15:04"`, `"2020-01-01T00:00:00Z"`, `"Kitchen"`, `"3:04PM"`, `"RFC1123Z"`, `"Mon, 02 Jan 2006 15:04:05 -0700"`},
	"time.parse_rfc3339_ns":   {`"2020-01-01T00:00:00Z"`, `"2020-02-30T00:00:00Z"`, `"1677-09-21T00:12:43Z"`, `"2262-04-11T23:47:16.854775807Z"`, `"2262-04-12T00:00:00Z"`, `"2020-01-01T00:00:00.123456789+05:30"`, `"2020-01-01 00:00:00Z"`, `"2020-01-01t00:00:00z"`, `"0000-01-01T00:00:00Z"`, `"2020-06-30T23:59:60Z"`},
	"time.parse_duration_ns":  {`"1h"`, `"1h30m"`, `"-1.5h"`, `"1ns"`, `"1us"`, `"1µs"`, `"1d"`, `"1"`, `"0"`, `"+5s"`, `"1h1h"`, `"9223372036854775807ns"`, `"9223372036854775808ns"`, `"1.0000000001s"`, `".5m"`, `"1w"`, `"-0"`},
	"time.":                   {`"UTC"`, `""`, `"Local"`, `"America/New_York"`, `"Asia/Kolkata"`, `"Nowhere/City"`, `"RFC3339"`, `"2006-01-02"`, `"Europe/Berlin"`},
	"regex.template_match":    {`"urn:foo:{.*}"`, `"urn:foo:bar:baz"`, `"{"`, `"}"`, `"<[a-z]+>x"`, `"ax"`, `"a{b{c}}"`, `"<"`, `">"`, `"{"`},
	"regex.globs_match":       {`"a.*"`, `"[a-z]+"`, `"b*"`, `"."`, `"a"`, `"[^a]"`, `"a|b"`, `"a.b"`, `"[a-"`, `"abc*"`, `".+"`, `"\\."`},
	"regex.":                  {`"a"`, `"[a-z]+"`, `"(a)(b)?"`, `"^$"`, `"\\d+"`, `"("`, `"[a"`, `"(?i)A"`, `"a*"`, `"a{2,3}"`, `"a{1001}"`, `"\\pL"`, `"(?P<x>a)"`, `"\\b"`, `"a|ab"`, `"$1x"`, `"${1}x"`, `"\\C"`, `"(?s)."`, `"abab aab"`, `"日本"`, `"."`, `"a1b22"`, `"x*?"`, `"(?=a)"`, `"\\Q.\\E"`, `"[[:alpha:]]"`},
	"glob.":                   {`"*"`, `"a*"`, `"**"`, `"a.*.c"`, `"{a,b}"`, `"[a-c]"`, `"[!a]"`, `"?"`, `"\\*"`, `"a.b.c"`, `"{a"`, `"[a"`, `""`, `"a"`, `"*.github.com"`, `"api.github.com"`, `"{,x}"`, `"日?"`},
	"semver.":                 {`"1.0.0"`, `"1.0.0-alpha"`, `"1.0.0-alpha.1"`, `"1.0.0+x"`, `"v1.0.0"`, `"1.0"`, `"01.0.0"`, `"1.0.0-01"`, `"1.0.0-a.b-c"`, `"10.2.3"`, `"99999999999999999999.0.0"`, `""`, `"1.0.0-"`, `"1.0.0-é"`, `"1.0.0-beta+exp.sha.5114f85"`},
	"net.":                    {`"10.0.0.0/8"`, `"10.0.0.1"`, `"10.0.0.1/32"`, `"::1"`, `"::/0"`, `"fe80::/10"`, `"2001:db8::/32"`, `"10.0.0.0/33"`, `"10.0.0"`, `"300.0.0.1/8"`, `"192.168.1.0/24"`, `"192.168.1.128/25"`, `"::ffff:10.0.0.1"`, `"010.0.0.1"`, `"fe80::1%eth0"`, `"10.0.0.0/08"`, `"10.1.2.3/16"`, `"1.2.3.4/30"`, `""`},
	"units.":                  {`"1"`, `"10K"`, `"10Ki"`, `"1.5M"`, `"1e3"`, `"10m"`, `"10 Mi"`, `"-1G"`, `"1E"`, `"1Ei"`, `"1kb"`, `"1KiB"`, `"foo"`, `""`, `".5"`, `"1.2.3"`, `"1µ"`, `"10gib"`, `"10GIB"`, `"0"`, `"1e1000"`, `"+1"`, `"1T"`, `"1P"`, `"1p"`, `"1u"`},
	"base64":                  {`""`, `"YQ=="`, `"YQ"`, `"YWI="`, `"YWJj"`, `"_-8="`, `"/+8="`, `"Y Q=="`, `"YQ==\n"`, `"é"`, `"===="`, `"YQ=a"`, `"_-8"`},
	"hex.":                    {`""`, `"61"`, `"6"`, `"6G"`, `"ABCDEF"`, `"é"`, `"ff"`, `"c3a9"`},
	"json.unmarshal":          {`"null"`, `"[1, 2.0, 1e2]"`, `"{\"a\": 1, \"a\": 2}"`, `"{\"a\": }"`, `"1 2"`, `" 1 "`, `"\"\\u00e9\\ud83d\\udc4d\""`, `"[1,]"`, `"01"`, `"-"`, `"\"\\x\""`, `"1e400"`, `"NaN"`, `"{\"b\": {\"c\": [true]}}"`, `"\"a\tb\""`},
	"json.is_valid":           {`"null"`, `"[1, 2.0, 1e2]"`, `"{\"a\": 1, \"a\": 2}"`, `"{\"a\": }"`, `"1 2"`, `" 1 "`, `"[1,]"`, `"01"`, `"-"`, `"\"\\x\""`, `"\"a\tb\""`, `"tru"`, `"[[[[[[]]]]]]"`},
	"yaml.":                   {`"a: 1"`, `"- a\n- b"`, `"a: [1, {b: c}]"`, `"a: b: c"`, `"yes"`, `"0o17"`, `"0x1f"`, `"1_000"`, `"~"`, `"!!str 1"`, `"a: &x 1\nb: *x"`, `"2001-12-14"`, `"|\n  a\n  b"`, `"{a: 1"`, `"? a\n: b"`, `"1: a"`, `"a: 1\na: 2"`, `".inf"`, `"1e3"`, `"--- a\n--- b"`, `""`, `"'a''b'"`, `"\"\\u00e9\""`, `"<<: {a: 1}\nb: 2"`, `"\t"`, `"a: !foo b"`, `"on: off"`, `"1.0"`, `"-.5"`, `"010"`},
	"urlquery.":               {`"a=1&b=2"`, `"a=1&a=2"`, `"a"`, `"=b"`, `"a=%20%zz"`, `"%41+b"`, `"a b&c"`, `"a;b=c"`, `"é=日"`, `"?a=b"`, `"a=b=c"`, `"%"`},
	"uri.":                    {`"http://a.b/c?d=e#f"`, `"HTTP://U:P@h:80/"`, `"a b"`, `"//h/p"`, `"mailto:x@y"`, `"http://[::1]:80/"`, `"http://[::1"`, `"%zz"`, `"/a/../b"`, `""`, `":"`, `"http://h:port/"`, `"urn:x:y"`, `"?q"`, `"#f"`, `"http://a/%2f?x=%20"`, `"http://é/日"`},
	"uuid.":                   {`"f47ac10b-58cc-4372-a567-0e02b2c3d479"`, `"urn:uuid:f47ac10b-58cc-1372-a567-0e02b2c3d479"`, `"{f47ac10b-58cc-2372-a567-0e02b2c3d479}"`, `"f47ac10b58cc4372a5670e02b2c3d479"`, `"00000000-0000-0000-0000-000000000000"`, `"f47ac10b-58cc-4372-a567-0e02b2c3d47"`, `"zzzzzzzz-58cc-4372-a567-0e02b2c3d479"`, `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`, `"f47ac10b-58cc-5372-c567-0e02b2c3d479"`},
	"graphql.":                {`"{a}"`, `"type Query { a: Int }"`, `"query Q($x: Int!) { a(x: $x) { b } }"`, `"{"`, `""`, `"type Query { a(x: Int): Query b: String }"`, `"{a b}"`, `"fragment F on Query { a } {...F}"`, `"schema { query: Q } type Q { é: Int }"`, `"{ a @skip(if: true) }"`, `"mutation { a }"`, `"# é\n{a}"`, `"{a(s: \"日\")}"`},
	"io.jwt.":                 {`"a.b.c"`, `""`, `"eyJhbGciOiJIUzI1NiJ9.e30.x"`, `"eyJhbGciOiJub25lIn0.eyJhIjoxfQ."`, `"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.8Qk1oK2s7x3b0b7mW5n6Z0p8Q8rYx3l0m1n2o3p4q5r"`, `"secret"`, `"a.b"`, `"eyJhIjoxfQ.eyJhIjoxfQ.YQ"`},
	"crypto.x509":             {`""`, `"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"`, `"YQ=="`, `"not"`},
	"crypto.parse":            {`""`, `"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----"`, `"YQ=="`, `"not"`},
	"sprintf":                 {`"%v"`, `"%d"`, `"%s %s"`, `"%5.2f"`, `"%x"`, `"%q"`, `"%-8v|"`, `"%08d"`, `"%+d"`, `"%e"`, `"%g"`, `"%b"`, `"%o"`, `"%c"`, `"%U"`, `"%t"`, `"%T"`, `"%%"`, `"%"`, `"%z"`, `"%[2]v %[1]v"`, `"%*d"`, `"%.3s"`, `"%#v"`, `"%#x"`, `"% x"`, `"%6.3v"`, `"%v %v %v"`, `"a"`, `"%X"`, `"%O"`, `"%p"`, `"%.0f"`, `"%G"`, `"%+q"`, `"%8.3e|"`, `"%.10g"`},
	"strings.render_template": {`"{{.a}}"`, `"{{range .xs}}{{.}},{{end}}"`, `"{{if .a}}x{{else}}y{{end}}"`, `"{{.missing}}"`, `"{{"`, `"{{printf \"%v\" .a}}"`, `"{{len .xs}}"`, `"{{with .o}}{{.c}}{{end}}"`, `"{{/* c */}}a"`, `"{{- .a -}} x"`, `"{{index .xs 0}}"`, `"{{.a | html}}"`, `"{{eq .a 1}}"`},
	"format_int":              {`"a"`},
	"rego.parse_module":       {`"package a\np := 1"`, `"p"`, `"package a"`, `"x.rego"`},
	"providers.aws.":          {`"a"`},
	"json.match_schema":       {`"{\"type\": \"object\"}"`, `"{\"type\": 1}"`, `"{}"`, `"[]"`, `"{\"minimum\": 2}"`, `"2"`},
	"json.verify_schema":      {`"{\"type\": \"object\"}"`, `"{\"type\": \"foo\"}"`, `"{}"`, `"[]"`, `"{\"$ref\": \"#/x\"}"`, `"{\"pattern\": \"(\"}"`},
	"to_number":               {`"1"`, `"1.0"`, `"1e2"`, `" 1"`, `"0x1"`, `"Inf"`, `"NaN"`, `"-0"`, `"1_0"`, `"+1"`, `".5"`, `"5."`, `""`, `"01"`, `"1e400"`, `"٣"`},
	"object.":                 {`"a"`, `"b"`, `"x"`},
	"json.patch":              {`"/a"`, `"add"`, `"remove"`},
}

// Arguments that only make sense whole.
var wholes = map[string][][]string{
	"json.patch": {
		{`{"a": [1, 2], "b": {"c": 1}}`, `[1, 2, 3]`, `{1, 2}`, `{"a": {"x", "y"}}`, `{"": 1, "a/b": 2, "m~n": 3}`, `null`, `"s"`},
		{`[{"op": "add", "path": "/a/-", "value": 3}]`, `[{"op": "add", "path": "a/0", "value": {1}}]`, `[{"op": "remove", "path": "/b/c"}]`, `[{"op": "remove", "path": "/zz"}]`,
			`[{"op": "replace", "path": "", "value": 1}]`, `[{"op": "move", "from": "/a", "path": "/b/d"}]`, `[{"op": "copy", "from": "/b", "path": "/e"}]`, `[{"op": "test", "path": "/b/c", "value": 1}]`,
			`[{"op": "test", "path": "/b/c", "value": 2}]`, `[{"op": "add", "path": ["a", 1], "value": 9}]`, `[{"op": "foo", "path": "/a"}]`, `[{"path": "/a"}]`, `[{"op": "add", "path": "/a"}]`, `[1]`,
			`[{"op": "remove", "path": "x"}]`, `[{"op": "add", "path": "/1", "value": 7}]`, `[{"op": "add", "path": "/01", "value": 7}]`, `[{"op": "add", "path": "/9", "value": 7}]`, `[{"op": "remove", "path": "/a~1b"}]`,
			`[{"op": "remove", "path": "/m~0n"}]`, `[{"op": "move", "from": "/a", "path": "/a/b"}]`, `[{"op": "add", "path": 1, "value": 2}]`, `[]`, `[{"op": "remove", "path": "/a/x"}]`, `[{"op": "add", "path": {"a"}, "value": 2}]`,
			`[{"op": "add", "path": "/a/z", "value": "z"}]`, `[{"op": "move", "path": "/q", "from": {}}]`}},
	"json.match_schema": {
		{`{"a": 1}`, `1`, `"x"`, `[1, 2]`, `{}`, `null`, `{"a": "2020-01-01"}`, `"a@b.c"`, `1.5`, `{"b": {"c": []}}`},
		{`{"type": "object"}`, `{"type": ["object", "number"]}`, `{"required": ["a"]}`, `{"properties": {"a": {"type": "string"}}}`, `{"additionalProperties": false}`, `{"enum": [1, "x"]}`, `{"const": 1}`, `{"minimum": 2}`,
			`{"maxLength": 0}`, `{"pattern": "^a"}`, `{"items": {"type": "number"}}`, `{"minItems": 3}`, `{"uniqueItems": true}`, `{"anyOf": [{"type": "string"}, {"type": "number"}]}`, `{"oneOf": [{"type": "number"}, {"minimum": 0}]}`,
			`{"not": {"type": "object"}}`, `{"format": "email"}`, `{"multipleOf": 0.5}`, `{"exclusiveMaximum": 1}`, `{"$ref": "#/definitions/x", "definitions": {"x": {"type": "number"}}}`, `{"type": "foo"}`, `1`, `{"dependencies": {"a": ["b"]}}`,
			`{"minProperties": 1}`, `{"patternProperties": {"^a": {"type": "null"}}}`, `{"propertyNames": {"maxLength": 1}}`, `{"contains": {"type": "number"}}`, `{"if": {"type": "number"}, "then": {"minimum": 5}}`, `"{\"type\": \"number\"}"`, `true`}},
	"json.filter":               {{`{"a": {"b": 1, "c": [1, {"d": 2}]}, "e": 3}`, `{}`, `{"a/b": 1, "1": 2}`}, {`["a/b"]`, `{"a/c/1/d", "e"}`, `[["a", "c", 0]]`, `[""]`, `["/"]`, `["a~1b"]`, `[1]`, `[]`, `["a", "a/b"]`, `[["a"], "e"]`, `["x"]`, `["a/c/5"]`}},
	"json.remove":               {{`{"a": {"b": 1, "c": [1, {"d": 2}]}, "e": 3}`, `{}`, `{"a/b": 1, "1": 2}`}, {`["a/b"]`, `{"a/c/1/d", "e"}`, `[["a", "c", 0]]`, `[""]`, `["/"]`, `["a~1b"]`, `[1]`, `[]`, `["a", "a/b"]`, `[["a"], "e"]`, `["x"]`, `["a/c/0"]`}},
	"object.get":                {{`{"a": {"b": [1, {"c": 2}]}, 1: "x"}`, `{}`}, {`"a"`, `["a", "b", 0]`, `["a", "b", 1, "c"]`, `[]`, `1`, `["z"]`, `{"a"}`, `null`, `["a", "b", "0"]`}, {`"default"`, `null`}},
	"object.subset":             {{`{"a": {"b": 1, "c": 2}}`, `{1, 2, 3}`, `[1, 2, 3]`, `{}`, `[]`, `set()`, `[1, 2, 1, 2, 3]`}, {`{"a": {"b": 1}}`, `{1}`, `[2, 3]`, `{}`, `[]`, `set()`, `[1, 3]`, `{"a": 1}`, `{1, 9}`}},
	"graph.reachable":           {{`{"a": ["b"], "b": {"c"}, "c": null}`, `{"a": ["a"]}`, `{}`, `{"a": "b"}`, `{1: [2], 2: [1]}`}, {`["a"]`, `{"a", "z"}`, `[]`, `[1]`, `["b"]`}},
	"graph.reachable_paths":     {{`{"a": ["b"], "b": ["c"], "c": []}`, `{"a": ["b", "c"], "b": [], "c": []}`, `{}`, `{1: [2], 2: []}`}, {`["a"]`, `{"a"}`, `[]`, `[1]`}},
	"strings.render_template":   {nil, {`{"a": 1, "xs": [1, "b", true], "o": {"c": "<x>"}}`, `{}`, `{"a": "é", "xs": []}`, `{"a": null, "xs": {"k": 1}, "o": 2}`}},
	"strings.replace_n":         {{`{"a": "b"}`, `{"a": "b", "b": "c"}`, `{}`, `{"": "x"}`, `{"ab": "1", "a": "2"}`}, nil},
	"json.marshal_with_options": {nil, {`{}`, `{"pretty": true}`, `{"pretty": false, "indent": "  "}`, `{"indent": "xx"}`, `{"prefix": ">"}`, `{"indent": 1}`, `{"foo": 1}`, `{"pretty": "x"}`, `{"pretty": true, "indent": "", "prefix": "#"}`}},
	"net.cidr_merge":            {{`["10.0.0.0/9", "10.128.0.0/9"]`, `{"10.0.0.1", "10.0.0.0/8"}`, `[]`, `["::/1", "8000::/1"]`, `["x"]`, `[1]`, `["192.168.0.0/24", "192.168.1.0/24", "192.168.2.0/24"]`, `{"10.0.0.1", "::1"}`}},
	"net.cidr_expand":           {{`"10.0.0.0/30"`, `"10.0.0.1/32"`, `"::1/128"`, `"2001:db8::/126"`, `"10.0.0.5/31"`, `"x"`, `"10.0.0.1"`}},
	"net.cidr_contains_matches": {{`"10.0.0.0/8"`, `["10.0.0.0/8", "1.1.1.0/24"]`, `{"10.0.0.0/8"}`, `{"a": "10.0.0.0/8"}`, `[["10.0.0.0/8", 1]]`, `[1]`}, {`"10.0.0.1"`, `["1.1.1.1", "10.2.3.4/32"]`, `{"10.1.1.1"}`, `{"x": ["10.1.1.1", 2]}`, `"y"`}},
	"time.format":               {{`0`, `1700000000000000000`, `[1700000000000000000, "America/New_York"]`, `[0, "UTC", "RFC1123"]`, `[1, "", "2006-01-02 15:04:05.000 MST"]`, `[1, "x"]`, `[]`, `[0, "UTC", "Jan _2 06 03:04PM -07:00"]`, `-1`, `9223372036854775808`, `1.5`, `[1586895742123456789, "Asia/Kolkata", "StampMicro"]`}},
	"time.diff":                 {{`0`, `1700000000000000000`, `[1700000000000000000, "America/New_York"]`, `-62135596800000000000`}, {`1586895742123456789`, `0`, `[1, "Europe/Berlin"]`, `-5`}},
	"time.date":                 {{`0`, `[1700000000000000000, "America/New_York"]`, `[1, "x"]`, `[1]`, `1.5`, `-1`, `9223372036854775808`, `[1, ""]`}},
	"time.clock":                {{`0`, `[1700000000000000000, "Asia/Kolkata"]`, `[1, "x"]`, `[1]`, `1.5`, `-1`, `[1, "UTC", 2]`}},
	"time.weekday":              {{`0`, `[1700000000000000000, "Asia/Kolkata"]`, `[1, "x"]`, `-1`, `9223372036854775807`}},
	"time.add_date":             {{`0`, `1700000000000000000`, `-1`, `1582934400000000000`}, {`0`, `1`, `-1`, `300`, `1.5`}, {`0`, `12`, `-13`}, {`0`, `31`, `-1`}},
	"providers.aws.sign_req":    {{`{"method": "get", "url": "https://x.s3.amazonaws.com/a"}`, `{}`}, {`{"aws_service": "s3", "aws_access_key": "A", "aws_secret_access_key": "B", "aws_region": "us-east-1"}`, `{}`}, {`1700000000000000000`, `0`}},
	"io.jwt.encode_sign":        {{`{"alg": "HS256"}`, `{"alg": "none"}`, `{}`, `{"alg": "HS384", "typ": "JWT"}`}, {`{"a": 1}`, `{}`, `{"é": [1.5]}`}, {`{"kty": "oct", "k": "c2VjcmV0"}`, `{}`, `{"kty": "RSA"}`}},
	"io.jwt.encode_sign_raw":    {{`"{\"alg\": \"HS256\"}"`, `"{}"`, `"x"`}, {`"{\"a\": 1}"`, `"x"`}, {`"{\"kty\": \"oct\", \"k\": \"c2VjcmV0\"}"`, `"{}"`}},
	"bits.lsh":                  {nil, {"0", "1", "63", "64", "-1", "100", "1.5"}},
	"bits.rsh":                  {nil, {"0", "1", "63", "64", "-1", "100", "1.5"}},
	"numbers.range":             {{"0", "1", "-3", "1.5", "10", "2.0"}, {"0", "3", "-3", "1.5", "10", "2.0"}},
	"numbers.range_step":        {{"0", "1", "-3", "1.5", "10"}, {"0", "3", "-3", "1.5", "10"}, {"1", "2", "0", "-1", "1.5", "100"}},
	"format_int":                {nil, {"2", "8", "10", "16", "3", "0", "16.0", "1e1"}},
	"array.flatten":             {{`[1, [2, [3]]]`, `[]`, `[[], [[]]]`, `[{1}, {"a": [2]}]`, `[[1, 2], 3, [[4]]]`}},
	"sum":                       {{`[1, 2, 3]`, `{1, 2.5}`, `[]`, `set()`, `[0.1, 0.2]`, `["a"]`, `[1e300, 1e300]`, `[9223372036854775807, 1]`}},
	"product":                   {{`[1, 2, 3]`, `{1, 2.5}`, `[]`, `set()`, `[0.1, 0.2]`, `["a"]`, `[1e300, 1e10]`, `[9223372036854775807, 2]`}},
}

// Not asked: what depends on the moment, on chance, or on the network.
var unasked = []string{"http.send", "net.lookup_ip_addr", "opa.runtime", "rand.intn", "time.now_ns", "uuid.rfc4122", "trace", "print", "assign", "eq",
	"io.jwt.decode_verify", "rego.metadata.rule", "rego.metadata.chain", "internal.print", "internal.test_case", "internal.template_string"}

func textsOf(name string) []string {
	best := ""
	for prefix := range texts {
		if strings.HasPrefix(name, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	return texts[best]
}

func (g *gen) many1(n int, one func() string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = one()
	}
	return list
}

// valueOf is a value of a type, of another one now and then.
func (g *gen) valueOf(name string, t types.Type, depth int) string {
	if named, ok := t.(*types.NamedType); ok {
		return g.valueOf(name, named.Type, depth)
	}
	if depth > 3 || g.one(9) {
		return g.pick(edges["any"]...)
	}
	each := func(of types.Type) func() string {
		return func() string { return g.valueOf(name, of, depth+1) }
	}
	switch t := t.(type) {
	case types.Null:
		return "null"
	case types.Boolean:
		return g.pick(edges["boolean"]...)
	case types.Number:
		return g.pick(edges["number"]...)
	case types.String:
		if own := textsOf(name); len(own) > 0 && !g.one(5) {
			return g.pick(own...)
		}
		return g.pick(edges["string"]...)
	case types.Any:
		if len(t) == 0 {
			if own := textsOf(name); len(own) > 0 && g.one(2) {
				return g.pick(own...)
			}
			return g.pick(edges["any"]...)
		}
		return g.valueOf(name, t[g.Intn(len(t))], depth)
	case *types.Array:
		if t.Dynamic() == nil {
			i := -1
			return "[" + strings.Join(g.many1(t.Len(), func() string { i++; return g.valueOf(name, t.Select(i), depth+1) }), ", ") + "]"
		}
		return "[" + strings.Join(g.many1(g.Intn(4), each(t.Dynamic())), ", ") + "]"
	case *types.Set:
		list := g.many1(g.Intn(4), each(t.Of()))
		if len(list) == 0 {
			return "set()"
		}
		return "{" + strings.Join(list, ", ") + "}"
	case *types.Object:
		list := []string{}
		for _, p := range t.StaticProperties() {
			list = append(list, fmt.Sprintf("%q: %s", p.Key, g.valueOf(name, p.Value, depth+1)))
		}
		if d := t.DynamicProperties(); d != nil {
			for i := g.Intn(4); i > 0; i-- {
				list = append(list, g.valueOf(name, d.Key, 3)+": "+g.valueOf(name, d.Value, depth+1))
			}
		}
		return "{" + strings.Join(list, ", ") + "}"
	}
	return g.pick(edges["any"]...)
}

// builtinCases has n calls of each built-in with edge arguments, errors being fatal.
func builtinCases(r *rand.Rand, n int, only string) []kase {
	g := &gen{Rand: r}
	list := []kase{}
	for _, b := range ast.Builtins {
		if slices.Contains(unasked, b.Name) || !strings.Contains(b.Name, only) {
			continue
		}
		args := b.Decl.FuncArgs().Args
		for i := 0; i < n; i++ {
			values, names := []string{}, []string{}
			for j, a := range args {
				own := wholes[b.Name]
				if j < len(own) && own[j] != nil && !g.one(9) {
					values = append(values, g.pick(own[j]...))
				} else {
					values = append(values, g.valueOf(b.Name, a, 0))
				}
				names = append(names, fmt.Sprintf("input[%d]", j))
			}
			call := b.Name + "(" + strings.Join(names, ", ") + ")"
			if b.Relation {
				call = "[x | " + b.Name + "(" + strings.Join(names, ", ") + ", x)]"
			}
			list = append(list, kase{
				Note:    fmt.Sprintf("builtins/%s/%d", b.Name, i),
				Version: "v0",
				Query:   "data.t.p = x",
				Modules: []string{"package t\n\np = " + call + "\n"},
				Term:    "[" + strings.Join(values, ", ") + "]",
				Data:    map[string]any{},
				Strict:  true,
			})
		}
	}
	return list
}
