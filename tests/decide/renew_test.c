/* Facts of a patched document: what did not change stays, what changed is derived anew. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "facts/facts.h"
#include "policy/decide/decide.h"
#include "policy/value/json.h"
#include "policy/value/pointer.h"

#include "tests/help/suite.h"

static const struct value *input_of(struct arena *a, const char *name, enum facts_host host)
{
    char path[512];
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    const struct value *input = NULL, *doc = NULL;
    struct err err = ERR_INIT;
    struct facts_request req = {.operation = "create",
                                .caller = "lint",
                                .id = "c1",
                                .bundle_fd = -1,
                                .runtime = "runc",
                                .host = host,
                                .trusted_host = true};

    snprintf(path, sizeof(path), "tests/fixtures/%s", name);
    ck_assert(file_read_at(AT_FDCWD, path, 8 << 20, &text, &len, NULL, &err) == 0);
    ck_assert_msg(document_parse(a, text, len, &doc, &err) == 0, "%s", err.text);
    req.config = doc;
    ck_assert_msg(facts_input(a, &req, &input, &err) == 0, "%s", err.text);
    return input;
}

static const struct value *patched(struct arena *a, const struct value *input, const char *ops)
{
    const struct value *list = NULL, *after = NULL, *facts = NULL;
    struct err err = ERR_INIT;

    ck_assert(json_parse(a, ops, strlen(ops), 0, &list, NULL, &err) == 0);
    ck_assert_msg(patch_apply(a, input, list, &after, &err) == 0, "%s", err.text);
    ck_assert_msg(facts_renew(a, input, after, &facts, &err) == 0, "%s", err.text);
    return facts;
}

static const struct value *at(const struct value *v, const char *ptr)
{
    return pointer_get(v, ptr, strlen(ptr));
}

static bool unknown(const struct value *facts, const char *ptr)
{
    const struct value *const list = value_field(facts, "unknown");

    for (size_t i = 0; i < list->count; i++) {
        if (value_is_str(value_at(list, i), ptr))
            return true;
    }
    return false;
}

/* Lists of unknowns may come in another order. */
static const struct value *sorted(struct arena *a, const struct value *facts)
{
    const struct value *const list = value_field(facts, "unknown");
    const struct value **const items = arena_alloc(a, (list->count + 1u) * sizeof(*items));

    for (size_t i = 0; i < list->count; i++)
        items[i] = value_at(list, i);
    return value_object_with(a, facts, value_str(a, "unknown"), value_set(a, items, list->count));
}

static void same_facts(const struct value *x, const struct value *y, const char *name,
                       const char *patch)
{
    ck_assert_uint_eq(x->count, y->count);
    for (size_t i = 0; i < x->count; i++)
        ck_assert_msg(value_equal(value_key_at(x, i), value_key_at(y, i)) &&
                          value_equal(value_val_at(x, i), value_val_at(y, i)),
                      "%s after %s: %s differs", name, patch, value_bytes(value_key_at(x, i)));
}

/* Every place of a document by its pointer, a few levels down. */
static size_t places(struct arena *a, const struct value *v, const char *base, unsigned depth,
                     const char **out, size_t n, size_t max)
{
    const bool object = value_is(v, VALUE_OBJECT);

    for (size_t i = 0; (object || value_is(v, VALUE_ARRAY)) && i < v->count && n < max; i++) {
        const char *const at = object
                                   ? arena_printf(a, "%s/%s", base, value_bytes(value_key_at(v, i)))
                                   : arena_printf(a, "%s/%zu", base, i);

        if (!strpbrk(at, "~\"\\") && (!object || !strchr(value_bytes(value_key_at(v, i)), '/')))
            out[n++] = at;
        if (depth > 0)
            n = places(a, object ? value_val_at(v, i) : value_at(v, i), at, depth - 1, out, n, max);
    }
    return n;
}

/* Parts that read nothing of what changed are taken over. A document that shares no node with the
 * one before lets nothing be taken over: the facts must be the same. */
static void as_from_a_copy(const char *name, const struct value *input, struct arena *a,
                           const char *patch)
{
    const struct value *const quick = patched(a, input, patch);
    const struct value *const list = value_copy(a, input);
    struct err err = ERR_INIT;
    const struct value *ops = NULL, *after = NULL, *slow = NULL;

    ck_assert(json_parse(a, patch, strlen(patch), 0, &ops, NULL, &err) == 0);
    ck_assert(patch_apply(a, input, ops, &after, &err) == 0);
    ck_assert_msg(facts_renew(a, list, after, &slow, &err) == 0, "%s", err.text);
    same_facts(sorted(a, slow), sorted(a, quick), name, patch);
}

START_TEST(what_is_taken_over_is_what_would_be_derived)
{
    static const char *const names[] = {"docker-default.json",     "docker-sockmount.json",
                                        "docker-usernsremap.json", "podman-privileged.json",
                                        "cri-container.json",      "buildah-run.json"};
    static const char *const values[] = {"{}", "[]",   "\"/x\"",
                                         "1",  "true", "[{\"type\":\"user\"}]"};

    for (size_t k = 0; k < ARRAY_LEN(names); k++) {
        struct arena a = ARENA_INIT((size_t)256 << 20);
        const struct value *const input = input_of(&a, names[k], FACTS_LOOK);
        const char *place[400];
        const size_t n =
            places(&a, value_field(input, "config"), "/config", 2, place, 0, ARRAY_LEN(place));

        ck_assert_uint_gt(n, 60);
        for (size_t i = 0; i < n; i++) {
            const struct arena_mark mark = arena_mark(&a);
            const char *const op =
                i % 2 ? arena_printf(&a, "[{\"op\":\"remove\",\"path\":\"%s\"}]", place[i])
                      : arena_printf(&a, "[{\"op\":\"replace\",\"path\":\"%s\",\"value\":%s}]",
                                     place[i], values[i / 2 % ARRAY_LEN(values)]);

            as_from_a_copy(names[k], input, &a, op);
            arena_reset(&a, mark);
        }
        arena_done(&a);
    }
}
END_TEST

static void unchanged(enum facts_host host)
{
    DIR *const dir = opendir("tests/fixtures");
    unsigned seen = 0;

    ck_assert_ptr_nonnull(dir);
    for (const struct dirent *e; (e = readdir(dir));) {
        struct arena a = ARENA_INIT(64 << 20);

        if (!strstr(e->d_name, ".json") || strstr(e->d_name, ".process.") ||
            strstr(e->d_name, ".resources."))
            continue;
        const struct value *const input = input_of(&a, e->d_name, host);
        const struct value *const x = sorted(&a, value_field(input, "facts"));
        const struct value *const y = sorted(&a, patched(&a, input, "[]"));
        same_facts(x, y, e->d_name, "no patch");
        seen++;
        arena_done(&a);
    }
    (void)closedir(dir);
    ck_assert_uint_gt(seen, 60);
}

START_TEST(without_a_patch_facts_stay_what_they_were)
{
    unchanged(FACTS_LOOK);
}
END_TEST

START_TEST(without_a_host_they_stay_as_unknown_as_they_were)
{
    unchanged(FACTS_NO_HOST);
}
END_TEST

START_TEST(removing_a_mount_moves_what_was_seen_of_the_others)
{
    struct arena a = ARENA_INIT(64 << 20);
    const struct value *const input = input_of(&a, "docker-rootfsmount.json", FACTS_LOOK);
    const struct value *const facts =
        patched(&a, input, "[{\"op\":\"remove\",\"path\":\"/config/mounts/2\"}]");

    ck_assert(value_is_str(at(facts, "/mounts/6/source"), "/"));
    ck_assert(value_is_str(at(facts, "/mounts/6/sensitive"), "/"));
    ck_assert(value_equal(at(facts, "/mounts/6/ino"), at(input, "/facts/mounts/7/ino")));
    arena_done(&a);
}
END_TEST

START_TEST(a_source_that_nobody_looked_at_is_unknown)
{
    struct arena a = ARENA_INIT(64 << 20);
    const struct value *const input = input_of(&a, "docker-rootfsmount.json", FACTS_LOOK);
    const struct value *const facts =
        patched(&a, input,
                "[{\"op\":\"replace\",\"path\":\"/config/mounts/7/source\",\"value\":\"/etc\"}]");

    ck_assert_ptr_null(at(facts, "/mounts/7/kind"));
    ck_assert_ptr_null(at(facts, "/mounts/7/sensitive"));
    ck_assert(unknown(facts, "/facts/mounts/7/sensitive"));
    arena_done(&a);
}
END_TEST

START_TEST(what_analysis_yields_is_derived_anew)
{
    struct arena a = ARENA_INIT(64 << 20);
    const struct value *const input = input_of(&a, "docker-default.json", FACTS_LOOK);
    const struct value *const facts = patched(
        &a, input,
        "[{\"op\":\"replace\",\"path\":\"/config/process/user/uid\",\"value\":1000},"
        "{\"op\":\"add\",\"path\":\"/config/process/noNewPrivileges\",\"value\":true},"
        "{\"op\":\"add\",\"path\":\"/config/root/readonly\",\"value\":true},"
        "{\"op\":\"add\",\"path\":\"/config/linux/resources/pids\",\"value\":{\"limit\":100}},"
        "{\"op\":\"add\",\"path\":\"/config/process/apparmorProfile\",\"value\":\"other\"}]");

    ck_assert(!value_bool(at(facts, "/process/root")));
    ck_assert(!value_bool(at(facts, "/process/root_in_host")));
    ck_assert(value_bool(at(facts, "/process/no_new_privileges")));
    ck_assert(value_bool(at(facts, "/rootfs/readonly")));
    ck_assert(value_bool(at(facts, "/resources/pids_limited")));
    ck_assert(unknown(facts, "/facts/lsm/apparmor/loaded"));
    arena_done(&a);
}
END_TEST

START_TEST(a_bind_of_the_own_root_is_known_as_such)
{
    struct arena a = ARENA_INIT(64 << 20);
    const struct value *const input = input_of(&a, "docker-default.json", FACTS_LOOK);
    const struct value *const facts = patched(
        &a, input,
        "[{\"op\":\"add\",\"path\":\"/config/mounts/-\",\"value\":{\"destination\":\"/var/lib/x\","
        "\"type\":\"bind\",\"options\":[\"rbind\",\"nosuid\",\"nodev\"],\"source\":\"/srv/engines/dk/"
        "data/overlay2/655deda02e10ad36e94d0148aa073b6147b5217a4ac9048bc8ea38389df4ac05/merged/var/"
        "lib/x\"}}]");

    ck_assert(value_bool(at(facts, "/mounts/10/own_rootfs")));
    ck_assert(!unknown(facts, "/facts/mounts/10/sensitive"));
    ck_assert(unknown(facts, "/facts/mounts/10/kind"));
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("renew");
    TCase *const t = tcase_create("renew");

    tcase_set_timeout(t, 60);
    tcase_add_test(t, without_a_patch_facts_stay_what_they_were);
    tcase_add_test(t, without_a_host_they_stay_as_unknown_as_they_were);
    tcase_add_test(t, what_is_taken_over_is_what_would_be_derived);
    tcase_add_test(t, removing_a_mount_moves_what_was_seen_of_the_others);
    tcase_add_test(t, a_source_that_nobody_looked_at_is_unknown);
    tcase_add_test(t, what_analysis_yields_is_derived_anew);
    tcase_add_test(t, a_bind_of_the_own_root_is_known_as_such);
    suite_add_tcase(s, t);
    return run_suite(s);
}
