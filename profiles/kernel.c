/* facts.sysctls. Sources: the runtimes' validators; Kubernetes, "Using sysctls"; namespaces(7). */
#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

/* clang-format off */
struct owner {
    const char *name; /* a trailing * stands for any rest */
    const char *space;
};

static const struct owner owners[] = {
    { "net.*",                     "network" },
    { "kernel.msgmax",             "ipc" }, { "kernel.msgmnb",        "ipc" },
    { "kernel.msgmni",             "ipc" }, { "kernel.msg_next_id",   "ipc" },
    { "kernel.sem",                "ipc" }, { "kernel.sem_next_id",   "ipc" },
    { "kernel.shmall",             "ipc" }, { "kernel.shmmax",        "ipc" },
    { "kernel.shmmni",             "ipc" }, { "kernel.shm_next_id",   "ipc" },
    { "kernel.shm_rmid_forced",    "ipc" }, { "kernel.auto_msgmni",   "ipc" },
    { "fs.mqueue.*",               "ipc" },
    { "kernel.domainname",         "uts" }, { "kernel.hostname",      "uts" },
    { "user.*",                    "user" },
};

static const char *const safe[] = {
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
};
/* clang-format on */

static const char *owner_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
        const char *const want = owners[i].name;
        const size_t n = strlen(want);

        if (want[n - 1] == '*' ? strncmp(want, name, n - 1) == 0 : strcmp(want, name) == 0)
            return owners[i].space;
    }
    return NULL;
}

static bool is_safe(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(safe); i++) {
        if (strcmp(safe[i], name) == 0)
            return true;
    }
    return false;
}

/* What could make a validator and the kernel read key or value differently. */
static const char *oddity(const char *key, const struct value *v)
{
    const char *const text = value_cstr(v);
    bool dot = false, slash = false;

    if (!text)
        return "not-string";
    for (const char *c = key; *c; c++) {
        dot = dot || *c == '.';
        slash = slash || *c == '/';
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              strchr("._-/:@", *c)))
            return "characters";
    }
    if (strstr(key, "..") || strstr(key, "//") || key[0] == '.' || key[0] == '/' || key[0] == '\0')
        return "characters";
    if (slash)
        return dot ? "mixed-separators" : "slash";
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < ' ' && *c != '\t')
            return "value-characters";
        if (*c == '+')
            return "value-characters";
    }
    return NULL;
}

int derive_sysctls(struct arena *a, const struct value *config, const struct value **out,
                   struct err *err)
{
    const struct value *const map = value_path(config, "linux", "sysctl", (const char *)NULL);
    const struct value *spaces = NULL;
    struct value_list l = {0};

    if (!map || !value_is(map, VALUE_OBJECT))
        return doc_finish_list(a, &l, out, err);
    if (derive_namespaces(a, config, &spaces, err) < 0)
        return -1;
    for (size_t i = 0; i < map->count; i++) {
        const char *const key = value_bytes(value_key_at(map, i));
        const struct value *const v = value_val_at(map, i), *made = NULL;
        char *const name = arena_strndup(a, key, strlen(key));
        struct value_fields f = {0};

        if (!name)
            return err_nomem(err);
        for (char *c = name; *c; c++) {
            if (*c == '/')
                *c = '.';
        }
        const char *const space = owner_of(name);
        const struct value *const state =
            space ? value_path(spaces, space, "state", (const char *)NULL) : NULL;

        doc_put_str(a, &f, "key", key);
        doc_put_str(a, &f, "name", name);
        doc_put_str(a, &f, "value", value_cstr(v));
        doc_put_str(a, &f, "namespace", space);
        doc_put_bool(a, &f, "private", state && value_is_str(state, "private"));
        doc_put_bool(a, &f, "safe", is_safe(name));
        doc_put_str(a, &f, "odd", oddity(key, v));
        if (doc_finish(a, &f, &made, err) < 0)
            return -1;
        value_list_add(a, &l, made);
    }
    return doc_finish_list(a, &l, out, err);
}
