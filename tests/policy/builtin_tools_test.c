#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rego/builtins_tools.h"

#include "tests/help/suite.h"
#include "tests/policy/builtin_help.h"

#define HS_JWK "{\"kty\": \"oct\", \"k\": \"c2VjcmV0\"}"
#define EC_JWK                                                                                     \
    "{\"kty\": \"EC\", \"crv\": \"P-256\", \"x\": "                                                \
    "\"z8J91ghFy5o6f2xZ4g8LsLH7u2wEpT2ntj8loahnlsE\", \"y\": "                                     \
    "\"7bdeXLH61KrGWRdh7ilnbcGQACxykaPKfmBccTHIOUo\"}"
#define TOKEN                                                                                      \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwIiwiaXNzIjoib3BhIn0."                        \
    "XmVoLoHI3pxMtMO_WRONMSJzGUDP9pDjy8Jp0_tdRXY"

static const struct call_row rows[] = {
    /* tokens */
    {"io.jwt.decode", "[\"" TOKEN "\"]",
     "[{\"alg\":\"HS256\",\"typ\":\"JWT\"},{\"iss\":\"opa\",\"sub\":\"0\"},"
     "\"5e65682e81c8de9c4cb4c3bf59138d3122731940cff690e3cbc269d3fb5d4576\"]"},
    {"io.jwt.decode", "[\"a.b\"]", "!encoded JWT must have 3 sections, found 2"},
    {"io.jwt.decode", "[\"a^b.c.d\"]",
     "!JWT header had invalid encoding: illegal base64 data at input byte 1"},
    {"io.jwt.verify_hs256", "[\"" TOKEN "\", \"secret\"]", "true"},
    {"io.jwt.verify_hs256", "[\"" TOKEN "\", \"Secret\"]", "false"},
    {"io.jwt.verify_es256", "[\"" TOKEN "\", \"nonsense\"]", "!failed to parse a JWK key (set)"},
    {"io.jwt.verify_rs256",
     "[\"" TOKEN "\", "
     "\"{\\\"keys\\\": []}\"]",
     "false"},
    {"io.jwt.encode_sign",
     "[{\"alg\": \"HS256\", \"typ\": \"JWT\"}, {\"iss\": \"opa\", \"sub\": \"0\"}, " HS_JWK "]",
     "\"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJvcGEiLCJzdWIiOiIwIn0."
     "MOmaNv_o7qReAk1nfIpkMvOvHN52RJkD_fYHzCd3PP8\""},
    {"io.jwt.encode_sign", "[{\"alg\": \"ES256\"}, {}, " EC_JWK "]", "!key cannot sign"},
    {"io.jwt.encode_sign", "[{\"alg\": \"none\"}, {}, " HS_JWK "]", "!unknown JWS algorithm: none"},
    {"io.jwt.decode_verify", "[\"" TOKEN "\", {\"secret\": \"secret\", \"iss\": \"opa\"}]",
     "[true,{\"alg\":\"HS256\",\"typ\":\"JWT\"},{\"iss\":\"opa\",\"sub\":\"0\"}]"},
    {"io.jwt.decode_verify", "[\"" TOKEN "\", {\"secret\": \"secret\", \"iss\": \"apo\"}]",
     "[false,{},{}]"},
    {"io.jwt.decode_verify", "[\"" TOKEN "\", {\"secret\": \"secret\", \"alg\": \"HS512\"}]",
     "[false,{},{}]"},
    {"io.jwt.decode_verify", "[\"" TOKEN "\", {\"secret\": \"x\", \"extra\": 1}]",
     "!unknown token validation constraint: extra"},
    {"io.jwt.decode_verify", "[\"" TOKEN "\", {}]", "!no key constraint"},
    /* keys and certificates */
    {"crypto.x509.parse_certificates", "[\"foobar\"]", "!illegal base64"},
    {"crypto.x509.parse_certificates", "[\"YmFkc3RyaW5n\"]", "!x509: malformed certificate"},
    {"crypto.x509.parse_and_verify_certificates", "[\"foobar\"]", "[false,[]]"},
    {"crypto.x509.parse_and_verify_certificates_with_options",
     "[\"YQ==\", {\"KeyUsages\": [\"x\"]}]", "[false,[]]"},
    {"crypto.parse_private_keys", "[\"\"]", "null"},
    {"crypto.parse_private_keys", "[\"nope\"]", "[]"},
    /* YAML */
    {"yaml.marshal",
     "[{\"a\": [1, {\"b\": \"x: y\", \"c\": []}], \"d\": \"yes\", \"e\": \"l1\\nl2\", \"f\": {}}]",
     "\"a:\\n  - 1\\n  - b: 'x: y'\\n    c: []\\nd: \\\"yes\\\"\\ne: |-\\n  l1\\n  l2\\nf: {}\\n\""},
    {"yaml.marshal", "[{\"$set\": [2, 1]}]", "\"- 1\\n- 2\\n\""},
    {"yaml.unmarshal", "[\"a: [1, two, ~]\\nb: {c: 0.5}\"]",
     "{\"a\":[1,\"two\",null],\"b\":{\"c\":0.5}}"},
    {"yaml.unmarshal", "[\"a: [\"]", "!yaml: line"},
    {"yaml.is_valid", "[\"a: b\"]", "true"},
    {"yaml.is_valid", "[\"a: [\"]", "false"},
    {"yaml.is_valid", "[1]", "false"},
    /* GraphQL */
    {"graphql.parse_query", "[\"{\"]",
     "!Expected Name, found <EOF> in GraphQL string at location 1:2"},
    {"graphql.is_valid", "[\"{ a }\", \"type Query { a: Int }\"]", "true"},
    {"graphql.is_valid", "[\"{ a { b } }\", \"type Query { a: Int }\"]", "false"},
    {"graphql.is_valid", "[\"query($v: Int) { a(i: $v) }\", \"type Query { a(i: Int!): Int }\"]",
     "false"},
    {"graphql.is_valid",
     "[\"query($v: Int = 1) { a(i: $v) }\", \"type Query { a(i: Int!): Int }\"]", "true"},
    {"graphql.is_valid", "[\"{ x: a x: b }\", \"type Query { a: Int b: Int }\"]", "false"},
    {"graphql.is_valid", "[\"{ ...f } fragment f on Query { ...f }\", \"type Query { a: Int }\"]",
     "false"},
    {"graphql.schema_is_valid", "[\"type A implements I { x: Int } interface I { y: Int }\"]",
     "false"},
    {"graphql.schema_is_valid", "[\"type A implements I { x: Int! } interface I { x: Int }\"]",
     "true"},
    /* no network */
    {"net.lookup_ip_addr", "[\"10.0.0.1\"]", "[\"10.0.0.1\"]"},
    {"net.lookup_ip_addr", "[\"example.com\"]", "!policies have no access to the network"},
    {"http.send", "[{\"method\": \"get\", \"url\": \"http://127.0.0.1\"}]",
     "!policies have no access to the network"},
    /* zones, read from the system */
    {"time.clock", "[[1517832000000000000, \"America/New_York\"]]", "[7,0,0]"},
    {"time.format", "[[4102444800000000000, \"Europe/Rome\", \"RFC822\"]]",
     "\"01 Jan 00 01:00 CET\""},
    {"time.format", "[[4118083200000000000, \"Europe/Rome\", \"RFC822\"]]",
     "\"01 Jul 00 02:00 CEST\""},
    {"time.add_date", "[[1679738400000000000, \"Europe/Rome\"], 0, 0, 1]", "1679821200000000000"},
};

START_TEST(each_built_in_answers_as_opa_does)
{
    rego_builtins_register();
    check_call(&rows[_i]);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("tools' built-ins");
    TCase *const c = tcase_create("rows");

    tcase_add_loop_test(c, each_built_in_answers_as_opa_does, 0, (int)ARRAY_LEN(rows));
    suite_add_tcase(s, c);
    return run_suite(s);
}
