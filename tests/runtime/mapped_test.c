/* map_root's plan: which mounts are made, and how the document is pointed at them. */
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "runtime/mapped.h"

#include "tests/help/json.h"
#include "tests/help/place.h"
#include "tests/help/suite.h"

static struct arena arena;
static char top[PLACE_MAX], dir[PLACE_MAX + 16];
static struct mapped plan;

static void begin(void)
{
    arena = ARENA_INIT((size_t)8 << 20);
    place_make(top, "/tmp");
    (void)snprintf(dir, sizeof(dir), "%s/state", top);
}

static void end(void)
{
    place_remove(top);
    arena_done(&arena);
}

static const char good[] = "{\"action\":\"map_root\",\"base\":1879048192,\"count\":65536}";

/* Plan for these mounts and facts of mounts; the document afterwards, with the stage as STAGE. */
static const char *document(const char *mounts, const char *facts, struct err *err)
{
    const struct state s = {.dir = dir, .root = "/run/runc", .id = "web"};
    const struct value *doc = from_json(
        &arena, arena_printf(&arena,
                             "{\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":\"/n\"},"
                             "{\"type\":\"ipc\"}]},\"mounts\":%s,\"root\":{\"path\":\"/r\"}}",
                             mounts));
    const struct decision d = {
        .input =
            from_json(&arena, arena_printf(&arena,
                                           "{\"facts\":{\"rootfs\":{\"resolved\":\"/r\",\"dev\":"
                                           "\"1:2\",\"ino\":3},\"mounts\":%s}}",
                                           facts))};

    if (mapped_plan(&arena, &s, &d, from_json(&arena, good), &plan, &doc, err) < 0)
        return NULL;
    const char *text = to_json(&arena, doc);
    char *out = arena_zalloc(&arena, 1, strlen(text) + 1), *to = out;
    const size_t n = strlen(plan.dir);
    while (*text) {
        if (strncmp(text, plan.dir, n) == 0) {
            memcpy(to, "STAGE", 5);
            to += 5;
            text += n;
        } else {
            *to++ = *text++;
        }
    }
    return strstr(out, "\"mounts\"");
}

START_TEST(binds_are_made_for_it_and_the_rest_stays)
{
    struct err err = ERR_INIT;
    const char *const got = document(
        "[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
        "{\"destination\":\"/data\",\"source\":\"/v\",\"options\":[\"rbind\"]},"
        "{\"destination\":\"/var/lib\",\"source\":\"/r/var/lib\",\"options\":[\"bind\"]}]",
        "[{},{\"bind\":true,\"kind\":\"directory\",\"resolved\":\"/v\",\"dev\":\"1:2\",\"ino\":4},"
        "{\"bind\":true,\"own_rootfs\":true,\"kind\":\"directory\",\"resolved\":\"/r/var/lib\"}]",
        &err);

    ck_assert_msg(got != NULL, "%s", err.text);
    ck_assert_str_eq(
        got, "\"mounts\":[{\"destination\":\"/proc\",\"source\":\"proc\",\"type\":\"proc\"},"
             "{\"destination\":\"/data\",\"options\":[\"rbind\"],\"source\":\"STAGE/work/b1\"},"
             "{\"destination\":\"/var/lib\",\"options\":[\"bind\"],\"source\":\"STAGE/work/b2\"}],"
             "\"root\":{\"path\":\"STAGE/root\"}}");
    ck_assert_uint_eq(plan.n, 2);
    ck_assert(plan.binds[0].recursive && plan.binds[0].directory && !plan.binds[0].inside);
    ck_assert(!plan.binds[0].bare && !plan.binds[1].recursive);
    ck_assert_str_eq(plan.binds[1].inside, "/var/lib");
}
END_TEST

START_TEST(what_shows_a_joined_namespace_is_made_for_it)
{
    struct err err = ERR_INIT;
    const char *const got =
        document("[{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\","
                 "\"options\":[\"nosuid\",\"ro\"]},"
                 "{\"destination\":\"/dev/mqueue\",\"type\":\"mqueue\",\"source\":\"mqueue\"}]",
                 "[{},{}]", &err);

    ck_assert_msg(got != NULL, "%s", err.text);
    ck_assert_str_eq(
        got, "\"mounts\":[{\"destination\":\"/sys\",\"options\":[\"nosuid\",\"ro\",\"bind\"],"
             "\"source\":\"STAGE/work/b0\",\"type\":\"bind\"},"
             "{\"destination\":\"/dev/mqueue\",\"source\":\"mqueue\",\"type\":\"mqueue\"}],"
             "\"root\":{\"path\":\"STAGE/root\"}}");
    ck_assert_uint_eq(plan.n, 1);
    ck_assert_str_eq(plan.binds[0].shows, "sysfs");
    ck_assert_str_eq(plan.binds[0].space, "/n");
    ck_assert(plan.binds[0].readonly);
}
END_TEST

START_TEST(only_what_needs_no_mapping_may_stay_without_one)
{
    static const char *const bare[] = {"\"kind\":\"file\"",
                                       "\"kind\":\"directory\",\"readonly\":true",
                                       "\"kind\":\"directory\",\"world_writable\":true"};
    struct err err = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(bare); i++) {
        ck_assert_ptr_nonnull(document(
            "[{\"destination\":\"/d\",\"source\":\"/v\"}]",
            arena_printf(&arena, "[{\"bind\":true,\"resolved\":\"/v\",%s}]", bare[i]), &err));
        ck_assert_msg(plan.binds[0].bare, "%s", bare[i]);
    }
}
END_TEST

START_TEST(a_source_that_nobody_looked_at_is_refused)
{
    struct err err = ERR_INIT;

    ck_assert_ptr_null(
        document("[{\"destination\":\"/d\",\"source\":\"/v\"}]", "[{\"bind\":true}]", &err));
    ck_assert_int_eq(err.code, ERR_INVALID);
}
END_TEST

START_TEST(the_stage_lets_everybody_pass_and_holds_no_more)
{
    struct err err = ERR_INIT;
    struct stat st;
    char path[PATH_MAX];

    ck_assert_ptr_nonnull(document("[]", "[]", &err));
    static const char *const parts[] = {"", "/root", "/work"};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", plan.dir, parts[i]);
        ck_assert_int_eq(stat(path, &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0711);
    }
    ck_assert_int_eq(stat(dir, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0711);
    const struct state s = {.dir = dir, .root = "/run/runc", .id = "web"};
    ck_assert_int_eq(state_save(&s, from_json(&arena, "{}"), &err), 0);
    state_drop(&s);
    ck_assert_int_eq(access(plan.dir, F_OK), -1);
}
END_TEST

static const char *const shapes[] = {
    "{\"action\":\"map_root\"}",
    "{\"action\":\"map_root\",\"base\":0,\"count\":65536}",
    "{\"action\":\"map_root\",\"base\":1000,\"count\":65536}",
    "{\"action\":\"map_root\",\"base\":1879048192,\"count\":0}",
    "{\"action\":\"map_root\",\"base\":1879048192,\"count\":65537}",
    "{\"action\":\"map_root\",\"base\":4294967295,\"count\":65536}",
};

START_TEST(ranges_that_reach_the_hosts_own_ids_are_refused)
{
    struct err err = ERR_INIT;

    ck_assert_int_eq(mapped_check(from_json(&arena, shapes[_i]), &err), -1);
    ck_assert_int_eq(mapped_check(from_json(&arena, good), &err), 0);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("mapped");
    TCase *const t = tcase_create("mapped");

    (void)umask(0077);
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, binds_are_made_for_it_and_the_rest_stays);
    tcase_add_test(t, what_shows_a_joined_namespace_is_made_for_it);
    tcase_add_test(t, only_what_needs_no_mapping_may_stay_without_one);
    tcase_add_test(t, a_source_that_nobody_looked_at_is_refused);
    tcase_add_test(t, the_stage_lets_everybody_pass_and_holds_no_more);
    tcase_add_loop_test(t, ranges_that_reach_the_hosts_own_ids_are_refused, 0, ARRAY_LEN(shapes));
    suite_add_tcase(s, t);
    return run_suite(s);
}
