#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"
#include "cli/doctor.h"
#include "policy/build/compile.h"
#include "runtime/judge.h"

enum { DOCTOR_FILE_MAX = 1024 * 1024, SOURCE_MAX = 64 * 1024 * 1024, LOW_SPACE_MIB = 256 };

char *doctor_read(const char *path)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct err quiet = ERR_INIT;
    char *text = NULL;
    size_t len;

    if (fd < 0 || file_read_fd(fd, DOCTOR_FILE_MAX, &text, &len, &quiet) < 0)
        return NULL;
    return text;
}

bool doctor_is_shim(const char *path)
{
    AUTO_FREE char *real = realpath(path, NULL);
    const char *const slash = real ? strrchr(real, '/') : NULL;

    return slash && strcmp(slash + 1, "sallyport-runtime") == 0;
}

static enum health trusted(struct checkup *c, const char *path, const char *missing)
{
    struct err err = ERR_INIT;
    AUTO_FD int fd = file_open_trusted(path, O_RDONLY | O_CLOEXEC, &err);

    if (fd >= 0)
        return HEALTH_GOOD;
    if (err.code == ERR_SYSTEM && err.sys == ENOENT)
        buf_printf(c->says, "%s is missing: %s", path, missing);
    else
        buf_puts(c->says, err.text);
    return HEALTH_BAD;
}

enum health check_settings(struct checkup *c)
{
    const enum health h =
        trusted(c, SALLYPORT_SETTINGS, "the packaged defaults are in /usr/share/sallyport");

    if (h == HEALTH_GOOD)
        buf_puts(c->says, SALLYPORT_SETTINGS);
    return h;
}

enum health check_image(struct checkup *c)
{
    const enum health h = trusted(c, SALLYPORT_IMAGE, "run sallyport policy activate");
    int64_t serial = 0;

    if (h != HEALTH_GOOD)
        return h;
    if (!c->meta) {
        struct gate gate = GATE_INIT;
        struct err err = ERR_INIT;

        if (gate_open(&gate, NULL, "lint", c->arena, &err) < 0)
            buf_puts(c->says, err.text);
        gate_close(&gate);
        return HEALTH_BAD;
    }
    const char *const built = value_cstr(value_field(c->meta, "built"));
    const char *const level = value_cstr(value_path(c->meta, "default", "level", NULL));
    const char *const mode = value_cstr(value_path(c->meta, "default", "mode", NULL));
    (void)value_int64(value_field(c->meta, "serial"), &serial);
    buf_printf(c->says, "serial %lld, built %s, level %s, mode %s", (long long)serial,
               built ? built : "?", level ? level : "?", mode ? mode : "?");
    return mode && strcmp(mode, "enforce") == 0 ? HEALTH_GOOD : HEALTH_NOTE;
}

/* Does the file still have the digest that activation saw? */
static bool fresh(const char *path, const char *want)
{
    char *bytes = NULL, hex[DIGEST_HEX_LEN + 1];
    size_t len = 0;
    struct err quiet = ERR_INIT;

    if (file_read_at(AT_FDCWD, path, SOURCE_MAX, &bytes, &len, NULL, &quiet) < 0)
        return false;
    digest_hex(bytes, len, hex);
    free(bytes);
    return strcmp(hex, strncmp(want, "sha256:", 7) == 0 ? want + 7 : want) == 0;
}

/* The first file that is not what it was; NULL: files came or went, or settings changed. */
static const char *first_changed(const struct value *sources)
{
    for (size_t i = 0; sources && value_is(sources, VALUE_ARRAY) && i < sources->count; i++) {
        const char *const path = value_cstr(value_field(value_at(sources, i), "path"));
        const char *const sum = value_cstr(value_field(value_at(sources, i), "sha256"));

        if (path && path[0] == '/' && sum && !fresh(path, sum)) /* others are built in */
            return path;
    }
    return NULL;
}

/* Compiled anew, without their tests, they would give the policy that is active, or another. */
enum health check_sources(struct checkup *c)
{
    const char *const digest = value_cstr(value_field(c->meta, "digest"));
    const struct compile_options o = {
        .settings = value_cstr(value_field(c->meta, "settings_file")),
        .baseline = value_cstr(value_field(c->meta, "baseline")),
        .skip_tests = true,
        .now_ns = clock_wall_ns(),
    };
    struct compiled now;
    struct err err = ERR_INIT;

    if (!c->meta) {
        buf_puts(c->says, "no active policy to compare with");
        return HEALTH_SKIP;
    }
    if (!digest || !o.settings || !o.baseline) {
        buf_puts(c->says, "the active policy does not say what it was made of");
        return HEALTH_NOTE;
    }
    if (policy_compile(c->arena, &o, &now, &err) < 0) {
        buf_printf(c->says, "they would not compile: %s", err.text);
        return HEALTH_BAD;
    }
    if (strcmp(now.digest, digest) == 0) {
        buf_printf(c->says, "%zu files and the settings, as they were when activated",
                   now.sources.n);
        return HEALTH_GOOD;
    }
    const char *const file = first_changed(value_field(c->meta, "sources"));
    buf_printf(c->says,
               "settings, waivers or policies changed since activation%s%s%s: not in force until "
               "sallyport policy activate",
               file ? " (" : "", file ? file : "", file ? ")" : "");
    return HEALTH_NOTE;
}

enum health check_runtime(struct checkup *c)
{
    const char *const runtime = value_cstr(value_path(c->meta, "default", "runtime", NULL));
    struct stat st;

    if (!runtime) {
        buf_puts(c->says, "no active policy names one");
        return HEALTH_SKIP;
    }
    buf_puts(c->says, runtime);
    if (stat(runtime, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
        buf_puts(c->says, " is no executable file");
        return HEALTH_BAD;
    }
    if (doctor_is_shim(runtime)) {
        buf_puts(c->says, " is Sallyport itself");
        return HEALTH_BAD;
    }
    return HEALTH_GOOD;
}

enum health check_log(struct checkup *c)
{
    const char *log = value_cstr(value_path(c->meta, "default", "log", NULL));
    struct statvfs fs;

    log = log ? log : SALLYPORT_LOG;
    buf_puts(c->says, log);
    if (access(log, W_OK | X_OK) < 0) {
        buf_puts(c->says, errno == ENOENT ? " does not exist yet: the first start makes it"
                                          : " cannot be written");
        return errno == ENOENT ? HEALTH_NOTE : HEALTH_BAD;
    }
    if (statvfs(log, &fs) < 0) {
        buf_puts(c->says, " cannot be measured");
        return HEALTH_BAD;
    }
    const unsigned long long mib = (unsigned long long)fs.f_bavail * fs.f_frsize / (1024 * 1024);
    buf_printf(c->says, ", %llu MiB free", mib);
    return mib < LOW_SPACE_MIB ? HEALTH_NOTE : HEALTH_GOOD;
}
