#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/help/suite.h"
#include "tests/policy/builtin_help.h"

static const struct call_row rows[] = {
    /* patterns */
    {"regex.match", "[\"^a+$\", \"aaa\"]", "true"},
    {"regex.match", "[\"^a+$\", \"aab\"]", "false"},
    {"regex.match", "[\"(?i)straße\", \"STRAßE\"]", "true"},
    {"regex.match", "[\"a(\", \"a\"]",
     "!regex.match: error parsing regexp: missing closing ): `a(`"},
    {"regex.match", "[1, \"a\"]", "!regex.match: operand 1 must be string but got number"},
    {"regex.is_valid", "[\"\\\\p{Greek}\"]", "true"},
    {"regex.is_valid", "[\"\\\\p{Geek}\"]", "false"},
    {"regex.is_valid", "[\"(?=a)\"]", "false"},
    {"regex.find_n", "[\"a*\", \"baac\", -1]", "[\"\",\"aa\",\"\"]"},
    {"regex.find_n", "[\"[oa]+\", \"foobar\", 1]", "[\"oo\"]"},
    {"regex.find_n", "[\"é?\", \"aéb\", -1]", "[\"\",\"é\",\"\"]"},
    {"regex.find_all_string_submatch_n", "[\"(a)|(b)\", \"ab\", -1]",
     "[[\"a\",\"a\",\"\"],[\"b\",\"\",\"b\"]]"},
    {"regex.replace", "[\"-ab-axxb-\", \"a(x*)b\", \"${1}W\"]", "\"-W-xxW-\""},
    {"regex.replace", "[\"-ab-axxb-\", \"a(?P<X>x*)b\", \"$X.$$1W\"]", "\"-.$1W-xx.$1W-\""},
    {"regex.replace", "[\"-ab-\", \"a(x*)b\", \"$1W\"]", "\"--\""},
    {"regex.replace", "[\"abc\", \"\", \"-\"]", "\"-a-b-c-\""},
    {"regex.split", "[\"a\", \"banana\"]", "[\"b\",\"n\",\"n\",\"\"]"},
    {"regex.split", "[\"z*\", \"pizza\"]", "[\"p\",\"i\",\"a\"]"},
    {"regex.split", "[\"\", \"ab\"]", "[\"a\",\"b\"]"},
    {"regex.template_match", "[\"urn:foo:{.*}\", \"urn:foo:bar:baz\", \"{\", \"}\"]", "true"},
    {"regex.template_match", "[\"a.b{x+}\", \"a.bxx\", \"{\", \"}\"]", "true"},
    {"regex.template_match", "[\"a.b{x+}\", \"aabxx\", \"{\", \"}\"]", "false"},
    {"regex.template_match", "[\"a{b\", \"ab\", \"{\", \"}\"]", "!unbalanced braces in \"a{b\""},
    {"regex.globs_match", "[\"a.a.[0-9]+z\", \"b.b.[0-9]+y\"]", "false"},
    {"regex.globs_match", "[\"[a-c]+x\", \"b*x\"]", "true"},
    {"regex.globs_match", "[\"pqrs]\", \"[a-b]+\"]",
     "!input:pqrs], pos:5, set-close ']' with no preceding '['"},
    {"glob.match", "[\"*.github.com\", [\".\"], \"api.github.com\"]", "true"},
    {"glob.match", "[\"*.github.com\", [\".\"], \"api.cdn.github.com\"]", "false"},
    {"glob.match", "[\"**.github.com\", [\".\"], \"api.cdn.github.com\"]", "true"},
    {"glob.match", "[\"*\", null, \"a.b/c\"]", "true"},
    {"glob.match", "[\"*\", [], \"a.b\"]", "false"},
    {"glob.match", "[\"{cat,[bf]at,x{y,z}}\", [], \"xz\"]", "true"},
    {"glob.match", "[\"[!a-c]at\", [], \"bat\"]", "false"},
    {"glob.match", "[\"[a-]\", [], \"a\"]",
     "!glob.match: glob: syntax error at 4: unexpected end of input"},
    {"glob.match", "[\"[z-a]\", [], \"a\"]", "!hi character 'a' should be greater than lo 'z'"},
    {"glob.match", "[\"a\\\\*b\", [], \"a*b\"]", "true"},
    {"glob.match", "[\"a\", [\"ab\"], \"a\"]", "!must be array of runes but got array containing"},
    {"glob.quote_meta", "[\"a*[b]{c}?\\\\\"]", "\"a\\\\*\\\\[b\\\\]\\\\{c\\\\}\\\\?\\\\\\\\\""},
    /* time */
    {"time.parse_rfc3339_ns", "[\"2017-06-02T19:00:00-07:00\"]", "1496455200000000000"},
    {"time.parse_rfc3339_ns", "[\"1677-09-21T00:12:43.145224192-00:00\"]", "-9223372036854775808"},
    {"time.parse_rfc3339_ns", "[\"2262-04-11T23:47:16.854775808-00:00\"]",
     "!time outside of valid range"},
    {"time.parse_rfc3339_ns", "[\"2021-02-29T00:00:00Z\"]", "!day out of range"},
    {"time.parse_rfc3339_ns", "[\"nope\"]",
     "!parsing time \"nope\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"nope\" as \"2006\""},
    {"time.parse_ns", "[\"Mon Jan _2 15:04:05 2006\", \"Thu Feb  4 21:00:57 2010\"]",
     "1265317257000000000"},
    {"time.parse_ns", "[\"RFC1123\", \"Thu, 04 Feb 2010 21:00:57 PST\"]", "1265317257000000000"},
    {"time.parse_ns", "[\"3:04PM 2006 002\", \"9:00PM 2010 035\"]", "1265317200000000000"},
    {"time.parse_ns", "[\"15:04:05\", \"12:00:00.25 \"]", "!extra text: \" \""},
    {"time.parse_duration_ns", "[\"1h15m30.918s\"]", "4530918000000"},
    {"time.parse_duration_ns", "[\"-1.5d\"]", "-129600000000000"},
    {"time.parse_duration_ns", "[\"3\"]", "!time: missing unit in duration \"3\""},
    {"time.parse_duration_ns", "[\"3x\"]", "!time: unknown unit \"x\" in duration \"3x\""},
    {"time.parse_duration_ns", "[\"9223372036854775808ns\"]", "!time: invalid duration"},
    {"time.date", "[1517832000000000000]", "[2018,2,5]"},
    {"time.date", "[[-1, \"UTC\"]]", "[1969,12,31]"},
    {"time.date", "[1582977600000000000000]", "!timestamp too big"},
    {"time.clock", "[[1517832000000000000, \"Mars/Olympus\"]]", "!unknown time zone Mars/Olympus"},
    {"time.clock", "[[1517832000000000000, \"../etc\"]]", "!time: invalid location name"},
    {"time.weekday", "[1518350400000000000]", "\"Sunday\""},
    {"time.add_date", "[1585852421593912000, 3, 9, 12]", "1705257221593912000"},
    {"time.add_date", "[0, 0, 1, 30]", "5270400000000000"},
    {"time.add_date", "[0, 2262, 1, 1]", "!time outside of valid range"},
    {"time.diff", "[1078012800000000000, 1109635200000000000]", "[1,0,1,0,0,0]"},
    {"time.format", "[[1670006453141828752, \"\", \"Mon, 02-Jan-06 3:04PM .000 __2 Z07:00\"]]",
     "\"Fri, 02-Dec-22 6:40PM .141 336 Z\""},
    {"time.format", "[1670006453140000000]", "\"2022-12-02T18:40:53.14Z\""},
    /* versions */
    {"semver.compare", "[\"1.0.0-alpha.9\", \"1.0.0-alpha.10\"]", "-1"},
    {"semver.compare", "[\"1.0.0\", \"v1.0.0-rc.1\"]", "1"},
    {"semver.compare", "[\"1.0.0-a\", \"1.0.0-1\"]", "1"},
    {"semver.compare", "[\"1.0.0+x\", \"1.0.0+y\"]", "0"},
    {"semver.compare", "[\"1\", \"1.0.0\"]", "!operand 1: string \"1\" is not a valid SemVer"},
    {"semver.is_valid", "[\"1.2.3-a..b\"]", "false"},
    {"semver.is_valid", "[\"1.2.3.4\"]", "false"},
    /* networks */
    {"net.cidr_contains", "[\"10.0.0.0/8\", \"10.255.255.255\"]", "true"},
    {"net.cidr_contains", "[\"10.0.0.0/8\", \"::ffff:10.0.0.1\"]", "true"},
    {"net.cidr_contains", "[\"::/0\", \"10.0.0.1\"]", "false"},
    {"net.cidr_contains", "[\"10.0.0.0/8\", \"11.0.0.0/33\"]",
     "!not a valid textual representation"},
    {"net.cidr_is_valid", "[\"10.0.0.01/8\"]", "false"},
    {"net.cidr_is_valid", "[\"1::2::3/8\"]", "false"},
    {"net.cidr_is_valid", "[\"fe80::1%eth0/64\"]", "false"},
    {"net.cidr_is_valid", "[\"::/129\"]", "false"},
    {"net.cidr_expand", "[\"192.168.1.1/30\"]",
     "[\"192.168.1.0\",\"192.168.1.1\",\"192.168.1.2\",\"192.168.1.3\"]"},
    {"net.cidr_expand", "[\"2001:db8::/127\"]", "[\"2001:db8::\",\"2001:db8::1\"]"},
    {"net.cidr_expand", "[\"10.0.0.0/8\"]", "!more than 1048576 addresses"},
    {"net.cidr_merge", "[[\"192.0.128.0/24\", \"192.0.129.0/24\"]]", "[\"192.0.128.0/23\"]"},
    {"net.cidr_merge", "[[\"0.0.0.0/1\", \"128.0.0.0/1\"]]", "[\"0.0.0.0/0\"]"},
    {"net.cidr_merge", "[[\"::1\"]]", "!IPv6 invalid: needs prefix length"},
    {"net.cidr_contains_matches", "[{\"a\": \"1.1.1.1/24\"}, [\"1.1.1.9\"]]", "[[\"a\",0]]"},
    /* references */
    {"uri.parse", "[\"HTTP://u:p@[::1]:80/a%20b?q=1#f%21\"]",
     "{\"fragment\":\"f!\",\"hostname\":\"::1\",\"path\":\"/a b\",\"port\":\"80\",\"raw_path\":\"/a "
     "b\",\"raw_query\":\"q=1\",\"scheme\":\"http\"}"},
    {"uri.parse", "[\"/a%2fb\"]", "{\"path\":\"/a/b\",\"raw_path\":\"/a%2fb\"}"},
    {"uri.parse", "[\"http://a:b/\"]", "!invalid port \":b\" after host"},
    {"uri.is_valid", "[\":x\"]", "false"},
    {"uri.is_valid", "[\"a%zz\"]", "false"},
    {"uri.is_valid", "[\"\"]", "false"},
    /* schemas */
    {"json.match_schema", "[{\"id\": 5}, {\"properties\": {\"id\": {\"type\": \"integer\"}}}]",
     "[true,[]]"},
    {"json.match_schema", "[{}, {\"required\": [\"a\"]}]",
     "[false,[{\"desc\":\"a is required\",\"error\":\"(Root): a is "
     "required\",\"field\":\"(Root)\",\"type\":\"required\"}]]"},
    {"json.match_schema", "[{\"a\": [1, 1]}, {\"properties\": {\"a\": {\"uniqueItems\": true}}}]",
     "[false,[{\"desc\":\"array items[0,1] must be unique\",\"error\":\"a: array items[0,1] must be "
     "unique\",\"field\":\"a\",\"type\":\"unique\"}]]"},
    {"json.match_schema", "[{\"n\": 0.3}, {\"properties\": {\"n\": {\"multipleOf\": 0.1}}}]",
     "[true,[]]"},
    {"json.match_schema",
     "[{\"n\": {}}, {\"$ref\": \"#/definitions/t\", \"definitions\": {\"t\": "
     "{\"properties\": {\"n\": {\"$ref\": \"#\"}}}}}]",
     "[true,[]]"},
    {"json.match_schema", "[{}, {\"$ref\": \"#\"}]", "!refers deeper than"},
    {"json.verify_schema", "[{\"type\": \"unknown_type\"}]",
     "[false,\"jsonschema: has a primitive type that is NOT VALID -- given: /unknown_type/ Expected "
     "valid values are:[array boolean integer number null object string]\"]"},
    {"json.verify_schema", "[{\"minLength\": 3, \"maxLength\": 2}]",
     "[false,\"jsonschema: minLength cannot be greater than maxLength\"]"},
    {"json.verify_schema", "[{\"$ref\": \"http://example.com/s\"}]",
     "[false,\"jsonschema: remote reference loading disabled: http://example.com/s\"]"},
    /* templates */
    {"strings.render_template",
     "[\"{{range $i, $n := .l}}{{if $i}}, {{end}}{{$n}}{{end}}\", "
     "{\"l\": [\"a\", \"b\"]}]",
     "\"a, b\""},
    {"strings.render_template",
     "[\"{{.no}} {{- .x.y | printf \\\"%v!\\\" }}\", {\"x\": {\"y\": 1}}]", "\"<undefined>1!\""},
    {"strings.render_template",
     "[\"{{if eq .a `1`}}one{{else if .b}}b{{else}}none{{end}}\", {\"a\": "
     "2, \"b\": true}]",
     "\"b\""},
    {"strings.render_template",
     "[\"{{range $i, $n := .l}}{{if lt $i 2}}{{$n}}{{end}}{{end}}\", {\"l\": [7, 8, 9]}]",
     "\"78\""},
    {"strings.render_template", "[\"{{eq .a 1}}\", {\"a\": 1}]",
     "!incompatible types for comparison: json.Number and int"},
    {"strings.render_template",
     "[\"{{eq 1 1}} {{lt 1 2}} {{eq .a .b}}\", {\"a\": 1, \"b\": \"1\"}]", "\"true true true\""},
    {"strings.render_template", "[\"{{.a}}\", {\"a\": {\"$set\": [3]}}]",
     "!invalid character '3' looking for beginning of object key string"},
    {"strings.render_template", "[\"{{.a}} {{print .a}}\", {\"a\": null}]",
     "\"<undefined> <nil>\""},
    {"strings.render_template", "[\"{{range .l}}{{.}}{{break}}{{else}}empty{{end}}\", {\"l\": []}]",
     "\"empty\""},
    {"strings.render_template",
     "[\"{{range .l}}{{if eq . `2`}}{{continue}}{{end}}{{.}}{{end}}\", "
     "{\"l\": [1, 2, 3]}]",
     "\"13\""},
    {"strings.render_template", "[\"{{with .a}}{{.b}}{{end}}{{/* gone */}}\", {\"a\": {\"b\": 7}}]",
     "\"7\""},
    {"strings.render_template", "[\"{{end}}\", {}]", "!unexpected {{end}}"},
    {"strings.render_template", "[\"{{if .a}}\", {}]", "!unexpected EOF"},
};

START_TEST(each_built_in_answers_as_opa_does)
{
    check_call(&rows[_i]);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("text built-ins");
    TCase *const c = tcase_create("rows");

    tcase_add_loop_test(c, each_built_in_answers_as_opa_does, 0, (int)ARRAY_LEN(rows));
    suite_add_tcase(s, c);
    return run_suite(s);
}
