/* sallyport-runtime: the gate. Reads the engine's call as the real runtime would, judges it,
 * records the decision, and becomes the real runtime on the bytes that were judged. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "policy/value/json.h"
#include "runtime/action.h"
#include "runtime/argv.h"
#include "runtime/chosen.h"
#include "runtime/divert.h"
#include "runtime/exec.h"
#include "runtime/joined.h"
#include "runtime/judge.h"
#include "runtime/lifecycle.h"
#include "runtime/refuse.h"
#include "runtime/request.h"
#include "runtime/state.h"
#include "runtime/watchdog.h"

extern char **environ;

enum { ARENA_BYTES = 512 * 1024 * 1024, HINT_MAX = 64 * 1024, MEMORY_STEP = 1024 * 1024 };

struct shim {
    struct arena arena;
    struct gate gate;
    const char *registration;
    int argc;
    char **argv;
    char runtime[DIVERT_PATH_MAX]; /* the real runtime's path */
    char name[DIVERT_PATH_MAX];    /* what engines call it: another one where it is diverted */
    struct diverted self;          /* this program stands under a runtime's name */
    bool runtime_named;            /* the hint is this registration's own line */
    bool lifecycle;                /* the hint says that start, kill and delete are recorded */
    enum family family;
    struct argv_call call;
    struct refuse_place place;
    char recorded[32]; /* id of the record of an admitting decision, once it is durable */
};

/* --- the real runtime, without the image ---------------------------------------------------- */

/* One line of SALLYPORT_RUNTIME: PATH FAMILY [REGISTRATION], or "lifecycle_events on". */
static bool hint_line(struct shim *s, const char *line)
{
    char path[512] = "", family[32] = "", name[72] = "";
    const int words = sscanf(line, "%511s %31s %71s", path, family, name);
    const bool ours = words == 3 ? s->registration && strcmp(name, s->registration) == 0
                                 : words == 2 && s->runtime[0] == '\0';
    enum family f;

    if (words == 2 && strcmp(path, "lifecycle_events") == 0)
        s->lifecycle = strcmp(family, "on") == 0;
    if (!ours || !family_of(family, &f))
        return false;
    s->family = f;
    s->runtime_named = words == 3;
    return str_copy(s->runtime, sizeof(s->runtime), path);
}

/* False when there is no such file to believe; the image answers then. */
static bool runtime_hint(struct shim *s)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    struct err ignored = ERR_INIT;
    AUTO_FD int fd = gate_file(&s->gate, SALLYPORT_RUNTIME, &ignored);
    bool found = false;

    if (fd < 0 || file_read_fd(fd, HINT_MAX, &text, &len, &ignored) < 0)
        return false;
    for (char *line = text; *line;) {
        char *const end = strchrnul(line, '\n');
        const bool last = *end == '\0';

        *end = '\0';
        found = hint_line(s, line) || found;
        line = last ? end : end + 1;
    }
    return found;
}

static int runtime_of_settings(struct shim *s, struct err *err)
{
    const char *const path = gate_setting(&s->gate, "runtime", "");
    const char *const family = gate_setting(&s->gate, "family", "runc");

    if (!str_copy(s->runtime, sizeof(s->runtime), path) || path[0] == '\0')
        return err_set(err, ERR_INVALID, "the active policy names no runtime");
    if (!family_of(family, &s->family))
        return err_set(err, ERR_INVALID, "the active policy names an unknown family: %s", family);
    return 0;
}

/* The file to execute, where the gate has taken the name that was called or that the settings
 * give. What was called counts more than the settings. */
static void runtime_behind(struct shim *s)
{
    struct diverted d = s->self;

    (void)str_copy(s->name, sizeof(s->name), s->runtime);
    if (d.real[0])
        s->family = d.family;
    else if (!divert_of_path(s->runtime, &d))
        return;
    (void)str_copy(s->name, sizeof(s->name), d.name);
    (void)str_copy(s->runtime, sizeof(s->runtime), d.real);
}

/* A diversion that is undone while we run gives the real runtime its own name back. */
static bool undone(struct shim *s, const struct err *err)
{
    return err->code == ERR_SYSTEM && err->sys == ENOENT && strcmp(s->runtime, s->name) != 0 &&
           str_copy(s->runtime, sizeof(s->runtime), s->name);
}

static int check_runtime(struct shim *s, bool trusted, struct err *err)
{
    if (exec_check(s->runtime, trusted, err) == 0)
        return 0;
    return undone(s, err) ? exec_check(s->runtime, trusted, err) : -1;
}

/* Returns only when it failed: -1. */
static int become(struct shim *s, char **args, char **env, struct err *err)
{
    if (exec_runtime(s->runtime, s->name, args, env, err) == 0 || !undone(s, err) ||
        check_runtime(s, false, err) < 0)
        return -1;
    return exec_runtime(s->runtime, s->name, args, env, err);
}

/* --- a verb that passes ---------------------------------------------------------------------- */

/* What was kept with a container goes with it. The real runtime may still fail to delete: while it
 * has the container, its execs are judged by what was kept. */
static void forget_deleted(const struct shim *s)
{
    char root[512], dir[256] = SALLYPORT_STATE;
    const bool rootless = gate_rootless();
    const char *const run = rootless ? secure_getenv("XDG_RUNTIME_DIR") : NULL;

    if (!s->call.id || strcmp(s->call.verb_name, "delete") != 0 || !argv_flag(&s->call, "force"))
        return;
    if (run && run[0] == '/')
        (void)snprintf(dir, sizeof(dir), "%s/sallyport", run);
    request_root(&s->call, rootless, root, sizeof(root));
    if (root[0])
        state_leave(&(struct state){.dir = dir, .root = root, .id = s->call.id});
}

/* A registration may have a runtime of its own that only the image knows. Without an image the
 * default one is the best guess: a container must be stoppable all the same. */
static void runtime_of_registration(struct shim *s)
{
    struct gate g = GATE_INIT;
    struct err ignored = ERR_INIT;

    if (!s->registration || s->runtime_named)
        return;
    if (gate_open(&g, s->registration, "shim", &s->arena, &ignored) == 0) {
        const char *const own = gate_setting(&g, "runtime", NULL);

        if (own && str_copy(s->runtime, sizeof(s->runtime), own))
            runtime_behind(s);
    }
    gate_close(&g);
}

/* A runtime that was diverted has no need of the hint, but for this. */
static bool lifecycle_wanted(struct shim *s)
{
    struct shim hint = {.registration = s->registration, .gate = GATE_INIT};

    if (!lifecycle_is(&s->call))
        return false;
    if (s->gate.settings || !s->self.real[0])
        return s->gate.settings || s->lifecycle;
    (void)runtime_hint(&hint);
    gate_close(&hint.gate);
    return hint.lifecycle;
}

static int pass(struct shim *s, struct err *err)
{
    if (lifecycle_wanted(s))
        lifecycle_record(&s->gate, s->registration, &s->call, &s->arena);
    if (s->call.verb)
        forget_deleted(s);
    if (check_runtime(s, false, err) < 0)
        return -1;
    return become(s, s->argv, environ, err);
}

/* --- a verb that is judged -------------------------------------------------------------------- */

static int read_call(struct shim *s, struct err *err)
{
    const struct allowances allow = {
        .verbs = value_field(s->gate.settings, "allow_verbs"),
        .options = value_field(s->gate.settings, "allow_options"),
    };

    return argv_parse(&s->arena, s->family, s->argc, s->argv, &allow, &s->call, err);
}

static void log_place(struct shim *s)
{
    const char *const format = argv_value(&s->call, "log-format");

    s->place.log = argv_value(&s->call, "log");
    s->place.json = format && strcmp(format, "json") == 0;
}

/* Without a word of the settings, an exec into a container that was not admitted here (it is older
 * than the gate) runs with a warning in the record, as long as it asks for no capability that the
 * container was not started with. */
static void soften_for_strangers(struct shim *s, const struct request *r, struct judgement *j)
{
    const char *const say = gate_setting(&s->gate, "on_unknown_container", "warn");

    if (r->kind != DOCUMENT_PROCESS || r->saved || strcmp(say, "refuse") == 0)
        return;
    if (j->decision.verdict == VERDICT_REFUSE && request_asks_no_more(r, &s->arena)) {
        j->decision.verdict = VERDICT_ADMIT;
        j->decision.mode = "warn";
    }
}

/* The bytes that will run: the engine's own when nothing changed. */
static int judged_bytes(const struct request *r, const struct judgement *j, const struct value *doc,
                        struct buf *made, const char **bytes, size_t *len, bool *changed,
                        struct err *err)
{
    *changed = doc != r->doc || j->decision.patch->count > 0 || !r->bytes;
    if (!*changed) {
        *bytes = r->bytes;
        *len = r->len;
        return 0;
    }
    json_print(made, doc, JSON_COMPACT);
    if (buf_check(made, err) < 0)
        return err_ctx(err, "document");
    *bytes = made->data;
    *len = made->len;
    return 0;
}

/* An exec whose like was recorded within the last minute is counted: *kept is the container's
 * state with the count, or with this exec as the last one recorded. */
static bool repeats(struct shim *s, const struct request *r, struct judgement *j, const char *bytes,
                    size_t len, const struct value **kept)
{
    char hex[DIGEST_HEX_LEN + 1];
    struct digest d;
    uint8_t raw[DIGEST_LEN];

    *kept = NULL;
    if (r->kind != DOCUMENT_PROCESS || !r->saved || j->decision.verdict == VERDICT_REFUSE)
        return false;
    digest_init(&d);
    digest_update(&d, s->gate.image_digest, strlen(s->gate.image_digest));
    digest_update(&d, bytes, len);
    digest_final(&d, raw);
    digest_hex(raw, sizeof(raw), hex);
    return state_repeats(&s->arena, r->saved, hex, j->now_ns, kept, &j->repeated) && *kept;
}

/* Durable, or counted beside one that is. A record that could not be written refuses, unless the
 * settings say otherwise. */
static int record(struct shim *s, struct judgement *j, const struct request *r, const char *bytes,
                  size_t len, struct err *err)
{
    const struct value *kept = NULL;
    struct err ignored = ERR_INIT;

    if (repeats(s, r, j, bytes, len, &kept) && state_save(&r->state, kept, &ignored) == 0)
        return 0;
    if (judge_record(&s->gate, j, r->bytes, r->len, bytes, len, &s->arena, err) == 0) {
        return kept ? state_save(&r->state, kept, err) : 0;
    }
    refuse_kernel("sallyport: a decision could not be recorded:");
    refuse_kernel(err->text);
    if (strcmp(gate_setting(&s->gate, "on_log_failure", "refuse"), "warn") == 0)
        return 0;
    return err_ctx(err, "the decision could not be recorded");
}

/* The policy failed on this input, and root's settings say: rather run it than not. */
static int admit_unjudged(struct shim *s, struct request *r, struct judgement *j, struct err *why,
                          struct err *err)
{
    const struct failed f = {
        .operation = s->call.verb_name,
        .container = s->call.id,
        .verdict = "admit",
        .why = why->text,
    };

    *j = (struct judgement){.now_ns = r->facts.now_ns, .stages = STAGES_INIT};
    if (strcmp(gate_setting(&s->gate, "on_error", "refuse"), "warn") != 0) {
        *err = *why;
        return -1;
    }
    return judge_failed(&s->gate, &f, &s->arena, s->recorded, err);
}

/* The place of the log itself was refused: not even the refusal is written there. */
static bool refuses_log(const struct judgement *j)
{
    const struct value *const refusals = j->decision.refusals;

    for (size_t i = 0; refusals && i < refusals->count; i++) {
        if (value_is_str(value_field(value_at(refusals, i), "path"), "/facts/args/log"))
            return true;
    }
    return false;
}

/* A call without a document: told by its options, and run as it is unless the policy refuses. */
static int watch(struct shim *s, char *line, size_t line_size, struct err *err)
{
    AUTO_REQUEST struct request r = REQUEST_INIT;
    struct judgement j = {.stages = STAGES_INIT};
    const struct value *removed = NULL;
    char **const env = exec_environment(&s->arena, environ, &removed);

    if (!env)
        return err_nomem(err);
    if (exec_check(s->runtime, !s->gate.rootless, err) < 0 ||
        request_options(&r, &s->call, &s->gate, removed, &s->arena, err) < 0)
        return -1;
    if (judge(&s->gate, &r.facts, &s->arena, &j, err) < 0 ||
        judge_record(&s->gate, &j, NULL, 0, NULL, 0, &s->arena, err) < 0)
        return -1;
    if (j.decision.verdict == VERDICT_REFUSE) {
        judge_line(&j, s->call.id, line, line_size);
        return 1;
    }
    (void)str_copy(s->recorded, sizeof(s->recorded), j.id);
    return become(s, s->call.args, env, err);
}

/* An exec into a mapped container finds the namespaces entered that the container joined. */
static int go_where_it_is(const struct request *r, struct err *err)
{
    const struct value *const seen = value_field(r->saved, "mapped_in");

    return r->kind == DOCUMENT_PROCESS && seen
               ? joined_stay(value_field(r->saved, "config"), seen, err)
               : 0;
}

/* The stage of a mapped start goes with a start that fails, unless a container of that id has it.
 */
struct staged {
    const struct state *of;
    struct mapped mapped;
};

static void staged_drop(struct staged *s)
{
    if (!s->mapped.on || state_taken(s->of))
        return;
    mapped_undo(&s->mapped);
    state_drop_stage(s->of);
}
#define AUTO_STAGED __attribute__((cleanup(staged_drop)))

/* From the call to the real runtime, in one pass. Returns only when there is no such container:
 * -1 and why, or 1 when the policy refused and *line says so. */
static int admit(struct shim *s, char *line, size_t line_size, struct err *err)
{
    AUTO_REQUEST struct request r = REQUEST_INIT;
    AUTO_BUF struct buf made = BUF_INIT;
    struct judgement j = {.stages = STAGES_INIT};
    const struct value *removed = NULL, *doc, *saved = NULL;
    const char *bytes = NULL;
    size_t len = 0;
    bool changed = false;
    char **args = NULL;

    char **const env = exec_environment(&s->arena, environ, &removed);
    if (!env)
        return err_nomem(err);
    if (check_runtime(s, !s->gate.rootless, err) < 0)
        return -1;
    int64_t start = clock_steady_ns();
    if (request_read(&r, &s->call, &s->gate, removed, &s->arena, err) < 0)
        return -1;
    j.stages.read = (clock_steady_ns() - start) / 1000;

    if (judge(&s->gate, &r.facts, &s->arena, &j, err) < 0) {
        struct err why = *err;

        if (admit_unjudged(s, &r, &j, &why, err) < 0)
            return -1;
        if (!r.bytes) {
            json_print(&made, r.doc, JSON_COMPACT);
            if (buf_check(&made, err) < 0)
                return -1;
        }
        if (request_deliver(&r, r.bytes ? r.bytes : made.data, r.bytes ? r.len : made.len, false,
                            &s->arena, &args, err) < 0)
            return -1;
        watchdog_stop();
        return become(s, args, env, err);
    }
    soften_for_strangers(s, &r, &j);

    start = clock_steady_ns();
    AUTO_STAGED struct staged staged = {.of = &r.state};
    const struct action_place place = {.state = &r.state,
                                       .decision = &j.decision,
                                       .mapped = r.kind == DOCUMENT_CONFIG ? &staged.mapped : NULL};
    doc =
        j.decision.patch->count > 0 ? value_field(j.decision.input, request_member(&r) + 1) : r.doc;
    if (!doc)
        return err_set(err, ERR_BUG, "the patch removed the document");
    if (actions_check(j.decision.actions, err) < 0)
        return -1;
    if (r.kind == DOCUMENT_CONFIG && j.decision.verdict != VERDICT_REFUSE &&
        actions_on_document(&s->arena, &place, &doc, err) < 0)
        return -1;
    if (judged_bytes(&r, &j, doc, &made, &bytes, &len, &changed, err) < 0)
        return -1;
    j.stages.patch = (clock_steady_ns() - start) / 1000;

    if (record(s, &j, &r, bytes, len, err) < 0)
        return -1;
    if (j.decision.verdict == VERDICT_REFUSE) {
        if (refuses_log(&j))
            s->place.log = NULL;
        judge_line(&j, s->call.id, line, line_size);
        return 1;
    }
    (void)str_copy(s->recorded, sizeof(s->recorded), j.id);

    const bool keeps = r.kind == DOCUMENT_CONFIG && !state_taken(&r.state);
    if (keeps) {
        if (!j.after[0])
            digest_hex(bytes, len, j.after);
        if (state_turn(j.id)) {
            state_collect(&r.state);
            chosen_collect(&r.state);
        }
        if (state_build(&s->arena, &r.state, r.bundle.dir, j.id, &j.decision, j.after, &saved,
                        err) < 0 ||
            state_save(&r.state, saved, err) < 0 ||
            (!s->gate.rootless &&
             chosen_save(&r.state, &s->arena, r.doc, r.bundle.dirfd, &j.decision, err) < 0))
            return -1;
    }
    r.stage = staged.mapped.on ? staged.mapped.dir : NULL;
    if (request_deliver(&r, bytes, len, changed, &s->arena, &args, err) == 0 &&
        actions_on_host(&place, err) == 0 && go_where_it_is(&r, err) == 0) {
        watchdog_stop();
        (void)become(s, args, env, err);
    }
    if (keeps)
        state_drop(&r.state);
    return -1;
}

/* --- refusing ----------------------------------------------------------------------------------
 */

/* Say why there is no container: in the record, in the engine's log, on standard error. */
static void refuse(struct shim *s, const struct err *why)
{
    struct err err = ERR_INIT;
    char id[32] = "", name[80], text[REFUSE_MAX];
    const char *const who = s->call.id          ? s->call.id
                            : s->call.verb_name ? s->call.verb_name
                                                : "call";
    const struct failed f = {
        .operation =
            s->call.kind == VERB_PASS || s->call.kind == VERB_UNKNOWN ? NULL : s->call.verb_name,
        .container = s->call.id,
        .verdict = s->recorded[0] ? "not-started" : "refuse",
        .why = why->text,
        .follows = s->recorded[0] ? s->recorded : NULL,
    };

    (void)str_escape(who, strlen(who), name, sizeof(name));
    if (judge_failed(&s->gate, &f, &s->arena, id, &err) < 0) {
        (void)snprintf(text, sizeof(text), "sallyport: refused %s: %s (not recorded: %s)", name,
                       why->text, err.text);
        refuse_kernel(text);
    } else {
        (void)snprintf(text, sizeof(text), "sallyport: refused %s: %s. sallyport why %s", name,
                       why->text, id);
    }
    refuse_tell(&s->place, text, clock_wall_ns());
}

static int run(struct shim *s, struct err *err)
{
    char line[REFUSE_MAX];

    if (argv_registration(&s->argc, s->argv, &s->registration, err) < 0)
        return -1;
    const bool hinted = divert_of_self(&s->self) || runtime_hint(s);
    runtime_behind(s);
    if (hinted && argv_parse(&s->arena, s->family, s->argc, s->argv, NULL, &s->call, err) == 0) {
        log_place(s);
        if (s->call.kind == VERB_PASS) {
            if (!s->self.real[0])
                runtime_of_registration(s);
            return pass(s, err);
        }
    }
    if (watchdog_start(&s->place, WATCHDOG_MS, err) < 0)
        return -1;
    if (gate_open(&s->gate, s->registration, "shim", &s->arena, err) < 0 ||
        runtime_of_settings(s, err) < 0)
        return -1;
    runtime_behind(s);
    if (read_call(s, err) < 0)
        return -1;
    log_place(s);
    if (s->call.kind == VERB_PASS) {
        watchdog_stop();
        return pass(s, err);
    }
    if (s->call.kind == VERB_UNKNOWN)
        return err_set(err, ERR_USAGE,
                       "verb '%s' is not known here; allow_verbs in the settings admits it",
                       s->call.verb_name);
    if ((s->call.kind == VERB_WATCH ? watch : admit)(s, line, sizeof(line), err) < 0)
        return -1;
    refuse_tell(&s->place, line, clock_wall_ns());
    return 1;
}

int main(int argc, char **argv)
{
    struct shim s = {
        .arena = ARENA_INIT(ARENA_BYTES), .gate = GATE_INIT, .argc = argc, .argv = argv};
    struct err err = ERR_INIT;

    /* Short and small: what is freed stays with us, and grows in large steps. */
    (void)mallopt(M_MMAP_THRESHOLD, MEMORY_STEP * 16);
    (void)mallopt(M_TRIM_THRESHOLD, MEMORY_STEP * 16);
    (void)mallopt(M_TOP_PAD, MEMORY_STEP);
    file_trust_keeps();
    s.gate.caller = "shim";
    (void)str_copy(s.gate.log, sizeof(s.gate.log), SALLYPORT_LOG);
    (void)str_copy(s.gate.state, sizeof(s.gate.state), SALLYPORT_STATE);
    if (run(&s, &err) < 0)
        refuse(&s, &err);
    gate_close(&s.gate);
    arena_done(&s.arena);
    return 1;
}
