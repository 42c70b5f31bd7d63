/* Buffers that grow: their limit holds for every way of writing. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#include "tests/help/suite.h"

/* No power of two, so that growing by doubling would step over it. */
enum { LIMIT = 300 };

static void write_one(struct buf *b, int way)
{
    switch (way) {
    case 0:
        buf_putc(b, 'x');
        break;
    case 1:
        buf_puts(b, "x");
        break;
    case 2:
        buf_add(b, "x", 1);
        break;
    default:
        buf_printf(b, "%c", 'x');
        break;
    }
}

START_TEST(limit_holds)
{
    AUTO_BUF struct buf b = {.max = LIMIT};

    /* One byte of the limit is the NUL's. */
    for (int i = 0; i < LIMIT - 1; i++)
        write_one(&b, _i);
    ck_assert(!b.failed);
    ck_assert_uint_eq(b.len, LIMIT - 1);
    ck_assert_uint_eq(strlen(b.data), LIMIT - 1);
    write_one(&b, _i);
    ck_assert(b.failed);
    ck_assert_uint_eq(b.len, LIMIT - 1);
    write_one(&b, _i);
    ck_assert_uint_eq(b.len, LIMIT - 1);
}
END_TEST

/* Text that does not fit what is there is formatted again, whole. */
START_TEST(printf_grows)
{
    AUTO_BUF struct buf b = BUF_INIT;
    size_t want = 0;

    for (int i = 0; i < 40; i++) {
        buf_printf(&b, "%0*d|", i * 17, 7);
        want += (i == 0 ? 1u : (size_t)i * 17) + 1;
        ck_assert_uint_eq(b.len, want);
        ck_assert_int_eq(b.data[b.len - 1], '|');
        ck_assert_int_eq(b.data[b.len - 2], '7');
    }
    ck_assert(!b.failed);
}
END_TEST

START_TEST(nothing_is_written_after_a_failure)
{
    AUTO_BUF struct buf b = {.max = LIMIT};
    char big[LIMIT + 1];
    struct err err = ERR_INIT;

    memset(big, 'y', sizeof(big));
    buf_puts(&b, "kept");
    buf_add(&b, big, sizeof(big));
    for (int way = 0; way < 4; way++)
        write_one(&b, way);
    ck_assert_int_eq(buf_check(&b, &err), -1);
    ck_assert_str_eq(b.data, "kept");
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("buf");
    TCase *const t = tcase_create("buf");

    tcase_add_loop_test(t, limit_holds, 0, 4);
    tcase_add_test(t, printf_grows);
    tcase_add_test(t, nothing_is_written_after_a_failure);
    suite_add_tcase(s, t);
    return run_suite(s);
}
