#include <check.h>
#include <stdlib.h>

#include "base/clock.h"

#include "tests/help/suite.h"

static const struct {
    int64_t ns;
    int digits;
    const char *text;
} rows[] = {
    {0, 0, "1970-01-01T00:00:00Z"},
    {-1, 9, "1969-12-31T23:59:59.999999999Z"},
    {951782400000000000, 0, "2000-02-29T00:00:00Z"},
    {4107542399123456789, 3, "2100-02-28T23:59:59.123Z"},
    {4107542400000000000, 0, "2100-03-01T00:00:00Z"},
    {1795533799000000001, 9, "2026-11-24T15:23:19.000000001Z"},
    {1735689599999999999, 6, "2024-12-31T23:59:59.999999Z"},
};

START_TEST(times_print_as_rfc_3339_in_utc)
{
    char out[CLOCK_TEXT_MAX];

    clock_rfc3339(rows[_i].ns, rows[_i].digits, out);
    ck_assert_str_eq(out, rows[_i].text);
}
END_TEST

START_TEST(the_steady_clock_never_goes_back)
{
    const int64_t first = clock_steady_ns();

    ck_assert_int_ge(clock_steady_ns(), first);
    ck_assert_int_gt(clock_wall_ns(), 1700000000000000000);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("clock");
    TCase *const c = tcase_create("clock");

    tcase_add_loop_test(c, times_print_as_rfc_3339_in_utc, 0,
                        (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_test(c, the_steady_clock_never_goes_back);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
