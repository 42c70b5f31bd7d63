/* tests/bench/start.c - what a command adds to a start: several commands, run in turn, timed.
 *
 *     start ROUNDS RESET-FROM RESET-TO -- COMMAND ARG... [-- COMMAND ARG...]...
 *
 * Before each run RESET-FROM is copied over RESET-TO, outside the clock, so that every run sees the
 * same document. "%" in an argument becomes the round's number. Prints one line for each command:
 * median, p99 and smallest wall time in microseconds, the largest resident set in KiB. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 8, ARGS_MAX = 64, ROUNDS_MAX = 100000 };

struct command {
    char *args[ARGS_MAX];
    size_t n;
    double *us;
    long rss;
    unsigned bad;
};

extern char **environ;

static void die(const char *what)
{
    perror(what);
    exit(3);
}

static void reset(const char *from, const char *to)
{
    char buf[65536];
    const int in = open(from, O_RDONLY | O_CLOEXEC);
    const int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ssize_t n;

    if (in < 0 || out < 0)
        die(from);
    while ((n = read(in, buf, sizeof buf)) > 0) {
        if (write(out, buf, (size_t)n) != n)
            die(to);
    }
    close(in);
    close(out);
}

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void run(struct command *c, unsigned round)
{
    char number[16];
    char *argv[ARGS_MAX + 1];
    struct rusage used;
    int status;
    pid_t pid;

    snprintf(number, sizeof number, "b%u", round);
    for (size_t i = 0; i < c->n; i++)
        argv[i] = strcmp(c->args[i], "%") == 0 ? number : c->args[i];
    argv[c->n] = NULL;

    const double from = now_us();
    if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0)
        die(argv[0]);
    if (wait4(pid, &status, 0, &used) != pid)
        die("wait");
    c->us[round] = now_us() - from;
    if (used.ru_maxrss > c->rss)
        c->rss = used.ru_maxrss;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        c->bad++;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

int main(int argc, char *argv[])
{
    struct command commands[COMMANDS_MAX] = {0};
    size_t n = 0;

    if (argc < 6)
        return 2;
    const unsigned rounds = (unsigned)strtoul(argv[1], NULL, 10);
    if (rounds == 0 || rounds > ROUNDS_MAX)
        return 2;
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            if (n == COMMANDS_MAX)
                return 2;
            commands[n++].us = calloc(rounds, sizeof(double));
        } else if (n == 0 || commands[n - 1].n == ARGS_MAX) {
            return 2;
        } else {
            struct command *const c = &commands[n - 1];

            c->args[c->n++] = argv[i];
        }
    }
    for (unsigned r = 0; r < rounds; r++) {
        /* Each goes first equally often: what one leaves in the caches helps all alike. */
        for (size_t k = 0; k < n; k++) {
            reset(argv[2], argv[3]);
            run(&commands[(k + r) % n], r);
        }
    }
    for (size_t k = 0; k < n; k++) {
        struct command *const c = &commands[k];

        qsort(c->us, rounds, sizeof(double), by_size);
        printf("%s median %.0f p99 %.0f min %.0f rss %ld failed %u\n", c->args[0],
               c->us[rounds / 2], c->us[(size_t)rounds * 99 / 100], c->us[0], c->rss, c->bad);
    }
    return 0;
}
