/* sallyport-hook: the gate where only a hook can stand.
 *
 *   sallyport-hook               judge at createRuntime, prestart or poststart: state on stdin
 *   sallyport-hook precreate     Podman's filter: config on stdin, hardened config on stdout
 *   sallyport-hook verify FILE   are the mounts what the shim judged? state on stdin
 *
 * A hook cannot change a container that is being made: what the shim would harden, the hook
 * refuses, unless the precreate filter hardened it before. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "hooks/real.h"
#include "policy/value/json.h"
#include "runtime/action.h"
#include "runtime/judge.h"
#include "runtime/refuse.h"
#include "runtime/watchdog.h"

enum { ARENA_BYTES = 512 * 1024 * 1024, HOOK_WATCHDOG_MS = 5000 };

struct hook {
    struct arena arena;
    struct gate gate;
    const char *id;    /* of the container, when known */
    char recorded[32]; /* id of the record of an admitting decision */
};

static struct facts_request request(const struct hook *h, const struct bundle *b,
                                    const struct value *config)
{
    return (struct facts_request){
        .operation = "create",
        .registration = h->gate.registration,
        .caller = "hook",
        .id = h->id,
        .config = config,
        .bundle = b ? b->dir : NULL,
        .bundle_fd = b ? b->dirfd : -1,
        .runtime = gate_setting(&h->gate, "family", "runc"),
        .now_ns = clock_wall_ns(),
        .host = FACTS_LOOK,
        .trusted_host = !h->gate.rootless,
    };
}

/* Findings that deny, the remedied ones too. */
static const struct value *denials(struct arena *a, const struct value *findings)
{
    struct value_list l = {0};

    for (size_t i = 0; i < findings->count; i++) {
        const struct value *const f = value_at(findings, i);

        if (value_is_str(value_field(f, "enforcement"), "deny") && !value_field(f, "waived"))
            value_list_add(a, &l, f);
    }
    return value_list_array(a, &l);
}

/* A hardening that nobody would carry out is a refusal. */
static int refuse_hardening(struct hook *h, struct judgement *j, struct err *err)
{
    const struct value *const none = value_array(&h->arena, NULL, 0);

    if (j->decision.verdict != VERDICT_HARDEN)
        return 0;
    j->decision.verdict = VERDICT_REFUSE;
    j->decision.refusals = denials(&h->arena, j->decision.findings);
    j->decision.patch = none;
    j->decision.actions = none;
    j->remedy = "run it by sallyport-runtime or behind the precreate hook, which harden it";
    return none && j->decision.refusals ? 0 : err_nomem(err);
}

static int say(const struct judgement *j, const char *id)
{
    char line[REFUSE_MAX];

    judge_line(j, id, line, sizeof(line));
    refuse_tell(&(struct refuse_place){0}, line, clock_wall_ns());
    return 1;
}

/* --- judging what is being made ----------------------------------------------------------------
 */

static int compare(const struct hook *h, const struct real_state *state, const struct bundle *b,
                   const struct judgement *j, struct arena *a, struct err *err)
{
    const struct value *const judged = action_judged_mounts(a, j->input);
    char rootfs[4096];

    if (state->pid == 0)
        return err_set(err, ERR_INVALID, "state: no process; use createRuntime or prestart");
    if (!judged)
        return err_nomem(err);
    if (real_rootfs(b->dir, b->doc, rootfs, sizeof(rootfs), err) < 0 ||
        real_namespaces(state->pid, b->doc, err) < 0 ||
        real_mounts(state->pid, rootfs, judged, err) < 0)
        return -1;
    (void)h;
    return state->status && strcmp(state->status, "running") == 0
               ? real_privileges(state->pid, b->doc, err)
               : 0;
}

static int hook_judge(struct hook *h, struct err *err)
{
    AUTO_BUNDLE struct bundle b = BUNDLE_INIT;
    struct judgement j = {.stages = STAGES_INIT};
    struct real_state state;

    if (real_state_read(STDIN_FILENO, &h->arena, &state, err) < 0)
        return -1;
    h->id = state.id;
    if (gate_open(&h->gate, NULL, "hook", &h->arena, err) < 0)
        return -1;
    const int64_t start = clock_steady_ns();
    if (bundle_open(&b, state.bundle, "config.json", !h->gate.rootless, &h->arena, err) < 0)
        return -1;
    j.stages.read = (clock_steady_ns() - start) / 1000;

    const struct facts_request req = request(h, &b, b.doc);
    if (judge(&h->gate, &req, &h->arena, &j, err) < 0 || refuse_hardening(h, &j, err) < 0 ||
        judge_record(&h->gate, &j, b.bytes, b.len, b.bytes, b.len, &h->arena, err) < 0)
        return -1;
    if (j.decision.verdict == VERDICT_REFUSE)
        return say(&j, h->id);
    (void)str_copy(h->recorded, sizeof(h->recorded), j.id);
    return compare(h, &state, &b, &j, &h->arena, err);
}

/* --- Podman's filter ------------------------------------------------------------------------ */

/* Podman names the control group after the container: .../libpod-ID[.scope]. */
static const char *id_of_cgroup(struct arena *a, const struct value *config)
{
    const char *const path = value_cstr(value_path(config, "linux", "cgroupsPath", NULL));
    const char *const at = path ? strstr(path, "libpod") : NULL;

    for (const char *s = at; s && *s; s++) {
        if (strspn(s, "0123456789abcdef") == 64)
            return arena_strndup(a, s, 64);
    }
    return NULL;
}

static int hook_precreate(struct hook *h, struct err *err)
{
    AUTO_FREE char *bytes = NULL;
    AUTO_BUF struct buf out = BUF_INIT;
    size_t len = 0;
    const struct value *config = NULL;
    struct judgement j = {.stages = STAGES_INIT};

    if (file_read_fd(STDIN_FILENO, BUNDLE_CONFIG_MAX, &bytes, &len, err) < 0 ||
        document_parse(&h->arena, bytes, len, &config, err) < 0)
        return err_ctx(err, "config");
    h->id = id_of_cgroup(&h->arena, config);
    if (gate_open(&h->gate, NULL, "hook", &h->arena, err) < 0)
        return -1;
    const struct facts_request req = request(h, NULL, config);
    if (judge(&h->gate, &req, &h->arena, &j, err) < 0)
        return -1;
    const struct value *const after =
        j.decision.patch->count > 0 ? value_field(j.decision.input, "config") : config;
    json_print(&out, after, JSON_COMPACT);
    if (buf_check(&out, err) < 0 ||
        judge_record(&h->gate, &j, bytes, len, out.data, out.len, &h->arena, err) < 0)
        return -1;
    if (j.decision.verdict == VERDICT_REFUSE)
        return say(&j, h->id);
    (void)str_copy(h->recorded, sizeof(h->recorded), j.id);
    return file_write_all(STDOUT_FILENO, out.data, out.len, err);
}

/* --- the shim's second look ------------------------------------------------------------------ */

static int hook_verify(struct hook *h, const char *file, struct err *err)
{
    AUTO_BUNDLE struct bundle b = BUNDLE_INIT;
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    const struct value *judged = NULL;
    struct real_state state;
    char rootfs[4096];

    if (real_state_read(STDIN_FILENO, &h->arena, &state, err) < 0)
        return -1;
    h->id = state.id;
    if (state.pid == 0)
        return err_set(err, ERR_INVALID, "state: no process");
    if (file_read_at(AT_FDCWD, file, BUNDLE_CONFIG_MAX, &text, &len, NULL, err) < 0 ||
        json_parse(&h->arena, text, len, JSON_STRICT, &judged, NULL, err) < 0)
        return err_ctx(err, "list of mounts");
    if (bundle_open(&b, state.bundle, "config.json", false, &h->arena, err) < 0 ||
        real_rootfs(b.dir, b.doc, rootfs, sizeof(rootfs), err) < 0)
        return -1;
    return real_mounts(state.pid, rootfs, judged, err);
}

/* --- main ------------------------------------------------------------------------------------- */

static void refuse(struct hook *h, const struct err *why)
{
    const struct failed f = {
        .operation = "create",
        .container = h->id,
        .verdict = h->recorded[0] ? "not-started" : "refuse",
        .why = why->text,
        .follows = h->recorded[0] ? h->recorded : NULL,
    };
    struct err err = ERR_INIT;
    char id[32] = "", name[80], text[REFUSE_MAX];
    const char *const who = h->id ? h->id : "container";

    (void)str_escape(who, strlen(who), name, sizeof(name));
    if (judge_failed(&h->gate, &f, &h->arena, id, &err) < 0) {
        (void)snprintf(text, sizeof(text), "sallyport: refused %s: %s (not recorded: %s)", name,
                       why->text, err.text);
        refuse_kernel(text);
    } else {
        (void)snprintf(text, sizeof(text), "sallyport: refused %s: %s. sallyport why %s", name,
                       why->text, id);
    }
    refuse_tell(&(struct refuse_place){0}, text, clock_wall_ns());
}

static int run(struct hook *h, int argc, char **argv, struct err *err)
{
    if (watchdog_start(&(struct refuse_place){0}, HOOK_WATCHDOG_MS, err) < 0)
        return -1;
    if (argc == 1)
        return hook_judge(h, err);
    if (argc == 2 && strcmp(argv[1], "precreate") == 0)
        return hook_precreate(h, err);
    if (argc == 3 && strcmp(argv[1], "verify") == 0)
        return hook_verify(h, argv[2], err);
    return err_set(err, ERR_USAGE, "usage: sallyport-hook [precreate | verify FILE]; --help tells");
}

static const char help[] =
    "usage: sallyport-hook [precreate | verify FILE | --version | --help]\n"
    "\n"
    "the gate as an OCI hook, by the active policy of sallyport policy activate.\n"
    "\n"
    "Without an argument, a createRuntime or prestart hook: the container's state is read on\n"
    "standard input; what the gate would harden is refused. precreate is Podman's filter: config.json\n"
    "on standard input, hardened on standard output. verify FILE is put into bundles by the gate\n"
    "itself, and fails a create whose mounts are not those that were judged.\n"
    "Files for hooks.d: /usr/share/sallyport/hooks.d. Manual: sallyport-hook(8).\n";

int main(int argc, char **argv)
{
    struct hook h = {.arena = ARENA_INIT(ARENA_BYTES), .gate = GATE_INIT};
    struct err err = ERR_INIT;

    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return printf("sallyport-hook %s\n", SALLYPORT_VERSION) < 0;
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return fputs(help, stdout) < 0;
    h.gate.caller = "hook";
    h.gate.rootless = gate_rootless();
    (void)str_copy(h.gate.log, sizeof(h.gate.log), SALLYPORT_LOG);
    (void)str_copy(h.gate.state, sizeof(h.gate.state), SALLYPORT_STATE);
    int status = run(&h, argc, argv, &err);
    if (status < 0) {
        refuse(&h, &err);
        status = 1;
    }
    gate_close(&h.gate);
    arena_done(&h.arena);
    return status;
}
