/* sallyport waiver add, list, check. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/spooled.h"
#include "cli/waivers.h"
#include "policy/value/json.h"

enum { WAIVER_ARENA = 512 * 1024 * 1024, SEEN_AFTER_DAYS = 30, SOON_DAYS = 14 };

const struct option_row waiver_add_options[] = {
    {"rule", 'r', "RULE", "the rule that does not count", NULL},
    {"engine", 0, "NAME", "for containers of this engine", NULL},
    {"scope", 0, "NAME", "container, pod, sandbox, build or system", NULL},
    {"namespace", 'n', "NAME", "for pods of this Kubernetes namespace", NULL},
    {"image-digest", 'i', "DIGEST", "for containers of this image (id or digest)", NULL},
    {"host-label", 0, "NAME=VALUE", "on hosts that the settings label so", NULL},
    {"statement", 'm', "TEXT", "why this is right", NULL},
    {"owner", 'o', "WHO", "who answers for it", NULL},
    {"ticket", 't', "ID", "where it is discussed", NULL},
    {"days", 'd', "N", "how long (30); the settings' waiver_days is the most", NULL},
    {"id", 0, "ID", "its name; one is made up otherwise", NULL},
    {"settings", 's', "FILE", "settings other than " POLICY_SETTINGS, NULL},
    {"rules", 0, "DIR", "the shipped rules from here", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct option_row waiver_list_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"settings", 's', "FILE", "settings other than " POLICY_SETTINGS, NULL},
    {"rules", 0, "DIR", "the shipped rules from here", NULL},
    {"log", 0, "DIR", "the log's directory", NULL},
    {"seen-within", 0, "DAYS", "useless: waives nothing for this long (30)", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* --- add --------------------------------------------------------------------------------- */

/* JSON strings are YAML's double-quoted ones. */
static void field(struct buf *b, const char *indent, const char *name, const char *text)
{
    if (!text)
        return;
    buf_printf(b, "%s%s: ", indent, name);
    json_print_string(b, text, strlen(text));
    buf_putc(b, '\n');
}

/* engine: ["docker", "podman"], of an option that may be repeated. */
static size_t names(struct buf *b, const struct call *call, const char *option, const char *key)
{
    size_t n = 0;

    for (const char *v; (v = call_values(call, option, n)); n++) {
        if (n == 0)
            buf_printf(b, "      %s: [", key);
        else
            buf_puts(b, ", ");
        json_print_string(b, v, strlen(v));
    }
    if (n)
        buf_puts(b, "]\n");
    return n;
}

static int labels(struct buf *b, const struct call *call, size_t *n, struct err *err)
{
    const size_t before = *n;

    for (const char *v; (v = call_values(call, "host-label", *n - before)); ++*n) {
        const char *const equals = strchr(v, '=');

        if (!equals || equals == v)
            return err_set(err, ERR_USAGE, "waiver add: --host-label takes NAME=VALUE");
        if (*n == before)
            buf_puts(b, "      host_label:\n");
        buf_puts(b, "        ");
        json_print_string(b, v, (size_t)(equals - v));
        buf_puts(b, ": ");
        json_print_string(b, equals + 1, strlen(equals + 1));
        buf_putc(b, '\n');
    }
    return 0;
}

static int new_id(char *out, size_t size, struct err *err)
{
    uint8_t random[4];
    char day[CLOCK_TEXT_MAX];

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return err_sys(err, "getrandom");
    clock_rfc3339(clock_wall_ns(), 0, day);
    (void)snprintf(out, size, "W-%.10s-%02x%02x%02x%02x", day, random[0], random[1], random[2],
                   random[3]);
    return 0;
}

/* An id names a file. */
static bool good_id(const char *id)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    return *id && *id != '.' && strlen(id) <= 64 && strspn(id, letters) == strlen(id);
}

static int compose(struct buf *b, const struct call *call, const char *id, int64_t days,
                   struct err *err)
{
    char last[CLOCK_TEXT_MAX];
    size_t n = 0;

    clock_rfc3339(clock_wall_ns() + days * 86400 * 1000000000, 0, last);
    last[10] = '\0';
    buf_puts(b, "waivers:\n");
    field(b, "  - ", "id", id);
    field(b, "    ", "rule", call_value(call, "rule", NULL));
    buf_puts(b, "    selector:\n");
    n += names(b, call, "engine", "engine");
    n += names(b, call, "scope", "scope");
    n += names(b, call, "namespace", "kubernetes_namespace");
    n += names(b, call, "image-digest", "image_digest");
    if (labels(b, call, &n, err) < 0)
        return -1;
    if (n == 0)
        return err_set(err, ERR_USAGE,
                       "waiver add: say what it is for: --engine, --scope, --namespace, "
                       "--image-digest or --host-label");
    field(b, "    ", "statement", call_value(call, "statement", NULL));
    field(b, "    ", "owner", call_value(call, "owner", NULL));
    field(b, "    ", "ticket", call_value(call, "ticket", NULL));
    field(b, "    ", "expires", last);
    return buf_check(b, err);
}

static int check_usage(const struct call *call, unsigned long long *days, struct err *err)
{
    static const char *const needed[] = {"rule", "statement", "owner"};
    const char *const text = call_value(call, "days", NULL);

    for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
        if (!call_value(call, needed[i], NULL))
            return err_set(err, ERR_USAGE, "waiver add: --%s is needed", needed[i]);
    }
    if (text && (!str_decimal(text, 3650, days) || *days == 0))
        return err_set(err, ERR_USAGE, "waiver add: --days takes a number");
    return 0;
}

static int write_file(const char *dir, const char *id, const struct buf *text, struct err *err)
{
    char name[80];

    if (mkdir(dir, 0755) < 0 && errno != EEXIST)
        return err_sys(err, "%s", dir);
    AUTO_FD int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd < 0)
        return err_sys(err, "%s", dir);
    (void)snprintf(name, sizeof name, "%s.yaml", id);
    if (faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return err_set(err, ERR_USAGE, "%s/%s is there already", dir, name);
    return file_replace_at(dirfd, name, text->data, text->len, NULL, 0644, 1, err);
}

int cmd_waiver_add(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(WAIVER_ARENA);
    AUTO_JUDGED struct judged j = JUDGED_INIT;
    AUTO_JUDGED struct judged active = JUDGED_INIT;
    AUTO_BUF struct buf text = BUF_INIT;
    struct waivers w;
    struct value_list checked = {0};
    unsigned long long days = 30;
    char made[40];
    const char *id = call_value(call, "id", NULL);

    if (check_usage(call, &days, err) < 0 || (!id && new_id(made, sizeof made, err) < 0))
        return -1;
    id = id ? id : made;
    if (!good_id(id))
        return err_set(err, ERR_USAGE, "waiver add: an id is letters, digits, '-', '_' and '.'");
    if (compose(&text, call, id, (int64_t)days, err) < 0 ||
        waivers_load(&w, &j, &active.gate, call, &a, err) < 0)
        return -1;
    for (size_t i = 0; i < w.list.n; i++) {
        if (value_is_str(value_field(w.list.items[i], "id"), id))
            return err_set(err, ERR_USAGE, "there is a waiver %s in %s", id,
                           value_bytes(w.files.items[i]));
    }
    /* Read it as activation will, before it stands anywhere. */
    if (waivers_parse(&a, "the new waiver", text.data, text.len, w.catalogue, clock_wall_ns(),
                      w.settings.waiver_days, &checked, err) < 0)
        return -1;
    if (write_file(w.dir, id, &text, err) < 0)
        return -1;
    say(&call->out, w.dir);
    buf_printf(&call->out, "/%s.yaml\n", id);
    buf_puts(&call->log, "sallyport: in force after sallyport policy activate\n");
    return EXIT_CLEAN;
}

/* --- list and check ------------------------------------------------------------------------ */

static bool is_active(const struct waivers *w, const struct value *waiver)
{
    for (size_t i = 0; w->active && value_is(w->active, VALUE_ARRAY) && i < w->active->count; i++) {
        if (value_equal(value_at(w->active, i), waiver))
            return true;
    }
    return false;
}

/* Days since the file was written. */
static int64_t age_of(const char *file, int64_t now_ns)
{
    struct stat st;

    return stat(file, &st) < 0 ? 0 : (now_ns / 1000000000 - st.st_mtim.tv_sec) / 86400;
}

static int64_t age_of_use(const struct waiver_use *use, int64_t now_ns)
{
    struct tm tm = {0};

    if (!use->last || !strptime(use->last, "%Y-%m-%dT%H:%M:%S", &tm))
        return INT64_MAX;
    return (now_ns / 1000000000 - (int64_t)timegm(&tm)) / 86400;
}

static enum waiver_state state_of(const struct waivers *w, size_t i, const struct waiver_use *use,
                                  int64_t now_ns, int64_t within)
{
    const struct value *const waiver = w->list.items[i];

    if (waiver_days_left(waiver, now_ns) < 0)
        return WAIVER_EXPIRED;
    if (!is_active(w, waiver))
        return WAIVER_INACTIVE;
    if (age_of(value_bytes(w->files.items[i]), now_ns) >= within &&
        age_of_use(use, now_ns) >= within)
        return WAIVER_USELESS;
    return WAIVER_ACTIVE;
}

static void print_text(struct call *call, const struct waivers *w, size_t i,
                       const struct waiver_use *use, enum waiver_state state, int64_t now_ns)
{
    const struct value *const v = w->list.items[i];
    const char *const id = value_cstr(value_field(v, "id"));
    const char *const rule = value_cstr(value_field(v, "rule"));
    const char *const owner = value_cstr(value_field(v, "owner"));
    const char *const ticket = value_cstr(value_field(v, "ticket"));
    const char *const why = value_cstr(value_field(v, "statement"));
    const int64_t left = waiver_days_left(v, now_ns);

    paint(call, PAINT_BOLD, id ? id : "?");
    buf_putc(&call->out, ' ');
    say(&call->out, rule ? rule : "?");
    buf_puts(&call->out, ": ");
    paint(call, state == WAIVER_ACTIVE ? PAINT_GREEN : PAINT_YELLOW, waiver_state_names[state]);
    if (left >= 0)
        buf_printf(&call->out, ", %lld %s left%s", (long long)left, left == 1 ? "day" : "days",
                   left < SOON_DAYS ? " (soon)" : "");
    buf_printf(&call->out, ", used %llu times", (unsigned long long)use->times);
    buf_puts(&call->out, "\n  ");
    say(&call->out, why ? why : "");
    buf_puts(&call->out, " (");
    say(&call->out, owner ? owner : "?");
    if (ticket) {
        buf_puts(&call->out, ", ");
        say(&call->out, ticket);
    }
    buf_puts(&call->out, ")\n");
}

static const struct value *one_json(struct arena *a, const struct waivers *w, size_t i,
                                    const struct waiver_use *use, enum waiver_state state,
                                    int64_t now_ns)
{
    const struct value *const v = w->list.items[i];
    const int64_t left = waiver_days_left(v, now_ns);
    struct value_fields f = {0};

    for (size_t k = 0; k < v->count; k++)
        value_fields_put(a, &f, value_key_at(v, k), value_val_at(v, k));
    value_fields_add(a, &f, "file", w->files.items[i]);
    value_fields_add(a, &f, "state", value_str(a, waiver_state_names[state]));
    value_fields_add(a, &f, "days_left", left >= 0 ? value_int(a, left) : NULL);
    value_fields_add(a, &f, "used", value_u64(a, use->times));
    value_fields_add(a, &f, "last_used", use->last ? value_str(a, use->last) : NULL);
    return value_fields_object(a, &f);
}

/* Tell of each waiver, or only of those that something is wrong with; *bad counts these. */
static int report(struct call *call, bool only_bad, size_t *bad, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(WAIVER_ARENA);
    AUTO_JUDGED struct judged j = JUDGED_INIT;
    AUTO_JUDGED struct judged active = JUDGED_INIT;
    struct waivers w;
    struct value_list json = {0};
    const char *const text = call_value(call, "seen-within", NULL);
    unsigned long long within = SEEN_AFTER_DAYS;
    const int64_t now = clock_wall_ns();

    if (text && !str_decimal(text, 3650, &within))
        return err_set(err, ERR_USAGE, "waiver: --seen-within takes a number of days");
    if (waivers_load(&w, &j, &active.gate, call, &a, err) < 0)
        return -1;
    struct waiver_use *const uses = ARENA_NEW_N(&a, struct waiver_use, w.list.n + 1);
    if (!uses)
        return err_nomem(err);
    if (waivers_uses(&w, spooled_dir(call), &a, uses, err) < 0)
        return -1;
    for (size_t i = 0; i < w.list.n; i++) {
        const enum waiver_state state = state_of(&w, i, &uses[i], now, (int64_t)within);

        *bad += state != WAIVER_ACTIVE;
        if (only_bad && state == WAIVER_ACTIVE)
            continue;
        if (call_json(call))
            value_list_add(&a, &json, one_json(&a, &w, i, &uses[i], state, now));
        else
            print_text(call, &w, i, &uses[i], state, now);
    }
    if (call_json(call)) {
        const struct value *const all = value_list_array(&a, &json);

        if (!all || json.failed)
            return err_nomem(err);
        json_print(&call->out, all, JSON_PRETTY);
        buf_putc(&call->out, '\n');
    }
    return 0;
}

int cmd_waiver_list(struct call *call, struct err *err)
{
    size_t bad = 0;

    return report(call, false, &bad, err) < 0 ? -1 : EXIT_CLEAN;
}

int cmd_waiver_check(struct call *call, struct err *err)
{
    size_t bad = 0;

    if (report(call, true, &bad, err) < 0)
        return -1;
    return bad ? EXIT_FINDINGS : EXIT_CLEAN;
}
