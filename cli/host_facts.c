#include "cli/host_facts.h"

#include <curl/curl.h>
#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "facts/look.h"
#include "policy/value/json.h"

#define DOCKER_SOCKET "/run/docker.sock"

enum { ANSWER_MAX = 4 * 1024 * 1024, ARGS_MAX = 128 * 1024, ASK_TIMEOUT_S = 3 };

/* --- files ----------------------------------------------------------------------------------- */

static const struct value *one_stat(struct arena *a, const char *path)
{
    AUTO_FREE char *real = NULL;
    struct value_fields f = {0};
    struct stat st;

    if (stat(path, &st) < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            value_fields_add(a, &f, "missing", &value_true);
        else
            value_fields_add(a, &f, "unknown", value_str(a, strerror(errno)));
        return value_fields_object(a, &f);
    }
    real = realpath(path, NULL);
    value_fields_add(a, &f, "kind", value_str(a, look_kind(st.st_mode)));
    value_fields_add(a, &f, "uid", value_u64(a, st.st_uid));
    value_fields_add(a, &f, "gid", value_u64(a, st.st_gid));
    value_fields_add(a, &f, "mode", value_u64(a, st.st_mode & 07777));
    value_fields_add(a, &f, "dev", value_u64(a, st.st_dev));
    value_fields_add(a, &f, "real", value_str(a, real ? real : path));
    return value_fields_object(a, &f);
}

/* The file's text; NULL where there is none, or it cannot be read. */
static const struct value *one_text(struct arena *a, const char *path)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    AUTO_FREE char *text = NULL;
    struct err quiet = ERR_INIT;
    size_t len;

    if (fd < 0 || file_read_fd(fd, HOST_TEXT_MAX, &text, &len, &quiet) < 0)
        return NULL;
    return value_string(a, text, len);
}

static const struct value *one_json(struct arena *a, const char *path)
{
    const struct value *const text = one_text(a, path);
    const struct value *doc;
    struct value_fields f = {0};
    struct err why = ERR_INIT;

    if (!text)
        return NULL;
    if (json_parse(a, value_bytes(text), text->count, JSON_LAST_WINS, &doc, NULL, &why) == 0)
        return doc;
    value_fields_add(a, &f, "unreadable", value_str(a, why.text));
    return value_fields_object(a, &f);
}

static const struct value *one_glob(struct arena *a, const char *pattern)
{
    struct value_list l = {0};
    glob_t g = {0};

    if (glob(pattern, GLOB_ERR, NULL, &g) == 0) {
        for (size_t i = 0; i < g.gl_pathc && i < HOST_FACTS_PATHS_MAX; i++)
            value_list_add(a, &l, value_str(a, g.gl_pathv[i]));
    }
    globfree(&g);
    return value_list_array(a, &l);
}

/* Files below a directory that give their owner's or group's rights to whoever runs them. */
static const struct value *one_setuid(struct arena *a, const char *path)
{
    char *const roots[] = {(char *)(uintptr_t)path, NULL};
    FTS *const walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    struct value_fields f = {0};
    struct value_list found = {0};
    bool complete = walk != NULL;
    size_t seen = 0;

    for (const FTSENT *e; walk && complete && (e = fts_read(walk));) {
        const bool error = e->fts_info == FTS_DNR || e->fts_info == FTS_ERR ||
                           e->fts_info == FTS_NS || ++seen > HOST_SETUID_ENTRIES_MAX ||
                           found.n == HOST_SETUID_FILES_MAX;

        complete = !error;
        if (!error && e->fts_info == FTS_F && (e->fts_statp->st_mode & (S_ISUID | S_ISGID)))
            value_list_add(a, &found, value_str(a, e->fts_path + strlen(path)));
    }
    if (walk)
        (void)fts_close(walk);
    value_fields_add(a, &f, "files", value_list_array(a, &found));
    value_fields_add(a, &f, "complete", value_bool_of(complete));
    return value_fields_object(a, &f);
}

/* clang-format off */
static const struct {
    const char *name;
    const struct value *(*one)(struct arena *, const char *);
} ways[] = {
    { "stat",   one_stat   },
    { "text",   one_text   },
    { "json",   one_json   },
    { "glob",   one_glob   },
    { "setuid", one_setuid },
};
/* clang-format on */

static int docker_look(struct arena *a, const struct value *wanted, const struct value *facts,
                       const struct value **out, struct err *err);

int host_facts_look(struct arena *a, const struct value *look, const struct value *facts,
                    const struct value **out, struct err *err)
{
    const struct value *all = facts;

    for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
        const struct value *const wanted = value_field(look, ways[w].name);
        const struct value *const key = value_str(a, ways[w].name);
        struct value_fields f = {0};

        for (size_t i = 0; wanted && i < wanted->count && i < HOST_FACTS_PATHS_MAX; i++) {
            const char *const path = value_cstr(value_at(wanted, i));

            const struct value *const had =
                path ? value_path(facts, ways[w].name, path, NULL) : NULL;

            if (path)
                value_fields_add(a, &f, path, had ? had : ways[w].one(a, path));
        }
        const struct value *const seen = value_fields_object(a, &f);
        all = key && seen ? value_object_with(a, all, key, seen) : NULL;
        if (!all)
            return err_nomem(err);
    }
    return docker_look(a, value_field(look, "docker"), all, out, err);
}

/* --- processes and mounts ----------------------------------------------------------------------
 */

/* The arguments of a process, when it is an engine's daemon. */
static const struct value *engine_args(struct arena *a, const char *pid)
{
    static const char *const daemons[] = {"dockerd", "containerd", "crio"};
    const char *const comm = arena_printf(a, "/proc/%s/comm", pid);
    const char *const cmdline = arena_printf(a, "/proc/%s/cmdline", pid);
    const struct value *const name = comm ? one_text(a, comm) : NULL;
    struct value_list l = {0};
    bool is_engine = false;

    for (size_t i = 0; name && i < ARRAY_LEN(daemons); i++)
        is_engine = is_engine || (strncmp(value_bytes(name), daemons[i], strlen(daemons[i])) == 0 &&
                                  value_bytes(name)[strlen(daemons[i])] == '\n');
    const struct value *const text = is_engine && cmdline ? one_text(a, cmdline) : NULL;
    if (!text)
        return NULL;
    for (const char *at = value_bytes(text), *const end = at + text->count; at < end;) {
        value_list_add(a, &l, value_str(a, at));
        at += strlen(at) + 1;
    }
    return value_list_array(a, &l);
}

static const struct value *processes(struct arena *a)
{
    DIR *const d = opendir("/proc");
    struct value_list l = {0};

    for (const struct dirent *e; d && (e = readdir(d));) {
        unsigned long long pid;
        const struct value *args;
        struct value_fields f = {0};

        if (!str_decimal(e->d_name, INT32_MAX, &pid) || !(args = engine_args(a, e->d_name)))
            continue;
        value_fields_add(a, &f, "pid", value_u64(a, pid));
        value_fields_add(a, &f, "args", args);
        value_list_add(a, &l, value_fields_object(a, &f));
    }
    if (d)
        (void)closedir(d);
    return value_list_array(a, &l);
}

/* Mount points of this namespace, as the kernel writes them. */
static const struct value *mounts(struct arena *a)
{
    const struct value *const text = one_text(a, "/proc/self/mounts");
    struct value_list l = {0};

    for (const char *line = text ? value_bytes(text) : NULL; line && *line;) {
        const char *const from = strchr(line, ' ');
        const char *const next = strchr(line, '\n');
        const size_t len = from ? strcspn(from + 1, " \n") : 0;

        if (from && (!next || from < next))
            value_list_add(a, &l, value_string(a, from + 1, len));
        line = next ? next + 1 : NULL;
    }
    return value_list_array(a, &l);
}

/* --- the engine's own word ---------------------------------------------------------------------
 */

static size_t take(char *bytes, size_t size, size_t n, void *ctx)
{
    struct buf *const b = ctx;

    buf_add(b, bytes, size * n);
    return b->failed ? 0 : size * n;
}

/* A question about settings and images: what no question of ours has in it is not sent. */
static bool is_question(const char *what)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "/:?=&._-";

    return what[0] && what[0] != '/' && what[strspn(what, good)] == '\0' && !strstr(what, "..");
}

/* *alive false: nobody answers, the others need not be asked. */
static const struct value *ask_docker(struct arena *a, CURL *curl, const char *what, bool *alive)
{
    AUTO_BUF struct buf body = {.max = ANSWER_MAX};
    const char *const url = arena_printf(a, "http://docker/%s", what);
    const struct value *doc = NULL;
    struct err quiet = ERR_INIT;
    long code = 0;

    if (!url)
        return NULL;
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    const CURLcode got = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    *alive = got == CURLE_OK || got == CURLE_WRITE_ERROR;
    if (got != CURLE_OK || code != 200 || !body.data ||
        json_parse(a, body.data, body.len, JSON_LAST_WINS, &doc, NULL, &quiet) < 0)
        return NULL;
    return doc;
}

/* What was answered before is not asked again. */
static int docker_look(struct arena *a, const struct value *wanted, const struct value *facts,
                       const struct value **out, struct err *err)
{
    const struct value *const key = value_str(a, "docker");
    bool alive = access(DOCKER_SOCKET, F_OK) == 0;
    CURL *const curl = alive ? curl_easy_init() : NULL;
    struct value_fields f = {0};

    *out = facts;
    if (!curl)
        return alive ? err_nomem(err) : 0;
    (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, DOCKER_SOCKET);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)ASK_TIMEOUT_S);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    for (size_t i = 0; wanted && i < wanted->count && i < HOST_QUESTIONS_MAX; i++) {
        const char *const what = value_cstr(value_at(wanted, i));
        const struct value *const had = what ? value_path(facts, "docker", what, NULL) : NULL;

        if (what && is_question(what))
            value_fields_add(a, &f, what, had || !alive ? had : ask_docker(a, curl, what, &alive));
    }
    curl_easy_cleanup(curl);
    const struct value *const answers = value_fields_object(a, &f);
    *out = key && answers ? value_object_with(a, facts, key, answers) : NULL;
    return *out ? 0 : err_nomem(err);
}

int host_facts_plain(struct arena *a, const struct value **out, struct err *err)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "processes", processes(a));
    value_fields_add(a, &f, "mounts", mounts(a));
    *out = value_fields_object(a, &f);
    return *out ? 0 : err_nomem(err);
}
