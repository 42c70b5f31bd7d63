/* What root left in a directory becomes another's, and nothing that somebody planted does. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/own.h"
#include "runtime/give.h"

#include "tests/help/json.h"
#include "tests/help/places.h"
#include "tests/help/suite.h"

enum { UID = 4711, GID = 4712 };

static struct stat seen(const char *path)
{
    struct stat st;

    ck_assert_msg(lstat(path, &st) == 0, "%s", path);
    return st;
}

static int give(struct err *err)
{
    AUTO_FD int fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    return give_tree(fd, UID, GID, err);
}

START_TEST(roots_files_and_directories_are_given_and_no_one_elses)
{
    struct err err = ERR_INIT;

    if (geteuid() != 0)
        return;
    ck_assert_int_eq(mkdir(in(top, "d"), 0700), 0);
    file(in(top, "d/f"), 0640, 0);
    file(in(top, "other"), 0600, 0);
    ck_assert_int_eq(chown(in(top, "other"), 99, 99), 0);
    ck_assert_msg(give(&err) == 0, "%s", err.text);
    ck_assert_uint_eq(seen(top).st_uid, UID);
    ck_assert_uint_eq(seen(in(top, "d")).st_uid, UID);
    ck_assert_uint_eq(seen(in(top, "d/f")).st_uid, UID);
    ck_assert_uint_eq(seen(in(top, "d/f")).st_gid, GID);
    ck_assert_uint_eq(seen(in(top, "d/f")).st_mode & 07777, 0640);
    ck_assert_uint_eq(seen(in(top, "other")).st_uid, 99);
    ck_assert_int_eq(give(&err), 0);
}
END_TEST

START_TEST(planted_links_lead_nowhere)
{
    struct err err = ERR_INIT;

    if (geteuid() != 0)
        return;
    file(in(outside, "secret"), 0600, 0);
    ck_assert_int_eq(mkdir(in(outside, "dir"), 0700), 0);
    ck_assert_int_eq(symlink(in(outside, "secret"), in(top, "to-file")), 0);
    ck_assert_int_eq(symlink(in(outside, "dir"), in(top, "to-dir")), 0);
    ck_assert_int_eq(symlink("..", in(top, "up")), 0);
    ck_assert_int_eq(link(in(outside, "secret"), in(top, "second-name")), 0);
    ck_assert_msg(give(&err) == 0, "%s", err.text);
    ck_assert_uint_eq(seen(in(outside, "secret")).st_uid, 0);
    ck_assert_uint_eq(seen(in(outside, "dir")).st_uid, 0);
    ck_assert_uint_eq(seen(outside).st_uid, 0);
    ck_assert_uint_eq(seen(in(top, "to-file")).st_uid, 0);
}
END_TEST

START_TEST(set_id_files_and_devices_stay_roots)
{
    struct err err = ERR_INIT;

    if (geteuid() != 0)
        return;
    file(in(top, "su"), 04755, 0);
    file(in(top, "sg"), 02755, 0);
    ck_assert_int_eq(mknod(in(top, "null"), S_IFCHR | 0600, makedev(1, 3)), 0);
    ck_assert_msg(give(&err) == 0, "%s", err.text);
    ck_assert_uint_eq(seen(in(top, "su")).st_uid, 0);
    ck_assert_uint_eq(seen(in(top, "su")).st_mode & 07777, 04755);
    ck_assert_uint_eq(seen(in(top, "sg")).st_uid, 0);
    ck_assert_uint_eq(seen(in(top, "null")).st_uid, 0);
}
END_TEST

START_TEST(too_much_is_an_error_and_leaves_the_top_as_it_was)
{
    struct err err = ERR_INIT;
    char name[32];

    if (geteuid() != 0)
        return;
    for (int i = 0; i < GIVE_ENTRIES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "f%d", i);
        file(in(top, name), 0600, 0);
    }
    ck_assert_msg(give(&err) == 0, "%s", err.text);
    ck_assert_int_eq(chown(top, 0, 0), 0);
    file(in(top, "one-more"), 0600, 0);
    ck_assert_int_eq(give(&err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
    ck_assert_uint_eq(seen(top).st_uid, 0);
}
END_TEST

START_TEST(many_bytes_are_an_error)
{
    struct err err = ERR_INIT;

    file(in(top, "big"), 0600, 0);
    ck_assert_int_eq(truncate(in(top, "big"), (off_t)GIVE_BYTES_MAX + 1), 0);
    ck_assert_int_eq(give(&err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

static const struct {
    const char *action;
    bool good;
} shapes[] = {
    {"{\"action\":\"own\",\"mount\":\"/data\",\"uid\":5,\"gid\":5}", true},
    {"{\"action\":\"own\",\"inside\":\"/app\",\"uid\":5,\"gid\":5}", true},
    {"{\"action\":\"own\",\"inside\":\"/\",\"uid\":5,\"gid\":5}", false},
    {"{\"action\":\"own\",\"inside\":\"app\",\"uid\":5,\"gid\":5}", false},
    {"{\"action\":\"own\",\"mount\":\"data\",\"uid\":5,\"gid\":5}", false},
    {"{\"action\":\"own\",\"mount\":\"/d\",\"inside\":\"/a\",\"uid\":5,\"gid\":5}", false},
    {"{\"action\":\"own\",\"uid\":5,\"gid\":5}", false},
    {"{\"action\":\"own\",\"mount\":\"/data\",\"uid\":0,\"gid\":5}", false},
    {"{\"action\":\"own\",\"mount\":\"/data\",\"uid\":5,\"gid\":0}", false},
    {"{\"action\":\"own\",\"mount\":\"/data\",\"uid\":5}", false},
};

START_TEST(shapes_of_the_action)
{
    struct err err = ERR_INIT;

    ck_assert_int_eq(give_check(from_json(&arena, shapes[_i].action), &err),
                     shapes[_i].good ? 0 : -1);
}
END_TEST

/* The decision's input with one mount on /data, seen at `top`. */
static struct decision with_mount(const char *fields)
{
    const struct stat st = seen(top);

    return (struct decision){
        .input = from_json(
            &arena,
            arena_printf(&arena,
                         "{\"facts\":{\"mounts\":[{\"destination\":\"/data\",\"resolved\":\"%s\","
                         "\"dev\":\"%u:%u\",\"ino\":%llu%s}]}}",
                         top, major(st.st_dev), minor(st.st_dev), (unsigned long long)st.st_ino,
                         fields))};
}

START_TEST(only_an_engines_volume_is_given_and_only_what_was_judged)
{
    const struct value *const action =
        from_json(&arena, "{\"action\":\"own\",\"mount\":\"/data\",\"uid\":4711,\"gid\":4712}");
    const struct decision host = with_mount("");
    const struct decision readonly = with_mount(",\"engine_managed\":\"volume\",\"readonly\":true");
    const struct decision volume = with_mount(",\"engine_managed\":\"volume\"");
    struct err err = ERR_INIT;

    if (geteuid() != 0)
        return;
    ck_assert_int_eq(give_run(&host, action, &err), -1);
    ck_assert_int_eq(err.code, ERR_INVALID);
    ck_assert_int_eq(give_run(&readonly, action, &err), -1);
    ck_assert_uint_eq(seen(top).st_uid, 0);
    ck_assert_msg(give_run(&volume, action, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(seen(top).st_uid, UID);

    /* Exchanged meanwhile: another directory, or a link, at the same place. */
    const char *const away = in(outside, "away");
    ck_assert_int_eq(rename(top, away), 0);
    ck_assert_int_eq(mkdir(top, 0700), 0);
    ck_assert_int_eq(give_run(&volume, action, &err), -1);
    ck_assert_int_eq(err.code, ERR_TRUST);
    ck_assert_uint_eq(seen(top).st_uid, 0);
    ck_assert_int_eq(rmdir(top), 0);
    ck_assert_int_eq(symlink(away, top), 0);
    ck_assert_int_eq(give_run(&volume, action, &err), -1);
    ck_assert_int_eq(unlink(top), 0);
    ck_assert_int_eq(rename(away, top), 0);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("give");
    TCase *const t = tcase_create("give");

    tcase_add_checked_fixture(t, places_begin, places_end);
    tcase_add_test(t, roots_files_and_directories_are_given_and_no_one_elses);
    tcase_add_test(t, planted_links_lead_nowhere);
    tcase_add_test(t, set_id_files_and_devices_stay_roots);
    tcase_add_test(t, too_much_is_an_error_and_leaves_the_top_as_it_was);
    tcase_add_test(t, many_bytes_are_an_error);
    tcase_add_loop_test(t, shapes_of_the_action, 0, ARRAY_LEN(shapes));
    tcase_add_test(t, only_an_engines_volume_is_given_and_only_what_was_judged);
    suite_add_tcase(s, t);
    return run_suite(s);
}
