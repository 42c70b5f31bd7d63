/* The log: RFC 6962's hashes, proofs of every size against a plain reading of the RFC, crash and
 * tampering. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/log/bundle.h"
#include "audit/log/log.h"
#include "audit/log/state.h"
#include "audit/spool.h"
#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"

#include "tests/help/place.h"
#include "tests/help/suite.h"

static char dir[PLACE_MAX];
static struct err err;
static struct note_key key;

static void begin(void)
{
    char path[128];

    err = ERR_INIT;
    place_make(dir, "/tmp");
    (void)snprintf(path, sizeof(path), "%s/key.pem", dir);
    ck_assert_msg(note_key_make(path, "audit.example/h", NOTE_ED25519, &key, &err) == 0, "%s",
                  err.text);
}

static void end(void)
{
    note_key_close(&key);
    place_remove(dir);
}

/* MTH of leaves [first, first + n), straight from RFC 6962. */
static struct merkle_hash mth(uint64_t first, uint64_t n)
{
    char leaf[32];

    if (n == 0)
        return merkle_empty();
    if (n == 1)
        return merkle_leaf(leaf, (size_t)snprintf(leaf, sizeof(leaf), "entry %d", (int)first));
    uint64_t k = 1;
    while (k * 2 < n)
        k *= 2;
    const struct merkle_hash left = mth(first, k), right = mth(first + k, n - k);
    return merkle_node(&left, &right);
}

START_TEST(known_hashes)
{
    static const uint8_t empty[4] = {0xe3, 0xb0, 0xc4, 0x42};
    static const uint8_t leaf[4] = {0x6e, 0x34, 0x0b, 0x9c}; /* of the empty leaf */
    const struct merkle_hash e = merkle_empty(), l = merkle_leaf("", 0);

    ck_assert_mem_eq(e.b, empty, 4);
    ck_assert_mem_eq(l.b, leaf, 4);
}
END_TEST

START_TEST(tile_paths_group_by_three_digits)
{
    char path[TILE_PATH_MAX];

    tile_path(0, 1234067, TILE_WIDTH, path);
    ck_assert_str_eq(path, "tile/0/x001/x234/067");
    tile_path(TILE_ENTRIES, 5, 17, path);
    ck_assert_str_eq(path, "tile/entries/005.p/17");
}
END_TEST

static void grow(struct edge *e, uint64_t to)
{
    char entry[32];

    while (e->size < to) {
        const int n = snprintf(entry, sizeof(entry), "entry %d", (int)e->size);
        ck_assert_msg(edge_add(e, entry, (size_t)n, &err) == 0, "%s", err.text);
    }
    ck_assert_msg(edge_write(e, &err) == 0, "%s", err.text);
}

START_TEST(roots_and_proofs_agree_with_the_rfc)
{
    static const uint64_t sizes[] = {1, 2, 3, 7, 8, 255, 256, 257, 300, 511, 512, 600, 70000};
    AUTO_FREE struct edge *e = calloc(1, sizeof(*e));
    AUTO_FREE struct tiles *t = calloc(1, sizeof(*t));
    AUTO_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
        const uint64_t size = sizes[s];
        struct merkle_hash root, want = mth(0, size);
        struct merkle_proof p;

        edge_done(e);
        ck_assert_msg(edge_open(e, fd, s == 0 ? 0 : sizes[s - 1], &err) == 0, "%s", err.text);
        grow(e, size);
        tiles_init(t, fd, size);
        ck_assert_msg(tiles_root(t, &root, &err) == 0, "%s", err.text);
        ck_assert_msg(merkle_equal(&root, &want), "root of %d", (int)size);
        for (uint64_t i = 0; i < size; i += 1 + size / 40) {
            const struct merkle_hash leaf = mth(i, 1);

            ck_assert_int_eq(tiles_inclusion(t, i, &p, &err), 0);
            ck_assert_msg(merkle_included(&p, i, size, &leaf, &root), "%d of %d", (int)i,
                          (int)size);
            ck_assert(!merkle_included(&p, (i + 1) % (size + 1), size, &leaf, &root));
            if (p.n > 0) {
                p.at[p.n / 2].b[3] ^= 1;
                ck_assert(!merkle_included(&p, i, size, &leaf, &root));
            }
        }
        for (uint64_t old = 0; old <= size; old += 1 + size / 40) {
            const struct merkle_hash old_root = mth(0, old);

            ck_assert_int_eq(tiles_consistency(t, old, &p, &err), 0);
            ck_assert_msg(merkle_consistent(&p, old, size, &old_root, &root), "%d in %d", (int)old,
                          (int)size);
            if (old > 0 && old < size) {
                ck_assert(!merkle_consistent(&p, old, size, &root, &root));
                p.at[p.n - 1].b[0] ^= 1;
                ck_assert(!merkle_consistent(&p, old, size, &old_root, &root));
            }
        }
    }
    edge_done(e);
}
END_TEST

/* --- the whole, from a spool ------------------------------------------------------------------ */

static void record(int n)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    AUTO_SPOOL struct spool s = SPOOL_INIT;
    struct value_fields f = {0};

    value_fields_add(&a, &f, "decision_id", value_strf(&a, "id-%d", n));
    ck_assert_msg(spool_open(&s, dir, &err) == 0, "%s", err.text);
    ck_assert_msg(spool_append(&s, NULL, value_fields_object(&a, &f), &err) == 0, "%s", err.text);
}

static struct log_summary integrate(void)
{
    struct log_summary sum = {0};

    ck_assert_msg(log_integrate(dir, "audit.example/h", &key, 1, &sum, &err) == 0, "%s", err.text);
    return sum;
}

static struct log_summary verify(const char *known)
{
    struct log_summary sum = {0};

    ck_assert_msg(log_verify(dir, &key, known, known ? strlen(known) : 0, &sum, &err) == 0, "%s",
                  err.text);
    return sum;
}

static char *checkpoint(void)
{
    char path[128], *text = NULL;
    size_t len = 0;

    (void)snprintf(path, sizeof(path), "%s/log/checkpoint", dir);
    ck_assert_int_eq(file_read_at(AT_FDCWD, path, NOTE_MAX, &text, &len, NULL, &err), 0);
    return text;
}

/* Change one byte of a file: the one at `at`, counted from its end when negative. */
static void spoil(const char *name, long at)
{
    char path[200];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *const f = fopen(path, "r+e");
    ck_assert_msg(f != NULL, "%s", path);
    ck_assert_int_eq(fseek(f, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    const int c = fgetc(f);
    ck_assert_int_eq(fseek(f, -1, SEEK_CUR), 0);
    ck_assert_int_ne(fputc(c ^ 1, f), EOF);
    ck_assert_int_eq(fclose(f), 0);
}

static void fill(void)
{
    for (int i = 0; i < 270; i++)
        record(i);
    const struct log_summary sum = integrate();
    ck_assert_int_eq((int)sum.size, 270);
    ck_assert_int_eq((int)sum.added, 270);
}

START_TEST(integration_goes_on_where_it_stood)
{
    fill();
    record(270);
    ck_assert_int_eq((int)verify(NULL).pending, 1);
    AUTO_FREE char *known = checkpoint();
    ck_assert_int_eq((int)integrate().added, 1);
    ck_assert_int_eq((int)integrate().added, 0);
    const struct log_summary sum = verify(known);
    ck_assert_msg(sum.intact, "%s", sum.fault);
    ck_assert_int_eq((int)sum.size, 271);
    ck_assert_int_eq((int)sum.pending, 0);
}
END_TEST

START_TEST(a_crash_before_the_commit_point_repeats)
{
    AUTO_FD int fd = -1;
    struct log_state zero = {0};

    fill();
    fd = log_open(dir, 0, &err);
    ck_assert_int_eq(state_write(fd, &zero, &err), 0); /* as if state had never been replaced */
    ck_assert_int_eq((int)integrate().size, 270);
    const struct log_summary sum = verify(NULL);
    ck_assert_msg(sum.intact, "%s", sum.fault);
}
END_TEST

static const struct {
    const char *file;
    long at;
    const char *says;
} spoils[] = {
    {"log/tile/entries/000", 20, "entry 0 was changed"},
    {"log/tile/entries/001.p/14", -2, "entry 269 was changed"},
    {"log/tile/0/000", 40, "entry 1 was changed"},
    {"log/tile/1/000.p/1", 0, "tile level 1 hash 0"},
    {"log/checkpoint", 20, "checkpoint:"},
    {"spool/00000000000000000001.log", -3, "spool"},
};

START_TEST(every_change_is_named)
{
    fill();
    ck_assert(verify(NULL).intact);
    spoil(spoils[_i].file, spoils[_i].at);
    const struct log_summary sum = verify(NULL);
    ck_assert(!sum.intact);
    ck_assert_msg(strstr(sum.fault, spoils[_i].says) != NULL, "%s: %s", spoils[_i].file, sum.fault);
}
END_TEST

START_TEST(a_missing_tile_is_named)
{
    char path[200];

    fill();
    (void)snprintf(path, sizeof(path), "%s/log/tile/0/000", dir);
    ck_assert_int_eq(unlink(path), 0);
    const struct log_summary sum = verify(NULL);
    ck_assert(!sum.intact);
    ck_assert_ptr_nonnull(strstr(sum.fault, "tile/0/000"));
}
END_TEST

START_TEST(a_rolled_back_log_is_named)
{
    char path[200];

    fill();
    AUTO_FREE char *old = checkpoint();
    record(270);
    integrate();
    AUTO_FREE char *now = checkpoint();

    /* The old checkpoint put back: the integrator's state knows better. */
    (void)snprintf(path, sizeof(path), "%s/log/checkpoint", dir);
    ck_assert_int_eq(file_replace_at(AT_FDCWD, path, old, strlen(old), NULL, 0644, 0, &err), 0);
    struct log_summary sum = verify(NULL);
    ck_assert(!sum.intact);
    ck_assert_ptr_nonnull(strstr(sum.fault, "rolled back"));

    /* A whole new log: a checkpoint kept elsewhere knows better. */
    char command[300];
    (void)snprintf(command, sizeof(command), "%s/log", dir);
    place_remove(command);
    (void)snprintf(command, sizeof(command), "%s/spool", dir);
    place_remove(command);
    for (int i = 0; i < 300; i++)
        record(1000 + i);
    integrate();
    ck_assert(verify(NULL).intact);
    sum = verify(now);
    ck_assert(!sum.intact);
    ck_assert_ptr_nonnull(strstr(sum.fault, "forked"));
}
END_TEST

START_TEST(proofs_hold_for_their_entry_alone)
{
    AUTO_BUF struct buf proof = BUF_INIT;
    AUTO_FREE char *entry = NULL;
    AUTO_FREE char *other = NULL;
    size_t len = 0, other_len = 0;
    uint64_t index = 0;

    fill();
    ck_assert_msg(log_find(dir, "id-257", &index, &err) == 0, "%s", err.text);
    ck_assert_int_eq((int)index, 257);
    ck_assert_int_eq(log_entry(dir, 257, &entry, &len, &err), 0);
    ck_assert_int_eq(log_entry(dir, 256, &other, &other_len, &err), 0);
    ck_assert_msg(log_prove(dir, 257, &proof, &err) == 0, "%s", err.text);
    ck_assert_msg(log_check_proof(proof.data, proof.len, entry, len, &key, NULL, &err) == 0, "%s",
                  err.text);
    ck_assert_int_eq(log_check_proof(proof.data, proof.len, other, other_len, &key, NULL, &err),
                     -1);
    ck_assert_int_eq(err.code, ERR_TRUST);
    ck_assert_int_eq(log_find(dir, "id-270", &index, &err), -1);
}
END_TEST

START_TEST(keys_go_through_their_text)
{
    AUTO_BUF struct buf text = BUF_INIT;
    AUTO_NOTE_KEY struct note_key back = NOTE_KEY_INIT;

    note_key_print(&text, &key);
    ck_assert_msg(note_key_parse(text.data, &back, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(back.id, key.id);
    ck_assert_mem_eq(back.public, key.public, 32);
    text.data[text.len - 3] = text.data[text.len - 3] == 'A' ? 'B' : 'A';
    AUTO_NOTE_KEY struct note_key wrong = NOTE_KEY_INIT;
    ck_assert_int_eq(note_key_parse(text.data, &wrong, &err), -1);
}
END_TEST

START_TEST(base64_has_one_text_for_one_value)
{
    uint8_t out[8];

    ck_assert_int_eq(note_unbase64("TQ==", 4, out, 8), 1);
    ck_assert_int_eq(note_unbase64("TR==", 4, out, 8), -1);
    ck_assert_int_eq(note_unbase64("TWE=", 4, out, 8), 2);
    ck_assert_int_eq(note_unbase64("T===", 4, out, 8), -1);
    ck_assert_int_eq(note_unbase64("TWFu", 4, out, 2), -1);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("log");
    TCase *const t = tcase_create("log");

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, known_hashes);
    tcase_add_test(t, tile_paths_group_by_three_digits);
    tcase_add_test(t, roots_and_proofs_agree_with_the_rfc);
    tcase_add_test(t, integration_goes_on_where_it_stood);
    tcase_add_test(t, a_crash_before_the_commit_point_repeats);
    tcase_add_loop_test(t, every_change_is_named, 0, (int)ARRAY_LEN(spoils));
    tcase_add_test(t, a_missing_tile_is_named);
    tcase_add_test(t, a_rolled_back_log_is_named);
    tcase_add_test(t, proofs_hold_for_their_entry_alone);
    tcase_add_test(t, keys_go_through_their_text);
    tcase_add_test(t, base64_has_one_text_for_one_value);
    suite_add_tcase(s, t);
    return run_suite(s);
}
