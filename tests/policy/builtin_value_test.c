#include "policy/machine/builtin.h"

#include "tests/help/suite.h"
#include "tests/policy/builtin_help.h"

static const struct call_row rows[] = {
    /* comparison, types, conversion */
    {"equal", "[1, 1.0]", "true"},
    {"neq", "[1, \"1\"]", "true"},
    {"lt", "[[1], {}]", "true"},
    {"gte", "[\"b\", \"a\"]", "true"},
    {"is_set", "[{\"$set\":[]}]", "true"},
    {"is_array", "[{\"$set\":[]}]", "false"},
    {"type_name", "[null]", "\"null\""},
    {"type_name", "[true]", "\"boolean\""},
    {"type_name", "[{\"$set\":[1]}]", "\"set\""},
    {"to_number", "[\"1.10\"]", "1.10"},
    {"to_number", "[\"+007\"]", "7"},
    {"to_number", "[\".5\"]", "0.5"},
    {"to_number", "[\"5.\"]", "5"},
    {"to_number", "[\"-1.5e+3\"]", "-1.5e+3"},
    {"to_number", "[null]", "0"},
    {"to_number", "[true]", "1"},
    {"to_number", "[\"\"]", "!invalid syntax"},
    {"to_number", "[\"0 \"]", "!invalid syntax"},
    {"to_number", "[\"Infinity\"]", "!operand 1 must be valid number string but got string"},
    {"to_number", "[[]]", "!to_number: operand 1 must be one of {null, boolean, number, string}"},
    {"cast_set", "[[3, 1, 3]]", "[1,3]"},
    {"cast_array", "[{\"$set\":[2, 1]}]", "[1,2]"},
    {"cast_string", "[1]", "!operand 1 must be string but got number"},

    /* numbers */
    {"plus", "[1, \"x\"]", "!plus: operand 2 must be number but got string"},
    {"minus", "[{\"$set\":[1,2,3]}, {\"$set\":[2]}]", "[1,3]"},
    {"minus", "[{\"$set\":[1]}, 1]", "!operand 2 must be set but got number"},
    {"minus", "[1, {\"$set\":[1]}]", "!operand 2 must be number but got set"},
    {"minus", "[\"a\", 1]", "!operand 1 must be one of {number, set} but got string"},
    {"div", "[1, 0]", "!div: divide by zero"},
    {"rem", "[1, 0]", "!rem: modulo by zero"},
    {"abs", "[-3]", "3"},
    {"round", "[2.5]", "3"},
    {"bits.and", "[6, 3]", "2"},
    {"bits.or", "[6, 1.5]", "!operand 2 must be integer number but got floating-point number"},
    {"bits.lsh", "[1, -1]", "!operand 2 must be an unsigned integer number"},
    {"bits.negate", "[\"a\"]", "!operand 1 must be integer but got string"},
    {"numbers.range", "[1, 4]", "[1,2,3,4]"},
    {"numbers.range", "[2, 0]", "[2,1,0]"},
    {"numbers.range", "[9223372036854775807, 9223372036854775808]",
     "[9223372036854775807,9223372036854775808]"},
    {"numbers.range_step", "[0, 7, 3]", "[0,3,6]"},
    {"numbers.range_step", "[5, 0, 2]", "[5,3,1]"},
    {"numbers.range_step", "[0, 1, 0]", "!step must be a positive integer"},
    {"numbers.range", "[0, 100000000000]", "!out of memory"},
    {"rand.intn", "[\"a\", 0]", "0"},
    {"rand.intn", "[\"a\", 1]", "0"},
    {"format_int", "[255, 16]", "\"ff\""},
    {"format_int", "[-5, 2]", "\"-101\""},
    {"format_int", "[1, 3]", "!operand 2 must be one of {2, 8, 10, 16}"},

    /* aggregates, membership */
    {"count", "[\"h\\u00e9llo\"]", "5"},
    {"count", "[{\"a\":1}]", "1"},
    {"count", "[1]", "!operand 1 must be one of {array, object, set, string} but got number"},
    {"max", "[[3, \"a\", 2]]", "\"a\""},
    {"min", "[{\"$set\":[3, 2]}]", "2"},
    {"max", "[[]]", "?"},
    {"sort", "[[3, 1, 2, 1]]", "[1,1,2,3]"},
    {"sort", "[[\"b\", 2, null, [], {}, true, \"a\", 1, false]]",
     "[null,false,true,1,2,\"a\",\"b\",[],{}]"},
    {"sum", "[[1, 2.5, 3]]", "6.5"},
    {"sum", "[[]]", "0"},
    {"product", "[{\"$set\":[2, 3, 4]}]", "24"},
    {"sum", "[[1, \"a\"]]", "!operand 1 must be array of numbers but got array containing string"},
    {"all", "[[true, true]]", "true"},
    {"all", "[[]]", "true"},
    {"any", "[[false, 1]]", "false"},
    {"internal.member_2", "[2, [1, 2]]", "true"},
    {"internal.member_2", "[1, {\"a\": 1}]", "true"},
    {"internal.member_2", "[\"a\", \"abc\"]", "false"},
    {"internal.member_3", "[\"a\", 1, {\"a\": 1}]", "true"},
    {"internal.member_3", "[0, \"y\", [\"x\"]]", "false"},

    /* arrays, sets */
    {"array.concat", "[[1], [2, 3]]", "[1,2,3]"},
    {"array.concat", "[[1], {}]", "!array.concat: operand 2 must be array but got object"},
    {"array.flatten", "[[1, [2, [3]], []]]", "[1,2,[3]]"},
    {"array.reverse", "[[1, 2, 3]]", "[3,2,1]"},
    {"array.slice", "[[1, 2, 3], -5, 2]", "[1,2]"},
    {"array.slice", "[[1, 2, 3], 2, 1]", "[]"},
    {"array.slice", "[[1, 2, 3], 1, 99]", "[2,3]"},
    {"and", "[{\"$set\":[1,2]}, {\"$set\":[2,3]}]", "[2]"},
    {"or", "[{\"$set\":[1,2]}, {\"$set\":[2,3]}]", "[1,2,3]"},
    {"or", "[{\"$set\":[]}, []]", "!operand 2 must be set but got array"},
    {"union", "[{\"$set\":[{\"$set\":[1]}, {\"$set\":[2]}, {\"$set\":[]}]}]", "[1,2]"},
    {"union", "[{\"$set\":[1]}]", "!operand 1 must be set but got number"},
    {"intersection", "[{\"$set\":[{\"$set\":[1,2]}, {\"$set\":[2,3]}]}]", "[2]"},
    {"intersection", "[{\"$set\":[]}]", "[]"},

    /* objects */
    {"object.get", "[{\"a\":{\"b\":1}}, [\"a\",\"b\"], 0]", "1"},
    {"object.get", "[{\"a\":{\"b\":1}}, [\"a\",\"c\"], 0]", "0"},
    {"object.get", "[{\"a\":[7]}, [\"a\",0], 0]", "7"},
    {"object.get", "[{\"a\":1}, [], 0]", "{\"a\":1}"},
    {"object.get", "[{\"a\":false}, \"a\", 0]", "false"},
    {"object.get", "[\"a\", \"a\", 0]", "!object.get: operand 1 must be object but got string"},
    {"object.keys", "[{\"b\":1,\"a\":2}]", "[\"a\",\"b\"]"},
    {"object.filter", "[{\"a\":1,\"b\":2}, [\"b\",\"c\"]]", "{\"b\":2}"},
    {"object.remove", "[{\"a\":1,\"b\":2}, {\"a\":0}]", "{\"b\":2}"},
    {"object.remove", "[{}, \"a\"]", "!operand 2 must be one of {object, set, array}"},
    {"object.union", "[{\"a\":{\"x\":1}}, {\"a\":{\"y\":2},\"b\":3}]",
     "{\"a\":{\"x\":1,\"y\":2},\"b\":3}"},
    {"object.union_n", "[[{\"a\":{\"b\":2}}, {\"a\":4}, {\"a\":{\"c\":3}}]]", "{\"a\":{\"c\":3}}"},
    {"object.union_n", "[[]]", "{}"},
    {"object.subset", "[{\"a\":{\"b\":[1,2,3],\"c\":1}}, {\"a\":{\"b\":[2,3]}}]", "true"},
    {"object.subset", "[{\"a\":1}, {\"a\":2}]", "false"},
    {"object.subset", "[[1,2], {\"$set\":[2]}]", "true"},
    {"object.subset", "[[1,2], {\"$set\":[3]}]", "false"},
    {"object.subset", "[[], 1]", "!both arguments object.subset must be of the same type"},

    /* paths */
    {"json.remove", "[{\"a\":{\"b\":1,\"c\":2}}, [\"a/b\"]]", "{\"a\":{\"c\":2}}"},
    {"json.remove", "[{\"a\":[1,2,3]}, [\"/a/0\",\"a/2\"]]", "{\"a\":[2]}"},
    {"json.remove", "[{\"a/b\":1}, [\"a~1b\"]]", "{}"},
    {"json.remove", "[{\"a\":1}, [\"\"]]", "{\"a\":1}"},
    {"json.filter", "[{\"a\":{\"b\":1,\"c\":2},\"d\":3}, [\"a/b\"]]", "{\"a\":{\"b\":1}}"},
    {"json.filter", "[{\"a\":[1,2,3]}, [[\"a\",\"1\"]]]", "{\"a\":[2]}"},
    {"json.filter", "[{\"a\":{\"b\":1,\"c\":2}}, [\"a\",\"a/b\"]]", "{\"a\":{\"b\":1,\"c\":2}}"},
    {"json.filter", "[{}, [1]]",
     "!containing string paths or array of path segments but got number"},
    {"json.patch", "[{\"a\":{\"$set\":[1]}}, [{\"op\":\"add\",\"path\":[\"a\",2],\"value\":2}]]",
     "{\"a\":[1,2]}"},
    {"json.patch", "[{\"a\":1}, [{\"op\":\"remove\",\"path\":\"a\"}]]", "{}"},
    {"json.patch", "[{}, [{\"op\":\"remove\",\"path\":\"a\"}]]",
     "!json.patch: path does not exist"},

    /* graphs */
    {"graph.reachable", "[{\"a\":[\"b\"],\"b\":[\"a\",\"x\"],\"c\":[]}, [\"a\"]]", "[\"a\",\"b\"]"},
    {"graph.reachable", "[{}, 1]", "!operand 2 must be {array, set} but got number"},
    {"graph.reachable_paths", "[{\"a\":[\"b\",\"c\"],\"b\":[],\"c\":[\"d\"]}, [\"a\"]]",
     "[[\"a\",\"b\"],[\"a\",\"c\"]]"},
    {"graph.reachable_paths", "[{\"a\":[\"b\"],\"b\":[\"a\"]}, [\"a\"]]", "[[\"a\",\"b\"]]"},
    {"walk", "[{\"a\":[1]}]", "[[[],{\"a\":[1]}],[[\"a\"],[1]],[[\"a\",0],1]]"},
    {"opa.runtime", "[]", "{}"},
    {"trace", "[\"x\"]", "true"},
};

START_TEST(calls_give_what_opa_gives)
{
    check_call(&rows[_i]);
}
END_TEST

START_TEST(rows_are_unique_and_complete)
{
    const struct builtin *row;

    for (size_t i = 0; (row = builtin_row(i)) != NULL; i++) {
        ck_assert_ptr_eq(builtin_find(row->name, strlen(row->name)), row);
        ck_assert_msg(builtin_on_start_path(row->name), "%s", row->name);
        ck_assert_ptr_nonnull(row->fn);
        ck_assert_uint_le(row->arity, 4);
    }
    ck_assert_ptr_null(builtin_find("count", 4));
    ck_assert_ptr_null(builtin_find("countx", 6));
    ck_assert(!builtin_on_start_path("http.send"));
}
END_TEST

static int no_op(struct builtin_ctx *ctx, const struct value *const *args, const struct value **out,
                 struct err *err)
{
    (void)ctx;
    (void)args;
    (void)err;
    *out = &value_null;
    return 0;
}

START_TEST(tools_register_more)
{
    static const struct builtin more[] = {{"test.more", no_op, 0, 0, 0}, {"count", no_op, 0, 0, 0}};

    builtin_register(more, 2);
    ck_assert_ptr_eq(builtin_find("test.more", 9), &more[0]);
    ck_assert_ptr_ne(builtin_find("count", 5), &more[1]);
    ck_assert(!builtin_on_start_path("test.more"));
    builtin_register(NULL, 0);
}
END_TEST

START_TEST(random_values_are_functions_of_the_seed)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1024 * 1024);
    const struct builtin *const rand = builtin_find("rand.intn", 9);
    const struct builtin *const uuid = builtin_find("uuid.rfc4122", 12);
    struct machine_options opt = {.seed = 7};
    struct builtin_ctx ctx = {.arena = &a, .name = "x", .opt = &opt};
    const struct value *const args[] = {value_str(&a, "k"), value_int(&a, 1000000007)};
    const struct value *const others[] = {value_str(&a, "l"), args[1]};
    const struct value *first, *again, *other, *u1, *u2;
    struct err err = ERR_INIT;

    ck_assert_int_eq(rand->fn(&ctx, args, &first, &err), 0);
    ck_assert_int_eq(rand->fn(&ctx, args, &again, &err), 0);
    ck_assert_int_eq(rand->fn(&ctx, others, &other, &err), 0);
    ck_assert(value_equal(first, again) && !value_equal(first, other));
    ck_assert_int_eq(uuid->fn(&ctx, args, &u1, &err), 0);
    opt.seed = 8;
    ck_assert_int_eq(rand->fn(&ctx, args, &again, &err), 0);
    ck_assert_int_eq(uuid->fn(&ctx, args, &u2, &err), 0);
    ck_assert(!value_equal(first, again) && !value_equal(u1, u2));
    ck_assert_int_eq(value_bytes(u1)[14], '4');
}
END_TEST

START_TEST(print_writes_a_line_for_every_choice)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1024 * 1024);
    AUTO_BUF struct buf b = BUF_INIT;
    const struct builtin *const print = builtin_find("internal.print", 14);
    struct machine_options opt = {.prints = &b};
    struct builtin_ctx ctx = {.arena = &a, .name = print->name, .opt = &opt};
    const struct value *const args = with_sets(
        &a, from_json(&a, "[[{\"$set\":[\"x\",1]},{\"$set\":[]},{\"$set\":[[\"y\"],\"z\"]}]]"));
    const struct value *const operand = value_at(args, 0);
    const struct value *out;
    struct err err = ERR_INIT;

    ck_assert_int_eq(print->fn(&ctx, &operand, &out, &err), 0);
    ck_assert_ptr_eq(out, &value_true);
    ck_assert_str_eq(b.data, "1 <undefined> z\n1 <undefined> [\"y\"]\n"
                             "x <undefined> z\nx <undefined> [\"y\"]\n");
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("builtin_value");
    TCase *const c = tcase_create("builtin_value");

    tcase_add_loop_test(c, calls_give_what_opa_gives, 0, (int)ARRAY_LEN(rows));
    tcase_add_test(c, rows_are_unique_and_complete);
    tcase_add_test(c, tools_register_more);
    tcase_add_test(c, random_values_are_functions_of_the_seed);
    tcase_add_test(c, print_writes_a_line_for_every_choice);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
