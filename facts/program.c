/* Looking into the root file system: the program, its entry script, the service it is. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "facts/command.h"
#include "facts/image_path.h"
#include "facts/inside.h"
#include "facts/places.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

enum { PARTS_MAX = 32, TEXT_PROGRAMS_MAX = 64 };

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
    AUTO_FD int fd = inside_open(in, path, O_PATH, 0);

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
    AUTO_FD int fd = inside_open(in, path, O_RDONLY | O_NONBLOCK, 0);
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

/* One more script behind the others. */
static size_t add_part(const struct inside *in, const char *path, char *text, size_t len)
{
    size_t n = 0;

    if (len + 1 >= ROOTFS_FILE_MAX ||
        !inside_read(in, path, text + len + 1, ROOTFS_FILE_MAX - len - 1, &n))
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
        AUTO_FD int fd = inside_open(in, places[i], O_RDONLY | O_DIRECTORY, 0);
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
    inside_name(in, doc_str(script, "drops_to"));
    const struct value *const execs = value_field(script, "execs");
    const struct value *const owners = value_field(script, "chown_accounts");
    for (size_t i = 0; i < doc_len(owners); i++)
        inside_name(in, value_cstr(value_at(owners, i)));
    for (size_t i = 0; i < doc_len(execs); i++) {
        const char *const whole = value_bytes(value_at(execs, i));
        const char *const slash = strrchr(whole, '/');

        inside_name(in, slash ? slash + 1 : whole);
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
    char *const text = inside_scratch(in, err);

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

    const bool marked = inside_read_fd(fd, head, sizeof(head), &len, NULL) && len == 2 &&
                        memcmp(head, "#!", 2) == 0;
    doc_put_bool(a, program, "script", marked || is_script);
    if (!marked && !is_script)
        return 0;
    char *const text = inside_scratch(in, err);
    if (!text)
        return -1;
    if (!inside_read_fd(fd, text, ROOTFS_FILE_MAX, &len, &truncated) || len < 2)
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
    inside_name(in, slash ? slash + 1 : word);
    if (fd >= 0) {
        AUTO_FD int content = open_program(in, path, &st);

        inside_name(in, put_file(in, fd, content, &st, &program));
    }
    if (doc_finish(in->p->a, &program, &made, err) < 0)
        return -1;
    value_fields_add(in->p->a, f, "executed", made);
    return 0;
}

int inside_program(struct inside *in, const struct value *process, struct value_fields *f,
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

        inside_name(in, put_file(in, fd, content, &st, &program));
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

    if (!text || !inside_read(in, path, text, ROOTFS_FILE_MAX - 1, &len))
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

void inside_service(struct inside *in, const struct value *process, struct value_fields *f)
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
