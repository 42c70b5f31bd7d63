#include "base/own.h"
#include "policy/value/pointer.h"

#include "tests/help/json.h"
#include "tests/help/suite.h"

enum { BUDGET = 16 * 1024 * 1024 };

/* RFC 6901, section 5, and what must not be found. */
static const char document[] = "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"m~n\":8}";

static const struct {
    const char *pointer, *want; /* NULL: nothing there */
} pointers[] = {
    {"/foo", "[\"bar\",\"baz\"]"},
    {"/foo/0", "\"bar\""},
    {"/", "0"},
    {"/a~1b", "1"},
    {"/c%d", "2"},
    {"/m~0n", "8"},
    {"/foo/2", NULL},
    {"/foo/00", NULL},
    {"/foo/-", NULL},
    {"/foo/-1", NULL},
    {"/foo/+0", NULL},
    {"/foo/99999999999999999999", NULL},
    {"/foo/0/x", NULL},
    {"/m~n", NULL},
    {"/m~", NULL},
    {"foo", NULL},
    {"/nothing", NULL},
};

START_TEST(pointers_find_what_they_name)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct value *const doc = from_json(&a, document);
    const char *const pointer = pointers[_i].pointer;
    const struct value *const got = pointer_get(doc, pointer, strlen(pointer));

    ck_assert_int_eq(got != NULL, pointers[_i].want != NULL);
    if (got)
        ck_assert_str_eq(to_json(&a, got), pointers[_i].want);
    ck_assert_ptr_eq(pointer_get(doc, "", 0), doc);
}
END_TEST

START_TEST(tokens_go_in_and_out)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    struct err err = ERR_INIT;
    const struct value *tokens;
    const char *const pointer = "/a~1b/m~0n//0";

    ck_assert_int_eq(pointer_parse(&a, pointer, strlen(pointer), &tokens, &err), 0);
    ck_assert_str_eq(to_json(&a, tokens), "[\"a/b\",\"m~n\",\"\",\"0\"]");
    ck_assert(value_is_str(pointer_format(&a, tokens), pointer));
    ck_assert(value_is_str(pointer_format(&a, from_json(&a, "[\"a\",3]")), "/a/3"));
    ck_assert_int_eq(pointer_parse(&a, "a", 1, &tokens, &err), -1);
    ck_assert_int_eq(pointer_parse(&a, "/~2", 3, &tokens, &err), -1);
    ck_assert_int_eq(pointer_parse(&a, "/~", 2, &tokens, &err), -1);
}
END_TEST

/* RFC 6902, appendix A, and its failures. `want` starting with '!' is a part of the error. */
static const struct patch_row {
    const char *doc, *ops, *want;
} patches[] = {
    {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
     "{\"baz\":\"qux\",\"foo\":\"bar\"}"},
    {"{\"foo\":[\"bar\",\"baz\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
     "{\"foo\":[\"bar\",\"qux\",\"baz\"]}"},
    {"[1]", "[{\"op\":\"add\",\"path\":\"/-\",\"value\":2}]", "[1,2]"},
    {"[1]", "[{\"op\":\"add\",\"path\":\"/1\",\"value\":2}]", "[1,2]"},
    {"[1]", "[{\"op\":\"add\",\"path\":\"/2\",\"value\":2}]", "!out of bounds"},
    {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"\",\"value\":[]}]", "[]"},
    {"{\"a\":{}}", "[{\"op\":\"add\",\"path\":\"/a/b/c\",\"value\":1}]",
     "!operation 0 at \"/a/b/c\": path does not exist"},
    {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/a\"}]", "{}"},
    {"[1,2,3]", "[{\"op\":\"remove\",\"path\":\"/1\"}]", "[1,3]"},
    {"[1]", "[{\"op\":\"remove\",\"path\":\"/-\"}]", "!out of bounds"},
    {"{}", "[{\"op\":\"remove\",\"path\":\"/a\"}]", "!does not exist"},
    {"{}", "[{\"op\":\"remove\",\"path\":\"\"}]", "!whole document"},
    {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":null}]", "{\"a\":null}"},
    {"{}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1}]", "!does not exist"},
    {"{\"a\":{\"b\":1},\"c\":{}}", "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/c/d\"}]",
     "{\"a\":{},\"c\":{\"d\":1}}"},
    {"[1,2,3]", "[{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/2\"}]", "[2,3,1]"},
    {"{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", "!does not exist"},
    {"{\"a\":[1]}", "[{\"op\":\"copy\",\"from\":\"/a/0\",\"path\":\"/b\"}]", "{\"a\":[1],\"b\":1}"},
    {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1.0}]", "{\"a\":1}"},
    {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":\"1\"}]", "!not what `test` says"},
    {"{\"a\":1}",
     "[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]",
     "!operation 1 at \"/a\""},
    {"{}", "[{\"op\":\"add\",\"path\":\"/a\"}]", "!missing required attribute 'value'"},
    {"{}", "[{\"op\":\"copy\",\"path\":\"/a\"}]", "!missing required attribute 'from'"},
    {"{}", "[{\"op\":\"add\",\"value\":1}]", "!missing required attribute 'path'"},
    {"{}", "[{\"path\":\"/a\",\"value\":1}]", "!missing required attribute 'op'"},
    {"{}", "[{\"op\":\"spam\",\"path\":\"/a\",\"value\":1}]", "!unrecognized op: 'spam'"},
    {"{}", "[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]", "!start with '/'"},
    {"{}", "[{\"op\":\"add\",\"path\":[\"a\"],\"value\":1}]", "!must be a string"},
    {"[1]", "[{\"op\":\"add\",\"path\":\"/01\",\"value\":1}]", "!not an index"},
    {"1", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":1}]", "!scalar"},
    {"{}", "{}", "!array of operations"},
    {"{}", "[3]", "!must be an object"},
};

START_TEST(patches_do_what_the_rfc_says_or_nothing)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct patch_row *const row = &patches[_i];
    const struct value *const doc = from_json(&a, row->doc);
    const struct value *out = NULL;
    struct err err = ERR_INIT;
    const int rc = patch_apply(&a, doc, from_json(&a, row->ops), &out, &err);

    if (row->want[0] == '!') {
        ck_assert_int_eq(rc, -1);
        ck_assert_int_eq(err.code, ERR_INVALID);
        ck_assert_msg(strstr(err.text, row->want + 1) != NULL, "%s", err.text);
        ck_assert_ptr_null(out);
    } else {
        ck_assert_msg(rc == 0, "%s", err.text);
        ck_assert_str_eq(to_json(&a, out), row->want);
    }
    ck_assert_str_eq(to_json(&a, doc), row->doc);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("pointer");
    TCase *const c = tcase_create("pointer");

    tcase_add_loop_test(c, pointers_find_what_they_name, 0, (int)ARRAY_LEN(pointers));
    tcase_add_test(c, tokens_go_in_and_out);
    tcase_add_loop_test(c, patches_do_what_the_rfc_says_or_nothing, 0, (int)ARRAY_LEN(patches));
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
