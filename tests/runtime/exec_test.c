#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "runtime/exec.h"

#include "tests/help/suite.h"

static char keep1[] = "PATH=/bin", keep2[] = "GOMAXPROCS=2", keep3[] = "ENVOY=1";
static char drop1[] = "LD_PRELOAD=/x.so", drop2[] = "GODEBUG=x",
            drop3[] = "RUN_OCI_SECCOMP_RECEIVER=/s", drop4[] = "_LIBCONTAINER_INITPIPE=3",
            drop5[] = "ENV=/x", drop6[] = "GLIBC_TUNABLES=a";

START_TEST(variables_that_change_the_runtime_are_taken_out_and_told)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    char *env[] = {keep1, drop1, drop2, keep2, drop3, drop4, keep3, drop5, drop6, NULL};
    const struct value *names = NULL;
    char **const got = exec_environment(&a, env, &names);

    ck_assert_ptr_nonnull(got);
    ck_assert_ptr_eq(got[0], keep1);
    ck_assert_ptr_eq(got[1], keep2);
    ck_assert_ptr_eq(got[2], keep3);
    ck_assert_ptr_null(got[3]);
    ck_assert_uint_eq(names->count, 6);
    ck_assert(value_is_str(value_at(names, 0), "LD_PRELOAD"));
}
END_TEST

START_TEST(a_memory_file_cannot_be_changed_and_outlives_execve)
{
    struct err err = ERR_INIT;
    char text[8] = "";
    AUTO_FD int fd = exec_memory("12345", 5, 50, &err);

    ck_assert_msg(fd >= 50, "%s", err.text);
    ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_eq((int)read(fd, text, sizeof(text)), 5);
    ck_assert_str_eq(text, "12345");
    ck_assert_int_eq((int)pwrite(fd, "x", 1, 0), -1);
    ck_assert_int_eq(ftruncate(fd, 0), -1);
    ck_assert_int_eq(ftruncate(fd, 10), -1);
    char path[40];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    AUTO_FD int again = open(path, O_RDWR | O_CLOEXEC);
    ck_assert(again < 0 || pwrite(again, "x", 1, 0) < 0);
}
END_TEST

START_TEST(standard_input_becomes_the_judged_bytes)
{
    struct err err = ERR_INIT;
    char text[8] = "";

    ck_assert_int_eq(exec_memory("abc", 3, 0, &err), 0);
    ck_assert_int_eq((int)read(0, text, sizeof(text)), 3);
    ck_assert_str_eq(text, "abc");
}
END_TEST

START_TEST(sallyport_is_not_its_own_runtime)
{
    struct err err = ERR_INIT;
    char self[256];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    ck_assert_int_gt((int)n, 0);
    self[n] = '\0';
    ck_assert_int_eq(exec_check(self, false, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "is Sallyport itself"));
    char link_[] = "/tmp/sallyport-exec-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(link_));
    char path[80];
    (void)snprintf(path, sizeof(path), "%s/runc", link_);
    ck_assert_int_eq(symlink(self, path), 0);
    ck_assert_int_eq(exec_check(path, false, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "is Sallyport itself"));
    (void)unlink(path);
    (void)rmdir(link_);
}
END_TEST

START_TEST(only_roots_own_programs_are_runtimes)
{
    struct err err = ERR_INIT;
    char path[] = "/tmp/sallyport-exec-XXXXXX";
    const int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    (void)close(fd);
    ck_assert_int_eq(exec_check("/bin/true", true, &err), 0);
    ck_assert_int_eq(exec_check("bin/true", false, &err), -1);
    ck_assert_int_eq(exec_check("/no/such", false, &err), -1);
    ck_assert_int_eq(exec_check("/bin", false, &err), -1);
    ck_assert_int_eq(exec_check(path, false, &err), -1);
    ck_assert_int_eq(chmod(path, 0777), 0);
    ck_assert_int_eq(exec_check(path, false, &err), 0);
    ck_assert_int_eq(exec_check(path, true, &err), -1);
    ck_assert_int_eq(err.code, ERR_TRUST);
    (void)unlink(path);
}
END_TEST

START_TEST(the_runtime_takes_this_process_and_gets_its_own_name)
{
    char zero[] = "shim", dash[] = "-c", script[] = "test \"$0\" = /bin/sh && exit 7";
    char *args[] = {zero, dash, script, NULL}, *env[] = {NULL};
    struct err err = ERR_INIT;
    int status = 0;
    const pid_t pid = fork();

    if (pid == 0)
        _exit(exec_runtime("/bin/sh", "/bin/sh", args, env, &err) == 0 ? 2 : 1);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(WEXITSTATUS(status), 7);
    ck_assert_int_eq(exec_runtime("/no/such", "/no/such", args, env, &err), -1);
    ck_assert_int_eq(err.sys, ENOENT);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("exec");
    TCase *const c = tcase_create("exec");

    tcase_add_test(c, variables_that_change_the_runtime_are_taken_out_and_told);
    tcase_add_test(c, a_memory_file_cannot_be_changed_and_outlives_execve);
    tcase_add_test(c, standard_input_becomes_the_judged_bytes);
    tcase_add_test(c, sallyport_is_not_its_own_runtime);
    tcase_add_test(c, only_roots_own_programs_are_runtimes);
    tcase_add_test(c, the_runtime_takes_this_process_and_gets_its_own_name);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
