/* spool_bench DIR WRITERS RECORDS [FINDINGS]: WRITERS processes append RECORDS records each, every
 * one as a start does it: open, append under the lock, sync, close. Prints records a second of all
 * and each one's wait. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/record.h"
#include "audit/spool.h"
#include "base/clock.h"
#include "base/own.h"
#include "base/str.h"
#include "policy/value/json.h"

enum { WRITERS_MAX = 64, RECORDS_MAX = 100000 };

struct shared {
    int go;
    int64_t wait[]; /* ns, WRITERS * RECORDS */
};

/* A decision with findings, as hardening a container of an ordinary engine gives. */
static int build(struct arena *a, unsigned long long findings, const struct value **record,
                 struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;
    const struct value *input, *decision;
    char id[RECORD_ID_LEN + 1];
    const uint8_t random[10] = {1};

    record_id(clock_wall_ns(), random, id);
    buf_puts(&b,
             "{\"operation\":\"create\",\"container\":{\"id\":\"0123456789abcdef0123456789abcdef"
             "0123456789abcdef0123456789abcdef\",\"name\":\"web\",\"engine\":\"docker\"}}");
    if (buf_check(&b, err) < 0 || json_parse(a, b.data, b.len, 0, &input, NULL, err) < 0)
        return -1;
    buf_clear(&b);
    buf_puts(&b, "{\"verdict\":\"harden\",\"mode\":\"enforce\",\"findings\":[");
    for (unsigned long long i = 0; i < findings; i++)
        buf_printf(&b,
                   "%s{\"rule\":\"read-only-rootfs\",\"msg\":\"the root filesystem is writable: a "
                   "process can change the programs that run next\",\"path\":\"/config/root/%llu\","
                   "\"enforcement\":\"deny\",\"fixed\":true}",
                   i ? "," : "", i);
    buf_puts(&b, "]}");
    if (buf_check(&b, err) < 0 || json_parse(a, b.data, b.len, 0, &decision, NULL, err) < 0)
        return -1;
    const struct record_parts parts = {
        .id = id,
        .now_ns = clock_wall_ns(),
        .caller = "shim",
        .input = input,
        .decision = decision,
        .verdict = "harden",
    };
    return record_build(a, &parts, record, err);
}

static int write_all(const char *dir, const struct value *record, size_t n, int64_t *wait,
                     struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_SPOOL struct spool s = SPOOL_INIT;
        const int64_t start = clock_steady_ns();

        if (spool_open(&s, dir, err) < 0 || spool_append(&s, NULL, record, err) < 0)
            return -1;
        wait[i] = clock_steady_ns() - start;
    }
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int run(const char *dir, size_t writers, size_t n, const struct value *record, size_t bytes,
               struct err *err)
{
    const size_t all = writers * n, size = sizeof(struct shared) + all * sizeof(int64_t);
    struct shared *const sh =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int failed = 0;

    if (sh == MAP_FAILED)
        return err_sys(err, "mmap");
    for (size_t w = 0; w < writers; w++) {
        const pid_t pid = fork();

        if (pid < 0)
            return err_sys(err, "fork");
        if (pid == 0) {
            while (!__atomic_load_n(&sh->go, __ATOMIC_ACQUIRE))
                (void)usleep(100);
            const int status = write_all(dir, record, n, sh->wait + w * n, err);
            if (status < 0)
                (void)fprintf(stderr, "spool_bench: %s\n", err->text);
            _exit(status < 0);
        }
    }
    const int64_t start = clock_steady_ns();
    __atomic_store_n(&sh->go, 1, __ATOMIC_RELEASE);
    for (size_t w = 0; w < writers; w++) {
        int status = 0;

        if (wait(&status) < 0 || status != 0)
            failed = 1;
    }
    const double seconds = (double)(clock_steady_ns() - start) / 1e9;
    if (failed)
        return err_set(err, ERR_SYSTEM, "a writer failed");
    qsort(sh->wait, all, sizeof(int64_t), by_time);
    (void)printf("%zu writers: %.0f records/s of %zu bytes, wait median %.2f ms, p99 %.2f ms, "
                 "longest %.2f ms\n",
                 writers, (double)all / seconds, bytes, (double)sh->wait[all / 2] / 1e6,
                 (double)sh->wait[all * 99 / 100] / 1e6, (double)sh->wait[all - 1] / 1e6);
    return munmap(sh, size) < 0 ? err_sys(err, "munmap") : 0;
}

int main(int argc, char *argv[])
{
    AUTO_ARENA struct arena a = ARENA_INIT(16 << 20);
    AUTO_BUF struct buf text = BUF_INIT;
    const struct value *record;
    struct err err = ERR_INIT;
    unsigned long long writers, n, findings = 8;

    if (argc < 4 || !str_decimal(argv[2], WRITERS_MAX, &writers) || writers == 0 ||
        !str_decimal(argv[3], RECORDS_MAX, &n) || n == 0 ||
        (argc > 4 && !str_decimal(argv[4], 200, &findings))) {
        (void)fprintf(stderr, "usage: spool_bench DIR WRITERS RECORDS [FINDINGS]\n");
        return 2;
    }
    if (build(&a, findings, &record, &err) == 0) {
        json_print(&text, record, JSON_COMPACT);
        if (run(argv[1], (size_t)writers, (size_t)n, record, text.len, &err) == 0)
            return 0;
    }
    (void)fprintf(stderr, "spool_bench: %s\n", err.text);
    return 1;
}
