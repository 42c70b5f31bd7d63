#include "runtime/judge.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "runtime/refuse.h"

enum { DOCUMENT_MIB_PER_DAY = 1024 }; /* where the settings do not say */

/* --- the gate ------------------------------------------------------------------------------ */

static bool in_user_namespace(void)
{
    AUTO_FD int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    struct err ignored = ERR_INIT;
    unsigned long inside = 0, outside = 0, count = 0;

    /* The first namespace maps everything to itself, in one line. */
    if (fd < 0 || file_read_fd(fd, 64 * 1024, &text, &len, &ignored) < 0)
        return geteuid() != 0;
    const bool whole = sscanf(text, "%lu %lu %lu", &inside, &outside, &count) == 3 && inside == 0 &&
                       outside == 0 && count == 4294967295ul;
    return !whole || geteuid() != 0;
}

/* Nothing here moves to another namespace and comes back: asked once. */
bool gate_rootless(void)
{
    static _Atomic int known; /* 0: not asked, 1: no, 2: yes */

    if (known == 0)
        known = in_user_namespace() ? 2 : 1;
    return known == 2;
}

/* A user's own place: $XDG_STATE_HOME or ~/.local/state, $XDG_RUNTIME_DIR. */
static void user_places(struct gate *g)
{
    const char *const state = secure_getenv("XDG_STATE_HOME");
    const char *const home = secure_getenv("HOME");
    const char *const run = secure_getenv("XDG_RUNTIME_DIR");

    if (state && state[0] == '/')
        (void)snprintf(g->log, sizeof(g->log), "%s/sallyport", state);
    else if (home && home[0] == '/')
        (void)snprintf(g->log, sizeof(g->log), "%s/.local/state/sallyport", home);
    if (run && run[0] == '/')
        (void)snprintf(g->state, sizeof(g->state), "%s/sallyport", run);
}

/* In the user's own directories nothing is there yet. */
static void make_parents(const char *path)
{
    char part[256];

    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        (void)snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        (void)mkdir(part, 0700); /* what is missing is told by the open that follows */
    }
}

static void places(struct gate *g)
{
    (void)str_copy(g->log, sizeof(g->log), gate_setting(g, "log", SALLYPORT_LOG));
    (void)str_copy(g->state, sizeof(g->state), gate_setting(g, "state", SALLYPORT_STATE));
    if (g->rootless)
        user_places(g);
}

const char *gate_setting(const struct gate *g, const char *name, const char *fallback)
{
    const char *const text = value_cstr(value_field(g->settings, name));

    return text ? text : fallback;
}

int gate_file(struct gate *g, const char *path, struct err *err)
{
    if (!gate_rootless())
        return file_open_trusted_in(&g->policy_dir, path, O_RDONLY, err);
    /* Inside a user namespace root's files belong to nobody: what is found there is advisory. */
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? err_sys(err, "%s", path) : fd;
}

/* The programs of an upgrade are not exchanged at one moment: what was in force in this one's
 * format is kept until all are. */
static int open_own_image(struct gate *g, struct err *err)
{
    char path[sizeof(SALLYPORT_IMAGE_OF) + 10];

    (void)snprintf(path, sizeof(path), SALLYPORT_IMAGE_OF, (unsigned)IMAGE_FORMAT);
    AUTO_FD int fd = gate_file(g, path, err);
    return fd < 0 ? -1 : image_map(&g->image, fd, err);
}

static int open_image(struct gate *g, struct err *err)
{
    AUTO_FD int fd = gate_file(g, SALLYPORT_IMAGE, err);
    struct err other = ERR_INIT;
    uint32_t format;

    if (fd < 0)
        return -1;
    if (image_map(&g->image, fd, &other) == 0)
        return 0;
    if (image_is_other(fd, &format) && open_own_image(g, err) == 0)
        return 0;
    *err = other;
    return err_ctx(err, "%s", SALLYPORT_IMAGE);
}

int gate_open(struct gate *g, const char *registration, const char *caller, struct arena *a,
              struct err *err)
{
    g->caller = caller;
    g->registration = registration ? registration : "default";
    g->rootless = gate_rootless();
    places(g);
    if (open_image(g, err) < 0)
        return err_ctx(err, "policy");

    const struct value *const named =
        value_path(g->image.meta, "registrations", g->registration, NULL);
    if (!named && strcmp(g->registration, "default") != 0)
        return err_set(err, ERR_USAGE, "the active policy has no registration '%s'",
                       g->registration);
    g->settings = named ? named : value_field(g->image.meta, "default");
    if (!g->settings || !value_is(g->settings, VALUE_OBJECT))
        return err_set(err, ERR_INVALID, "the active policy carries no settings");
    const char *const digest = value_cstr(value_field(g->image.meta, "digest"));
    (void)str_copy(g->image_digest, sizeof(g->image_digest), digest ? digest : "");
    places(g);
    return g->rootless ? 0 : gate_emergency(a, &g->emergency, err);
}

void gate_close(struct gate *g)
{
    image_close(&g->image);
    own_close(&g->policy_dir);
    g->settings = NULL;
}

/* --- judging ------------------------------------------------------------------------------- */

static int new_id(int64_t now_ns, char id[32], struct err *err)
{
    uint8_t random[10];

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return err_sys(err, "getrandom");
    record_id(now_ns, random, id);
    return 0;
}

static int64_t since_us(int64_t start_ns)
{
    return (clock_steady_ns() - start_ns) / 1000;
}

/* The catalogue's advice for this engine, or any engine's. */
static const char *remedy_of(const struct gate *g, const struct decision *d,
                             const struct value *input)
{
    if (!d->refusals || d->refusals->count == 0)
        return NULL;
    const struct value *const first = value_at(d->refusals, 0);
    const char *const own = value_cstr(value_field(first, "remedy"));
    const char *const rule = value_cstr(value_field(first, "rule"));
    const char *const engine = value_cstr(value_path(input, "container", "engine", NULL));
    if (own || !rule)
        return own;

    const struct value *entry = value_path(g->image.data, "sallyport", "rules", rule, NULL);
    if (!entry)
        entry = value_path(g->image.data, "sallyport", "catalogue", rule, NULL);
    const struct value *const advice = value_field(entry, "remediation");
    const char *text = engine ? value_cstr(value_field(advice, engine)) : NULL;
    if (!text && engine && strcmp(engine, "cri") == 0)
        text = value_cstr(value_field(advice, "kubernetes"));
    return text ? text : value_cstr(value_field(advice, "docker"));
}

int judge(struct gate *g, const struct facts_request *asked, struct arena *a, struct judgement *out,
          struct err *err)
{
    struct facts_request with = *asked;
    const struct facts_request *const req = &with;
    const int64_t read_us = out->stages.read;

    *out = (struct judgement){.now_ns = req->now_ns, .stages = STAGES_INIT};
    out->stages.read = read_us;
    /* Lint says what the policy says, not what an emergency lets pass. */
    with.host_labels = value_field(g->settings, "host_labels");
    if (strcmp(g->caller, "lint") != 0)
        with.emergency = g->emergency;
    if (new_id(req->now_ns, out->id, err) < 0)
        return -1;
    int64_t start = clock_steady_ns();
    if (facts_input(a, req, &out->input, err) < 0)
        return err_ctx(err, "facts");
    out->stages.facts = since_us(start);

    start = clock_steady_ns();
    if (decide(&g->image, out->input, a, &out->decision, err) < 0)
        return err_ctx(err, "policy");
    out->stages.decide = since_us(start);
    if (out->decision.stats.rules == 0)
        return err_set(err, ERR_EVAL, "policy: no rule was evaluated");
    out->remedy = remedy_of(g, &out->decision, out->input);
    return 0;
}

/* --- recording ----------------------------------------------------------------------------- */

static const struct value *policy_of(struct arena *a, const struct gate *g)
{
    struct value_fields f = {0};

    if (g->image_digest[0])
        value_fields_add(a, &f, "image", value_str(a, g->image_digest));
    value_fields_add(a, &f, "serial", value_field(g->image.meta, "serial"));
    value_fields_add(a, &f, "level", value_field(g->settings, "level"));
    value_fields_add(a, &f, "emergency", value_field(g->emergency, "until"));
    value_fields_add(a, &f, "registration",
                     value_str(a, g->registration ? g->registration : "default"));
    return value_fields_object(a, &f);
}

static void add_stage(struct arena *a, struct value_fields *f, const char *name, int64_t us)
{
    if (us >= 0)
        value_fields_add(a, f, name, value_int(a, us));
}

static const struct value *metrics_of(struct arena *a, const struct judgement *j)
{
    struct value_fields f = {0};

    add_stage(a, &f, "read_us", j->stages.read);
    add_stage(a, &f, "facts_us", j->stages.facts);
    add_stage(a, &f, "decide_us", j->stages.decide);
    add_stage(a, &f, "patch_us", j->stages.patch);
    value_fields_add(a, &f, "steps", value_u64(a, j->decision.stats.steps));
    value_fields_add(a, &f, "rules", value_u64(a, j->decision.stats.rules));
    return value_fields_object(a, &f);
}

static const struct value *decision_of(struct arena *a, const struct decision *d)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "verdict", value_str(a, verdict_name(d->verdict)));
    value_fields_add(a, &f, "would", value_str(a, verdict_name(d->would)));
    value_fields_add(a, &f, "mode", value_str(a, d->mode));
    value_fields_add(a, &f, "findings", d->findings);
    value_fields_add(a, &f, "refusals", d->refusals);
    value_fields_add(a, &f, "patch", d->patch);
    value_fields_add(a, &f, "actions", d->actions);
    value_fields_add(a, &f, "rounds", value_u64(a, d->rounds));
    return value_fields_object(a, &f);
}

/* Bytes of documents that a day may leave; of refusals, which are rarer and asked for again, twice
 * as much. */
static uint64_t quota_of(const struct gate *g, bool refusal)
{
    const struct value *const said = value_field(g->settings, "document_mib_per_day");
    uint64_t mib = DOCUMENT_MIB_PER_DAY;

    if (said)
        (void)value_uint64(said, &mib);
    return mib * 1024 * 1024 * (refusal ? 2 : 1);
}

/* Append; a refusal on a full disk gives up the reserve and its input. */
static int append(const struct gate *g, struct arena *a, const struct spool_document *blob,
                  const struct value *record, bool refusal, struct err *err)
{
    AUTO_SPOOL struct spool s = SPOOL_INIT;

    if (g->rootless)
        make_parents(g->log);
    if (spool_open(&s, g->log, err) < 0)
        return -1;
    if (blob && !spool_room(&s, quota_of(g, refusal), clock_wall_ns())) {
        blob = NULL;
        record = record_left_out(a, record);
        if (!record)
            return err_nomem(err);
    }
    if (spool_append(&s, blob, record, err) == 0)
        return 0;
    if (!refusal || err->code != ERR_SYSTEM || err->sys != ENOSPC)
        return -1;
    if (spool_release_reserve(&s, err) < 0)
        return -1;
    return spool_append(&s, NULL, record, err);
}

/* The record of a judgement and the stored form of its input, secrets replaced. */
struct told {
    const struct value *record;
    struct spool_document blob;
};
#define TOLD_INIT ((struct told){.blob = SPOOL_DOCUMENT_INIT})
#define AUTO_TOLD __attribute__((cleanup(told_done)))

static void told_done(struct told *t)
{
    spool_document_done(&t->blob);
}

static int tell(const struct gate *g, const struct judgement *j, const char *before,
                const char *after, struct arena *a, struct told *out, struct err *err)
{
    const struct value *input = NULL;

    if (record_redact(a, j->input, &input, err) < 0 ||
        spool_document_print(&out->blob, input, err) < 0)
        return -1;

    const struct record_parts parts = {
        .id = j->id,
        .now_ns = j->now_ns,
        .caller = g->caller,
        .input = input,
        .input_digest = out->blob.digest,
        .before = before,
        .after = j->decision.verdict == VERDICT_REFUSE ? NULL : after,
        .policy = policy_of(a, g),
        .decision = decision_of(a, &j->decision),
        .verdict = verdict_name(j->decision.verdict),
        .repeated = j->repeated,
        .advisory = g->rootless,
        .timings = metrics_of(a, j),
    };
    if (!parts.policy || !parts.decision || !parts.timings)
        return err_nomem(err);
    return record_build(a, &parts, &out->record, err);
}

int judge_told(const struct gate *g, const struct judgement *j, struct arena *a,
               const struct value **record, struct err *err)
{
    AUTO_TOLD struct told told = TOLD_INIT;

    if (tell(g, j, NULL, NULL, a, &told, err) < 0)
        return err_ctx(err, "record");
    *record = told.record;
    return 0;
}

int judge_record(struct gate *g, struct judgement *j, const char *before, size_t before_len,
                 const char *after, size_t after_len, struct arena *a, struct err *err)
{
    char before_hex[DIGEST_HEX_LEN + 1] = "";
    const bool refused = j->decision.verdict == VERDICT_REFUSE;
    AUTO_TOLD struct told told = TOLD_INIT;

    if (before)
        digest_hex(before, before_len, before_hex);
    /* What the engine wrote and what runs are often the same bytes. */
    if (after && after == before && after_len == before_len)
        memcpy(j->after, before_hex, sizeof(j->after));
    else if (after)
        digest_hex(after, after_len, j->after);
    if (tell(g, j, before ? before_hex : NULL, after ? j->after : NULL, a, &told, err) < 0 ||
        append(g, a, &told.blob, told.record, refused, err) < 0)
        return err_ctx(err, "record");
    return 0;
}

int judge_failed(struct gate *g, const struct failed *f, struct arena *a, char id[32],
                 struct err *err)
{
    const struct value *record = NULL;
    const int64_t now = clock_wall_ns();

    if (new_id(now, id, err) < 0)
        return -1;
    const struct record_parts parts = {
        .id = id,
        .now_ns = now,
        .caller = g->caller,
        .operation = f->operation,
        .container = f->container,
        .policy = policy_of(a, g),
        .verdict = f->verdict,
        .error = f->why,
        .follows = f->follows,
        .request = f->request,
        .advisory = g->rootless,
    };
    if (!parts.policy)
        return err_nomem(err);
    if (record_build(a, &parts, &record, err) < 0 ||
        append(g, a, NULL, record, strcmp(f->verdict, "admit") != 0, err) < 0)
        return err_ctx(err, "record");
    return 0;
}

int judge_passed(struct gate *g, const struct passed *p, struct arena *a, struct err *err)
{
    AUTO_SPOOL struct spool s = SPOOL_INIT;
    const struct value *record = NULL;
    struct value_fields told = {0};
    char id[32];
    const int64_t now = clock_wall_ns();

    if (new_id(now, id, err) < 0)
        return -1;
    value_fields_add(a, &told, "container", p->container);
    value_fields_add(a, &told, "actor", p->actor);
    const struct record_parts parts = {
        .id = id,
        .now_ns = now,
        .caller = g->caller,
        .operation = p->operation,
        .input = value_fields_object(a, &told),
        .request = p->request,
        .policy = policy_of(a, g),
        .verdict = "pass",
        .follows = p->follows,
        .advisory = g->rootless,
    };
    if (!parts.input || !parts.policy)
        return err_nomem(err);
    if (g->rootless)
        make_parents(g->log);
    if (record_build(a, &parts, &record, err) < 0 || spool_open(&s, g->log, err) < 0 ||
        spool_note(&s, record, err) < 0)
        return err_ctx(err, "record");
    return 0;
}

/* --- the line ------------------------------------------------------------------------------ */

enum { LINE_NAME = 80, LINE_TEXT = 1200, LINE_REMEDY = 400 };

static void cut(const struct value *text, char *out, size_t size)
{
    if (text && value_is(text, VALUE_STRING))
        (void)str_escape(value_bytes(text), text->count, out, size);
    else
        out[0] = '\0';
}

/* The engine's name for it; of an id of 64 digits the twelve that engines show. */
static void who_is(const struct judgement *j, const char *container, char *out, size_t size)
{
    const char *const name = value_cstr(value_path(j->input, "container", "name", NULL));
    const char *const who = name && *name ? name : container ? container : "container";
    const size_t len = strlen(who);
    const bool digits = len == 64 && strspn(who, "0123456789abcdef") == len;

    (void)str_escape(who, digits ? 12 : len, out, size);
}

void judge_line(const struct judgement *j, const char *container, char *out, size_t size)
{
    const struct value *const refusals = j->decision.refusals;
    const size_t n = refusals ? refusals->count : 0;
    const struct value *const first = n > 0 ? value_at(refusals, 0) : NULL;
    char name[LINE_NAME], rule[LINE_NAME], msg[LINE_TEXT], remedy[LINE_REMEDY], more[40] = "";
    char line[REFUSE_MAX];

    who_is(j, container, name, sizeof(name));
    cut(value_field(first, "rule"), rule, sizeof(rule));
    cut(value_field(first, "msg"), msg, sizeof(msg));
    const char *const advice = j->remedy ? j->remedy : "";
    (void)str_escape(advice, strlen(advice), remedy, sizeof(remedy));
    if (n > 1)
        (void)snprintf(more, sizeof(more), " (+%zu more)", n - 1);
    (void)snprintf(line, sizeof(line), "sallyport: refused %s: %s: %s%s%s%s. sallyport why %s",
                   name, rule, msg, more, remedy[0] ? "; " : "", remedy, j->id);
    refuse_reword(line, out, size);
}
