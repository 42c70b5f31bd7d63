/* Whom a container runs as is decided once. */
#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "runtime/chosen.h"

#include "tests/help/json.h"
#include "tests/help/place.h"
#include "tests/help/suite.h"

static struct arena arena;
static char top[PLACE_MAX], dir[PLACE_MAX + 16];

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

static struct state of(const char *id)
{
    return (struct state){.dir = dir, .root = "/run/runc", .id = id};
}

static const struct value *config(const char *args)
{
    return from_json(&arena,
                     arena_printf(&arena,
                                  "{\"root\":{\"path\":\"%s\"},\"process\":{\"args\":[\"%s\"],"
                                  "\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0}}}",
                                  top, args));
}

static struct decision decided(const char *user, const char *actions)
{
    return (struct decision){
        .input = from_json(&arena, arena_printf(&arena,
                                                "{\"config\":{\"process\":{\"user\":%s}},"
                                                "\"facts\":{\"process\":{\"home\":\"/data\"}}}",
                                                user)),
        .actions = from_json(&arena, actions),
    };
}

static const char *load(const char *id, const char *args)
{
    const struct state s = of(id);
    const struct value *out = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(chosen_load(&s, &arena, config(args), AT_FDCWD, &out, &err) == 0, "%s", err.text);
    return out ? to_json(&arena, out) : "";
}

static void save(const char *id, const char *args, const struct decision *d)
{
    const struct state s = of(id);
    struct err err = ERR_INIT;

    ck_assert_msg(chosen_save(&s, &arena, config(args), AT_FDCWD, d, &err) == 0, "%s", err.text);
}

START_TEST(a_user_is_remembered_for_its_container_and_process)
{
    const struct decision d = decided("{\"uid\":999,\"gid\":998,\"additionalGids\":[5]}", "[]");

    ck_assert_str_eq(load("web", "redis"), "");
    save("web", "redis", &d);
    ck_assert_str_eq(load("web", "redis"),
                     "{\"gid\":998,\"groups\":[5],\"home\":\"/data\",\"uid\":999}");
    ck_assert_str_eq(load("web", "other"), "");
    ck_assert_str_eq(load("db", "redis"), "");
}
END_TEST

START_TEST(a_namespace_is_remembered_and_no_choice_is_not)
{
    const struct decision ns = decided("{\"uid\":0,\"gid\":0}", "[{\"action\":\"map_root\"}]");
    const struct decision same = decided("{\"uid\":0,\"gid\":0}", "[]");

    save("web", "sshd", &same);
    ck_assert_str_eq(load("web", "sshd"), "");
    save("web", "sshd", &ns);
    ck_assert_str_eq(load("web", "sshd"), "{\"mapped\":true}");
}
END_TEST

START_TEST(another_root_file_system_under_the_same_name_is_decided_anew)
{
    const struct decision ns = decided("{\"uid\":0,\"gid\":0}", "[{\"action\":\"map_root\"}]");
    char aside[PLACE_MAX + 8];

    (void)snprintf(dir, sizeof(dir), "%s.state", top);
    save("web", "sshd", &ns);
    ck_assert_str_eq(load("web", "sshd"), "{\"mapped\":true}");
    (void)snprintf(aside, sizeof(aside), "%s.old", top);
    ck_assert_int_eq(rename(top, aside), 0);
    ck_assert_int_eq(mkdir(top, 0700), 0);
    ck_assert_str_eq(load("web", "sshd"), "");
    ck_assert_int_eq(rmdir(aside), 0);
    place_remove(dir);
}
END_TEST

START_TEST(what_is_remembered_and_cannot_be_read_is_an_error)
{
    const struct decision ns = decided("{\"uid\":0,\"gid\":0}", "[{\"action\":\"map_root\"}]");
    const struct state s = of("web");
    const struct value *out = NULL;
    struct err err = ERR_INIT;
    char path[PATH_MAX], file[PATH_MAX];

    save("web", "sshd", &ns);
    ck_assert(state_stage(&s, path, sizeof(path)));
    (void)snprintf(file, sizeof(file), "%s/chosen/%s.json", dir, strrchr(path, '/') + 1);
    ck_assert_int_eq(truncate(file, 5), 0);
    ck_assert_int_eq(chosen_load(&s, &arena, config("sshd"), AT_FDCWD, &out, &err), -1);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("chosen");
    TCase *const t = tcase_create("chosen");

    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, a_user_is_remembered_for_its_container_and_process);
    tcase_add_test(t, a_namespace_is_remembered_and_no_choice_is_not);
    tcase_add_test(t, another_root_file_system_under_the_same_name_is_decided_anew);
    tcase_add_test(t, what_is_remembered_and_cannot_be_read_is_an_error);
    suite_add_tcase(s, t);
    return run_suite(s);
}
