#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "cli/cli.h"
#include "cli/diff.h"
#include "cli/rego_errors.h"
#include "cli/rego_load.h"
#include "policy/rego/format.h"

#define FMT_ARENA ((size_t)1024 * 1024 * 1024)

enum { EXIT_WOULD_CHANGE = 2 }; /* `opa fmt --fail`'s */

const struct option_row policy_fmt_options[] = {
    {"write", 'w', NULL, "write the files anew", NULL},
    {"list", 'l', NULL, "name the files that would change", NULL},
    {"diff", 'd', NULL, "print what would change", NULL},
    {"check", 0, NULL, "as --list --fail", NULL},
    {"fail", 0, NULL, "exit 2 when a file would change", NULL},
    {"v0-compatible", 0, NULL, "Rego v0 stays v0", NULL},
    {"v1-compatible", 0, NULL, "Rego v1 (as without it)", NULL},
    {"v0-v1", 0, NULL, "make Rego v0 fit for v1 too", NULL},
    {"drop-v0-imports", 0, NULL, "leave out imports that v1 makes needless", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

struct fmt {
    struct call *call;
    struct arena a;
    struct format_options o;
    bool write, list, diff, fail;
    size_t changed, wrong;
};

static int replace(const char *path, const struct buf *text, struct err *err)
{
    AUTO_FREE char *old = NULL;
    size_t len;
    struct stat st;

    if (file_read_at(AT_FDCWD, path, REGO_SOURCE_MAX, &old, &len, &st, err) < 0)
        return -1;
    return file_replace_at(AT_FDCWD, path, text->data, text->len, &st, st.st_mode, 0, err);
}

static int take(struct fmt *f, const struct rego_source *s, const struct buf *text, struct err *err)
{
    struct buf *const out = &f->call->out;
    const bool same = text->len == s->len && memcmp(text->data, s->text, s->len) == 0;

    f->changed += !same;
    if (!same && f->list) {
        say(out, s->name);
        buf_putc(out, '\n');
    }
    if (!same && f->diff && diff_print(out, s->name, s->text, text->data, err) < 0)
        return -1;
    if (!same && f->write)
        return replace(s->name, text, err);
    if (!f->list && !f->diff && !f->write)
        buf_add(out, text->data, text->len);
    return 0;
}

/* A file that is wrong stops no other. */
static int format_one(struct fmt *f, struct rego_source *s, struct err *err)
{
    AUTO_BUF struct buf text = BUF_INIT;
    struct rego_diags diags = {0};
    struct err own = ERR_INIT;
    const struct arena_mark mark = arena_mark(&f->a);

    if (rego_format(&f->a, s, &f->o, &text, &diags, &own) < 0) {
        rego_errors_text(&f->call->log, &diags, &own);
        f->wrong++;
        return 0;
    }
    const int got = take(f, s, &text, err);
    arena_reset(&f->a, mark);
    return got;
}

static int format_all(struct fmt *f, struct err *err)
{
    struct rego_load load = {.modules_only = true};

    for (size_t i = 0; i < f->call->args_n; i++)
        if (rego_load_path(&load, f->call->args[i], &f->a, err) < 0)
            return -1;
    if (f->call->args_n == 0 && rego_load_stdin(&load, &f->a, err) < 0)
        return -1;
    for (size_t i = 0; i < load.sources_n; i++)
        if (format_one(f, &load.sources[i], err) < 0)
            return -1;
    if (f->wrong)
        return EXIT_FINDINGS;
    return f->fail && f->changed ? EXIT_WOULD_CHANGE : EXIT_CLEAN;
}

int cmd_policy_fmt(struct call *call, struct err *err)
{
    const bool both = call_flag(call, "v0-v1"), check = call_flag(call, "check");
    struct fmt f = {
        .call = call,
        .a = ARENA_INIT(FMT_ARENA),
        .o = {.version = both || call_flag(call, "v0-compatible") ? REGO_V0 : REGO_V1,
              .v0_to_v1 = both,
              .drop_imports = call_flag(call, "drop-v0-imports")},
        .write = call_flag(call, "write"),
        .list = check || call_flag(call, "list"),
        .diff = call_flag(call, "diff"),
        .fail = check || call_flag(call, "fail"),
    };

    if (f.write && call->args_n == 0)
        return err_set(err, ERR_USAGE, "policy fmt: --write needs a PATH");
    const int code = format_all(&f, err);
    arena_done(&f.a);
    return code;
}
