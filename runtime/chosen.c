#include "runtime/chosen.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"
#include "profiles/doc.h"

/* What the choice was made for: the process, and which root file system. The device of an overlay
 * changes with every mount, the inode of its upper directory does not; another container that gets
 * the same number has a later birth. */
static int fingerprint(struct arena *a, const struct value *config, int bundle,
                       char hex[DIGEST_HEX_LEN + 1], struct err *err)
{
    static const char *const parts[] = {"args", "user", "cwd"};
    const struct value *const process = value_field(config, "process");
    const char *const root = value_cstr(value_path(config, "root", "path", NULL));
    AUTO_BUF struct buf text = BUF_INIT;
    struct value_list l = {0};
    struct statx st = {.stx_ino = 0};

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct value *const v = value_field(process, parts[i]);

        value_list_add(a, &l, v ? v : &value_null);
    }
    if (root)
        (void)statx(bundle, root, AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &st);
    value_list_add(a, &l, value_str(a, root ? root : ""));
    value_list_add(a, &l, value_u64(a, st.stx_ino));
    value_list_add(a, &l, value_int(a, st.stx_btime.tv_sec));
    value_list_add(a, &l, value_u64(a, st.stx_btime.tv_nsec));
    const struct value *const all = value_list_array(a, &l);
    if (!all)
        return err_nomem(err);
    json_print(&text, all, JSON_COMPACT);
    if (buf_check(&text, err) < 0)
        return -1;
    digest_hex(text.data, text.len, hex);
    return 0;
}

/* The stage's name serves: one for each root and id. */
static bool name_of(const struct state *s, char out[64])
{
    char path[PATH_MAX];
    const char *const slash = state_stage(s, path, sizeof(path)) ? strrchr(path, '/') : NULL;

    return slash && snprintf(out, 64, "%s.json", slash + 1) < 64;
}

int chosen_load(const struct state *s, struct arena *a, const struct value *config, int bundle,
                const struct value **out, struct err *err)
{
    AUTO_FREE char *text = NULL;
    char name[64], hex[DIGEST_HEX_LEN + 1];
    const struct value *doc = NULL;
    size_t len = 0;

    *out = NULL;
    AUTO_FD int dir = s->id && name_of(s, name) ? state_place(s, "chosen", 0700, err) : -1;
    if (dir < 0)
        return 0; /* nothing can be remembered there; saving will say so */
    if (file_read_at(dir, name, CHOSEN_BYTES_MAX, &text, &len, NULL, err) < 0)
        return err->sys == ENOENT ? 0 : err_ctx(err, "remembered user");
    if (json_parse(a, text, len, JSON_STRICT, &doc, NULL, err) < 0 ||
        fingerprint(a, config, bundle, hex, err) < 0)
        return err_ctx(err, "remembered user");
    if (value_is_str(value_field(doc, "of"), hex))
        *out = value_field(doc, "chosen");
    return 0;
}

/* NULL: the engine's own user stayed. */
static const struct value *choice(struct arena *a, const struct value *config,
                                  const struct decision *d)
{
    const struct value *const was = value_path(config, "process", "user", "uid", NULL);
    const struct value *const user = value_path(d->input, "config", "process", "user", NULL);
    const struct value *const now = value_field(user, "uid");
    struct value_fields f = {0};

    if (decision_acts(d, "map_root")) {
        doc_put_bool(a, &f, "mapped", true);
        return value_fields_object(a, &f);
    }
    if (!now || (was && value_equal(was, now)))
        return NULL;
    value_fields_add(a, &f, "uid", now);
    value_fields_add(a, &f, "gid", value_field(user, "gid"));
    value_fields_add(a, &f, "groups", value_field(user, "additionalGids"));
    value_fields_add(a, &f, "home", value_path(d->input, "facts", "process", "home", NULL));
    return value_fields_object(a, &f);
}

void chosen_collect(const struct state *s)
{
    struct err ignored = ERR_INIT;
    const int dir = state_place(s, "chosen", 0, &ignored);
    DIR *const d = dir < 0 ? NULL : fdopendir(dir);
    int looked = 0;

    for (const struct dirent *e = d ? readdir(d) : NULL; e && looked < CHOSEN_LOOKS;
         e = readdir(d)) {
        struct stat st;

        if (e->d_name[0] == '.')
            continue;
        looked++;
        if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            time(NULL) - st.st_mtime > CHOSEN_AGE_S)
            (void)unlinkat(dir, e->d_name, 0);
    }
    if (d)
        (void)closedir(d);
    else if (dir >= 0)
        (void)close(dir);
}

int chosen_save(const struct state *s, struct arena *a, const struct value *config, int bundle,
                const struct decision *d, struct err *err)
{
    const struct value *const what = choice(a, config, d);
    AUTO_BUF struct buf text = BUF_INIT;
    char name[64], hex[DIGEST_HEX_LEN + 1];
    struct value_fields f = {0};

    if (!what || !name_of(s, name))
        return 0;
    if (fingerprint(a, config, bundle, hex, err) < 0)
        return err_ctx(err, "remembered user");
    doc_put_str(a, &f, "of", hex);
    value_fields_add(a, &f, "chosen", what);
    const struct value *const doc = value_fields_object(a, &f);
    if (!doc)
        return err_nomem(err);
    json_print(&text, doc, JSON_COMPACT);
    AUTO_FD int dir = state_place(s, "chosen", 0700, err);
    if (dir < 0 || buf_check(&text, err) < 0 ||
        file_replace_at(dir, name, text.data, text.len, NULL, 0600, 0, err) < 0)
        return err_ctx(err, "remembered user");
    return 0;
}
