/* input.container: which engine's container this is, told by where the engine keeps the bundle and
 * by the program that calls. Annotations name pods only where the bundle is the CRI's. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "facts/parts.h"
#include "profiles/doc.h"

enum { ANCESTORS_MAX = 3, CMDLINE_MAX = 8192 };

struct bundle_form {
    const char *part; /* of the bundle's path */
    const char *engine, *scope;
};

/* clang-format off */
/* The first row whose part stands in the path wins. */
static const struct bundle_form bundle_forms[] = {
    { "/io.containerd.runtime.v2.task/moby/",         "docker",     "container" },
    { "/io.containerd.runtime.v2.task/plugins.moby/", "docker",     "system"    },
    { "/io.containerd.runtime.v2.task/k8s.io/",       "cri",        "pod"       },
    { "/io.containerd.runtime.v2.task/buildkit/",     "docker",     "build"     },
    { "/io.containerd.runtime.v2.task/",              "containerd", "container" },
    { "/buildkit/executor/",                          "docker",     "build"     },
    { "-containers/",                                 "podman",     "container" },
    { "/buildah",                                     "buildah",    "build"     },
};

struct caller {
    const char *program; /* last component of /proc/PID/exe */
    const char *engines; /* that call through it */
};

static const struct caller callers[] = {
    { "containerd-shim-runc-v2", "docker containerd cri" },
    { "containerd-shim-runc-v1", "docker containerd cri" },
    { "containerd-shim",         "docker containerd" },
    { "containerd",              "containerd cri" },
    { "dockerd",                 "docker" },
    { "buildkitd",               "docker buildah" },
    { "conmon",                  "podman crio" },
    { "conmonrs",                "podman crio" },
    { "podman",                  "podman buildah" },
    { "buildah",                 "buildah" },
    { "crio",                    "crio" },
};
/* clang-format on */

static bool word_in(const char *words, const char *word)
{
    const size_t len = strlen(word);

    for (const char *at = words; (at = strstr(at, word)); at++) {
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    }
    return false;
}

/* Program of a process: the last component of its executable's path. */
static bool program_of(long pid, char *out, size_t size)
{
    char path[64], exe[PATH_MAX];

    (void)snprintf(path, sizeof(path), "/proc/%ld/exe", pid);
    const ssize_t n = readlink(path, exe, sizeof(exe) - 1);
    if (n <= 0)
        return false;
    exe[n] = '\0';
    char *const deleted = strstr(exe, " (deleted)"); /* an upgraded daemon still runs */
    if (deleted)
        *deleted = '\0';
    const char *const base = strrchr(exe, '/');
    return base && str_copy(out, size, base + 1);
}

static long parent_of(long pid)
{
    char path[64], text[512];
    unsigned long long ppid = 0;

    (void)snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    if (!parts_read_line(path, text, sizeof(text)))
        return 0;
    /* PID (COMM) STATE PPID: the name may hold anything, so from the last parenthesis. */
    char *const at = strrchr(text, ')');
    if (!at || strlen(at) < 5)
        return 0;
    char *const number = at + 4;
    number[strspn(number, "0123456789")] = '\0';
    return str_decimal(number, 4194304, &ppid) ? (long)ppid : 0;
}

/* conmon serves both Podman and CRI-O; its arguments tell which. */
static const char *conmon_engine(long pid)
{
    char path[64], text[CMDLINE_MAX];

    (void)snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
    FILE *const f = fopen(path, "re");
    if (!f)
        return NULL;
    const size_t n = fread(text, 1, sizeof(text), f);
    (void)fclose(f);
    if (memmem(text, n, "podman", 6) || memmem(text, n, "libpod", 6))
        return "podman";
    return memmem(text, n, "crio", 4) ? "crio" : NULL;
}

/* The engines that the nearest known caller works for; NULL when no ancestor is one. */
static const char *caller_engines(const char **daemon)
{
    static const char *const podman = "podman", *const crio = "crio";
    long pid = (long)getppid();

    for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++) {
        char program[256];

        if (program_of(pid, program, sizeof(program))) {
            for (size_t k = 0; k < ARRAY_LEN(callers); k++) {
                if (strcmp(callers[k].program, program) != 0)
                    continue;
                *daemon = callers[k].program;
                if (strcmp(program, "conmon") == 0) {
                    const char *const which = conmon_engine(pid);

                    return !which ? callers[k].engines : strcmp(which, crio) == 0 ? crio : podman;
                }
                return callers[k].engines;
            }
        }
        pid = parent_of(pid);
    }
    return NULL;
}

static const struct bundle_form *form_of(const char *bundle)
{
    for (size_t i = 0; bundle && i < ARRAY_LEN(bundle_forms); i++) {
        if (strstr(bundle, bundle_forms[i].part))
            return &bundle_forms[i];
    }
    return NULL;
}

/* Without a bundle directory in its place (a copy that is linted), the paths inside the document
 * that only the engine chooses still tell. */
static const struct bundle_form *form_of_document(const struct parts *p)
{
    static const struct bundle_form docker = {"", "docker", "container"},
                                    plugin = {"", "docker", "system"},
                                    podman = {"", "podman", "container"},
                                    buildah = {"", "buildah", "build"};
    const struct value *const hooks =
        value_path(p->req->config, "hooks", "prestart", (const char *)NULL);
    const char *const storage = p->root ? managed_storage(&p->managed, p->root) : NULL;

    for (size_t i = 0; i < doc_len(hooks); i++) {
        const struct value *const args = value_field(value_at(hooks, i), "args");

        if (doc_len(args) && value_is_str(value_at(args, 0), "libnetwork-setkey"))
            return &docker;
    }
    if (storage && strcmp(storage, "buildah") == 0)
        return &buildah;
    if (storage && strcmp(storage, "docker") == 0)
        return p->root && strstr(p->root, "/plugins/") ? &plugin : &docker;
    return storage && strcmp(storage, "containers-storage") == 0 ? &podman : NULL;
}

static void put_namespace(struct parts *p, struct value_fields *f)
{
    static const char part[] = "/io.containerd.runtime.v2.task/";
    const char *const at = p->req->bundle ? strstr(p->req->bundle, part) : NULL;
    const char *const name = at ? at + sizeof(part) - 1 : NULL;

    if (name && *name)
        value_fields_add(p->a, f, "namespace", value_string(p->a, name, strcspn(name, "/")));
}

static void put_kubernetes(struct parts *p, struct value_fields *f)
{
    static const struct {
        const char *field, *cri, *crio;
    } rows[] = {
        {"namespace", "io.kubernetes.cri.sandbox-namespace", "io.kubernetes.cri-o.Namespace"},
        {"pod", "io.kubernetes.cri.sandbox-name", "io.kubernetes.cri-o.KubeName"},
        {"pod_uid", "io.kubernetes.cri.sandbox-uid", "io.kubernetes.pod.uid"},
        {"container", "io.kubernetes.cri.container-name", "io.kubernetes.container.name"},
        {"sandbox_id", "io.kubernetes.cri.sandbox-id", "io.kubernetes.cri-o.SandboxID"},
    };
    const struct value *const notes = value_field(p->req->config, "annotations");
    struct value_fields k = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *const cri = doc_str(notes, rows[i].cri);

        doc_put_str(p->a, &k, rows[i].field, cri ? cri : doc_str(notes, rows[i].crio));
    }
    if (k.keys.n == 0)
        return;
    doc_put_bool(p->a, &k, "trusted",
                 strcmp(p->engine, "cri") == 0 || strcmp(p->engine, "crio") == 0);
    value_fields_add(p->a, f, "kubernetes", value_fields_object(p->a, &k));
}

static void decide_scope(struct parts *p)
{
    const struct value *const notes = value_field(p->req->config, "annotations");
    const bool cri = strcmp(p->engine, "cri") == 0, crio = strcmp(p->engine, "crio") == 0;

    if (cri)
        p->scope = value_is_str(value_field(notes, "io.kubernetes.cri.container-type"), "sandbox")
                       ? "sandbox"
                       : "pod";
    if (crio)
        p->scope = value_is_str(value_field(notes, "io.kubernetes.cri-o.ContainerType"), "sandbox")
                       ? "sandbox"
                       : "pod";
}

int facts_identity(struct parts *p, const struct value **out, struct err *err)
{
    const struct bundle_form *form = form_of(p->req->bundle);
    const bool by_bundle = form != NULL;
    const char *const engines = p->host ? caller_engines(&p->daemon) : NULL;
    struct value_fields f = {0};
    struct value_list evidence = {0};

    if (!form)
        form = form_of_document(p);
    p->engine = form ? form->engine : "unknown";
    p->scope = form ? form->scope : "container";
    if (by_bundle)
        doc_list_str(p->a, &evidence, "bundle");
    else if (form)
        doc_list_str(p->a, &evidence, "document");
    /* containers/storage serves Podman and CRI-O alike, buildah's work both tools. */
    if (engines && strcmp(p->engine, "podman") == 0 && strcmp(engines, "crio") == 0)
        p->engine = "crio";
    if (engines && word_in(engines, p->engine)) {
        doc_list_str(p->a, &evidence, "parent");
    } else if (p->host && p->req->caller && strcmp(p->req->caller, "shim") == 0) {
        /* A bundle that lies where an engine's would, called by somebody else. */
        p->engine = "unknown";
        p->scope = "container";
    }
    decide_scope(p);
    if (facts_image(p, &f, err) < 0)
        return -1;
    if (p->builds)
        p->scope = "build";
    doc_put_str(p->a, &f, "id", p->req->id);
    doc_put_str(p->a, &f, "engine", p->engine);
    doc_put_list(p->a, &f, "engine_evidence", &evidence);
    doc_put_str(p->a, &f, "scope", p->scope);
    doc_put_str(p->a, &f, "bundle", p->req->bundle);
    put_namespace(p, &f);
    put_kubernetes(p, &f);
    value_fields_add(p->a, &f, "admitted", p->req->admitted);
    value_fields_add(p->a, &f, "chosen", p->req->chosen);
    return doc_finish(p->a, &f, out, err);
}

/* --- actor
 * ---------------------------------------------------------------------------------------- */

int facts_actor(struct parts *p, const struct value **out, struct err *err)
{
    static const char *const daemons[] = {"containerd-shim-runc-v2",
                                          "containerd-shim-runc-v1",
                                          "containerd-shim",
                                          "containerd",
                                          "dockerd",
                                          "buildkitd",
                                          "crio"};
    struct value_fields f = {0}, parent = {0};
    unsigned long long login = UINT32_MAX, session = UINT32_MAX;
    char text[32], program[256];
    const char *daemon = NULL;

    if (!p->host) {
        doc_put_bool(p->a, &f, "known", false);
        return doc_finish(p->a, &f, out, err);
    }
    for (size_t i = 0; p->daemon && i < ARRAY_LEN(daemons); i++) {
        if (strcmp(daemons[i], p->daemon) == 0)
            daemon = daemons[i];
    }
    if (p->engine && strcmp(p->engine, "crio") == 0)
        daemon = "crio";
    if (daemon) {
        /* The login uid here is the daemon's, never its client's. */
        doc_put_bool(p->a, &f, "known", false);
        doc_put_str(p->a, &f, "daemon", daemon);
        return doc_finish(p->a, &f, out, err);
    }
    if (parts_read_line("/proc/self/loginuid", text, sizeof(text)))
        (void)str_decimal(text, UINT32_MAX, &login);
    if (parts_read_line("/proc/self/sessionid", text, sizeof(text)))
        (void)str_decimal(text, UINT32_MAX, &session);
    doc_put_bool(p->a, &f, "known", login != UINT32_MAX);
    doc_put_int(p->a, &f, "uid", (int64_t)getuid());
    if (login != UINT32_MAX)
        doc_put_int(p->a, &f, "login_uid", (int64_t)login);
    if (session != UINT32_MAX)
        doc_put_int(p->a, &f, "session", (int64_t)session);
    doc_put_int(p->a, &parent, "pid", (int64_t)getppid());
    if (program_of((long)getppid(), program, sizeof(program)))
        doc_put_str(p->a, &parent, "name", program);
    value_fields_add(p->a, &f, "parent", value_fields_object(p->a, &parent));
    return doc_finish(p->a, &f, out, err);
}

int facts_caller(struct arena *a, const struct value **actor, struct err *err)
{
    struct parts p = {.a = a, .host = true};

    (void)caller_engines(&p.daemon); /* the daemon is wanted, not what calls through it */
    return facts_actor(&p, actor, err);
}
