#include "cli/running.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "policy/build/sources.h"
#include "policy/value/json.h"

enum { STATE_BYTES_MAX = 16 * 1024 * 1024 };

/* Where engines let runc and crun keep their containers; a star stands for each directory. */
static const char *const usual[] = {
    "/run/runc",
    "/run/crun",
    "/run/youki",
    "/run/docker/runtime-runc/moby",
    "/run/containerd/runc/*",
};

struct scan {
    struct arena *a;
    const char *roots[RUNNING_ROOTS_MAX];
    size_t roots_n;
    struct value_list gated; /* [root, id] */
    struct running *at;
    size_t n;
};

static int read_json(struct arena *a, const char *path, const struct value **out)
{
    AUTO_FREE char *text = NULL;
    struct err quiet = ERR_INIT;
    size_t len;

    if (file_read_at(AT_FDCWD, path, STATE_BYTES_MAX, &text, &len, NULL, &quiet) < 0)
        return -1;
    return json_parse(a, text, len, JSON_LAST_WINS, out, NULL, &quiet);
}

static void add_root(struct scan *s, const char *root)
{
    for (size_t i = 0; i < s->roots_n; i++) {
        if (strcmp(s->roots[i], root) == 0)
            return;
    }
    if (s->roots_n < RUNNING_ROOTS_MAX)
        s->roots[s->roots_n++] = root;
}

/* Names of what stands in a directory; none where it cannot be read. */
static const struct value *names_in(struct arena *a, const char *dir)
{
    const struct value *names;
    struct err quiet = ERR_INIT;

    return sources_list(a, dir, "", &names, &quiet) < 0 ? value_array(a, NULL, 0) : names;
}

static int find_roots(struct scan *s, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(usual); i++) {
        const size_t len = strlen(usual[i]);

        if (usual[i][len - 1] != '*') {
            add_root(s, usual[i]);
            continue;
        }
        const char *const dir = arena_printf(s->a, "%.*s", (int)len - 2, usual[i]);
        const struct value *const names = dir ? names_in(s->a, dir) : NULL;
        if (!names)
            return err_nomem(err);
        for (size_t k = 0; k < names->count; k++) {
            const char *const root =
                arena_printf(s->a, "%s/%s", dir, value_bytes(value_at(names, k)));

            if (!root)
                return err_nomem(err);
            add_root(s, root);
        }
    }
    return 0;
}

static const struct value *pair(struct arena *a, const char *root, const char *id)
{
    const struct value *const both[] = {value_str(a, root), value_str(a, id)};

    return both[0] && both[1] ? value_array(a, both, 2) : NULL;
}

/* What the gate kept: DIR/<digest of root>/<id>.json. */
static int find_gated(struct scan *s, const char *state, struct err *err)
{
    const struct value *const dirs = names_in(s->a, state);

    for (size_t i = 0; dirs && i < dirs->count; i++) {
        const char *const dir = arena_printf(s->a, "%s/%s", state, value_bytes(value_at(dirs, i)));
        const struct value *const files = dir ? names_in(s->a, dir) : NULL;

        if (!files)
            return err_nomem(err);
        for (size_t k = 0; k < files->count; k++) {
            const char *const path =
                arena_printf(s->a, "%s/%s", dir, value_bytes(value_at(files, k)));
            const struct value *doc;

            if (!path)
                return err_nomem(err);
            if (read_json(s->a, path, &doc) < 0)
                continue;
            const char *const root = value_cstr(value_field(doc, "root"));
            const char *const id = value_cstr(value_field(doc, "id"));
            if (!root || !id)
                continue;
            add_root(s, root);
            value_list_add(s->a, &s->gated, pair(s->a, root, id));
        }
    }
    return dirs && !s->gated.failed ? 0 : err_nomem(err);
}

static bool is_gated(const struct scan *s, const char *root, const char *id)
{
    const struct value *const want = pair(s->a, root, id);

    for (size_t i = 0; want && i < s->gated.n; i++) {
        if (value_equal(s->gated.items[i], want))
            return true;
    }
    return false;
}

/* "bundle=/run/..." among runc's labels. */
static const char *bundle_label(const struct value *doc)
{
    const struct value *const labels = value_path(doc, "config", "labels", NULL);

    for (size_t i = 0; labels && value_is(labels, VALUE_ARRAY) && i < labels->count; i++) {
        const char *const text = value_cstr(value_at(labels, i));

        if (text && str_starts(text, "bundle="))
            return text + 7;
    }
    return NULL;
}

static bool alive(int64_t pid)
{
    return pid > 0 && pid <= INT32_MAX && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

static int look_at(struct scan *s, const char *root, const char *id, struct err *err)
{
    const char *const runc = arena_printf(s->a, "%s/%s/state.json", root, id);
    const char *const crun = arena_printf(s->a, "%s/%s/status", root, id);
    const struct value *doc, *pid;
    const char *bundle;
    int64_t n = 0;

    if (!runc || !crun)
        return err_nomem(err);
    if (read_json(s->a, runc, &doc) == 0) {
        pid = value_field(doc, "init_process_pid");
        bundle = bundle_label(doc);
    } else if (read_json(s->a, crun, &doc) == 0) {
        pid = value_field(doc, "pid");
        bundle = value_cstr(value_field(doc, "bundle"));
    } else {
        return 0;
    }
    if (!pid || !value_int64(pid, &n) || !alive(n))
        return 0;
    if (s->n == RUNNING_MAX)
        return err_set(err, ERR_LIMIT, "more than %d containers run", RUNNING_MAX);
    s->at[s->n++] = (struct running){
        .id = id, .root = root, .bundle = bundle, .pid = (pid_t)n, .gated = is_gated(s, root, id)};
    return 0;
}

int running_find(struct arena *a, const char *state, struct running **out, size_t *n,
                 struct err *err)
{
    struct scan s = {.a = a, .at = ARENA_NEW_N(a, struct running, RUNNING_MAX)};

    if (!s.at)
        return err_nomem(err);
    if (find_roots(&s, err) < 0 || find_gated(&s, state, err) < 0)
        return -1;
    for (size_t r = 0; r < s.roots_n; r++) {
        const struct value *const ids = names_in(a, s.roots[r]);

        if (!ids)
            return err_nomem(err);
        for (size_t i = 0; i < ids->count; i++) {
            if (look_at(&s, s.roots[r], value_bytes(value_at(ids, i)), err) < 0)
                return -1;
        }
    }
    *out = s.at;
    *n = s.n;
    return 0;
}
