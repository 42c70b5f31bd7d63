#include "runtime/lifecycle.h"

#include <limits.h>
#include <string.h>

#include "base/own.h"
#include "runtime/refuse.h"
#include "runtime/request.h"
#include "runtime/state.h"

bool lifecycle_is(const struct argv_call *call)
{
    static const char *const verbs[] = {"start", "kill", "delete"};

    for (size_t i = 0; call->verb && call->id && i < ARRAY_LEN(verbs); i++) {
        if (strcmp(call->verb_name, verbs[i]) == 0)
            return true;
    }
    return false;
}

static const struct value *request_of(struct arena *a, const struct argv_call *call)
{
    static const char *const flags[] = {"all", "force", "regex"};
    const bool kill = strcmp(call->verb_name, "kill") == 0;
    const char *const signal = call->positional_count > 1 ? call->positional[1] : "TERM";
    struct value_fields f = {0};

    value_fields_add(a, &f, "signal", kill ? value_str(a, signal) : NULL);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        value_fields_add(a, &f, flags[i], argv_flag(call, flags[i]) ? &value_true : NULL);
    return f.keys.n ? value_fields_object(a, &f) : NULL;
}

/* What was kept with the container, or its id alone where nothing was: it is older than the gate,
 * or the id is a pattern. */
static const struct value *container_of(const struct value *saved, struct arena *a, const char *id)
{
    const struct value *const kept = value_field(saved, "container");
    struct value_fields f = {0};

    if (kept)
        return kept;
    value_fields_add(a, &f, "id", value_str(a, id));
    return value_fields_object(a, &f);
}

static int tell(struct gate *g, const struct argv_call *call, struct arena *a, struct err *err)
{
    const struct value *saved = NULL, *actor = NULL;
    struct err ignored = ERR_INIT;
    char root[PATH_MAX];

    request_root(call, g->rootless, root, sizeof(root));
    if (root[0] && state_load(&(struct state){.dir = g->state, .root = root, .id = call->id}, a,
                              &saved, &ignored) < 0)
        saved = NULL;
    if (facts_caller(a, &actor, err) < 0)
        return -1;
    const struct passed p = {
        .operation = call->verb_name,
        .container = container_of(saved, a, call->id),
        .actor = actor,
        .request = request_of(a, call),
        .follows = value_cstr(value_path(saved, "admitted", "id", NULL)),
    };
    return judge_passed(g, &p, a, err);
}

void lifecycle_record(struct gate *g, const char *registration, const struct argv_call *call,
                      struct arena *a)
{
    struct err err = ERR_INIT, unread = ERR_INIT;

    /* Without an image the hint has asked for it, and the usual place is the best guess. */
    if (!g->settings && gate_open(g, registration, "shim", a, &unread) < 0)
        refuse_kernel(unread.text);
    if (g->settings && strcmp(gate_setting(g, "lifecycle_events", "off"), "on") != 0)
        return;
    if (tell(g, call, a, &err) == 0)
        return;
    refuse_kernel("sallyport: a request was passed on without a record:");
    refuse_kernel(err.text);
}
