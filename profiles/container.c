/* Facts of the container's other parts that the document alone tells: namespaces, root, hooks,
 * cgroup, resources. */
#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

enum { CONTAINER_ID_HEX = 64 };

static const char *const namespace_types[] = {"pid", "network", "mount",  "ipc",
                                              "uts", "user",    "cgroup", "time"};

static const struct value *namespace_facts(struct arena *a, const struct value *list,
                                           const char *type, struct err *err)
{
    const struct value *out = NULL;
    struct value_fields f = {0};
    const char *first = NULL;
    int64_t count = 0, index = -1;
    bool conflict = false;

    for (size_t i = 0; i < doc_len(list); i++) {
        const struct value *const v = value_at(list, i);
        const char *const path = doc_str(v, "path");

        if (!value_is_str(value_field(v, "type"), type))
            continue;
        if (count++ == 0) {
            first = path;
            index = (int64_t)i;
        } else {
            conflict = true; /* runtimes refuse it or take the one they like */
        }
    }
    /* Runtimes differ on which of two entries counts, so the one with a path is shown. */
    for (size_t i = 0; conflict && !first && i < doc_len(list); i++) {
        if (value_is_str(value_field(value_at(list, i), "type"), type))
            first = doc_str(value_at(list, i), "path");
    }
    if (count == 0) {
        doc_put_str(a, &f, "state", "missing");
        doc_put_bool(a, &f, "host", true);
    } else if (!first) {
        doc_put_str(a, &f, "state", "private");
        doc_put_bool(a, &f, "host", false);
    }
    doc_put_str(a, &f, "path", first);
    if (index >= 0)
        doc_put_int(a, &f, "index", index);
    doc_put_int(a, &f, "count", count);
    doc_put_bool(a, &f, "conflict", conflict);
    return doc_finish(a, &f, &out, err) < 0 ? NULL : out;
}

int derive_namespaces(struct arena *a, const struct value *config, const struct value **out,
                      struct err *err)
{
    const struct value *const list = value_path(config, "linux", "namespaces", (const char *)NULL);
    struct value_fields f = {0};
    struct value_list unknown = {0};

    for (size_t i = 0; i < ARRAY_LEN(namespace_types); i++) {
        const struct value *const v = namespace_facts(a, list, namespace_types[i], err);

        if (!v)
            return -1;
        value_fields_add(a, &f, namespace_types[i], v);
    }
    for (size_t i = 0; i < doc_len(list); i++) {
        const char *const type = doc_str(value_at(list, i), "type");
        bool known = false;

        for (size_t k = 0; type && k < ARRAY_LEN(namespace_types); k++)
            known = known || strcmp(namespace_types[k], type) == 0;
        if (!known)
            doc_list_str(a, &unknown, type ? type : "");
    }
    doc_put_list(a, &f, "unknown_types", &unknown);
    return doc_finish(a, &f, out, err);
}

int derive_rootfs(struct arena *a, const struct value *config, const struct value **out,
                  struct err *err)
{
    const struct value *const root = value_field(config, "root");
    const struct value *const mounts = value_field(config, "mounts");
    const char *const path = doc_str(root, "path");
    const char *const propagation = doc_str(value_field(config, "linux"), "rootfsPropagation");
    struct value_fields f = {0};
    bool dev = false;

    for (size_t i = 0; i < doc_len(mounts); i++) {
        const struct value *const m = value_at(mounts, i);
        const char *const dest = doc_str(m, "destination");
        const char *const clean = dest ? doc_path_clean(a, dest) : NULL;

        if (clean && strcmp(clean, "/dev") == 0)
            dev = value_is_str(value_field(m, "type"), "tmpfs");
    }
    doc_put_str(a, &f, "path", path);
    doc_put_bool(a, &f, "relative", !path || path[0] != '/');
    doc_put_bool(a, &f, "readonly", doc_true(value_field(root, "readonly")));
    doc_put_bool(a, &f, "dev_tmpfs", dev);
    doc_put_str(a, &f, "propagation", propagation);
    doc_put_bool(a, &f, "propagation_shared",
                 propagation &&
                     (strcmp(propagation, "shared") == 0 || strcmp(propagation, "rshared") == 0));
    return doc_finish(a, &f, out, err);
}

int derive_hooks(struct arena *a, const struct value *config, const struct value **out,
                 struct err *err)
{
    static const char *const stages[] = {"prestart",       "createRuntime", "createContainer",
                                         "startContainer", "poststart",     "poststop"};
    const struct value *const hooks = value_field(config, "hooks");
    struct value_list l = {0};

    for (size_t s = 0; s < ARRAY_LEN(stages); s++) {
        const struct value *const list = value_field(hooks, stages[s]);

        for (size_t i = 0; i < doc_len(list); i++) {
            const struct value *const h = value_at(list, i), *v = NULL;
            const struct value *const env = value_field(h, "env");
            const struct value *const args = value_field(h, "args");
            const char *const path = doc_str(h, "path");
            struct value_fields f = {0};
            struct value_list danger = {0};

            for (size_t k = 0; k < doc_len(env); k++) {
                const char *const text = value_cstr(value_at(env, k));
                const size_t len = text ? strcspn(text, "=") : 0;

                if (text && derive_env_danger(text, len))
                    value_list_add(a, &danger, value_string(a, text, len));
            }
            doc_put_str(a, &f, "stage", stages[s]);
            doc_put_int(a, &f, "index", (int64_t)i);
            doc_put_str(a, &f, "path", path);
            if (args && value_is(args, VALUE_ARRAY))
                value_fields_add(a, &f, "args", args);
            doc_put_bool(a, &f, "relative", !path || path[0] != '/');
            doc_put_list(a, &f, "env_danger", &danger);
            if (doc_finish(a, &f, &v, err) < 0)
                return -1;
            value_list_add(a, &l, v);
        }
    }
    return doc_finish_list(a, &l, out, err);
}

/* --- cgroup and resources ------------------------------------------------------------------- */

/* Another container's id stands in the path: a run of 64 hexadecimal digits that is not ours. */
static bool names_other_container(const char *path, const char *id)
{
    size_t run = 0;

    for (const char *c = path;; c++) {
        if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'f')) {
            run++;
            continue;
        }
        if (run == CONTAINER_ID_HEX && (!id || strncmp(c - run, id, run) != 0))
            return true;
        run = 0;
        if (!*c)
            return false;
    }
}

int derive_cgroup(struct arena *a, const struct value *config, const char *id,
                  const struct value **out, struct err *err)
{
    const struct value *const v = value_path(config, "linux", "cgroupsPath", (const char *)NULL);
    const char *const path = value_cstr(v);
    struct value_fields f = {0};
    struct value_list odd = {0};
    bool foreign = false;

    if (path && *path) {
        const char *const colon = strchr(path, ':');
        const bool systemd = colon && strchr(colon + 1, ':') && path[0] != '/';
        const char *const clean = systemd ? path : doc_path_clean(a, path);
        const char *const last = systemd ? strrchr(path, ':') + 1 : strrchr(path, '/');

        if (!clean)
            return err_nomem(err);
        if (!systemd && path[0] != '/')
            doc_list_str(a, &odd, "relative");
        if (!systemd && strcmp(clean, "/") == 0)
            doc_list_str(a, &odd, "root");
        if (strstr(path, ".."))
            doc_list_str(a, &odd, "dotdot");
        if (!systemd && strcmp(clean, path) != 0)
            doc_list_str(a, &odd, "unclean");
        if (!systemd && strchr(clean + 1, '/') == NULL && strlen(clean) > 6 &&
            strcmp(clean + strlen(clean) - 6, ".slice") == 0)
            doc_list_str(a, &odd, "slice");
        if (strstr(path, "init.scope"))
            doc_list_str(a, &odd, "init-scope");
        if (!systemd && strstr(path, "/system.slice"))
            doc_list_str(a, &odd, "system-slice");
        if (systemd && (strchr(path, '/') || *last == '\0'))
            doc_list_str(a, &odd, "unclean");
        /* The last part is the container's own group; parents may bear a pod's id. */
        foreign = odd.n > 0 || (last && id && names_other_container(last, id)) ||
                  (id && doc_prefix(path, "/docker/") && names_other_container(path, id));
        doc_put_bool(a, &f, "systemd", systemd);
        doc_put_str(a, &f, "path", path);
    } else {
        doc_list_str(a, &odd, v && path ? "empty" : NULL);
    }
    doc_put_list(a, &f, "odd", &odd);
    doc_put_bool(a, &f, "foreign", foreign);
    return doc_finish(a, &f, out, err);
}

/* A plain cgroup v2 interface file name: controller.file, lower case. */
static bool unified_key_odd(const char *key)
{
    static const char *const forbidden[] = {
        "cgroup.procs",  "cgroup.threads",         "cgroup.kill",
        "cgroup.freeze", "cgroup.subtree_control", "cgroup.type"};

    for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
        if (strcmp(forbidden[i], key) == 0)
            return true;
    }
    for (const char *c = key; *c; c++) {
        if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '.' || *c == '_' ||
              *c == '-'))
            return true;
    }
    return key[0] == '.' || !strchr(key, '.') || strstr(key, "..");
}

static void put_unified(struct arena *a, struct value_fields *f, const struct value *map)
{
    struct value_list l = {0};

    for (size_t i = 0; map && value_is(map, VALUE_OBJECT) && i < map->count; i++) {
        struct value_fields u = {0};
        const char *const key = value_bytes(value_key_at(map, i));

        doc_put_str(a, &u, "key", key);
        doc_put_str(a, &u, "value", value_cstr(value_val_at(map, i)));
        doc_put_bool(a, &u, "odd", unified_key_odd(key));
        value_list_add(a, &l, value_fields_object(a, &u));
    }
    doc_put_list(a, f, "unified", &l);
}

static bool positive(const struct value *v)
{
    int64_t n = 0;

    return value_int64(v, &n) && n > 0;
}

static bool minus_one(const struct value *v)
{
    int64_t n = 0;

    return value_int64(v, &n) && n < 0;
}

/* Processes: a limit above the kernel's own largest pid_max is none. */
static bool pids_limited(const struct value *v)
{
    int64_t n = 0;

    return value_int64(v, &n) && n > 0 && n < 4194304;
}

static bool not_zero(const struct value *v)
{
    int64_t n = 0;

    return value_int64(v, &n) && n != 0;
}

int derive_resources(struct arena *a, const struct value *resources, const struct value **out,
                     struct err *err)
{
    const struct value *const memory = value_field(resources, "memory");
    const struct value *const cpu = value_field(resources, "cpu");
    const struct value *const pids = value_path(resources, "pids", "limit", (const char *)NULL);
    const struct value *const net = value_field(resources, "network");
    struct value_fields f = {0};

    doc_put_bool(a, &f, "present", resources && value_is(resources, VALUE_OBJECT));
    doc_put_number(a, &f, "pids_limit", pids);
    doc_put_bool(a, &f, "pids_limited", pids_limited(pids));
    doc_put_number(a, &f, "memory_limit", value_field(memory, "limit"));
    doc_put_bool(a, &f, "memory_limited", positive(value_field(memory, "limit")));
    doc_put_number(a, &f, "swap_limit", value_field(memory, "swap"));
    doc_put_bool(a, &f, "swap_unlimited", minus_one(value_field(memory, "swap")));
    doc_put_bool(a, &f, "oom_kill_disabled", doc_true(value_field(memory, "disableOOMKiller")));
    doc_put_bool(a, &f, "cpu_limited", positive(value_field(cpu, "quota")) || doc_str(cpu, "cpus"));
    doc_put_bool(a, &f, "cpu_weighted", positive(value_field(cpu, "shares")));
    doc_put_number(a, &f, "cpu_quota", value_field(cpu, "quota"));
    doc_put_number(a, &f, "cpu_period", value_field(cpu, "period"));
    doc_put_number(a, &f, "cpu_shares", value_field(cpu, "shares"));
    doc_put_bool(a, &f, "realtime", not_zero(value_field(cpu, "realtimeRuntime")));
    put_unified(a, &f, value_field(resources, "unified"));
    doc_put_bool(a, &f, "net_class",
                 not_zero(value_field(net, "classID")) ||
                     doc_len(value_field(net, "priorities")) > 0);
    return doc_finish(a, &f, out, err);
}
