/* facts.process and facts.userns: who the process is, inside and as the host sees it. */
#include <limits.h>

#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

enum { SYSTEM_ID_MAX = 1000, MAPPINGS_MAX = 340 /* the kernel's own limit */ };

struct named_id {
    int64_t id;
    const char *name;
};

/* clang-format off */
/* Groups that give access to host objects on Debian, Fedora and their kin. */
static const struct named_id host_groups[] = {
    { 0, "root" }, { 4, "adm" }, { 6, "disk" }, { 10, "wheel-or-uucp" }, { 15, "kmem" },
    { 27, "sudo" }, { 42, "shadow" }, { 36, "kvm-or-backup" }, { 39, "video-or-irc" },
    { 108, "kvm" }, { 998, "docker-or-kvm" }, { 999, "docker" },
};

struct env_name {
    const char *name; /* a trailing * stands for any rest */
    const char *why;
};

static const struct env_name env_names[] = {
    { "LD_*",              "loader"   }, { "GCONV_PATH",       "loader"   },
    { "GLIBC_TUNABLES",    "loader"   }, { "MALLOC_*",         "loader"   },
    { "LOCPATH",           "loader"   }, { "NLSPATH",          "loader"   },
    { "BASH_ENV",          "shell"    }, { "ENV",              "shell"    },
    { "IFS",               "shell"    }, { "BASH_FUNC_*",      "shell"    },
    { "PROMPT_COMMAND",    "shell"    }, { "PYTHONPATH",       "language" },
    { "PYTHONSTARTUP",     "language" }, { "PYTHONHOME",       "language" },
    { "PERL5LIB",          "language" }, { "PERL5OPT",         "language" },
    { "RUBYOPT",           "language" }, { "RUBYLIB",          "language" },
    { "NODE_OPTIONS",      "language" }, { "JAVA_TOOL_OPTIONS", "language" },
    { "RUN_OCI_*",         "runtime"  }, { "_OCI_*",           "runtime"  },
    { "_LIBCONTAINER_*",   "runtime"  }, { "LISTEN_FDS",       "runtime"  },
    { "NOTIFY_SOCKET",     "runtime"  }, { "GODEBUG",          "runtime"  },
};
/* clang-format on */

/* --- user namespace -------------------------------------------------------------------------- */

struct mapping {
    uint64_t inside, outside, size;
};

static size_t mappings_read(const struct value *list, struct mapping out[MAPPINGS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < doc_len(list) && n < MAPPINGS_MAX; i++) {
        struct mapping m = {0};
        const struct value *const v = value_at(list, i);

        (void)value_uint64(value_field(v, "containerID"), &m.inside);
        (void)value_uint64(value_field(v, "hostID"), &m.outside);
        (void)value_uint64(value_field(v, "size"), &m.size);
        if (m.size > 0 && m.size <= UINT32_MAX && m.inside <= UINT32_MAX && m.outside <= UINT32_MAX)
            out[n++] = m;
    }
    return n;
}

/* Host id of an inner id, -1 when unmapped. */
static int64_t map_out(const struct mapping *m, size_t n, int64_t inside)
{
    for (size_t i = 0; i < n && inside >= 0; i++) {
        if ((uint64_t)inside >= m[i].inside && (uint64_t)inside - m[i].inside < m[i].size)
            return (int64_t)(m[i].outside + ((uint64_t)inside - m[i].inside));
    }
    return -1;
}

static bool touches(uint64_t from, uint64_t size, uint64_t id)
{
    return id >= from && id - from < size;
}

static bool overlap(const struct mapping *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++) {
            if ((m[i].inside < m[k].inside + m[k].size && m[k].inside < m[i].inside + m[i].size) ||
                (m[i].outside < m[k].outside + m[k].size &&
                 m[k].outside < m[i].outside + m[i].size))
                return true;
        }
    }
    return false;
}

static void add_named(struct arena *a, struct value_list *l, int64_t id, const char *name)
{
    struct value_fields f = {0};

    doc_put_int(a, &f, "id", id);
    doc_put_str(a, &f, "name", name);
    value_list_add(a, l, f.keys.failed ? NULL : value_fields_object(a, &f));
}

int derive_userns(struct arena *a, const struct value *config, const struct value **out,
                  struct err *err)
{
    const struct value *const linux_part = value_field(config, "linux");
    const struct value *const spaces = value_field(linux_part, "namespaces");
    struct mapping uids[MAPPINGS_MAX], gids[MAPPINGS_MAX];
    const size_t nu = mappings_read(value_field(linux_part, "uidMappings"), uids);
    const size_t ng = mappings_read(value_field(linux_part, "gidMappings"), gids);
    struct value_fields f = {0};
    struct value_list low = {0}, groups = {0};
    bool present = false, path = false, root = false;
    uint64_t size = 0;

    for (size_t i = 0; i < doc_len(spaces); i++) {
        if (value_is_str(value_field(value_at(spaces, i), "type"), "user")) {
            present = true;
            path = path || doc_str(value_at(spaces, i), "path");
        }
    }
    for (size_t i = 0; i < nu; i++) {
        size += uids[i].size;
        root = root || uids[i].outside == 0;
        if (uids[i].outside > 0 && uids[i].outside < SYSTEM_ID_MAX)
            value_list_add(a, &low, value_int(a, (int64_t)uids[i].outside));
    }
    for (size_t i = 0; i < ng; i++) {
        root = root || gids[i].outside == 0;
        if (gids[i].outside > 0 && gids[i].outside < SYSTEM_ID_MAX)
            value_list_add(a, &low, value_int(a, (int64_t)gids[i].outside));
    }
    for (size_t k = 0; k < ARRAY_LEN(host_groups); k++) {
        for (size_t i = 0; i < ng; i++) {
            if (touches(gids[i].outside, gids[i].size, (uint64_t)host_groups[k].id))
                add_named(a, &groups, host_groups[k].id, host_groups[k].name);
        }
    }
    const int64_t root_uid = map_out(uids, nu, 0), root_gid = map_out(gids, ng, 0);

    doc_put_bool(a, &f, "present", present);
    doc_put_bool(a, &f, "maps_host_root", present && root);
    doc_put_bool(a, &f, "identity", present && root_uid == 0);
    doc_put_bool(a, &f, "overlaps", overlap(uids, nu) || overlap(gids, ng));
    doc_put_list(a, &f, "system_ids", &low);
    if (root_uid >= 0)
        doc_put_int(a, &f, "root_host_uid", root_uid);
    if (root_gid >= 0)
        doc_put_int(a, &f, "root_host_gid", root_gid);
    doc_put_int(a, &f, "size", size > INT64_MAX ? INT64_MAX : (int64_t)size);
    doc_put_bool(a, &f, "path_with_mappings", path && (nu > 0 || ng > 0));
    doc_put_list(a, &f, "groups", &groups);
    return doc_finish(a, &f, out, err);
}

/* --- process --------------------------------------------------------------------------------- */

static const char *env_why(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(env_names); i++) {
        const char *const want = env_names[i].name;
        const size_t n = strlen(want);

        if (want[n - 1] == '*' ? len >= n - 1 && strncmp(want, name, n - 1) == 0
                               : len == n && strncmp(want, name, n) == 0)
            return env_names[i].why;
    }
    return NULL;
}

const char *derive_env_danger(const char *name, size_t len)
{
    return env_why(name, len);
}

static void put_environment(struct arena *a, struct value_fields *f, const struct value *env,
                            const char **path)
{
    struct value_list danger = {0}, malformed = {0};
    const char *home = NULL;

    for (size_t i = 0; i < doc_len(env); i++) {
        const char *const entry = value_cstr(value_at(env, i));
        const char *const eq = entry ? strchr(entry, '=') : NULL;

        if (!eq || eq == entry) {
            value_list_add(a, &malformed, value_int(a, (int64_t)i));
            continue;
        }
        const size_t len = (size_t)(eq - entry);
        const char *const why = env_why(entry, len);

        if (len == 4 && strncmp(entry, "HOME", 4) == 0)
            home = eq + 1;
        if (len == 4 && strncmp(entry, "PATH", 4) == 0)
            *path = eq + 1;
        if (why) {
            struct value_fields d = {0};

            doc_put_int(a, &d, "index", (int64_t)i);
            value_fields_add(a, &d, "name", value_string(a, entry, len));
            doc_put_str(a, &d, "why", why);
            value_list_add(a, &danger, value_fields_object(a, &d));
        }
    }
    doc_put_list(a, f, "env_dangerous", &danger);
    doc_put_list(a, f, "env_malformed", &malformed);
    doc_put_str(a, f, "home", home);
    doc_put_str(a, f, "path", *path);
}

static bool infinite(const struct value *v)
{
    uint64_t n = 0;

    return value_uint64(v, &n) && n >= UINT64_MAX - 1;
}

static void put_limits(struct arena *a, struct value_fields *f, const struct value *list)
{
    struct value_fields limits = {0};
    struct value_list endless = {0};

    for (size_t i = 0; i < doc_len(list); i++) {
        const struct value *const v = value_at(list, i);
        const char *const type = doc_str(v, "type");
        struct value_fields l = {0};

        if (!type || !doc_prefix(type, "RLIMIT_"))
            continue;
        doc_put_number(a, &l, "soft", value_field(v, "soft"));
        doc_put_number(a, &l, "hard", value_field(v, "hard"));
        doc_put_bool(a, &l, "infinite", infinite(value_field(v, "hard")));
        value_fields_add(a, &limits, type + 7, value_fields_object(a, &l));
        if (infinite(value_field(v, "hard")))
            doc_list_str(a, &endless, type + 7);
    }
    value_fields_add(a, f, "rlimits", value_fields_object(a, &limits));
    doc_put_sorted(a, f, "rlimits_infinite", &endless);
}

static const char *cwd_odd(struct arena *a, const char *cwd)
{
    const char *const clean = cwd ? doc_path_clean(a, cwd) : NULL;

    if (!cwd || cwd[0] != '/')
        return "relative";
    if (!clean)
        return NULL;
    if (doc_path_within(clean, "/proc") || doc_prefix(cwd, "/proc/"))
        return "proc";
    if (strstr(cwd, "/../") || (strlen(cwd) >= 3 && strcmp(cwd + strlen(cwd) - 3, "/..") == 0))
        return "dotdot";
    return strcmp(clean, cwd) != 0 ? "unclean" : NULL;
}

static bool is_self_exe(const char *path)
{
    const size_t len = strlen(path);

    return doc_prefix(path, "/proc/") && len > 4 && strcmp(path + len - 4, "/exe") == 0;
}

static void put_user(struct arena *a, struct value_fields *f, const struct value *user,
                     const struct value *config, const struct value *userns)
{
    const struct value *const more = value_field(user, "additionalGids");
    const bool mapped = doc_true(value_field(userns, "present"));
    struct value_list groups = {0}, danger = {0};
    int64_t uid = 0, gid = 0, host = -1;
    bool group_root = false;

    (void)value_int64(value_field(user, "uid"), &uid);
    (void)value_int64(value_field(user, "gid"), &gid);
    group_root = gid == 0;
    for (size_t i = 0; i <= doc_len(more); i++) {
        const bool own = i == doc_len(more);
        int64_t id = gid;

        if (!own && !value_int64(value_at(more, i), &id))
            continue;
        if (!own)
            value_list_add(a, &groups, value_at(more, i));
        group_root = group_root || id == 0;
        for (size_t k = 0; k < ARRAY_LEN(host_groups); k++) {
            if (host_groups[k].id == id && (id != 0 || uid != 0) && !mapped)
                add_named(a, &danger, id, host_groups[k].name);
        }
    }
    if (mapped) {
        struct mapping uids[MAPPINGS_MAX];
        const size_t n = mappings_read(value_path(config, "linux", "uidMappings", NULL), uids);

        host = map_out(uids, n, uid);
    } else {
        host = uid;
    }
    doc_put_int(a, f, "uid", uid);
    doc_put_int(a, f, "gid", gid);
    doc_put_list(a, f, "groups", &groups);
    doc_put_bool(a, f, "root", uid == 0);
    doc_put_bool(a, f, "root_in_host", host == 0);
    if (host >= 0)
        doc_put_int(a, f, "host_uid", host);
    doc_put_bool(a, f, "group_root", uid != 0 && group_root);
    doc_put_list(a, f, "dangerous_groups", &danger);
    doc_put_number(a, f, "umask", value_field(user, "umask"));
    doc_put_str(a, f, "username", doc_str(user, "username"));
}

int derive_process(struct arena *a, const struct value *process, const struct value *config,
                   const struct value *userns, const struct value **out, struct err *err)
{
    static const char *const real_time[] = {"SCHED_FIFO", "SCHED_RR", "SCHED_DEADLINE"};
    const struct value *const args = value_field(process, "args");
    const char *const args0 = doc_len(args) ? value_cstr(value_at(args, 0)) : NULL;
    const char *const cwd = value_cstr(value_field(process, "cwd"));
    const char *const policy = doc_str(value_field(process, "scheduler"), "policy");
    const char *path = NULL;
    struct value_fields f = {0};
    bool fast = false;

    put_user(a, &f, value_field(process, "user"), config, userns);
    doc_put_bool(a, &f, "no_new_privileges", doc_true(value_field(process, "noNewPrivileges")));
    doc_put_str(a, &f, "cwd", cwd);
    doc_put_str(a, &f, "cwd_odd", cwd_odd(a, cwd));
    doc_put_str(a, &f, "args0", args0);
    put_environment(a, &f, value_field(process, "env"), &path);
    doc_put_bool(a, &f, "self_exe",
                 (args0 && is_self_exe(args0)) || (path && strstr(path, "/proc/")));
    doc_put_bool(a, &f, "terminal", doc_true(value_field(process, "terminal")));
    doc_put_number(a, &f, "oom_score_adj", value_field(process, "oomScoreAdj"));
    put_limits(a, &f, value_field(process, "rlimits"));
    for (size_t i = 0; policy && i < ARRAY_LEN(real_time); i++)
        fast = fast || strcmp(policy, real_time[i]) == 0;
    doc_put_str(a, &f, "scheduler", policy);
    doc_put_bool(a, &f, "realtime", fast);
    doc_put_bool(a, &f, "io_realtime",
                 value_is_str(value_path(process, "ioPriority", "class", (const char *)NULL),
                              "IOPRIO_CLASS_RT"));
    doc_put_str(a, &f, "apparmor_profile", doc_str(process, "apparmorProfile"));
    doc_put_str(a, &f, "selinux_label", doc_str(process, "selinuxLabel"));
    return doc_finish(a, &f, out, err);
}
