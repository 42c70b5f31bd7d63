#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "runtime/argv.h"

/* Options whose fact has another name or another shape than the option. */
enum shape { SHAPE_AS_IS, SHAPE_PRESENT, SHAPE_NAMES, SHAPE_LAST, SHAPE_NONE };

static const struct {
    const char *option, *fact;
    enum shape shape;
} shapes[] = {
    {"process", "process_file", SHAPE_PRESENT},
    {"resources", "resources_file", SHAPE_PRESENT},
    {"cap", "capabilities", SHAPE_AS_IS},
    {"env", "env", SHAPE_NAMES}, /* values may be secrets; the process document has them */
    {"cgroup", "cgroup", SHAPE_LAST},
};

/* What the schema names besides, the option's dashes as underscores. */
static const char *const told[] = {
    "no-pivot",
    "no-new-keyring",
    "preserve-fds",
    "systemd-cgroup",
    "rootless",
    "criu",
    "debug",
    "root",
    "log",
    "pid-file",
    "console-socket",
    "pidfd-socket",
    "user",
    "additional-gids",
    "cwd",
    "apparmor",
    "process-label",
    "no-new-privs",
    "tty",
    "detach",
    "ignore-paused",
    "image-path",
    "parent-path",
    "page-server",
    "leave-running",
    "pre-dump",
    "work-path",
    "lsm-profile",
    "lsm-mount-context",
    "manage-cgroups-mode",
    "empty-ns",
    "ext-unix-sk",
    "tcp-established",
    "file-locks",
    "shell-job",
    "no-subreaper",
    "keep",
};

static enum shape shape_of(const char *option, char fact[40])
{
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        if (strcmp(shapes[i].option, option) == 0) {
            (void)str_copy(fact, 40, shapes[i].fact);
            return shapes[i].shape;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        if (strcmp(told[i], option) != 0)
            continue;
        (void)str_copy(fact, 40, option);
        for (char *s = fact; *s; s++)
            *s = *s == '-' ? '_' : *s;
        return SHAPE_AS_IS;
    }
    return SHAPE_NONE;
}

static const struct value *list_of(struct arena *a, const struct argv_call *c, const char *name,
                                   bool names_only)
{
    struct value_list l = {0};

    for (size_t i = 0; i < c->given_count; i++) {
        const struct given *const g = &c->given[i];

        if (!g->row || strcmp(g->name, name) != 0)
            continue;
        const size_t n = names_only ? strcspn(g->value, "=") : strlen(g->value);
        value_list_add(a, &l, value_string(a, g->value, n));
    }
    return value_list_array(a, &l);
}

static const struct value *fact_of(struct arena *a, const struct argv_call *c,
                                   const struct given *g, enum shape shape)
{
    if (shape == SHAPE_PRESENT)
        return &value_true;
    if (shape == SHAPE_LAST)
        return value_str(a, g->value);
    switch (g->row->type) {
    case OPTION_FLAG:
        return value_bool_of(strcmp(g->value, "false") != 0);
    case OPTION_MAYBE:
        return value_bool_of(strcmp(g->value, "false") != 0 && strcmp(g->value, "no") != 0);
    case OPTION_NUMBER:
        return value_number(a, g->value, strlen(g->value));
    case OPTION_LIST:
        return list_of(a, c, g->name, shape == SHAPE_NAMES);
    case OPTION_VALUE:
        break;
    }
    return value_str(a, g->value);
}

const struct value *argv_facts(struct arena *a, const struct argv_call *c)
{
    struct value_fields f = {0};
    struct value_list unknown = {0};

    for (size_t i = 0; i < c->given_count; i++) {
        const struct given *const g = &c->given[i];
        char fact[40];

        if (!g->row) {
            value_list_add(a, &unknown, value_str(a, g->name));
            continue;
        }
        const enum shape shape = shape_of(g->name, fact);
        if (shape != SHAPE_NONE)
            value_fields_add(a, &f, fact, fact_of(a, c, g, shape));
    }
    if (unknown.n > 0)
        value_fields_add(a, &f, "unknown", value_list_array(a, &unknown));
    return unknown.failed ? NULL : value_fields_object(a, &f);
}

/* --- arguments made anew ------------------------------------------------------------------- */

/* Options that the document takes the place of. */
static bool in_document(const struct argv_call *c, const struct given *g)
{
    static const char *const of_exec[] = {
        "process",         "cwd",           "env",      "tty",         "user", "cap",
        "additional-gids", "process-label", "apparmor", "no-new-privs"};
    static const char *const of_update[] = {"l3-cache-schema", "mem-bw-schema"};

    if (strcmp(c->verb_name, "exec") == 0) {
        for (size_t i = 0; i < ARRAY_LEN(of_exec); i++) {
            if (strcmp(of_exec[i], g->name) == 0)
                return true;
        }
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(of_update); i++) {
        if (strcmp(of_update[i], g->name) == 0)
            return false;
    }
    return true;
}

static char *render(struct arena *a, const struct argv_call *c, const struct given *g)
{
    const bool flag = !g->value || (g->row && g->row->type == OPTION_FLAG);

    if (!flag)
        return arena_printf(a, "--%s=%s", g->name, g->value);
    if (g->value && strcmp(g->value, "false") == 0 && c->family == FAMILY_RUNC)
        return arena_printf(a, "--%s=false", g->name);
    return arena_printf(a, "--%s", g->name);
}

/* The verb's options but those that `drops` names, then --option file and the first positional. */
static char **rebuilt(struct arena *a, const struct argv_call *c,
                      bool (*drops)(const struct argv_call *c, const struct given *g),
                      const char *option, const char *file)
{
    char **const out = ARENA_NEW_N(a, char *, (size_t)c->verb_at + c->given_count + 5);
    size_t n = 0;

    if (!out)
        return NULL;
    for (int i = 0; i <= c->verb_at; i++)
        out[n++] = c->args[i];
    for (size_t i = 0; i < c->given_count; i++) {
        if (c->given[i].global || drops(c, &c->given[i]))
            continue;
        out[n] = render(a, c, &c->given[i]);
        if (!out[n++])
            return NULL;
    }
    out[n] = arena_printf(a, "--%s", option);
    out[n + 1] = arena_printf(a, "%s", file);
    if (!out[n] || !out[n + 1])
        return NULL;
    n += 2;
    out[n++] = c->positional[0];
    out[n] = NULL;
    return out;
}

char **argv_with_document(struct arena *a, const struct argv_call *c, const char *option,
                          const char *file)
{
    return rebuilt(a, c, in_document, option, file);
}

/* crun's --config names a file in the bundle that is left. */
static bool names_bundle(const struct argv_call *c, const struct given *g)
{
    (void)c;
    return strcmp(g->name, "bundle") == 0 || strcmp(g->name, "config") == 0;
}

char **argv_with_bundle(struct arena *a, const struct argv_call *c, const char *dir)
{
    return rebuilt(a, c, names_bundle, "bundle", dir);
}
