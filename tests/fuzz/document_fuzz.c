/* Hostile documents, judged by the shipped rules: whatever parses strictly yields facts, renews to
 * the same facts, and comes to a decision. What would run reads again as the very same document,
 * needs no fix when it is judged again, and is not refused then. A refusal says why. Changes follow
 * the documents' structure. No host is looked at. Runs from the tree's top directory. */
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "facts/facts.h"
#include "policy/build/compile.h"
#include "policy/decide/decide.h"
#include "policy/value/json.h"
#include "policy/value/pointer.h"

enum { BUDGET = 256 << 20, PLACES = 4096, NOW = 1767323045 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

static struct image image;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct arena policy = ARENA_INIT((size_t)2 << 30);
    const struct compile_options o = {.settings = "/nonexistent/sallyport.yaml",
                                      .baseline = "policy/baseline",
                                      .skip_tests = true,
                                      .now_ns = NOW * INT64_C(1000000000)};
    struct compiled c;
    struct err err = ERR_INIT;

    (void)argc, (void)argv;
    if (policy_compile(&policy, &o, &c, &err) < 0 ||
        image_borrow(&image, c.image, c.image_len, &err) < 0)
        abort();
    return 0;
}

/* --- judging ---------------------------------------------------------------------------------- */

/* A document says by its own fields what it is; what says nothing is a config.json. */
static const char *member_of(const struct value *doc)
{
    static const struct {
        const char *field, *member;
    } signs[] = {{"ociVersion", "config"}, {"process", "config"},   {"mounts", "config"},
                 {"linux", "config"},      {"args", "process"},     {"cwd", "process"},
                 {"user", "process"},      {"memory", "resources"}, {"cpu", "resources"},
                 {"pids", "resources"},    {"blockIO", "resources"}};

    for (size_t i = 0; value_is(doc, VALUE_OBJECT) && i < ARRAY_LEN(signs); i++) {
        if (value_field(doc, signs[i].field))
            return signs[i].member;
    }
    return "config";
}

/* False when there are no facts or no decision: the gate would refuse. */
static bool judge(struct arena *a, const struct value *doc, const char *member,
                  struct decision *out)
{
    struct facts_request req = {.operation = "create",
                                .caller = "lint",
                                .id = "c1",
                                .bundle = "/nonexistent/bundle",
                                .bundle_fd = -1,
                                .runtime = "runc",
                                .now_ns = NOW * INT64_C(1000000000),
                                .host = FACTS_NO_HOST};
    const struct value *input = NULL, *facts = NULL;
    struct err err = ERR_INIT;

    if (strcmp(member, "process") == 0) {
        req.operation = "exec";
        req.process = doc;
    } else if (strcmp(member, "resources") == 0) {
        req.operation = "update";
        req.resources = doc;
    } else {
        req.config = doc;
    }
    if (facts_input(a, &req, &input, &err) < 0)
        return false;
    if (facts_renew(a, input, input, &facts, &err) == 0 && !value_field(facts, "malformed"))
        abort();
    return decide(&image, input, a, out, &err) == 0;
}

static void check_refusal(const struct decision *d)
{
    if (d->refusals->count == 0)
        abort();
    for (uint32_t i = 0; i < d->refusals->count; i++) {
        const struct value *const msg = value_field(value_at(d->refusals, i), "msg");

        if (!msg || msg->count == 0)
            abort();
    }
}

static void check_start(struct arena *a, const struct decision *d, const char *member)
{
    const struct value *const ran = value_field(d->input, member), *read = NULL;
    AUTO_BUF struct buf text = BUF_INIT;
    struct decision again;
    struct err err = ERR_INIT;

    json_print(&text, ran, JSON_COMPACT);
    if (text.failed || document_parse(a, text.data, text.len, &read, &err) < 0)
        abort();
    if (!value_equal(read, ran) || !judge(a, read, member, &again))
        abort();
    if (again.verdict == VERDICT_REFUSE || again.patch->count > 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct value *doc = NULL;
    struct decision d;
    struct err err = ERR_INIT;

    if (document_parse(&a, (const char *)data, size, &doc, &err) < 0)
        return 0;
    const char *const member = member_of(doc);
    if (!judge(&a, doc, member, &d))
        return 0;
    if (d.verdict == VERDICT_REFUSE)
        check_refusal(&d);
    else
        check_start(&a, &d, member);
    return 0;
}

/* --- changing by structure ---------------------------------------------------------------------
 */

static const char *const values[] = {
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "-9223372036854775809",
    "1e3",
    "1.5",
    "\"\"",
    "\"/\"",
    "\"/etc\"",
    "\"..\"",
    "\"/proc/self/../sys\"",
    "\"bind\"",
    "\"rbind\"",
    "\"ro,suid\"",
    "\"idmap=uids=0-0-1\"",
    "\"lowerdir=/a:/b,upperdir=/c\"",
    "\"size=1m\"",
    "\"CAP_SYS_ADMIN\"",
    "\"CAP_CHOWN\"",
    "\"SCMP_ACT_ALLOW\"",
    "\"SCMP_ACT_NOTIFY\"",
    "\"SCMP_ARCH_X86\"",
    "\"SCMP_CMP_MASKED_EQ\"",
    "\"socket\"",
    "\"clone3\"",
    "\"ioctl\"",
    "\"system_u:system_r:spc_t:s0\"",
    "\"/proc/1/ns/net\"",
    "\"rshared\"",
    "\"overlay\"",
    "\"tmpfs\"",
    "[]",
    "{}",
    "[\"rw\"]",
    "[null]",
    "[[[]]]",
    "{\"type\":\"user\"}",
    "{\"type\":\"network\",\"path\":\"/proc/1/ns/net\"}",
    "{\"allow\":true,\"access\":\"rwm\"}",
    "{\"containerID\":0,\"hostID\":0,\"size\":1}",
    "{\"destination\":\"/x\",\"source\":\"/y\",\"type\":\"bind\",\"options\":[\"rbind\"]}",
    "{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0}]}",
    "{\"path\":\"/bin/true\"}",
    "{\"name\":\"root\",\"type\":\"RLIMIT_NOFILE\",\"hard\":1,\"soft\":2}",
};

static const char *const fields[] = {"process",
                                     "root",
                                     "mounts",
                                     "hooks",
                                     "annotations",
                                     "linux",
                                     "user",
                                     "uid",
                                     "gid",
                                     "additionalGids",
                                     "umask",
                                     "args",
                                     "env",
                                     "cwd",
                                     "capabilities",
                                     "bounding",
                                     "effective",
                                     "permitted",
                                     "inheritable",
                                     "ambient",
                                     "rlimits",
                                     "selinuxLabel",
                                     "oomScoreAdj",
                                     "scheduler",
                                     "ioPriority",
                                     "path",
                                     "readonly",
                                     "destination",
                                     "source",
                                     "type",
                                     "options",
                                     "uidMappings",
                                     "gidMappings",
                                     "namespaces",
                                     "devices",
                                     "resources",
                                     "cgroupsPath",
                                     "seccomp",
                                     "defaultAction",
                                     "architectures",
                                     "syscalls",
                                     "names",
                                     "action",
                                     "rootfsPropagation",
                                     "maskedPaths",
                                     "readonlyPaths",
                                     "mountLabel",
                                     "intelRdt",
                                     "personality",
                                     "sysctl",
                                     "unified",
                                     "pids",
                                     "limit",
                                     "memory",
                                     "swap",
                                     "cpu",
                                     "period",
                                     "quota",
                                     "prestart",
                                     "poststart",
                                     "timeOffsets",
                                     "netDevices",
                                     "blockIO",
                                     "hugepageLimits",
                                     "network",
                                     "rdma",
                                     "swappiness",
                                     "noNewPrivileges",
                                     "listenerPath",
                                     "flags",
                                     "errnoRet",
                                     "defaultErrnoRet",
                                     "memoryPolicy",
                                     "schemata",
                                     "terminal",
                                     "consoleSize",
                                     "apparmorProfile"};

struct places {
    struct arena *a;
    const struct value *items[PLACES];
    size_t n;
};

static void gather(struct places *p, const struct value *v, const char *at)
{
    for (uint32_t i = 0; p->n < PLACES && i < v->count; i++) {
        const struct value *token, *pointer, *child;

        if (value_is(v, VALUE_ARRAY)) {
            token = value_strf(p->a, "%u", i);
            child = value_at(v, i);
        } else if (value_is(v, VALUE_OBJECT)) {
            token = value_key_at(v, i);
            child = value_val_at(v, i);
        } else {
            return;
        }
        const struct value *const one = value_array(p->a, &token, 1);
        const struct value *const part = one ? pointer_format(p->a, one) : NULL;
        pointer = part ? value_strf(p->a, "%s%s", at, value_bytes(part)) : NULL;
        if (!pointer)
            return;
        p->items[p->n++] = pointer;
        gather(p, child, value_bytes(pointer));
    }
}

static unsigned draw(unsigned *state, unsigned below)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % below;
}

static const struct value *operation(struct places *p, const struct value *doc, unsigned *state)
{
    const struct value *const at = p->items[draw(state, (unsigned)p->n)], *other = NULL;
    const char *const op =
        ((const char *const[]){"add", "replace", "remove", "add"})[draw(state, 4)];
    struct value_fields f = {0};
    const struct value *where = at;

    if (draw(state, 3) == 0) {
        const struct value *const name = value_str(p->a, fields[draw(state, ARRAY_LEN(fields))]);
        const bool list = value_is(pointer_get(doc, value_bytes(at), at->count), VALUE_ARRAY);

        where = value_strf(p->a, "%s/%s", value_bytes(at), list || !name ? "-" : value_bytes(name));
    }
    if (draw(state, 4) == 0)
        other = p->items[draw(state, (unsigned)p->n)];
    const char *const text = values[draw(state, ARRAY_LEN(values))];
    const struct value *v = NULL;
    struct err err = ERR_INIT;
    if (other)
        v = pointer_get(doc, value_bytes(other), other->count);
    else if (json_parse(p->a, text, strlen(text), 0, &v, NULL, &err) < 0)
        abort();
    value_fields_add(p->a, &f, "op", value_str(p->a, op));
    value_fields_add(p->a, &f, "path", where);
    value_fields_add(p->a, &f, "value", v);
    const struct value *const made = value_fields_object(p->a, &f);
    return made ? value_array(p->a, &made, 1) : NULL;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    AUTO_BUF struct buf out = BUF_INIT;
    struct places *const p = arena_zalloc(&a, 1, sizeof(*p));
    const struct value *doc = NULL;
    struct err err = ERR_INIT;
    unsigned state = seed;

    if (!p || draw(&state, 8) == 0 ||
        json_parse(&a, (const char *)data, size, 0, &doc, NULL, &err) < 0)
        return LLVMFuzzerMutate(data, size, max);
    p->a = &a;
    for (unsigned n = 1 + draw(&state, 3); n > 0; n--) {
        const struct value *ops, *next = NULL;

        p->n = 0;
        gather(p, doc, "");
        if (p->n == 0 || !(ops = operation(p, doc, &state)))
            break;
        if (patch_apply(&a, doc, ops, &next, &err) == 0)
            doc = next;
    }
    json_print(&out, doc, JSON_COMPACT);
    if (out.failed || out.len > max)
        return LLVMFuzzerMutate(data, size, max);
    memcpy(data, out.data, out.len);
    return out.len;
}
