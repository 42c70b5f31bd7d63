/* sallyport divert: let the gate take the names of the runtimes that are installed, and give them
 * back. runtime/divert.h says what the gate makes of it.
 *
 * On:  link NAME to NAME.sallyport-real; tell dpkg, so that an upgrade of the runtime lands there;
 *      rename the gate over NAME.
 * Off: rename NAME.sallyport-real over NAME; tell dpkg.
 * Either turns on one rename, and a run that died half-way is completed by the next one. */
#include "cli/divert.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "policy/value/json.h"
#include "runtime/divert.h"
#include "runtime/judge.h"

enum { DIVERT_ARENA = 64 * 1024 * 1024, PROGRAM_MAX = 64 * 1024 * 1024 };

static const char gate_name[] = "sallyport-runtime";

const struct option_row divert_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {NULL, 0, NULL, NULL, NULL},
};

/* Where packages, vendors and CRI-O put runtimes. */
static const char *const dirs[] = {"/usr/bin",          "/usr/sbin",
                                   "/usr/local/bin",    "/usr/local/sbin",
                                   "/usr/libexec/crio", "/usr/lib/cri-o-runc/sbin"};

static const char *const states[] = {
    [DIVERT_OFF] = "off",          [DIVERT_ON] = "on",     [DIVERT_OLD] = "outdated",
    [DIVERT_LOST] = "overwritten", [DIVERT_HALF] = "half", [DIVERT_ALIEN] = "unusable",
};

static const char *const state_says[] = {
    [DIVERT_OFF] = "engines that call it go round the gate",
    [DIVERT_ON] = "the gate has this name",
    [DIVERT_OLD] = "the gate has this name, in another version: sallyport divert refresh",
    [DIVERT_LOST] = "was diverted, then replaced by another runtime: sallyport divert on",
    [DIVERT_HALF] = "a diversion was begun and not completed: sallyport divert on, or off",
    [DIVERT_ALIEN] = "the gate stands here by hand, without a real runtime beside it",
};

/* --- what is there ------------------------------------------------------------------------------
 */

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool same_bytes(const char *a, const char *b)
{
    AUTO_FREE char *x = NULL;
    AUTO_FREE char *y = NULL;
    size_t nx = 0, ny = 0;
    struct err ignored = ERR_INIT;

    return file_read_at(AT_FDCWD, a, PROGRAM_MAX, &x, &nx, NULL, &ignored) == 0 &&
           file_read_at(AT_FDCWD, b, PROGRAM_MAX, &y, &ny, NULL, &ignored) == 0 && nx == ny &&
           memcmp(x, y, nx) == 0;
}

static void real_of(const char *name, char real[DIVERT_PATH_MAX + sizeof(DIVERT_SUFFIX)])
{
    (void)snprintf(real, DIVERT_PATH_MAX + sizeof(DIVERT_SUFFIX), "%.*s" DIVERT_SUFFIX,
                   DIVERT_PATH_MAX - 1, name);
}

enum divert_state divert_look(const char *name, const char *gate)
{
    char real[DIVERT_PATH_MAX + sizeof(DIVERT_SUFFIX)];
    const bool taken = divert_is_gate(name);

    real_of(name, real);
    if (access(real, F_OK) < 0)
        return taken ? DIVERT_ALIEN : DIVERT_OFF;
    if (same_file(name, real))
        return DIVERT_HALF;
    if (!taken)
        return DIVERT_LOST;
    return same_file(name, gate) || same_bytes(name, gate) ? DIVERT_ON : DIVERT_OLD;
}

/* The runtimes in the usual places, each once whatever links lead to it. */
size_t divert_find(char found[DIVERT_MAX][DIVERT_PATH_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
        for (enum family f = 0; f < FAMILY_COUNT; f++) {
            char path[DIVERT_PATH_MAX];
            AUTO_FREE char *real = NULL;
            bool known = false;

            (void)snprintf(path, sizeof path, "%s/%s", dirs[i], family_name(f));
            real = realpath(path, NULL);
            for (size_t k = 0; real && k < n; k++)
                known = known || strcmp(found[k], real) == 0;
            if (real && !known && n < DIVERT_MAX && str_copy(found[n], DIVERT_PATH_MAX, real))
                n++;
        }
    }
    return n;
}

int divert_gate(char *out, size_t size, struct err *err)
{
    char self[DIVERT_PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    if (n <= 0)
        return err_sys(err, "/proc/self/exe");
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    if ((size_t)snprintf(out, size, "%s/%s", self, gate_name) >= size)
        return err_set(err, ERR_LIMIT, "%s: path too long", self);
    return 0;
}

/* --- dpkg ---------------------------------------------------------------------------------------
 */

static int dpkg_run(const char *const *words, struct err *err)
{
    static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
    char *env[] = {path, locale, NULL, NULL, NULL}, *args[12] = {0};
    char storage[12][DIVERT_PATH_MAX], root[600], admin[600];
    const char *const kept[] = {secure_getenv("DPKG_ROOT"), secure_getenv("DPKG_ADMINDIR")};
    pid_t pid;
    int status = 0;

    if (kept[0] && (size_t)snprintf(root, sizeof root, "DPKG_ROOT=%s", kept[0]) < sizeof root)
        env[2] = root;
    if (kept[1] &&
        (size_t)snprintf(admin, sizeof admin, "DPKG_ADMINDIR=%s", kept[1]) < sizeof admin)
        env[env[2] ? 3 : 2] = admin;
    for (size_t i = 0; words[i] && i + 1 < ARRAY_LEN(args); i++) {
        if (!str_copy(storage[i], sizeof storage[i], words[i]))
            return err_set(err, ERR_LIMIT, "%s: too long", words[i]);
        args[i] = storage[i];
    }
    errno = posix_spawn(&pid, args[0], NULL, NULL, args, env);
    if (errno)
        return err_sys(err, "%s", args[0]);
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return err_sys(err, "%s", args[0]);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return err_set(err, ERR_SYSTEM, "%s failed", words[0]);
    return 0;
}

/* Upgrades of the runtime's package go to its other name, or again to its own. */
static int dpkg_tell(const char *name, const char *real, bool on, struct err *err)
{
    static const char program[] = "/usr/bin/dpkg-divert";
    const char *const words[] = {program,     "--quiet",  "--no-rename", "--package",
                                 "sallyport", "--divert", real,          on ? "--add" : "--remove",
                                 name,        NULL};

    if (access(program, X_OK) < 0)
        return 0;
    return dpkg_run(words, err);
}

/* --- on -----------------------------------------------------------------------------------------
 */

/* A file of its own with the gate's bytes, and the label of the runtime whose name it will have. */
static int copy_gate(const char *gate, const char *name, const char *to, struct err *err)
{
    AUTO_FREE char *bytes = NULL;
    char label[512];
    size_t len = 0;

    if (file_read_at(AT_FDCWD, gate, PROGRAM_MAX, &bytes, &len, NULL, err) < 0)
        return err_ctx(err, "%s", gate);
    AUTO_FD int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    if (fd < 0)
        return err_sys(err, "%s", to);
    if (fchmod(fd, 0755) < 0)
        return err_sys(err, "%s", to);
    const ssize_t n = getxattr(name, "security.selinux", label, sizeof label);
    if (n > 0 && fsetxattr(fd, "security.selinux", label, (size_t)n, 0) < 0 && errno != ENOTSUP)
        return err_sys(err, "%s: SELinux label", to);
    if (file_write_all(fd, bytes, len, err) < 0)
        return err_ctx(err, "%s", to);
    return fsync(fd) < 0 ? err_sys(err, "%s", to) : 0;
}

static int sync_dir(const char *name, struct err *err)
{
    char dir[DIVERT_PATH_MAX];

    (void)str_copy(dir, sizeof dir, name);
    *strrchr(dir, '/') = '\0';
    AUTO_FD int fd = open(dir[0] ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 ? err_sys(err, "%s", dir) : 0;
}

/* The gate over NAME, in one rename. A link where it can be one: then the gate sees that both are
 * it. Where files have labels, and on another file system, a copy. */
static int take_name(const char *gate, const char *name, struct err *err)
{
    char temporary[DIVERT_PATH_MAX + 32], label[512];
    const bool labelled = getxattr(name, "security.selinux", label, sizeof label) > 0;

    (void)snprintf(temporary, sizeof temporary, "%.*s.sallyport-new", DIVERT_PATH_MAX - 1, name);
    if (unlink(temporary) < 0 && errno != ENOENT)
        return err_sys(err, "%s", temporary);
    if ((labelled || link(gate, temporary) < 0) && copy_gate(gate, name, temporary, err) < 0) {
        (void)unlink(temporary);
        return -1;
    }
    if (rename(temporary, name) < 0) {
        (void)err_sys(err, "%s", name);
        (void)unlink(temporary);
        return -1;
    }
    return sync_dir(name, err);
}

/* The runtime under its other name as well: a link, so that the name itself is never missing. */
static int put_aside(const char *name, const char *real, struct err *err)
{
    char temporary[DIVERT_PATH_MAX + sizeof(DIVERT_SUFFIX) + 16];

    (void)snprintf(temporary, sizeof temporary, "%s-new", real);
    if (unlink(temporary) < 0 && errno != ENOENT)
        return err_sys(err, "%s", temporary);
    if (link(name, temporary) < 0)
        return err_sys(err, "%s", temporary);
    if (rename(temporary, real) < 0)
        return err_sys(err, "%s", real);
    (void)unlink(temporary); /* rename of two names of one file does nothing */
    return sync_dir(real, err);
}

static int turn_on(const char *name, const char *gate, enum divert_state state, struct err *err)
{
    char real[DIVERT_PATH_MAX + sizeof(DIVERT_SUFFIX)];
    struct stat st;

    real_of(name, real);
    if (strlen(real) >= DIVERT_PATH_MAX)
        return err_set(err, ERR_LIMIT, "%s: path too long", name);
    if (state == DIVERT_ON)
        return 0;
    if (state == DIVERT_ALIEN)
        return err_set(err, ERR_TRUST, "%s is Sallyport already, and no real runtime is beside it",
                       name);
    if (state != DIVERT_OLD) {
        AUTO_FD int fd = file_open_trusted(name, O_RDONLY | O_CLOEXEC, err);

        if (fd < 0)
            return err_ctx(err, "%s", name);
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
            return err_set(err, ERR_INVALID, "%s: not a program", name);
        if (put_aside(name, real, err) < 0)
            return -1;
        if (dpkg_tell(name, real, true, err) < 0) {
            if (state == DIVERT_OFF)
                (void)unlink(real);
            return -1;
        }
    }
    return take_name(gate, name, err);
}

/* --- off ----------------------------------------------------------------------------------------
 */

static int turn_off(const char *name, enum divert_state state, struct err *err)
{
    char real[DIVERT_PATH_MAX + sizeof(DIVERT_SUFFIX)];

    real_of(name, real);
    if (state == DIVERT_ALIEN)
        return err_set(err, ERR_TRUST, "%s is Sallyport, and no real runtime is beside it", name);
    if (state == DIVERT_OFF)
        return dpkg_tell(name, real, false, err);
    if (state == DIVERT_LOST || state == DIVERT_HALF) {
        if (unlink(real) < 0)
            return err_sys(err, "%s", real);
    } else if (rename(real, name) < 0) {
        return err_sys(err, "%s", name);
    }
    return sync_dir(name, err) < 0 ? -1 : dpkg_tell(name, real, false, err);
}

/* --- the command --------------------------------------------------------------------------------
 */

/* Without a policy in force the gate would refuse every container of the engines that call it. */
static int policy_in_force(struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(DIVERT_ARENA);
    struct gate g = GATE_INIT;
    const int rc = gate_open(&g, NULL, "lint", &a, err);

    gate_close(&g);
    return rc < 0 ? err_ctx(err, "divert: no policy is in force (sallyport policy activate)") : 0;
}

enum what { WHAT_ON, WHAT_OFF, WHAT_STATUS, WHAT_REFRESH };
static const char *const whats[] = {"on", "off", "status", "refresh"};

static int one(enum what what, const char *name, const char *gate, struct err *err)
{
    const enum divert_state state = divert_look(name, gate);

    switch (what) {
    case WHAT_ON:
        return turn_on(name, gate, state, err);
    case WHAT_OFF:
        return turn_off(name, state, err);
    case WHAT_REFRESH:
        return state == DIVERT_OLD ? turn_on(name, gate, state, err) : 0;
    case WHAT_STATUS:
        break;
    }
    return 0;
}

static void print_one(struct call *call, const char *name, enum divert_state state)
{
    static const enum paint paints[] = {
        [DIVERT_OFF] = PAINT_YELLOW, [DIVERT_ON] = PAINT_GREEN, [DIVERT_OLD] = PAINT_YELLOW,
        [DIVERT_LOST] = PAINT_RED,   [DIVERT_HALF] = PAINT_RED, [DIVERT_ALIEN] = PAINT_RED,
    };

    if (call_json(call)) {
        buf_puts(&call->out, call->out.len ? ",\n  " : "[\n  ");
        buf_puts(&call->out, "{\"runtime\": ");
        json_print_string(&call->out, name, strlen(name));
        buf_printf(&call->out, ", \"state\": \"%s\"}", states[state]);
        return;
    }
    say(&call->out, name);
    buf_puts(&call->out, ": ");
    paint(call, paints[state], states[state]);
    buf_printf(&call->out, ": %s\n", state_says[state]);
}

/* The runtimes that were named, or all that are found. */
static int chosen(const struct call *call, char found[DIVERT_MAX][DIVERT_PATH_MAX], size_t *n,
                  struct err *err)
{
    *n = call->args_n > 1 ? 0 : divert_find(found);
    for (size_t i = 1; i < call->args_n; i++) {
        AUTO_FREE char *real = realpath(call->args[i], NULL);
        enum family f;

        if (!real)
            return err_sys(err, "%s", call->args[i]);
        if (!family_of(strrchr(real, '/') + 1, &f))
            return err_set(err, ERR_USAGE, "divert: %s: only runc, crun and youki can be diverted",
                           real);
        if (*n >= DIVERT_MAX || !str_copy(found[*n], DIVERT_PATH_MAX, real))
            return err_set(err, ERR_USAGE, "divert: too many or too long paths");
        (*n)++;
    }
    return 0;
}

int cmd_divert(struct call *call, struct err *err)
{
    char found[DIVERT_MAX][DIVERT_PATH_MAX], gate[DIVERT_PATH_MAX];
    size_t n = 0;
    bool fine = true;
    enum what what = WHAT_ON;

    while (what <= WHAT_REFRESH && strcmp(whats[what], call->args[0]) != 0)
        what++;
    if (what > WHAT_REFRESH) {
        const char *const near = nearest(call->args[0], whats, ARRAY_LEN(whats));

        return err_set(err, ERR_USAGE, "divert: on, off, status or refresh%s%s%s",
                       near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if (divert_gate(gate, sizeof gate, err) < 0 || chosen(call, found, &n, err) < 0)
        return -1;
    if (what == WHAT_ON) {
        AUTO_FD int fd = file_open_trusted(gate, O_RDONLY | O_CLOEXEC, err);

        if (fd < 0 || policy_in_force(err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (one(what, found[i], gate, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n; i++) {
        const enum divert_state state = divert_look(found[i], gate);

        fine = fine && (state == DIVERT_ON || state == DIVERT_OFF);
        print_one(call, found[i], state);
    }
    if (call_json(call))
        buf_puts(&call->out, n ? "\n]\n" : "[]\n");
    else if (n == 0)
        buf_puts(&call->out, "no runc, crun or youki in the usual places\n");
    return fine ? EXIT_CLEAN : EXIT_FINDINGS;
}
