#include "runtime/request.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "policy/value/json.h"
#include "runtime/chosen.h"
#include "runtime/exec.h"
#include "runtime/inline.h"
#include "runtime/ranges.h"

enum { DOCUMENT_MAX = BUNDLE_CONFIG_MAX, RUNTIME_STATE_MAX = 8 * 1024 * 1024, FDS_MAX = 256 };

static const struct {
    const char *verb, *member;
    enum document_kind kind;
} kinds[] = {
    {"create", "/config", DOCUMENT_CONFIG},       {"run", "/config", DOCUMENT_CONFIG},
    {"restore", "/config", DOCUMENT_CONFIG},      {"exec", "/process", DOCUMENT_PROCESS},
    {"update", "/resources", DOCUMENT_RESOURCES},
};

const char *request_member(const struct request *r)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].kind == r->kind)
            return kinds[i].member;
    }
    return "";
}

/* Without ".", ".." and doubled slashes, by name alone, as Go's runtimes read it. */
static void lexically(const char *path, char *out, size_t size)
{
    size_t n = 0;

    out[0] = '\0';
    for (const char *p = path; *p;) {
        p += strspn(p, "/");
        const size_t len = strcspn(p, "/");

        if (len == 2 && memcmp(p, "..", 2) == 0) {
            while (n > 0 && out[--n] != '/')
                ;
            out[n] = '\0';
        } else if (len > 0 && !(len == 1 && *p == '.')) {
            if (n + len + 1 >= size) {
                out[0] = '\0';
                return;
            }
            out[n++] = '/';
            memcpy(out + n, p, len);
            n += len;
            out[n] = '\0';
        }
        p += len;
    }
    if (n == 0)
        (void)str_copy(out, size, "/");
}

/* One name for one directory, whatever it was called: what was admitted is found by it. The part
 * that does not exist yet stands as it is. */
static void one_name(char *path, size_t size)
{
    char head[PATH_MAX], real[PATH_MAX], rest[PATH_MAX];

    if (!str_copy(head, sizeof(head), path))
        return;
    rest[0] = '\0';
    while (!file_real(head, real)) {
        char *const slash = strrchr(head, '/');

        if (!slash || slash == head)
            return;
        (void)str_copy(rest, sizeof(rest), path + (slash - head));
        *slash = '\0';
    }
    const size_t n = strcmp(real, "/") == 0 && rest[0] ? 0 : strlen(real);
    if (n + strlen(rest) >= size) {
        path[0] = '\0';
        return;
    }
    memcpy(path, real, n);
    (void)str_copy(path + n, size - n, rest);
}

void request_root(const struct argv_call *c, bool rootless, char *out, size_t size)
{
    const char *const given = argv_value(c, "root");
    const char *const run = rootless ? secure_getenv("XDG_RUNTIME_DIR") : NULL;
    char cwd[PATH_MAX] = "", named[2 * PATH_MAX];
    int n = 0;

    if (given && (given[0] == '/' || !*given))
        n = snprintf(named, sizeof(named), "%s", given);
    else if (given)
        n = getcwd(cwd, sizeof(cwd)) ? snprintf(named, sizeof(named), "%s/%s", cwd, given) : -1;
    else
        n = snprintf(named, sizeof(named), "%s/%s", run && run[0] == '/' ? run : "/run",
                     family_name(c->family));
    if (n <= 0 || (size_t)n >= sizeof(named))
        out[0] = '\0';
    else if (c->family == FAMILY_RUNC)
        lexically(named, out, size);
    else if (!str_copy(out, size, named))
        out[0] = '\0';
    if (out[0])
        one_name(out, size);
}

/* --- facts about the call ------------------------------------------------------------------ */

static const char *fd_kind(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return "closed";
    switch (st.st_mode & S_IFMT) {
    case S_IFSOCK:
        return "socket";
    case S_IFIFO:
        return "pipe";
    case S_IFDIR:
        return "directory";
    case S_IFREG:
        return "file";
    case S_IFCHR:
    case S_IFBLK:
        return "device";
    default:
        return "other";
    }
}

static void add(struct arena *a, const struct value **obj, const char *key, const struct value *v)
{
    const struct value *const name = value_str(a, key);

    *obj = *obj && name && v ? value_object_with(a, *obj, name, v) : NULL;
}

/* The directory that was resolved last: options name files of few. */
struct resolved {
    char head[PATH_MAX], real[PATH_MAX];
};

static const char *real_head(struct resolved *last, const char *head)
{
    if (last->real[0] && strcmp(last->head, head) == 0)
        return last->real;
    last->real[0] = '\0';
    if (!file_real(head, last->real) || !str_copy(last->head, sizeof(last->head), head)) {
        last->real[0] = '\0';
        return NULL;
    }
    return last->real;
}

/* The file that an option names, symbolic links followed as far as there are any. */
static const struct value *leads_to(struct arena *a, const char *path, struct resolved *last)
{
    char real[PATH_MAX], head[PATH_MAX];
    const char *const slash = strrchr(path, '/');

    if (file_real(path, real))
        return value_str(a, real);
    if (!slash)
        return getcwd(head, sizeof(head)) ? value_str(a, arena_printf(a, "%s/%s", head, path))
                                          : NULL;
    (void)snprintf(head, sizeof(head), "%.*s", (int)(slash - path), path);
    const char *const to = slash == path ? NULL : real_head(last, head);
    return value_str(a, to ? arena_printf(a, "%s%s", to, slash) : path);
}

static const struct value *files_resolved(struct arena *a, const struct argv_call *c,
                                          const struct value *args)
{
    static const struct {
        const char *option, *fact;
    } files[] = {{"log", "log"},
                 {"root", "root"},
                 {"pid-file", "pid_file"},
                 {"console-socket", "console_socket"},
                 {"pidfd-socket", "pidfd_socket"}};
    struct resolved last = {.real = ""};

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        const char *const path = argv_value(c, files[i].option);

        if (path && *path)
            add(a, &args, files[i].fact, leads_to(a, path, &last));
    }
    return args;
}

/* Options, and what the environment adds to them. */
static const struct value *call_facts(struct arena *a, const struct argv_call *c,
                                      const struct value *removed)
{
    const struct value *args = files_resolved(a, c, argv_facts(a, c));
    const char *const preserve = argv_value(c, "preserve-fds");
    const char *const listen = getenv("LISTEN_FDS");
    const char *const notify = getenv("NOTIFY_SOCKET");
    unsigned long long handed = 0, listening = 0;

    if (preserve && !str_decimal(preserve, 1u << 20, &handed))
        handed = 0;
    if (listen && str_decimal(listen, 1u << 20, &listening))
        add(a, &args, "listen_fds", value_u64(a, listening));
    if (handed + listening > 0) {
        struct value_list l = {0};

        for (unsigned long long i = 0; i < handed + listening && i < FDS_MAX; i++)
            value_list_add(a, &l, value_str(a, fd_kind(3 + (int)i)));
        add(a, &args, "preserved_kinds", value_list_array(a, &l));
    }
    if (notify)
        add(a, &args, "notify_socket", value_str(a, notify));
    if (removed && removed->count > 0)
        add(a, &args, "environment_removed", removed);
    return args;
}

/* --- reading ------------------------------------------------------------------------------- */

/* Only then a user is to be chosen, or ids to be mapped. A document that is malformed there counts:
 * rules refuse it. */
static bool starts_as_root(const struct value *config)
{
    const struct value *const uid = value_path(config, "process", "user", "uid", NULL);
    uint64_t n = 0;

    return !uid || !value_uint64(uid, &n) || n == 0;
}

static int read_config(struct request *r, struct arena *a, struct err *err)
{
    const char *const path = argv_value(r->call, "bundle");
    const char *const name = argv_value(r->call, "config");
    const char *const dir = path && *path ? path : ".";

    /* crun's --config resolves against the caller's directory; only names in the bundle are read
     * alike by us and by it. */
    if (name && strcmp(name, "config.json") != 0) {
        char here[PATH_MAX], there[PATH_MAX];

        if (strchr(name, '/') || !realpath(".", here) || !realpath(dir, there) ||
            strcmp(here, there) != 0)
            return err_set(err, ERR_USAGE,
                           "--config takes the name of a file in the bundle, which must be the "
                           "current directory");
    }
    if (bundle_open(&r->bundle, dir, name ? name : "config.json", !r->gate->rootless, a, err) < 0)
        return -1;
    r->file = name ? name : "config.json";
    r->file_dir = r->bundle.dirfd;
    r->bytes = r->bundle.bytes;
    r->len = r->bundle.len;
    r->st = r->bundle.st;
    r->doc = r->bundle.doc;
    r->changeable = r->gate->rootless;
    r->facts.config = r->doc;
    r->facts.bundle = r->bundle.dir;
    r->facts.bundle_fd = r->bundle.dirfd;
    if (r->gate->rootless || !starts_as_root(r->doc))
        return 0;
    r->facts.map_base = ranges_offer(&r->state);
    return chosen_load(&r->state, a, r->doc, r->bundle.dirfd, &r->facts.chosen, err);
}

/* Could somebody else put another file in its place between us and the runtime? */
static bool exchangeable(const char *path, const struct stat *st)
{
    char dir[PATH_MAX];
    struct stat up;

    if (st->st_uid != geteuid() || (st->st_mode & 022) != 0 || path[0] != '/' ||
        !str_copy(dir, sizeof(dir), path))
        return true;
    for (char *slash = strrchr(dir, '/'); slash; slash = strrchr(dir, '/')) {
        slash[slash == dir] = '\0';
        if (lstat(dir, &up) < 0 || (up.st_uid != 0 && up.st_uid != geteuid()))
            return true;
        if (!S_ISLNK(up.st_mode) && (up.st_mode & 022) != 0 && (up.st_mode & S_ISVTX) == 0)
            return true;
        if (slash == dir)
            break;
    }
    return false;
}

static int read_file(struct request *r, const char *path, struct arena *a, struct err *err)
{
    if (file_read_at(AT_FDCWD, path, DOCUMENT_MAX, &r->own_bytes, &r->len, &r->st, err) < 0 ||
        document_parse(a, r->own_bytes, r->len, &r->doc, err) < 0)
        return -1;
    r->bytes = r->own_bytes;
    r->file = path;
    r->file_dir = AT_FDCWD;
    r->changeable = exchangeable(path, &r->st);
    if (r->changeable)
        r->delivery = DELIVER_ARGUMENT;
    return 0;
}

/* The bundle of a container that was not admitted here, as its runtime remembers it. */
static int bundle_of_runtime(const struct request *r, struct arena *a, const char **out,
                             struct err *err)
{
    AUTO_FREE char *text = NULL;
    char path[PATH_MAX];
    size_t len = 0;
    const struct value *doc = NULL;

    const int n = snprintf(path, sizeof(path), "%s/%s/%s", r->root, r->call->id,
                           r->call->family == FAMILY_CRUN ? "status" : "state.json");
    if (n < 0 || (size_t)n >= sizeof(path))
        return err_set(err, ERR_LIMIT, "path too long");
    if (file_read_at(AT_FDCWD, path, RUNTIME_STATE_MAX, &text, &len, NULL, err) < 0 ||
        json_parse(a, text, len, JSON_LAST_WINS, &doc, NULL, err) < 0)
        return err_ctx(err, "the container's state");
    *out = value_cstr(value_field(doc, "bundle"));

    const struct value *const labels = value_path(doc, "config", "labels", NULL);
    for (size_t i = 0; !*out && labels && value_is(labels, VALUE_ARRAY) && i < labels->count; i++) {
        const char *const label = value_cstr(value_at(labels, i));

        if (label && str_starts(label, "bundle="))
            *out = label + 7;
    }
    return *out ? 0 : err_set(err, ERR_INVALID, "the container's bundle is not known");
}

/* Every capability of each set of `asked` stands somewhere in `own`. */
static bool capabilities_within(const struct value *asked, const struct value *own)
{
    for (size_t i = 0; asked && value_is(asked, VALUE_OBJECT) && i < asked->count; i++) {
        const struct value *const set = value_val_at(asked, i);

        for (size_t k = 0; value_is(set, VALUE_ARRAY) && k < set->count; k++) {
            bool found = false;

            for (size_t j = 0; own && value_is(own, VALUE_OBJECT) && j < own->count && !found;
                 j++) {
                const struct value *const of = value_val_at(own, j);

                for (size_t n = 0; value_is(of, VALUE_ARRAY) && n < of->count && !found; n++)
                    found = value_equal(value_at(of, n), value_at(set, k));
            }
            if (!found)
                return false;
        }
    }
    return true;
}

bool request_asks_no_more(const struct request *r, struct arena *a)
{
    AUTO_BUNDLE struct bundle b = BUNDLE_INIT;
    const char *dir = NULL;
    struct err ignored = ERR_INIT;

    if (r->kind != DOCUMENT_PROCESS || bundle_of_runtime(r, a, &dir, &ignored) < 0 ||
        bundle_open(&b, dir, "config.json", false, a, &ignored) < 0)
        return false;
    const struct value *const own = value_field(b.doc, "process");
    return capabilities_within(value_field(r->doc, "capabilities"),
                               value_field(own, "capabilities"));
}

static int process_of_options(struct request *r, struct arena *a, struct err *err)
{
    const struct value *base = value_path(r->saved, "config", "process", NULL);

    if (!base) {
        const char *dir = NULL;

        if (bundle_of_runtime(r, a, &dir, err) < 0 ||
            bundle_open(&r->bundle, dir, "config.json", false, a, err) < 0)
            return -1;
        base = value_field(r->bundle.doc, "process");
    }
    return inline_process(a, r->call, base, &r->doc, err);
}

static int read_process(struct request *r, struct arena *a, struct err *err)
{
    const char *const path = argv_value(r->call, "process");

    if (path && *path) {
        if (read_file(r, path, a, err) < 0)
            return err_ctx(err, "process");
    } else {
        r->delivery = DELIVER_ARGUMENT;
        if (process_of_options(r, a, err) < 0)
            return err_ctx(err, "process");
    }
    r->facts.process = r->doc;
    return 0;
}

static int read_resources(struct request *r, struct arena *a, struct err *err)
{
    const char *const path = argv_value(r->call, "resources");

    if (path && strcmp(path, "-") == 0) {
        r->delivery = DELIVER_STDIN;
        if (file_read_fd(STDIN_FILENO, DOCUMENT_MAX, &r->own_bytes, &r->len, err) < 0 ||
            document_parse(a, r->own_bytes, r->len, &r->doc, err) < 0)
            return err_ctx(err, "resources");
        r->bytes = r->own_bytes;
        r->changeable = true; /* what was read from the pipe is gone from it */
    } else if (path && *path) {
        if (read_file(r, path, a, err) < 0)
            return err_ctx(err, "resources");
    } else {
        r->delivery = DELIVER_ARGUMENT;
        if (inline_resources(a, r->call, &r->doc, err) < 0)
            return err_ctx(err, "resources");
    }
    r->facts.resources = r->doc;
    return 0;
}

static int read_document(struct request *r, struct arena *a, struct err *err)
{
    switch (r->kind) {
    case DOCUMENT_CONFIG:
        return read_config(r, a, err);
    case DOCUMENT_PROCESS:
        return read_process(r, a, err);
    case DOCUMENT_RESOURCES:
        return read_resources(r, a, err);
    }
    return err_set(err, ERR_BUG, "no document of this verb");
}

int request_options(struct request *r, const struct argv_call *c, const struct gate *g,
                    const struct value *environment_removed, struct arena *a, struct err *err)
{
    *r = REQUEST_INIT;
    r->call = c;
    r->gate = g;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strcmp(kinds[i].verb, c->verb_name) == 0)
            r->kind = kinds[i].kind;
    }
    request_root(c, g->rootless, r->root, sizeof(r->root));
    if (!r->root[0])
        return err_set(err, ERR_USAGE, "--root: an empty path, or one too long");
    r->state = (struct state){.dir = g->state, .root = r->root, .id = c->id, .open = &r->state_dir};
    r->facts = (struct facts_request){
        .operation = c->verb_name,
        .registration = g->registration,
        .caller = g->caller,
        .id = c->id,
        .bundle_fd = -1,
        .runtime = family_name(c->family),
        .runtime_root = r->root,
        .argv = call_facts(a, c, environment_removed),
        .now_ns = clock_wall_ns(),
        .host = FACTS_LOOK,
        .trusted_host = !g->rootless,
    };
    if (!r->facts.argv)
        return err_nomem(err);
    return 0;
}

int request_read(struct request *r, const struct argv_call *c, const struct gate *g,
                 const struct value *environment_removed, struct arena *a, struct err *err)
{
    if (request_options(r, c, g, environment_removed, a, err) < 0)
        return -1;
    if (r->kind != DOCUMENT_CONFIG) {
        if (state_load(&r->state, a, &r->saved, err) < 0)
            return -1;
        r->facts.config = value_field(r->saved, "config");
        r->facts.admitted = value_field(r->saved, "admitted");
        r->facts.bundle = value_cstr(value_field(r->saved, "bundle"));
    }
    return read_document(r, a, err);
}

void request_close(struct request *r)
{
    bundle_close(&r->bundle);
    own_close(&r->state_dir);
    own_free(&r->own_bytes);
}

/* --- delivering ---------------------------------------------------------------------------- */

/* Above the descriptors that belong to the container. */
static int free_descriptor(const struct argv_call *c)
{
    const char *const preserve = argv_value(c, "preserve-fds");
    const char *const listen = getenv("LISTEN_FDS");
    unsigned long long handed = 0, listening = 0;

    if (preserve)
        (void)str_decimal(preserve, 512, &handed);
    if (listen)
        (void)str_decimal(listen, 512, &listening);
    return 3 + (int)(handed + listening) + 16;
}

static int as_argument(const struct request *r, const char *bytes, size_t len, struct arena *a,
                       char ***args, struct err *err)
{
    char path[40];
    const int fd = exec_memory(bytes, len, free_descriptor(r->call), err);

    if (fd < 0)
        return -1;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    *args =
        argv_with_document(a, r->call, r->kind == DOCUMENT_PROCESS ? "process" : "resources", path);
    return *args ? 0 : err_nomem(err);
}

/* A bundle of our own: the engine's stays as the engine wrote it. */
static int as_bundle(const struct request *r, const char *bytes, size_t len, struct arena *a,
                     char ***args, struct err *err)
{
    AUTO_FD int dir = open(r->stage, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (dir < 0)
        return err_sys(err, "%s", r->stage);
    if (file_replace_at(dir, "config.json", bytes, len, NULL, 0600, 0, err) < 0)
        return err_ctx(err, "%s", r->stage);
    *args = argv_with_bundle(a, r->call, r->stage);
    return *args ? 0 : err_nomem(err);
}

int request_deliver(struct request *r, const char *bytes, size_t len, bool changed, struct arena *a,
                    char ***args, struct err *err)
{
    *args = r->call->args;
    if (r->stage)
        return as_bundle(r, bytes, len, a, args, err);
    switch (r->delivery) {
    case DELIVER_FILE:
        if (!changed && !r->changeable)
            return 0;
        return file_replace_at(r->file_dir, r->file, bytes, len, &r->st, 0, 0, err);
    case DELIVER_STDIN:
        return exec_memory(bytes, len, 0, err) < 0 ? -1 : 0;
    case DELIVER_ARGUMENT:
        return as_argument(r, bytes, len, a, args, err);
    }
    return err_set(err, ERR_BUG, "no such delivery");
}
