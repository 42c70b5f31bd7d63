/* The input document, put together: what the document says (profiles), what the host shows (facts).
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/own.h"
#include "facts/parts.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

static const struct value *gate_part(const struct facts_request *req, struct arena *a,
                                     struct err *err)
{
    const struct value *out = NULL;
    struct value_fields f = {0};

    doc_put_str(a, &f, "registration", req->registration ? req->registration : "default");
    doc_put_str(a, &f, "caller", req->caller);
    doc_put_str(a, &f, "version", SALLYPORT_VERSION);
    value_fields_add(a, &f, "emergency", req->emergency);
    return doc_finish(a, &f, &out, err) < 0 ? NULL : out;
}

/* One derived fact, completed by a look and put over the derived one. */
typedef int part_fn(struct parts *p, const struct value *derived, const struct value **out,
                    struct err *err);

static int complete(struct parts *p, const struct value *derived, const char *name, part_fn *fn,
                    struct value_fields *seen, struct err *err)
{
    const struct value *const one = value_field(derived, name), *made = NULL;

    if (!one)
        return 0;
    if (fn(p, one, &made, err) < 0)
        return err_ctx(err, "facts: %s", name);
    value_fields_add(p->a, seen, name, made);
    return 0;
}

static int see(struct parts *p, const struct value *derived, const struct value *host,
               const struct value *process, struct value_fields *seen, struct err *err)
{
    const struct value *made = NULL;
    const struct value *const lsm = value_field(derived, "lsm");
    const struct value *const cgroup = value_field(derived, "cgroup");
    const struct value *const rootfs = value_field(derived, "rootfs");

    if (complete(p, derived, "mounts", facts_mounts, seen, err) < 0 ||
        complete(p, derived, "namespaces", facts_namespaces, seen, err) < 0 ||
        complete(p, derived, "hooks", facts_hooks, seen, err) < 0)
        return -1;
    if (rootfs) {
        if (facts_rootfs(p, rootfs, process, &made, err) < 0)
            return err_ctx(err, "facts: rootfs");
        value_fields_add(p->a, seen, "rootfs", made);
        if (p->as_root) {
            if (facts_mapping(p, host, made, &made, err) < 0)
                return err_ctx(err, "facts: mapping");
            value_fields_add(p->a, seen, "mapping", made);
        }
    }
    if (lsm) {
        if (facts_lsm(p, lsm, host, &made, err) < 0)
            return err_ctx(err, "facts: lsm");
        value_fields_add(p->a, seen, "lsm", made);
    }
    if (cgroup) {
        if (facts_cgroup(p, cgroup, host, &made, err) < 0)
            return err_ctx(err, "facts: cgroup");
        value_fields_add(p->a, seen, "cgroup", made);
    }
    if (p->req->bundle) {
        if (facts_bundle_part(p, &made, err) < 0)
            return err_ctx(err, "facts: bundle");
        value_fields_add(p->a, seen, "bundle", made);
    }
    if (p->req->argv)
        value_fields_add(p->a, seen, "args", p->req->argv);
    return seen->keys.failed ? err_nomem(err) : 0;
}

/* A user namespace joined by path has no mappings in the document. */
static void note_joined_userns(struct parts *p, const struct value *derived)
{
    const struct value *const user = value_path(derived, "namespaces", "user", (const char *)NULL);

    if (!doc_str(user, "path") ||
        value_path(derived, "userns", "root_host_uid", (const char *)NULL))
        return;
    parts_unknown(p, "/facts/process/root_in_host");
    parts_unknown(p, "/facts/process/host_uid");
    parts_unknown(p, "/facts/userns/maps_host_root");
    parts_unknown(p, "/facts/userns/root_host_uid");
}

static int root_of(struct parts *p, struct err *err)
{
    const char *const path = doc_str(value_field(p->req->config, "root"), "path");

    if (!path)
        return 0;
    if (path[0] == '/')
        p->root = doc_path_clean(p->a, path);
    else if (p->req->bundle) {
        const char *const joined = arena_printf(p->a, "%s/%s", p->req->bundle, path);

        p->root = joined ? doc_path_clean(p->a, joined) : NULL;
    } else {
        return 0;
    }
    return p->root ? 0 : err_nomem(err);
}

int facts_input(struct arena *a, const struct facts_request *req, const struct value **input,
                struct err *err)
{
    struct parts p = {.a = a, .req = req, .host = req->host == FACTS_LOOK};
    struct value_fields f = {0}, seen = {0};
    const struct value *host = NULL, *container = NULL, *actor = NULL, *derived = NULL;
    const struct value *const gate = gate_part(req, a, err);
    const struct value *const process =
        req->process ? req->process : value_field(req->config, "process");

    char now[CLOCK_TEXT_MAX];

    clock_rfc3339(req->now_ns, 9, now);
    look_init(&p.look, a);
    p.look.rootless = p.host && !req->trusted_host;
    if (!gate || root_of(&p, err) < 0)
        return -1;
    managed_init(&p.managed, a, p.root, req->bundle);
    if (facts_host_part(&p, &host, err) < 0 || facts_identity(&p, &container, err) < 0 ||
        facts_actor(&p, &actor, err) < 0)
        return -1;
    value_fields_add(a, &f, "version", value_int(a, 1));
    doc_put_str(a, &f, "time", now);
    doc_put_str(a, &f, "operation", req->operation);
    value_fields_add(a, &f, "config", req->config);
    value_fields_add(a, &f, "process", req->process);
    value_fields_add(a, &f, "resources", req->resources);
    value_fields_add(a, &f, "gate", gate);
    value_fields_add(a, &f, "container", container);
    value_fields_add(a, &f, "actor", actor);
    value_fields_add(a, &f, "host", host);
    const struct value *const bare = value_fields_object(a, &f);
    if (!bare || f.keys.failed)
        return err_nomem(err);
    if (derive_facts(a, bare, NULL, req->hmac_key, req->hmac_key_len, &derived, err) < 0)
        return -1;
    p.as_root = p.host && !req->process && !req->resources &&
                doc_true(value_path(derived, "process", "root_in_host", (const char *)NULL));
    p.gives = p.as_root && !doc_true(value_field(req->chosen, "mapped"));
    if (see(&p, derived, host, process, &seen, err) < 0)
        return -1;
    note_joined_userns(&p, derived);
    doc_put_list(a, &seen, "unknown", &p.unknown);
    const struct value *const facts = parts_merge(a, derived, &seen);
    if (!facts)
        return err_nomem(err);
    value_fields_add(a, &f, "facts", facts);
    return doc_finish(a, &f, input, err);
}
