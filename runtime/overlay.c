#include "runtime/overlay.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

/* Options of an overlay that are part of what its layers mean. */
static const char *const meaning[] = {"redirect_dir", "metacopy", "userxattr", "xino", "verity"};

static int add_lower(struct overlay *o, char *path, struct err *err)
{
    if (o->lowers == OVERLAY_LAYERS_MAX)
        return err_set(err, ERR_LIMIT, "overlay: more than %d layers", OVERLAY_LAYERS_MAX);
    if (*path == '\0')
        return err_set(err, ERR_INVALID, "overlay: layers of data alone are not known here");
    o->lower[o->lowers++] = path;
    return 0;
}

static int add_lowers(struct overlay *o, char *list, struct err *err)
{
    for (char *at = list; at;) {
        char *const colon = strchr(at, ':');

        if (colon)
            *colon = '\0';
        if (add_lower(o, at, err) < 0)
            return -1;
        at = colon ? colon + 1 : NULL;
    }
    return 0;
}

static int keep(struct overlay *o, const char *key, const char *value, struct err *err)
{
    const size_t n = strlen(o->kept);
    const int got = snprintf(o->kept + n, sizeof(o->kept) - n, ",%s%s%s", key, value ? "=" : "",
                             value ? value : "");

    return got > 0 && (size_t)got < sizeof(o->kept) - n
               ? 0
               : err_set(err, ERR_LIMIT, "overlay: options too long");
}

struct found {
    char *upper, *work;
};

static int one_option(struct overlay *o, char *option, struct found *f, struct err *err)
{
    char *const eq = strchr(option, '=');
    char *const value = eq ? eq + 1 : NULL;

    if (eq)
        *eq = '\0';
    if (value && strcmp(option, "lowerdir") == 0)
        return add_lowers(o, value, err);
    if (value && strcmp(option, "lowerdir+") == 0)
        return add_lower(o, value, err);
    if (value && strcmp(option, "upperdir") == 0)
        f->upper = value;
    if (value && strcmp(option, "workdir") == 0)
        f->work = value;
    if (strcmp(option, "datadir+") == 0 || str_starts(option, "context"))
        return err_set(err, ERR_INVALID, "overlay: option %s is not known here", option);
    for (size_t i = 0; i < ARRAY_LEN(meaning); i++) {
        if (strcmp(option, meaning[i]) == 0)
            return keep(o, option, value, err);
    }
    return 0;
}

/* Everything before the last n components; false when there is not that much. */
static bool above(const char *path, int n, char *out, size_t size)
{
    if (!str_copy(out, size, path))
        return false;
    for (; n > 0; n--) {
        char *const slash = strrchr(out, '/');

        if (!slash || slash == out)
            return false;
        *slash = '\0';
    }
    return true;
}

/* Upper and working directory stand side by side in every engine. */
static int split_upper(struct overlay *o, const struct found *f, struct err *err)
{
    const char *const up = strrchr(f->upper, '/');
    const char *const work = f->work ? strrchr(f->work, '/') : NULL;
    const size_t n = up ? (size_t)(up - f->upper) : 0;

    if (!up || n == 0 || !work || (size_t)(work - f->work) != n ||
        memcmp(f->upper, f->work, n) != 0 || n >= sizeof(o->upper_parent) ||
        !str_copy(o->upper_name, sizeof(o->upper_name), up + 1))
        return err_set(err, ERR_INVALID, "overlay: upper and working directory stand apart");
    memcpy(o->upper_parent, f->upper, n);
    o->upper_parent[n] = '\0';
    return 0;
}

int overlay_parse(const char *options, const char *path, struct overlay *out, struct err *err)
{
    struct found f = {0};

    *out = (struct overlay){.lowers = 0};
    if (strpbrk(options, "\\\"") || !str_copy(out->text, sizeof(out->text), options))
        return err_set(err, ERR_INVALID, "overlay: names with escapes, or too many of them");
    for (char *at = out->text; at;) {
        char *const comma = strchr(at, ',');

        if (comma)
            *comma = '\0';
        if (one_option(out, at, &f, err) < 0)
            return -1;
        at = comma ? comma + 1 : NULL;
    }
    if (out->lowers == 0)
        return err_set(err, ERR_INVALID, "overlay: no layers");
    if (f.upper && split_upper(out, &f, err) < 0)
        return -1;
    /* Engines name layers from their store's directory: STORE/ID/diff, STORE/ID/merged. */
    if (!above(f.upper && f.upper[0] == '/' ? f.upper : path, 2, out->home, sizeof(out->home)))
        return err_set(err, ERR_INVALID, "overlay: its store cannot be told");
    return 0;
}

/* The rest of the list after the word that number `n` (from 0) is. */
static char *word(char *line, int n)
{
    for (; line && n > 0; n--) {
        line = strchr(line, ' ');
        line = line ? line + 1 : NULL;
    }
    return line;
}

static uint64_t mount_number(int fd)
{
    struct statx sx;

    return statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx) == 0 && (sx.stx_mask & STATX_MNT_ID)
               ? sx.stx_mnt_id
               : 0;
}

int overlay_read(int fd, const char *path, struct overlay *out, struct err *err)
{
    AUTO_FREE char *text = NULL;
    AUTO_FD int list = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    char number[24];

    const int n = snprintf(number, sizeof(number), "%llu ", (unsigned long long)mount_number(fd));
    if (list < 0 || file_read_fd(list, OVERLAY_MOUNTS_MAX, &text, &len, err) < 0)
        return list < 0 ? err_sys(err, "list of mounts") : -1;
    for (char *line = text; line && *line;) {
        char *const end = strchr(line, '\n');

        if (end)
            *end = '\0';
        if (strncmp(line, number, (size_t)n) == 0) {
            char *const root = word(line, 3);
            char *const tail = strstr(line, " - overlay ");
            char *const options = tail ? word(tail + 1, 3) : NULL;

            if (!root || !str_starts(root, "/ ") || !options)
                return err_set(err, ERR_INVALID, "%s: not the root of an overlay", path);
            return overlay_parse(options, path, out, err);
        }
        line = end ? end + 1 : NULL;
    }
    return err_set(err, ERR_INVALID, "%s: not a mount of its own", path);
}
