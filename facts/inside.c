/* Looking into the root file system: accounts, program, script, owners of directories. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "facts/accounts.h"
#include "facts/command.h"
#include "facts/image_path.h"
#include "facts/places.h"
#include "facts/rootfs.h"
#include "facts/tree.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

enum {
    NAMES_MAX = 8,
    CHILDREN_MAX = 256,
    PARTS_MAX = 32,
    PLACES_MAX = 96,
    TEXT_PROGRAMS_MAX = 64,
    DIRECTORIES_OPEN_MAX = 16,
};

/* A directory of the image that more than one question is about. */
struct opened {
    const char *path;
    int fd;    /* -1: it could not be opened */
    int error; /* why */
};

struct inside {
    struct parts *p;
    int fd; /* the root directory */
    const char *root;
    const struct value *accounts;
    const char *names[NAMES_MAX]; /* for which /var/lib/NAME and its kin matter */
    size_t n_names;
    char *scratch; /* ROOTFS_FILE_MAX bytes of the file that is read now */
    struct opened opened[DIRECTORIES_OPEN_MAX];
    size_t n_opened;
};

static int open_in(const struct inside *in, const char *path, unsigned flags, unsigned resolve)
{
    const struct open_how how = {
        .flags = flags | O_CLOEXEC | (flags & O_PATH ? 0u : O_NOCTTY),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
    };

    return (int)syscall(SYS_openat2, in->fd, path, &how, sizeof(how));
}

/* The directory at an absolute path without a link on the way, opened to be read, once. The
 * descriptor is in's; -1 and errno. */
static int directory(struct inside *in, const char *path)
{
    if (strcmp(path, "/") == 0)
        return in->fd;
    for (size_t i = 0; i < in->n_opened; i++) {
        if (strcmp(in->opened[i].path, path) == 0) {
            errno = in->opened[i].error;
            return in->opened[i].fd;
        }
    }
    if (in->n_opened == DIRECTORIES_OPEN_MAX) {
        errno = EMFILE;
        return -1;
    }
    struct opened *const o = &in->opened[in->n_opened];
    o->path = path;
    o->fd = open_in(in, path, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
    o->error = o->fd < 0 ? errno : 0;
    in->n_opened++;
    return o->fd;
}

static void close_directories(struct inside *in)
{
    for (size_t i = 0; i < in->n_opened; i++)
        own_close(&in->opened[i].fd);
    own_close(&in->fd);
}

/* One place for every file: what was read is copied out before the next. */
static char *scratch(struct inside *in, struct err *err)
{
    if (!in->scratch)
        in->scratch = arena_alloc(in->p->a, ROOTFS_FILE_MAX);
    if (!in->scratch)
        (void)err_nomem(err);
    return in->scratch;
}

/* The first bytes of a regular file; false when it is none. */
static bool read_from(int fd, char *out, size_t size, size_t *len, bool *truncated)
{
    struct stat st;
    size_t n = 0;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    while (n < size) {
        const ssize_t got = pread(fd, out + n, size - n, (off_t)n);

        if (got < 0)
            return false;
        n += (size_t)got;
        if (got == 0 || (st.st_size > 0 && n >= (size_t)st.st_size))
            break;
    }
    *len = n;
    if (truncated)
        *truncated = st.st_size > (off_t)n;
    return true;
}

static bool read_in(const struct inside *in, const char *path, char *out, size_t size, size_t *len)
{
    AUTO_FD int fd = open_in(in, path, O_RDONLY | O_NONBLOCK, 0);

    return read_from(fd, out, size, len, NULL);
}

/* One of the image's tables; a file that is not there has no entries. */
typedef int table_fn(struct arena *a, const char *text, size_t len, size_t max,
                     const struct value **out, struct err *err);

static const struct value *read_table(struct inside *in, const char *path, table_fn *fn,
                                      struct err *err)
{
    const struct value *out = NULL;
    size_t len = 0;
    char *const text = scratch(in, err);

    if (!text)
        return NULL;
    if (!read_in(in, path, text, ROOTFS_FILE_MAX, &len))
        len = 0;
    return fn(in->p->a, text, len, ROOTFS_ACCOUNTS_MAX, &out, err) < 0 ? NULL : out;
}

/* --- program -------------------------------------------------------------------------------------
 */

static const char *environment(const struct value *process, const char *name)
{
    const struct value *const env = value_field(process, "env");
    const size_t len = strlen(name);
    const char *found = NULL;

    for (size_t i = 0; i < doc_len(env); i++) {
        const char *const entry = value_cstr(value_at(env, i));

        if (entry && strncmp(entry, name, len) == 0 && entry[len] == '=')
            found = entry + len + 1;
    }
    return found;
}

/* A regular file at path, executable unless a shell is to read it; its descriptor (O_PATH) or -1.
 */
static int try_file(const struct inside *in, const char *path, mode_t needs, struct stat *st)
{
    AUTO_FD int fd = open_in(in, path, O_PATH, 0);

    if (fd < 0 || fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || (needs && !(st->st_mode & needs)))
        return -1;
    return fd_take(&fd);
}

static int try_program(const struct inside *in, const char *path, struct stat *st)
{
    return try_file(in, path, 0111, st);
}

static const char *from_cwd(const struct inside *in, const struct value *process, const char *name)
{
    const char *const cwd = doc_str(process, "cwd");

    return name[0] == '/' ? name : arena_printf(in->p->a, "%s/%s", cwd ? cwd : "", name);
}

static int find_program(const struct inside *in, const struct value *process, const char *args0,
                        const char **path, struct stat *st)
{
    const char *search = environment(process, "PATH");
    struct arena *const a = in->p->a;

    if (strchr(args0, '/')) {
        *path = from_cwd(in, process, args0);
        return *path ? try_program(in, *path, st) : -1;
    }
    if (!search)
        search = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    for (const char *at = search; at; at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
        const size_t len = strcspn(at, ":");

        if (len == 0 || at[0] != '/')
            continue;
        *path = arena_printf(a, "%.*s/%s", (int)len, at, args0);
        const int fd = *path ? try_program(in, *path, st) : -1;
        if (fd >= 0)
            return fd;
    }
    *path = args0;
    return -1;
}

/* The path inside the root that a descriptor stands for. */
static const char *inner_path(const struct inside *in, int fd)
{
    char link[64], text[PATH_MAX];
    const size_t root = strcmp(in->root, "/") == 0 ? 0 : strlen(in->root);

    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, text, sizeof(text) - 1);
    if (n <= 0)
        return NULL;
    text[n] = '\0';
    return (size_t)n > root && strncmp(text, in->root, root) == 0
               ? arena_strndup(in->p->a, text + root, (size_t)n - root)
               : NULL;
}

/* The program that was looked at, to be read; -1 when another stands there now. */
static int open_program(const struct inside *in, const char *path, const struct stat *st)
{
    AUTO_FD int fd = open_in(in, path, O_RDONLY | O_NONBLOCK, 0);
    struct stat now;

    return fd >= 0 && fstat(fd, &now) == 0 && now.st_dev == st->st_dev && now.st_ino == st->st_ino
               ? fd_take(&fd)
               : -1;
}

static void put_file_capabilities(const struct inside *in, int fd, struct value_fields *f)
{
    struct vfs_ns_cap_data data = {0};
    struct arena *const a = in->p->a;
    struct value_list l = {0};

    const ssize_t n = fd < 0 ? -1 : fgetxattr(fd, "security.capability", &data, sizeof(data));
    if (n < (ssize_t)(sizeof(__le32) * 3))
        return;
    for (unsigned i = 0; i < 64; i++) {
        const char *const name = derive_capability_name(i);

        if (name && (data.data[i / 32].permitted >> (i % 32) & 1u))
            value_list_add(a, &l, value_str(a, name));
    }
    doc_put_sorted(a, f, "file_capabilities", &l);
    doc_put_bool(a, f, "file_capabilities_effective", data.magic_etc & VFS_CAP_FLAGS_EFFECTIVE);
}

static void add_name(struct inside *in, const char *name)
{
    if (!name || !*name || strchr(name, '/') || name[0] == '.' || in->n_names == NAMES_MAX)
        return;
    for (size_t i = 0; i < in->n_names; i++) {
        if (strcmp(in->names[i], name) == 0)
            return;
    }
    in->names[in->n_names++] = name;
}

/* One more script behind the others. */
static size_t add_part(const struct inside *in, const char *path, char *text, size_t len)
{
    size_t n = 0;

    if (len + 1 >= ROOTFS_FILE_MAX ||
        !read_in(in, path, text + len + 1, ROOTFS_FILE_MAX - len - 1, &n))
        return len;
    text[len] = '\n';
    return len + 1 + n;
}

/* Scripts that entry scripts run by convention: all files of a directory, or its services'. */
static size_t add_parts(const struct inside *in, char *text, size_t len)
{
    static const char *const places[] = {
        "/docker-entrypoint.d", "/entrypoint.d",  "/etc/entrypoint.d",
        "/etc/cont-init.d",     "/etc/my_init.d", "/custom-cont-init.d",
        "/etc/services.d",      "/etc/s6",        "/etc/s6-overlay/s6-rc.d",
    };
    static const char *const files[] = {"", "/setup", "/up", "/run"};
    int left = PARTS_MAX;

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        AUTO_FD int fd = open_in(in, places[i], O_RDONLY | O_DIRECTORY, 0);
        DIR *const dir = fd < 0 ? NULL : fdopendir(fd);

        if (!dir)
            continue;
        (void)fd_take(&fd);
        for (const struct dirent *e = readdir(dir); e && left > 0; e = readdir(dir)) {
            if (!places_plain(e->d_name))
                continue;
            left--;
            for (size_t k = e->d_type == DT_DIR ? 1 : 0; k < ARRAY_LEN(files); k++) {
                char path[PATH_MAX];

                (void)snprintf(path, sizeof(path), "%s/%s%s", places[i], e->d_name, files[k]);
                len = add_part(in, path, text, len);
                if (e->d_type == DT_REG)
                    break;
            }
        }
        (void)closedir(dir);
    }
    return len;
}

/* What it shows, and whose directories it makes matter. */
static int note_script(struct inside *in, const struct script_text *text, struct value_fields *f,
                       struct err *err)
{
    const struct value *script = NULL;

    if (script_read(in->p->a, text, &script, err) < 0)
        return -1;
    value_fields_add(in->p->a, f, "script", script);
    add_name(in, doc_str(script, "drops_to"));
    const struct value *const execs = value_field(script, "execs");
    const struct value *const owners = value_field(script, "chown_accounts");
    for (size_t i = 0; i < doc_len(owners); i++)
        add_name(in, value_cstr(value_at(owners, i)));
    for (size_t i = 0; i < doc_len(execs); i++) {
        const char *const whole = value_bytes(value_at(execs, i));
        const char *const slash = strrchr(whole, '/');

        add_name(in, slash ? slash + 1 : whole);
    }
    return 0;
}

static bool in_sbin(const struct inside *in, const char *name, int len)
{
    static const char *const places[] = {"/usr/local/sbin", "/usr/sbin", "/sbin"};

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        char path[PATH_MAX];
        struct stat st;

        if (snprintf(path, sizeof(path), "%s/%.*s", places[i], len, name) >= (int)sizeof(path))
            return false;
        AUTO_FD int fd = try_file(in, path, 0, &st);
        if (fd >= 0 && S_ISREG(st.st_mode))
            return true;
    }
    return false;
}

/* Words after which the shell takes the next one for a program. */
static bool leads(const char *word, int len)
{
    static const char *const leading[] = {"if", "then", "elif", "else",  "while", "until",
                                          "do", "!",    "exec", "nohup", "time",  "command"};

    for (size_t i = 0; i < ARRAY_LEN(leading); i++) {
        if (strncmp(leading[i], word, (size_t)len) == 0 && !leading[i][len])
            return true;
    }
    return false;
}

/* Does a text run a program of the administrator's (FHS 3.0: sbin)? True as well where it runs more
 * than TEXT_PROGRAMS_MAX. */
static bool administers(const struct inside *in, const char *text)
{
    static const char ends[] = "\n;&|()`{}", between[] = " \t\n;&|()`{}'\"<>";
    bool program = true;

    for (size_t n = 0; n < TEXT_PROGRAMS_MAX;) {
        for (; *text && strchr(between, *text); text++)
            program = program || strchr(ends, *text);
        const int len = (int)strcspn(text, between);

        if (len == 0)
            return false;
        if (program && memmem(text, (size_t)len, "/sbin/", 6))
            return true;
        const bool before = program && memchr(text, '=', (size_t)len); /* NAME=VALUE PROGRAM */
        if (program && !before && isalpha((unsigned char)*text)) {
            if (in_sbin(in, text, len))
                return true;
            n++;
        }
        program = before || (program && leads(text, len));
        text += len;
    }
    return true;
}

/* The text that a shell was given in place of a file. Everybody gives one, for no more than `id`:
 * it is an entry script where it shows what only root may do. */
static int put_text(struct inside *in, const char *given, struct value_fields *program,
                    struct value_fields *f, struct err *err)
{
    static const char *const shown[] = {"chowns", "chown_accounts", "edits_etc"};
    struct arena *const a = in->p->a;
    char *const text = scratch(in, err);

    if (!text)
        return -1;
    const size_t whole = strlen(given);
    const size_t len = whole < ROOTFS_FILE_MAX ? whole : ROOTFS_FILE_MAX;
    memcpy(text, given, len);
    const struct script_text all = {
        .text = text, .len = add_parts(in, text, len), .own = len, .truncated = len < whole};
    if (note_script(in, &all, f, err) < 0)
        return -1;
    const struct value *const script = value_field(value_fields_object(a, f), "script");
    bool entry =
        doc_true(value_field(script, "sets_capabilities")) || value_field(script, "drops_to");
    for (size_t i = 0; i < ARRAY_LEN(shown); i++)
        entry = entry || doc_len(value_field(script, shown[i])) > 0;
    doc_put_bool(a, program, "script", entry || administers(in, given));
    return 0;
}

static int put_script(struct inside *in, int fd, bool is_script, struct value_fields *program,
                      struct value_fields *f, struct err *err)
{
    struct arena *const a = in->p->a;
    char head[2];
    size_t len = 0;
    bool truncated = false;

    const bool marked =
        read_from(fd, head, sizeof(head), &len, NULL) && len == 2 && memcmp(head, "#!", 2) == 0;
    doc_put_bool(a, program, "script", marked || is_script);
    if (!marked && !is_script)
        return 0;
    char *const text = scratch(in, err);
    if (!text)
        return -1;
    if (!read_from(fd, text, ROOTFS_FILE_MAX, &len, &truncated) || len < 2)
        return 0;
    const char *const end = memchr(text, '\n', len);
    size_t line = end ? (size_t)(end - text) : len, from = 2;
    const size_t with_parts = add_parts(in, text, len);
    while (from < line && text[from] == ' ')
        from++;
    if (marked)
        value_fields_add(a, program, "interpreter", value_string(a, text + from, line - from));
    const struct script_text all = {
        .text = text, .len = with_parts, .own = len, .truncated = truncated};
    return note_script(in, &all, f, err);
}

/* Fields of a file found; its name, NULL when it cannot be told. */
static const char *put_file(struct inside *in, int fd, int content, const struct stat *st,
                            struct value_fields *program)
{
    struct arena *const a = in->p->a;
    const char *const resolved = inner_path(in, fd);
    const char *const slash = resolved ? strrchr(resolved, '/') : NULL;

    doc_put_str(a, program, "resolved", resolved);
    doc_put_str(a, program, "name", slash ? slash + 1 : NULL);
    doc_put_int(a, program, "uid", st->st_uid);
    doc_put_int(a, program, "gid", st->st_gid);
    doc_put_int(a, program, "mode", st->st_mode & 07777);
    doc_put_bool(a, program, "setuid", st->st_mode & S_ISUID);
    doc_put_bool(a, program, "setgid", st->st_mode & S_ISGID);
    put_file_capabilities(in, content, program);
    return slash ? slash + 1 : NULL;
}

/* What an entry script executes at its end: its arguments, or the last program that it names. */
static const char *executed_by(const struct value *script, const struct value *args, size_t at)
{
    const struct value *const execs = value_field(script, "execs");
    const char *const word = doc_len(args) > at + 1 ? value_cstr(value_at(args, at + 1)) : NULL;

    if (word && *word && word[0] != '-' && doc_true(value_field(script, "execs_arguments")))
        return word;
    return doc_len(execs) ? value_cstr(value_at(execs, doc_len(execs) - 1)) : NULL;
}

static int put_executed(struct inside *in, const struct value *process, size_t at,
                        struct value_fields *f, struct err *err)
{
    const struct value *const script = value_field(value_fields_object(in->p->a, f), "script");
    const char *const word = executed_by(script, value_field(process, "args"), at);
    const struct value *made = NULL;
    struct value_fields program = {0};
    const char *path = NULL;
    struct stat st;

    if (!word)
        return 0;
    AUTO_FD int fd = find_program(in, process, word, &path, &st);
    doc_put_str(in->p->a, &program, "path", path);
    doc_put_str(in->p->a, &program, "kind", fd < 0 ? "missing" : "file");
    const char *const slash = strrchr(word, '/');
    add_name(in, slash ? slash + 1 : word);
    if (fd >= 0) {
        AUTO_FD int content = open_program(in, path, &st);

        add_name(in, put_file(in, fd, content, &st, &program));
    }
    if (doc_finish(in->p->a, &program, &made, err) < 0)
        return -1;
    value_fields_add(in->p->a, f, "executed", made);
    return 0;
}

static int put_program(struct inside *in, const struct value *process, struct value_fields *f,
                       struct err *err)
{
    struct arena *const a = in->p->a;
    const struct value *const args = value_field(process, "args"), *made = NULL;
    const struct command c = command_read(args);
    const char *const word = c.at < doc_len(args) ? value_cstr(value_at(args, c.at)) : NULL;
    const char *path = NULL;
    struct value_fields program = {0};
    struct stat st;

    if (!word || !*word)
        return 0;
    if (c.is_file)
        path = from_cwd(in, process, word);
    AUTO_FD int fd = !c.is_file ? find_program(in, process, word, &path, &st)
                     : path     ? try_file(in, path, 0, &st)
                                : -1;
    doc_put_str(a, &program, "path", path);
    doc_put_str(a, &program, "kind", fd < 0 ? "missing" : "file");
    if (fd >= 0) {
        AUTO_FD int content = open_program(in, path, &st);

        add_name(in, put_file(in, fd, content, &st, &program));
        if (c.text ? put_text(in, c.text, &program, f, err) < 0
                   : put_script(in, content, c.is_file, &program, f, err) < 0)
            return -1;
        if (put_executed(in, process, c.text ? doc_len(args) : c.at, f, err) < 0)
            return -1;
    }
    if (doc_finish(a, &program, &made, err) < 0)
        return -1;
    value_fields_add(a, f, "program", made);
    return 0;
}

/* --- configuration named in the arguments
 * ----------------------------------------------------------- */

static bool is_account(const struct inside *in, const char *name)
{
    for (size_t i = 0; i < doc_len(in->accounts); i++) {
        if (value_is_str(value_field(value_at(in->accounts, i), "name"), name))
            return true;
    }
    return false;
}

static const char *user_option(const struct inside *in, const struct value *args)
{
    for (size_t i = 1; i < doc_len(args); i++) {
        const char *const word = value_cstr(value_at(args, i));
        const char *const next = i + 1 < doc_len(args) ? value_cstr(value_at(args, i + 1)) : NULL;

        if (!word)
            continue;
        if ((strcmp(word, "-u") == 0 || strcmp(word, "--user") == 0) && next &&
            is_account(in, next))
            return next;
        if (doc_prefix(word, "--user=") && is_account(in, word + 7))
            return word + 7;
    }
    return NULL;
}

static bool looks_like_config(const char *word)
{
    const char *const dot = strrchr(word, '.');

    return word[0] == '/' && dot &&
           (strcmp(dot, ".conf") == 0 || strcmp(dot, ".cfg") == 0 || strcmp(dot, ".cf") == 0 ||
            strcmp(dot, ".cnf") == 0 || strcmp(dot, ".ini") == 0);
}

static void read_config(struct inside *in, const char *path, struct value_fields *f)
{
    char *const text = arena_alloc(in->p->a, ROOTFS_FILE_MAX);
    size_t len = 0;
    bool chroot = false;
    const char *user = NULL;

    if (!text || !read_in(in, path, text, ROOTFS_FILE_MAX - 1, &len))
        return;
    text[len] = '\0';
    for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        char *const word = line + strspn(line, " \t");

        if (doc_prefix(word, "chroot") && strchr(" \t=:", word[6]) && word[6])
            chroot = true;
        if (doc_prefix(word, "user") && word[4] && strchr(" \t=:", word[4])) {
            const char *const name = word + 4 + strspn(word + 4, " \t=:\"'");

            user = arena_strndup(in->p->a, name, strcspn(name, " \t\r\n;\"'"));
        }
    }
    doc_put_str(in->p->a, f, "config", path);
    doc_put_bool(in->p->a, f, "chroot", chroot);
    if (user && is_account(in, user))
        doc_put_str(in->p->a, f, "user", user);
}

static void put_service(struct inside *in, const struct value *process, struct value_fields *f)
{
    const struct value *const args = value_field(process, "args");
    struct value_fields s = {0};

    for (size_t i = 1; i < doc_len(args) && s.keys.n == 0; i++) {
        const char *const word = value_cstr(value_at(args, i));

        if (word && looks_like_config(word))
            read_config(in, word, &s);
    }
    const char *const user = user_option(in, args);
    if (user)
        doc_put_str(in->p->a, &s, "user", user);
    if (s.keys.n)
        value_fields_add(in->p->a, f, "service", value_fields_object(in->p->a, &s));
}

/* --- directories
 * ------------------------------------------------------------------------------------ */

/* An owner as the container sees it. One outside of the document's range of ids is told as it is:
 * so are all where the mounts are mapped, not the files. */
static int64_t seen_inside(const struct inside *in, const char *mappings, uint64_t id)
{
    const struct value *const list =
        value_path(in->p->req->config, "linux", mappings, (const char *)NULL);

    for (size_t i = 0; i < doc_len(list); i++) {
        const struct value *const m = value_at(list, i);
        uint64_t inside = 0, host = 0, size = 0;

        if (value_uint64(value_field(m, "containerID"), &inside) &&
            value_uint64(value_field(m, "hostID"), &host) &&
            value_uint64(value_field(m, "size"), &size) && id >= host && id - host < size &&
            inside <= UINT32_MAX)
            return (int64_t)(inside + (id - host));
    }
    return (int64_t)id;
}

static const struct value *owned_of(const struct inside *in, const char *path,
                                    const struct stat *st, bool own)
{
    struct arena *const a = in->p->a;
    struct value_fields f = {0};

    doc_put_str(a, &f, "path", path);
    doc_put_str(a, &f, "kind", look_kind(st->st_mode));
    if (!S_ISLNK(st->st_mode)) {
        doc_put_int(a, &f, "uid", seen_inside(in, "uidMappings", st->st_uid));
        doc_put_int(a, &f, "gid", seen_inside(in, "gidMappings", st->st_gid));
        doc_put_int(a, &f, "mode", st->st_mode & 07777);
    }
    if (own)
        doc_put_bool(a, &f, "own_tree", true);
    return value_fields_object(a, &f);
}

/* A link on the way counts as a link itself: where it leads is not looked at, since a bind of the
 * path would follow it. */
static bool look_long(const struct inside *in, const char *path, struct stat *st)
{
    AUTO_FD int fd = open_in(in, path, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);

    *st = (struct stat){.st_mode = S_IFLNK};
    return fd < 0 ? errno == ELOOP : fstat(fd, st) == 0;
}

/* The same from the directory above, which is open already or will serve others: for clean paths
 * below few directories. */
static bool look_short(struct inside *in, const char *path, struct stat *st)
{
    static const char *const shared[] = {"/var", "/run", "/var/lib", "/var/log"};
    const char *parent = "/";
    size_t len = 0;

    for (size_t i = 0; i < ARRAY_LEN(shared); i++) {
        const size_t n = strlen(shared[i]);

        if (strncmp(path, shared[i], n) == 0 && path[n] == '/') {
            parent = shared[i];
            len = n;
        }
    }
    const char *const name = path + len + 1;
    if (path[0] != '/' || !*name || strchr(name, '/') || name[0] == '.')
        return look_long(in, path, st);
    const int dir = directory(in, parent);
    *st = (struct stat){.st_mode = S_IFLNK};
    return dir < 0 ? errno == ELOOP : fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

static const struct value *owned(struct inside *in, const char *path)
{
    struct stat st;

    return look_short(in, path, &st) ? owned_of(in, path, &st, false) : NULL;
}

static bool is_listed(const struct value_list *l, const char *path)
{
    for (size_t i = 0; i < l->n; i++) {
        if (value_is_str(value_field(l->items[i], "path"), path))
            return true;
    }
    return l->n >= ROOTFS_DIRECTORIES_MAX;
}

static void add_owned(struct inside *in, struct value_list *l, const char *path)
{
    if (!path || is_listed(l, path))
        return;
    const struct value *const v = owned(in, path);
    if (v)
        value_list_add(in->p->a, l, v);
}

/* Accounts that an image added beside its distribution's own. */
static void add_service_accounts(struct inside *in)
{
    static const char *const base[] = {
        "root",   "daemon",   "bin",        "sys",   "sync",     "games",   "man",      "lp",
        "mail",   "news",     "uucp",       "proxy", "backup",   "list",    "irc",      "gnats",
        "nobody", "_apt",     "messagebus", "adm",   "shutdown", "halt",    "operator", "ftp",
        "guest",  "cyrus",    "smmsp",      "ntp",   "dbus",     "sshd",    "at",       "squid",
        "xfs",    "vpopmail", "postmaster", "svn",   "cron",     "portage", "polkitd"};

    for (size_t i = 0; i < doc_len(in->accounts); i++) {
        const char *const name = doc_str(value_at(in->accounts, i), "name");
        bool usual = !name || doc_prefix(name, "systemd-");

        for (size_t k = 0; name && k < ARRAY_LEN(base); k++)
            usual = usual || strcmp(base[k], name) == 0;
        if (!usual)
            add_name(in, name);
    }
}

/* Places whose direct children tell who owns what: all of them below /run, which a start empties;
 * elsewhere those that belong to somebody but root. */
static const struct {
    const char *parent;
    bool all;
} children_of[] = {
    {"/run", true},        {"/var/lib", false},   {"/var/log", false},
    {"/var/cache", false}, {"/var/spool", false},
};

/* An entry of a directory; true when it counted as a look. */
static bool add_child(struct inside *in, struct value_list *l, int dir, const char *parent,
                      const struct dirent64 *e, bool all)
{
    struct stat st;

    if ((e->d_type != DT_DIR && e->d_type != DT_UNKNOWN) || !places_plain(e->d_name) ||
        e->d_name[0] == '.')
        return false;
    if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
        (all || st.st_uid != 0)) {
        const char *const path = arena_printf(in->p->a, "%s/%s", parent, e->d_name);

        if (path && !is_listed(l, path))
            value_list_add(in->p->a, l, owned_of(in, path, &st, false));
    }
    return true;
}

static void add_children(struct inside *in, struct value_list *l, const char *parent, bool all)
{
    struct file_entries entries = {.dir = directory(in, parent)};
    int looked = 0;

    for (const struct dirent64 *e;
         entries.dir >= 0 && looked < CHILDREN_MAX && (e = file_next_entry(&entries));)
        looked += add_child(in, l, entries.dir, parent, e, all);
}

/* Programs' own trees are not looked through: nothing there is given away. */
static bool is_system(const char *path)
{
    static const char *const systems[] = {"/bin",  "/etc", "/lib",     "/proc",    "/run",
                                          "/sbin", "/sys", "/usr/bin", "/usr/lib", "/usr/sbin"};

    for (size_t i = 0; i < ARRAY_LEN(systems); i++) {
        if (doc_path_within(path, systems[i]))
            return true;
    }
    return false;
}

struct placing {
    const struct inside *in;
    struct value_list *l;
};

static void add_place(void *to, const char *path, const struct stat *st, bool own)
{
    const struct placing *const p = to;

    if (p->l->n < PLACES_MAX && !is_listed(p->l, path))
        value_list_add(p->in->p->a, p->l, owned_of(p->in, path, st, own));
}

/* What the image keeps in places of its own, below the working directory and services' homes too.
 */
static void add_places(const struct inside *in, struct value_list *l, const char *cwd)
{
    const char *more[2 + NAMES_MAX];
    size_t n = 0;

    if (cwd && cwd[0] == '/' && cwd[1] && !is_system(cwd))
        more[n++] = cwd;
    for (size_t i = 0; i < in->n_names; i++)
        more[n++] = arena_printf(in->p->a, "/usr/share/%s", in->names[i]);
    places_look(in->p->a, in->fd, more, n, add_place, &(struct placing){.in = in, .l = l});
}

static void put_directories(struct inside *in, const char *cwd, struct value_fields *f)
{
    static const char *const fixed[] = {
        "/run",     "/tmp",       "/var/tmp",   "/run/lock", "/var/run", "/var/lib",
        "/var/log", "/var/cache", "/var/spool", "/var/mail", "/var/opt", "/root",
        "/home",    "/srv",       "/opt",       "/etc",      "/var/www", "/usr/src"};
    static const char *const parents[] = {"/var/lib",   "/var/log", "/var/cache",
                                          "/var/spool", "/run",     "/etc"};
    const struct value *const so_far = value_fields_object(in->p->a, f);
    const struct value *const script = value_field(so_far, "script");
    const struct value *const edits = value_field(script, "edits_etc");
    const struct value *const gives = value_field(script, "chowns");
    struct arena *const a = in->p->a;
    struct value_list l = {0};

    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        add_owned(in, &l, fixed[i]);
    if (!in->p->req->process)
        add_places(in, &l, cwd);
    if (doc_true(value_field(script, "sets_capabilities"))) /* the program itself is written */
        add_owned(in, &l, doc_str(value_field(so_far, "executed"), "resolved"));
    for (size_t i = 0; i < doc_len(gives); i++) {
        const char *const path = value_cstr(value_at(gives, i));

        if (path && path[0] == '/')
            add_owned(in, &l, path);
    }
    for (size_t i = 0; i < doc_len(edits); i++) {
        const char *const name = value_cstr(value_at(edits, i));

        if (name && places_plain(name))
            add_owned(in, &l, arena_printf(a, "/etc/%s", name));
    }
    /* An exec makes nothing writable any more. */
    for (size_t i = 0; !in->p->req->process && i < ARRAY_LEN(children_of); i++)
        add_children(in, &l, children_of[i].parent, children_of[i].all);
    for (size_t k = 0; k < ARRAY_LEN(parents); k++) {
        const int dir = in->n_names ? directory(in, parents[k]) : -1;

        for (size_t i = 0; dir >= 0 && i < in->n_names; i++) {
            struct stat st;

            if (fstatat(dir, in->names[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                l.n < ROOTFS_DIRECTORIES_MAX)
                value_list_add(
                    a, &l,
                    owned_of(in, arena_printf(a, "%s/%s", parents[k], in->names[i]), &st, false));
        }
    }
    for (size_t i = 0; i < in->n_names; i++) {
        for (size_t k = 0; k < doc_len(in->accounts); k++) {
            const struct value *const account = value_at(in->accounts, k);
            const char *const home = doc_str(account, "home");

            if (value_is_str(value_field(account, "name"), in->names[i]) && home &&
                home[0] == '/' && home[1])
                add_owned(in, &l, home);
        }
    }
    doc_put_list(a, f, "directories", &l);
}

static void put_symlinked(struct inside *in, struct value_fields *f)
{
    static const char *const places[] = {"proc", "sys", "dev", "etc", "run"};
    struct value_list l = {0};

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct stat st;

        if (fstatat(in->fd, places[i], &st, AT_SYMLINK_NOFOLLOW) == 0) {
            if (S_ISLNK(st.st_mode))
                value_list_add(in->p->a, &l, value_strf(in->p->a, "/%s", places[i]));
        } else if (errno != ENOENT) {
            parts_unknown(in->p, "/facts/rootfs/symlinked");
            return; /* a link that was not seen is not the same as none */
        }
    }
    doc_put_list(in->p->a, f, "symlinked", &l);
}

static int put_workdir(struct inside *in, const char *cwd, struct value_fields *f, struct err *err)
{
    const struct value *const at = owned(in, cwd), *tree = NULL;
    const bool looks = in->p->gives && strcmp(cwd, "/") != 0 && !is_system(cwd);
    struct value_fields more = {0};

    AUTO_FD int fd = looks && value_is_str(value_field(at, "kind"), "directory")
                         ? open_in(in, cwd, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS)
                         : -1;
    if (fd >= 0 && tree_look(in->p->a, fd, &tree, err) < 0)
        return -1;
    value_fields_add(in->p->a, &more, "tree", tree);
    if (at)
        value_fields_add(in->p->a, f, "workdir", parts_merge(in->p->a, at, &more));
    return 0;
}

int rootfs_inside(struct parts *p, const struct look_at *root, const struct value *process,
                  struct value_fields *f, struct err *err)
{
    __attribute__((cleanup(close_directories))) struct inside in = {
        .p = p,
        .fd = open(root->resolved, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
        .root = root->resolved};
    const char *const cwd = doc_str(process, "cwd");

    if (in.fd < 0) {
        for (const char *const *field = derive_seen_fields[SEEN_ROOTFS]; *field; field++)
            parts_unknown(p, "/facts/rootfs/%s", *field);
        return 0;
    }
    put_symlinked(&in, f);
    in.accounts = read_table(&in, "etc/passwd", accounts_passwd, err);
    const struct value *const groups = read_table(&in, "etc/group", accounts_group, err);
    if (!in.accounts || !groups)
        return -1;
    value_fields_add(p->a, f, "accounts", in.accounts);
    value_fields_add(p->a, f, "groups", groups);
    if (process) {
        if (put_program(&in, process, f, err) < 0)
            return -1;
        put_service(&in, process, f);
    }
    add_service_accounts(&in);
    put_directories(&in, cwd, f);
    if (cwd && cwd[0] == '/' && put_workdir(&in, cwd, f, err) < 0)
        return -1;
    if (cwd && cwd[0] == '/')
        doc_put_str(p->a, f, "workdir_resolved", image_path(p->a, in.fd, cwd));
    return f->keys.failed ? err_nomem(err) : 0;
}
