/* policy/build/sources.c - see sources.h. */
#include "policy/build/sources.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"
#include "policy/build/bundle.h"
#include "policy/rego/yaml_read.h"
#include "policy/value/json.h"

enum { DATA_MAX = 64 * 1024 * 1024 };

static bool ends_with(const char *s, const char *suffix)
{
    const size_t n = strlen(s), m = strlen(suffix);

    return n >= m && strcmp(s + n - m, suffix) == 0;
}

int sources_init(struct sources *s, struct arena *a, struct err *err)
{
    s->n = 0;
    s->at = ARENA_NEW_N(a, struct source, SOURCES_MAX);
    s->data = value_object(a, NULL, NULL, 0);
    return s->at && s->data ? 0 : err_nomem(err);
}

int sources_read(struct arena *a, const char *path, bool trusted, size_t max, const char **text,
                 size_t *len, struct err *err)
{
    AUTO_FD int fd = trusted ? file_open_trusted(path, O_RDONLY, err)
                             : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    AUTO_FREE char *bytes = NULL;
    struct stat st;

    if (fd < 0)
        return trusted ? -1 : err_sys(err, "%s", path);
    if (fstat(fd, &st) < 0)
        return err_sys(err, "%s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_INVALID, "%s: not a regular file", path);
    if (file_read_fd(fd, max, &bytes, len, err) < 0)
        return err_ctx(err, "%s", path);
    *text = arena_strndup(a, bytes, *len);
    return *text ? 0 : err_nomem(err);
}

static struct source *slot(struct sources *s, struct err *err)
{
    if (s->n < SOURCES_MAX)
        return &s->at[s->n++];
    (void)err_set(err, ERR_LIMIT, "more than %d files", SOURCES_MAX);
    return NULL;
}

int sources_add_text(struct sources *s, const char *name, const char *text, size_t len,
                     struct err *err)
{
    struct source *const one = slot(s, err);

    if (!one)
        return -1;
    *one = (struct source){.text = {.name = name, .text = text, .len = len}};
    digest_hex(text, len, one->sha256);
    return 0;
}

static bool is_yaml(const char *path)
{
    return ends_with(path, ".yaml") || ends_with(path, ".yml");
}

/* A file that stays text: a module, or Gatekeeper's YAML. */
static int add_file(struct sources *s, struct arena *a, const char *path, bool trusted,
                    bool shipped, struct err *err)
{
    const char *text, *const name = arena_strndup(a, path, strlen(path));
    size_t len;

    if (!name)
        return err_nomem(err);
    if (sources_read(a, path, trusted, REGO_SOURCE_MAX, &text, &len, err) < 0 ||
        sources_add_text(s, name, text, len, err) < 0)
        return -1;
    s->at[s->n - 1].text.dialect = s->dialect;
    s->at[s->n - 1].test = ends_with(path, "_test.rego");
    s->at[s->n - 1].yaml = is_yaml(path);
    s->at[s->n - 1].shipped = shipped;
    return 0;
}

/* Objects join; where both have something else, nobody can say which one counts. */
const struct value *sources_join(struct arena *a, const struct value *x, const struct value *y,
                                 struct err *err)
{
    const struct value *out = x;

    if (!value_is(x, VALUE_OBJECT) || !value_is(y, VALUE_OBJECT)) {
        (void)err_set(err, ERR_INVALID, "two data files speak of one place");
        return NULL;
    }
    for (size_t i = 0; out && i < y->count; i++) {
        const struct value *const key = value_key_at(y, i), *const old = value_get(x, key);
        const struct value *const v =
            old ? sources_join(a, old, value_val_at(y, i), err) : value_val_at(y, i);

        if (!v)
            return NULL;
        out = value_object_with(a, out, key, v);
    }
    if (!out)
        (void)err_nomem(err);
    return out;
}

const struct value *sources_nest(struct arena *a, const struct value *doc, const char *below)
{
    for (const char *end = below + strlen(below); doc && end > below;) {
        const char *start = end;

        while (start > below && start[-1] != '/')
            start--;
        struct value_fields f = {0};
        value_fields_put(a, &f, value_string(a, start, (size_t)(end - start)), doc);
        doc = value_fields_object(a, &f);
        end = start > below ? start - 1 : below;
    }
    return doc;
}

static bool is_data(const char *name)
{
    return strcmp(name, "data.json") == 0 || strcmp(name, "data.yaml") == 0 ||
           strcmp(name, "data.yml") == 0;
}

static int add_data(struct sources *s, struct arena *a, const char *path, const char *below,
                    bool trusted, struct err *err)
{
    const char *text;
    size_t len;
    const struct value *doc;

    if (sources_read(a, path, trusted, DATA_MAX, &text, &len, err) < 0)
        return -1;
    if ((is_yaml(path) ? yaml_read(a, text, len, &doc, err)
                       : json_parse(a, text, len, JSON_STRICT, &doc, NULL, err)) < 0)
        return err_ctx(err, "%s", path);
    doc = sources_nest(a, doc, below);
    if (!doc)
        return err_nomem(err);
    if (value_path(doc, "sallyport", NULL))
        return err_set(err, ERR_INVALID, "%s: data.sallyport is the product's own", path);
    s->data = sources_join(a, s->data, doc, err);
    return s->data ? 0 : err_ctx(err, "%s", path);
}

static int list(struct arena *a, const char *dir, const char *suffix, bool hidden,
                const struct value **names, struct err *err)
{
    struct value_list l = {0};
    DIR *const d = opendir(dir);

    if (!d)
        return err_sys(err, "%s", dir);
    for (const struct dirent *e; (e = readdir(d));) {
        const bool dots = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;

        if (!dots && (hidden || e->d_name[0] != '.') && ends_with(e->d_name, suffix))
            value_list_add(a, &l, value_str(a, e->d_name));
    }
    (void)closedir(d);
    /* A set is sorted: what is compiled does not hang on the order of a directory. */
    *names = value_list_set(a, &l);
    return *names ? 0 : err_nomem(err);
}

int sources_list(struct arena *a, const char *dir, const char *suffix, const struct value **names,
                 struct err *err)
{
    return list(a, dir, suffix, false, names, err);
}

int sources_list_all(struct arena *a, const char *dir, const struct value **names, struct err *err)
{
    return list(a, dir, "", true, names, err);
}

static int add_bundle(struct sources *s, struct arena *a, const char *path, bool trusted,
                      struct err *err)
{
    struct opa_bundle b;
    struct rego_source *modules;
    const struct value *data;
    size_t n;

    if (opa_bundle_open(a, path, trusted, s->trust, &b, err) < 0 ||
        opa_bundle_modules(a, &b, &modules, &n, err) < 0 || opa_bundle_data(a, &b, &data, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (sources_add_text(s, modules[i].name, modules[i].text, modules[i].len, err) < 0)
            return -1;
        s->at[s->n - 1].text.dialect = modules[i].dialect ? modules[i].dialect : s->dialect;
        s->at[s->n - 1].test = ends_with(modules[i].name, "_test.rego");
    }
    if (value_path(data, "sallyport", NULL))
        return err_set(err, ERR_INVALID, "%s: data.sallyport is the product's own", path);
    s->data = sources_join(a, s->data, data, err);
    return s->data ? 0 : err_ctx(err, "%s", path);
}

struct walk {
    struct sources *s;
    struct arena *a;
    bool trusted, shipped;
};

static int walk_dir(const struct walk *w, const char *dir, const char *below, unsigned depth,
                    struct err *err)
{
    const struct value *names;

    if (depth > SOURCES_DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "%s: more than %d directories deep", dir, SOURCES_DEPTH_MAX);
    if (sources_list(w->a, dir, "", &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names->count; i++) {
        const char *const name = value_bytes(value_at(names, i));
        const char *const path = arena_printf(w->a, "%s/%s", dir, name);
        const char *const under = arena_printf(w->a, "%s%s%s", below, *below ? "/" : "", name);
        struct stat st;
        int got = 0;

        if (!path || !under)
            return err_nomem(err);
        if (stat(path, &st) < 0)
            return err_sys(err, "%s", path);
        if (S_ISDIR(st.st_mode))
            got = walk_dir(w, path, under, depth + 1, err);
        else if (ends_with(name, ".rego") || (is_yaml(name) && !is_data(name)))
            got = add_file(w->s, w->a, path, w->trusted, w->shipped, err);
        else if (is_data(name))
            got = add_data(w->s, w->a, path, below, w->trusted, err);
        if (got < 0)
            return -1;
    }
    return 0;
}

int sources_add(struct sources *s, struct arena *a, const char *path, bool trusted, bool shipped,
                struct err *err)
{
    const struct walk w = {.s = s, .a = a, .trusted = trusted, .shipped = shipped};
    struct stat st;

    if (stat(path, &st) < 0)
        return err_sys(err, "%s", path);
    if (!shipped && opa_bundle_is(path))
        return add_bundle(s, a, path, trusted, err);
    if (s->trust && s->trust->key)
        return err_set(err, ERR_TRUST,
                       "%s: only a bundle (an archive, a directory with .manifest) "
                       "is signed; take `key` away or name the bundle",
                       path);
    if (S_ISDIR(st.st_mode))
        return walk_dir(&w, path, "", 0, err);
    if (!ends_with(path, ".rego") && !is_yaml(path))
        return err_set(
            err, ERR_INVALID,
            "%s: policies are *.rego files, Gatekeeper's *.yaml, bundles, or directories of them",
            path);
    return add_file(s, a, path, trusted, shipped, err);
}

const struct value *sources_digests(const struct sources *s, struct arena *a)
{
    struct value_list l = {0};

    for (size_t i = 0; i < s->n; i++) {
        struct value_fields f = {0};

        value_fields_add(a, &f, "path", value_str(a, s->at[i].text.name));
        value_fields_add(a, &f, "sha256", value_str(a, s->at[i].sha256));
        value_list_add(a, &l, value_fields_object(a, &f));
    }
    return value_list_array(a, &l);
}
