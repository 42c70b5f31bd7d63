/* sallyport emergency: root lowers the policy for a while. Recorded before it counts, ends by
 * itself, and is told when it is asked about. */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "policy/value/json.h"
#include "runtime/judge.h"

enum { EMERGENCY_ARENA = 64 * 1024 * 1024, MINUTES_MAX = 24 * 60, REASON_MAX = 400 };

const struct option_row emergency_options[] = {
    {"minutes", 'm', "N", "lower the policy for N minutes (1440 at most)", NULL},
    {"reason", 'r', "TEXT", "why; stands in the record", NULL},
    {"end", 'e', NULL, "end it now", NULL},
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {NULL, 0, NULL, NULL, NULL},
};

/* Who logged in, whoever the process has become since. */
static void who(char *out, size_t size)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    struct err ignored = ERR_INIT;
    unsigned long long uid = getuid();
    AUTO_FD int fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && file_read_fd(fd, 64, &text, &len, &ignored) == 0) {
        unsigned long long login = 0;

        text[strcspn(text, "\n")] = '\0';
        if (str_decimal(text, UINT32_MAX - 1, &login))
            uid = login;
    }
    const struct passwd *const pw = getpwuid((uid_t)uid);
    (void)snprintf(out, size, "%s (uid %llu)", pw ? pw->pw_name : "?", uid);
}

static int record(struct gate *g, struct arena *a, const char *what, char id[32], struct err *err)
{
    const struct failed f = {.operation = "emergency", .verdict = "admit", .why = what};

    g->caller = "operator";
    return judge_failed(g, &f, a, id, err) < 0 ? err_ctx(err, "not recorded, so nothing changed")
                                               : 0;
}

/* The directory of the image, and the file's name in it. */
static int open_dir(struct err *err)
{
    char dir[sizeof(SALLYPORT_EMERGENCY)];

    (void)str_copy(dir, sizeof(dir), SALLYPORT_EMERGENCY);
    *strrchr(dir, '/') = '\0';
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd : err_sys(err, "%s", dir);
}

static const char *file_name(void)
{
    return strrchr(SALLYPORT_EMERGENCY, '/') + 1;
}

/* "in force", "over", "not yet" or "unreadable". */
static const char *state_of(const struct value *e, int64_t now_ns)
{
    const char *const since = value_cstr(value_field(e, "since"));
    const char *const until = value_cstr(value_field(e, "until"));
    char now[CLOCK_TEXT_MAX];

    if (!since || !until)
        return "unreadable";
    clock_rfc3339(now_ns, 0, now);
    if (strncmp(since, now, 19) > 0)
        return "not yet";
    return strncmp(now, until, 19) < 0 ? "in force" : "over";
}

static void print_status(struct call *call, const struct value *e, const char *state)
{
    static const char *const told[] = {"since", "until", "by", "reason", "record", "unreadable"};

    if (call_json(call)) {
        buf_puts(&call->out, "{\"state\": ");
        json_print_string(&call->out, state, strlen(state));
        for (size_t i = 0; i < ARRAY_LEN(told); i++) {
            const char *const text = value_cstr(value_field(e, told[i]));

            if (text) {
                buf_printf(&call->out, ", \"%s\": ", told[i]);
                json_print_string(&call->out, text, strlen(text));
            }
        }
        buf_puts(&call->out, "}\n");
        return;
    }
    paint(call, strcmp(state, "in force") == 0 ? PAINT_RED : PAINT_PLAIN, state);
    buf_putc(&call->out, '\n');
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        const char *const text = value_cstr(value_field(e, told[i]));

        if (text) {
            buf_printf(&call->out, "%-7s ", told[i]);
            say(&call->out, text);
            buf_putc(&call->out, '\n');
        }
    }
}

/* Take the declaration away, with a record of when it ended and why. */
static int end_it(struct gate *g, struct arena *a, const struct value *e, const char *how,
                  struct err *err)
{
    AUTO_FD int dir = open_dir(err);
    const char *const reason = value_cstr(value_field(e, "reason"));
    const char *const until = value_cstr(value_field(e, "until"));
    char id[32] = "", what[REASON_MAX + 200];

    (void)snprintf(what, sizeof what, "emergency %s (declared until %.40s: %.*s)", how,
                   until ? until : "?", (int)REASON_MAX, reason ? reason : "");
    if (dir < 0 || record(g, a, what, id, err) < 0)
        return -1;
    if (unlinkat(dir, file_name(), 0) < 0 && errno != ENOENT)
        return err_sys(err, "%s", SALLYPORT_EMERGENCY);
    return fsync(dir) < 0 ? err_sys(err, "%s", SALLYPORT_EMERGENCY) : 0;
}

static int status(struct call *call, struct gate *g, struct arena *a, const struct value *e,
                  struct err *err)
{
    const char *const state = e ? state_of(e, clock_wall_ns()) : "none";

    print_status(call, e, state);
    /* Whoever looks first after its end records that end. */
    if (strcmp(state, "over") == 0 && geteuid() == 0 && end_it(g, a, e, "is over", err) < 0)
        return -1;
    return strcmp(state, "in force") == 0 || strcmp(state, "unreadable") == 0 ? EXIT_FINDINGS
                                                                              : EXIT_CLEAN;
}

static int declare(struct call *call, struct gate *g, struct arena *a, unsigned long long minutes,
                   const char *reason, struct err *err)
{
    AUTO_FD int dir = open_dir(err);
    AUTO_BUF struct buf text = BUF_INIT;
    const int64_t now = clock_wall_ns();
    char since[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX], by[128], id[32] = "";
    char what[REASON_MAX + 256];
    struct value_fields f = {0};

    if (dir < 0)
        return -1;
    clock_rfc3339(now, 0, since);
    clock_rfc3339(now + (int64_t)minutes * 60 * 1000000000, 0, until);
    who(by, sizeof by);
    (void)snprintf(what, sizeof what, "emergency until %s, declared by %s: %s", until, by, reason);
    if (record(g, a, what, id, err) < 0)
        return -1;
    value_fields_add(a, &f, "since", value_str(a, since));
    value_fields_add(a, &f, "until", value_str(a, until));
    value_fields_add(a, &f, "reason", value_str(a, reason));
    value_fields_add(a, &f, "by", value_str(a, by));
    value_fields_add(a, &f, "record", value_str(a, id));
    const struct value *const doc = value_fields_object(a, &f);
    if (!doc || f.vals.failed)
        return err_nomem(err);
    json_print(&text, doc, JSON_COMPACT);
    buf_putc(&text, '\n');
    if (buf_check(&text, err) < 0 ||
        file_replace_at(dir, file_name(), text.data, text.len, NULL, 0644, 1, err) < 0)
        return err_ctx(err, "%s", SALLYPORT_EMERGENCY);
    print_status(call, doc, "in force");
    return EXIT_CLEAN;
}

static int check_usage(const struct call *call, unsigned long long *minutes, struct err *err)
{
    const char *const text = call_value(call, "minutes", NULL);
    const char *const reason = call_value(call, "reason", NULL);

    if ((text != NULL) != (reason != NULL))
        return err_set(err, ERR_USAGE, "emergency: --minutes and --reason go together");
    if (text && call_flag(call, "end"))
        return err_set(err, ERR_USAGE, "emergency: --end stands alone");
    if (text && (!str_decimal(text, MINUTES_MAX, minutes) || *minutes == 0))
        return err_set(err, ERR_USAGE, "emergency: --minutes takes a number from 1 to %d",
                       MINUTES_MAX);
    if (reason && (strspn(reason, " \t\r\n") == strlen(reason) || strlen(reason) > REASON_MAX))
        return err_set(err, ERR_USAGE, "emergency: a reason has 1 to %d bytes", REASON_MAX);
    return 0;
}

int cmd_emergency(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(EMERGENCY_ARENA);
    struct gate g = GATE_INIT;
    const struct value *e = NULL;
    struct err ignored = ERR_INIT;
    unsigned long long minutes = 0;
    int code;

    if (check_usage(call, &minutes, err) < 0 || gate_emergency(&a, &e, err) < 0)
        return -1;
    /* Without an image the record still goes to the usual log. */
    if (gate_open(&g, NULL, "operator", &a, &ignored) < 0 && g.log[0] == '\0')
        (void)str_copy(g.log, sizeof g.log, SALLYPORT_LOG);
    if (minutes > 0)
        code = declare(call, &g, &a, minutes, call_value(call, "reason", ""), err);
    else if (!call_flag(call, "end"))
        code = status(call, &g, &a, e, err);
    else if (e)
        code = end_it(&g, &a, e, "ended early", err);
    else
        code = err_set(err, ERR_USAGE, "emergency: none is declared");
    gate_close(&g);
    return code;
}
