#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/value/json.h"
#include "runtime/inline.h"

#include "tests/help/suite.h"

static struct arena arena;

static void begin(void)
{
    arena = ARENA_INIT((size_t)8 << 20);
}

static void end(void)
{
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

static struct argv_call parse(enum family f, const char *line)
{
    char **const argv = ARENA_NEW_N(&arena, char *, 64);
    char *text = arena_printf(&arena, "%s", line);
    struct argv_call c;
    struct err err = ERR_INIT;
    int n = 0;

    argv[n++] = arena_printf(&arena, "runtime");
    for (char *save = NULL, *word = strtok_r(text, " ", &save); word;
         word = strtok_r(NULL, " ", &save))
        argv[n++] = word;
    ck_assert_msg(argv_parse(&arena, f, n, argv, NULL, &c, &err) == 0, "%s", err.text);
    return c;
}

#define BASE                                                                                            \
    "{\"args\":[\"x\"],\"cwd\":\"/\",\"env\":[\"A=1\"],\"terminal\":true,\"noNewPrivileges\":true,"     \
    "\"user\":{\"uid\":5,\"gid\":6,\"additionalGids\":[7]},\"capabilities\":{\"bounding\":[\"CAP_A\"]," \
    "\"inheritable\":[\"CAP_I\"]}}"

static const struct {
    enum family family;
    const char *line, *want; /* what differs from the base, as an object */
} rows[] = {
    {FAMILY_RUNC, "exec ID sh -c x", "{\"args\":[\"sh\",\"-c\",\"x\"],\"terminal\":false}"},
    {FAMILY_RUNC, "exec -t --cwd /w -e B=2 -e C ID sh",
     "{\"args\":[\"sh\"],\"terminal\":true,\"cwd\":\"/w\",\"env\":[\"A=1\",\"B=2\",\"C\"]}"},
    {FAMILY_RUNC, "exec -u 0 ID sh",
     "{\"args\":[\"sh\"],\"terminal\":false,\"user\":{\"uid\":0,\"gid\":6,\"additionalGids\":[7]}}"},
    {FAMILY_RUNC, "exec -u 0:1 -g 8 ID sh",
     "{\"args\":[\"sh\"],\"terminal\":false,\"user\":{\"uid\":0,\"gid\":1,\"additionalGids\":[7,8]}}"},
    {FAMILY_CRUN, "exec -u 3 ID sh",
     "{\"args\":[\"sh\"],\"terminal\":false,\"user\":{\"uid\":3,\"gid\":0}}"},
    {FAMILY_RUNC, "exec --cap CAP_B ID sh",
     "{\"args\":[\"sh\"],\"terminal\":false,\"capabilities\":{\"bounding\":[\"CAP_A\",\"CAP_B\"],"
     "\"effective\":[\"CAP_B\"],\"permitted\":[\"CAP_B\"],\"ambient\":[\"CAP_B\"],\"inheritable\":["
     "\"CAP_I\"]}}"},
    {FAMILY_CRUN, "exec --cap CAP_B ID sh",
     "{\"args\":[\"sh\"],\"terminal\":false,\"capabilities\":{\"bounding\":[\"CAP_B\"],\"effective\":["
     "\"CAP_B\"],\"permitted\":[\"CAP_B\"],\"ambient\":[\"CAP_B\"],\"inheritable\":[\"CAP_B\"]}}"},
    {FAMILY_RUNC, "exec --no-new-privs=false --apparmor P --process-label L ID sh",
     "{\"args\":[\"sh\"],\"terminal\":false,\"noNewPrivileges\":false,\"apparmorProfile\":\"P\","
     "\"selinuxLabel\":\"L\"}"},
};

START_TEST(an_exec_is_the_containers_process_with_what_the_options_change)
{
    const struct argv_call c = parse(rows[_i].family, rows[_i].line);
    const struct value *const differs = json(rows[_i].want);
    const struct value *want = json(BASE), *got = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(inline_process(&arena, &c, want, &got, &err) == 0, "%s", err.text);
    for (size_t i = 0; i < differs->count; i++)
        want = value_object_with(&arena, want, value_key_at(differs, i), value_val_at(differs, i));
    ck_assert(value_equal(got, want));
}
END_TEST

START_TEST(an_exec_without_a_command_or_with_an_odd_user_is_refused)
{
    static const char *const bad[] = {"exec ID", "exec -u root ID sh", "exec -u 1:x ID sh",
                                      "exec -u 4294967296 ID sh", "exec -g x ID sh"};
    const struct value *got = NULL;
    struct err err = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const struct argv_call c = parse(FAMILY_RUNC, bad[i]);

        ck_assert_msg(inline_process(&arena, &c, json(BASE), &got, &err) == -1, "%s", bad[i]);
        ck_assert_int_eq(err.code, ERR_USAGE);
    }
    const struct argv_call c = parse(FAMILY_RUNC, "exec ID sh");
    ck_assert_int_eq(inline_process(&arena, &c, NULL, &got, &err), -1);
}
END_TEST

static const struct {
    const char *line, *want; /* NULL: refused */
} updates[] = {
    {"update --memory 64m --memory-swap -1 ID", "{\"memory\":{\"limit\":67108864,\"swap\":-1}}"},
    {"update --memory 2GiB ID", "{\"memory\":{\"limit\":2147483648}}"},
    {"update --memory 5kb --pids-limit 7 ID",
     "{\"memory\":{\"limit\":5120},\"pids\":{\"limit\":7}}"},
    {"update --cpu-quota 1000 --cpu-share 5 --cpuset-cpus 0-1 ID",
     "{\"cpu\":{\"quota\":1000,\"shares\":5,\"cpus\":\"0-1\"}}"},
    {"update ID", "{}"},
    {"update --pids-limit 7k ID", NULL},
    {"update --memory 1.5g ID", NULL},
    {"update --memory x ID", NULL},
    {"update --memory 9999999999t ID", NULL},
};

START_TEST(limits_become_resources)
{
    const struct argv_call c = parse(FAMILY_RUNC, updates[_i].line);
    const struct value *got = NULL;
    struct err err = ERR_INIT;
    const int status = inline_resources(&arena, &c, &got, &err);

    if (!updates[_i].want) {
        ck_assert_int_eq(status, -1);
        return;
    }
    ck_assert_msg(status == 0, "%s", err.text);
    ck_assert(value_equal(got, json(updates[_i].want)));
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("inline");
    TCase *const c = tcase_create("inline");

    tcase_add_checked_fixture(c, begin, end);
    tcase_add_loop_test(c, an_exec_is_the_containers_process_with_what_the_options_change, 0,
                        (int)ARRAY_LEN(rows));
    tcase_add_test(c, an_exec_without_a_command_or_with_an_odd_user_is_refused);
    tcase_add_loop_test(c, limits_become_resources, 0, (int)ARRAY_LEN(updates));
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
