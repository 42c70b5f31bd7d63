#include "runtime/state.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"

/* Ids that every runtime takes; anything else is refused by it anyway. */
static int file_name(const struct state *s, const char *kind, char out[NAME_MAX + 1],
                     struct err *err)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
    const size_t n = strlen(s->id);

    if (n == 0 || n > 200 || s->id[0] == '.' || strspn(s->id, good) != n)
        return err_set(err, ERR_INVALID, "container id: letters, digits, _ + - . only");
    (void)snprintf(out, NAME_MAX + 1, "%s%s.json", s->id, kind);
    return 0;
}

static int private_dir(int parent, const char *name, mode_t mode, struct err *err)
{
    struct stat st;

    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

    /* Nearly always it is there. */
    AUTO_FD int fd = openat(parent, name, flags);
    if (fd < 0 && errno == ENOENT && mode) {
        if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
            return err_sys(err, "%s", name);
        fd = openat(parent, name, flags);
    }
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(err, "%s", name);
    if (st.st_uid != geteuid() || (st.st_mode & 022) != 0)
        return err_set(err, ERR_TRUST, "%s: another user can change it", name);
    return fd_take(&fd);
}

/* The runtime's root stands in the path as a digest: it is a path itself. */
static void root_name(const struct state *s, char hex[DIGEST_HEX_LEN + 1])
{
    digest_hex(s->root, strlen(s->root), hex);
    hex[32] = '\0';
}

/* The directory `name` below dir. */
static int open_below(const struct state *s, const char *name, mode_t outer_mode, mode_t mode,
                      struct err *err)
{
    AUTO_FD int own = -1;
    int *const outer = s->open ? s->open : &own;

    if (*outer < 0)
        *outer = private_dir(AT_FDCWD, s->dir, outer_mode, err);
    return *outer < 0 ? -1 : private_dir(*outer, name, mode, err);
}

static int open_dir(const struct state *s, bool make, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    const mode_t mode = make ? 0700 : 0;

    root_name(s, hex);
    return open_below(s, hex, mode, mode, err);
}

int state_place(const struct state *s, const char *name, mode_t mode, struct err *err)
{
    return open_below(s, name, 0700, mode, err);
}

bool state_stage(const struct state *s, char *out, size_t size)
{
    struct digest d;
    uint8_t raw[DIGEST_LEN];
    char key[DIGEST_HEX_LEN + 1];

    digest_init(&d);
    digest_update(&d, s->root, strlen(s->root) + 1);
    digest_update(&d, s->id, strlen(s->id));
    digest_final(&d, raw);
    digest_hex(raw, sizeof(raw), key);
    const int n = snprintf(out, size, "%s/" STATE_ROOTS "/%.32s", s->dir, key);
    return n > 0 && (size_t)n < size;
}

/* Its mounts went with the runtime's mount namespace: what is left is empty. */
void state_drop_stage(const struct state *s)
{
    static const struct {
        const char *name;
        int flag;
    } parts[] = {{"config.json", 0}, {"root", AT_REMOVEDIR}, {"work", AT_REMOVEDIR}};
    char path[PATH_MAX];

    if (!state_stage(s, path, sizeof(path)))
        return;
    AUTO_FD int dir = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        (void)unlinkat(dir, parts[i].name, parts[i].flag);
    (void)rmdir(path);
}

int state_load(const struct state *s, struct arena *a, const struct value **out, struct err *err)
{
    char name[NAME_MAX + 1];
    AUTO_FREE char *text = NULL;
    size_t len = 0;

    *out = NULL;
    if (file_name(s, "", name, err) < 0)
        return -1;
    AUTO_FD int dir = open_dir(s, false, err);
    if (dir < 0)
        return err->sys == ENOENT ? 0 : err_ctx(err, "state");
    if (file_read_at(dir, name, STATE_BYTES_MAX, &text, &len, NULL, err) < 0)
        return err->sys == ENOENT ? 0 : err_ctx(err, "state");
    if (json_parse(a, text, len, JSON_STRICT, out, NULL, err) < 0)
        return err_ctx(err, "state");
    return 0;
}

static int save(const struct state *s, const char *kind, const struct value *doc, struct err *err)
{
    AUTO_BUF struct buf text = BUF_INIT;
    char name[NAME_MAX + 1];

    if (file_name(s, kind, name, err) < 0)
        return -1;
    AUTO_FD int dir = open_dir(s, true, err);
    if (dir < 0)
        return err_ctx(err, "state");
    json_print(&text, doc, JSON_COMPACT);
    if (buf_check(&text, err) < 0 ||
        file_replace_at(dir, name, text.data, text.len, NULL, 0600, 0, err) < 0)
        return err_ctx(err, "state");
    return 0;
}

int state_save(const struct state *s, const struct value *doc, struct err *err)
{
    return save(s, "", doc, err);
}

int state_keep(const struct state *s, const char *kind, const struct value *doc, char *path,
               size_t size, struct err *err)
{
    char dotted[16], name[NAME_MAX + 1], hex[DIGEST_HEX_LEN + 1];

    (void)snprintf(dotted, sizeof(dotted), ".%s", kind);
    if (save(s, dotted, doc, err) < 0 || file_name(s, dotted, name, err) < 0)
        return -1;
    root_name(s, hex);
    const int n = snprintf(path, size, "%s/%s/%s", s->dir, hex, name);
    return n > 0 && (size_t)n < size ? 0 : err_set(err, ERR_LIMIT, "state: path too long");
}

bool state_taken(const struct state *s)
{
    char name[NAME_MAX + 1], path[PATH_MAX];
    struct err ignored = ERR_INIT;

    if (file_name(s, "", name, &ignored) < 0)
        return false;
    const int n = snprintf(path, sizeof(path), "%s/%s", s->root, s->id);
    return n > 0 && (size_t)n < sizeof(path) && access(path, F_OK) == 0;
}

void state_drop(const struct state *s)
{
    char name[NAME_MAX + 1];
    struct err ignored = ERR_INIT;

    if (file_name(s, "", name, &ignored) < 0)
        return;
    AUTO_FD int dir = open_dir(s, false, &ignored);
    if (dir < 0)
        return;
    (void)unlinkat(dir, name, 0);
    if (file_name(s, ".verify", name, &ignored) == 0)
        (void)unlinkat(dir, name, 0);
    state_drop_stage(s);
}

void state_leave(const struct state *s)
{
    static const struct timespec long_ago[2] = {{.tv_sec = 0}, {.tv_sec = 0}};
    static const char *const kinds[] = {"", ".verify"};
    char name[NAME_MAX + 1];
    struct err ignored = ERR_INIT;

    if (!state_taken(s)) {
        state_drop(s);
        return;
    }
    AUTO_FD int dir = open_dir(s, false, &ignored);
    for (size_t i = 0; dir >= 0 && i < ARRAY_LEN(kinds); i++) {
        if (file_name(s, kinds[i], name, &ignored) == 0)
            (void)utimensat(dir, name, long_ago, AT_SYMLINK_NOFOLLOW);
    }
}

bool state_turn(const char *record_id)
{
    const size_t len = strlen(record_id);

    return len > 0 && strchr("0G", record_id[len - 1]) != NULL;
}

/* An old state without a directory of its container under the runtime's root. */
static bool is_left_over(int dir, int root, const char *name, size_t len)
{
    char id[NAME_MAX + 1];
    struct stat st;

    memcpy(id, name, len - 5);
    id[len - 5] = '\0';
    if (len > 12 && strcmp(id + len - 12, ".verify") == 0)
        id[len - 12] = '\0';
    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           time(NULL) - st.st_mtime > STATE_COLLECT_AGE &&
           faccessat(root, id, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

void state_collect(const struct state *s)
{
    struct err ignored = ERR_INIT;
    const int dir = open_dir(s, false, &ignored);
    AUTO_FD int root = open(s->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    DIR *const d = dir < 0 ? NULL : fdopendir(dir);
    int looked = 0;

    for (const struct dirent *e = d && root >= 0 ? readdir(d) : NULL;
         e && looked < STATE_COLLECT_MAX; e = readdir(d)) {
        const size_t len = strlen(e->d_name);

        if (len < 6 || strcmp(e->d_name + len - 5, ".json") != 0 || e->d_name[0] == '.')
            continue;
        looked++;
        /* A container that starts again keeps what was just made for it. */
        char id[NAME_MAX + 1];
        (void)snprintf(id, sizeof(id), "%.*s", (int)len - 5, e->d_name);
        if (strcmp(id, s->id) == 0)
            continue;
        if (!is_left_over(dir, root, e->d_name, len))
            continue;
        (void)unlinkat(dir, e->d_name, 0);
        state_drop_stage(&(struct state){.dir = s->dir, .root = s->root, .id = id});
    }
    if (d)
        (void)closedir(d);
    else if (dir >= 0)
        (void)close(dir);
}

/* --- what is kept -------------------------------------------------------------------------- */

static const struct value *admitted_of(struct arena *a, const char *id, const struct decision *d)
{
    const struct value *const process = value_path(d->input, "config", "process", NULL);
    const struct value *const user = value_field(process, "user");
    const struct value *const nnp = value_field(process, "noNewPrivileges");
    struct value_fields f = {0};

    value_fields_add(a, &f, "id", value_str(a, id));
    value_fields_add(a, &f, "verdict", value_str(a, verdict_name(d->verdict)));
    value_fields_add(a, &f, "uid", value_field(user, "uid"));
    value_fields_add(a, &f, "gid", value_field(user, "gid"));
    value_fields_add(a, &f, "groups", value_field(user, "additionalGids"));
    value_fields_add(a, &f, "capabilities",
                     value_path(d->input, "facts", "capabilities", "union", NULL));
    value_fields_add(a, &f, "no_new_privileges", nnp ? nnp : &value_false);
    value_fields_add(a, &f, "apparmor_profile", value_field(process, "apparmorProfile"));
    value_fields_add(a, &f, "selinux_label", value_field(process, "selinuxLabel"));
    value_fields_add(a, &f, "home", value_path(d->input, "facts", "process", "home", NULL));
    value_fields_add(a, &f, "scope", value_path(d->input, "container", "scope", NULL));
    value_fields_add(a, &f, "actions", d->actions && d->actions->count ? d->actions : NULL);
    value_fields_add(a, &f, "resources",
                     value_path(d->input, "config", "linux", "resources", NULL));
    return value_fields_object(a, &f);
}

/* What a later request is told by, without another look at the engine's store. */
static const struct value *container_of(struct arena *a, const struct value *input)
{
    static const char *const kept[] = {"id",        "engine", "scope",     "name",
                                       "namespace", "image",  "kubernetes"};
    const struct value *const container = value_field(input, "container");
    struct value_fields f = {0};

    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        value_fields_add(a, &f, kept[i], value_field(container, kept[i]));
    return value_fields_object(a, &f);
}

int state_build(struct arena *a, const struct state *s, const char *bundle, const char *decision_id,
                const struct decision *d, const char *config_digest, const struct value **out,
                struct err *err)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "version", value_int(a, 1));
    value_fields_add(a, &f, "id", value_str(a, s->id));
    value_fields_add(a, &f, "root", value_str(a, s->root));
    value_fields_add(a, &f, "bundle", bundle ? value_str(a, bundle) : NULL);
    value_fields_add(a, &f, "config_digest", value_str(a, config_digest));
    value_fields_add(a, &f, "config", value_field(d->input, "config"));
    value_fields_add(a, &f, "admitted", admitted_of(a, decision_id, d));
    if (decision_acts(d, "map_root")) /* for joined_stay */
        value_fields_add(a, &f, "mapped_in", value_path(d->input, "facts", "namespaces", NULL));
    value_fields_add(a, &f, "container", container_of(a, d->input));
    *out = value_fields_object(a, &f);
    return *out ? 0 : err_nomem(err);
}

/* A row of "recent" that is this decision's, and young enough to count on. */
static bool counts_on(const struct value *row, const char *digest, int64_t now_ns, int64_t *then,
                      uint64_t *count)
{
    const struct value *const time = value_field(row, "time_ns");
    const struct value *const n = value_field(row, "count");

    *count = 0;
    if (!value_is_str(value_field(row, "digest"), digest) || !time || !value_int64(time, then))
        return false;
    (void)value_uint64(n ? n : &value_null, count);
    return now_ns >= *then && now_ns - *then < (int64_t)STATE_REPEAT_S * 1000000000;
}

bool state_repeats(struct arena *a, const struct value *state, const char *digest, int64_t now_ns,
                   const struct value **doc, uint64_t *repeated)
{
    const struct value *const recent = value_field(state, "recent");
    const struct value *const key = value_str(a, "recent");
    const size_t n = recent && value_is(recent, VALUE_ARRAY) ? recent->count : 0;
    struct value_list list = {0};
    struct value_fields f = {0};
    bool same = false;
    int64_t then = now_ns;
    uint64_t count = 0;

    /* The newest stands last; of too many the oldest goes. */
    for (size_t i = 0; i < n; i++) {
        const struct value *const row = value_at(recent, i);

        if (value_is_str(value_field(row, "digest"), digest))
            same = counts_on(row, digest, now_ns, &then, &count);
        else if (i + STATE_RECENT_MAX > n)
            value_list_add(a, &list, row);
    }
    *repeated = count;
    value_fields_add(a, &f, "digest", value_str(a, digest));
    value_fields_add(a, &f, "time_ns", value_int(a, same ? then : now_ns));
    value_fields_add(a, &f, "count", value_u64(a, same ? count + 1 : 0));
    value_list_add(a, &list, value_fields_object(a, &f));
    const struct value *const fresh = value_list_array(a, &list);
    *doc = key && fresh ? value_object_with(a, state, key, fresh) : NULL;
    return same;
}
