#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "policy/value/json.h"
#include "runtime/action.h"

#include "tests/help/json.h"
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

START_TEST(the_table_is_closed)
{
    struct err err = ERR_INIT;

    ck_assert_int_eq(
        actions_check(from_json(&arena, "[{\"action\":\"stdio_owner\",\"uid\":5}]"), &err), 0);
    ck_assert_int_eq(actions_check(from_json(&arena, "[{\"action\":\"verify_hook\"}]"), &err), 0);
    ck_assert_int_eq(actions_check(from_json(&arena, "[]"), &err), 0);
    ck_assert_int_eq(actions_check(from_json(&arena, "[{\"action\":\"chmod_all\"}]"), &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "chmod_all"));
    ck_assert_int_eq(actions_check(from_json(&arena, "[{}]"), &err), -1);
    ck_assert_int_eq(actions_check(from_json(&arena, "[5]"), &err), -1);
    ck_assert_int_eq(actions_check(from_json(&arena, "[{\"action\":\"stdio_owner\"}]"), &err), -1);
    ck_assert_int_eq(
        actions_check(from_json(&arena, "[{\"action\":\"stdio_owner\",\"uid\":-1}]"), &err), -1);
    ck_assert_int_eq(
        actions_check(from_json(&arena, "[{\"action\":\"stdio_owner\",\"uid\":4294967295}]"), &err),
        -1);
}
END_TEST

START_TEST(pipes_of_the_standard_streams_get_the_users_uid_and_nothing_else_does)
{
    const struct decision d = {.actions =
                                   from_json(&arena, "[{\"action\":\"stdio_owner\",\"uid\":1234}]"),
                               .input = from_json(&arena, "{}")};
    const struct action_place p = {.decision = &d};
    struct err err = ERR_INIT;
    struct stat st, before;
    int ends[2];

    if (geteuid() != 0)
        return;
    ck_assert_int_eq(pipe(ends), 0);
    const int saved = dup(1);
    char path[] = "/tmp/sallyport-stdio-XXXXXX";
    const int file = mkstemp(path);
    ck_assert_int_eq(dup2(ends[1], 1), 1);
    ck_assert_int_eq(dup2(file, 0), 0);
    ck_assert_int_eq(fstat(0, &before), 0);
    const int status = actions_on_host(&p, &err);
    ck_assert_int_eq(fstat(1, &st), 0);
    ck_assert_int_eq(dup2(saved, 1), 1);
    ck_assert_msg(status == 0, "%s", err.text);
    ck_assert_uint_eq(st.st_uid, 1234);
    ck_assert_uint_eq(st.st_gid, before.st_gid);
    ck_assert_int_eq(fstat(0, &st), 0);
    ck_assert_uint_eq(st.st_uid, before.st_uid);
    (void)unlink(path);
}
END_TEST

START_TEST(only_binds_that_can_be_seen_at_their_place_are_compared)
{
    const struct value *const input = from_json(
        &arena,
        "{\"facts\":{\"mounts\":["
        "{\"destination\":\"/a\",\"destination_clean\":\"/a\",\"source\":\"/s\",\"dev\":\"8:1\",\"ino\":1},"
        "{\"destination\":\"/b/c\",\"destination_clean\":\"/b/c\",\"source\":\"/s\",\"dev\":\"8:1\",\"ino\":2},"
        "{\"destination\":\"/ab\",\"destination_clean\":\"/ab\",\"source\":\"/s\",\"dev\":\"8:1\",\"ino\":3},"
        "{\"destination\":\"/c\",\"destination_clean\":\"/c\",\"source\":\"/n\",\"bind\":true,"
        "\"kind\":\"missing\"},"
        "{\"destination\":\"/b\",\"destination_clean\":\"/b\",\"type\":\"tmpfs\"},"
        "{\"destination\":\"/a/x\",\"destination_clean\":\"/a/x\",\"type\":\"tmpfs\"}]}}");
    const struct value *const got = action_judged_mounts(&arena, input);

    ck_assert(value_equal(
        got,
        from_json(&arena, "[{\"destination\":\"/a\",\"source\":\"/s\",\"dev\":\"8:1\",\"ino\":1},"
                          "{\"destination\":\"/ab\",\"source\":\"/s\",\"dev\":\"8:1\",\"ino\":3},"
                          "{\"destination\":\"/c\",\"source\":\"/n\",\"missing\":true}]")));
}
END_TEST

START_TEST(a_document_without_exchangeable_mounts_is_left_alone)
{
    const struct decision d = {
        .actions = from_json(&arena, "[]"),
        .input = from_json(&arena, "{\"facts\":{\"mounts\":[{\"changeable_by\":\"\"}]}}")};
    const struct action_place p = {.decision = &d};
    const struct value *const doc = from_json(&arena, "{\"hooks\":{}}"), *after = doc;
    struct err err = ERR_INIT;

    ck_assert_int_eq(actions_on_document(&arena, &p, &after, &err), 0);
    ck_assert_ptr_eq(after, doc);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("action");
    TCase *const c = tcase_create("action");

    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, the_table_is_closed);
    tcase_add_test(c, pipes_of_the_standard_streams_get_the_users_uid_and_nothing_else_does);
    tcase_add_test(c, only_binds_that_can_be_seen_at_their_place_are_compared);
    tcase_add_test(c, a_document_without_exchangeable_mounts_is_left_alone);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
