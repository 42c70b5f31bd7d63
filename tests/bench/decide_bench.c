/* The judgement alone, in one process: parse, facts, decide, over and over.
 *
 *     decide_bench BUNDLE [ROUNDS]        prints medians in microseconds */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/own.h"
#include "facts/facts.h"
#include "policy/build/compile.h"
#include "policy/decide/decide.h"

enum { STAGES = 3, ROUNDS_MAX = 100000 };

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int64_t times[STAGES][ROUNDS_MAX];
static long faults;      /* pages touched for the first time by the last decision */
static size_t memory[2]; /* bytes of the arena before and after it */

static long faults_now(void)
{
    struct rusage u;

    return getrusage(RUSAGE_SELF, &u) == 0 ? u.ru_minflt : 0;
}

static int once(const struct image *image, const char *dir, size_t round, struct decision *d,
                struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    AUTO_BUNDLE struct bundle b = BUNDLE_INIT;
    const struct value *input = NULL;
    const int64_t t0 = clock_steady_ns();

    if (bundle_open(&b, dir, "config.json", false, &a, err) < 0)
        return -1;
    const int64_t t1 = clock_steady_ns();
    const struct facts_request req = {.operation = "create",
                                      .registration = "default",
                                      .caller = "shim",
                                      .id = "bench",
                                      .config = b.doc,
                                      .bundle = b.dir,
                                      .bundle_fd = b.dirfd,
                                      .runtime = "runc",
                                      .now_ns = 1767323045000000000,
                                      .host = FACTS_LOOK,
                                      .trusted_host = true};
    if (facts_input(&a, &req, &input, err) < 0)
        return -1;
    faults = faults_now();
    memory[0] = a.used;
    const int64_t t2 = clock_steady_ns();
    if (decide(image, input, &a, d, err) < 0)
        return -1;
    times[0][round] = t1 - t0;
    times[1][round] = t2 - t1;
    times[2][round] = clock_steady_ns() - t2;
    faults = faults_now() - faults;
    memory[1] = a.used;
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const names[STAGES] = {"read", "facts", "decide"};
    static struct arena policy = ARENA_INIT((size_t)2 << 30);
    const size_t rounds = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 500;
    const struct compile_options o = {.settings = "/nonexistent/sallyport.yaml",
                                      .baseline = "policy/baseline",
                                      .skip_tests = true,
                                      .now_ns = 1767323045000000000};
    struct compiled c;
    struct image image = IMAGE_INIT;
    struct decision d = {0};
    struct err err = ERR_INIT;

    if (argc < 2 || rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: decide_bench BUNDLE [ROUNDS]\n");
        return 2;
    }
    if (policy_compile(&policy, &o, &c, &err) < 0 ||
        image_borrow(&image, c.image, c.image_len, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    for (size_t i = 0; i < rounds; i++)
        if (once(&image, argv[1], i, &d, &err) < 0) {
            (void)fprintf(stderr, "%s\n", err.text);
            return 1;
        }
    for (size_t s = 0; s < STAGES; s++) {
        qsort(times[s], rounds, sizeof(times[s][0]), by_value);
        (void)printf("%s median %.1f us, p99 %.1f us\n", names[s],
                     (double)times[s][rounds / 2] / 1000,
                     (double)times[s][rounds * 99 / 100] / 1000);
    }
    (void)printf("verdict %s, %u rounds, %llu steps, %zu KiB reserved, %ld page faults, image %zu "
                 "bytes\n",
                 verdict_name(d.verdict), d.rounds, (unsigned long long)d.stats.steps,
                 (memory[1] - memory[0]) / 1024, faults, c.image_len);
    return 0;
}
