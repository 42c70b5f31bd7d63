#include "cli/why_ended.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"

enum { ENGINE_FILE_MAX = 1024 * 1024, LINE_SHOWN = 160, RULES_MAX = 64 };

/* clang-format off */
/* What programs say when a change is in their way, and which change that is. */
static const struct {
    const char *text, *rule;
} symptoms[] = {
    { "ead-only file system",              "read-only-rootfs"   },
    { "EROFS",                             "read-only-rootfs"   },
    { "No usable temporary directory",     "read-only-rootfs"   },
    { "No space left on device",           "read-only-rootfs"   },
    { "user does not exist",               "run-as-non-root"    },
    { "No user exists for uid",            "run-as-non-root"    },
    { "cannot find name for user",         "run-as-non-root"    },
    { "must be run as root",               "run-as-non-root"    },
    { "must be root",                      "run-as-non-root"    },
    { "not owned by",                      "run-as-non-root"    },
    { "wrong ownership",                   "run-as-non-root"    },
    { "ermission denied",                  "run-as-non-root"    },
    { "EACCES",                            "run-as-non-root"    },
    { "setresuid",                         "drop-capabilities"  },
    { "setgroups",                         "drop-capabilities"  },
    { "setgid",                            "drop-capabilities"  },
    { "initgroups",                        "drop-capabilities"  },
    { "chroot",                            "drop-capabilities"  },
    { "changing ownership",                "drop-capabilities"  },
    { "peration not permitted",            "drop-capabilities"  },
    { "EPERM",                             "drop-capabilities"  },
    { "effective uid is not 0",            "no-new-privileges"  },
    { "no new privileges",                 "no-new-privileges"  },
    { "wrong owner, group, or mode",       "no-new-privileges"  },
    { "Bad system call",                   "seccomp-profile"    },
    { "unction not implemented",           "seccomp-profile"    },
    { "can't start new thread",            "resource-pids"      },
    { "Resource temporarily unavailable",  "resource-pids"      },
};

/* How often a change is the reason where nothing is known, and what else than leaving the rule
 * out helps. */
static const struct {
    const char *rule;
    int weight;
    const char *instead;
} changes[] = {
    { "run-as-non-root",   5, "name a user in the image (USER) that owns what it writes, or --user" },
    { "read-only-rootfs",  5, "declare a volume, or --tmpfs, for what it writes" },
    { "drop-capabilities", 4, "parameters: {drop-capabilities: {keep: [CAP_...]}}" },
    { "no-new-privileges", 3, "do not start set-user-id programs" },
    { "seccomp-profile",   3, "a profile of its own: --security-opt seccomp=FILE" },
    { "resource-pids",     1, "--pids-limit" },
};
/* clang-format on */

struct suspect {
    const char *rule, *msg;
    int score;
    char seen[LINE_SHOWN];
};

static bool is_fixed(const struct value *finding)
{
    const struct value *const fixed = value_field(finding, "fixed");

    return fixed && value_bool(fixed);
}

/* The line around a place in the text. */
static void line_of(const char *text, const char *at, char out[LINE_SHOWN])
{
    const char *start = at;

    while (start > text && start[-1] != '\n' && at - start < LINE_SHOWN / 2)
        start--;
    (void)snprintf(out, LINE_SHOWN, "%.*s", (int)strcspn(start, "\n"), start);
}

/* The newest words count: programs say last why they end. */
static const char *last_place(const char *text, const char *what)
{
    const char *found = NULL;

    for (const char *at = text; (at = strstr(at, what)); at++)
        found = at;
    return found;
}

/* Docker keeps each line in an object: {"log":"LINE\\n","stream":...}. What is left is the line. */
static void unwrap(char *line)
{
    static const char head[] = "{\"log\":\"";
    char *const end = strstr(line, "\",\"stream\":");

    if (strncmp(line, head, sizeof(head) - 1) != 0)
        return;
    if (end) /* else it was cut before */
        *end = '\0';
    if (end && end - line > 2 && strcmp(end - 2, "\\n") == 0)
        end[-2] = '\0';
    memmove(line, line + sizeof(head) - 1, strlen(line + sizeof(head) - 1) + 1);
}

static void listen(struct suspect *s, const char *said)
{
    const char *latest = NULL;

    for (size_t i = 0; said && i < ARRAY_LEN(symptoms); i++) {
        const char *const at =
            strcmp(symptoms[i].rule, s->rule) == 0 ? last_place(said, symptoms[i].text) : NULL;

        if (at && (!latest || at > latest))
            latest = at;
    }
    if (!latest)
        return;
    s->score += 10;
    line_of(said, latest, s->seen);
    unwrap(s->seen);
}

static size_t gather(const struct value *findings, const char *said, struct suspect *out)
{
    size_t n = 0;

    for (size_t i = 0; findings && value_is(findings, VALUE_ARRAY) && i < findings->count; i++) {
        const struct value *const f = value_at(findings, i);
        const char *const rule = value_cstr(value_field(f, "rule"));
        bool known = false;

        for (size_t k = 0; rule && k < n; k++)
            known = known || strcmp(out[k].rule, rule) == 0;
        if (!rule || known || !is_fixed(f) || n == RULES_MAX)
            continue;
        struct suspect *const s = &out[n++];
        *s = (struct suspect){.rule = rule, .msg = value_cstr(value_field(f, "msg"))};
        for (size_t k = 0; k < ARRAY_LEN(changes); k++) {
            if (strcmp(changes[k].rule, rule) == 0)
                s->score = changes[k].weight;
        }
        listen(s, said);
    }
    return n;
}

static int by_score(const void *x, const void *y)
{
    const struct suspect *const a = x, *const b = y;

    return a->score != b->score ? b->score - a->score : strcmp(a->rule, b->rule);
}

void change_opt_out(struct call *call, const char *margin, const char *rule, const char *msg,
                    const char *digest)
{
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        if (strcmp(changes[i].rule, rule) == 0)
            buf_printf(&call->out, "%sinstead: %s\n", margin, changes[i].instead);
    }
    if (strcmp(rule, "run-as-non-root") == 0 && msg && strstr(msg, "namespace"))
        buf_printf(&call->out,
                   "%swithout the namespace: parameters: {run-as-non-root: {user_namespace: "
                   "false}}\n",
                   margin);
    buf_printf(&call->out, "%sopt out: rules: {%s: {mode: warn}}", margin, rule);
    if (digest) {
        buf_printf(&call->out, ", or sallyport waiver add --rule %s --image-digest ", rule);
        say(&call->out, digest);
    }
    buf_putc(&call->out, '\n');
}

/* What a waiver can name. */
static const char *digest_of(const struct value *record)
{
    const struct value *const image = value_path(record, "sallyport", "container", "image", NULL);
    const char *const digest = value_cstr(value_field(image, "digest"));

    return digest ? digest : value_cstr(value_field(image, "id"));
}

void why_ended(struct call *call, const struct value *record, const char *said)
{
    struct suspect suspects[RULES_MAX];
    const size_t n = gather(value_path(record, "result", "findings", NULL), said, suspects);

    qsort(suspects, n, sizeof(suspects[0]), by_score);
    if (n == 0 || suspects[0].score == 0)
        return;
    paint(call, PAINT_BOLD, "if it does not work as before, likeliest first");
    buf_putc(&call->out, '\n');
    for (size_t i = 0; i < n && i < WHY_CHANGES_MAX && suspects[i].score > 0; i++) {
        const struct suspect *const s = &suspects[i];

        buf_printf(&call->out, "  %zu. ", i + 1);
        paint(call, PAINT_BOLD, s->rule);
        buf_puts(&call->out, ": ");
        say(&call->out, s->msg ? s->msg : "");
        buf_putc(&call->out, '\n');
        if (s->seen[0]) {
            buf_puts(&call->out, "       it said: ");
            say(&call->out, s->seen);
            buf_putc(&call->out, '\n');
        }
        change_opt_out(call, "       ", s->rule, s->msg, digest_of(record));
    }
}

/* --- Docker's own files ------------------------------------------------------------------------
 */

static void tell_end(struct call *call, const struct value *doc)
{
    const struct value *const state = value_field(doc, "State");
    const struct value *const running = value_field(state, "Running");
    const char *const from = value_cstr(value_field(state, "StartedAt"));
    const char *const to = value_cstr(value_field(state, "FinishedAt"));
    int64_t code = 0;

    if (!state || !running || value_bool(running) || !from || !to ||
        !value_field(state, "ExitCode") || !value_int64(value_field(state, "ExitCode"), &code))
        return;
    buf_printf(&call->out, "  %-12s exit status %lld, started ", "ended", (long long)code);
    say(&call->out, from);
    buf_puts(&call->out, ", ended ");
    say(&call->out, to);
    buf_putc(&call->out, '\n');
}

/* The end of a file: what was said last. */
static char *tail_of(const char *path)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct err ignored = ERR_INIT;
    struct stat st;
    char *text = NULL;
    size_t len = 0;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return NULL;
    if (st.st_size > WHY_SAID_MAX / 2 && lseek(fd, st.st_size - WHY_SAID_MAX / 2, SEEK_SET) < 0)
        return NULL;
    return file_read_fd(fd, WHY_SAID_MAX, &text, &len, &ignored) == 0 ? text : NULL;
}

char *why_engines_log(struct call *call, const struct value *record, const struct value *input)
{
    const char *const id = value_cstr(value_path(record, "sallyport", "container", "id", NULL));
    const char *const root = value_cstr(value_path(input, "facts", "rootfs", "resolved", NULL));
    const char *const store = root ? strstr(root, "/overlay2/") : NULL;
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)16 * 1024 * 1024);
    AUTO_FREE char *text = NULL;
    const struct value *doc = NULL;
    struct err ignored = ERR_INIT;
    size_t len = 0;

    if (!store || !id || strchr(id, '/'))
        return NULL;
    const char *const dir = arena_printf(&a, "%.*s/containers/%s", (int)(store - root), root, id);
    const char *const config = dir ? arena_printf(&a, "%s/config.v2.json", dir) : NULL;
    const char *const log = dir ? arena_printf(&a, "%s/%s-json.log", dir, id) : NULL;
    if (config &&
        file_read_at(AT_FDCWD, config, ENGINE_FILE_MAX, &text, &len, NULL, &ignored) == 0 &&
        json_parse(&a, text, len, JSON_LAST_WINS, &doc, NULL, &ignored) == 0)
        tell_end(call, doc);
    return log ? tail_of(log) : NULL;
}
