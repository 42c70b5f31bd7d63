/* Times the Rego engine, one policy at a time, in the same line as the programs in
 * tests/bench/peers.
 *
 *     rego_peer QUERY INPUT ROUNDS FILE...         {"compile_us", "eval_us", "rss_kib", "result"}
 *     rego_peer --image OUT QUERY FILE...          the compiled image, for image_once
 *
 * compile_us: from the files to something that answers, once. eval_us: the median of ROUNDS
 * evaluations of one parsed input. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "policy/machine/machine.h"
#include "policy/rego/rego.h"
#include "policy/value/json.h"

enum { MEMORY = 1 << 30, FILES_MAX = 8, FILE_MAX = 64 << 20, ROUNDS_MAX = 100000 };

static int by_value(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

static double since_us(int64_t start)
{
    return (double)(clock_steady_ns() - start) / 1e3;
}

/* data.a.b -> ["a", "b"] */
static const struct value *entry_path(struct arena *a, const char *query)
{
    struct value_list names = {0};

    for (const char *at = strchrnul(query, '.'); *at;) {
        const size_t n = strcspn(at + 1, ".");

        value_list_add(a, &names, value_string(a, at + 1, n));
        at += n + 1;
    }
    return value_list_array(a, &names);
}

static int compile(struct arena *a, const char *query, char *const *files, size_t n,
                   struct buf *image, struct err *err)
{
    const struct rego_options opt = {.version = REGO_V1};
    const struct rego_entry entry = {.name = "entry", .path = entry_path(a, query)};
    struct rego_module *modules[FILES_MAX];
    struct rego_program *program;
    struct rego_diags diags = {0};

    for (size_t i = 0; i < n; i++) {
        AUTO_FREE char *text = NULL;
        size_t len = 0;

        if (file_read_at(AT_FDCWD, files[i], FILE_MAX, &text, &len, NULL, err) < 0)
            return -1;
        struct rego_source source = {files[i], arena_strndup(a, text, len), len};
        if (!source.text)
            return err_nomem(err);
        if (rego_parse(a, &source, &opt, &modules[i], &diags, err) < 0)
            return -1;
    }
    if (rego_check(a, modules, n, &entry, 1, NULL, &opt, &program, &diags, err) < 0)
        return -1;
    return rego_emit(a, program, &entry, 1, NULL, image, err);
}

static int write_image(char **argv, size_t files, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(MEMORY);
    AUTO_BUF struct buf image = BUF_INIT;

    if (compile(&a, argv[3], argv + 4, files, &image, err) < 0)
        return -1;
    return file_replace_at(AT_FDCWD, argv[2], image.data, image.len, NULL, 0644, 0, err);
}

static int measure(char **argv, size_t files, size_t rounds, struct err *err)
{
    static double times[ROUNDS_MAX];
    AUTO_ARENA struct arena inputs = ARENA_INIT(MEMORY);
    AUTO_ARENA struct arena work = ARENA_INIT(MEMORY);
    AUTO_ARENA struct arena a = ARENA_INIT(MEMORY);
    AUTO_BUF struct buf image = BUF_INIT;
    AUTO_BUF struct buf line = BUF_INIT;
    AUTO_FREE char *text = NULL;
    const struct value *in, *out = NULL;
    struct image img = IMAGE_INIT;
    struct rusage used;
    size_t len = 0;

    if (file_read_at(AT_FDCWD, argv[2], FILE_MAX, &text, &len, NULL, err) < 0 ||
        json_parse(&inputs, text, len, JSON_STRICT, &in, NULL, err) < 0)
        return -1;
    const int64_t start = clock_steady_ns();
    if (compile(&work, argv[1], argv + 4, files, &image, err) < 0 ||
        image_borrow(&img, image.data, image.len, err) < 0)
        return -1;
    const double compile_us = since_us(start);

    /* One arena, emptied after each run, as a program that judges many inputs has it. */
    void *const first = arena_alloc(&a, 1);
    const struct arena_mark mark = arena_mark(&a);
    if (!first)
        return err_nomem(err);
    for (size_t i = 0; i < rounds; i++) {
        arena_reset(&a, mark);
        const int64_t from = clock_steady_ns();
        if (machine_run(&img, "entry", in, &a, NULL, &out, NULL, err) < 0)
            return -1;
        times[i] = since_us(from);
    }
    qsort(times, rounds, sizeof(times[0]), by_value);
    (void)getrusage(RUSAGE_SELF, &used);
    buf_printf(&line,
               "{\"compile_us\":%.1f,\"eval_us\":%.2f,\"rss_kib\":%ld,\"result\":", compile_us,
               times[rounds / 2], used.ru_maxrss);
    json_print(&line, out ? out : &value_null, JSON_COMPACT);
    if (buf_check(&line, err) < 0)
        return -1;
    (void)printf("%s}\n", line.data);
    return 0;
}

int main(int argc, char **argv)
{
    const bool image = argc > 4 && strcmp(argv[1], "--image") == 0;
    const size_t rounds = argc > 4 ? (size_t)strtoul(argv[3], NULL, 10) : 0;
    struct err err = ERR_INIT;

    if (argc < 5 || argc - 4 > FILES_MAX || (!image && (rounds == 0 || rounds > ROUNDS_MAX))) {
        (void)fprintf(stderr, "usage: rego_peer QUERY INPUT ROUNDS FILE...\n"
                              "       rego_peer --image OUT QUERY FILE...\n");
        return 2;
    }
    const int status = image ? write_image(argv, (size_t)argc - 4, &err)
                             : measure(argv, (size_t)argc - 4, rounds, &err);
    if (status < 0)
        (void)fprintf(stderr, "%s\n", err.text);
    return status < 0;
}
