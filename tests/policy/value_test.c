#include "base/own.h"
#include "policy/value/number.h"
#include "policy/value/value.h"

#include "tests/help/json.h"
#include "tests/help/suite.h"

enum { BUDGET = 16 * 1024 * 1024 };

/* OPA's order, smallest first: each is less than every later one. */
static const char *const ascending[] = {
    "null",
    "false",
    "true",
    "-1e400",
    "-18446744073709551616",
    "-1.5",
    "-1",
    "0",
    "1e-400",
    "0.1",
    "1",
    "1.0000000000000000000001",
    "255",
    "256",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "1e400",
    "\"\"",
    "\"A\"",
    "\"a\"",
    "\"a\\u0000\"",
    "\"ab\"",
    "\"b\"",
    "\"\\u00e9\"",
    "[]",
    "[1]",
    "[1,2]",
    "[2]",
    "{}",
    "{\"a\":1}",
    "{\"a\":1,\"b\":0}",
    "{\"a\":2}",
    "{\"b\":0}",
};

START_TEST(values_are_ordered_as_opa_orders_them)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct value *const left = from_json(&a, ascending[_i]);

    for (size_t k = 0; k < ARRAY_LEN(ascending); k++) {
        const struct value *const right = from_json(&a, ascending[k]);
        const int c = value_compare(left, right);
        ck_assert_msg((c > 0) - (c < 0) == (_i > (int)k) - (_i < (int)k), "%s against %s",
                      ascending[_i], ascending[k]);
        ck_assert_int_eq(value_equal(left, right), _i == (int)k);
    }
}
END_TEST

START_TEST(a_set_is_greater_than_everything_else)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct value *const set = value_set(&a, NULL, 0);

    ck_assert_int_gt(value_compare(set, from_json(&a, "{\"z\":1}")), 0);
    ck_assert_int_lt(value_compare(set, value_set(&a, (const struct value *[]){&value_null}, 1)),
                     0);
}
END_TEST

static const struct {
    const char *left, *right;
} same[] = {
    {"1", "1.0"},      {"1000", "1e3"},   {"0", "-0"},      {"0", "0.000e7"},
    {"0.001", "1e-3"}, {"100", "1.00e2"}, {"[1]", "[1.0]"}, {"{\"a\":1e0}", "{\"a\":1}"},
};

START_TEST(numbers_are_equal_by_value)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);

    ck_assert(value_equal(from_json(&a, same[_i].left), from_json(&a, same[_i].right)));
    ck_assert_int_eq(value_compare(from_json(&a, same[_i].left), from_json(&a, same[_i].right)), 0);
}
END_TEST

START_TEST(sets_and_objects_sort_and_keep_one_of_equals)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    struct value_list list = {0};
    struct value_fields fields = {0};

    for (int64_t i = 0; i < 1000; i++) {
        value_list_add(&a, &list, value_int(&a, (i * 7919) % 500));
        value_fields_put(&a, &fields, value_int(&a, (i * 7919) % 500), value_int(&a, i));
    }
    const struct value *const set = value_list_set(&a, &list);
    const struct value *const obj = value_fields_object(&a, &fields);
    ck_assert_uint_eq(set->count, 500);
    ck_assert_uint_eq(obj->count, 500);
    for (int64_t i = 0; i < 500; i++) {
        ck_assert_int_eq(value_at(set, (size_t)i)->u.integer, i);
        ck_assert_int_eq(value_key_at(obj, (size_t)i)->u.integer, i);
    }
    /* Key 0 was given at i = 0 and i = 500: the last stays. */
    ck_assert_int_eq(value_get(obj, value_int(&a, 0))->u.integer, 500);
    ck_assert_ptr_eq(value_get(set, value_int(&a, 499)), value_at(set, 499));
    ck_assert_ptr_null(value_get(set, value_int(&a, 500)));
}
END_TEST

START_TEST(lookups_answer_for_each_kind_of_collection)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct value *const doc =
        from_json(&a, "{\"a\":{\"b\":[10,20]},\"\":1,\"z\":null,\"n\\u0000x\":2}");
    const struct value *const b = value_path(doc, "a", "b", NULL);

    ck_assert_int_eq(value_get(b, value_int(&a, 1))->u.integer, 20);
    ck_assert_ptr_null(value_get(b, value_int(&a, 2)));
    ck_assert_ptr_null(value_get(b, value_int(&a, -1)));
    ck_assert_ptr_null(value_get(b, value_str(&a, "0")));
    ck_assert_ptr_null(value_get(value_int(&a, 5), value_int(&a, 0)));
    ck_assert_ptr_nonnull(value_field(doc, ""));
    ck_assert_ptr_null(value_field(doc, "n"));
    ck_assert_ptr_null(value_field(NULL, "a"));
    ck_assert_ptr_null(value_path(doc, "a", "c", "d", NULL));
    ck_assert(value_is_str(value_str(&a, "x"), "x"));
    ck_assert(!value_is_str(NULL, "x"));
    ck_assert_ptr_null(value_cstr(value_string(&a, "a\0b", 3)));
    ck_assert_str_eq(value_cstr(value_str(&a, "ab")), "ab");
}
END_TEST

START_TEST(objects_change_by_copy)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct value *const doc = from_json(&a, "{\"b\":1,\"d\":2}");
    const struct value *const three = value_int(&a, 3);

    ck_assert_str_eq(to_json(&a, value_object_with(&a, doc, value_str(&a, "a"), three)),
                     "{\"a\":3,\"b\":1,\"d\":2}");
    ck_assert_str_eq(to_json(&a, value_object_with(&a, doc, value_str(&a, "c"), three)),
                     "{\"b\":1,\"c\":3,\"d\":2}");
    ck_assert_str_eq(to_json(&a, value_object_with(&a, doc, value_str(&a, "e"), three)),
                     "{\"b\":1,\"d\":2,\"e\":3}");
    ck_assert_str_eq(to_json(&a, value_object_with(&a, doc, value_str(&a, "d"), three)),
                     "{\"b\":1,\"d\":3}");
    ck_assert_str_eq(to_json(&a, value_object_without(&a, doc, value_str(&a, "b"))), "{\"d\":2}");
    ck_assert_ptr_eq(value_object_without(&a, doc, value_str(&a, "x")), doc);
    ck_assert_str_eq(to_json(&a, doc), "{\"b\":1,\"d\":2}");
}
END_TEST

START_TEST(a_copy_stands_without_its_source)
{
    static const char text[] = "{\"a\":[1,\"x\",1.50,300,{}],\"b\":[],\"c\":null,\"d\":true}";
    AUTO_ARENA struct arena to = ARENA_INIT(BUDGET);
    struct arena from = ARENA_INIT(BUDGET);
    const struct value *const copy = value_copy(&to, from_json(&from, text));

    arena_done(&from);
    ck_assert_str_eq(to_json(&to, copy), text);
}
END_TEST

static const struct {
    const char *text;
    bool fits;
    int64_t n;
} integers[] = {
    {"0", true, 0},
    {"-0", true, 0},
    {"1.0", true, 1},
    {"1e3", true, 1000},
    {"12.50e1", true, 125},
    {"12.55e1", false, 0},
    {"9223372036854775807", true, INT64_MAX},
    {"9223372036854775808", false, 0},
    {"-9223372036854775808", true, INT64_MIN},
    {"-9223372036854775809", false, 0},
    {"1e999999999999999999999", false, 0},
    {"1e-999999999999999999999", false, 0},
    {"0e999999999999999999999", true, 0},
};

START_TEST(integers_are_read_exactly_or_not_at_all)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    int64_t n = 0;

    ck_assert_int_eq(value_int64(from_json(&a, integers[_i].text), &n), integers[_i].fits);
    ck_assert_int_eq(n, integers[_i].n);
}
END_TEST

START_TEST(unsigned_integers_reach_their_largest)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    uint64_t n = 0;

    ck_assert(value_uint64(from_json(&a, "18446744073709551615"), &n));
    ck_assert_uint_eq(n, UINT64_MAX);
    ck_assert(!value_uint64(from_json(&a, "18446744073709551616"), &n));
    ck_assert(!value_uint64(from_json(&a, "-1"), &n));
    ck_assert_str_eq(to_json(&a, value_u64(&a, UINT64_MAX)), "18446744073709551615");
}
END_TEST

START_TEST(an_arena_that_refuses_is_told_once_at_the_end)
{
    AUTO_ARENA struct arena a = ARENA_INIT(4096);
    struct value_list list = {0};

    for (int64_t i = 0; i < 10000; i++)
        value_list_add(&a, &list, value_int(&a, 1000 + i));
    ck_assert(list.failed);
    ck_assert(a.failed);
    ck_assert_ptr_null(value_list_array(&a, &list));
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("value");
    TCase *const c = tcase_create("value");

    tcase_add_loop_test(c, values_are_ordered_as_opa_orders_them, 0, (int)ARRAY_LEN(ascending));
    tcase_add_test(c, a_set_is_greater_than_everything_else);
    tcase_add_loop_test(c, numbers_are_equal_by_value, 0, (int)ARRAY_LEN(same));
    tcase_add_test(c, sets_and_objects_sort_and_keep_one_of_equals);
    tcase_add_test(c, lookups_answer_for_each_kind_of_collection);
    tcase_add_test(c, objects_change_by_copy);
    tcase_add_test(c, a_copy_stands_without_its_source);
    tcase_add_loop_test(c, integers_are_read_exactly_or_not_at_all, 0, (int)ARRAY_LEN(integers));
    tcase_add_test(c, unsigned_integers_reach_their_largest);
    tcase_add_test(c, an_arena_that_refuses_is_told_once_at_the_end);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
