/* facts.seccomp: which dangerous calls a filter lets through. */
#include <seccomp.h>

#include "base/own.h"
#include "profiles/call_names.inc"
#include "profiles/derive.h"
#include "profiles/doc.h"
#include "profiles/seccomp.h"

/* CLONE_NEW* but NEWTIME, which only clone3 and unshare take. */
#define NEW_NAMESPACES UINT64_C(0x7E020000)
#define UPPER_HALF (UINT64_C(1) << 32)

enum { EPERM_NUMBER = 1, TTY_STI = 0x5412, TTY_LINUX = 0x541C, ARCHES_MAX = 32 };

struct danger {
    const char *name;
    const char *capability; /* that engines tie it to; NULL: none makes it fit */
};

/* clang-format off */
static const struct danger dangers[] = {
    { "acct",              "CAP_SYS_PACCT"      },
    { "add_key",           NULL                 },
    { "bpf",               "CAP_BPF"            },
    { "clock_adjtime",     "CAP_SYS_TIME"       },
    { "clock_settime",     "CAP_SYS_TIME"       },
    { "clone3",            "CAP_SYS_ADMIN"      },
    { "create_module",     "CAP_SYS_MODULE"     },
    { "delete_module",     "CAP_SYS_MODULE"     },
    { "fanotify_init",     "CAP_SYS_ADMIN"      },
    { "finit_module",      "CAP_SYS_MODULE"     },
    { "fsconfig",          "CAP_SYS_ADMIN"      },
    { "fsmount",           "CAP_SYS_ADMIN"      },
    { "fsopen",            "CAP_SYS_ADMIN"      },
    { "fspick",            "CAP_SYS_ADMIN"      },
    { "get_kernel_syms",   NULL                 },
    { "init_module",       "CAP_SYS_MODULE"     },
    { "io_uring_enter",    NULL                 },
    { "io_uring_register", NULL                 },
    { "io_uring_setup",    NULL                 },
    { "ioperm",            "CAP_SYS_RAWIO"      },
    { "iopl",              "CAP_SYS_RAWIO"      },
    { "kcmp",              "CAP_SYS_PTRACE"     },
    { "kexec_file_load",   "CAP_SYS_BOOT"       },
    { "kexec_load",        "CAP_SYS_BOOT"       },
    { "keyctl",            NULL                 },
    { "lookup_dcookie",    "CAP_SYS_ADMIN"      },
    { "mount",             "CAP_SYS_ADMIN"      },
    { "mount_setattr",     "CAP_SYS_ADMIN"      },
    { "move_mount",        "CAP_SYS_ADMIN"      },
    { "nfsservctl",        NULL                 },
    { "open_by_handle_at", "CAP_DAC_READ_SEARCH" },
    { "open_tree",         "CAP_SYS_ADMIN"      },
    { "perf_event_open",   "CAP_PERFMON"        },
    { "pidfd_getfd",       "CAP_SYS_PTRACE"     },
    { "pivot_root",        "CAP_SYS_ADMIN"      },
    { "process_madvise",   "CAP_SYS_PTRACE"     },
    { "process_vm_readv",  "CAP_SYS_PTRACE"     },
    { "process_vm_writev", "CAP_SYS_PTRACE"     },
    { "ptrace",            "CAP_SYS_PTRACE"     },
    { "query_module",      NULL                 },
    { "quotactl",          "CAP_SYS_ADMIN"      },
    { "quotactl_fd",       "CAP_SYS_ADMIN"      },
    { "reboot",            "CAP_SYS_BOOT"       },
    { "request_key",       NULL                 },
    { "setdomainname",     "CAP_SYS_ADMIN"      },
    { "sethostname",       "CAP_SYS_ADMIN"      },
    { "setns",             "CAP_SYS_ADMIN"      },
    { "settimeofday",      "CAP_SYS_TIME"       },
    { "stime",             "CAP_SYS_TIME"       },
    { "swapoff",           "CAP_SYS_ADMIN"      },
    { "swapon",            "CAP_SYS_ADMIN"      },
    { "syslog",            "CAP_SYSLOG"         },
    { "umount",            "CAP_SYS_ADMIN"      },
    { "umount2",           "CAP_SYS_ADMIN"      },
    { "unshare",           "CAP_SYS_ADMIN"      },
    { "uselib",            NULL                 },
    { "userfaultfd",       NULL                 },
    { "vhangup",           "CAP_SYS_TTY_CONFIG" },
    { "vm86",              NULL                 },
    { "vm86old",           NULL                 },
};

struct family {
    const char *name;
    unsigned number;
};

/* Families beyond unix, inet and inet6 (linux/socket.h). */
static const struct family families[] = {
    { "ax25", 3 },     { "ipx", 4 },      { "appletalk", 5 }, { "netrom", 6 }, { "atm", 8 },
    { "x25", 9 },      { "rose", 11 },    { "decnet", 12 },   { "key", 15 },   { "netlink", 16 },
    { "packet", 17 },  { "rds", 21 },     { "pppox", 24 },    { "llc", 26 },   { "ib", 27 },
    { "mpls", 28 },    { "can", 29 },     { "tipc", 30 },     { "bluetooth", 31 }, { "rxrpc", 33 },
    { "phonet", 35 },  { "ieee802154", 36 }, { "caif", 37 },  { "alg", 38 },   { "nfc", 39 },
    { "vsock", 40 },   { "kcm", 41 },     { "qipcrtr", 42 },  { "smc", 43 },   { "xdp", 44 },
};

/* Calls that libraries probe for and expect ENOSYS from. */
static const char *const probed[] = {
    "clone3", "close_range", "epoll_pwait2", "faccessat2", "fchmodat2", "futex_waitv", "openat2",
    "pidfd_open", "rseq", "statx",
};

struct arch_name {
    const char *oci; /* without SCMP_ARCH_ */
    const char *machine; /* uname -m, NULL when never native */
    uint32_t token;
    bool socketcall;
};

static const struct arch_name arch_names[] = {
    { "X86_64",      "x86_64",  SCMP_ARCH_X86_64,      false },
    { "X86",         "i686",    SCMP_ARCH_X86,         true  },
    { "X32",         NULL,      SCMP_ARCH_X32,         false },
    { "ARM",         "armv7l",  SCMP_ARCH_ARM,         false },
    { "AARCH64",     "aarch64", SCMP_ARCH_AARCH64,     false },
    { "MIPS",        NULL,      SCMP_ARCH_MIPS,        true  },
    { "MIPS64",      "mips64",  SCMP_ARCH_MIPS64,      false },
    { "MIPS64N32",   NULL,      SCMP_ARCH_MIPS64N32,   false },
    { "MIPSEL",      NULL,      SCMP_ARCH_MIPSEL,      true  },
    { "MIPSEL64",    NULL,      SCMP_ARCH_MIPSEL64,    false },
    { "MIPSEL64N32", NULL,      SCMP_ARCH_MIPSEL64N32, false },
    { "PPC",         "ppc",     SCMP_ARCH_PPC,         true  },
    { "PPC64",       "ppc64",   SCMP_ARCH_PPC64,       true  },
    { "PPC64LE",     "ppc64le", SCMP_ARCH_PPC64LE,     true  },
    { "S390",        NULL,      SCMP_ARCH_S390,        true  },
    { "S390X",       "s390x",   SCMP_ARCH_S390X,       true  },
    { "PARISC",      NULL,      SCMP_ARCH_PARISC,      false },
    { "PARISC64",    NULL,      SCMP_ARCH_PARISC64,    false },
    { "RISCV64",     "riscv64", SCMP_ARCH_RISCV64,     false },
};
/* clang-format on */

struct arch {
    char label[24]; /* lower case */
    const struct arch_name *known;
};

/* What one look at the filter yields for calls that do not depend on the architecture. */
struct look {
    const struct seccomp *s;
    unsigned clone_flags_arg;
    bool runs[ARRAY_LEN(dangers)];
};

static bool call_runs(const struct seccomp *s, const char *name)
{
    const struct seccomp_call call = {.name = name};

    return seccomp_runs(seccomp_eval(s, &call));
}

static bool call_runs_with(const struct seccomp *s, const char *name, unsigned index,
                           uint64_t value)
{
    struct seccomp_call call = {.name = name, .known = 1u << index};

    call.args[index] = value;
    return seccomp_runs(seccomp_eval(s, &call));
}

/* An argument of 32 bits that the kernel cuts: the caller may set the upper half. */
static bool upper_half_runs(const struct seccomp *s, const char *name, unsigned index,
                            uint64_t value)
{
    return !call_runs_with(s, name, index, value) &&
           call_runs_with(s, name, index, value | UPPER_HALF);
}

static bool clone_makes_namespaces(const struct look *l)
{
    for (unsigned bit = 0; bit < 32; bit++) {
        const uint64_t flag = UINT64_C(1) << bit;

        if ((NEW_NAMESPACES & flag) && call_runs_with(l->s, "clone", l->clone_flags_arg, flag))
            return true;
    }
    return false;
}

static size_t arches_read(const struct value *list, const char *machine, struct arch *out)
{
    size_t n = 0;

    for (size_t i = 0; i < doc_len(list) && n < ARCHES_MAX; i++) {
        const char *const name = value_cstr(value_at(list, i));
        struct arch *const to = &out[n];
        size_t k = 0;

        if (!name || !doc_prefix(name, "SCMP_ARCH_"))
            continue;
        *to = (struct arch){0};
        for (size_t j = 0; j < ARRAY_LEN(arch_names); j++) {
            if (strcmp(arch_names[j].oci, name + 10) == 0)
                to->known = &arch_names[j];
        }
        for (const char *c = name + 10; *c && k < sizeof(to->label) - 1; c++)
            to->label[k++] = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
        n++;
    }
    if (n == 0) {
        /* An empty list means the machine's own. */
        for (size_t j = 0; j < ARRAY_LEN(arch_names); j++) {
            const char *const own = arch_names[j].machine;

            if (own && machine && strcmp(own, machine) == 0) {
                out[0] = (struct arch){.known = &arch_names[j]};
                for (size_t k = 0; own[k] && k < sizeof(out[0].label) - 1; k++)
                    out[0].label[k] = own[k];
                n = 1;
            }
        }
    }
    return n;
}

/* Calls of the kernel's other tables exist only on some architectures. */
static bool call_exists(const struct arch *arch, const char *name)
{
    return !arch->known || seccomp_syscall_resolve_name_arch(arch->known->token, name) >= 0;
}

static const struct value *admits_on(struct arena *a, const struct look *l, const struct arch *arch,
                                     struct value_list *names, struct err *err)
{
    struct value_list list = {0};
    const struct value *out = NULL;

    for (size_t i = 0; i < ARRAY_LEN(dangers); i++) {
        struct value_fields f = {0};
        const struct value *v = NULL;

        if (!l->runs[i] || !call_exists(arch, dangers[i].name))
            continue;
        doc_put_str(a, &f, "name", dangers[i].name);
        doc_put_str(a, &f, "capability", dangers[i].capability);
        doc_put_str(a, &f, "via", "all");
        if (doc_finish(a, &f, &v, err) < 0)
            return NULL;
        value_list_add(a, &list, v);
        doc_list_str(a, names, dangers[i].name);
    }
    return doc_finish_list(a, &list, &out, err) < 0 ? NULL : out;
}

/* On 32-bit x86 and a few others sockets are also made through socketcall, whose arguments lie in
 * memory. libseccomp adds socketcall by itself for each rule on socket, without the conditions. */
static bool socketcall_hole(const struct seccomp *s, const struct arch *arches, size_t n)
{
    bool multiplexed = false, filtered = false, open = false;

    for (size_t i = 0; i < n; i++)
        multiplexed = multiplexed || (arches[i].known && arches[i].known->socketcall);
    for (const struct seccomp_entry *e = seccomp_first(s, "socket"); e;
         e = seccomp_next(e, "socket")) {
        const bool conditional = e->when->n > 0;

        filtered = filtered || (conditional && seccomp_runs(e->verdict));
        open = open || (!conditional && seccomp_runs(e->verdict));
    }
    if (!multiplexed || open)
        return false;
    /* A rule of its own on socketcall stands before what libseccomp adds; one whose action is the
     * default is never added (seccomp_read drops it as well). */
    for (const struct seccomp_entry *e = seccomp_first(s, "socketcall"); e;
         e = seccomp_next(e, "socketcall")) {
        if (e->when->n == 0)
            return seccomp_runs(e->verdict);
    }
    return filtered || (seccomp_runs(s->fallback) && seccomp_first(s, "socket") != NULL);
}

static void lint_rules(struct arena *a, const struct seccomp *s, struct value_list *out)
{
    const struct value *const rules = value_field(s->doc, "syscalls");

    for (size_t i = 0; i < doc_len(rules); i++) {
        const struct value *const args = value_field(value_at(rules, i), "args");
        unsigned not_equal[SECCOMP_ARGS] = {0};

        for (size_t k = 0; k < doc_len(args); k++) {
            const struct value *const c = value_at(args, k);
            uint64_t index = SECCOMP_ARGS, mask = 0, want = 0;
            const bool numbered =
                value_uint64(value_field(c, "index"), &index) && index < SECCOMP_ARGS;
            const bool masked = value_is_str(value_field(c, "op"), "SCMP_CMP_MASKED_EQ");

            /* Unequal to this or unequal to that holds for everything. */
            if (numbered && value_is_str(value_field(c, "op"), "SCMP_CMP_NE") &&
                ++not_equal[index] == 2)
                value_list_add(a, out,
                               value_strf(a, "/config/linux/seccomp/syscalls/%zu/args/%zu", i, k));
            (void)value_uint64(value_field(c, "value"), &mask);
            (void)value_uint64(value_field(c, "valueTwo"), &want);
            if (!numbered || (masked && (want & ~mask)))
                value_list_add(a, out,
                               value_strf(a, "/config/linux/seccomp/syscalls/%zu/args/%zu", i, k));
        }
    }
}

/* A name that libseccomp knows for sure. Its own table is large, and cold in a start: only what is
 * not in ours is looked for there. */
static bool is_known(const struct value *name)
{
    for (size_t i = name->u.string.hash % ARRAY_LEN(call_slots); call_slots[i];
         i = (i + 1) % ARRAY_LEN(call_slots)) {
        if (strcmp(call_names + call_slots[i] - 1, value_bytes(name)) == 0)
            return true;
    }
    return seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, value_bytes(name)) !=
           __NR_SCMP_ERROR;
}

static void unknown_names(struct arena *a, const struct seccomp *s, struct value_list *out)
{
    for (uint32_t b = 0; b <= s->mask; b++) {
        for (const struct seccomp_entry *e = s->bucket[b]; e; e = e->next) {
            if (!is_known(e->name))
                value_list_add(a, out, e->name);
        }
    }
}

static void put_argument_classes(struct arena *a, struct value_fields *f, const struct seccomp *s,
                                 bool hole)
{
    struct value_list open = {0}, upper = {0};
    bool socket_upper = false;

    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        if (hole || call_runs_with(s, "socket", 0, families[i].number))
            doc_list_str(a, &open, families[i].name);
        socket_upper = socket_upper || upper_half_runs(s, "socket", 0, families[i].number);
    }
    const bool sti = call_runs_with(s, "ioctl", 1, TTY_STI);
    const bool lin = call_runs_with(s, "ioctl", 1, TTY_LINUX);

    if (socket_upper)
        doc_list_str(a, &upper, "socket");
    if (upper_half_runs(s, "ioctl", 1, TTY_STI) || upper_half_runs(s, "ioctl", 1, TTY_LINUX))
        doc_list_str(a, &upper, "ioctl");
    if (upper_half_runs(s, "personality", 0, 0x40000 /* ADDR_NO_RANDOMIZE */))
        doc_list_str(a, &upper, "personality");
    doc_put_list(a, f, "socket_families", &open);
    doc_put_bool(a, f, "af_alg", hole || call_runs_with(s, "socket", 0, 38));
    doc_put_bool(a, f, "af_vsock", hole || call_runs_with(s, "socket", 0, 40));
    doc_put_bool(a, f, "tiocsti", sti);
    doc_put_bool(a, f, "tioclinux", lin);
    doc_put_bool(a, f, "personality", call_runs_with(s, "personality", 0, 0x40000));
    doc_put_list(a, f, "upper_half", &upper);
}

/* Calls that open nothing by themselves but help whoever is at it. */
static void put_helpers(struct arena *a, struct value_fields *f, const struct seccomp *s)
{
    static const char *const names[] = {"memfd_secret", "modify_ldt", "process_madvise", "vm86",
                                        "vm86old"};
    struct value_list l = {0};

    if (call_runs_with(s, "personality", 0, 0x40000))
        doc_list_str(a, &l, "personality");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (call_runs(s, names[i]))
            doc_list_str(a, &l, names[i]);
    }
    if (call_runs(s, "memfd_create") && call_runs(s, "execveat"))
        doc_list_str(a, &l, "memfd_create with execveat");
    doc_put_sorted(a, f, "helpers", &l);
}

static bool notifies(const struct seccomp *s)
{
    const struct value *const rules = value_field(s->doc, "syscalls");

    if (s->fallback.action == SECCOMP_NOTIFY || doc_str(s->doc, "listenerPath"))
        return true;
    for (size_t i = 0; i < doc_len(rules); i++) {
        if (value_is_str(value_field(value_at(rules, i), "action"), "SCMP_ACT_NOTIFY"))
            return true;
    }
    return false;
}

static int absent(struct arena *a, const struct value **out, struct err *err)
{
    static const char *const open[] = {"default_allows", "clone_namespaces", "clone3",
                                       "io_uring",       "af_alg",           "af_vsock",
                                       "tiocsti",        "tioclinux",        "personality"};
    struct value_fields f = {0};

    doc_put_bool(a, &f, "present", false);
    for (size_t i = 0; i < ARRAY_LEN(open); i++)
        doc_put_bool(a, &f, open[i], true);
    return doc_finish(a, &f, out, err);
}

int derive_seccomp(struct arena *a, const struct value *seccomp, const char *arch,
                   const struct value **out, struct err *err)
{
    struct value_fields f = {0}, admits = {0};
    struct value_list names = {0}, labels = {0}, lint = {0}, unknown = {0}, eperm = {0},
                      flags = {0};
    struct arch arches[ARCHES_MAX];
    struct seccomp s;
    struct look look = {.s = &s};
    bool native = false, x32 = false;

    if (!seccomp || !value_is(seccomp, VALUE_OBJECT))
        return absent(a, out, err);
    if (seccomp_read(a, seccomp, &s, err) < 0)
        return -1;
    look.clone_flags_arg = arch && strcmp(arch, "s390x") == 0 ? 1 : 0;
    for (size_t i = 0; i < ARRAY_LEN(dangers); i++)
        look.runs[i] = call_runs(&s, dangers[i].name);

    const size_t n = arches_read(value_field(seccomp, "architectures"), arch, arches);
    for (size_t i = 0; i < n; i++) {
        const struct value *const list = admits_on(a, &look, &arches[i], &names, err);
        const char *const machine = arches[i].known ? arches[i].known->machine : NULL;

        if (!list)
            return -1;
        value_fields_add(a, &admits, arches[i].label, list);
        doc_list_str(a, &labels, arches[i].label);
        native = native || (machine && arch && strcmp(machine, arch) == 0);
        x32 = x32 || strcmp(arches[i].label, "x32") == 0;
    }
    const struct value *by_arch = NULL, *const dangerous = doc_sorted(a, &names);
    if (!dangerous)
        return err_nomem(err);
    if (doc_finish(a, &admits, &by_arch, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(probed); i++) {
        const struct seccomp_call call = {.name = probed[i]};
        const struct seccomp_verdict v = seccomp_eval(&s, &call);

        if (v.action == SECCOMP_ERRNO && v.errnum == EPERM_NUMBER)
            doc_list_str(a, &eperm, probed[i]);
    }
    const struct value *const flag_list = value_field(seccomp, "flags");
    bool spec_allow = false;
    for (size_t i = 0; i < doc_len(flag_list); i++) {
        value_list_add(a, &flags, value_at(flag_list, i));
        spec_allow =
            spec_allow || value_is_str(value_at(flag_list, i), "SECCOMP_FILTER_FLAG_SPEC_ALLOW");
    }
    lint_rules(a, &s, &lint);
    unknown_names(a, &s, &unknown);
    const bool hole = socketcall_hole(&s, arches, n);

    doc_put_bool(a, &f, "present", true);
    doc_put_str(a, &f, "default_action", doc_str(seccomp, "defaultAction"));
    doc_put_bool(a, &f, "default_allows", seccomp_runs(s.fallback));
    doc_put_list(a, &f, "architectures", &labels);
    doc_put_bool(a, &f, "native_listed", native);
    value_fields_add(a, &f, "admits", by_arch);
    value_fields_add(a, &f, "dangerous", dangerous);
    doc_put_int(a, &f, "dangerous_count", dangerous->count);
    doc_put_bool(a, &f, "socketcall_hole", hole);
    doc_put_bool(a, &f, "x32", x32);
    doc_put_bool(a, &f, "clone_namespaces", clone_makes_namespaces(&look));
    doc_put_bool(a, &f, "clone3", call_runs(&s, "clone3"));
    doc_put_bool(a, &f, "io_uring",
                 call_runs(&s, "io_uring_setup") || call_runs(&s, "io_uring_enter") ||
                     call_runs(&s, "io_uring_register"));
    put_argument_classes(a, &f, &s, hole);
    put_helpers(a, &f, &s);
    doc_put_bool(a, &f, "notify", notifies(&s));
    doc_put_list(a, &f, "flags", &flags);
    doc_put_bool(a, &f, "spec_allow", spec_allow);
    doc_put_sorted(a, &f, "unknown_names", &unknown);
    doc_put_list(a, &f, "lint", &lint);
    doc_put_list(a, &f, "eperm_calls", &eperm);
    return doc_finish(a, &f, out, err);
}
