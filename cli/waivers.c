#include "cli/waivers.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/spool.h"
#include "base/clock.h"
#include "base/own.h"
#include "policy/value/json.h"

enum { SCRATCH = 64 * 1024 * 1024 };

const char *const waiver_state_names[WAIVER_STATES] = {
    [WAIVER_ACTIVE] = "active",
    [WAIVER_INACTIVE] = "not activated",
    [WAIVER_EXPIRED] = "expired",
    [WAIVER_USELESS] = "useless",
};

static int read_settings(struct waivers *w, const char *file, struct arena *a, struct err *err)
{
    const char *text = "";
    size_t len = 0;

    if (access(file, F_OK) == 0 &&
        sources_read(a, file, false, YAML_BYTES_MAX, &text, &len, err) < 0)
        return -1;
    if (settings_parse(a, file, text, len, &w->settings, err) < 0)
        return -1;
    w->dir = settings_waivers_dir(a, &w->settings, file);
    return w->dir ? 0 : err_nomem(err);
}

static int read_file(struct waivers *w, const char *path, struct arena *a, struct err *err)
{
    const char *text;
    size_t len;
    const size_t before = w->list.n;
    const struct value *const name = value_str(a, path);

    if (!name)
        return err_nomem(err);
    if (sources_read(a, path, false, YAML_BYTES_MAX, &text, &len, err) < 0 ||
        waivers_parse(a, path, text, len, w->catalogue, clock_wall_ns(), w->settings.waiver_days,
                      &w->list, err) < 0)
        return -1;
    for (size_t i = before; i < w->list.n; i++)
        value_list_add(a, &w->files, name);
    return 0;
}

int waivers_load(struct waivers *w, struct judged *j, struct gate *active, const struct call *call,
                 struct arena *a, struct err *err)
{
    struct err none = ERR_INIT; /* without an active policy no waiver is active */
    const char *const file = call_value(call, "settings", POLICY_SETTINGS);
    const struct value *names;

    *w = (struct waivers){0};
    if (read_settings(w, file, a, err) < 0 || judged_open(j, call, "lint", a, err) < 0)
        return -1;
    w->catalogue = value_path(j->gate.image.data, "sallyport", "catalogue", NULL);
    if (gate_open(active, NULL, "lint", a, &none) == 0)
        w->active = value_path(active->image.data, "sallyport", "settings", "waivers", NULL);
    if (!w->catalogue)
        return err_set(err, ERR_INVALID, "the policy image describes no rules");
    if (access(w->dir, F_OK) < 0)
        return 0;
    if (sources_list(a, w->dir, ".yaml", &names, err) < 0)
        return err_ctx(err, "waivers");
    for (size_t i = 0; i < names->count; i++) {
        const char *const path = arena_printf(a, "%s/%s", w->dir, value_bytes(value_at(names, i)));

        if (!path)
            return err_nomem(err);
        if (read_file(w, path, a, err) < 0)
            return -1;
    }
    return w->list.failed || w->files.failed ? err_nomem(err) : 0;
}

struct counting {
    const struct waivers *w;
    struct waiver_use *uses;
    struct arena *arena;
};

static bool uses_it(const struct value *record, const struct value *id)
{
    const struct value *const findings = value_path(record, "result", "findings", NULL);

    for (size_t i = 0; findings && value_is(findings, VALUE_ARRAY) && i < findings->count; i++) {
        const struct value *const by = value_field(value_at(findings, i), "waived");

        if (by && value_equal(by, id))
            return true;
    }
    return false;
}

static int count_visit(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct counting *const c = ctx;
    AUTO_ARENA struct arena scratch = ARENA_INIT(SCRATCH);
    const struct value *record;

    if (entry->is_blob || !memmem(entry->json, entry->len, "\"waived\"", 8))
        return 0;
    if (json_parse(&scratch, entry->json, entry->len, 0, &record, NULL, err) < 0)
        return err_ctx(err, "%s line %llu", entry->segment, (unsigned long long)entry->line);
    for (size_t i = 0; i < c->w->list.n; i++) {
        if (!uses_it(record, value_field(c->w->list.items[i], "id")))
            continue;
        const char *const when = value_cstr(value_field(record, "timestamp"));
        c->uses[i].times++;
        c->uses[i].last = when ? arena_strndup(c->arena, when, strlen(when)) : NULL;
    }
    return 0;
}

int waivers_uses(const struct waivers *w, const char *log, struct arena *a, struct waiver_use *uses,
                 struct err *err)
{
    struct counting c = {.w = w, .uses = uses, .arena = a};
    struct spool_report report = {0};

    const char *const spool = arena_printf(a, "%s/spool", log);

    if (!spool)
        return err_nomem(err);
    if (access(spool, F_OK) < 0 && errno == ENOENT)
        return 0; /* nothing was recorded here yet */
    return spool_walk(log, count_visit, &c, &report, err);
}

int64_t waiver_days_left(const struct value *waiver, int64_t now_ns)
{
    const char *const text = value_cstr(value_field(waiver, "expires"));
    struct tm tm = {0};

    if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm))
        return -1;
    const int64_t left = (int64_t)timegm(&tm) - now_ns / 1000000000;
    return left < 0 ? -1 : left / 86400;
}
