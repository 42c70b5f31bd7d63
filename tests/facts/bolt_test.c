/* A small bolt file, written here page by page, read whole and in every broken way. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/own.h"
#include "facts/bolt.h"

#include "tests/help/suite.h"

enum { SIZE = 4096, PAGES = 10, LONG_VALUE = 5000 };

static uint8_t file[PAGES * SIZE];
static int fd = -1;
static struct arena arena;

static void put16(uint8_t *p, unsigned v)
{
    const uint16_t x = (uint16_t)v;

    memcpy(p, &x, sizeof(x));
}

static void put32(uint8_t *p, size_t v)
{
    const uint32_t x = (uint32_t)v;

    memcpy(p, &x, sizeof(x));
}

static void put64(uint8_t *p, uint64_t v)
{
    memcpy(p, &v, sizeof(v));
}

struct item {
    const char *key;
    const void *value;
    size_t len;
    unsigned flags; /* 1: a bucket */
    uint64_t page;  /* of a branch */
};

/* Write a page's head, elements and bytes at `to`; its length. */
static size_t page(uint8_t *to, uint64_t id, unsigned flags, size_t overflow,
                   const struct item *items, size_t n)
{
    size_t at = 16 + 16 * n;

    put64(to, id);
    put16(to + 8, flags);
    put16(to + 10, (unsigned)n);
    put32(to + 12, overflow);
    for (size_t i = 0; i < n; i++) {
        uint8_t *const e = to + 16 + 16 * i;
        const size_t pos = at - (16 + 16 * i), key = strlen(items[i].key);

        if (flags == 1) {
            put32(e, pos);
            put32(e + 4, key);
            put64(e + 8, items[i].page);
        } else {
            put32(e, items[i].flags);
            put32(e + 4, pos);
            put32(e + 8, key);
            put32(e + 12, items[i].len);
        }
        memcpy(to + at, items[i].key, key);
        if (items[i].len)
            memcpy(to + at + key, items[i].value, items[i].len);
        at += key + items[i].len;
    }
    return at;
}

static void meta(uint64_t id, uint64_t root, uint64_t txid)
{
    uint8_t *const to = file + id * SIZE, *const m = to + 16;
    uint64_t h = 0xcbf29ce484222325u;

    put64(to, id);
    put16(to + 8, 4);
    put32(m, 0xED0CDAEDu);
    put32(m + 4, 2);
    put32(m + 8, SIZE);
    put64(m + 16, root);
    put64(m + 48, txid);
    for (size_t i = 0; i < 56; i++)
        h = (h ^ m[i]) * 0x100000001b3u;
    put64(m + 56, h);
}

static void flush(void)
{
    ck_assert_int_eq((int)pwrite(fd, file, sizeof(file), 0), (int)sizeof(file));
}

/* top (3) > v1 (branch 4 > leaves 5, 6); alpha's inline bucket; zulu in a page with overflow (7,
 * 8); page 9 is a branch to itself. */
static void set_up(void)
{
    static char big[LONG_VALUE];
    uint8_t to_v1[16] = {0}, to_zulu[16] = {0}, inner[512] = {0}, round[16] = {0};

    arena = ARENA_INIT(256 * 1024 * 1024);
    memset(file, 0, sizeof(file));
    memset(big, 'x', sizeof(big));
    put64(to_v1, 4);
    put64(to_zulu, 7);
    put64(round, 9);
    const size_t n =
        page(inner + 16, 0, 2, 0, (struct item[]){{"k1", "v1", 2, 0, 0}, {"k2", "v2", 2, 0, 0}}, 2);
    meta(0, 3, 6);
    meta(1, 3, 7);
    page(file + 3 * SIZE, 3, 2, 0,
         (struct item[]){{"round", round, 16, 1, 0}, {"v1", to_v1, 16, 1, 0}}, 2);
    page(file + 4 * SIZE, 4, 1, 0, (struct item[]){{"alpha", "", 0, 0, 5}, {"mike", "", 0, 0, 6}},
         2);
    page(file + 5 * SIZE, 5, 2, 0,
         (struct item[]){{"alpha", inner, 16 + n, 1, 0}, {"bravo", "two", 3, 0, 0}}, 2);
    page(file + 6 * SIZE, 6, 2, 0,
         (struct item[]){{"mike", "three", 5, 0, 0}, {"zulu", to_zulu, 16, 1, 0}}, 2);
    page(file + 7 * SIZE, 7, 2, 1,
         (struct item[]){{"big", big, sizeof(big), 0, 0}, {"image", "web:1", 5, 0, 0}}, 2);
    page(file + 9 * SIZE, 9, 1, 0, (struct item[]){{"a", "", 0, 0, 9}}, 1);
    fd = memfd_create("bolt", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    flush();
}

static void tear_down(void)
{
    arena_done(&arena);
    own_close(&fd);
}

static bool collect(void *ctx, struct bolt_bytes key, struct bolt_bytes value)
{
    char *const out = ctx;
    const size_t n = strlen(out);

    (void)snprintf(out + n, 64 - n, "%.*s=%.*s ", (int)key.len, key.at, (int)value.len, value.at);
    return true;
}

/* All that the tests ask of the file; 0 when every answer is right, 1 when some is not there, -1 on
 * an error that is told. */
static int ask(struct err *err)
{
    struct bolt b;
    struct bolt_bucket v1, in;
    struct bolt_bytes v;
    char all[64] = "";
    int n;

    if (bolt_open(&b, fd, &arena, err) < 0)
        return -1;
    const struct bolt_bucket top = bolt_top(&b);
    if ((n = bolt_find(&b, &top, "v1", &v1, err)) <= 0)
        return n < 0 ? -1 : 1;
    if ((n = bolt_value(&b, &v1, "bravo", &v, err)) <= 0 || v.len != 3 ||
        memcmp(v.at, "two", 3) != 0)
        return n < 0 ? -1 : 1;
    if ((n = bolt_find(&b, &v1, "zulu", &in, err)) <= 0 ||
        (n = bolt_value(&b, &in, "image", &v, err)) <= 0 || v.len != 5)
        return n < 0 ? -1 : 1;
    if ((n = bolt_find(&b, &v1, "alpha", &in, err)) <= 0)
        return n < 0 ? -1 : 1;
    if (bolt_each(&b, &in, collect, all, err) < 0)
        return -1;
    return strcmp(all, "k1=v1 k2=v2 ") == 0 ? 0 : 1;
}

START_TEST(values_are_found_through_branches_overflow_and_inline_buckets)
{
    struct err err = ERR_INIT;

    ck_assert_msg(ask(&err) == 0, "%s", err.text);
}
END_TEST

START_TEST(what_is_not_there_is_told_from_what_is)
{
    static const char *const absent[] = {"", "alph", "alphaa", "aaaa", "lima", "mik", "zzzz"};
    struct err err = ERR_INIT;
    struct bolt b;
    struct bolt_bucket v1, in;
    struct bolt_bytes v;

    ck_assert_int_eq(bolt_open(&b, fd, &arena, &err), 0);
    const struct bolt_bucket top = bolt_top(&b);
    ck_assert_int_eq(bolt_find(&b, &top, "v2", &v1, &err), 0);
    ck_assert_int_eq(bolt_find(&b, &top, "v1", &v1, &err), 1);
    for (size_t i = 0; i < ARRAY_LEN(absent); i++)
        ck_assert_int_eq(bolt_value(&b, &v1, absent[i], &v, &err), 0);
    /* A bucket is no value, a value is no bucket. */
    ck_assert_int_eq(bolt_value(&b, &v1, "zulu", &v, &err), 0);
    ck_assert_int_eq(bolt_find(&b, &v1, "mike", &in, &err), 0);
    ck_assert_int_eq(bolt_each(&b, &v1, collect, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(the_newest_whole_meta_page_counts)
{
    struct err err = ERR_INIT;
    struct bolt b;

    ck_assert_int_eq(bolt_open(&b, fd, &arena, &err), 0);
    ck_assert_uint_eq(b.txid, 7);
    ck_assert(bolt_same(&b));
    meta(0, 3, 8);
    flush();
    ck_assert(!bolt_same(&b));
    ck_assert_int_eq(bolt_open(&b, fd, &arena, &err), 0);
    ck_assert_uint_eq(b.txid, 8);
    file[16 + 48]++; /* torn: its checksum no longer holds */
    flush();
    ck_assert_int_eq(bolt_open(&b, fd, &arena, &err), 0);
    ck_assert_uint_eq(b.txid, 7);
    file[SIZE + 16 + 48]++;
    flush();
    ck_assert_int_eq(bolt_open(&b, fd, &arena, &err), -1);
}
END_TEST

START_TEST(a_tree_that_goes_round_ends)
{
    struct err err = ERR_INIT;
    struct bolt b;
    struct bolt_bucket in;
    struct bolt_bytes v;

    ck_assert_int_eq(bolt_open(&b, fd, &arena, &err), 0);
    const struct bolt_bucket top = bolt_top(&b);
    ck_assert_int_eq(bolt_find(&b, &top, "round", &in, &err), 1);
    ck_assert_int_eq(bolt_value(&b, &in, "x", &v, &err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(no_broken_byte_leads_outside)
{
    size_t told = 0;

    for (size_t at = 0; at < sizeof(file); at++) {
        /* Heads, elements and keys; the long value's bytes say nothing. */
        if (at % SIZE >= 160 || at / SIZE == 2 || at / SIZE == 8)
            continue;
        for (int bit = 0; bit < 8; bit += 7) {
            struct err err = ERR_INIT;
            const uint8_t was = file[at];
            const struct arena_mark mark = arena_mark(&arena);

            file[at] = (uint8_t)(was ^ (1u << bit));
            ck_assert_int_eq((int)pwrite(fd, &file[at], 1, (off_t)at), 1);
            if (ask(&err) < 0) {
                ck_assert_int_ne(err.code, ERR_NONE);
                told++;
            }
            file[at] = was;
            ck_assert_int_eq((int)pwrite(fd, &was, 1, (off_t)at), 1);
            arena_reset(&arena, mark);
        }
    }
    ck_assert_uint_gt(told, 50);
    ck_assert_int_eq(ftruncate(fd, 5 * SIZE), 0);
    struct err err = ERR_INIT;
    ck_assert_int_eq(ask(&err), -1);
    ck_assert_int_eq(ftruncate(fd, 10), 0);
    ck_assert_int_eq(ask(&err), -1);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("bolt");
    TCase *const c = tcase_create("bolt");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, values_are_found_through_branches_overflow_and_inline_buckets);
    tcase_add_test(c, what_is_not_there_is_told_from_what_is);
    tcase_add_test(c, the_newest_whole_meta_page_counts);
    tcase_add_test(c, a_tree_that_goes_round_ends);
    tcase_add_test(c, no_broken_byte_leads_outside);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
