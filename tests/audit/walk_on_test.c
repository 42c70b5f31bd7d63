/* The spool read on from where it was left, and segments that leave it. */
#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/log/place.h"
#include "audit/log/records.h"
#include "audit/log/state.h"
#include "audit/spool.h"
#include "base/clock.h"
#include "base/own.h"

#include "tests/help/suite.h"

static char dir[64];
static struct err err;
static struct note_key key;
static int written;

static int drop(const char *path, const struct stat *st, int kind, struct FTW *f)
{
    (void)st, (void)kind, (void)f;
    return remove(path);
}

static void begin(void)
{
    char path[128];

    err = ERR_INIT;
    written = 0;
    (void)snprintf(dir, sizeof(dir), "/tmp/sallyport-walk.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/key", dir);
    ck_assert_int_eq(note_key_make(path, "audit.example/w", NOTE_ED25519, &key, &err), 0);
}

static void end(void)
{
    note_key_close(&key);
    nftw(dir, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static void add(int n)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    AUTO_SPOOL struct spool s = SPOOL_INIT;

    ck_assert_int_eq(spool_open(&s, dir, &err), 0);
    for (int i = 0; i < n; i++) {
        struct value_fields f = {0};

        value_fields_add(&a, &f, "decision_id", value_strf(&a, "id-%d", written++));
        value_fields_add(&a, &f, "timestamp", value_str(&a, "2026-01-02T03:04:05.678Z"));
        ck_assert_int_eq(spool_append(&s, NULL, value_fields_object(&a, &f), &err), 0);
    }
}

static char *segment(int n)
{
    static char path[160];

    (void)snprintf(path, sizeof(path), "%s/spool/%020d.log", dir, n);
    return path;
}

static int count(void *ctx, const struct spool_entry *entry, struct err *e)
{
    (void)e;
    *(int *)ctx += !entry->is_blob;
    return 0;
}

static int walk(struct spool_place *p, struct spool_report *r)
{
    int n = 0;

    ck_assert_msg(spool_walk_on(dir, p, count, &n, r, &err) == 0, "%s", err.text);
    return n;
}

START_TEST(each_record_is_seen_once)
{
    struct spool_place p = {0};
    struct spool_report r;

    add(3);
    ck_assert_int_eq(walk(&p, &r), 3);
    ck_assert_int_eq(walk(&p, &r), 0);
    add(2);
    ck_assert_int_eq(walk(&p, &r), 2);
    ck_assert_int_eq(chmod(segment(1), 0400), 0); /* sealed: the next one begins another */
    add(4);
    ck_assert_int_eq(walk(&p, &r), 4);
    ck_assert(r.intact);
    ck_assert_str_eq(p.segment, "00000000000000000002.log");
}
END_TEST

START_TEST(what_was_passed_is_linked_to_what_follows)
{
    struct spool_place p = {0};
    struct spool_report r;

    add(3);
    ck_assert_int_eq(walk(&p, &r), 3);
    add(1);
    p.hash[0] = p.hash[0] == '0' ? '1' : '0';
    ck_assert_int_eq(walk(&p, &r), 0);
    ck_assert(!r.intact);
}
END_TEST

START_TEST(a_cut_segment_is_missed)
{
    struct spool_place p = {0};
    struct spool_report r;

    add(3);
    ck_assert_int_eq(walk(&p, &r), 3);
    ck_assert_int_eq(truncate(segment(1), (off_t)p.offset - 1), 0);
    ck_assert_int_eq(walk(&p, &r), 0);
    ck_assert(!r.intact);
    ck_assert_ptr_nonnull(strstr(r.first_fault, "shorter than it was"));
}
END_TEST

START_TEST(nothing_past_a_fault)
{
    struct spool_place p = {0};
    struct spool_report r;
    AUTO_FD int fd = -1;

    add(1);
    ck_assert_int_eq(walk(&p, &r), 1);
    const off_t at = (off_t)p.offset + 80;
    const struct spool_place before = p;
    add(3);
    fd = open(segment(1), O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(pwrite(fd, "X", 1, at), 1);
    ck_assert_int_eq(walk(&p, &r), 0);
    ck_assert(!r.intact);
    ck_assert_uint_eq(p.offset, before.offset);
}
END_TEST

static void integrate(void)
{
    struct log_summary sum;

    ck_assert_msg(log_integrate(dir, "audit.example/w", &key, 1, &sum, &err) == 0, "%s", err.text);
}

static int sum_index(void *ctx, uint64_t index, const char *entry, size_t len, struct err *e)
{
    int *const n = ctx;

    (void)e, (void)entry, (void)len;
    n[index == RECORD_PENDING]++;
    return 0;
}

START_TEST(rotation_drops_only_what_the_log_holds)
{
    const int64_t now = clock_wall_ns() / 1000000000 + 10;
    struct log_rotation rot;
    struct spool_report r;
    struct log_summary sum;
    int n[2] = {0};

    add(5);
    ck_assert_int_eq(chmod(segment(1), 0400), 0);
    add(2);
    ck_assert_int_eq(chmod(segment(2), 0400), 0);
    integrate();
    add(3);
    ck_assert_msg(log_rotate(dir, now, false, &rot, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(rot.segments, 1); /* the second is where integration stands */
    ck_assert_uint_eq(rot.minimum, 5);
    integrate();
    ck_assert_int_eq(log_rotate(dir, now - 3600, false, &rot, &err), 0);
    ck_assert_uint_eq(rot.segments, 0); /* not old enough */
    ck_assert_int_eq(log_rotate(dir, now, false, &rot, &err), 0);
    ck_assert_uint_eq(rot.minimum, 7);
    add(1);
    ck_assert_int_eq(records_each(dir, sum_index, n, &r, &err), 0);
    ck_assert_int_eq(n[0], 10);
    ck_assert_int_eq(n[1], 1);
    ck_assert_int_eq(log_verify(dir, &key, NULL, 0, &sum, &err), 0);
    ck_assert_msg(sum.intact, "%s", sum.fault);
    ck_assert_uint_eq(sum.first, 7);
}
END_TEST

START_TEST(rotation_wants_each_leaf)
{
    struct log_rotation rot;
    char path[160];
    AUTO_FD int fd = -1;

    add(5);
    ck_assert_int_eq(chmod(segment(1), 0400), 0);
    add(2);
    integrate();
    (void)snprintf(path, sizeof(path), "%s/log/tile/0/000.p/7", dir);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(pwrite(fd, "X", 1, 64), 1);
    ck_assert_int_eq(log_rotate(dir, INT64_MAX, false, &rot, &err), -1);
    ck_assert_int_eq(err.code, ERR_TRUST);
    ck_assert_int_eq(access(segment(1), F_OK), 0);
}
END_TEST

START_TEST(rotation_waits_for_forwarders)
{
    struct log_rotation rot;
    struct spool_place p = {.segment = "00000000000000000001.log", .hash = "00"};
    AUTO_FD int fd = -1;

    add(5);
    ck_assert_int_eq(chmod(segment(1), 0400), 0);
    add(2);
    integrate();
    fd = place_open(dir, true, &err);
    ck_assert_int_eq(place_write(fd, "a.json", &p, &err), 0);
    ck_assert_int_eq(log_rotate(dir, INT64_MAX, false, &rot, &err), 0);
    ck_assert_uint_eq(rot.segments, 0);
    p.segment[19] = '2';
    ck_assert_int_eq(place_write(fd, "a.json", &p, &err), 0);
    ck_assert_int_eq(log_rotate(dir, INT64_MAX, false, &rot, &err), 0);
    ck_assert_uint_eq(rot.segments, 1);
}
END_TEST

static int64_t seconds_of_2026_01(int day)
{
    return 1767225600 + (int64_t)(day - 1) * 86400;
}

static struct log_pruning prune(int64_t before, bool dry)
{
    struct log_pruning p;

    ck_assert_msg(log_prune(dir, before, dry, &p, &err) == 0, "%s", err.text);
    return p;
}

static bool has_tile(const char *name)
{
    char path[200];

    (void)snprintf(path, sizeof(path), "%s/log/tile/%s", dir, name);
    return access(path, F_OK) == 0;
}

START_TEST(what_is_pruned_is_gone_and_the_rest_proven)
{
    AUTO_BUF struct buf proof = BUF_INIT;
    AUTO_FREE char *entry = NULL;
    struct log_rotation rot;
    struct log_summary sum;
    struct spool_report r;
    size_t len = 0;
    uint64_t index = 0;
    int n[2] = {0};

    add(600);
    ck_assert_int_eq(chmod(segment(1), 0400), 0);
    add(2);
    integrate();
    ck_assert_uint_eq(prune(INT32_MAX, false).entries, 0); /* the spool still holds them */
    ck_assert_int_eq(log_rotate(dir, INT64_MAX, false, &rot, &err), 0);
    ck_assert_uint_eq(rot.minimum, 600);
    ck_assert_uint_eq(prune(seconds_of_2026_01(2), false).entries, 0); /* not old enough */
    ck_assert_uint_eq(prune(seconds_of_2026_01(3), true).entries, 512);
    ck_assert(has_tile("entries/000"));
    ck_assert_uint_eq(prune(seconds_of_2026_01(3), false).minimum, 512);
    ck_assert(!has_tile("entries/000") && !has_tile("entries/001") && !has_tile("0/001"));
    ck_assert(has_tile("entries/002.p/90") && has_tile("1/000.p/2"));
    ck_assert_uint_eq(prune(seconds_of_2026_01(3), false).entries, 0);

    ck_assert_int_eq(log_verify(dir, &key, NULL, 0, &sum, &err), 0);
    ck_assert_msg(sum.intact, "%s", sum.fault);
    ck_assert_uint_eq(sum.pruned, 512);
    ck_assert_int_eq(records_each(dir, sum_index, n, &r, &err), 0);
    ck_assert_int_eq(n[0], 90);
    ck_assert_msg(log_prove(dir, 512, &proof, &err) == 0, "%s", err.text);
    ck_assert_int_eq(log_entry(dir, 512, &entry, &len, &err), 0);
    ck_assert_int_eq(log_check_proof(proof.data, proof.len, entry, len, &key, NULL, &err), 0);
    ck_assert_int_eq(log_find(dir, "id-513", &index, &err), 0);
    ck_assert_uint_eq(index, 513);
    ck_assert_int_eq(log_prove(dir, 511, &proof, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "it was pruned"));
    err = ERR_INIT;

    /* It goes on, and a tile that somebody else removed is a fault. */
    add(300);
    integrate();
    ck_assert_int_eq(log_verify(dir, &key, NULL, 0, &sum, &err), 0);
    ck_assert_msg(sum.intact, "%s", sum.fault);
    ck_assert_uint_eq(sum.size, 902);
    char path[200];
    (void)snprintf(path, sizeof(path), "%s/log/tile/entries/002", dir);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(log_verify(dir, &key, NULL, 0, &sum, &err), 0);
    ck_assert(!sum.intact);
    ck_assert_ptr_nonnull(strstr(sum.fault, "tile/entries/002"));
}
END_TEST

START_TEST(a_prune_that_was_killed_is_completed)
{
    struct log_rotation rot;
    struct log_state s;
    AUTO_FD int fd = -1;

    add(600);
    ck_assert_int_eq(chmod(segment(1), 0400), 0);
    add(2);
    integrate();
    ck_assert_int_eq(log_rotate(dir, INT64_MAX, false, &rot, &err), 0);
    fd = log_open(dir, 0, &err);
    ck_assert_int_eq(state_read(fd, &s, &err), 0);
    s.pruned = 512; /* said, and then killed */
    ck_assert_int_eq(state_write(fd, &s, &err), 0);
    ck_assert(has_tile("entries/000") && has_tile("entries/001"));
    ck_assert_uint_eq(prune(seconds_of_2026_01(3), false).entries, 0);
    ck_assert(!has_tile("entries/000") && !has_tile("entries/001") && !has_tile("0/000"));
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("walk_on");
    TCase *const t = tcase_create("walk_on");

    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, each_record_is_seen_once);
    tcase_add_test(t, what_was_passed_is_linked_to_what_follows);
    tcase_add_test(t, a_cut_segment_is_missed);
    tcase_add_test(t, nothing_past_a_fault);
    tcase_add_test(t, rotation_drops_only_what_the_log_holds);
    tcase_add_test(t, rotation_wants_each_leaf);
    tcase_add_test(t, rotation_waits_for_forwarders);
    tcase_add_test(t, what_is_pruned_is_gone_and_the_rest_proven);
    tcase_add_test(t, a_prune_that_was_killed_is_completed);
    suite_add_tcase(s, t);
    return run_suite(s);
}
