/* facts.hooks: which program a hook is, and who can change it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"
#include "facts/parts.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

enum { HOOK_DIGEST_BYTES = 1024 * 1024 };

/* Docker's own: /proc/PID/exe of dockerd, which must really be a root process of that name that is
 * an installed program, with the arguments that Docker gives. */
static bool is_setkey(const struct value *hook, const char *path, const struct stat *program)
{
    const struct value *const args = value_field(hook, "args");
    char exe[PATH_MAX];
    const size_t len = strlen(path);

    if (!doc_prefix(path, "/proc/") || len < 11 || strcmp(path + len - 4, "/exe") != 0 ||
        strspn(path + 6, "0123456789") != len - 10)
        return false;
    if (doc_len(args) < 2 || !value_is_str(value_at(args, 0), "libnetwork-setkey"))
        return false;
    const ssize_t n = readlink(path, exe, sizeof(exe) - 1);
    if (n <= 0)
        return false;
    exe[n] = '\0';
    const char *const base = strrchr(exe, '/');
    return base && strcmp(base + 1, "dockerd") == 0 && program->st_uid == 0 &&
           !(program->st_mode & (S_IWOTH | S_IWGRP));
}

/* Our own hook: the shim's second look, or the judging hook of hooks.d. NULL: another program. */
static const char *own_hook(const struct value *hook, const struct look_at *at)
{
    const char *const base = strrchr(at->resolved, '/');
    const struct value *const args = value_field(hook, "args");

    if (!base || strcmp(base + 1, "sallyport-hook") != 0 || at->changeable_by)
        return NULL;
    if (doc_len(args) < 2)
        return "sallyport-hook";
    return value_is_str(value_at(args, 1), "verify") ? "sallyport-verify" : NULL;
}

static void put_digest(struct parts *p, struct value_fields *f, const struct look_at *at)
{
    AUTO_FREE char *bytes = NULL;
    size_t len = 0;
    struct err ignored = ERR_INIT;
    char hex[DIGEST_HEX_LEN + 1];

    if (!S_ISREG(at->st.st_mode) || at->st.st_size > HOOK_DIGEST_BYTES)
        return;
    /* A program that cannot be read has no digest; rules see its absence. */
    if (file_read_at(AT_FDCWD, at->resolved, HOOK_DIGEST_BYTES, &bytes, &len, NULL, &ignored) < 0)
        return;
    digest_hex(bytes, len, hex);
    value_fields_add(p->a, f, "digest", value_strf(p->a, "sha256:%s", hex));
}

static int see_hook(struct parts *p, const struct value *hook, struct value_fields *f,
                    struct err *err)
{
    const char *const path = doc_str(hook, "path");
    struct look_at at;
    struct stat st;

    if (!path || look_path(&p->look, path, true, &at, err) < 0)
        return path ? -1 : 0;
    /* What the kernel would execute, links of /proc followed. */
    if (at.via_proc && stat(path, &st) == 0) {
        at.st = st;
        at.end = LOOK_SEEN;
    }
    doc_put_str(p->a, f, "resolved", at.resolved);
    doc_put_list(p->a, f, "links", &at.links);
    doc_put_str(p->a, f, "changeable_by", at.changeable_by);
    doc_put_str(p->a, f, "kind", at.end == LOOK_SEEN ? look_kind(at.st.st_mode) : "missing");
    const bool inside = (p->root && doc_path_within(at.resolved, p->root)) ||
                        (p->req->bundle && doc_path_within(at.resolved, p->req->bundle));
    doc_put_bool(p->a, f, "inside_rootfs", inside);
    if (at.end != LOOK_SEEN)
        return 0;
    doc_put_int(p->a, f, "uid", at.st.st_uid);
    doc_put_int(p->a, f, "mode", at.st.st_mode & 07777);
    if (is_setkey(hook, path, &at.st))
        doc_put_str(p->a, f, "engine", "docker-libnetwork-setkey");
    else if (own_hook(hook, &at))
        doc_put_str(p->a, f, "engine", own_hook(hook, &at));
    else
        put_digest(p, f, &at);
    return 0;
}

int facts_hooks(struct parts *p, const struct value *derived, const struct value **out,
                struct err *err)
{
    struct value_list l = {0};

    for (size_t i = 0; i < doc_len(derived); i++) {
        const struct value *const hook = value_at(derived, i);
        struct value_fields f = {0};

        if (p->host) {
            if (see_hook(p, hook, &f, err) < 0)
                return -1;
        } else {
            for (const char *const *field = derive_seen_fields[SEEN_HOOK]; *field; field++)
                parts_unknown(p, "/facts/hooks/%zu/%s", i, *field);
        }
        value_list_add(p->a, &l, parts_merge(p->a, hook, &f));
    }
    return doc_finish_list(p->a, &l, out, err);
}
