#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/own.h"
#include "hooks/real.h"
#include "policy/value/json.h"

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

static int read_state(const char *text, struct real_state *out, struct err *err)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq((int)write(ends[1], text, strlen(text)), (int)strlen(text));
    close(ends[1]);
    const int status = real_state_read(ends[0], &arena, out, err);
    close(ends[0]);
    return status;
}

START_TEST(the_state_document_is_read_strictly)
{
    struct real_state s;
    struct err err = ERR_INIT;

    ck_assert_int_eq(
        read_state("{\"ociVersion\":\"1.0.2\",\"id\":\"web\",\"status\":\"creating\",\"pid\":7,"
                   "\"bundle\":\"/b\"}",
                   &s, &err),
        0);
    ck_assert_str_eq(s.id, "web");
    ck_assert_str_eq(s.bundle, "/b");
    ck_assert_int_eq(s.pid, 7);
    ck_assert_int_eq(read_state("{\"id\":\"web\",\"bundle\":\"b\"}", &s, &err), -1);
    ck_assert_int_eq(read_state("{\"id\":\"web\",\"bundle\":\"/b\",\"pid\":-1}", &s, &err), -1);
    ck_assert_int_eq(read_state("{\"id\":\"web\",\"bundle\":\"/b\",\"pid\":99999999999}", &s, &err),
                     -1);
    ck_assert_int_eq(read_state("{\"id\":\"a\",\"id\":\"b\",\"bundle\":\"/b\"}", &s, &err), -1);
    ck_assert_int_eq(read_state("", &s, &err), -1);
}
END_TEST

static const struct value *judged(const char *path, unsigned long long add)
{
    struct stat st;

    ck_assert_int_eq(stat(path, &st), 0);
    return from_json(
        &arena,
        arena_printf(
            &arena, "[{\"destination\":\"%s\",\"source\":\"/s\",\"dev\":\"%u:%u\",\"ino\":%llu}]",
            path, major(st.st_dev), minor(st.st_dev), (unsigned long long)st.st_ino + add));
}

START_TEST(a_mount_that_was_exchanged_is_seen)
{
    struct err err = ERR_INIT;

    ck_assert_msg(real_mounts(getpid(), "/", judged("/etc", 0), &err) == 0, "%s", err.text);
    ck_assert_msg(real_mounts(getpid(), "/no/such/rootfs", judged("/etc", 0), &err) == 0,
                  "after pivot_root: %s", err.text);
    ck_assert_int_eq(real_mounts(getpid(), "/", judged("/etc", 1), &err), -1);
    ck_assert_int_eq(err.code, ERR_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "mount /etc is not what was judged"));
    ck_assert_int_eq(real_mounts(getpid(), "/usr", judged("/etc", 0), &err), -1);
    ck_assert_int_eq(real_mounts(getpid(), "/",
                                 from_json(&arena, "[{\"destination\":\"/etc\",\"missing\":true}]"),
                                 &err),
                     -1);
    ck_assert_int_eq(err.code, ERR_REFUSED);
    ck_assert_int_eq(real_mounts(getpid(), "/", from_json(&arena, "[{}]"), &err), -1);
    ck_assert_int_eq(err.code, ERR_INVALID);
    ck_assert_int_eq(real_mounts(getpid(), "/", from_json(&arena, "{}"), &err), -1);
}
END_TEST

START_TEST(a_namespace_that_is_the_hosts_is_seen)
{
    struct err err = ERR_INIT;

    ck_assert_int_eq(
        real_namespaces(
            getpid(),
            from_json(&arena,
                      "{\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":\"/x\"}]}}"),
            &err),
        0);
    ck_assert_int_eq(real_namespaces(getpid(), from_json(&arena, "{}"), &err), 0);
    ck_assert_int_eq(
        real_namespaces(getpid(),
                        from_json(&arena, "{\"linux\":{\"namespaces\":[{\"type\":\"network\"}]}}"),
                        &err),
        -1);
    ck_assert_int_eq(err.code, ERR_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "host's network namespace"));
}
END_TEST

START_TEST(privileges_beyond_the_config_are_seen)
{
    struct err err = ERR_INIT;
    const struct value *const no_caps = from_json(
        &arena, "{\"process\":{\"noNewPrivileges\":true,\"capabilities\":{\"bounding\":[]}}}");

    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0) {
        ck_assert_int_eq(real_privileges(getpid(), no_caps, &err), -1);
        ck_assert_ptr_nonnull(strstr(err.text, "gain privileges"));
    }
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    if (geteuid() == 0) {
        ck_assert_int_eq(real_privileges(getpid(), no_caps, &err), -1);
        ck_assert_ptr_nonnull(strstr(err.text, "capabilities that the config does not give"));
    }
    ck_assert_int_eq(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 0);
    ck_assert_int_eq(
        real_privileges(getpid(), from_json(&arena, "{\"linux\":{\"seccomp\":{}}}"), &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "seccomp"));
}
END_TEST

START_TEST(a_relative_root_stands_in_the_bundle)
{
    struct err err = ERR_INIT;
    char out[16];

    ck_assert_int_eq(real_rootfs("/b", from_json(&arena, "{\"root\":{\"path\":\"rootfs\"}}"), out,
                                 sizeof(out), &err),
                     0);
    ck_assert_str_eq(out, "/b/rootfs");
    ck_assert_int_eq(real_rootfs("/b", from_json(&arena, "{\"root\":{\"path\":\"/r\"}}"), out,
                                 sizeof(out), &err),
                     0);
    ck_assert_str_eq(out, "/r");
    ck_assert_int_eq(real_rootfs("/b", from_json(&arena, "{}"), out, sizeof(out), &err), -1);
    ck_assert_int_eq(real_rootfs("/b",
                                 from_json(&arena, "{\"root\":{\"path\":\"/0123456789abcdef\"}}"),
                                 out, sizeof(out), &err),
                     -1);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("real");
    TCase *const c = tcase_create("real");

    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, the_state_document_is_read_strictly);
    tcase_add_test(c, a_mount_that_was_exchanged_is_seen);
    tcase_add_test(c, a_namespace_that_is_the_hosts_is_seen);
    tcase_add_test(c, privileges_beyond_the_config_are_seen);
    tcase_add_test(c, a_relative_root_stands_in_the_bundle);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
