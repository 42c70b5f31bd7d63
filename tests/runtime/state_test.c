#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/own.h"
#include "policy/value/json.h"
#include "runtime/state.h"

#include "tests/help/place.h"
#include "tests/help/suite.h"

static char top[PLACE_MAX], dir[PLACE_MAX + 8], root[PLACE_MAX + 8];
static struct arena arena;

static void begin(void)
{
    place_make(top, "/tmp");
    (void)snprintf(dir, sizeof(dir), "%s/state", top);
    (void)snprintf(root, sizeof(root), "%s/root", top);
    ck_assert_int_eq(mkdir(root, 0700), 0);
    arena = ARENA_INIT((size_t)8 << 20);
}

static void end(void)
{
    place_remove(top);
    arena_done(&arena);
}

static const struct value *json(const char *text)
{
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(json_parse(&arena, text, strlen(text), JSON_STRICT, &v, NULL, &err) == 0, "%s",
                  err.text);
    return v;
}

static struct state of(const char *id)
{
    return (struct state){.dir = dir, .root = root, .id = id};
}

static const struct value *load(const struct state *s)
{
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(state_load(s, &arena, &v, &err) == 0, "%s", err.text);
    return v;
}

static void save(const struct state *s, const char *text)
{
    struct err err = ERR_INIT;

    ck_assert_msg(state_save(s, json(text), &err) == 0, "%s", err.text);
}

START_TEST(a_state_comes_back_for_its_root_and_id_only)
{
    const struct state web = of("web"), db = of("db");
    struct state other = web;

    ck_assert_ptr_null(load(&web));
    save(&web, "{\"id\":\"web\"}");
    ck_assert(value_is_str(value_field(load(&web), "id"), "web"));
    ck_assert_ptr_null(load(&db));
    other.root = "/run/elsewhere";
    ck_assert_ptr_null(load(&other));
    state_drop(&web);
    ck_assert_ptr_null(load(&web));
    state_drop(&web);
}
END_TEST

START_TEST(only_root_reads_it)
{
    const struct state web = of("web");
    char path[400];
    struct stat st;
    struct err err = ERR_INIT;

    ck_assert_int_eq(state_keep(&web, "verify", json("[1]"), path, sizeof(path), &err), 0);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(stat(dir, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);
    state_drop(&web);
    ck_assert_int_eq(stat(path, &st), -1);

    ck_assert_int_eq(chmod(dir, 0777), 0);
    const struct value *v = NULL;
    ck_assert_int_eq(state_load(&web, &arena, &v, &err), -1);
    ck_assert_int_eq(err.code, ERR_TRUST);
    ck_assert_int_eq(state_save(&web, json("{}"), &err), -1);
}
END_TEST

START_TEST(ids_never_leave_the_directory)
{
    static const char *const bad[] = {"", "..", ".hidden", "a/b", "../x", "a\nb", "\xc3\xa9"};
    struct err err = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const struct state s = of(bad[i]);

        ck_assert_msg(state_save(&s, json("{}"), &err) == -1, "'%s' was taken", bad[i]);
        ck_assert_int_eq(err.code, ERR_INVALID);
    }
    char long_id[202];
    memset(long_id, 'a', 201);
    long_id[201] = '\0';
    const struct state past = of(long_id);
    ck_assert_int_eq(state_save(&past, json("{}"), &err), -1);
    const struct state limit = of(long_id + 1);
    ck_assert_int_eq(state_save(&limit, json("{}"), &err), 0);
}
END_TEST

static void make_old(const struct state *s)
{
    char path[400];
    struct err err = ERR_INIT;
    const struct timespec old[2] = {{.tv_sec = time(NULL) - STATE_COLLECT_AGE - 10},
                                    {.tv_sec = time(NULL) - STATE_COLLECT_AGE - 10}};

    ck_assert_int_eq(state_keep(s, "verify", json("{}"), path, sizeof(path), &err), 0);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
    char *const dot = strstr(path, ".verify.json");
    memcpy(dot, ".json", sizeof(".json"));
    ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
}

START_TEST(states_of_containers_that_are_gone_are_dropped)
{
    const struct state gone = of("gone"), there = of("there"), young = of("young");
    char path[200];

    save(&gone, "{}");
    save(&there, "{}");
    save(&young, "{}");
    make_old(&gone);
    make_old(&there);
    (void)snprintf(path, sizeof(path), "%s/there", root);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    state_collect(&young);
    ck_assert_ptr_null(load(&gone));
    ck_assert_ptr_nonnull(load(&there));
    ck_assert_ptr_nonnull(load(&young));
}
END_TEST

START_TEST(a_state_stays_while_the_runtime_has_the_container)
{
    const struct state web = of("web"), next = of("next");
    char path[160];

    (void)snprintf(path, sizeof(path), "%s/web", root);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    save(&web, "{\"id\":\"web\"}");
    state_leave(&web);
    ck_assert_ptr_nonnull(load(&web)); /* the delete may fail yet */
    state_collect(&web);
    ck_assert_ptr_nonnull(load(&web));
    ck_assert_int_eq(rmdir(path), 0);
    state_collect(&web); /* it starts again: the caller's own */
    ck_assert_ptr_nonnull(load(&web));
    state_collect(&next);
    ck_assert_ptr_null(load(&web));
    save(&web, "{\"id\":\"web\"}");
    state_leave(&web); /* gone already */
    ck_assert_ptr_null(load(&web));
}
END_TEST

START_TEST(identical_decisions_within_a_minute_are_counted)
{
    const struct value *state = json("{\"id\":\"web\"}"), *next = NULL;
    const int64_t t = 1795533799000000000, second = 1000000000;
    uint64_t repeated = 9;

    ck_assert(!state_repeats(&arena, state, "d1", t, &next, &repeated));
    ck_assert_uint_eq(repeated, 0);
    ck_assert(value_is_str(value_field(next, "id"), "web"));
    ck_assert(state_repeats(&arena, next, "d1", t + 59 * second, &next, &repeated));
    ck_assert(state_repeats(&arena, next, "d1", t + 59 * second, &next, &repeated));
    /* Two health checks in turn are two decisions, each counted. */
    ck_assert(!state_repeats(&arena, next, "d2", t + 59 * second, &next, &repeated));
    ck_assert_uint_eq(repeated, 0);
    ck_assert(state_repeats(&arena, next, "d1", t + 59 * second, &next, &repeated));
    ck_assert(state_repeats(&arena, next, "d2", t + 60 * second, &next, &repeated));
    ck_assert(!state_repeats(&arena, next, "d1", t + 60 * second, &next, &repeated));
    ck_assert_uint_eq(repeated, 3);
    ck_assert(!state_repeats(&arena, next, "d2", t + 119 * second, &next, &repeated));
    ck_assert_uint_eq(repeated, 1);
    /* A clock that was set back does not count for ever. */
    ck_assert(!state_repeats(&arena, next, "d2", t, &next, &repeated));
}
END_TEST

START_TEST(only_so_many_decisions_are_told_apart)
{
    const struct value *state = json("{\"id\":\"web\"}");
    uint64_t repeated = 0;
    char digest[16];

    for (int i = 0; i <= STATE_RECENT_MAX; i++) {
        (void)snprintf(digest, sizeof(digest), "d%d", i);
        ck_assert(!state_repeats(&arena, state, digest, 1, &state, &repeated));
        ck_assert_uint_le(value_field(state, "recent")->count, STATE_RECENT_MAX);
    }
    ck_assert(state_repeats(&arena, state, "d1", 2, &state, &repeated));
    ck_assert(!state_repeats(&arena, state, "d0", 2, &state, &repeated));
}
END_TEST

START_TEST(a_state_tells_what_was_admitted)
{
    const struct state web = of("web");
    const struct value *doc = NULL;
    struct err err = ERR_INIT;
    const struct decision d = {
        .verdict = VERDICT_HARDEN,
        .actions = json("[{\"action\":\"stdio_owner\",\"uid\":33}]"),
        .input = json(
            "{\"config\":{\"process\":{\"user\":{\"uid\":33,\"gid\":34,\"additionalGids\":[5]},"
            "\"noNewPrivileges\":true,\"apparmorProfile\":\"docker-default\"},\"linux\":{"
            "\"resources\":{\"pids\":{\"limit\":7}}}},\"facts\":{\"capabilities\":{\"union\":["
            "\"CAP_KILL\"]},\"process\":{\"home\":\"/srv\"}},\"container\":{\"scope\":\"container\"}}"),
    };

    ck_assert_int_eq(state_build(&arena, &web, "/b", "ID", &d, "dd", &doc, &err), 0);
    const struct value *const a = value_field(doc, "admitted");
    const struct value *const want = json(
        "{\"id\":\"ID\",\"verdict\":\"harden\",\"uid\":33,\"gid\":34,\"groups\":[5],\"capabilities\":["
        "\"CAP_KILL\"],\"no_new_privileges\":true,\"apparmor_profile\":\"docker-default\",\"home\":"
        "\"/srv\",\"scope\":\"container\",\"actions\":[{\"action\":\"stdio_owner\",\"uid\":33}],"
        "\"resources\":{\"pids\":{\"limit\":7}}}");
    ck_assert(value_equal(a, want));
    ck_assert(value_is_str(value_field(doc, "bundle"), "/b"));
    ck_assert(value_equal(value_field(doc, "config"), value_field(d.input, "config")));
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("state");
    TCase *const c = tcase_create("state");

    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, a_state_comes_back_for_its_root_and_id_only);
    tcase_add_test(c, only_root_reads_it);
    tcase_add_test(c, ids_never_leave_the_directory);
    tcase_add_test(c, states_of_containers_that_are_gone_are_dropped);
    tcase_add_test(c, a_state_stays_while_the_runtime_has_the_container);
    tcase_add_test(c, identical_decisions_within_a_minute_are_counted);
    tcase_add_test(c, only_so_many_decisions_are_told_apart);
    tcase_add_test(c, a_state_tells_what_was_admitted);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
