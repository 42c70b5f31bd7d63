/* Scanning: tokens by their texts, what is illegal, and that every token's place is right. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "policy/rego/scan.h"

#include "tests/help/suite.h"

static void tokens(struct buf *b, const char *text, size_t len, rego_keywords keywords)
{
    const struct rego_source s = {.name = "t", .text = text, .len = len};
    uint32_t at = 0;

    for (;;) {
        const struct token t = rego_scan(&s, at, keywords);

        ck_assert_uint_ge(t.off, at);
        ck_assert_uint_le(t.end, len);
        if (t.kind == TOK_EOF)
            return;
        ck_assert_uint_gt(t.end, t.off);
        if (t.kind != TOK_SPACE)
            buf_printf(b, "%s%s", b->len ? " " : "", rego_token_text(t.kind));
        if (t.kind == TOK_ILLEGAL) {
            buf_printf(b, "(%s)", t.errors[0] ? t.errors[0] : "");
            return;
        }
        at = t.end;
    }
}

static const struct scan_case {
    const char *text, *want;
} cases[] = {
    {"package a.b", "package identifier . identifier"},
    {"x:=y=z==w!=v", "identifier assign identifier eq identifier equal identifier neq identifier"},
    {"<= < >= > + - * / % & |", "lte lt gte gt plus minus mul div rem and or"},
    {"[](){},;:.", "[ ] ( ) { } , ; : ."},
    {"if contains in every and or", "if contains in every identifier identifier"},
    {"0 12 1.5 1e9 1.5E-3", "number number number number number"},
    {"\"a\\n\\u0041\" `raw\n`", "string string"},
    {"# note\nx", "comment identifier"},
    {"$\"abc\" $\"a{", "template-string-end template-string-part"},
    {"$`a\nb` $`a\\{b{", "raw-template-string-end raw-template-string-part"},
    {"\xef\xbb\xbfx", "identifier"},
    {"_x1 Y", "identifier identifier"},
    {"1.", "illegal(expected fraction)"},
    {"1e", "illegal(expected exponent)"},
    {"12ab", "illegal(illegal number format)"},
    {"\"a", "illegal(non-terminated string)"},
    {"\"a\nb\"", "illegal(non-terminated string)"},
    {"`a", "illegal(non-terminated string)"},
    {"\"\\q\"", "illegal(illegal escape sequence)"},
    {"!", "illegal(illegal ! character)"},
    {"$x", "illegal(illegal $ character)"},
    {"x \xef\xbb\xbf", "identifier illegal(illegal byte-order mark)"},
    {"\"\xff\"", "illegal(illegal utf-8 character)"},
    {"# \xc0\x80", "illegal(illegal utf-8 character)"},
    {"\"\xed\xa0\x80\"", "illegal(illegal utf-8 character)"},
    {"@", "illegal()"},
};

START_TEST(texts_have_their_tokens)
{
    AUTO_BUF struct buf b = BUF_INIT;

    tokens(&b, cases[_i].text, strlen(cases[_i].text), rego_keywords_v1());
    ck_assert_str_eq(b.data, cases[_i].want);
}
END_TEST

START_TEST(nul_bytes_are_illegal)
{
    AUTO_BUF struct buf b = BUF_INIT;

    tokens(&b, "\"a\0b\"", 5, rego_keywords_v1());
    ck_assert_str_eq(b.data, "illegal(illegal null character)");
}
END_TEST

START_TEST(v0_has_fewer_keywords)
{
    AUTO_BUF struct buf b = BUF_INIT;

    tokens(&b, "if not in", 9, rego_keywords_v0());
    ck_assert_str_eq(b.data, "identifier not identifier");
}
END_TEST

START_TEST(templates_go_on_after_a_part)
{
    static const char text[] = "$\"a{x}b{y}c\"";
    const struct rego_source s = {.name = "t", .text = text, .len = sizeof(text) - 1};
    const struct token b = rego_scan_template(&s, 6, false);
    const struct token c = rego_scan_template(&s, 10, false);

    ck_assert_int_eq(b.kind, TOK_TEMPLATE_PART);
    ck_assert_uint_eq(b.end, 8);
    ck_assert_int_eq(c.kind, TOK_TEMPLATE_END);
    ck_assert_uint_eq(c.end, 12);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("rego_scan");
    TCase *const c = tcase_create("core");

    tcase_add_loop_test(c, texts_have_their_tokens, 0, (int)(sizeof(cases) / sizeof(*cases)));
    tcase_add_test(c, nul_bytes_are_illegal);
    tcase_add_test(c, v0_has_fewer_keywords);
    tcase_add_test(c, templates_go_on_after_a_part);
    suite_add_tcase(s, c);
    return run_suite(s);
}
