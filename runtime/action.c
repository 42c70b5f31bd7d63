#include "runtime/action.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "policy/value/pointer.h"
#include "runtime/give.h"
#include "runtime/joined.h"

/* --- stdio_owner --------------------------------------------------------------------------- */

static bool id_of(const struct value *v, uint32_t *out)
{
    uint64_t n = 0;

    if (!v || !value_uint64(v, &n) || n >= UINT32_MAX)
        return false;
    *out = (uint32_t)n;
    return true;
}

static int check_stdio_owner(const struct value *action, struct err *err)
{
    uint32_t uid;

    return id_of(value_field(action, "uid"), &uid)
               ? 0
               : err_set(err, ERR_INVALID, "action stdio_owner: uid is missing or no user id");
}

/* So that a program that opens /dev/stdout anew can: its pipe belongs to whoever made it. Only
 * pipes: terminals, sockets and files keep their owners. */
static int run_stdio_owner(const struct action_place *p, const struct value *action,
                           struct err *err)
{
    const struct value *const host =
        value_path(p->decision->input, "facts", "process", "host_uid", NULL);
    uint32_t uid = 0;

    if (!id_of(value_field(action, "uid"), &uid))
        return check_stdio_owner(action, err);
    (void)id_of(host, &uid); /* in a user namespace: as the host sees it */
    for (int fd = 0; fd <= 2; fd++) {
        struct stat st;

        if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode) || st.st_uid == uid)
            continue;
        if (fchown(fd, uid, (gid_t)-1) < 0 && errno != EINVAL && errno != EPERM && errno != EROFS)
            return err_sys(err, "action stdio_owner: descriptor %d", fd);
    }
    return 0;
}

/* --- verify_hook --------------------------------------------------------------------------- */

static bool exchangeable(const struct value *source)
{
    const struct value *const who = value_field(source, "changeable_by");

    return who && value_is(who, VALUE_STRING) && who->count > 0;
}

static bool needs_hook(const struct value *input)
{
    const struct value *const mounts = value_path(input, "facts", "mounts", NULL);

    if (exchangeable(value_path(input, "facts", "rootfs", NULL)))
        return true;
    for (size_t i = 0; mounts && value_is(mounts, VALUE_ARRAY) && i < mounts->count; i++) {
        if (exchangeable(value_at(mounts, i)))
            return true;
    }
    return false;
}

static int check_nothing(const struct value *action, struct err *err)
{
    (void)action;
    (void)err;
    return 0;
}

/* Does a later mount stand on this one's place or above it? Then this one is not to be seen. */
static bool covered(const struct value *mounts, size_t i)
{
    const char *const below = value_cstr(value_field(value_at(mounts, i), "destination_clean"));

    for (size_t k = i + 1; below && k < mounts->count; k++) {
        const char *const over = value_cstr(value_field(value_at(mounts, k), "destination_clean"));
        const size_t n = over ? strlen(over) : 0;

        if (n > 0 && strncmp(below, over, n) == 0 &&
            (below[n] == '\0' || below[n] == '/' || over[n - 1] == '/'))
            return true;
    }
    return false;
}

/* A bind of what was not there: if the runtime finds something all the same, nobody judged it. */
static bool missing(const struct value *m)
{
    return value_field(m, "bind") == &value_true && value_is_str(value_field(m, "kind"), "missing");
}

const struct value *action_judged_mounts(struct arena *a, const struct value *input)
{
    const struct value *const mounts = value_path(input, "facts", "mounts", NULL);
    struct value_list l = {0};

    for (size_t i = 0; mounts && value_is(mounts, VALUE_ARRAY) && i < mounts->count; i++) {
        const struct value *const m = value_at(mounts, i);
        struct value_fields f = {0};

        const bool seen = value_field(m, "ino") && value_field(m, "dev");

        if ((!seen && !missing(m)) || covered(mounts, i))
            continue;
        value_fields_add(a, &f, "destination", value_field(m, "destination"));
        value_fields_add(a, &f, "source", value_field(m, "source"));
        value_fields_add(a, &f, "dev", value_field(m, "dev"));
        value_fields_add(a, &f, "ino", value_field(m, "ino"));
        value_fields_add(a, &f, "missing", seen ? NULL : &value_true);
        value_list_add(a, &l, value_fields_object(a, &f));
    }
    return value_list_array(a, &l);
}

static const struct value *operation(struct arena *a, const char *op, const char *path,
                                     const struct value *v)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "op", value_str(a, op));
    value_fields_add(a, &f, "path", value_str(a, path));
    value_fields_add(a, &f, "value", v);
    return value_fields_object(a, &f);
}

/* The hook's program stands beside this one. */
static int hook_program(char *out, size_t size, struct err *err)
{
    const ssize_t n = readlink("/proc/self/exe", out, size - 1);

    if (n < 0)
        return err_sys(err, "/proc/self/exe");
    out[n] = '\0';
    char *const slash = strrchr(out, '/');
    const size_t left = slash ? size - (size_t)(slash - out) : 0;
    if (left < sizeof("/sallyport-hook"))
        return err_set(err, ERR_LIMIT, "sallyport-hook: path too long");
    memcpy(slash, "/sallyport-hook", sizeof("/sallyport-hook"));
    return access(out, X_OK) < 0 ? err_sys(err, "%s", out) : 0;
}

static const struct value *hook_of(struct arena *a, const char *program, const char *file)
{
    struct value_fields f = {0};
    struct value_list args = {0};

    value_list_add(a, &args, value_str(a, "sallyport-hook"));
    value_list_add(a, &args, value_str(a, "verify"));
    value_list_add(a, &args, value_str(a, file));
    value_fields_add(a, &f, "path", value_str(a, program));
    value_fields_add(a, &f, "args", value_list_array(a, &args));
    value_fields_add(a, &f, "timeout", value_int(a, 10));
    return value_fields_object(a, &f);
}

/* Podman judges again what was hardened before: the hook is there already. */
static bool has_hook(const struct value *doc, const char *program)
{
    const struct value *const list = value_path(doc, "hooks", "createRuntime", NULL);
    const struct value *const first =
        list && value_is(list, VALUE_ARRAY) && list->count > 0 ? value_at(list, 0) : NULL;
    const struct value *const args = value_field(first, "args");

    return value_is_str(value_field(first, "path"), program) && args &&
           value_is(args, VALUE_ARRAY) && args->count > 1 &&
           value_is_str(value_at(args, 1), "verify");
}

/* First among the createRuntime hooks: what later ones do to the mounts is theirs. */
static int add_hook(struct arena *a, const struct action_place *p, const struct value **doc,
                    struct err *err)
{
    const struct value *const judged = action_judged_mounts(a, p->decision->input);
    struct value_list ops = {0};
    char file[512], program[512];

    if (!judged)
        return err_nomem(err);
    if (hook_program(program, sizeof(program), err) < 0)
        return err_ctx(err, "action verify_hook");
    if (state_keep(p->state, "verify", judged, file, sizeof(file), err) < 0)
        return err_ctx(err, "action verify_hook");
    if (!value_field(*doc, "hooks"))
        value_list_add(a, &ops, operation(a, "add", "/hooks", value_object(a, NULL, NULL, 0)));
    if (!value_path(*doc, "hooks", "createRuntime", NULL))
        value_list_add(a, &ops,
                       operation(a, "add", "/hooks/createRuntime", value_array(a, NULL, 0)));
    value_list_add(a, &ops,
                   operation(a, has_hook(*doc, program) ? "replace" : "add",
                             "/hooks/createRuntime/0", hook_of(a, program, file)));
    const struct value *const all = value_list_array(a, &ops);
    return all ? patch_apply(a, *doc, all, doc, err) : err_nomem(err);
}

/* --- map_root ------------------------------------------------------------------------------ */

static int document_map_root(struct arena *a, const struct action_place *p,
                             const struct value *action, const struct value **doc, struct err *err)
{
    if (!p->mapped)
        return err_set(err, ERR_INVALID, "action map_root: not for this call");
    if (p->mapped->on)
        return err_set(err, ERR_INVALID, "action map_root: asked for twice");
    return mapped_plan(a, p->state, p->decision, action, p->mapped, doc, err) < 0
               ? err_ctx(err, "action map_root")
               : 0;
}

static int run_map_root(const struct action_place *p, const struct value *action, struct err *err)
{
    (void)action;
    return mapped_make(p->mapped, p->state, err);
}

/* Low ports of the network namespace that is joined. */
static int run_open_ports(const struct action_place *p, const struct value *action, struct err *err)
{
    const char *const path = joined_path(value_field(p->decision->input, "config"), "network");

    (void)action;
    if (!path)
        return err_set(err, ERR_INVALID, "action open_ports: no network namespace is joined");
    return joined_open_ports(path, err) < 0 ? err_ctx(err, "action open_ports") : 0;
}

static int run_own(const struct action_place *p, const struct value *action, struct err *err)
{
    return give_run(p->decision, action, err);
}

/* --- the table ----------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*check)(const struct value *action, struct err *err);
    int (*document)(struct arena *a, const struct action_place *p, const struct value *action,
                    const struct value **doc, struct err *err);
    int (*host)(const struct action_place *p, const struct value *action, struct err *err);
} table[] = {
    {"stdio_owner", check_stdio_owner, NULL, run_stdio_owner},
    {"open_ports", check_nothing, NULL, run_open_ports},
    {"own", give_check, NULL, run_own},
    {"map_root", mapped_check, document_map_root, run_map_root},
    {"verify_hook", check_nothing, NULL, NULL},
};

static int find(const struct value *action, size_t *row, struct err *err)
{
    const char *const name = value_cstr(value_field(action, "action"));

    for (*row = 0; name && *row < ARRAY_LEN(table); ++*row) {
        if (strcmp(table[*row].name, name) == 0)
            return 0;
    }
    return err_set(err, ERR_INVALID, "the policy asks for an action that is not known here: %.60s",
                   name ? name : "(no name)");
}

int actions_check(const struct value *actions, struct err *err)
{
    for (size_t i = 0; actions && i < actions->count; i++) {
        size_t row = 0;

        if (find(value_at(actions, i), &row, err) < 0 ||
            table[row].check(value_at(actions, i), err) < 0)
            return -1;
    }
    return 0;
}

int actions_on_document(struct arena *a, const struct action_place *p, const struct value **doc,
                        struct err *err)
{
    const struct value *const actions = p->decision->actions;
    bool hook = needs_hook(p->decision->input);

    for (size_t i = 0; actions && i < actions->count; i++) {
        const struct value *const action = value_at(actions, i);
        size_t row = 0;

        if (find(action, &row, err) < 0)
            return -1;
        if (table[row].document && table[row].document(a, p, action, doc, err) < 0)
            return -1;
        hook = hook || value_is_str(value_field(action, "action"), "verify_hook");
    }
    return hook ? add_hook(a, p, doc, err) : 0;
}

int actions_on_host(const struct action_place *p, struct err *err)
{
    const struct value *const actions = p->decision->actions;

    for (size_t i = 0; actions && i < actions->count; i++) {
        size_t row = 0;

        if (find(value_at(actions, i), &row, err) < 0)
            return -1;
        if (table[row].host && table[row].host(p, value_at(actions, i), err) < 0)
            return -1;
    }
    return 0;
}
