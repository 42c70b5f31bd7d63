/* Device rules of the cgroup, read in order as the kernel and the runtimes' emulation do.
 * Sources: kernel security/device_cgroup.c; OCI runtime-spec config-linux.md, "Allowed Device
 * list". */
#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

enum { ANY = -1, RULES_MAX = 4096 };
enum access { ACC_R = 1, ACC_W = 2, ACC_M = 4, ACC_ALL = 7 };

struct rule {
    char type; /* 'b' or 'c' */
    int64_t major, minor;
    unsigned access;
};

struct known {
    char type;
    int64_t major, minor;
    const char *name, *danger; /* danger NULL: harmless */
};

/* clang-format off */
/* The first row that fits wins; ANY fits all. Numbers: kernel admin-guide/devices.txt. */
static const struct known known_devices[] = {
    { 'c', 1, 1,    "mem",            "memory"         },
    { 'c', 1, 2,    "kmem",           "memory"         },
    { 'c', 1, 3,    "null",           NULL             },
    { 'c', 1, 4,    "port",           "memory"         },
    { 'c', 1, 5,    "zero",           NULL             },
    { 'c', 1, 7,    "full",           NULL             },
    { 'c', 1, 8,    "random",         NULL             },
    { 'c', 1, 9,    "urandom",        NULL             },
    { 'c', 1, 11,   "kmsg",           "kernel-log"     },
    { 'c', 4, ANY,  "console-tty",    "console"        },
    { 'c', 5, 0,    "tty",            NULL             },
    { 'c', 5, 1,    "console",        NULL             },
    { 'c', 5, 2,    "ptmx",           NULL             },
    { 'c', 7, ANY,  "vcs",            "console"        },
    { 'c', 10, 135, "rtc",            "clock"          },
    { 'c', 10, 144, "nvram",          "firmware"       },
    { 'c', 10, 183, "hwrng",          NULL             },
    { 'c', 10, 196, "vfio",           "vfio"           },
    { 'c', 10, 200, "net/tun",        "network-tunnel" },
    { 'c', 10, 223, "uinput",         "input"          },
    { 'c', 10, 227, "mcelog",         "kernel-log"     },
    { 'c', 10, 229, "fuse",           "fuse"           },
    { 'c', 10, 231, "snapshot",       "memory"         },
    { 'c', 10, 232, "kvm",            "kvm"            },
    { 'c', 10, 234, "btrfs-control",  "block"          },
    { 'c', 10, 236, "mapper/control", "device-mapper"  },
    { 'c', 10, 237, "loop-control",   "loop"           },
    { 'c', 10, 238, "vhost-net",      "vhost"          },
    { 'c', 10, 241, "vhost-vsock",    "vhost"          },
    { 'c', 13, ANY, "input",          "input"          },
    { 'c', 21, ANY, "sg",             "block"          },
    { 'c', 29, ANY, "fb",             "console"        },
    { 'c', 81, ANY, "video",          "capture"        },
    { 'c', 89, ANY, "i2c",            "bus"            },
    { 'c', 90, ANY, "mtd",            "block"          },
    { 'c', 116, ANY, "snd",           "capture"        },
    { 'c', 136, ANY, "pts",           NULL             },
    { 'c', 180, ANY, "usb",           "bus"            },
    { 'c', 189, ANY, "usb",           "bus"            },
    { 'c', 202, ANY, "msr",           "memory"         },
    { 'c', 203, ANY, "cpuid",         NULL             },
    { 'c', 226, ANY, "dri",           "gpu"            },
    { 'c', 195, ANY, "nvidia",        "gpu"            },
    { 'b', 7, ANY,  "loop",           "loop"           },
    { 'b', ANY, ANY, NULL,            "block"          },
};

/* What every runtime makes in /dev itself. */
static const char *const default_nodes[] = {
    "/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/random", "/dev/urandom", "/dev/console",
    "/dev/ptmx", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/fd", "/dev/core", "/dev/shm",
    "/dev/pts", "/dev/mqueue",
};
/* clang-format on */

static const struct known *known_find(char type, int64_t major, int64_t minor)
{
    for (size_t i = 0; i < ARRAY_LEN(known_devices); i++) {
        const struct known *const k = &known_devices[i];

        if (k->type == type && (k->major == ANY || k->major == major) &&
            (k->minor == ANY || k->minor == minor))
            return k;
    }
    return NULL;
}

const char *derive_device_danger(char type, int64_t major, int64_t minor)
{
    const struct known *const k = known_find(type, major, minor);

    if (k)
        return k->danger;
    return type == 'c' ? "unknown" : type == 'b' ? "block" : NULL;
}

/* Why a rule is dangerous; a wildcard reaches everything below its major. */
static const char *rule_danger(const struct rule *r)
{
    if (!(r->access & (ACC_R | ACC_W)))
        return NULL; /* a node alone cannot be opened */
    if (r->type == 'b')
        return derive_device_danger('b', r->major, r->minor);
    if (r->major == ANY)
        return "all";
    if (r->minor != ANY)
        return derive_device_danger('c', r->major, r->minor);
    for (size_t i = 0; i < ARRAY_LEN(known_devices); i++) {
        const struct known *const k = &known_devices[i];

        if (k->type == 'c' && k->major == r->major && k->danger)
            return k->danger;
    }
    return known_find('c', r->major, ANY) || r->major == 5 ? NULL : "unknown";
}

static unsigned access_of(const char *text)
{
    unsigned access = 0;

    for (; text && *text; text++)
        access |= *text == 'r' ? ACC_R : *text == 'w' ? ACC_W : *text == 'm' ? ACC_M : 0u;
    return access;
}

static int64_t number_of(const struct value *v)
{
    int64_t n = 0;

    return value_int64(v, &n) && n >= 0 ? n : ANY;
}

static const struct value *rule_value(struct arena *a, const struct rule *r, struct err *err)
{
    const struct value *out = NULL;
    const struct known *const k = known_find(r->type, r->major, r->minor);
    const char letters[] = {r->access & ACC_R ? 'r' : 0, r->access & ACC_W ? 'w' : 0,
                            r->access & ACC_M ? 'm' : 0};
    char type[2] = {r->type, '\0'}, access[4] = {0};
    struct value_fields f = {0};

    for (size_t i = 0, n = 0; i < sizeof(letters); i++) {
        if (letters[i])
            access[n++] = letters[i];
    }
    doc_put_str(a, &f, "type", type);
    if (r->major != ANY)
        doc_put_int(a, &f, "major", r->major);
    if (r->minor != ANY)
        doc_put_int(a, &f, "minor", r->minor);
    doc_put_str(a, &f, "access", access);
    if (k)
        doc_put_str(a, &f, "name", k->name);
    doc_put_str(a, &f, "dangerous", rule_danger(r));
    return doc_finish(a, &f, &out, err) < 0 ? NULL : out;
}

struct state {
    bool allow; /* what no exception names */
    struct rule *except;
    size_t n;
};

/* Add access to an exception, or make it. */
static void except_add(struct state *s, const struct rule *r)
{
    for (size_t i = 0; i < s->n; i++) {
        struct rule *const have = &s->except[i];

        if (have->type == r->type && have->major == r->major && have->minor == r->minor) {
            have->access |= r->access;
            return;
        }
    }
    s->except[s->n++] = *r;
}

/* Take access from the exception that the rule names exactly. The kernel's v1 lists neither cut a
 * hole into a wider exception nor remove narrower ones; where v2 would, the reading errs to
 * "allowed". */
static void except_cut(struct state *s, const struct rule *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->n; i++) {
        struct rule have = s->except[i];

        if (have.type == r->type && r->major == have.major && r->minor == have.minor)
            have.access &= ~r->access;
        if (have.access)
            s->except[kept++] = have;
    }
    s->n = kept;
}

static void apply(struct state *s, const struct value *v)
{
    const bool allow = doc_true(value_field(v, "allow"));
    const char *const type = doc_str(v, "type");
    const char *const text = doc_str(v, "access");
    struct rule r = {
        .major = number_of(value_field(v, "major")),
        .minor = number_of(value_field(v, "minor")),
        .access = text ? access_of(text) : ACC_ALL,
    };

    if (!type || type[0] == 'a') {
        /* Everything: type `a` carries no numbers, runtimes ignore them. */
        s->allow = allow;
        s->n = 0;
        return;
    }
    r.type = type[0] == 'b' ? 'b' : 'c';
    if (allow == s->allow)
        except_cut(s, &r);
    else
        except_add(s, &r);
}

static int nodes_list(struct arena *a, const struct value *devices, const struct value **out,
                      struct err *err)
{
    struct value_list l = {0};

    for (size_t i = 0; i < doc_len(devices); i++) {
        const struct value *const v = value_at(devices, i), *node = NULL;
        const char *const path = doc_str(v, "path");
        const char *const type = doc_str(v, "type");
        const char *const clean = path ? doc_path_clean(a, path) : NULL;
        const int64_t major = number_of(value_field(v, "major"));
        const int64_t minor = number_of(value_field(v, "minor"));
        const char kind = type ? (type[0] == 'u' ? 'c' : type[0]) : '?';
        struct value_fields f = {0};
        int64_t mode = 0;
        bool standard = false;

        doc_put_int(a, &f, "index", (int64_t)i);
        doc_put_str(a, &f, "path", path);
        doc_put_str(a, &f, "type", type);
        if (major != ANY)
            doc_put_int(a, &f, "major", major);
        if (minor != ANY)
            doc_put_int(a, &f, "minor", minor);
        doc_put_str(a, &f, "dangerous", derive_device_danger(kind, major, minor));
        doc_put_bool(a, &f, "outside_dev",
                     !clean || strcmp(clean, path) != 0 || !doc_prefix(clean, "/dev/"));
        for (size_t k = 0; clean && k < ARRAY_LEN(default_nodes); k++)
            standard = standard || strcmp(clean, default_nodes[k]) == 0;
        doc_put_bool(a, &f, "replaces_default", standard);
        doc_put_bool(a, &f, "others_may_write",
                     value_int64(value_field(v, "fileMode"), &mode) && (mode & 02));
        if (doc_finish(a, &f, &node, err) < 0)
            return -1;
        value_list_add(a, &l, node);
    }
    return doc_finish_list(a, &l, out, err);
}

static bool denies_all(const struct value *rule)
{
    const char *const type = doc_str(rule, "type"), *const access = doc_str(rule, "access");
    const char *const numbers[] = {"major", "minor"};
    int64_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (value_int64(value_field(rule, numbers[i]), &n) && n != ANY)
            return false;
    }
    return !doc_true(value_field(rule, "allow")) && (!type || !*type || strcmp(type, "a") == 0) &&
           (!access || !*access ||
            (strchr(access, 'r') && strchr(access, 'w') && strchr(access, 'm')));
}

int derive_devices(struct arena *a, const struct value *config, const struct value **out,
                   struct err *err)
{
    const struct value *const rules =
        value_path(config, "linux", "resources", "devices", (const char *)NULL);
    const size_t n = doc_len(rules);
    struct state s = {0};
    struct value_list allowed = {0}, dangerous = {0};
    struct value_fields f = {0};
    const struct value *nodes = NULL;

    if (n > RULES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d device rules", RULES_MAX);
    s.except = arena_zalloc(a, n + 1, sizeof(*s.except));
    if (!s.except)
        return err_nomem(err);
    for (size_t i = 0; i < n; i++)
        apply(&s, value_at(rules, i));

    if (s.allow) {
        const struct rule every[] = {{'b', ANY, ANY, ACC_ALL}, {'c', ANY, ANY, ACC_ALL}};

        for (size_t i = 0; i < ARRAY_LEN(every); i++) {
            const struct value *const v = rule_value(a, &every[i], err);

            value_list_add(a, &allowed, v);
            value_list_add(a, &dangerous, v);
        }
    }
    for (size_t i = 0; !s.allow && i < s.n; i++) {
        const struct value *const v = rule_value(a, &s.except[i], err);

        value_list_add(a, &allowed, v);
        if (rule_danger(&s.except[i]))
            value_list_add(a, &dangerous, v);
    }
    if (nodes_list(a, value_path(config, "linux", "devices", (const char *)NULL), &nodes, err) < 0)
        return -1;
    doc_put_bool(a, &f, "allow_all", s.allow);
    /* A runtime that begins with everything keeps what no rule takes away. */
    doc_put_bool(a, &f, "default_deny", n > 0 && !s.allow && denies_all(value_at(rules, 0)));
    doc_put_bool(a, &f, "explicit", n > 0);
    doc_put_list(a, &f, "allowed", &allowed);
    doc_put_list(a, &f, "dangerous", &dangerous);
    /* Both runtimes let the cgroup make any node, so that images with nodes unpack. */
    doc_put_bool(a, &f, "mknod_all", true);
    value_fields_add(a, &f, "nodes", nodes);
    return doc_finish(a, &f, out, err);
}
