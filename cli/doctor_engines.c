#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "cli/divert.h"
#include "cli/doctor.h"
#include "policy/value/json.h"

/* Where packages and vendors put programs; PATH is the caller's and says nothing about daemons. */
static const char *const program_dirs[] = {"/usr/bin", "/usr/sbin", "/usr/local/bin",
                                           "/usr/local/sbin", "/opt/bin"};

static const char *program_find(struct arena *a, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(program_dirs); i++) {
        const char *const path = arena_printf(a, "%s/%s", program_dirs[i], name);

        if (path && access(path, X_OK) == 0)
            return path;
    }
    return NULL;
}

enum health check_docker(struct checkup *c)
{
    static const char file[] = "/etc/docker/daemon.json";
    const char *const daemon = program_find(c->arena, "dockerd");
    AUTO_FREE char *text = NULL;
    const struct value *doc = NULL;
    struct err err = ERR_INIT;

    if (!daemon) {
        buf_puts(c->says, "not installed");
        return HEALTH_SKIP;
    }
    text = doctor_read(file);
    if (text && json_parse(c->arena, text, strlen(text), JSON_LAST_WINS, &doc, NULL, &err) < 0) {
        buf_printf(c->says, "%s: %s", file, err.text);
        return HEALTH_BAD;
    }
    const struct value *const name = value_field(doc, "default-runtime");
    const struct value *const runtimes = value_field(doc, "runtimes");
    const struct value *const row = name && runtimes ? value_get(runtimes, name) : NULL;
    const char *const path = value_cstr(value_field(row, "path"));

    if (path && doctor_is_shim(path)) {
        buf_printf(c->says, "default runtime is %s", path);
        return HEALTH_GOOD;
    }
    buf_printf(c->says, "%s: %s has no default-runtime whose path is sallyport-runtime", daemon,
               file);
    return HEALTH_NOTE;
}

/* TOML is not parsed here: the shim's name standing in a line that is no comment is what counts,
 * and the sentence says no more than that. */
static bool mentions(const char *text, const char *word)
{
    for (const char *at = text; (at = strstr(at, word)); at++) {
        const char *line = at;

        while (line > text && line[-1] != '\n')
            line--;
        line += strspn(line, " \t");
        if (*line != '#')
            return true;
    }
    return false;
}

static enum health by_mention(struct checkup *c, const char *program, const char *const *files)
{
    const char *const path = program_find(c->arena, program);

    if (!path) {
        buf_puts(c->says, "not installed");
        return HEALTH_SKIP;
    }
    for (; *files; files++) {
        AUTO_FREE char *text = doctor_read(*files);

        if (text && mentions(text, "sallyport-runtime")) {
            buf_printf(c->says, "%s names sallyport-runtime", *files);
            return HEALTH_GOOD;
        }
    }
    buf_printf(c->says, "%s: no configuration file names sallyport-runtime", path);
    return HEALTH_NOTE;
}

enum health check_containerd(struct checkup *c)
{
    static const char *const files[] = {"/etc/containerd/config.toml", NULL};

    return by_mention(c, "containerd", files);
}

enum health check_podman(struct checkup *c)
{
    static const char *const files[] = {"/etc/containers/containers.conf",
                                        "/etc/containers/containers.conf.d/sallyport.conf",
                                        "/usr/share/containers/containers.conf", NULL};

    return by_mention(c, "podman", files);
}

enum health check_crio(struct checkup *c)
{
    static const char *const files[] = {"/etc/crio/crio.conf",
                                        "/etc/crio/crio.conf.d/sallyport.conf",
                                        "/etc/crio/crio.conf.d/10-crio.conf", NULL};

    return by_mention(c, "crio", files);
}

/* Users of Docker can name any runtime that stands in the daemon's PATH, image builds always use
 * runc: only a diverted runc covers both. */
enum health check_divert(struct checkup *c)
{
    char found[DIVERT_MAX][DIVERT_PATH_MAX], gate[DIVERT_PATH_MAX];
    struct err err = ERR_INIT;
    const size_t n = divert_find(found);
    bool open = false, bad = false;

    if (divert_gate(gate, sizeof gate, &err) < 0) {
        buf_puts(c->says, err.text);
        return HEALTH_BAD;
    }
    for (size_t i = 0; i < n; i++) {
        const enum divert_state state = divert_look(found[i], gate);

        buf_printf(c->says, "%s%s %s", i ? ", " : "", found[i],
                   state == DIVERT_ON    ? "is diverted"
                   : state == DIVERT_OFF ? "is a plain runtime"
                                         : "needs a look (sallyport divert status)");
        open = open || state == DIVERT_OFF;
        bad = bad || (state != DIVERT_OFF && state != DIVERT_ON);
    }
    if (open)
        buf_puts(c->says, ": who may choose a runtime (docker run --runtime, image builds) goes "
                          "round (sallyport divert on)");
    if (n == 0)
        buf_puts(c->says, "no other runtime in the usual places");
    return bad ? HEALTH_BAD : open ? HEALTH_NOTE : HEALTH_GOOD;
}
