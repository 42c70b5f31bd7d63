/* Ranges of host ids: one container each, free again when the container is gone. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/own.h"
#include "runtime/ranges.h"

#include "tests/help/place.h"
#include "tests/help/suite.h"

static char top[PLACE_MAX], dir[PLACE_MAX + 16], root[PLACE_MAX + 16];

static void begin(void)
{
    place_make(top, "/tmp");
    (void)snprintf(dir, sizeof(dir), "%s/state", top);
    (void)snprintf(root, sizeof(root), "%s/root", top);
    ck_assert_int_eq(mkdir(root, 0700), 0);
}

static void end(void)
{
    place_remove(top);
}

static struct state of(const char *id)
{
    return (struct state){.dir = dir, .root = root, .id = id};
}

/* The claim's file looks as old as the age says. */
static void age(uint32_t base, long seconds)
{
    char path[2 * PLACE_MAX];
    const struct timespec then = {.tv_sec = time(NULL) - seconds};
    const struct timespec times[2] = {then, then};

    (void)snprintf(path, sizeof(path), "%s/ranges/%u", dir, (base - RANGES_FIRST) / RANGES_SIZE);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

START_TEST(a_container_is_offered_the_same_range_until_another_has_it)
{
    const struct state web = of("web"), db = of("db");
    struct err err = ERR_INIT;
    const uint32_t base = ranges_offer(&web);

    ck_assert_uint_ge(base, RANGES_FIRST);
    ck_assert_uint_eq((base - RANGES_FIRST) % RANGES_SIZE, 0);
    ck_assert_uint_le(base - RANGES_FIRST, (uint32_t)(RANGES_COUNT - 1) * RANGES_SIZE);
    ck_assert_uint_eq(ranges_offer(&web), base);
    ck_assert_int_eq(ranges_claim(&db, base, &err), 0);
    ck_assert_uint_ne(ranges_offer(&web), base);
    ck_assert_int_eq(ranges_claim(&web, base, &err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
    ck_assert_int_eq(ranges_claim(&db, base, &err), 0);
}
END_TEST

START_TEST(a_range_is_free_again_when_its_container_is_gone)
{
    const struct state web = of("web"), db = of("db");
    struct err err = ERR_INIT;
    const uint32_t base = ranges_offer(&web);
    char path[2 * PLACE_MAX];

    (void)snprintf(path, sizeof(path), "%s/db", root);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(ranges_claim(&db, base, &err), 0);
    age(base, 10 * RANGES_YOUNG_S);
    ck_assert_uint_ne(ranges_offer(&web), base);
    ck_assert_int_eq(rmdir(path), 0);
    age(base, RANGES_YOUNG_S / 2);
    ck_assert_uint_ne(ranges_offer(&web), base);
    age(base, 10 * RANGES_YOUNG_S);
    ck_assert_uint_eq(ranges_offer(&web), base);
    ck_assert_int_eq(ranges_claim(&web, base, &err), 0);
}
END_TEST

START_TEST(what_is_no_range_is_not_claimed)
{
    const struct state web = of("web");
    struct err err = ERR_INIT;

    ck_assert_int_eq(ranges_claim(&web, 0, &err), -1);
    ck_assert_int_eq(ranges_claim(&web, 1000, &err), -1);
    ck_assert_int_eq(ranges_claim(&web, RANGES_FIRST + (uint32_t)RANGES_COUNT * RANGES_SIZE, &err),
                     -1);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("ranges");
    TCase *const t = tcase_create("ranges");

    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, a_container_is_offered_the_same_range_until_another_has_it);
    tcase_add_test(t, a_range_is_free_again_when_its_container_is_gone);
    tcase_add_test(t, what_is_no_range_is_not_claimed);
    suite_add_tcase(s, t);
    return run_suite(s);
}
