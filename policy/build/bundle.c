/* policy/build/bundle.c - see bundle.h. */
#include "policy/build/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/own.h"
#include "policy/build/sources.h"
#include "policy/rego/yaml_read.h"
#include "policy/value/json.h"

static bool ends_with(const char *s, const char *suffix)
{
    const size_t n = strlen(s), m = strlen(suffix);

    return n >= m && strcmp(s + n - m, suffix) == 0;
}

bool opa_bundle_is(const char *path)
{
    struct stat st;
    char manifest[4096];

    if (ends_with(path, ".tar.gz") || ends_with(path, ".tgz"))
        return true;
    const int n = snprintf(manifest, sizeof(manifest), "%s/.manifest", path);
    return n > 0 && (size_t)n < sizeof(manifest) && stat(manifest, &st) == 0 && S_ISREG(st.st_mode);
}

/* --- reading ------------------------------------------------------------------------------ */

static const char *base_name(const char *name)
{
    const char *const slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

static bool is_data(const char *name)
{
    const char *const base = base_name(name);

    return strcmp(base, "data.json") == 0 || strcmp(base, "data.yaml") == 0 ||
           strcmp(base, "data.yml") == 0;
}

/* What a bundle is made of; other files are none of its business. */
static bool belongs(const char *name)
{
    return ends_with(name, ".rego") || is_data(name) || strcmp(name, ".manifest") == 0 ||
           strcmp(name, ".signatures.json") == 0;
}

static int add_file(struct opa_bundle *b, const char *name, const char *bytes, size_t len,
                    struct err *err)
{
    if (b->n == BUNDLE_FILES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d files", BUNDLE_FILES_MAX);
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->files[i].name, name) == 0)
            return err_set(err, ERR_INVALID, "%s is in it twice", name);
    b->files[b->n++] = (struct opa_bundle_file){.name = name, .bytes = bytes, .len = len};
    return 0;
}

struct reading {
    struct arena *a;
    struct opa_bundle *b;
    bool trusted;
    size_t bytes;
};

static int read_dir(struct reading *r, const char *below, unsigned depth, struct err *err)
{
    const char *const dir = *below ? arena_printf(r->a, "%s/%s", r->b->path, below) : r->b->path;
    const struct value *names;

    if (depth > BUNDLE_DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "more than %d directories deep", BUNDLE_DEPTH_MAX);
    if (!dir || sources_list_all(r->a, dir, &names, err) < 0)
        return dir ? -1 : err_nomem(err);
    for (size_t i = 0; i < names->count; i++) {
        const char *const name = value_bytes(value_at(names, i));
        const char *const under = *below ? arena_printf(r->a, "%s/%s", below, name) : name;
        const char *const path = arena_printf(r->a, "%s/%s", dir, name);
        struct stat st;
        const char *text;
        size_t len;

        if (!under || !path)
            return err_nomem(err);
        if (name[0] == '.' && !belongs(under))
            continue;
        if (stat(path, &st) < 0)
            return err_sys(err, "%s", path);
        if (S_ISDIR(st.st_mode)) {
            if (read_dir(r, under, depth + 1, err) < 0)
                return -1;
            continue;
        }
        if (!belongs(under))
            continue;
        if (sources_read(r->a, path, r->trusted, BUNDLE_BYTES_MAX, &text, &len, err) < 0 ||
            add_file(r->b, under, text, len, err) < 0)
            return -1;
    }
    return 0;
}

/* "./a//b", "/a/b" -> "a/b"; NULL: a name that leads elsewhere. */
static const char *clean_name(struct arena *a, const char *name)
{
    AUTO_BUF struct buf b = BUF_INIT;

    while (name && *name) {
        const size_t len = strcspn(name, "/");

        if (len == 2 && name[0] == '.' && name[1] == '.')
            return NULL;
        if (len > 0 && !(len == 1 && name[0] == '.')) {
            if (b.len)
                buf_putc(&b, '/');
            buf_add(&b, name, len);
        }
        name += len + (name[len] == '/');
    }
    return b.len ? arena_strndup(a, b.data, b.len) : NULL;
}

static int read_entry(struct reading *r, struct archive *ar, struct archive_entry *e,
                      struct err *err)
{
    AUTO_BUF struct buf text = BUF_INIT;
    const char *const raw = archive_entry_pathname(e);
    const char *const name = clean_name(r->a, raw);
    char chunk[16384];
    la_ssize_t n;

    if (archive_entry_filetype(e) != AE_IFREG)
        return 0;
    if (!name)
        return err_set(err, ERR_INVALID, "an entry's name leads out of it");
    if (!belongs(name))
        return 0;
    while ((n = archive_read_data(ar, chunk, sizeof(chunk))) > 0) {
        r->bytes += (size_t)n;
        if (r->bytes > BUNDLE_BYTES_MAX)
            return err_set(err, ERR_LIMIT, "more than %d bytes", BUNDLE_BYTES_MAX);
        buf_add(&text, chunk, (size_t)n);
    }
    if (n < 0)
        return err_set(err, ERR_INVALID, "%s", archive_error_string(ar));
    const char *const kept = arena_strndup(r->a, text.data ? text.data : "", text.len);
    return kept && !text.failed ? add_file(r->b, name, kept, text.len, err) : err_nomem(err);
}

static int read_entries(struct reading *r, struct archive *ar, const char *bytes, size_t len,
                        struct err *err)
{
    struct archive_entry *e;
    int got;

    if (archive_read_support_filter_gzip(ar) != ARCHIVE_OK ||
        archive_read_support_format_tar(ar) != ARCHIVE_OK ||
        archive_read_open_memory(ar, bytes, len) != ARCHIVE_OK)
        return err_set(err, ERR_INVALID, "no tar.gz: %s", archive_error_string(ar));
    while ((got = archive_read_next_header(ar, &e)) == ARCHIVE_OK)
        if (read_entry(r, ar, e, err) < 0)
            return -1;
    return got == ARCHIVE_EOF
               ? 0
               : err_set(err, ERR_INVALID, "malformed archive: %s", archive_error_string(ar));
}

static int read_archive(struct reading *r, struct err *err)
{
    const char *text;
    size_t len;

    if (sources_read(r->a, r->b->path, r->trusted, BUNDLE_BYTES_MAX, &text, &len, err) < 0)
        return -1;
    struct archive *const ar = archive_read_new();
    if (!ar)
        return err_nomem(err);
    const int got = read_entries(r, ar, text, len, err);
    (void)archive_read_free(ar);
    return got;
}

static int by_name(const void *x, const void *y)
{
    const struct opa_bundle_file *const a = x, *const b = y;

    return strcmp(a->name, b->name);
}

const struct opa_bundle_file *opa_bundle_find(const struct opa_bundle *b, const char *name)
{
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->files[i].name, name) == 0)
            return &b->files[i];
    return NULL;
}

/* --- manifest and roots ------------------------------------------------------------------- */

static int read_manifest(struct arena *a, struct opa_bundle *b, struct err *err)
{
    const struct opa_bundle_file *const f = opa_bundle_find(b, ".manifest");

    if (!f)
        return 0;
    if (json_parse(a, f->bytes, f->len, JSON_LAST_WINS, &b->manifest, NULL, err) < 0)
        return err_ctx(err, ".manifest");
    if (!value_is(b->manifest, VALUE_OBJECT))
        return err_set(err, ERR_INVALID, ".manifest: not an object");
    const struct value *const roots = value_field(b->manifest, "roots");
    if (roots && !value_is(roots, VALUE_ARRAY))
        return err_set(err, ERR_INVALID, ".manifest: roots is no list");
    for (size_t i = 0; roots && i < roots->count; i++)
        if (!value_cstr(value_at(roots, i)))
            return err_set(err, ERR_INVALID, ".manifest: a root is no text");
    return 0;
}

/* Is this place (a/b/c) within a root? Without roots everything is. */
static bool allowed(const struct opa_bundle *b, const char *place)
{
    const struct value *const roots = value_field(b->manifest, "roots");

    if (!roots)
        return true;
    for (size_t i = 0; i < roots->count; i++) {
        const char *root = value_bytes(value_at(roots, i));
        size_t len;

        while (*root == '/')
            root++;
        len = strlen(root);
        while (len > 0 && root[len - 1] == '/')
            len--;
        if (len == 0 ||
            (strncmp(place, root, len) == 0 && (place[len] == '\0' || place[len] == '/')))
            return true;
    }
    return false;
}

/* Everything in the document is within a root, or leads to one. */
static int check_data(struct arena *a, const struct opa_bundle *b, const struct value *doc,
                      const char *place, unsigned depth, struct err *err)
{
    if (*place && allowed(b, place))
        return 0;
    if (!value_is(doc, VALUE_OBJECT) || depth > BUNDLE_DEPTH_MAX)
        return err_set(err, ERR_INVALID, "manifest roots do not permit data at path '/%s'", place);
    for (size_t i = 0; i < doc->count; i++) {
        const char *const key = value_cstr(value_key_at(doc, i));
        const char *const next =
            key ? arena_printf(a, "%s%s%s", place, *place ? "/" : "", key) : NULL;

        if (!next)
            return err_nomem(err);
        if (check_data(a, b, value_val_at(doc, i), next, depth + 1, err) < 0)
            return -1;
    }
    return 0;
}

static int check_modules(struct arena *a, const struct opa_bundle *b, struct err *err)
{
    const struct rego_options opt = {.version = REGO_V1};
    struct rego_source *sources;
    size_t n;

    if (opa_bundle_modules(a, b, &sources, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct rego_diags diags = {0};
        struct rego_module *m;
        const char *place = "";

        /* what does not parse is told with all its mistakes by whoever compiles it */
        if (rego_parse(a, &sources[i], &opt, &m, &diags, err) < 0) {
            *err = ERR_INIT;
            continue;
        }
        for (size_t k = 0; place && k < m->package->count; k++)
            place = arena_printf(a, "%s%s%s", place, k ? "/" : "",
                                 value_bytes(value_at(m->package, k)));
        if (!place)
            return err_nomem(err);
        if (!allowed(b, place))
            return err_set(err, ERR_INVALID, "manifest roots do not permit package %s in module %s",
                           place, sources[i].name);
    }
    return 0;
}

int opa_bundle_open(struct arena *a, const char *path, bool trusted,
                    const struct opa_bundle_trust *trust, struct opa_bundle *out, struct err *err)
{
    struct reading r = {.a = a, .b = out, .trusted = trusted};
    const struct value *data;
    struct stat st;

    *out = (struct opa_bundle){.path = path,
                               .files = ARENA_NEW_N(a, struct opa_bundle_file, BUNDLE_FILES_MAX)};
    if (!out->files)
        return err_nomem(err);
    if (stat(path, &st) < 0)
        return err_sys(err, "%s", path);
    if ((S_ISDIR(st.st_mode) ? read_dir(&r, "", 0, err) : read_archive(&r, err)) < 0)
        return err_ctx(err, "bundle %s", path);
    qsort(out->files, out->n, sizeof(*out->files), by_name);
    if (opa_bundle_verify(a, out, trust, err) < 0 || read_manifest(a, out, err) < 0 ||
        opa_bundle_data(a, out, &data, err) < 0 ||
        (value_field(out->manifest, "roots") && check_data(a, out, data, "", 0, err) < 0) ||
        check_modules(a, out, err) < 0)
        return err_ctx(err, "bundle %s", path);
    return 0;
}

/* --- what is in it ------------------------------------------------------------------------ */

static int version_of(const struct value *v)
{
    int64_t n;

    return v && value_int64(v, &n) && (n == 0 || n == 1) ? (int)n + 1 : 0;
}

/* The version of one file: by its pattern, else the bundle's. */
static int dialect_of(const struct opa_bundle *b, const char *name)
{
    const struct value *const files = value_field(b->manifest, "file_rego_versions");
    int got = version_of(value_field(b->manifest, "rego_version"));

    for (size_t i = 0; files && value_is(files, VALUE_OBJECT) && i < files->count; i++) {
        const char *pattern = value_cstr(value_key_at(files, i));

        while (pattern && *pattern == '/')
            pattern++;
        if (pattern && fnmatch(pattern, name, FNM_PATHNAME) == 0 &&
            version_of(value_val_at(files, i)))
            got = version_of(value_val_at(files, i));
    }
    return got;
}

int opa_bundle_modules(struct arena *a, const struct opa_bundle *b, struct rego_source **out,
                       size_t *n, struct err *err)
{
    *n = 0;
    *out = ARENA_NEW_N(a, struct rego_source, b->n + 1);
    if (!*out)
        return err_nomem(err);
    for (size_t i = 0; i < b->n; i++) {
        const struct opa_bundle_file *const f = &b->files[i];

        if (!ends_with(f->name, ".rego"))
            continue;
        const char *const name = arena_printf(a, "%s/%s", b->path, f->name);
        if (!name)
            return err_nomem(err);
        (*out)[(*n)++] = (struct rego_source){.name = name,
                                              .text = f->bytes,
                                              .len = f->len,
                                              .dialect = (uint8_t)dialect_of(b, f->name)};
    }
    return 0;
}

int opa_bundle_data(struct arena *a, const struct opa_bundle *b, const struct value **out,
                    struct err *err)
{
    *out = value_object(a, NULL, NULL, 0);
    if (!*out)
        return err_nomem(err);
    for (size_t i = 0; i < b->n; i++) {
        const struct opa_bundle_file *const f = &b->files[i];
        const char *const slash = strrchr(f->name, '/');
        const struct value *doc;

        if (!is_data(f->name))
            continue;
        if ((ends_with(f->name, ".json")
                 ? json_parse(a, f->bytes, f->len, JSON_LAST_WINS, &doc, NULL, err)
                 : yaml_read(a, f->bytes, f->len, &doc, err)) < 0)
            return err_ctx(err, "%s", f->name);
        const char *const below = slash ? arena_strndup(a, f->name, (size_t)(slash - f->name)) : "";
        doc = below ? sources_nest(a, doc, below) : NULL;
        if (!doc)
            return err_nomem(err);
        *out = sources_join(a, *out, doc, err);
        if (!*out)
            return err_ctx(err, "%s", f->name);
    }
    return 0;
}
