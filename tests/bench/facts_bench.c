/* How long facts_input takes on an ordinary config: tests/bench/facts_bench [CONFIG [ROUNDS]]. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "facts/facts.h"
#include "profiles/derive.h"

static int64_t now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_value(const void *x, const void *y)
{
    const int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    const char *const path = argc > 1 ? argv[1] : "tests/fixtures/docker-default.json";
    unsigned long long rounds = 500;
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    struct err err = ERR_INIT;

    if (argc > 2 && !str_decimal(argv[2], 100000, &rounds))
        return EXIT_FAILURE;
    int64_t *const parse = calloc(rounds, sizeof(*parse)),
                   *const facts = calloc(rounds, sizeof(*facts)),
                   *const derive = calloc(rounds, sizeof(*derive));
    if (!parse || !facts || !derive || rounds == 0 ||
        file_read_at(AT_FDCWD, path, BUNDLE_CONFIG_MAX, &text, &len, NULL, &err) < 0) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < rounds; i++) {
        struct arena a = ARENA_INIT(64 << 20);
        const struct value *doc = NULL, *input = NULL, *out = NULL;
        const int64_t start = now();

        if (document_parse(&a, text, len, &doc, &err) < 0) {
            fprintf(stderr, "%s: %s\n", path, err.text);
            return EXIT_FAILURE;
        }
        const int64_t parsed = now();
        const struct facts_request req = {.operation = "create",
                                          .caller = "shim",
                                          .id = "bench",
                                          .config = doc,
                                          .bundle = "/",
                                          .bundle_fd = -1,
                                          .runtime = "runc",
                                          .host = FACTS_LOOK,
                                          .trusted_host = true};
        if (facts_input(&a, &req, &input, &err) < 0) {
            fprintf(stderr, "%s: %s\n", path, err.text);
            return EXIT_FAILURE;
        }
        const int64_t seen = now();
        if (derive_facts(&a, input, NULL, NULL, 0, &out, &err) < 0)
            return EXIT_FAILURE;
        parse[i] = parsed - start;
        facts[i] = seen - parsed;
        derive[i] = now() - seen;
        arena_done(&a);
    }
    qsort(parse, rounds, sizeof(*parse), by_value);
    qsort(facts, rounds, sizeof(*facts), by_value);
    qsort(derive, rounds, sizeof(*derive), by_value);
    static const struct {
        const char *name;
        unsigned long long part;
    } rows[] = {{"best tenth", 10}, {"median", 2}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const size_t k = rounds / rows[i].part;

        printf("%-10s us: parse %.1f, facts_input %.1f (of it analysis %.1f)\n", rows[i].name,
               (double)parse[k] / 1e3, (double)facts[k] / 1e3, (double)derive[k] / 1e3);
    }
    free(parse);
    free(facts);
    free(derive);
    return EXIT_SUCCESS;
}
