/* Every row of tests/breakouts/rows.json, judged: a dangerous value is refused by a rule that the
 * row names, or gone from the document that would run; an ordinary container is never refused. */
#include <check.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "facts/facts.h"
#include "policy/build/compile.h"
#include "policy/decide/decide.h"
#include "policy/value/json.h"
#include "policy/value/pointer.h"
#include "profiles/seccomp.h"

#include "tests/help/looks.h"
#include "tests/help/place.h"
#include "tests/help/suite.h"

#define ROWS "tests/breakouts/rows.json"
#define BASE "tests/breakouts/base.json"
#define BASE_GROUP "/sallyport-breakouts/base"

static struct arena policy_arena = ARENA_INIT((size_t)2 << 30);
static struct image image;
static const struct value *rows;
static char dir[PLACE_MAX];

static void make_dir(const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    ck_assert_int_eq(mkdir(path, 0755), 0);
}

/* A directory of another user's. */
static void make_owner(const char *name, uid_t uid)
{
    char path[128];

    make_dir(name);
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    ck_assert_int_eq(chown(path, uid, uid), 0);
}

static void make_link(const char *target, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    ck_assert_int_eq(symlink(target, path), 0);
}

/* One that somebody listens on stays open till the test ends. */
static void make_socket(const char *name, bool listening)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s", dir, name);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    if (listening)
        ck_assert_int_eq(listen(fd, 1), 0);
    else
        ck_assert_int_eq(close(fd), 0);
}

/* Mounts of the test's own namespace; they go with it. */
static void make_mount(const char *source, const char *name, const char *type, unsigned long flags,
                       const char *options)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    ck_assert_msg(mount(source, path, type, flags, options) == 0, "mount on %s: %m", path);
}

static const char *const mounted[] = {"bound/etc", "file",   "holds/proc",
                                      "proc",      "layers", "rootfs-holds/mnt"};

static void mounts(void)
{
    ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
    ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    make_mount("/etc/ssl", "bound/etc", NULL, MS_BIND, NULL);
    make_mount("/etc/passwd", "file", NULL, MS_BIND, NULL);
    make_mount("proc", "holds/proc", "proc", MS_NOSUID, NULL);
    make_mount("proc", "proc", "proc", MS_NOSUID, NULL);
    char layers[160];

    (void)snprintf(layers, sizeof(layers), "lowerdir=/etc:%s/dir", dir);
    make_mount("overlay", "layers", "overlay", 0, layers);
    (void)snprintf(layers, sizeof(layers), "lowerdir=/etc/ssl:%s/dir", dir);
    make_mount("overlay", "rootfs-holds/mnt", "overlay", 0, layers);
}

static void unmount(void)
{
    for (size_t i = 0; i < ARRAY_LEN(mounted); i++) {
        char path[128];

        (void)snprintf(path, sizeof(path), "%s/%s", dir, mounted[i]);
        ck_assert_int_eq(umount2(path, MNT_DETACH), 0);
    }
}

static void make_file(const char *name, const char *text, mode_t mode)
{
    char path[128];
    struct err err = ERR_INIT;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    ck_assert_msg(file_replace_at(AT_FDCWD, path, text, strlen(text), NULL, mode, 0, &err) == 0,
                  "%s", err.text);
}

/* What the rows' @TMP@ and @ROOTFS@ stand for. */
static void place(void)
{
    static const char *const dirs[] = {
        "dir",        "run",           "rootfs",      "rootfs/bin",   "rootfs/etc",
        "rootfs/tmp", "rootfs/dev",    "rootfs/proc", "rootfs/sys",   "rootfs/run",
        "rootfs/var", "rootfs-linked", "dir/sub",     "bound",        "bound/etc",
        "holds",      "holds/proc",    "proc",        "deep",         "deep/er",
        "many",       "others",        "layers",      "rootfs-holds", "rootfs-holds/mnt"};

    place_make(dir, "/var/lib");
    ck_assert_int_eq(chmod(dir, 0755), 0);
    for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
        make_dir(dirs[i]);
    make_file("rootfs/bin/busybox", "\177ELF", 0755);
    make_file("rootfs/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 0644);
    make_file("hook", "#!/bin/sh\n", 0755);
    make_link("/etc", "link-etc");
    make_link("rootfs", "link-rootfs");
    make_link("/proc/self", "rootfs-linked/proc");
    make_link("/etc", "rootfs-linked/dev");
    make_link("/dev", "rootfs/linked-dev");
    make_link("../proc/sys", "rootfs/linked-proc");
    make_link("/proc/self/fd/7", "rootfs/linked-cwd");
    make_link("/etc", "dir/linked");
    make_file("file", "", 0644);
    make_socket("run/any.sock", false);
    make_socket("run/docker.sock", false);
    make_socket("deep/er/engine", true);
    make_file("others/x", "", 0644);
    make_owner("rootfs-others", 1234);
    mounts();
}

static char *read_text(const char *path, size_t *len)
{
    char *text = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(file_read_at(AT_FDCWD, path, 1 << 20, &text, len, NULL, &err) == 0, "%s: %s",
                  path, err.text);
    return text;
}

/* --- a control group that somebody is in -------------------------------------------------------
 */

static char group[64]; /* as cgroupsPath has it */
static pid_t sleeper;

static void group_path(char out[128])
{
    struct stat st;

    (void)snprintf(out, 128, "/sys/fs/cgroup%s%s",
                   stat("/sys/fs/cgroup/devices", &st) == 0 ? "/devices" : "", group);
}

/* Nobody is in the first, and a group is below it. */
static const char *const holders[] = {"/holder", "/holder/other"};

static void group_below(char out[128], const char *name)
{
    char path[96];

    group_path(out);
    (void)snprintf(path, sizeof(path), "%s", out);
    (void)snprintf(out, 128, "%s%s", path, name);
}

static void make_group(void)
{
    char path[128], procs[160], pid[24];

    (void)snprintf(group, sizeof(group), "/sallyport-test-%d", getpid());
    group_path(path);
    ck_assert_msg(mkdir(path, 0755) == 0, "%s: %m", path);
    for (size_t i = 0; i < ARRAY_LEN(holders); i++) {
        group_below(path, holders[i]);
        ck_assert_msg(mkdir(path, 0755) == 0, "%s: %m", path);
    }
    group_path(path);
    sleeper = fork();
    ck_assert_int_ge(sleeper, 0);
    if (sleeper == 0) {
        (void)pause();
        _exit(0);
    }
    (void)snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
    (void)snprintf(pid, sizeof(pid), "%d", sleeper);
    const int fd = open(procs, O_WRONLY | O_CLOEXEC);
    ck_assert_int_gt(write(fd, pid, strlen(pid)), 0);
    ck_assert_int_eq(close(fd), 0);
}

static void drop_group(void)
{
    char path[128];

    for (size_t i = ARRAY_LEN(holders); i-- > 0;) {
        group_below(path, holders[i]);
        ck_assert_int_eq(rmdir(path), 0);
    }
    group_path(path);
    ck_assert_int_eq(kill(sleeper, SIGKILL), 0);
    ck_assert_int_eq(waitpid(sleeper, NULL, 0), sleeper);
    for (int i = 0; rmdir(path) < 0 && i < 100; i++)
        (void)usleep(10000);
}

static void put_token(struct buf *b, const char *token)
{
    const struct group *const docker = getgrnam("docker");

    if (strcmp(token, BASE_GROUP) == 0) /* live tests may be in the document's own one */
        buf_printf(b, "%s/base", group);
    else if (strcmp(token, "@CGROUP@") == 0)
        buf_puts(b, group);
    else if (strcmp(token, "\"@GID:docker@\"") == 0)
        buf_printf(b, "%u", docker ? docker->gr_gid : 6);
    else
        buf_printf(b, "%s%s", dir, strcmp(token, "@ROOTFS@") == 0 ? "/rootfs" : "");
}

/* The document in `path` with the tokens put in. */
static const struct value *document(struct arena *a, const char *path)
{
    static const char *const token[] = {"@TMP@", "@ROOTFS@", "@CGROUP@", "\"@GID:docker@\"",
                                        BASE_GROUP};
    AUTO_BUF struct buf b = BUF_INIT;
    size_t len = 0;
    AUTO_FREE char *text = read_text(path, &len);
    const struct value *out = NULL;
    struct err err = ERR_INIT;
    size_t used = 0;

    for (const char *p = text; *p;) {
        size_t t = 0;

        while (t < ARRAY_LEN(token) && strncmp(p, token[t], strlen(token[t])) != 0)
            t++;
        if (t == ARRAY_LEN(token)) {
            buf_putc(&b, *p++);
            continue;
        }
        put_token(&b, token[t]);
        p += strlen(token[t]);
    }
    ck_assert_msg(json_parse(a, b.data, b.len, JSON_STRICT, &out, &used, &err) == 0, "%s: %s", path,
                  err.text);
    return out;
}

static void begin(void)
{
    const struct compile_options o = {.settings = "/nonexistent/sallyport.yaml",
                                      .baseline = "policy/baseline",
                                      .skip_tests = true,
                                      .now_ns = 1767323045000000000};
    struct compiled c;
    struct err err = ERR_INIT;

    place();
    make_group();
    rows = document(&policy_arena, ROWS);
    ck_assert_msg(policy_compile(&policy_arena, &o, &c, &err) == 0, "%s", err.text);
    ck_assert_msg(image_borrow(&image, c.image, c.image_len, &err) == 0, "%s", err.text);
}

static void end(void)
{
    drop_group();
    unmount();
    place_remove(dir);
    arena_done(&policy_arena);
}

/* --- judging one ------------------------------------------------------------------------------ */

static int judge_one(struct arena *a, const struct value *config, struct decision *out,
                     const struct value **input, struct err *err)
{
    const struct facts_request req = {.operation = "create",
                                      .registration = "default",
                                      .caller = "shim",
                                      .id = "row",
                                      .config = config,
                                      .bundle = dir,
                                      .bundle_fd = -1,
                                      .runtime = "runc",
                                      .runtime_root = "/run/runc",
                                      .now_ns = 1767323045000000000,
                                      .host = FACTS_LOOK,
                                      .trusted_host = true};
    *input = NULL;
    if (facts_input(a, &req, input, err) < 0)
        return -1;
    return decide(&image, *input, a, out, err);
}

static void names(struct buf *b, const struct value *findings)
{
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct value *const f = value_at(findings, i);

        buf_printf(b, "%s%s(%s) %s", i ? "; " : "", value_cstr(value_field(f, "rule")),
                   value_cstr(value_field(f, "enforcement")), value_cstr(value_field(f, "msg")));
    }
}

static bool names_any(const struct value *findings, const struct value *rules)
{
    for (uint32_t i = 0; i < findings->count; i++)
        for (uint32_t k = 0; k < rules->count; k++)
            if (value_equal(value_field(value_at(findings, i), "rule"), value_at(rules, k)))
                return true;
    return rules->count == 0;
}

static bool holds_member(const struct value *list, const struct value *member)
{
    for (uint32_t i = 0; list && i < list->count; i++)
        if (value_equal(value_at(list, i), member))
            return true;
    return false;
}

/* What a condition is about: a pointer's value, or the options of the mount on a destination. */
static const struct value *subject(const struct value *config, const struct value *cond)
{
    const struct value *const path = value_field(cond, "path");
    const struct value *const mounts = value_field(config, "mounts");

    if (path)
        return pointer_get(config, value_cstr(path), path->count);
    for (uint32_t i = 0; i < mounts->count; i++)
        if (value_equal(value_field(value_at(mounts, i), "destination"),
                        value_field(cond, "mount")))
            return value_field(value_at(mounts, i), "options");
    return NULL;
}

/* Whether the document's filter lets the condition's call through. */
static bool call_ends(struct arena *a, const struct value *config, const struct value *cond)
{
    const struct value *const filter = value_path(config, "linux", "seccomp", (const char *)NULL);
    const struct value *const arg = value_field(cond, "arg");
    struct seccomp_call call = {.name = value_cstr(value_field(cond, "seccomp"))};
    struct seccomp s;
    uint64_t index = 0;
    struct err err = ERR_INIT;

    if (arg && value_uint64(arg, &index)) {
        call.known = 1u << index;
        ck_assert(value_uint64(value_field(cond, "value"), &call.args[index]));
    }
    ck_assert_msg(filter && seccomp_read(a, filter, &s, &err) == 0, "no filter: %s", err.text);
    return value_bool_of(seccomp_runs(seccomp_eval(&s, &call))) == value_field(cond, "runs");
}

/* One condition on the hardened document. */
static bool holds(const struct value *config, const struct value *cond)
{
    const struct value *const at = subject(config, cond);
    const struct value *v;

    if ((v = value_field(cond, "is")))
        return at && value_equal(at, v);
    if ((v = value_field(cond, "is_not")))
        return !at || !value_equal(at, v);
    if ((v = value_field(cond, "has")))
        return holds_member(at, v);
    if ((v = value_field(cond, "lacks")))
        return !holds_member(at, v);
    return at == NULL; /* absent */
}

/* `plain`: the row's own value stands in the document, so that some rule must speak. */
static void check_row(const struct value *row, const struct decision *d, bool plain,
                      struct arena *a, struct buf *complaint)
{
    const char *const want = value_cstr(value_field(row, "want"));
    const struct value *const rules = value_field(row, "rules");
    const struct value *const after = value_field(row, "after");
    const bool refuse = strcmp(want, "refuse") == 0;

    if ((d->verdict == VERDICT_REFUSE) != refuse)
        buf_printf(complaint, "want %s, got %s; ", want, verdict_name(d->verdict));
    if (plain &&
        !names_any(refuse && d->verdict == VERDICT_REFUSE ? d->refusals : d->findings, rules))
        buf_puts(complaint, "no rule of the row speaks; ");
    for (uint32_t i = 0; !refuse && i < after->count; i++) {
        const struct value *const config = value_field(d->input, "config");
        const struct value *const cond = value_at(after, i);

        if (value_field(cond, "seccomp") ? !call_ends(a, config, cond) : !holds(config, cond)) {
            buf_puts(complaint, "does not hold: ");
            json_print(complaint, value_at(after, i), JSON_COMPACT);
            buf_puts(complaint, "; ");
        }
    }
    if (complaint->len == 0)
        return;
    buf_puts(complaint, "findings: ");
    names(complaint, refuse && d->verdict == VERDICT_REFUSE ? d->refusals : d->findings);
}

/* What a container that holds nothing looks like, over the ordinary one. */
static const char unprivileged[] =
    "[{\"op\": \"add\", \"path\": \"/process/user\", \"value\": {\"uid\": 1000, \"gid\": 1000}},"
    "{\"op\": \"add\", \"path\": \"/process/capabilities\", \"value\": {}},"
    "{\"op\": \"add\", \"path\": \"/process/noNewPrivileges\", \"value\": true},"
    "{\"op\": \"add\", \"path\": \"/root/readonly\", \"value\": true},"
    "{\"op\": \"add\", \"path\": \"/linux/namespaces/-\", \"value\": {\"type\": \"cgroup\"}}]";

static const struct value *base_of(struct arena *a, bool ordinary)
{
    const struct value *config = document(a, BASE), *patch = NULL;
    struct err err = ERR_INIT;

    if (ordinary)
        return config;
    ck_assert_msg(
        json_parse(a, unprivileged, sizeof(unprivileged) - 1, JSON_STRICT, &patch, NULL, &err) == 0,
        "%s", err.text);
    ck_assert_msg(patch_apply(a, config, patch, &config, &err) == 0, "%s", err.text);
    return config;
}

/* Every row in the ordinary container (0) and in the one that holds nothing (1). */
START_TEST(every_row_ends_as_it_must)
{
    AUTO_BUF struct buf all = BUF_INIT;
    const bool ordinary = _i == 0;
    unsigned bad = 0;

    for (uint32_t i = 0; i < rows->count; i++) {
        AUTO_ARENA struct arena a = ARENA_INIT(128 << 20);
        AUTO_BUF struct buf complaint = BUF_INIT;
        const struct value *const row = value_at(rows, i);
        const struct value *config = base_of(&a, ordinary);
        const struct value *const patch = value_field(row, "patch"), *input = NULL;
        struct decision d;
        struct err err = ERR_INIT;

        ck_assert_msg(patch_apply(&a, config, patch, &config, &err) == 0, "row %u: %s", i,
                      err.text);
        if (judge_one(&a, config, &d, &input, &err) < 0)
            buf_puts(&complaint, err.text); /* no rule speaks: somebody must look at that */
        else
            check_row(row, &d, ordinary || patch->count > 0, &a, &complaint);
        if (complaint.len == 0)
            continue;
        bad++;
        buf_printf(&all, "%u %s ", i, value_cstr(value_field(row, "id")));
        json_print(&all, patch, JSON_COMPACT);
        buf_printf(&all, "\n    %s\n", complaint.data);
    }
    if (bad > 0)
        (void)fprintf(stderr, "%s", all.data);
    ck_assert_msg(bad == 0, "%u of %u rows", bad, rows->count);
}
END_TEST

START_TEST(a_look_after_another_says_the_same)
{
    static struct arena a = ARENA_INIT((size_t)2 << 30);
    struct machine_memory memory = {0};
    uint64_t saved = 0;

    for (uint32_t i = 0; i < rows->count; i++) {
        const struct value *const row = value_at(rows, i);
        const struct value *config = document(&a, BASE);
        const char *const id = value_cstr(value_field(row, "id"));
        const struct value *input = NULL;
        struct decision d;
        struct err err = ERR_INIT;

        ck_assert(patch_apply(&a, config, value_field(row, "patch"), &config, &err) == 0);
        ck_assert_msg(judge_one(&a, config, &d, &input, &err) == 0, "%s: %s", id, err.text);
        saved += looks_agree(&image, &a, &memory, input, id);
        saved += looks_agree(&image, &a, &memory, d.input, id);
    }
    ck_assert_uint_gt(saved, 100000);
    arena_done(&a);
}
END_TEST

START_TEST(the_harmless_control_is_hardened_and_stays_so)
{
    AUTO_ARENA struct arena a = ARENA_INIT(64 << 20);
    struct decision d, again;
    const struct value *input = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(judge_one(&a, document(&a, BASE), &d, &input, &err) == 0, "%s", err.text);
    ck_assert_int_eq(d.verdict, VERDICT_HARDEN);
    ck_assert_msg(judge_one(&a, value_field(d.input, "config"), &again, &input, &err) == 0, "%s",
                  err.text);
    ck_assert_int_eq(again.verdict, VERDICT_ADMIT);
    ck_assert_uint_eq(again.patch->count, 0);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("breakouts");
    TCase *const t = tcase_create("rows");

    tcase_set_timeout(t, 120);
    tcase_add_unchecked_fixture(t, begin, end);
    tcase_add_loop_test(t, every_row_ends_as_it_must, 0, 2);
    tcase_add_test(t, a_look_after_another_says_the_same);
    tcase_add_test(t, the_harmless_control_is_hardened_and_stays_so);
    suite_add_tcase(s, t);
    return run_suite(s);
}
