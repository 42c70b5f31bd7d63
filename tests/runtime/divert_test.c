/* The gate under a runtime's name: this very program, copied there, tells what it sees. */
#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "runtime/divert.h"

#include "tests/help/place.h"
#include "tests/help/suite.h"

static char top[PLACE_MAX], name[PLACE_MAX + 32], real[PLACE_MAX + 64];

static void copy_self(const char *to)
{
    AUTO_FREE char *bytes = NULL;
    size_t len = 0;
    struct err err = ERR_INIT;
    AUTO_FD int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    AUTO_FD int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

    ck_assert(from >= 0 && fd >= 0);
    ck_assert_int_eq(file_read_fd(from, 1u << 30, &bytes, &len, &err), 0);
    ck_assert_int_eq(file_write_all(fd, bytes, len, &err), 0);
}

static void set_up(void)
{
    place_make(top, "/tmp");
    (void)snprintf(name, sizeof(name), "%s/crun", top);
    (void)snprintf(real, sizeof(real), "%s" DIVERT_SUFFIX, name);
}

static void tear_down(void)
{
    place_remove(top);
}

/* Run PROGRAM as the probe below; its exit status. */
static int probe(const char *program, const char *how)
{
    int status = 0;
    const pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)execl(program, program, how, name, real, (char *)NULL);
        _exit(99);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(the_other_name_is_the_real_runtime)
{
    copy_self(name);
    ck_assert_int_eq(probe(name, "self"), 1);
    copy_self(real);
    ck_assert_int_eq(probe(name, "self"), 0);
    ck_assert_int_eq(probe(name, "undone"), 0);
}
END_TEST

START_TEST(another_name_is_not_diverted)
{
    char other[PLACE_MAX + 32], beside[PLACE_MAX + 64];

    (void)snprintf(other, sizeof(other), "%s/sallyport-runtime", top);
    (void)snprintf(beside, sizeof(beside), "%s" DIVERT_SUFFIX, other);
    copy_self(other);
    copy_self(beside);
    ck_assert_int_eq(probe(other, "self"), 1);
}
END_TEST

START_TEST(settings_that_name_the_gate_mean_the_runtime_beside_it)
{
    struct diverted d;

    copy_self(name);
    ck_assert(!divert_of_path(name, &d));
    copy_self(real);
    ck_assert(divert_of_path(name, &d));
    ck_assert_str_eq(d.real, real);
    ck_assert_int_eq(d.family, FAMILY_CRUN);
    /* A real runtime that somebody put over the gate is the one that was meant. */
    ck_assert_int_eq(truncate(name, 100), 0);
    ck_assert(!divert_of_path(name, &d));
    ck_assert_str_eq(d.real, "");
    ck_assert(!divert_of_path("/usr/bin/true", &d));
    ck_assert(!divert_of_path("crun", &d));
}
END_TEST

START_TEST(the_gate_is_known_by_its_mark)
{
    copy_self(name);
    ck_assert(divert_is_gate(name));
    ck_assert(!divert_is_gate("/bin/sh"));
    ck_assert(!divert_is_gate("/no/such"));
    ck_assert(!divert_is_gate(top));
}
END_TEST

/* argv: how, name, real. 0: diverted, to `real` (self) or back to `name` (undone). */
static int tell(char **argv)
{
    struct diverted d;

    if (strcmp(argv[1], "undone") == 0 && rename(argv[3], argv[2]) < 0)
        return 98;
    if (!divert_of_self(&d))
        return 1;
    const bool undone = strcmp(argv[1], "undone") == 0;
    return strcmp(d.name, argv[2]) == 0 && strcmp(d.real, argv[undone ? 2 : 3]) == 0 &&
                   d.family == FAMILY_CRUN
               ? 0
               : 2;
}

int main(int argc, char **argv)
{
    if (argc == 4)
        return tell(argv);

    Suite *const suite = suite_create("divert");
    TCase *const c = tcase_create("divert");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, the_other_name_is_the_real_runtime);
    tcase_add_test(c, another_name_is_not_diverted);
    tcase_add_test(c, settings_that_name_the_gate_mean_the_runtime_beside_it);
    tcase_add_test(c, the_gate_is_known_by_its_mark);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
