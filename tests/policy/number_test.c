#include "base/own.h"
#include "policy/value/number.h"

#include "tests/help/json.h"
#include "tests/help/suite.h"

enum { BUDGET = 64 * 1024 * 1024 };

static const struct arith_row {
    const char *x;
    enum number_op op;
    const char *y, *want;
} arith_rows[] = {
    {"1", NUMBER_ADD, "2", "3"},
    {"9223372036854775807", NUMBER_ADD, "1", "9223372036854775808"},
    {"-9223372036854775808", NUMBER_SUB, "1", "-9223372036854775809"},
    {"4294967296", NUMBER_MUL, "4294967296", "18446744073709551616"},
    {"18446744073709551616", NUMBER_SUB, "18446744073709551615", "1"},
    {"-9223372036854775808", NUMBER_DIV, "-1", "9223372036854775808"},
    {"-9223372036854775808", NUMBER_REM, "-1", "0"},
    {"0.1", NUMBER_ADD, "0.2", "0.3"},
    {"1.5", NUMBER_ADD, "1.5", "3"},
    {"1e3", NUMBER_ADD, "1", "1001"},
    {"1.0", NUMBER_MUL, "2.0", "2"},
    {"10", NUMBER_DIV, "4", "2.5"},
    {"10", NUMBER_DIV, "5", "2"},
    {"1", NUMBER_DIV, "3", "0.33333333333333333334"},
    {"2", NUMBER_DIV, "3", "0.6666666666666666667"},
    {"1", NUMBER_DIV, "3000000", "3.3333333333333333333e-07"},
    {"999.835", NUMBER_ADD, "-999.703", "0.13200000000000000622"},
    {"-851.701", NUMBER_SUB, "0.80285", "-852.50385"},
    {"1234567.5", NUMBER_ADD, "0", "1.2345675e+06"},
    {"-7", NUMBER_REM, "3", "-1"},
    {"7", NUMBER_REM, "-3", "1"},
    {"18446744073709551617", NUMBER_REM, "10", "7"},
    {"1", NUMBER_DIV, "0", "!divide by zero"},
    {"1.5", NUMBER_DIV, "0.0", "!divide by zero"},
    {"1", NUMBER_REM, "0", "!modulo by zero"},
    {"1.5", NUMBER_REM, "2", "!modulo on floating-point number"},
    {"1e100001", NUMBER_ADD, "1", "!number of more than 100000 digits"},
    {"0.1", NUMBER_ADD, "1e-100001", "!number of more than 100000 digits"},
    {"1e999999999999999", NUMBER_MUL, "2", "!number of more than 100000 digits"},
};

START_TEST(arithmetic_agrees_with_opa)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct arith_row *const row = &arith_rows[_i];
    const struct value *got = NULL;
    struct err err = ERR_INIT;
    const int rc =
        number_arith(&a, row->op, from_json(&a, row->x), from_json(&a, row->y), &got, &err);

    if (row->want[0] == '!') {
        ck_assert_int_eq(rc, -1);
        ck_assert_str_eq(err.text, row->want + 1);
        return;
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_str_eq(to_json(&a, got), row->want);
}
END_TEST

START_TEST(digits_end_at_their_limit)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct value *const one = value_int(&a, 1);
    const struct value *got;
    struct err err = ERR_INIT;

    ck_assert_int_eq(number_arith(&a, NUMBER_ADD, from_json(&a, "1e99999"), one, &got, &err), 0);
    ck_assert_uint_eq(got->count, NUMBER_DIGITS_MAX);
    ck_assert_int_eq(number_arith(&a, NUMBER_MUL, got, value_int(&a, 10), &got, &err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

static const struct round_row {
    enum number_round how;
    const char *x, *want;
} round_rows[] = {
    {NUMBER_ROUND, "2.5", "3"},
    {NUMBER_ROUND, "-2.5", "-3"},
    {NUMBER_ROUND, "2.49", "2"},
    {NUMBER_ROUND, "0.05", "0"},
    {NUMBER_ROUND, "0.5", "1"},
    {NUMBER_CEIL, "1.01", "2"},
    {NUMBER_CEIL, "-1.01", "-1"},
    {NUMBER_CEIL, "1.00", "1"},
    {NUMBER_FLOOR, "1.99", "1"},
    {NUMBER_FLOOR, "-1.01", "-2"},
    {NUMBER_FLOOR, "-1.0", "-1"},
    {NUMBER_ABS, "-1.50", "1.5"},
    {NUMBER_ABS, "-9223372036854775808", "9223372036854775808"},
    {NUMBER_ABS, "7", "7"},
    {NUMBER_FLOOR, "18446744073709551616.5", "18446744073709551616"},
};

START_TEST(rounding_goes_the_right_way)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct value *got;
    struct err err = ERR_INIT;

    ck_assert_int_eq(
        number_round(&a, round_rows[_i].how, from_json(&a, round_rows[_i].x), &got, &err), 0);
    ck_assert_str_eq(to_json(&a, got), round_rows[_i].want);
}
END_TEST

static const struct bits_row {
    enum number_bits op;
    const char *x, *y, *want;
} bits_rows[] = {
    {NUMBER_AND, "12", "10", "8"},
    {NUMBER_AND, "-1", "18446744073709551615", "18446744073709551615"},
    {NUMBER_OR, "12", "10", "14"},
    {NUMBER_XOR, "12", "10", "6"},
    {NUMBER_NEGATE, "5", NULL, "-6"},
    {NUMBER_LSH, "1", "70", "1180591620717411303424"},
    {NUMBER_LSH, "0", "1e30", "0"},
    {NUMBER_RSH, "-1", "1e30", "-1"},
    {NUMBER_RSH, "-5", "1", "-3"},
    {NUMBER_LSH, "1", "-1",
     "!operand 2 must be an unsigned integer number but got a negative integer"},
    {NUMBER_LSH, "1", "1e30", "!number of more than 100000 digits"},
};

START_TEST(bits_are_those_of_twos_complement)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct bits_row *const row = &bits_rows[_i];
    const struct value *got;
    struct err err = ERR_INIT;
    const int rc = number_bits(&a, row->op, from_json(&a, row->x),
                               row->y ? from_json(&a, row->y) : NULL, &got, &err);

    ck_assert_int_eq(rc, row->want[0] == '!' ? -1 : 0);
    ck_assert_str_eq(rc < 0 ? err.text : to_json(&a, got), row->want + (rc < 0));
}
END_TEST

START_TEST(integers_print_in_other_bases)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct value *got;
    struct err err = ERR_INIT;

    ck_assert_int_eq(number_format_int(&a, from_json(&a, "-15.9"), 16, &got, &err), 0);
    ck_assert(value_is_str(got, "-f"));
    ck_assert_int_eq(number_format_int(&a, from_json(&a, "18446744073709551617"), 2, &got, &err),
                     0);
    ck_assert_uint_eq(got->count, 65);
    ck_assert_int_eq(number_format_int(&a, from_json(&a, "1e3"), 10, &got, &err), 0);
    ck_assert(value_is_str(got, "1000"));
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("number");
    TCase *const c = tcase_create("number");

    tcase_add_loop_test(c, arithmetic_agrees_with_opa, 0, (int)ARRAY_LEN(arith_rows));
    tcase_add_test(c, digits_end_at_their_limit);
    tcase_add_loop_test(c, rounding_goes_the_right_way, 0, (int)ARRAY_LEN(round_rows));
    tcase_add_loop_test(c, bits_are_those_of_twos_complement, 0, (int)ARRAY_LEN(bits_rows));
    tcase_add_test(c, integers_print_in_other_bases);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
