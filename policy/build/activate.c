/* policy/build/activate.c - see activate.h. */
#include "policy/build/activate.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

enum { SMALL_FILE_MAX = 8192 };

/* The image's directory, opened; *name is the file in it. */
static int open_dir(const char *image, const char **name, struct err *err)
{
    char dir[4096];
    const char *const slash = strrchr(image, '/');

    if (!slash || slash == image || (size_t)(slash - image) >= sizeof(dir))
        return err_set(err, ERR_USAGE, "%s: not an absolute path of a file", image);
    memcpy(dir, image, (size_t)(slash - image));
    dir[slash - image] = '\0';
    *name = slash + 1;
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd : err_sys(err, "%s", dir);
}

/* Map `name`; 1 when it is there, 0 when not. */
static int map_at(int dir, const char *name, struct image *img, struct err *err)
{
    AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? 0 : err_sys(err, "%s", name);
    return image_map(img, fd, err) < 0 ? err_ctx(err, "%s", name) : 1;
}

static uint64_t serial_of(const struct image *img)
{
    uint64_t n = 0;

    return img->meta && value_uint64(value_field(img->meta, "serial"), &n) ? n : 0;
}

/* The highest serial that was ever in force here. */
static int highest(int dir, uint64_t active, uint64_t *out, struct err *err)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    unsigned long long n = 0;

    *out = active;
    if (faccessat(dir, "serial", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    if (file_read_at(dir, "serial", SMALL_FILE_MAX, &text, &len, NULL, err) < 0)
        return -1;
    while (len > 0 && text[len - 1] == '\n')
        text[--len] = '\0';
    if (!str_decimal(text, UINT64_MAX - 1, &n))
        return err_set(err, ERR_INVALID, "serial: not a number");
    if (n > *out)
        *out = n;
    return 0;
}

/* What the shim reads before it has an image: cheap, for the verbs that pass. */
static int write_runtime(int dir, const struct value *settings, struct activated *out,
                         struct err *err)
{
    const char *const path = value_cstr(value_field(settings, "runtime"));
    const char *const family = value_cstr(value_field(settings, "family"));
    AUTO_BUF struct buf text = BUF_INIT;

    if (!path || !family)
        return err_set(err, ERR_INVALID, "the image names no runtime");
    (void)str_copy(out->runtime, sizeof(out->runtime), path);
    buf_printf(&text, "%s %s\n", path, family);
    if (value_is_str(value_field(settings, "lifecycle_events"), "on"))
        buf_puts(&text, "lifecycle_events on\n");
    if (buf_check(&text, err) < 0)
        return -1;
    return file_replace_at(dir, "runtime", text.data, text.len, NULL, 0644, 1, err);
}

/* Keep what is in force under its other name; a crash in between leaves both names on one file. */
static int keep_previous(int dir, const char *name, struct err *err)
{
    char previous[300];

    if ((size_t)snprintf(previous, sizeof(previous), "%s.previous", name) >= sizeof(previous))
        return err_set(err, ERR_USAGE, "%s: name too long", name);
    if (unlinkat(dir, previous, 0) < 0 && errno != ENOENT)
        return err_sys(err, "%s", previous);
    if (linkat(dir, name, dir, previous, 0) < 0 && errno != ENOENT)
        return err_sys(err, "%s", previous);
    return 0;
}

/* Gates of another version stand until they are exchanged, and read what is in force in their own
 * format; once what is in force is of this program's, nobody is left who needs another. */
static int keep_other_format(int dir, const char *name, struct err *err)
{
    char kept[300];
    uint32_t format = 0;
    AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    const bool other = fd >= 0 && image_is_other(fd, &format);
    const int list = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *const d = list < 0 ? NULL : fdopendir(list);
    const int n = snprintf(kept, sizeof(kept), "%s.format-", name);

    if (!d) {
        err_sys(err, "policy directory");
        if (list >= 0)
            (void)close(list);
        return -1;
    }
    if (n < 0 || (size_t)n + 12 >= sizeof(kept)) {
        (void)closedir(d);
        return err_set(err, ERR_USAGE, "%s: name too long", name);
    }
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (strncmp(e->d_name, kept, (size_t)n) == 0)
            (void)unlinkat(dir, e->d_name, 0); /* one that stays is told by the link below */
    }
    (void)closedir(d);
    if (!other)
        return 0;
    (void)snprintf(kept + n, sizeof(kept) - (size_t)n, "%u", (unsigned)format);
    return linkat(dir, name, dir, kept, 0) < 0 ? err_sys(err, "%s", kept) : 0;
}

static int install(int dir, const char *name, const struct compiled *c, struct activated *out,
                   struct err *err)
{
    char serial[32];
    const int n = snprintf(serial, sizeof(serial), "%llu\n", (unsigned long long)out->serial);

    if (file_replace_at(dir, "serial", serial, (size_t)n, NULL, 0644, 1, err) < 0 ||
        keep_previous(dir, name, err) < 0 || keep_other_format(dir, name, err) < 0 ||
        write_runtime(dir, value_field(c->meta, "default"), out, err) < 0)
        return -1;
    return file_replace_at(dir, name, c->image, c->image_len, NULL, 0644, 1, err);
}

int policy_activate(struct arena *a, const struct activate_options *o, struct activated *out,
                    struct err *err)
{
    struct compiled c;
    const char *name;
    AUTO_IMAGE struct image old = IMAGE_INIT;
    struct err ignored = ERR_INIT;

    *out = (struct activated){0};
    AUTO_FD int dir = open_dir(o->image ? o->image : POLICY_IMAGE, &name, err);
    if (dir < 0)
        return -1;
    /* An image that cannot be read any more (another version's) must not stop the next one. */
    if (map_at(dir, name, &old, &ignored) == 1)
        out->before = serial_of(&old);
    if (highest(dir, out->before, &out->serial, err) < 0)
        return -1;
    out->serial++;

    const struct compile_options how = {
        .settings = o->settings ? o->settings : POLICY_SETTINGS,
        .baseline = o->baseline,
        .trusted = !o->untrusted,
        .skip_tests = o->skip_tests,
        .ask_runtime = true,
        .now_ns = o->now_ns,
        .serial = out->serial,
        .report = o->report,
    };
    if (policy_compile(a, &how, &c, err) < 0)
        return -1;
    (void)str_copy(out->digest, sizeof(out->digest), c.digest);
    out->rules = c.rules;
    out->tests = c.tests;
    out->skipped = c.skipped;
    out->waivers = c.waivers;
    out->bytes = c.image_len;
    return o->dry_run ? 0 : install(dir, name, &c, out, err);
}

int policy_rollback(const char *image, struct activated *out, struct err *err)
{
    const char *name;
    char previous[300];
    AUTO_IMAGE struct image old = IMAGE_INIT, now = IMAGE_INIT;
    struct err ignored = ERR_INIT;

    *out = (struct activated){0};
    AUTO_FD int dir = open_dir(image ? image : POLICY_IMAGE, &name, err);
    if (dir < 0)
        return -1;
    (void)snprintf(previous, sizeof(previous), "%s.previous", name);
    const int there = map_at(dir, previous, &old, err);
    if (there < 0)
        return -1;
    if (there == 0)
        return err_set(err, ERR_INVALID, "there is no policy before this one");
    if (image_check(&old, err) < 0)
        return err_ctx(err, "%s", previous);
    if (map_at(dir, name, &now, &ignored) == 1)
        out->before = serial_of(&now);
    out->serial = serial_of(&old);
    out->bytes = old.len;
    if (write_runtime(dir, value_field(old.meta, "default"), out, err) < 0)
        return -1;
    if (renameat2(dir, previous, dir, name, RENAME_EXCHANGE) < 0)
        return err_sys(err, "%s", name);
    return fsync(dir) < 0 ? err_sys(err, "%s", name) : 0;
}
