#include "cli/lint.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/diff.h"
#include "cli/judged.h"
#include "cli/lint_baseline.h"
#include "cli/lint_formats.h"
#include "cli/lint_many.h"
#include "cli/why_ended.h"
#include "policy/value/json.h"
#include "runtime/ranges.h"

#define LINT_ARENA ((size_t)4 * 1024 * 1024 * 1024)

static const char *const formats[] = {"text", "json", "sarif", "junit", "github", NULL};
static const char *const levels[] = {"baseline", "restricted", NULL};
static const char *const fail_levels[] = {"refuse", "harden", "warn", "never", NULL};
static const char *const operations[] = {"create", "run", "restore", NULL};

const struct option_row lint_options[] = {
    {"format", 'f', "FORMAT", "how to print", formats},
    {"diff", 0, NULL, "show what hardening would change", NULL},
    {"fix", 0, NULL, "write the hardened document back", NULL},
    {"level", 'l', "LEVEL", "judge at this level", levels},
    {"fail-level", 0, "END", "exit 1 from this end on (refuse and worse by default)", fail_levels},
    {"operation", 0, "VERB", "what is asked of the runtime", operations},
    {"registration", 'r', "NAME", "settings of this registration", NULL},
    {"settings", 's', "FILE", "judge by these settings", NULL},
    {"rules", 0, "DIR", "judge by the shipped rules from here", NULL},
    {"baseline", 'b', "FILE", "findings that FILE lists are known and do not count", NULL},
    {"write-baseline", 0, "FILE", "list today's findings in FILE and exit 0", NULL},
    {"require-facts", 0, NULL, "what could not be checked counts as refused", NULL},
    {"quiet", 'q', NULL, "text: say nothing of bundles that pass (--fail-level)", NULL},
    {"jobs", 'j', "N", "bundles judged at a time (one for each processor)", NULL},
    {"id", 0, "ID", "the container's id", NULL},
    {"image", 0, "FILE", "a compiled policy other than the active one", NULL},
    {"no-host", 0, NULL, "the bundle is not this machine's: facts about the host are unknown",
     NULL},
    {"host", 0, NULL, "the bundle is this machine's, even if its rootfs is not here", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* A bundle is at home here when its root directory is. */
static bool at_home(const struct bundle *b)
{
    const char *const root = value_cstr(value_path(b->doc, "root", "path", NULL));
    struct stat st;

    return root && *root && fstatat(b->dirfd, root, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* Split what the user named into the bundle's directory and the document in it. */
static int locate(struct lint *l, char dir[PATH_MAX], struct arena *a, struct err *err)
{
    const char *const path = l->path;
    struct stat st;

    if (stat(path, &st) < 0)
        return err_sys(err, "%s", path);
    if (!str_copy(dir, PATH_MAX, path))
        return err_set(err, ERR_LIMIT, "%s: path too long", path);
    l->file = "config.json";
    if (S_ISDIR(st.st_mode)) {
        const size_t len = strlen(path);

        l->path = arena_printf(a, "%s%sconfig.json", path, path[len - 1] == '/' ? "" : "/");
        return l->path ? 0 : err_nomem(err);
    }

    char *const slash = strrchr(dir, '/');
    l->file = slash ? path + (slash - dir) + 1 : path;
    if (!slash)
        (void)str_copy(dir, PATH_MAX, ".");
    else
        slash[slash == dir] = '\0';
    return 0;
}

/* Does the control group's path end in the container's name, alone or in its scope's? */
static bool group_of(const char *cgroup, const char *name)
{
    size_t len = strlen(cgroup);
    const size_t n = strlen(name);

    if (len > 6 && strcmp(cgroup + len - 6, ".scope") == 0)
        len -= 6;
    if (n == 0 || len < n || memcmp(cgroup + len - n, name, n) != 0)
        return false;
    return len == n || strchr("/:-", cgroup[len - n - 1]);
}

/* Engines name the bundle's directory and its control group by the container's id; where the two
 * do not agree the id is not known. */
static const char *id_of(const struct call *call, const struct bundle *b)
{
    const char *const cgroup = value_cstr(value_path(b->doc, "linux", "cgroupsPath", NULL));
    const char *const slash = strrchr(b->dir, '/');
    const char *const name = slash ? slash + 1 : "";

    return call_value(call, "id", cgroup && group_of(cgroup, name) ? name : NULL);
}

int lint_look(const struct call *call, struct gate *gate, struct lint *l, struct arena *a,
              struct err *err)
{
    char dir[PATH_MAX];
    struct timespec now;

    if (locate(l, dir, a, err) < 0 || bundle_open(&l->bundle, dir, l->file, false, a, err) < 0)
        return -1;
    if (clock_gettime(CLOCK_REALTIME, &now) < 0)
        return err_sys(err, "clock");

    l->looked = !call_flag(call, "no-host") && (call_flag(call, "host") || at_home(&l->bundle));
    const struct facts_request req = {
        .operation = call_value(call, "operation", "create"),
        .registration = call_value(call, "registration", NULL),
        .caller = "lint",
        .id = id_of(call, &l->bundle),
        .config = l->bundle.doc,
        .bundle = l->bundle.dir,
        .bundle_fd = l->bundle.dirfd,
        .runtime = value_cstr(value_field(gate->settings, "family")),
        .now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
        .host = l->looked ? FACTS_LOOK : FACTS_NO_HOST,
        .trusted_host = l->looked,
        /* A start takes one that is free; a file that is mended has nobody to map it. */
        .map_base = call_flag(call, "fix") ? 0 : RANGES_FIRST,
    };
    return judge(gate, &req, a, &l->j, err);
}

static void count(struct lint *l)
{
    size_t *const ends[LINT_ENDS] = {
        [LINT_REFUSE] = &l->denied, [LINT_HARDEN] = &l->fixed,        [LINT_WARN] = &l->warned,
        [LINT_WAIVED] = &l->waived, [LINT_UNCHECKED] = &l->unchecked, [LINT_KNOWN] = &l->known,
    };

    for (size_t i = 0; i < l->j.decision.findings->count; i++)
        ++*ends[lint_end_of(l, value_at(l->j.decision.findings, i))];
}

/* The document after hardening, as text in the shape of the one before. */
static const struct value *hardened(const struct lint *l)
{
    return value_field(l->j.decision.input, "config");
}

/* Beside the document's lines: which rule asked, and how not to have it. Comments to patch(1). */
static void show_reasons(struct call *call, const struct lint *l)
{
    const struct value *const findings = l->j.decision.findings;
    const struct value *const image = value_path(l->j.input, "container", "image", NULL);
    const char *const digest = value_cstr(value_field(image, "digest"));
    const struct value *const actions = l->j.decision.actions;

    for (size_t i = 0; i < findings->count; i++) {
        const struct value *const f = value_at(findings, i);
        const char *const rule = value_cstr(value_field(f, "rule"));
        const char *const msg = value_cstr(value_field(f, "msg"));

        if (lint_end_of(l, f) != LINT_HARDEN || !rule)
            continue;
        buf_puts(&call->out, "# ");
        say(&call->out, rule);
        buf_puts(&call->out, ": ");
        say(&call->out, msg ? msg : "");
        buf_putc(&call->out, '\n');
        change_opt_out(call, "#     ", rule, msg, digest);
    }
    for (size_t i = 0; actions && i < actions->count; i++) {
        AUTO_BUF struct buf text = BUF_INIT;

        json_print(&text, value_at(actions, i), JSON_COMPACT);
        buf_puts(&call->out, "# at a start, by the gate's own hand: ");
        say(&call->out, text.data ? text.data : "");
        buf_putc(&call->out, '\n');
    }
}

static int show_diff(struct call *call, const struct lint *l, struct err *err)
{
    AUTO_BUF struct buf before = BUF_INIT, after = BUF_INIT;
    char name[PATH_MAX + 32];

    json_print(&before, l->bundle.doc, JSON_PRETTY);
    json_print(&after, hardened(l), JSON_PRETTY);
    if (buf_check(&before, err) < 0 || buf_check(&after, err) < 0)
        return -1;
    str_escape(l->path, strlen(l->path), name, sizeof name);
    if (diff_print(&call->out, name, before.data, after.data, err) < 0)
        return -1;
    show_reasons(call, l);
    return 0;
}

static int write_fix(struct call *call, const struct lint *l, struct err *err)
{
    AUTO_BUF struct buf text = BUF_INIT;
    AUTO_FD int dirfd = open(l->bundle.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool one_line = !memchr(l->bundle.bytes, '\n', l->bundle.len);

    if (l->fixed == 0)
        return 0;
    if (dirfd < 0)
        return err_sys(err, "%s", l->bundle.dir);
    json_print(&text, hardened(l), one_line ? JSON_COMPACT : JSON_PRETTY);
    if (!one_line)
        buf_putc(&text, '\n');
    if (buf_check(&text, err) < 0 ||
        file_replace_at(dirfd, l->file, text.data, text.len, &l->bundle.st, 0644, 1, err) < 0)
        return err_ctx(err, "%s", l->path);
    buf_puts(&call->log, "sallyport: ");
    say(&call->log, l->path);
    buf_printf(&call->log, ": %zu remedies written\n", l->fixed);
    return 0;
}

/* Does this bundle make the command exit 1? Each level includes the worse ones. */
static bool fails(const struct call *call, const struct lint *l)
{
    const char *const from = call_value(call, "fail-level", "refuse");
    const size_t fixed = call_flag(call, "fix") ? 0 : l->fixed;
    const size_t denied = l->denied + (call_flag(call, "require-facts") ? l->unchecked : 0);

    if (strcmp(from, "never") == 0)
        return false;
    if (strcmp(from, "warn") == 0)
        return denied + fixed + l->warned > 0;
    if (strcmp(from, "harden") == 0)
        return denied + fixed > 0;
    return denied > 0;
}

int lint_bundle(struct call *call, struct gate *gate, const char *path,
                const struct value *baseline, struct arena *a, const struct value **json,
                const char **verdict, bool *failed, struct err *err)
{
    AUTO_BUNDLE struct bundle keep = BUNDLE_INIT; /* closes what the lint opened */
    struct lint l = {.path = path, .bundle = BUNDLE_INIT, .baseline = baseline};
    const int looked = lint_look(call, gate, &l, a, err);

    keep = l.bundle;
    if (looked < 0)
        return err_ctx(err, "%s", path);
    count(&l);
    *failed = fails(call, &l);
    *verdict = lint_verdict(&l);
    if (lint_is_text(call) && (*failed || !call_flag(call, "quiet")))
        lint_print_text(call, &l);
    *json = NULL;
    if (!lint_is_text(call) || call_value(call, "write-baseline", NULL)) {
        *json = lint_json(a, &l);
        if (!*json)
            return err_nomem(err);
    }
    if (call_flag(call, "diff") && show_diff(call, &l, err) < 0)
        return -1;
    return call_flag(call, "fix") ? write_fix(call, &l, err) : 0;
}

bool lint_is_text(const struct call *call)
{
    return strcmp(call_value(call, "format", "text"), "text") == 0;
}

static int check_usage(const struct call *call, struct err *err)
{
    if (call_flag(call, "diff") && !lint_is_text(call))
        return err_set(err, ERR_USAGE, "lint: --diff is for people; JSON carries the patch");
    if (call_flag(call, "host") && call_flag(call, "no-host"))
        return err_set(err, ERR_USAGE, "lint: --host or --no-host, not both");
    if (call_flag(call, "quiet") && !lint_is_text(call))
        return err_set(err, ERR_USAGE, "lint: --quiet is of text; reports are whole");
    if (call_value(call, "baseline", NULL) && call_value(call, "write-baseline", NULL))
        return err_set(err, ERR_USAGE, "lint: --baseline or --write-baseline, not both");
    return 0;
}

/* What the reports of all bundles come to, in the form asked for. Text is printed already. */
static int print_all(struct call *call, struct arena *a, const struct value_list *results,
                     const struct value *catalogue, struct err *err)
{
    const char *const format = call_value(call, "format", "text");
    const struct value *const all = value_list_array(a, results);

    if (!all || results->failed)
        return err_nomem(err);
    if (strcmp(format, "sarif") == 0)
        return lint_sarif(&call->out, a, all, catalogue, err);
    if (strcmp(format, "junit") == 0)
        lint_junit(&call->out, all);
    else if (strcmp(format, "github") == 0)
        lint_github(&call->out, all);
    else if (strcmp(format, "json") == 0) {
        json_print(&call->out, results->n == 1 ? results->items[0] : all, JSON_PRETTY);
        buf_putc(&call->out, '\n');
    }
    return 0;
}

int cmd_lint(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(LINT_ARENA);
    AUTO_JUDGED struct judged judged = JUDGED_INIT;
    struct value_list results = {0};
    const struct value *baseline = NULL;
    bool failed = false;
    const char *const known = call_value(call, "baseline", NULL);
    const char *const write = call_value(call, "write-baseline", NULL);

    if (check_usage(call, err) < 0)
        return -1;
    if (known && lint_baseline_read(&a, known, &baseline, err) < 0)
        return -1;
    if (judged_open(&judged, call, "lint", &a, err) < 0)
        return -1;
    if (lint_many(call, &judged.gate, baseline, &a, &results, &failed, err) < 0)
        return -1;
    const struct value *const catalogue =
        value_path(judged.gate.image.data, "sallyport", "catalogue", NULL);
    if (print_all(call, &a, &results, catalogue, err) < 0)
        return -1;
    if (write && lint_baseline_write(call, &a, write, &results, err) < 0)
        return -1;
    return failed && !write ? EXIT_FINDINGS : EXIT_CLEAN;
}
