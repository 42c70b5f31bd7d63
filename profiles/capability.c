/* What capability sets amount to. Sources: capabilities(7); kernel security/commoncap.c,
 * cap_bprm_creds_from_file. */
#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

enum { CAPABILITIES_3_16 = 38 }; /* how many Linux 3.16 had, AUDIT_READ being the last */

enum weight { LOW, HIGH, CRITICAL };

struct capability {
    const char *name;
    enum weight weight;
    bool common; /* in Docker's default set */
};

/* clang-format off */
/* By number (capability.h). CRITICAL: each alone is the host, or nearly, in the first user
 * namespace; HIGH: with host binds, devices or namespaces. */
static const struct capability capabilities[] = {
    { "CAP_CHOWN",              HIGH,     true  },
    { "CAP_DAC_OVERRIDE",       HIGH,     true  },
    { "CAP_DAC_READ_SEARCH",    CRITICAL, false },
    { "CAP_FOWNER",             HIGH,     true  },
    { "CAP_FSETID",             LOW,      true  },
    { "CAP_KILL",               LOW,      true  },
    { "CAP_SETGID",             HIGH,     true  },
    { "CAP_SETUID",             HIGH,     true  },
    { "CAP_SETPCAP",            HIGH,     true  },
    { "CAP_LINUX_IMMUTABLE",    HIGH,     false },
    { "CAP_NET_BIND_SERVICE",   LOW,      true  },
    { "CAP_NET_BROADCAST",      LOW,      false },
    { "CAP_NET_ADMIN",          HIGH,     false },
    { "CAP_NET_RAW",            HIGH,     true  },
    { "CAP_IPC_LOCK",           HIGH,     false },
    { "CAP_IPC_OWNER",          HIGH,     false },
    { "CAP_SYS_MODULE",         CRITICAL, false },
    { "CAP_SYS_RAWIO",          CRITICAL, false },
    { "CAP_SYS_CHROOT",         HIGH,     true  },
    { "CAP_SYS_PTRACE",         CRITICAL, false },
    { "CAP_SYS_PACCT",          HIGH,     false },
    { "CAP_SYS_ADMIN",          CRITICAL, false },
    { "CAP_SYS_BOOT",           CRITICAL, false },
    { "CAP_SYS_NICE",           LOW,      false },
    { "CAP_SYS_RESOURCE",       HIGH,     false },
    { "CAP_SYS_TIME",           HIGH,     false },
    { "CAP_SYS_TTY_CONFIG",     HIGH,     false },
    { "CAP_MKNOD",              HIGH,     true  },
    { "CAP_LEASE",              LOW,      false },
    { "CAP_AUDIT_WRITE",        LOW,      true  },
    { "CAP_AUDIT_CONTROL",      HIGH,     false },
    { "CAP_SETFCAP",            HIGH,     true  },
    { "CAP_MAC_OVERRIDE",       CRITICAL, false },
    { "CAP_MAC_ADMIN",          CRITICAL, false },
    { "CAP_SYSLOG",             CRITICAL, false },
    { "CAP_WAKE_ALARM",         LOW,      false },
    { "CAP_BLOCK_SUSPEND",      LOW,      false },
    { "CAP_AUDIT_READ",         HIGH,     false },
    { "CAP_PERFMON",            CRITICAL, false },
    { "CAP_BPF",                CRITICAL, false },
    { "CAP_CHECKPOINT_RESTORE", CRITICAL, false },
};
/* clang-format on */

static const char *const set_names[] = {"bounding", "effective", "permitted", "inheritable",
                                        "ambient"};
enum { SET_BOUNDING, SET_EFFECTIVE, SET_PERMITTED, SET_INHERITABLE, SET_AMBIENT, SETS };

_Static_assert(ARRAY_LEN(capabilities) < 64, "one bit each");
_Static_assert(ARRAY_LEN(set_names) == SETS, "a name for each set");

/* Bit of a name, 0 when unknown. */
static uint64_t cap_bit(const char *name)
{
    if (!name || !doc_prefix(name, "CAP_"))
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(capabilities); i++) {
        if (capabilities[i].name[4] == name[4] && strcmp(capabilities[i].name, name) == 0)
            return UINT64_C(1) << i;
    }
    return 0;
}

const char *derive_capability_name(unsigned number)
{
    return number < ARRAY_LEN(capabilities) ? capabilities[number].name : NULL;
}

static void put_mask(struct arena *a, struct value_fields *f, const char *key, uint64_t mask)
{
    struct value_list l = {0};

    for (size_t i = 0; i < ARRAY_LEN(capabilities); i++) {
        if (mask >> i & 1)
            value_list_add(a, &l, value_str(a, capabilities[i].name));
    }
    doc_put_sorted(a, f, key, &l);
}

static uint64_t mask_of(enum weight weight)
{
    uint64_t mask = 0;

    for (size_t i = 0; i < ARRAY_LEN(capabilities); i++) {
        if (capabilities[i].weight == weight)
            mask |= UINT64_C(1) << i;
    }
    return mask;
}

static uint64_t mask_common(void)
{
    uint64_t mask = 0;

    for (size_t i = 0; i < ARRAY_LEN(capabilities); i++) {
        if (capabilities[i].common)
            mask |= UINT64_C(1) << i;
    }
    return mask;
}

int derive_capabilities(struct arena *a, const struct value *process, bool userns,
                        const struct value **out, struct err *err)
{
    const struct value *const caps = value_field(process, "capabilities");
    struct value_fields f = {0}, sets = {0};
    struct value_list unknown = {0};
    uint64_t mask[SETS] = {0}, all = 0;

    for (size_t s = 0; s < SETS; s++) {
        const struct value *const names = value_field(caps, set_names[s]);
        struct value_list l = {0};

        for (size_t i = 0; i < doc_len(names); i++) {
            const struct value *const name = value_at(names, i);
            const uint64_t bit = cap_bit(value_cstr(name));

            mask[s] |= bit;
            if (!value_is(name, VALUE_STRING))
                continue;
            value_list_add(a, &l, name);
            if (!bit)
                value_list_add(a, &unknown, name);
        }
        all |= mask[s];
        doc_put_sorted(a, &sets, set_names[s], &l);
    }
    const struct value *made = NULL;
    if (doc_finish(a, &sets, &made, err) < 0)
        return -1;

    /* Without noNewPrivileges root, a set-user-id program or a file capability raises the
     * permitted set to the bounding one. With it execve keeps to what is permitted already. */
    const bool nnp = doc_true(value_field(process, "noNewPrivileges"));
    const uint64_t kept = mask[SET_PERMITTED] | mask[SET_EFFECTIVE] | mask[SET_AMBIENT];
    const uint64_t gives = nnp ? kept : all;
    /* In a user namespace of its own none of them reaches the host's objects by itself. */
    const uint64_t critical = mask_of(CRITICAL) & all;
    const uint64_t high = mask_of(HIGH) & all;

    value_fields_add(a, &f, "sets", made);
    put_mask(a, &f, "union", all);
    doc_put_sorted(a, &f, "unknown_names", &unknown);
    put_mask(a, &f, "gives", gives);
    put_mask(a, &f, "critical", userns ? 0 : critical);
    put_mask(a, &f, "high", userns ? high | critical : high);
    put_mask(a, &f, "default_excess", all & ~mask_common());
    doc_put_bool(a, &f, "missing_sets", !caps || !value_is(caps, VALUE_OBJECT));
    /* Engines give what the kernel and they themselves know: those that came with Linux 5.8 and 5.9
     * may be missing, and a machine may withhold one that is not critical. */
    const uint64_t old = mask_of(CRITICAL) & ((UINT64_C(1) << CAPABILITIES_3_16) - 1);
    doc_put_bool(a, &f, "all", (mask[SET_BOUNDING] & old) == old);
    return doc_finish(a, &f, out, err);
}
