/* report/archive.c - see archive.h. */
#include "report/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

static bool plain_name(const char *name)
{
    if (!*name || *name == '/' || strlen(name) > 200)
        return false;
    for (const char *at = name; at; at = strchr(at, '/')) {
        at += *at == '/';
        if (*at == '/' || *at == '\0' || *at == '.')
            return false;
    }
    for (const char *c = name; *c; c++) {
        if (*c < 0x21 || *c > 0x7e || *c == '\\')
            return false;
    }
    return true;
}

static int grow(struct archive_files *f, struct arena *a, struct err *err)
{
    const size_t cap = f->cap ? f->cap * 2 : 64;
    struct archive_file *const more = ARENA_NEW_N(a, struct archive_file, cap);

    if (!more)
        return err_nomem(err);
    if (f->n)
        memcpy(more, f->at, f->n * sizeof *more);
    f->at = more;
    f->cap = cap;
    return 0;
}

int archive_add(struct archive_files *f, struct arena *a, const char *name, const void *bytes,
                size_t len, struct err *err)
{
    if (!plain_name(name))
        return err_set(err, ERR_INVALID, "'%.100s' is no plain name", name);
    if (f->n == ARCHIVE_FILES_MAX || len > ARCHIVE_BYTES_MAX - f->bytes)
        return err_set(err, ERR_LIMIT, "the archive is too large");
    if (f->n == f->cap && grow(f, a, err) < 0)
        return -1;
    const char *const name_copy = arena_strndup(a, name, strlen(name));
    const char *const copy = arena_strndup(a, bytes, len);
    if (!name_copy || !copy)
        return err_nomem(err);
    f->at[f->n++] = (struct archive_file){.name = name_copy, .bytes = copy, .len = len};
    f->bytes += len;
    f->sorted = false;
    return 0;
}

static int by_name(const void *x, const void *y)
{
    return strcmp(((const struct archive_file *)x)->name, ((const struct archive_file *)y)->name);
}

const struct archive_file *archive_find(const struct archive_files *f, const char *name)
{
    const struct archive_file want = {.name = name};

    if (f->sorted)
        return f->n ? bsearch(&want, f->at, f->n, sizeof want, by_name) : NULL;
    for (size_t i = 0; i < f->n; i++) {
        if (strcmp(f->at[i].name, name) == 0)
            return &f->at[i];
    }
    return NULL;
}

static la_ssize_t take(struct archive *archive, void *ctx, const void *bytes, size_t len)
{
    struct buf *const out = ctx;

    (void)archive;
    buf_add(out, bytes, len);
    return out->failed ? -1 : (la_ssize_t)len;
}

static void done_write(struct archive **w)
{
    if (*w)
        (void)archive_write_free(*w);
}

static void done_read(struct archive **r)
{
    if (*r)
        (void)archive_read_free(*r);
}

static int fail(struct err *err, struct archive *archive, enum err_code code)
{
    const char *const why = archive ? archive_error_string(archive) : NULL;

    return err_set(err, code, "archive: %s", why ? why : "failed");
}

static int pack_one(struct archive *w, const struct archive_file *f, int64_t mtime, struct err *err)
{
    struct archive_entry *const e = archive_entry_new();

    if (!e)
        return err_nomem(err);
    archive_entry_set_pathname(e, f->name);
    archive_entry_set_size(e, (la_int64_t)f->len);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_mtime(e, mtime, 0);
    const bool good = archive_write_header(w, e) == ARCHIVE_OK &&
                      archive_write_data(w, f->bytes, f->len) == (la_ssize_t)f->len;
    archive_entry_free(e);
    return good ? 0 : fail(err, w, ERR_SYSTEM);
}

int archive_pack(const struct archive_files *f, int64_t mtime, struct buf *out, struct err *err)
{
    __attribute__((cleanup(done_write))) struct archive *w = archive_write_new();

    if (!w)
        return err_nomem(err);
    out->max = ARCHIVE_BYTES_MAX;
    if (archive_write_set_format_ustar(w) != ARCHIVE_OK ||
        archive_write_add_filter_gzip(w) != ARCHIVE_OK ||
        archive_write_set_filter_option(w, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(w, 1) != ARCHIVE_OK ||
        archive_write_open(w, out, NULL, take, NULL) != ARCHIVE_OK)
        return fail(err, w, ERR_SYSTEM);
    for (size_t i = 0; i < f->n; i++) {
        if (pack_one(w, &f->at[i], mtime, err) < 0)
            return -1;
    }
    if (archive_write_close(w) != ARCHIVE_OK)
        return fail(err, w, ERR_SYSTEM);
    return buf_check(out, err);
}

static int unpack_one(struct arena *a, struct archive *r, struct archive_entry *e,
                      struct archive_files *out, struct err *err)
{
    AUTO_BUF struct buf body = {.max = ARCHIVE_BYTES_MAX};
    const char *const name = archive_entry_pathname(e);
    char chunk[65536];

    if (!name || archive_entry_filetype(e) != AE_IFREG || archive_entry_hardlink(e))
        return err_set(err, ERR_INVALID, "archive: '%.100s' is no plain file", name ? name : "?");
    for (;;) {
        const la_ssize_t n = archive_read_data(r, chunk, sizeof chunk);

        if (n < 0)
            return fail(err, r, ERR_INVALID);
        if (n == 0)
            break;
        buf_add(&body, chunk, (size_t)n);
        if (buf_check(&body, err) < 0)
            return -1;
    }
    return archive_add(out, a, name, body.data ? body.data : "", body.len, err);
}

int archive_unpack(struct arena *a, const void *bytes, size_t len, struct archive_files *out,
                   struct err *err)
{
    __attribute__((cleanup(done_read))) struct archive *r = archive_read_new();
    struct archive_entry *e;
    int got;

    *out = (struct archive_files){0};
    if (!r)
        return err_nomem(err);
    if (archive_read_support_format_tar(r) != ARCHIVE_OK ||
        archive_read_support_filter_gzip(r) != ARCHIVE_OK ||
        archive_read_open_memory(r, bytes, len) != ARCHIVE_OK)
        return fail(err, r, ERR_INVALID);
    while ((got = archive_read_next_header(r, &e)) == ARCHIVE_OK) {
        if (unpack_one(a, r, e, out, err) < 0)
            return -1;
    }
    if (got != ARCHIVE_EOF)
        return fail(err, r, ERR_INVALID);
    if (out->n)
        qsort(out->at, out->n, sizeof *out->at, by_name);
    out->sorted = true;
    /* A name twice could be read as either. */
    for (size_t i = 1; i < out->n; i++) {
        if (strcmp(out->at[i - 1].name, out->at[i].name) == 0)
            return err_set(err, ERR_INVALID, "archive: %s stands there twice", out->at[i].name);
    }
    return 0;
}
