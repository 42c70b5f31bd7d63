#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "runtime/watchdog.h"

#include "tests/help/suite.h"

static char path[64];

static void make_log(void)
{
    (void)snprintf(path, sizeof(path), "/tmp/sallyport-dog-XXXXXX");
    const int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    (void)close(fd);
}

static void drop_log(void)
{
    (void)unlink(path);
}

START_TEST(a_hang_ends_with_a_line_in_the_log_and_status_one)
{
    char text[1024] = "";
    int status = 0;
    const pid_t pid = fork();

    if (pid == 0) {
        const struct refuse_place place = {.log = path, .json = true};
        struct err err = ERR_INIT;
        sigset_t all;

        (void)sigfillset(&all); /* a caller that blocks signals does not disarm it */
        (void)sigprocmask(SIG_SETMASK, &all, NULL);
        (void)close(STDERR_FILENO);
        if (watchdog_start(&place, 50, &err) < 0)
            _exit(7);
        for (;;)
            (void)pause();
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 1);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_gt((int)read(fd, text, sizeof(text) - 1), 0);
    ck_assert_ptr_eq(strstr(text, "{\"level\":\"error\",\"msg\":\"sallyport: refused: no decision"),
                     text);
}
END_TEST

START_TEST(a_stopped_watchdog_leaves_no_trace)
{
    const struct refuse_place place = {0};
    struct err err = ERR_INIT;
    struct sigaction before, after;
    sigset_t mask_before, mask_after;

    ck_assert_int_eq(sigaction(SIGRTMIN + 7, NULL, &before), 0);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &mask_before), 0);
    ck_assert_int_eq(watchdog_start(&place, 50, &err), 0);
    watchdog_stop();
    watchdog_stop();
    ck_assert_int_eq(sigaction(SIGRTMIN + 7, NULL, &after), 0);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &mask_after), 0);
    ck_assert(before.sa_handler == after.sa_handler);
    for (int i = 1; i < SIGRTMAX; i++)
        ck_assert_int_eq(sigismember(&mask_before, i), sigismember(&mask_after, i));
    (void)usleep(100 * 1000); /* it would have barked by now */
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("watchdog");
    TCase *const c = tcase_create("watchdog");

    tcase_add_checked_fixture(c, make_log, drop_log);
    tcase_add_test(c, a_hang_ends_with_a_line_in_the_log_and_status_one);
    tcase_add_test(c, a_stopped_watchdog_leaves_no_trace);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
