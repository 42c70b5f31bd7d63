/* `sallyport metrics`: the counters of audit/forward/metrics.h, and how this machine's gate stands
 * now. What cannot be learned is left out or 0, never made up; the command says so and fails. */
#include "audit/forward/metrics.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/log/log.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "cli/doctor.h"
#include "cli/spooled.h"
#include "cli/waivers.h"

enum { METRICS_ARENA = 256 << 20 };

const struct option_row metrics_options[] = {
    {"output", 'o', "FILE", "replace this file, in place of printing", NULL},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

static void gauge(struct buf *b, const char *name, const char *help, uint64_t n)
{
    metrics_head(b, name, "gauge", help);
    buf_printf(b, "%s %" PRIu64 "\n", name, n);
}

static void sample(struct buf *b, const char *name, const char *label, const char *value,
                   uint64_t n)
{
    buf_printf(b, "%s{", name);
    metrics_label(b, label, value);
    buf_printf(b, "} %" PRIu64 "\n", n);
}

/* --- the policy and its waivers ----------------------------------------------------------------
 */

static void print_waivers(struct buf *b, const struct value *waivers, int64_t now)
{
    static const int within[] = {7, 30};
    uint64_t live = 0, over = 0, soon[ARRAY_LEN(within)] = {0};

    for (size_t i = 0; waivers && value_is(waivers, VALUE_ARRAY) && i < waivers->count; i++) {
        const int64_t left = waiver_days_left(value_at(waivers, i), now);

        *(left < 0 ? &over : &live) += 1;
        for (size_t k = 0; k < ARRAY_LEN(within); k++)
            soon[k] += left >= 0 && left < within[k];
    }
    metrics_head(b, "sallyport_waivers", "gauge", "Waivers in the active policy.");
    sample(b, "sallyport_waivers", "state", "active", live);
    sample(b, "sallyport_waivers", "state", "expired", over);
    metrics_head(b, "sallyport_waivers_expiring", "gauge",
                 "Waivers in the active policy that end within so many days.");
    sample(b, "sallyport_waivers_expiring", "days", "7", soon[0]);
    sample(b, "sallyport_waivers_expiring", "days", "30", soon[1]);
}

static bool good(check_fn *check, struct arena *a, const struct value *meta)
{
    AUTO_BUF struct buf says = BUF_INIT;
    struct checkup c = {.arena = a, .meta = meta, .says = &says};

    return check(&c) == HEALTH_GOOD;
}

static void print_policy(struct buf *b, struct arena *a)
{
    AUTO_JUDGED struct judged j = JUDGED_INIT;
    struct err why = ERR_INIT;
    struct stat st;
    const bool active = gate_open(&j.gate, NULL, "lint", a, &why) == 0;

    gauge(b, "sallyport_policy_active", "Is there a policy that starts can be judged by?", active);
    if (!active)
        return;
    gauge(b, "sallyport_policy_sources_current",
          "Is the active policy what its sources would give now?",
          good(check_sources, a, j.gate.image.meta));
    if (stat(SALLYPORT_IMAGE, &st) == 0)
        gauge(b, "sallyport_policy_activated_timestamp_seconds",
              "When the active policy was activated.", (uint64_t)st.st_mtim.tv_sec);
    print_waivers(b, value_path(j.gate.image.data, "sallyport", "settings", "waivers", NULL),
                  clock_wall_ns());
}

/* --- engines -----------------------------------------------------------------------------------
 */

static void print_engines(struct buf *b, struct arena *a)
{
    static const struct {
        const char *name;
        check_fn *check;
    } engines[] = {
        {"docker", check_docker},
        {"containerd", check_containerd},
        {"podman", check_podman},
        {"cri-o", check_crio},
    };

    metrics_head(b, "sallyport_engine_gated", "gauge",
                 "Does this installed engine call the gate by its configuration?");
    for (size_t i = 0; i < ARRAY_LEN(engines); i++) {
        AUTO_BUF struct buf says = BUF_INIT;
        struct checkup c = {.arena = a, .says = &says};
        const enum health health = engines[i].check(&c);

        if (health != HEALTH_SKIP)
            sample(b, "sallyport_engine_gated", "engine", engines[i].name, health == HEALTH_GOOD);
    }
}

/* --- the log -----------------------------------------------------------------------------------
 */

static int spool_bytes(const char *dir, uint64_t *bytes, struct err *err)
{
    AUTO_FREE char(*names)[32] = NULL;
    AUTO_FD int fd = -1;
    char path[4096];
    size_t n = 0;

    *bytes = 0;
    if (snprintf(path, sizeof(path), "%s/spool", dir) >= (int)sizeof(path))
        return err_set(err, ERR_LIMIT, "path too long");
    fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : err_sys(err, "%s", path); /* nothing was recorded yet */
    if (spool_segments(dir, &names, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct stat st;

        if (fstatat(fd, names[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
            *bytes += (uint64_t)st.st_size;
        else if (errno != ENOENT) /* rotated away meanwhile */
            return err_sys(err, "%s/%s", path, names[i]);
    }
    return 0;
}

static int print_log(struct buf *b, struct arena *a, const char *dir, struct err *err)
{
    struct spool_report report = {0};
    struct metrics *m = NULL;
    uint64_t size = 0, pending = 0, bytes = 0;
    int64_t signed_at = 0;

    if (metrics_count(dir, a, &m, &report, err) < 0 || metrics_print(b, m, err) < 0 ||
        log_status(dir, &size, &pending, &signed_at, err) < 0 || spool_bytes(dir, &bytes, err) < 0)
        return -1;
    gauge(b, "sallyport_spool_intact", "Is the chain of records unbroken, as far as it was read?",
          report.intact);
    gauge(b, "sallyport_spool_bytes", "Size of the spool's segments.", bytes);
    gauge(b, "sallyport_log_records", "Records that the signed log holds.", size);
    gauge(b, "sallyport_log_pending_records", "Records that wait to be integrated.", pending);
    gauge(b, "sallyport_log_checkpoint_timestamp_seconds",
          "When the newest checkpoint was signed; 0: never.", (uint64_t)signed_at);
    if (!report.intact)
        return err_set(err, ERR_INVALID, "the spool is broken, counted up to there: %s",
                       report.first_fault);
    return 0;
}

int cmd_metrics(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(METRICS_ARENA);
    AUTO_BUF struct buf b = BUF_INIT;
    const char *const output = call_value(call, "output", NULL);
    struct err why = ERR_INIT;

    metrics_head(&b, "sallyport_build_info", "gauge", "This program.");
    sample(&b, "sallyport_build_info", "version", SALLYPORT_VERSION, 1);
    print_policy(&b, &a);
    print_engines(&b, &a);
    const int status = print_log(&b, &a, spooled_dir(call), &why);
    /* The rest is worth having all the same, and says that the log is not as it should be. */
    gauge(&b, "sallyport_metrics_up", "Was everything learned that is to be told?", status == 0);
    if (buf_check(&b, err) < 0)
        return -1;
    if (output) {
        if (file_replace_at(AT_FDCWD, output, b.data, b.len, NULL, 0644, 0, err) < 0)
            return -1;
    } else {
        buf_add(&call->out, b.data, b.len);
    }
    if (status < 0) {
        buf_puts(&call->log, "sallyport: ");
        say(&call->log, why.text);
        buf_putc(&call->log, '\n');
        return EXIT_FAULT;
    }
    return EXIT_CLEAN;
}
