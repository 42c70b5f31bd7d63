/* What the engine costs: compile, prepared evaluation, and a whole process that maps an image and
 * judges one input.
 *
 *     rego_bench                    all measurements
 *     rego_bench once IMAGE INPUT   map, parse, run: what a container start pays (timed from
 * outside)
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/file.h"
#include "base/own.h"
#include "policy/rego/eval.h"
#include "policy/value/json.h"

extern char **environ;

enum { MEMORY = 1 << 30, REPEATS = 400 };

static double now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

static void report(const char *what, double *times, size_t n)
{
    qsort(times, n, sizeof(*times), by_value);
    printf("%-52s p50 %9.2f us   p99 %9.2f us\n", what, times[n / 2], times[n * 99 / 100]);
}

/* --- policies ---------------------------------------------------------------------------- */

/* About 2,000 lines: checks of the kind that judge a container, each with its helper. */
static void make_policy(struct buf *b)
{
    buf_puts(b, "package bench\n\nimport data.bench.lib\n\nallow if count(deny) == 0\n");
    for (int i = 0; i < 180; i++)
        buf_printf(b,
                   "\ndeny contains msg if {\n"
                   "\tsome i, m in input.config.mounts\n"
                   "\tm.type == \"bind%d\"\n"
                   "\tstartswith(m.source, \"/var/lib/%d\")\n"
                   "\tnot lib.exempt(m.source, %d)\n"
                   "\tmsg := sprintf(\"mount %%d: %%s is not allowed\", [i, m.source])\n"
                   "}\n\n"
                   "limit_%d := input.config.limits.l%d if input.config.limits.l%d > %d\n",
                   i, i, i, i, i, i, i);
    buf_puts(b, "\nlimits[name] := v if some name, v in input.config.limits\n"
                "\nbad_caps contains c if {\n\tsome c in input.config.capabilities\n"
                "\tnot c in {\"CAP_CHOWN\", \"CAP_KILL\", \"CAP_SETUID\"}\n}\n"
                "\ndeny contains \"capability\" if count(bad_caps) > 5\n");
}

static const char lib[] =
    "package bench.lib\n\nexempt(path, n) if path == sprintf(\"/exempt/%d\", [n])\n";

static const char input[] =
    "{\"config\":{\"mounts\":["
    "{\"type\":\"proc\",\"source\":\"proc\",\"destination\":\"/proc\"},"
    "{\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"destination\":\"/dev\"},"
    "{\"type\":\"devpts\",\"source\":\"devpts\",\"destination\":\"/dev/pts\"},"
    "{\"type\":\"bind\",\"source\":\"/var/lib/docker/containers/x/hosts\",\"destination\":\"/etc/hosts\"},"
    "{\"type\":\"bind7\",\"source\":\"/var/lib/7/data\",\"destination\":\"/data\"},"
    "{\"type\":\"bind99\",\"source\":\"/srv\",\"destination\":\"/srv\"}],"
    "\"limits\":{\"l1\":10,\"l2\":1,\"l50\":60},"
    "\"capabilities\":[\"CAP_CHOWN\",\"CAP_KILL\",\"CAP_SYS_ADMIN\"]},\"kind\":\"none\",\"n\":3}";

static void make_rules(struct buf *b, int n)
{
    buf_puts(b, "package bench\n");
    for (int i = 0; i < n; i++)
        buf_printf(b,
                   "deny contains \"rule %d\" if {\n\tinput.kind == \"k%d\"\n\tinput.n > %d\n}\n",
                   i, i, i);
}

/* --- measuring --------------------------------------------------------------------------- */

struct policy {
    struct rego_source sources[2];
    size_t n;
    const char *entry;
};

static int compile(struct arena *a, struct policy *p, struct buf *image, struct err *err)
{
    const struct rego_options opt = {.version = REGO_V1};
    const struct value *names[2] = {value_str(a, "bench"), value_str(a, p->entry)};
    const struct rego_entry entry = {.name = "entry", .path = value_array(a, names, 2)};
    struct rego_module *modules[2];
    struct rego_program *program;
    struct rego_diags diags = {0};

    for (size_t i = 0; i < p->n; i++)
        if (rego_parse(a, &p->sources[i], &opt, &modules[i], &diags, err) < 0)
            return -1;
    if (rego_check(a, modules, p->n, &entry, 1, NULL, &opt, &program, &diags, err) < 0)
        return -1;
    return rego_emit(a, program, &entry, 1, NULL, image, err);
}

static int measure_run(const char *what, const struct buf *image, struct err *err)
{
    AUTO_ARENA struct arena inputs = ARENA_INIT(MEMORY);
    double times[REPEATS];
    struct machine_stats stats;
    struct image img = IMAGE_INIT;
    const struct value *in, *out;
    char line[128];

    if (image_borrow(&img, image->data, image->len, err) < 0 ||
        json_parse(&inputs, input, strlen(input), JSON_STRICT, &in, NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < REPEATS; i++) {
        AUTO_ARENA struct arena a = ARENA_INIT(MEMORY);
        const double start = now_us();

        if (machine_run(&img, "entry", in, &a, NULL, &out, &stats, err) < 0)
            return -1;
        times[i] = now_us() - start;
    }
    (void)snprintf(line, sizeof(line), "%s: run (%llu steps, %llu bodies)", what,
                   (unsigned long long)stats.steps, (unsigned long long)stats.rules);
    report(line, times, REPEATS);
    return 0;
}

static int measure_process(const char *self, const char *what, const struct buf *image,
                           struct err *err)
{
    char path[] = "/tmp/rego-bench-XXXXXX", line[128];
    AUTO_FD int fd = mkstemp(path);
    char in_path[] = "/tmp/rego-bench-XXXXXX";
    AUTO_FD int in = mkstemp(in_path);
    char *const args[] = {(char *)(uintptr_t)self, path, in_path, NULL};
    char *const bare[] = {(char *)(uintptr_t)self, NULL};
    double with[REPEATS], without[REPEATS];

    if (fd < 0 || file_write_all(fd, image->data, image->len, err) < 0 || in < 0 ||
        file_write_all(in, input, strlen(input), err) < 0)
        return -1;
    for (size_t i = 0; i < REPEATS; i++) {
        for (int k = 0; k < 2; k++) {
            pid_t pid;
            int status = 1;
            const double start = now_us();

            if (posix_spawn(&pid, self, NULL, NULL, k ? args : bare, environ) != 0 ||
                waitpid(pid, &status, 0) < 0 || status != 0) {
                (void)unlink(path);
                (void)unlink(in_path);
                return err_set(err, ERR_SYSTEM, "the measured process failed");
            }
            (k ? with : without)[i] = now_us() - start;
        }
    }
    (void)unlink(path);
    (void)unlink(in_path);
    (void)snprintf(line, sizeof(line), "%s: process: map, parse input, run", what);
    report(line, with, REPEATS);
    report("    the same process doing nothing", without, REPEATS);
    return 0;
}

static int measure(const char *self, const char *what, struct policy *p, struct err *err)
{
    AUTO_BUF struct buf image = BUF_INIT;
    double times[15];
    char line[128];

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        AUTO_ARENA struct arena a = ARENA_INIT(MEMORY);
        const double start = now_us();

        buf_done(&image);
        if (compile(&a, p, &image, err) < 0)
            return -1;
        times[i] = now_us() - start;
    }
    (void)snprintf(line, sizeof(line), "%s: compile to %zu bytes", what, image.len);
    report(line, times, sizeof(times) / sizeof(times[0]));
    return measure_run(what, &image, err) < 0 ? -1 : measure_process(self, what, &image, err);
}

int main(int argc, char **argv)
{
    AUTO_BUF struct buf big = BUF_INIT;
    struct err err = ERR_INIT;
    static const int sizes[] = {10, 100, 1000};

    if (argc != 2) {
        fprintf(stderr, "usage: rego_bench IMAGE_ONCE\n");
        return 2;
    }

    make_policy(&big);
    struct policy p = {
        .sources = {{"policy.rego", big.data, big.len}, {"lib.rego", lib, strlen(lib)}},
        .n = 2,
        .entry = "deny"};
    if (measure(argv[1], "2,000 lines", &p, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        AUTO_BUF struct buf text = BUF_INIT;
        char name[32];

        make_rules(&text, sizes[i]);
        (void)snprintf(name, sizeof(name), "%d rules", sizes[i]);
        struct policy q = {
            .sources = {{"rules.rego", text.data, text.len}}, .n = 1, .entry = "deny"};
        if (measure(argv[1], name, &q, &err) < 0) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
    }
    return 0;
}
