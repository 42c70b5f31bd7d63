#include "cli/rego_load.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "policy/rego/yaml_read.h"
#include "policy/value/json.h"

static bool ends_in(const char *name, const char *suffix)
{
    const size_t n = strlen(name), m = strlen(suffix);

    return n > m && strcmp(name + n - m, suffix) == 0;
}

int rego_load_text(const char *path, struct arena *a, const char **text, size_t *len,
                   struct err *err)
{
    AUTO_FREE char *bytes = NULL;

    if (path) {
        if (file_read_at(AT_FDCWD, path, JSON_BYTES_MAX, &bytes, len, NULL, err) < 0)
            return -1;
    } else if (file_read_fd(STDIN_FILENO, JSON_BYTES_MAX, &bytes, len, err) < 0) {
        return err_ctx(err, "standard input");
    }
    *text = arena_strndup(a, bytes, *len);
    return *text ? 0 : err_nomem(err);
}

int rego_load_json(const char *path, struct arena *a, const struct value **out, struct err *err)
{
    const char *text;
    size_t len;

    if (rego_load_text(path, a, &text, &len, err) < 0)
        return -1;
    const bool yaml = path && (ends_in(path, ".yaml") || ends_in(path, ".yml"));
    if ((yaml ? yaml_read(a, text, len, out, err)
              : json_parse(a, text, len, JSON_LAST_WINS, out, NULL, err)) < 0)
        return err_ctx(err, "%s", path ? path : "standard input");
    return 0;
}

/* Put b's fields into a's; objects at the same place merge, anything else there twice is an error.
 */
static int merge(struct arena *a, const struct value *x, const struct value *y,
                 const struct value **out, struct err *err)
{
    if (!x || !value_is(x, VALUE_OBJECT) || !value_is(y, VALUE_OBJECT)) {
        if (x)
            return err_set(err, ERR_INVALID, "two documents for the same place");
        *out = y;
        return 0;
    }
    for (size_t i = 0; i < y->count; i++) {
        const struct value *const key = value_key_at(y, i);
        const struct value *child;

        if (merge(a, value_get(x, key), value_val_at(y, i), &child, err) < 0)
            return -1;
        x = value_object_with(a, x, key, child);
        if (!x)
            return err_nomem(err);
    }
    *out = x;
    return 0;
}

static int add_data(struct rego_load *l, const char *path, const struct value *prefix,
                    struct arena *a, struct err *err)
{
    const struct value *doc;

    if (rego_load_json(path, a, &doc, err) < 0)
        return -1;
    for (size_t i = prefix->count; i-- > 0;) {
        struct value_fields f = {0};

        value_fields_put(a, &f, value_at(prefix, i), doc);
        doc = value_fields_object(a, &f);
        if (!doc)
            return err_nomem(err);
    }
    if (!value_is(doc, VALUE_OBJECT))
        return err_set(err, ERR_INVALID, "%s: the root document must be an object", path);
    return merge(a, l->data, doc, &l->data, err) < 0 ? err_ctx(err, "%s", path) : 0;
}

static int push_source(struct rego_load *l, struct rego_source source, struct arena *a,
                       struct err *err)
{
    if (l->sources_n == l->sources_cap) {
        const size_t cap = l->sources_cap ? l->sources_cap * 2 : 16;
        struct rego_source *const more = ARENA_NEW_N(a, struct rego_source, cap);

        if (cap > REGO_LOAD_FILES_MAX * 2u)
            return err_set(err, ERR_LIMIT, "more than %d Rego files", REGO_LOAD_FILES_MAX);
        if (!more)
            return err_nomem(err);
        if (l->sources_n)
            memcpy(more, l->sources, l->sources_n * sizeof *more);
        l->sources = more;
        l->sources_cap = cap;
    }
    l->sources[l->sources_n++] = source;
    return 0;
}

static int add_source(struct rego_load *l, const char *path, struct arena *a, struct err *err)
{
    struct rego_source source = {0};

    if (rego_load_text(path, a, &source.text, &source.len, err) < 0)
        return -1;
    path = path ? path : "stdin";
    source.name = arena_strndup(a, path, strlen(path));
    return source.name ? push_source(l, source, a, err) : err_nomem(err);
}

static int add_bundle(struct rego_load *l, const char *path, struct arena *a, struct err *err)
{
    const char *const name = arena_strndup(a, path, strlen(path));
    struct opa_bundle b;
    struct rego_source *modules;
    const struct value *data;
    size_t n;

    if (!name)
        return err_nomem(err);
    if (opa_bundle_open(a, name, false, &l->trust, &b, err) < 0 ||
        opa_bundle_modules(a, &b, &modules, &n, err) < 0 || opa_bundle_data(a, &b, &data, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (push_source(l, modules[i], a, err) < 0)
            return -1;
    return merge(a, l->data, data, &l->data, err) < 0 ? err_ctx(err, "%s", path) : 0;
}

static const struct value *deeper(struct arena *a, const struct value *prefix, const char *name)
{
    struct value_list list = {0};

    for (size_t i = 0; i < prefix->count; i++)
        value_list_add(a, &list, value_at(prefix, i));
    value_list_add(a, &list, value_str(a, name));
    return value_list_array(a, &list);
}

static int load(struct rego_load *l, const char *path, const struct value *prefix, unsigned depth,
                struct arena *a, struct err *err);

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool ignored(const struct rego_load *l, const char *name)
{
    const char *pattern;

    for (size_t i = 0; l->call && (pattern = call_values(l->call, "ignore", i)); i++)
        if (fnmatch(pattern, name, 0) == 0)
            return true;
    return false;
}

static int load_dir(struct rego_load *l, const char *path, const struct value *prefix,
                    unsigned depth, struct arena *a, struct err *err)
{
    struct dirent **names = NULL;
    const int n = scandir(path, &names, visible, alphasort);
    int result = 0;

    if (n < 0)
        return err_sys(err, "%s", path);
    for (int i = 0; i < n; i++) {
        const char *const child = arena_printf(a, "%s/%s", path, names[i]->d_name);
        struct stat st;

        if (result == 0 && !child)
            result = err_nomem(err);
        if (result == 0 && stat(child, &st) < 0)
            result = err_sys(err, "%s", child);
        if (result == 0 && !ignored(l, names[i]->d_name)) {
            const struct value *const below =
                S_ISDIR(st.st_mode) ? deeper(a, prefix, names[i]->d_name) : prefix;

            result = below ? load(l, child, below, depth + 1, a, err) : err_nomem(err);
        }
        free(names[i]);
    }
    free(names);
    return result;
}

static bool is_data(const char *path, unsigned depth)
{
    if (depth == 0)
        return true; /* named by the user: a document whatever it is called */
    return ends_in(path, ".json") || ends_in(path, ".yaml") || ends_in(path, ".yml");
}

static int load(struct rego_load *l, const char *path, const struct value *prefix, unsigned depth,
                struct arena *a, struct err *err)
{
    struct stat st;

    if (depth > REGO_LOAD_DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "%s: deeper than %d directories", path, REGO_LOAD_DEPTH_MAX);
    if (stat(path, &st) < 0)
        return err_sys(err, "%s", path);
    if (S_ISDIR(st.st_mode))
        return load_dir(l, path, prefix, depth, a, err);
    if (ends_in(path, ".rego") || (l->modules_only && depth == 0))
        return add_source(l, path, a, err);
    return is_data(path, depth) && !l->modules_only ? add_data(l, path, prefix, a, err) : 0;
}

int rego_load_stdin(struct rego_load *l, struct arena *a, struct err *err)
{
    return add_source(l, NULL, a, err);
}

int rego_load_path(struct rego_load *l, const char *path, struct arena *a, struct err *err)
{
    const char *const colon = strchr(path, ':');
    struct value_list prefix = {0};

    const bool url = str_starts(path, "file://");

    if (url)
        path += strlen("file://");
    if (l->bundle)
        return add_bundle(l, path, a, err);
    if (!url && colon && !memchr(path, '/', (size_t)(colon - path))) {
        for (const char *at = path; at < colon;) {
            const size_t len = strcspn(at, ".:");

            value_list_add(a, &prefix, value_string(a, at, len));
            at += len + (at[len] == '.');
        }
        path = colon + 1;
    }
    const struct value *const array = value_list_array(a, &prefix);
    return array ? load(l, path, array, 0, a, err) : err_nomem(err);
}

int rego_load_key(const char *value, struct arena *a, const char **out, struct err *err)
{
    size_t len;

    if (access(value, F_OK) == 0)
        return rego_load_text(value, a, out, &len, err);
    *out = value;
    return 0;
}

int rego_load_call(const struct call *call, bool args, struct rego_load *l, struct arena *a,
                   struct err *err)
{
    const char *const key = call_value(call, "verification-key", NULL);

    l->call = call;
    l->trust = (struct opa_bundle_trust){.algorithm = call_value(call, "signing-alg", NULL),
                                         .key_id = call_value(call, "verification-key-id", NULL),
                                         .scope = call_value(call, "scope", NULL),
                                         .skip = call_flag(call, "skip-verify")};
    if (key && rego_load_key(key, a, &l->trust.key, err) < 0)
        return -1;
    for (size_t i = 0; args && i < call->args_n; i++)
        if (rego_load_path(l, call->args[i], a, err) < 0)
            return -1;
    for (size_t i = 0; i < call->options_n; i++) {
        const char *const name = call->options[i].row->name;

        l->bundle = strcmp(name, "bundle") == 0;
        if ((l->bundle || strcmp(name, "data") == 0) &&
            rego_load_path(l, call->options[i].value, a, err) < 0)
            return -1;
    }
    return 0;
}
