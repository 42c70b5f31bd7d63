/* Facts of a patched document: analysis anew, what was seen carried over. Pure. */
#include <string.h>

#include "base/own.h"
#include "policy/decide/decide.h"
#include "policy/value/pointer.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

struct renewal {
    struct arena *a;
    const struct value *before, *after; /* input documents */
    const struct value *old;            /* facts before */
    const struct value *made;           /* derived facts of the document after */
    struct value_fields seen;           /* facts that take derived ones' place */
    struct value_list unknown;
};

/* --- small parts --------------------------------------------------------------------------------
 */

static bool same(const struct value *x, const struct value *y)
{
    return (!x && !y) || (x && y && value_equal(x, y));
}

static bool same_field(const struct value *x, const struct value *y, const char *name)
{
    return same(value_field(x, name), value_field(y, name));
}

static const struct value *overlay(struct arena *a, const struct value *obj,
                                   const struct value_fields *more)
{
    struct value_fields f = {0};

    for (size_t i = 0; i < obj->count; i++)
        value_fields_put(a, &f, value_key_at(obj, i), value_val_at(obj, i));
    for (size_t i = 0; i < more->keys.n; i++)
        value_fields_put(a, &f, more->keys.items[i], more->vals.items[i]);
    return more->keys.failed || more->vals.failed ? NULL : value_fields_object(a, &f);
}

static void carry(struct renewal *r, struct value_fields *f, const struct value *from,
                  enum derive_seen kind)
{
    for (const char *const *field = derive_seen_fields[kind]; *field; field++)
        value_fields_add(r->a, f, *field, value_field(from, *field));
}

/* What was unknown below one pointer is unknown below another. */
static void carry_unknown(struct renewal *r, const char *from, const char *to)
{
    const struct value *const list = value_field(r->old, "unknown");
    const size_t len = strlen(from);

    for (size_t i = 0; i < doc_len(list); i++) {
        const struct value *const v = value_at(list, i);
        const char *const text = value_bytes(v);

        /* Few are below: whether it is text in whole is looked at last. */
        if (!value_is(v, VALUE_STRING) || v->count < len || memcmp(text, from, len) != 0 ||
            (text[len] != '/' && text[len] != '\0') || !value_cstr(v))
            continue;
        value_list_add(r->a, &r->unknown,
                       strcmp(from, to) == 0 ? v : value_strf(r->a, "%s%s", to, text + len));
    }
}

/* Whether anything below a part is unknown: mostly nothing is, and then no pointer is written. */
static bool any_unknown(const struct renewal *r, const char *below)
{
    const struct value *const list = value_field(r->old, "unknown");
    const size_t len = strlen(below);

    for (size_t i = 0; i < doc_len(list); i++) {
        const struct value *const text = value_at(list, i);

        if (value_is(text, VALUE_STRING) && strncmp(value_bytes(text), below, len) == 0)
            return true;
    }
    return false;
}

static void mark_unknown(struct renewal *r, const char *base, enum derive_seen kind)
{
    for (const char *const *field = derive_seen_fields[kind]; *field; field++)
        value_list_add(r->a, &r->unknown, value_strf(r->a, "%s/%s", base, *field));
}

static const struct value *process_of(const struct value *input)
{
    const struct value *const exec = value_field(input, "process");

    return exec ? exec : value_path(input, "config", "process", (const char *)NULL);
}

/* --- mounts
 * --------------------------------------------------------------------------------------- */

static bool same_backing(const struct value *x, const struct value *y)
{
    const struct value *const bx = value_field(x, "backing"), *const by = value_field(y, "backing");

    if (doc_len(bx) != doc_len(by))
        return false;
    for (size_t i = 0; i < doc_len(bx); i++) {
        if (!same_field(value_at(bx, i), value_at(by, i), "source"))
            return false;
    }
    return true;
}

static bool same_mount(const struct value *x, const struct value *y)
{
    return same_field(x, y, "source") && same_field(x, y, "destination_clean") &&
           same_field(x, y, "bind") && same_field(x, y, "type_danger") && same_backing(x, y);
}

/* Each mount of before serves once, so that equal ones stay apart. */
static size_t find_mount(const struct value *old, const struct value *mount, const bool *taken)
{
    for (size_t i = 0; i < doc_len(old); i++) {
        if (!taken[i] && same_mount(value_at(old, i), mount))
            return i;
    }
    return SIZE_MAX;
}

/* Path inside the root file system of a source that lies there; NULL when it does not. */
static const char *inside_root(const struct renewal *r, const struct value *mount)
{
    const struct value *const rootfs = value_field(r->old, "rootfs");
    const char *const root[] = {doc_str(rootfs, "path"), doc_str(rootfs, "resolved")};
    const char *const source = doc_str(mount, "source");

    for (size_t i = 0; source && i < ARRAY_LEN(root); i++) {
        if (root[i] && strcmp(root[i], "/") != 0 && doc_path_within(source, root[i]))
            return source + strlen(root[i]);
    }
    return NULL;
}

/* A bind of the container's own directory that a rule added: its kind is known when facts about
 * the root file system name it, in which case no link stands on the way. */
static void own_directory(struct renewal *r, const struct value *mount, const char *inside,
                          size_t index, struct value_fields *f)
{
    const struct value *const rootfs = value_field(r->old, "rootfs");
    const struct value *const list = value_field(rootfs, "directories");
    static const char *const told[] = {"kind", "uid", "gid", "mode"};

    doc_put_bool(r->a, f, "own_rootfs", true);
    const struct value *known = value_field(rootfs, "workdir");
    if (!value_is_str(value_field(known, "path"), inside))
        known = NULL;
    for (size_t i = 0; i < doc_len(list) && !known; i++) {
        if (value_is_str(value_field(value_at(list, i), "path"), inside))
            known = value_at(list, i);
    }
    if (!known) {
        value_list_add(r->a, &r->unknown, value_strf(r->a, "/facts/mounts/%zu/kind", index));
        return;
    }
    for (size_t k = 0; k < ARRAY_LEN(told); k++)
        value_fields_add(r->a, f, told[k], value_field(known, told[k]));
    doc_put_str(r->a, f, "resolved", doc_str(mount, "source"));
}

static int renew_mounts(struct renewal *r, struct err *err)
{
    const struct value *const old = value_field(r->old, "mounts");
    const struct value *const made = value_field(r->made, "mounts"), *out = NULL;
    bool *const taken = ARENA_NEW_N(r->a, bool, doc_len(old) + 1);
    const bool unknown = any_unknown(r, "/facts/mounts/");
    struct value_list l = {0};

    if (!taken)
        return err_nomem(err);
    for (size_t i = 0; i < doc_len(made); i++) {
        const struct value *const m = value_at(made, i);
        const size_t j = find_mount(old, m, taken);
        const bool looked = doc_true(value_field(m, "bind")) || value_field(m, "type_danger") ||
                            value_field(m, "backing");
        struct value_fields f = {0};
        const char *const inside = looked ? inside_root(r, m) : NULL;
        const bool told = j == SIZE_MAX ? looked && !inside : unknown;
        const char *const to = told ? arena_printf(r->a, "/facts/mounts/%zu", i) : "";
        const char *const from = told ? arena_printf(r->a, "/facts/mounts/%zu", j) : "";

        if (!to || !from)
            return err_nomem(err);
        if (j != SIZE_MAX) {
            taken[j] = true;
            carry(r, &f, value_at(old, j), SEEN_SOURCE);
            if (unknown)
                carry_unknown(r, from, to);
        } else if (inside) {
            own_directory(r, m, inside, i, &f);
        } else if (looked) {
            mark_unknown(r, to, SEEN_SOURCE);
        }
        value_list_add(r->a, &l, overlay(r->a, m, &f));
    }
    if (doc_finish_list(r->a, &l, &out, err) < 0)
        return -1;
    value_fields_add(r->a, &r->seen, "mounts", out);
    return 0;
}

/* --- namespaces, hooks
 * ------------------------------------------------------------------------------ */

static int renew_namespaces(struct renewal *r, struct err *err)
{
    const struct value *const old = value_field(r->old, "namespaces");
    const struct value *const made = value_field(r->made, "namespaces");
    struct value_fields all = {0};

    for (size_t i = 0; i < made->count; i++) {
        const char *const type = value_bytes(value_key_at(made, i));
        const struct value *const one = value_val_at(made, i), *const was = value_field(old, type);
        const char *const at = arena_printf(r->a, "/facts/namespaces/%s", type);
        struct value_fields f = {0};

        if (!at)
            return err_nomem(err);
        if (!doc_str(one, "path"))
            continue;
        if (same_field(one, was, "path")) {
            carry(r, &f, was, SEEN_NAMESPACE);
            carry_unknown(r, at, at);
        } else {
            mark_unknown(r, at, SEEN_NAMESPACE);
        }
        value_fields_add(r->a, &all, type, overlay(r->a, one, &f));
    }
    const struct value *const out = overlay(r->a, made, &all);
    if (!out)
        return err_nomem(err);
    value_fields_add(r->a, &r->seen, "namespaces", out);
    return 0;
}

static int renew_hooks(struct renewal *r, struct err *err)
{
    const struct value *const old = value_field(r->old, "hooks");
    const struct value *const made = value_field(r->made, "hooks"), *out = NULL;
    struct value_list l = {0};

    for (size_t i = 0; i < doc_len(made); i++) {
        const struct value *const h = value_at(made, i);
        const char *const to = arena_printf(r->a, "/facts/hooks/%zu", i);
        struct value_fields f = {0};
        bool found = false;

        for (size_t k = 0; to && k < doc_len(old) && !found; k++) {
            const struct value *const was = value_at(old, k);
            const char *const from = arena_printf(r->a, "/facts/hooks/%zu", k);

            found = same_field(was, h, "stage") && same_field(was, h, "path") &&
                    same_field(was, h, "args");
            if (found && from) {
                carry(r, &f, was, SEEN_HOOK);
                carry_unknown(r, from, to);
            }
        }
        if (!to)
            return err_nomem(err);
        if (!found)
            mark_unknown(r, to, SEEN_HOOK);
        value_list_add(r->a, &l, overlay(r->a, h, &f));
    }
    if (doc_finish_list(r->a, &l, &out, err) < 0)
        return -1;
    value_fields_add(r->a, &r->seen, "hooks", out);
    return 0;
}

/* --- rootfs, security modules, cgroup, secrets
 * --------------------------------------------------------- */

static int renew_rootfs(struct renewal *r, struct err *err)
{
    static const char *const of_program[] = {"program", "script", "executed", "service"};
    const struct value *const old = value_field(r->old, "rootfs");
    const struct value *const made = value_field(r->made, "rootfs");
    const struct value *const was = process_of(r->before), *const now = process_of(r->after);
    const bool moved = !same_field(old, made, "path");
    const bool other_place = !same_field(was, now, "cwd");
    const bool other_program = other_place || !same_field(was, now, "args");
    const bool unknown = any_unknown(r, "/facts/rootfs/");
    struct value_fields f = {0};

    for (const char *const *field = derive_seen_fields[SEEN_ROOTFS]; *field; field++) {
        bool stale = moved || (other_place && strncmp(*field, "workdir", 7) == 0);

        for (size_t i = 0; other_program && i < ARRAY_LEN(of_program); i++)
            stale = stale || strcmp(*field, of_program[i]) == 0;
        if (!stale && !unknown) {
            value_fields_add(r->a, &f, *field, value_field(old, *field));
            continue;
        }
        const char *const at = arena_printf(r->a, "/facts/rootfs/%s", *field);
        if (!at)
            return err_nomem(err);
        if (stale) {
            value_list_add(r->a, &r->unknown, value_str(r->a, at));
        } else {
            value_fields_add(r->a, &f, *field, value_field(old, *field));
            carry_unknown(r, at, at);
        }
    }
    const struct value *const out = overlay(r->a, made, &f);
    if (!out)
        return err_nomem(err);
    value_fields_add(r->a, &r->seen, "rootfs", out);
    return 0;
}

static bool listed(const struct value *list, const struct value *name)
{
    for (size_t i = 0; name && i < doc_len(list); i++) {
        if (value_equal(value_at(list, i), name))
            return true;
    }
    return false;
}

static int renew_lsm(struct renewal *r, struct err *err)
{
    const struct value *const old_aa = value_path(r->old, "lsm", "apparmor", (const char *)NULL);
    const struct value *const old_se = value_path(r->old, "lsm", "selinux", (const char *)NULL);
    const struct value *const made_aa = value_path(r->made, "lsm", "apparmor", (const char *)NULL);
    const struct value *const made_se = value_path(r->made, "lsm", "selinux", (const char *)NULL);
    const struct value *const known = value_field(old_aa, "known_loaded"), *out = NULL;
    struct value_fields aa = {0}, se = {0}, f = {0};

    value_fields_add(r->a, &aa, "enabled", value_field(old_aa, "enabled"));
    value_fields_add(r->a, &aa, "known_loaded", known);
    if (same_field(old_aa, made_aa, "profile")) {
        value_fields_add(r->a, &aa, "loaded", value_field(old_aa, "loaded"));
        value_fields_add(r->a, &aa, "mode", value_field(old_aa, "mode"));
        carry_unknown(r, "/facts/lsm/apparmor/loaded", "/facts/lsm/apparmor/loaded");
        carry_unknown(r, "/facts/lsm/apparmor/mode", "/facts/lsm/apparmor/mode");
    } else if (listed(known, value_field(made_aa, "profile"))) {
        doc_put_bool(r->a, &aa, "loaded", true);
    } else if (value_field(made_aa, "profile")) {
        value_list_add(r->a, &r->unknown, value_str(r->a, "/facts/lsm/apparmor/loaded"));
    }
    value_fields_add(r->a, &se, "enabled", value_field(old_se, "enabled"));
    value_fields_add(r->a, &se, "enforcing", value_field(old_se, "enforcing"));
    carry_unknown(r, "/facts/lsm/apparmor/enabled", "/facts/lsm/apparmor/enabled");
    carry_unknown(r, "/facts/lsm/apparmor/known_loaded", "/facts/lsm/apparmor/known_loaded");
    carry_unknown(r, "/facts/lsm/selinux", "/facts/lsm/selinux");
    value_fields_add(r->a, &f, "apparmor", overlay(r->a, made_aa, &aa));
    value_fields_add(r->a, &f, "selinux", overlay(r->a, made_se, &se));
    if (doc_finish(r->a, &f, &out, err) < 0)
        return -1;
    value_fields_add(r->a, &r->seen, "lsm", out);
    return 0;
}

static int renew_cgroup(struct renewal *r, struct err *err)
{
    const struct value *const old = value_field(r->old, "cgroup");
    const struct value *const made = value_field(r->made, "cgroup");
    struct value_fields f = {0};

    if (same_field(old, made, "path")) {
        carry(r, &f, old, SEEN_CGROUP);
        carry_unknown(r, "/facts/cgroup", "/facts/cgroup");
    } else if (value_field(made, "path")) {
        mark_unknown(r, "/facts/cgroup", SEEN_CGROUP);
    }
    const struct value *const out = overlay(r->a, made, &f);
    if (!out)
        return err_nomem(err);
    value_fields_add(r->a, &r->seen, "cgroup", out);
    return 0;
}

/* HMACs need the host's key; those of values that are still there are known. */
static int renew_secrets(struct renewal *r, struct err *err)
{
    const struct value *const old = value_field(r->old, "secrets");
    const struct value *const made = value_field(r->made, "secrets"), *out = NULL;
    struct value_list l = {0};

    for (size_t i = 0; i < doc_len(made); i++) {
        const struct value *const s = value_at(made, i);
        struct value_fields f = {0};

        for (size_t k = 0; k < doc_len(old) && f.keys.n == 0; k++) {
            const struct value *const was = value_at(old, k);
            const char *const from = doc_str(was, "where"), *const to = doc_str(s, "where");

            if (same_field(was, s, "kind") && same_field(was, s, "name") && from && to &&
                same(pointer_get(r->before, from, strlen(from)),
                     pointer_get(r->after, to, strlen(to))))
                value_fields_add(r->a, &f, "hmac", value_field(was, "hmac"));
        }
        value_list_add(r->a, &l, overlay(r->a, s, &f));
    }
    if (doc_finish_list(r->a, &l, &out, err) < 0)
        return -1;
    value_fields_add(r->a, &r->seen, "secrets", out);
    return 0;
}

/* Unknowns of parts that the renewal does not rebuild stay as they are. */
static void keep_other_unknowns(struct renewal *r)
{
    static const char *const rebuilt[] = {"/facts/mounts/", "/facts/namespaces/", "/facts/hooks/",
                                          "/facts/rootfs/", "/facts/lsm/",        "/facts/cgroup/"};
    const struct value *const list = value_field(r->old, "unknown");

    for (size_t i = 0; i < doc_len(list); i++) {
        const char *const text = value_cstr(value_at(list, i));
        bool done = !text;

        for (size_t k = 0; !done && k < ARRAY_LEN(rebuilt); k++)
            done = doc_prefix(text, rebuilt[k]);
        if (!done)
            value_list_add(r->a, &r->unknown, value_at(list, i));
    }
}

/* A part that reads nothing of what changed stays, and so does what is unknown of it. */
static bool stays(struct renewal *r, const char *name)
{
    const struct value *const made = value_field(r->made, name);
    const char *const at = arena_printf(r->a, "/facts/%s", name);

    if (made != value_field(r->old, name))
        return false;
    if (!at)
        r->unknown.failed = true;
    else
        carry_unknown(r, at, at);
    return true;
}

/* The parts of which something is seen on the host. */
static const struct {
    const char *name;
    int (*renew)(struct renewal *r, struct err *err);
} renewals[] = {
    {"mounts", renew_mounts},   {"namespaces", renew_namespaces},
    {"hooks", renew_hooks},     {"rootfs", renew_rootfs},
    {"lsm", renew_lsm},         {"cgroup", renew_cgroup},
    {"secrets", renew_secrets},
};

int facts_renew(struct arena *a, const struct value *input_before, const struct value *input_after,
                const struct value **facts, struct err *err)
{
    struct renewal r = {.a = a, .before = input_before, .after = input_after};

    r.old = value_field(input_before, "facts");
    if (!r.old)
        return err_set(err, ERR_INVALID, "the input has no facts to renew");
    const struct derive_before before = {.input = input_before, .facts = r.old};
    if (derive_facts(a, input_after, &before, NULL, 0, &r.made, err) < 0)
        return err_ctx(err, "renewing facts");
    keep_other_unknowns(&r);
    for (size_t i = 0; i < ARRAY_LEN(renewals); i++) {
        if (value_field(r.made, renewals[i].name) && !stays(&r, renewals[i].name) &&
            renewals[i].renew(&r, err) < 0)
            return -1;
    }
    value_fields_add(a, &r.seen, "bundle", value_field(r.old, "bundle"));
    value_fields_add(a, &r.seen, "args", value_field(r.old, "args"));
    value_fields_add(a, &r.seen, "mapping", value_field(r.old, "mapping"));
    doc_put_list(a, &r.seen, "unknown", &r.unknown);
    const struct value *const made = overlay(a, r.made, &r.seen);
    if (!made)
        return err_nomem(err);
    *facts = made;
    return 0;
}
