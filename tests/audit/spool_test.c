#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/spool.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"

#include "tests/help/suite.h"

static char dir[64];
static char first[128]; /* path of the first segment */
static struct arena arena;

static void make_dir(void)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/sallyport-spool-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(first, sizeof(first), "%s/spool/00000000000000000001.log", dir);
    arena = ARENA_INIT((size_t)256 << 20);
}

static void drop_dir(void)
{
    char path[400];

    (void)snprintf(path, sizeof(path), "%s/spool", dir);
    DIR *const d = opendir(path);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        (void)snprintf(path, sizeof(path), "%s/spool/%s", dir, e->d_name);
        (void)unlink(path);
    }
    if (d)
        closedir(d);
    (void)snprintf(path, sizeof(path), "%s/spool", dir);
    (void)rmdir(path);
    (void)rmdir(dir);
    arena_done(&arena);
}

static const struct value *record_of(const char *id)
{
    struct value_fields f = {0};

    value_fields_add(&arena, &f, "decision_id", value_str(&arena, id));
    return value_fields_object(&arena, &f);
}

static int append(const char *id, const struct value *blob, struct err *err)
{
    AUTO_SPOOL struct spool s = SPOOL_INIT;
    AUTO_SPOOL_DOCUMENT struct spool_document printed = SPOOL_DOCUMENT_INIT;

    if (blob && spool_document_print(&printed, blob, err) < 0)
        return -1;
    if (spool_open(&s, dir, err) < 0)
        return -1;
    return spool_append(&s, blob ? &printed : NULL, record_of(id), err);
}

static void digest_of(const struct value *blob, char out[65])
{
    AUTO_SPOOL_DOCUMENT struct spool_document printed = SPOOL_DOCUMENT_INIT;
    struct err err = ERR_INIT;

    ck_assert_msg(spool_document_print(&printed, blob, &err) == 0, "%s", err.text);
    memcpy(out, printed.digest, 65);
}

static void must_append(const char *id, const struct value *blob)
{
    struct err err = ERR_INIT;

    ck_assert_msg(append(id, blob, &err) == 0, "%s", err.text);
}

static struct spool_report walked(spool_visit *visit, void *ctx)
{
    struct spool_report r;
    struct err err = ERR_INIT;

    ck_assert_msg(spool_walk(dir, visit, ctx, &r, &err) == 0, "%s", err.text);
    return r;
}

static void load(const char *path, char **text, size_t *len)
{
    struct err err = ERR_INIT;

    ck_assert_msg(file_read_at(AT_FDCWD, path, 1 << 28, text, len, NULL, &err) == 0, "%s",
                  err.text);
}

static void store(const char *path, const char *text, size_t len)
{
    struct err err = ERR_INIT;

    ck_assert_int_eq(file_replace_at(AT_FDCWD, path, text, len, NULL, 0600, 0, &err), 0);
}

static int collect(void *ctx, const struct spool_entry *e, struct err *err)
{
    (void)err;
    char *const all = ctx;
    const size_t used = strlen(all);

    (void)snprintf(all + used, 2000 - used, "%d:%.*s\n", e->is_blob, (int)e->len, e->json);
    return 0;
}

START_TEST(records_and_blobs_come_back_in_order)
{
    char seen[2000] = "", want[2000], digest[65];
    const struct value *const blob = value_str(&arena, "input");

    must_append("one", blob);
    must_append("two", blob);
    must_append("three", NULL);
    const struct spool_report r = walked(collect, seen);
    ck_assert_msg(r.intact, "%s", r.first_fault);
    ck_assert_uint_eq(r.records, 3);
    ck_assert_uint_eq(r.blobs, 1);
    digest_of(blob, digest);
    char plain[65];
    digest_hex("\"input\"", 7, plain);
    ck_assert_str_eq(digest, plain);
    (void)snprintf(want, sizeof(want),
                   "1:{\"kind\":\"blob\",\"digest\":\"%s\",\"value\":\"input\"}\n"
                   "0:{\"decision_id\":\"one\"}\n0:{\"decision_id\":\"two\"}\n"
                   "0:{\"decision_id\":\"three\"}\n",
                   digest);
    ck_assert_str_eq(seen, want);
}
END_TEST

START_TEST(an_index_that_lies_does_not_lose_a_blob)
{
    char path[160], line[128], digest[65];
    const struct value *const blob = value_str(&arena, "input");

    must_append("one", NULL);
    digest_of(blob, digest);
    (void)snprintf(path, sizeof(path), "%s/spool/00000000000000000001.blobs", dir);
    (void)snprintf(line, sizeof(line), "%s %016x\n", digest, 0);
    store(path, line, strlen(line));
    must_append("two", blob);
    ck_assert_uint_eq(walked(NULL, NULL).blobs, 1);
}
END_TEST

START_TEST(a_torn_tail_is_cut_before_the_next_append)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;

    must_append("one", NULL);
    must_append("two", NULL);
    load(first, &text, &len);
    for (size_t cut = 1; cut < 40; cut += 13) {
        store(first, text, len - cut);
        ck_assert(walked(NULL, NULL).intact);
        ck_assert_uint_eq(walked(NULL, NULL).records, 1);
        must_append("three", NULL);
        char seen[2000] = "";
        const struct spool_report r = walked(collect, seen);
        ck_assert_msg(r.intact, "%s", r.first_fault);
        ck_assert_str_eq(seen, "0:{\"decision_id\":\"one\"}\n0:{\"decision_id\":\"three\"}\n");
    }
}
END_TEST

START_TEST(a_first_write_that_never_came_is_begun_anew)
{
    must_append("one", NULL);
    store(first, "", 0);
    must_append("two", NULL);
    store(first, "0123", 4);
    must_append("three", NULL);
    const struct spool_report r = walked(NULL, NULL);
    ck_assert_msg(r.intact, "%s", r.first_fault);
    ck_assert_uint_eq(r.records, 1);
    ck_assert_uint_eq(r.segments, 1);
}
END_TEST

START_TEST(an_edited_entry_is_found_and_ends_the_segment)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;

    must_append("one", NULL);
    must_append("two", NULL);
    load(first, &text, &len);
    char *const two = memmem(text, len, "two", 3);
    ck_assert_ptr_nonnull(two);
    memcpy(two, "owt", 3);
    store(first, text, len);
    struct spool_report r = walked(NULL, NULL);
    ck_assert(!r.intact);
    ck_assert_str_eq(r.first_fault,
                     "00000000000000000001.log line 3: hash differs: this entry or the "
                     "one before was changed");

    /* Nothing is appended to what was tampered with. */
    must_append("three", NULL);
    r = walked(NULL, NULL);
    ck_assert_uint_eq(r.segments, 2);
    ck_assert(!r.intact);
}
END_TEST

/* Line i (0-based) of text. */
static char *line_at(char *text, size_t i, size_t *len)
{
    for (; i > 0; i--)
        text = strchr(text, '\n') + 1;
    *len = (size_t)(strchr(text, '\n') + 1 - text);
    return text;
}

START_TEST(dropped_and_reordered_entries_are_found)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0, a = 0, b = 0;
    char changed[4096];

    must_append("one", NULL);
    must_append("two", NULL);
    must_append("three", NULL);
    load(first, &text, &len);
    const char *const second = line_at(text, 1, &a);
    const char *const third = line_at(text, 2, &b);
    const size_t head = (size_t)(second - text);

    memcpy(changed, text, head);
    memcpy(changed + head, third, len - head - a);
    store(first, changed, len - a);
    ck_assert(!walked(NULL, NULL).intact);

    memcpy(changed + head, third, b);
    memcpy(changed + head + b, second, a);
    memcpy(changed + head + a + b, third + b, len - head - a - b);
    store(first, changed, len);
    ck_assert(!walked(NULL, NULL).intact);

    store(first, text, len);
    ck_assert(walked(NULL, NULL).intact);
}
END_TEST

START_TEST(full_segments_are_followed_by_new_ones_and_a_missing_one_is_found)
{
    const size_t n = 5u << 20;
    char *const many = malloc(n);
    char path[160];

    memset(many, 'x', n);
    for (int i = 0; i < 28; i++) {
        const struct arena_mark mark = arena_mark(&arena);

        many[0] = (char)('a' + i);
        must_append("big", value_string(&arena, many, n));
        arena_reset(&arena, mark);
    }
    free(many);
    struct spool_report r = walked(NULL, NULL);
    ck_assert_msg(r.intact, "%s", r.first_fault);
    ck_assert_uint_eq(r.segments, 3);
    ck_assert_uint_eq(r.records, 28);
    ck_assert_uint_eq(r.blobs, 28);

    /* The oldest may be dropped once it is integrated; one between may not. */
    ck_assert_int_eq(unlink(first), 0);
    ck_assert(walked(NULL, NULL).intact);
    store(first, "", 0);
    (void)snprintf(path, sizeof(path), "%s/spool/00000000000000000002.log", dir);
    ck_assert_int_eq(unlink(path), 0);
    r = walked(NULL, NULL);
    ck_assert(!r.intact);
    ck_assert_ptr_nonnull(strstr(r.first_fault, "does not follow"));
}
END_TEST

START_TEST(writers_at_the_same_time_make_one_chain)
{
    enum { WRITERS = 8, EACH = 25 };

    for (int w = 0; w < WRITERS; w++) {
        const pid_t pid = fork();

        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
            struct err err = ERR_INIT;

            for (int i = 0; i < EACH; i++) {
                if (append("x", value_int(&arena, w * 1000 + i), &err) < 0)
                    _exit(1);
            }
            _exit(0);
        }
    }
    for (int w = 0; w < WRITERS; w++) {
        int status = -1;

        ck_assert_int_ge(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
    const struct spool_report r = walked(NULL, NULL);
    ck_assert_msg(r.intact, "%s", r.first_fault);
    ck_assert_uint_eq(r.records, WRITERS * EACH);
    ck_assert_uint_eq(r.blobs, WRITERS * EACH);
}
END_TEST

START_TEST(the_wait_for_the_lock_is_bounded)
{
    char path[160];
    struct err err = ERR_INIT;

    must_append("one", NULL);
    (void)snprintf(path, sizeof(path), "%s/spool/lock", dir);
    AUTO_FD int lock = open(path, O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    ck_assert_int_eq(append("two", NULL, &err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(a_note_is_chained_and_waits_for_nobody)
{
    AUTO_SPOOL struct spool s = SPOOL_INIT;
    struct err err = ERR_INIT;
    char path[160], seen[2000] = "";

    must_append("one", NULL);
    ck_assert_int_eq(spool_open(&s, dir, &err), 0);
    ck_assert_msg(spool_note(&s, record_of("two"), &err) == 0, "%s", err.text);
    must_append("three", NULL);
    const struct spool_report r = walked(collect, seen);
    ck_assert_msg(r.intact, "%s", r.first_fault);
    ck_assert_str_eq(seen, "0:{\"decision_id\":\"one\"}\n0:{\"decision_id\":\"two\"}\n"
                           "0:{\"decision_id\":\"three\"}\n");

    (void)snprintf(path, sizeof(path), "%s/spool/lock", dir);
    AUTO_FD int lock = open(path, O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    const int64_t start = clock_steady_ns();
    ck_assert_int_eq(spool_note(&s, record_of("four"), &err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
    ck_assert_int_lt((clock_steady_ns() - start) / 1000000, SPOOL_LOCK_MS / 2);
}
END_TEST

static const char long_text[] = "a document that is longer than the mark of its place";

START_TEST(a_redacted_document_leaves_the_chain_whole)
{
    const struct value *const blob = value_str(&arena, long_text);
    AUTO_FREE char *text = NULL;
    char digest[65], seen[2000] = "";
    struct err err = ERR_INIT;
    size_t len = 0;
    uint64_t n = 0;

    must_append("one", blob);
    must_append("two", value_str(&arena, "another document, which stays where it is"));
    digest_of(blob, digest);
    ck_assert_msg(spool_redact(dir, digest, &n, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(n, 1);
    must_append("three", NULL);
    const struct spool_report r = walked(collect, seen);
    ck_assert_msg(r.intact, "%s", r.first_fault);
    ck_assert_uint_eq(r.records, 3);
    ck_assert_uint_eq(r.blobs, 2);
    ck_assert_uint_eq(r.redacted, 1);
    load(first, &text, &len);
    ck_assert_ptr_null(memmem(text, len, "longer than", 11));
    ck_assert_ptr_nonnull(memmem(text, len, "which stays", 11));
    /* Once more finds nothing else to do; of another one there is nothing. */
    ck_assert_int_eq(spool_redact(dir, digest, &n, &err), 0);
    ck_assert_uint_eq(n, 1);
    digest[0] = digest[0] == '0' ? '1' : '0';
    ck_assert_int_eq(spool_redact(dir, digest, &n, &err), 0);
    ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(a_changed_document_is_found)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;

    must_append("one", value_str(&arena, long_text));
    must_append("two", NULL);
    load(first, &text, &len);
    memcpy(memmem(text, len, "longer", 6), "bigger", 6);
    store(first, text, len);
    const struct spool_report r = walked(NULL, NULL);
    ck_assert(!r.intact);
    ck_assert_str_eq(r.first_fault, "00000000000000000001.log line 2: the document was changed: "
                                    "its digest differs");
}
END_TEST

/* A crash can leave a document's line whole in length and not in its bytes. */
START_TEST(after_a_torn_document_nothing_is_appended)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;

    must_append("one", NULL);
    must_append("two", value_str(&arena, long_text));
    load(first, &text, &len);
    char *const document = memmem(text, len, "longer", 6);
    memset(document, '\0', 6);
    store(first, text, (size_t)(strchr(document + 6, '\n') + 1 - text));
    must_append("three", NULL);
    ck_assert_uint_eq(walked(NULL, NULL).segments, 2);
}
END_TEST

START_TEST(a_write_that_fails_leaves_nothing)
{
    char *const many = malloc(200000);
    struct err err = ERR_INIT;

    memset(many, 'x', 200000);
    must_append("one", NULL);
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){100000, 1 << 30}), 0);
    ck_assert_int_eq(append("two", value_string(&arena, many, 200000), &err), -1);
    ck_assert_int_eq(err.sys, EFBIG);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){1 << 30, 1 << 30}), 0);
    free(many);

    struct stat st;
    ck_assert_int_eq(stat(first, &st), 0);
    ck_assert_int_lt((int)st.st_size, 1000);
    must_append("three", NULL);
    const struct spool_report r = walked(NULL, NULL);
    ck_assert_msg(r.intact, "%s", r.first_fault);
    ck_assert_uint_eq(r.records, 2);
}
END_TEST

START_TEST(the_reserve_carries_a_refusal_on_a_full_disk)
{
    AUTO_SPOOL struct spool s = SPOOL_INIT;
    struct err err = ERR_INIT;
    char path[160];

    if (mount("tmpfs", dir, "tmpfs", 0, "size=16m") < 0)
        return; /* needs a user that may mount */
    must_append("one", NULL);
    (void)snprintf(path, sizeof(path), "%s/fill", dir);
    AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    char block[4096] = "x";
    while (write(fd, block, sizeof(block)) > 0)
        continue;

    char *const long_id = malloc(20000);
    memset(long_id, 'i', 19999);
    long_id[19999] = '\0';
    ck_assert_int_eq(spool_open(&s, dir, &err), 0);
    ck_assert_int_eq(spool_append(&s, NULL, record_of(long_id), &err), -1);
    ck_assert_int_eq(err.sys, ENOSPC);
    ck_assert_int_eq(spool_release_reserve(&s, &err), 0);
    ck_assert_msg(spool_append(&s, NULL, record_of(long_id), &err) == 0, "%s", err.text);
    free(long_id);
    const struct spool_report r = walked(NULL, NULL);
    spool_close(&s);
    own_close(&fd);
    ck_assert_int_eq(umount2(dir, MNT_DETACH), 0);
    ck_assert_msg(r.intact, "%s", r.first_fault);
    ck_assert_uint_eq(r.records, 2);
}
END_TEST

START_TEST(documents_have_a_quota_of_the_day)
{
    AUTO_SPOOL struct spool s = SPOOL_INIT;
    const int64_t now = clock_wall_ns(), day = (int64_t)24 * 60 * 60 * 1000000000;
    struct err err = ERR_INIT;
    char path[160];

    must_append("one", value_str(&arena, "a document"));
    ck_assert_int_eq(spool_open(&s, dir, &err), 0);
    ck_assert(spool_room(&s, 1024, now));
    ck_assert(!spool_room(&s, 0, now));
    ck_assert(!spool_room(&s, 10, now));
    must_append("two", value_str(&arena, "a document")); /* known: it takes no room */
    ck_assert(spool_room(&s, 120, now));
    must_append("three", value_str(&arena, "another document"));
    ck_assert(!spool_room(&s, 120, now));
    ck_assert(spool_room(&s, 120, now + day));
    ck_assert(!spool_room(&s, 120, now));
    /* What the file holds is a hint. */
    (void)snprintf(path, sizeof(path), "%s/spool/lock", dir);
    ck_assert_int_eq(truncate(path, 3), 0);
    ck_assert(spool_room(&s, 10, now));
}
END_TEST

START_TEST(documents_leave_some_of_the_disk)
{
    AUTO_SPOOL struct spool s = SPOOL_INIT;
    struct err err = ERR_INIT;
    char path[160];
    char block[4096] = "x";

    if (mount("tmpfs", dir, "tmpfs", 0, "size=16m") < 0)
        return; /* needs a user that may mount */
    must_append("one", value_str(&arena, "a document"));
    ck_assert_int_eq(spool_open(&s, dir, &err), 0);
    ck_assert(spool_room(&s, 1 << 20, clock_wall_ns()));
    (void)snprintf(path, sizeof(path), "%s/fill", dir);
    AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    for (size_t i = 0; i < ((size_t)14900 << 10) / sizeof(block); i++)
        ck_assert_int_eq(write(fd, block, sizeof(block)), (ssize_t)sizeof(block));
    ck_assert(!spool_room(&s, 1 << 20, clock_wall_ns()));
    spool_close(&s);
    own_close(&fd);
    ck_assert_int_eq(umount2(dir, MNT_DETACH), 0);
}
END_TEST

START_TEST(a_sealed_segment_gets_no_more_entries)
{
    must_append("one", NULL);
    ck_assert_int_eq(chmod(first, 0400), 0);
    must_append("two", NULL);
    const struct spool_report r = walked(NULL, NULL);
    ck_assert_msg(r.intact, "%s", r.first_fault);
    ck_assert_uint_eq(r.segments, 2);
    ck_assert_uint_eq(r.records, 2);
}
END_TEST

START_TEST(a_spool_that_others_can_change_is_not_used)
{
    char path[128];
    struct err err = ERR_INIT;

    must_append("one", NULL);
    (void)snprintf(path, sizeof(path), "%s/spool", dir);
    ck_assert_int_eq(chmod(path, 0777), 0);
    ck_assert_int_eq(append("two", NULL, &err), -1);
    ck_assert_int_eq(err.code, ERR_TRUST);
    ck_assert_int_eq(chmod(path, 0700), 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("spool");
    TCase *const c = tcase_create("spool");

    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, make_dir, drop_dir);
    tcase_add_test(c, records_and_blobs_come_back_in_order);
    tcase_add_test(c, an_index_that_lies_does_not_lose_a_blob);
    tcase_add_test(c, a_torn_tail_is_cut_before_the_next_append);
    tcase_add_test(c, a_first_write_that_never_came_is_begun_anew);
    tcase_add_test(c, an_edited_entry_is_found_and_ends_the_segment);
    tcase_add_test(c, dropped_and_reordered_entries_are_found);
    tcase_add_test(c, full_segments_are_followed_by_new_ones_and_a_missing_one_is_found);
    tcase_add_test(c, writers_at_the_same_time_make_one_chain);
    tcase_add_test(c, the_wait_for_the_lock_is_bounded);
    tcase_add_test(c, a_note_is_chained_and_waits_for_nobody);
    tcase_add_test(c, a_redacted_document_leaves_the_chain_whole);
    tcase_add_test(c, a_changed_document_is_found);
    tcase_add_test(c, after_a_torn_document_nothing_is_appended);
    tcase_add_test(c, a_write_that_fails_leaves_nothing);
    tcase_add_test(c, the_reserve_carries_a_refusal_on_a_full_disk);
    tcase_add_test(c, documents_have_a_quota_of_the_day);
    tcase_add_test(c, documents_leave_some_of_the_disk);
    tcase_add_test(c, a_sealed_segment_gets_no_more_entries);
    tcase_add_test(c, a_spool_that_others_can_change_is_not_used);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
