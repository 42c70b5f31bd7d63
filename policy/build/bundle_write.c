/* policy/build/opa_bundle_write.c - a bundle as an archive. See bundle.h. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "base/own.h"
#include "policy/build/bundle.h"
#include "policy/value/json.h"

static la_ssize_t take(struct archive *ar, void *ctx, const void *bytes, size_t len)
{
    (void)ar;
    buf_add(ctx, bytes, len);
    return ((struct buf *)ctx)->failed ? -1 : (la_ssize_t)len;
}

static int write_file(struct archive *ar, struct arena *a, const char *name, const char *bytes,
                      size_t len, struct err *err)
{
    struct archive_entry *const e = archive_entry_new();
    const char *const path = arena_printf(a, "/%s", name);

    if (!e || !path) {
        archive_entry_free(e);
        return err_nomem(err);
    }
    /* no owner, no time: the same bundle is the same bytes */
    archive_entry_set_pathname(e, path);
    archive_entry_set_size(e, (la_int64_t)len);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0600);
    const bool done = archive_write_header(ar, e) == ARCHIVE_OK &&
                      archive_write_data(ar, bytes, len) == (la_ssize_t)len;
    archive_entry_free(e);
    return done ? 0 : err_set(err, ERR_INVALID, "archive: %s", archive_error_string(ar));
}

static int write_all(struct archive *ar, struct arena *a, const struct opa_bundle *b,
                     const struct value *signatures, struct buf *out, struct err *err)
{
    if (archive_write_add_filter_gzip(ar) != ARCHIVE_OK ||
        archive_write_set_options(ar, "gzip:!timestamp") != ARCHIVE_OK ||
        archive_write_set_format_ustar(ar) != ARCHIVE_OK ||
        archive_write_open(ar, out, NULL, take, NULL) != ARCHIVE_OK)
        return err_set(err, ERR_INVALID, "archive: %s", archive_error_string(ar));
    for (size_t i = 0; i < b->n; i++)
        if (!(signatures && strcmp(b->files[i].name, ".signatures.json") == 0) &&
            write_file(ar, a, b->files[i].name, b->files[i].bytes, b->files[i].len, err) < 0)
            return -1;
    if (signatures) {
        AUTO_BUF struct buf text = BUF_INIT;

        json_print(&text, signatures, JSON_COMPACT);
        if (buf_check(&text, err) < 0 ||
            write_file(ar, a, ".signatures.json", text.data, text.len, err) < 0)
            return -1;
    }
    return archive_write_close(ar) == ARCHIVE_OK
               ? buf_check(out, err)
               : err_set(err, ERR_INVALID, "archive: %s", archive_error_string(ar));
}

int opa_bundle_write(struct arena *a, const struct opa_bundle *b,
                     const struct opa_bundle_signing *signing, struct buf *out, struct err *err)
{
    const struct value *signatures = NULL;

    if (signing && opa_bundle_sign(a, b, signing, &signatures, err) < 0)
        return -1;
    struct archive *const ar = archive_write_new();
    if (!ar)
        return err_nomem(err);
    const int got = write_all(ar, a, b, signatures, out, err);
    (void)archive_write_free(ar);
    return got;
}
