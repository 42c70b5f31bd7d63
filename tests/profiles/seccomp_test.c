/* The evaluator against the oracle: the same rules built by libseccomp, exported as BPF and
 * interpreted for every dangerous call and the argument classes that facts claim. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"
#include "profiles/call_names.inc"
#include "profiles/derive.h"
#include "profiles/doc.h"
#include "profiles/seccomp.h"

#include "tests/help/suite.h"

enum { PROGRAM_MAX = 65536 };

struct program {
    struct sock_filter *code;
    size_t n;
};

/* --- a classic BPF machine, as much as seccomp filters use -------------------------------------
 */

static uint32_t run(const struct program *p, const struct seccomp_data *d)
{
    uint32_t acc = 0;

    for (size_t pc = 0; pc < p->n; pc++) {
        const struct sock_filter *const i = &p->code[pc];

        switch (i->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            ck_assert_uint_le(i->k + 4, sizeof(*d));
            memcpy(&acc, (const char *)d + i->k, 4);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            acc &= i->k;
            break;
        case BPF_JMP | BPF_JA:
            pc += i->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            pc += acc == i->k ? i->jt : i->jf;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            pc += acc > i->k ? i->jt : i->jf;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            pc += acc >= i->k ? i->jt : i->jf;
            break;
        case BPF_RET | BPF_K:
            return i->k;
        default:
            ck_abort_msg("instruction %#x", i->code);
        }
    }
    ck_abort_msg("ran off the end");
}

/* --- the runtimes' way to libseccomp
 * --------------------------------------------------------------- */

static uint32_t action_of(const struct value *v, const struct value *num)
{
    int64_t n = 1;

    (void)value_int64(num, &n);
    if (value_is_str(v, "SCMP_ACT_ALLOW"))
        return SCMP_ACT_ALLOW;
    if (value_is_str(v, "SCMP_ACT_ERRNO"))
        return SCMP_ACT_ERRNO((uint32_t)n);
    if (value_is_str(v, "SCMP_ACT_KILL"))
        return SCMP_ACT_KILL;
    if (value_is_str(v, "SCMP_ACT_LOG"))
        return SCMP_ACT_LOG;
    ck_abort_msg("action %s", value_cstr(v));
}

static enum scmp_compare compare_of(const struct value *v)
{
    static const struct {
        const char *name;
        enum scmp_compare op;
    } rows[] = {{"SCMP_CMP_NE", SCMP_CMP_NE},
                {"SCMP_CMP_LT", SCMP_CMP_LT},
                {"SCMP_CMP_LE", SCMP_CMP_LE},
                {"SCMP_CMP_EQ", SCMP_CMP_EQ},
                {"SCMP_CMP_GE", SCMP_CMP_GE},
                {"SCMP_CMP_GT", SCMP_CMP_GT},
                {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (value_is_str(v, rows[i].name))
            return rows[i].op;
    }
    ck_abort_msg("comparison");
}

static void add_rule(scmp_filter_ctx ctx, const struct value *rule, uint32_t fallback)
{
    const uint32_t action = action_of(value_field(rule, "action"), value_field(rule, "errnoRet"));
    const struct value *const names = value_field(rule, "names");
    const struct value *const args = value_field(rule, "args");
    struct scmp_arg_cmp cmp[6] = {0};
    unsigned count[6] = {0}, n = 0;
    bool each = false;

    if (action == fallback)
        return;
    for (size_t i = 0; i < doc_len(args); i++, n++) {
        uint64_t index = 0, value = 0, two = 0;
        const struct value *const c = value_at(args, i);

        ck_assert(value_uint64(value_field(c, "index"), &index) && index < 6);
        (void)value_uint64(value_field(c, "value"), &value);
        (void)value_uint64(value_field(c, "valueTwo"), &two);
        cmp[i] =
            (struct scmp_arg_cmp){(unsigned)index, compare_of(value_field(c, "op")), value, two};
        each = each || ++count[index] > 1;
    }
    for (size_t i = 0; i < doc_len(names); i++) {
        const int nr = seccomp_syscall_resolve_name(value_bytes(value_at(names, i)));

        if (nr == __NR_SCMP_ERROR)
            continue;
        if (!each) {
            (void)seccomp_rule_add_array(ctx, action, nr, n, cmp);
        } else {
            for (unsigned k = 0; k < n; k++)
                (void)seccomp_rule_add_array(ctx, action, nr, 1, &cmp[k]);
        }
    }
}

static struct program export(const struct value *doc)
{
    const uint32_t fallback =
        action_of(value_field(doc, "defaultAction"), value_field(doc, "defaultErrnoRet"));
    const struct value *const arches = value_field(doc, "architectures");
    const struct value *const rules = value_field(doc, "syscalls");
    scmp_filter_ctx ctx = seccomp_init(fallback);
    AUTO_FD int fd = memfd_create("bpf", MFD_CLOEXEC);
    struct program p = {.code = calloc(PROGRAM_MAX, sizeof(*p.code))};

    ck_assert_ptr_nonnull(ctx);
    ck_assert_ptr_nonnull(p.code);
    /* The profiles are of x86_64, whatever this test runs on; numbers are translated by name. */
    if (seccomp_arch_native() != SCMP_ARCH_X86_64) {
        ck_assert_int_eq(seccomp_arch_add(ctx, SCMP_ARCH_X86_64), 0);
        ck_assert_int_eq(seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE), 0);
    }
    for (size_t i = 0; i < doc_len(arches); i++) {
        const char *const name = value_bytes(value_at(arches, i));

        if (strcmp(name, "SCMP_ARCH_X86") == 0)
            (void)seccomp_arch_add(ctx, SCMP_ARCH_X86);
        if (strcmp(name, "SCMP_ARCH_X32") == 0)
            (void)seccomp_arch_add(ctx, SCMP_ARCH_X32);
    }
    for (size_t i = 0; i < doc_len(rules); i++)
        add_rule(ctx, value_at(rules, i), fallback);
    ck_assert_int_eq(seccomp_export_bpf(ctx, fd), 0);
    seccomp_release(ctx);
    (void)lseek(fd, 0, SEEK_SET);
    const ssize_t n = read(fd, p.code, PROGRAM_MAX * sizeof(*p.code));
    ck_assert_int_gt(n, 0);
    p.n = (size_t)n / sizeof(*p.code);
    return p;
}

static bool oracle(const struct program *p, uint32_t arch, int nr, const uint64_t args[6])
{
    struct seccomp_data d = {.nr = nr, .arch = arch};

    memcpy(d.args, args, sizeof(d.args));
    const uint32_t got = run(p, &d) & SECCOMP_RET_ACTION_FULL;
    return got == SECCOMP_RET_ALLOW || got == SECCOMP_RET_LOG;
}

static const struct value *parse(struct arena *a, const char *text, size_t len)
{
    const struct value *doc = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(json_parse(a, text, len, JSON_LAST_WINS, &doc, NULL, &err) == 0, "%s", err.text);
    return doc;
}

static const struct value *derive(struct arena *a, const struct value *doc)
{
    const struct value *out = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(derive_seccomp(a, doc, "x86_64", &out, &err) == 0, "%s", err.text);
    return out;
}

/* Every call by name, on both tables, with argument 0 and 1 fixed to telling values. */
static void compare(const char *label, const struct value *doc)
{
    static const uint64_t values[] = {
        0,          1,          2,      8,          16,
        38,         40,         0x5412, 0x541C,     0x40000,
        0x10000000, 0x7E020000, 0x11,   0xffffffff, (UINT64_C(1) << 32) | 40};
    struct arena a = ARENA_INIT(64 << 20);
    struct program p = export(doc);
    struct seccomp s;
    struct err err = ERR_INIT;
    unsigned compared = 0;

    ck_assert(seccomp_read(&a, doc, &s, &err) == 0);
    for (int nr = 0; nr < 470; nr++) {
        AUTO_FREE char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, nr);

        for (size_t v = 0; name && v < ARRAY_LEN(values) * 2; v++) {
            struct seccomp_call call = {.name = name, .known = 0x3f};

            call.args[v % 2] = values[v / 2];
            const bool ours = seccomp_runs(seccomp_eval(&s, &call));
            const bool theirs = oracle(&p, AUDIT_ARCH_X86_64, nr, call.args);
            ck_assert_msg(ours == theirs, "%s: %s(%#llx at %zu): ours %d, libseccomp %d", label,
                          name, (unsigned long long)values[v / 2], v % 2, ours, theirs);
            compared++;
        }
    }
    ck_assert_uint_gt(compared, 5000);

    /* What facts claim, where the evaluator alone does not tell: socketcall on 32-bit x86. */
    const struct value *const facts = derive(&a, doc);
    const struct value *const arches = value_field(doc, "architectures");
    bool x86 = false;
    for (size_t i = 0; i < doc_len(arches); i++)
        x86 = x86 || value_is_str(value_at(arches, i), "SCMP_ARCH_X86");
    if (x86) {
        const uint64_t sys_socket[6] = {1};
        const uint64_t vsock[6] = {40};
        const int nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, "socketcall");
        const int direct = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, "socket");
        const bool multiplexed = oracle(&p, AUDIT_ARCH_I386, nr, sys_socket);
        const bool plain = oracle(&p, AUDIT_ARCH_X86_64, direct, vsock);

        if (!plain)
            ck_assert_msg(value_bool(value_field(facts, "socketcall_hole")) == multiplexed,
                          "%s: socketcall_hole", label);
    }
    free(p.code);
    arena_done(&a);
}

START_TEST(engines_profiles_mean_what_libseccomp_builds)
{
    static const char *const names[] = {"docker-default",  "docker26-default", "podman-default",
                                        "podman5-default", "docker-capadd",    "buildah-run"};
    char path[256];
    struct arena a = ARENA_INIT(64 << 20);
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    struct err err = ERR_INIT;

    snprintf(path, sizeof(path), "tests/fixtures/%s.json", names[_i]);
    ck_assert(file_read_at(AT_FDCWD, path, 1 << 20, &text, &len, NULL, &err) == 0);
    compare(names[_i], value_path(parse(&a, text, len), "linux", "seccomp", (const char *)NULL));
    arena_done(&a);
}
END_TEST

#define DENY "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\""
#define ALLOW "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86_64\""
#define SOCKET_NE                                                                                  \
    "{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":40,"   \
    "\"op\":\"SCMP_CMP_NE\"}]}"

static const char *const profiles[] = {
    DENY "],\"syscalls\":[" SOCKET_NE "]}",
    DENY ",\"SCMP_ARCH_X86\"],\"syscalls\":[" SOCKET_NE "]}",
    DENY ",\"SCMP_ARCH_X86\"],\"syscalls\":[" SOCKET_NE
         ",{\"names\":[\"socketcall\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38}]}",
    DENY ",\"SCMP_ARCH_X86\"],\"syscalls\":[" SOCKET_NE
         ",{\"names\":[\"socketcall\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1}]}",
    DENY ",\"SCMP_ARCH_X86\"],\"syscalls\":[" SOCKET_NE
         ",{\"names\":[\"socketcall\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
    /* Two conditions on one argument: each a rule of its own. */
    DENY "],\"syscalls\":[{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
         "{\"index\":0,\"value\":40,\"op\":\"SCMP_CMP_NE\"},{\"index\":0,\"value\":38,\"op\":"
         "\"SCMP_CMP_NE\"}]}]}",
    /* Two arguments: both required. */
    DENY "],\"syscalls\":[{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
         "{\"index\":0,\"value\":2,\"op\":\"SCMP_CMP_LE\"},{\"index\":1,\"value\":21522,\"op\":"
         "\"SCMP_CMP_GT\"}]}]}",
    DENY "],\"syscalls\":[{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
         "{\"index\":0,\"value\":2114060288,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}",
    /* Unconditional after conditional, and the other way round. */
    DENY "],\"syscalls\":[" SOCKET_NE ",{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
    ALLOW
    "],\"syscalls\":[{\"names\":[\"mount\",\"bpf\",\"socket\"],\"action\":\"SCMP_ACT_ERRNO\"},"
    "{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":1,\"value\":"
    "21522,\"op\":\"SCMP_CMP_EQ\"}]}]}",
    DENY "],\"syscalls\":[{\"names\":[\"personality\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
         "{\"index\":0,\"value\":8,\"op\":\"SCMP_CMP_GE\"}]},{\"names\":[\"personality\"],"
         "\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":"
         "\"SCMP_CMP_LT\"}]}]}",
};

START_TEST(small_profiles_mean_what_libseccomp_builds)
{
    struct arena a = ARENA_INIT(16 << 20);
    char label[32];

    snprintf(label, sizeof(label), "profile %d", _i);
    compare(label, parse(&a, profiles[_i], strlen(profiles[_i])));
    arena_done(&a);
}
END_TEST

static bool fact(const struct value *facts, const char *name)
{
    ck_assert_msg(value_field(facts, name) != NULL, "%s", name);
    return value_bool(value_field(facts, name));
}

static bool has(const struct value *list, const char *name)
{
    for (size_t i = 0; i < doc_len(list); i++) {
        if (value_is_str(value_at(list, i), name))
            return true;
    }
    return false;
}

START_TEST(holes_are_told)
{
    struct arena a = ARENA_INIT(16 << 20);
    const struct value *f = derive(&a, parse(&a, profiles[0], strlen(profiles[0])));

    ck_assert(!fact(f, "af_vsock"));
    ck_assert(fact(f, "af_alg"));
    ck_assert(!fact(f, "socketcall_hole"));
    ck_assert(has(value_field(f, "upper_half"), "socket"));
    f = derive(&a, parse(&a, profiles[1], strlen(profiles[1])));
    ck_assert(fact(f, "socketcall_hole"));
    ck_assert(fact(f, "af_vsock"));
    f = derive(&a, parse(&a, profiles[2], strlen(profiles[2])));
    ck_assert(!fact(f, "socketcall_hole"));
    f = derive(&a, parse(&a, profiles[3], strlen(profiles[3])));
    ck_assert(fact(f, "socketcall_hole"));
    f = derive(&a, parse(&a, profiles[5], strlen(profiles[5])));
    ck_assert(fact(f, "af_vsock"));
    ck_assert_uint_eq(value_field(f, "lint")->count, 1);
    f = derive(&a, parse(&a, profiles[7], strlen(profiles[7])));
    ck_assert(!fact(f, "clone_namespaces"));
    f = derive(&a, parse(&a, profiles[9], strlen(profiles[9])));
    ck_assert(fact(f, "default_allows"));
    ck_assert(!fact(f, "tiocsti"));
    ck_assert(has(value_field(f, "upper_half"), "ioctl"));
    ck_assert(!has(value_field(f, "dangerous"), "mount"));
    ck_assert(has(value_field(f, "dangerous"), "setns"));
    f = derive(&a, NULL);
    ck_assert(!fact(f, "present"));
    ck_assert(fact(f, "clone3"));
    arena_done(&a);
}
END_TEST

/* Found by our table means known to libseccomp, and what neither knows is told. */
START_TEST(names_of_the_table_are_libseccomps)
{
    static const char doc[] =
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"action\":\"SCMP_ACT_ERRNO\","
        "\"names\":[\"mount\",\"no_such_call\",\"_sysctl\",\"\"]}]}";
    struct arena a = ARENA_INIT(1 << 20);
    size_t found = 0;

    for (size_t i = 0; i < ARRAY_LEN(call_slots); i++) {
        const char *const name = call_names + call_slots[i] - 1;

        if (!call_slots[i])
            continue;
        found++;
        ck_assert_msg(seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR, "%s", name);
        /* Its place is found from its hash without passing an empty one. */
        size_t k = value_hash_bytes(name, strlen(name)) % ARRAY_LEN(call_slots);
        while (call_slots[k] && k != i)
            k = (k + 1) % ARRAY_LEN(call_slots);
        ck_assert_msg(k == i, "%s stands where it is not looked for", name);
    }
    ck_assert_uint_gt(found, 400);
    const struct value *const unknown =
        value_field(derive(&a, parse(&a, doc, strlen(doc))), "unknown_names");
    ck_assert(unknown && has(unknown, "no_such_call") && has(unknown, ""));
    ck_assert(!has(unknown, "mount") && !has(unknown, "_sysctl"));
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("seccomp");
    TCase *const t = tcase_create("seccomp");

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, engines_profiles_mean_what_libseccomp_builds, 0, 6);
    tcase_add_loop_test(t, small_profiles_mean_what_libseccomp_builds, 0, (int)ARRAY_LEN(profiles));
    tcase_add_test(t, holes_are_told);
    tcase_add_test(t, names_of_the_table_are_libseccomps);
    suite_add_tcase(s, t);
    return run_suite(s);
}
