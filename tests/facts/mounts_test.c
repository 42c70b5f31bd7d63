/* Mount sources of a real directory tree: links, sockets, owners, other names of sensitive trees.
 */
#include <check.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/own.h"
#include "facts/facts.h"
#include "policy/value/json.h"
#include "policy/value/pointer.h"

#include "tests/help/place.h"
#include "tests/help/suite.h"

static char top[PLACE_MAX];
static struct arena a;
static const char *root_at = "rootfs"; /* below top */

static const char *in_top(const char *name)
{
    return arena_printf(&a, "%s/%s", top, name);
}

static void make_dir(const char *name, mode_t mode)
{
    ck_assert_int_eq(mkdir(in_top(name), mode), 0);
    ck_assert_int_eq(chmod(in_top(name), mode), 0);
}

static void make_file(const char *name, mode_t mode)
{
    AUTO_FD int fd = open(in_top(name), O_CREAT | O_WRONLY | O_CLOEXEC, mode);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fchmod(fd, mode), 0);
}

static void make_socket(const char *name)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(un.sun_path, sizeof(un.sun_path), "%s/%s", top, name);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
}

static void setup(void)
{
    a = ARENA_INIT(64 << 20);
    place_make(top, "/var/tmp");
    ck_assert_int_eq(chmod(top, 0755), 0);
}

static void teardown(void)
{
    arena_done(&a);
    place_remove(top);
}

/* facts.mounts/0 of a config with one mount given as JSON text. */
static const struct value *facts_of(const char *fmt, ...) PRINTF_LIKE(1, 2);
static const struct value *facts_of(const char *fmt, ...)
{
    char mount[2048], text[8192];
    const struct value *doc = NULL, *input = NULL;
    struct err err = ERR_INIT;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(mount, sizeof(mount), fmt, ap);
    va_end(ap);
    snprintf(text, sizeof(text),
             "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"%s/%s\"},\"mounts\":[%s]}", top,
             root_at, mount);
    ck_assert_msg(document_parse(&a, text, strlen(text), &doc, &err) == 0, "%s", err.text);
    const struct facts_request req = {.operation = "create",
                                      .caller = "lint",
                                      .config = doc,
                                      .bundle = top,
                                      .bundle_fd = -1,
                                      .runtime = "runc",
                                      .runtime_root = in_top("state"),
                                      .host = FACTS_LOOK,
                                      .trusted_host = true};
    ck_assert_msg(facts_input(&a, &req, &input, &err) == 0, "%s", err.text);
    return value_field(input, "facts");
}

static const struct value *bind_of(const char *source)
{
    const struct value *const f = facts_of(
        "{\"destination\":\"/m\",\"type\":\"bind\",\"source\":\"%s\",\"options\":[\"rbind\"]}",
        source);

    return value_at(value_field(f, "mounts"), 0);
}

static void is(const struct value *v, const char *field, const char *want)
{
    const struct value *const got = value_field(v, field);

    if (!want)
        ck_assert_msg(got == NULL, "%s: want nothing, got %s", field, value_cstr(got));
    else
        ck_assert_msg(value_is_str(got, want), "%s: want %s, got %s", field, want,
                      got ? value_cstr(got) : "nothing");
}

START_TEST(kinds_are_told_apart)
{
    make_dir("data", 0755);
    make_file("file", 0644);
    make_socket("sock");
    ck_assert_int_eq(mkfifo(in_top("fifo"), 0600), 0);
    is(bind_of(in_top("data")), "kind", "directory");
    is(bind_of(in_top("data")), "sensitive", NULL);
    is(bind_of(in_top("file")), "kind", "file");
    is(bind_of(in_top("sock")), "kind", "socket");
    ck_assert(value_bool(value_field(bind_of(in_top("sock")), "socket")));
    is(bind_of(in_top("sock")), "engine_socket", NULL);
    is(bind_of(in_top("fifo")), "kind", "fifo");
    is(bind_of(in_top("absent")), "kind", "missing");
    is(bind_of("/dev/null"), "kind", "char");
    is(bind_of("/dev/null"), "sensitive", "/dev");
}
END_TEST

START_TEST(sockets_of_engines_are_found_by_name_and_below_directories)
{
    make_dir("run", 0755);
    make_socket("run/docker.sock");
    is(bind_of(in_top("run/docker.sock")), "engine_socket", "docker");
    is(bind_of(in_top("run")), "contains_socket", in_top("run/docker.sock"));
    ck_assert_int_eq(symlink("run/docker.sock", in_top("innocent")), 0);
    is(bind_of(in_top("innocent")), "engine_socket", "docker");
}
END_TEST

START_TEST(links_are_passed_and_recorded)
{
    make_dir("a", 0755);
    ck_assert_int_eq(symlink("/etc", in_top("a/link")), 0);
    ck_assert_int_eq(symlink("a/link", in_top("outer")), 0);
    const struct value *const m = bind_of(in_top("outer"));

    is(m, "resolved", "/etc");
    is(m, "sensitive", "/etc");
    is(m, "relation", "equal");
    ck_assert_uint_eq(value_field(m, "links")->count, 2);
    ck_assert(value_is_str(value_at(value_field(m, "links"), 0), in_top("outer")));
    ck_assert(value_is_str(value_at(value_field(m, "links"), 1), in_top("a/link")));
    /* A component in the middle, dots, and a loop. */
    is(bind_of(arena_printf(&a, "%s/a/link/ssl", top)), "relation", "inside");
    is(bind_of(arena_printf(&a, "%s/a/../a/./link", top)), "resolved", "/etc");
    ck_assert_int_eq(symlink("loop", in_top("loop")), 0);
    is(bind_of(in_top("loop")), "kind", "missing");
}
END_TEST

START_TEST(paths_that_others_can_change_are_told)
{
    make_dir("open", 0777);
    make_dir("open/d", 0755);
    make_dir("sticky", 01777);
    make_dir("sticky/mine", 0755);
    make_dir("sticky/theirs", 0755);
    ck_assert_int_eq(chown(in_top("sticky/theirs"), 1000, 1000), 0);
    make_dir("user", 0755);
    make_dir("user/d", 0755);
    ck_assert_int_eq(chown(in_top("user"), 1000, 1000), 0);
    make_dir("group", 0775);
    make_dir("group/d", 0755);
    ck_assert_int_eq(chown(in_top("group"), 0, 50), 0);
    is(bind_of(in_top("open/d")), "changeable_by", in_top("open/d"));
    is(bind_of(in_top("sticky/mine")), "changeable_by", NULL);
    is(bind_of(in_top("sticky/theirs")), "changeable_by", in_top("sticky/theirs"));
    is(bind_of(in_top("user/d")), "changeable_by", in_top("user/d"));
    is(bind_of(in_top("group/d")), "changeable_by", in_top("group/d"));
    /* Data that belongs to a user stands in a place that only root changes. */
    is(bind_of(in_top("user")), "changeable_by", NULL);
    /* The link itself may be the weak place. */
    ck_assert_int_eq(symlink(in_top("user"), in_top("open/link")), 0);
    is(bind_of(in_top("open/link")), "changeable_by", in_top("open/link"));
}
END_TEST

START_TEST(trees_are_known_by_place)
{
    static const struct {
        const char *source, *tree, *relation;
    } rows[] = {
        {"/", "/", "equal"},         {"/etc", "/etc", "equal"},
        {"/var", "/var", "equal"},   {"/etc/ssl", "/etc", "inside"},
        {"/proc", "/proc", "equal"}, {"/proc/sys", "/proc", "inside"},
        {"/sys", "/sys", "equal"},   {"/usr", "/usr", "equal"},
        {"/root", "/root", "equal"}, {"/var/log", "/var/log", "equal"},
        {"/etc/", "/etc", "equal"},  {"/./etc/../etc", "/etc", "equal"},
        {"/home", "/home", "equal"}, {"/boot", "/boot", "equal"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (access(rows[i].source, F_OK) != 0)
            continue;
        is(bind_of(rows[i].source), "sensitive", rows[i].tree);
        is(bind_of(rows[i].source), "relation", rows[i].relation);
    }
}
END_TEST

static void mount_at(const char *from, const char *to, const char *type, unsigned long flags)
{
    ck_assert_msg(mount(from, to, type, flags, NULL) == 0, "mount on %s", to);
}

/* By the table of mounts, and by looks at each tree where there is no table. What is mounted is the
 * test's own: over a tree, never a tree below a directory that is removed later. */
START_TEST(trees_are_known_under_another_name)
{
    ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
    mount_at(NULL, "/", NULL, MS_REC | MS_PRIVATE);
    make_dir("moved", 0755);
    make_dir("moved/x", 0755);
    make_file("moved/f", 0644);
    make_dir("plain", 0755);
    mount_at(in_top("moved"), "/var/log", NULL, MS_BIND);
    mount_at("tmpfs", "/home", "tmpfs", 0);
    ck_assert_int_eq(mkdir("/home/log", 0755), 0);
    mount_at(in_top("moved"), "/home/log", NULL, MS_BIND);

    const struct {
        const char *source, *tree, *relation;
    } rows[] = {
        {in_top("moved"), "/var/log", "equal"},    {in_top("moved/x"), "/var/log", "inside"},
        {in_top("moved/f"), "/var/log", "inside"}, {"/home/log", "/var/log", "equal"},
        {"/home/log/x", "/var/log", "inside"},     {"/home", "/home", "equal"},
        {"/var/log/x", "/var/log", "inside"},      {in_top("plain"), NULL, NULL},
    };
    for (int table = 1; table >= 0; table--) {
        if (!table)
            mount_at("tmpfs", "/proc", "tmpfs", 0);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            is(bind_of(rows[i].source), "sensitive", rows[i].tree);
            is(bind_of(rows[i].source), "relation", rows[i].relation);
        }
    }
    ck_assert_int_eq(umount2("/proc", MNT_DETACH), 0);
}
END_TEST

START_TEST(another_process_s_root_is_no_way_round)
{
    const struct value *const m = bind_of("/proc/self/root/etc");

    ck_assert(value_bool(value_field(m, "via_proc")));
    is(m, "sensitive", "/etc");
}
END_TEST

START_TEST(the_own_root_file_system_is_known)
{
    make_dir("rootfs", 0755);
    make_dir("rootfs/var", 0755);
    const struct value *m = bind_of(in_top("rootfs/var"));

    ck_assert(value_bool(value_field(m, "own_rootfs")));
    ck_assert_int_eq(symlink("/etc", in_top("rootfs/evil")), 0);
    m = bind_of(in_top("rootfs/evil"));
    ck_assert_msg(!value_field(m, "own_rootfs") || !value_bool(value_field(m, "own_rootfs")),
                  "a link out of the root is not the own root");
    is(m, "sensitive", "/etc");
}
END_TEST

/* --- what is mounted where: in a mount namespace that ends with the test's process -------------
 */

static void mount_one(const char *source, const char *name, const char *type, unsigned long flags,
                      const char *options)
{
    ck_assert_msg(mount(source, in_top(name), type, flags, options) == 0, "mount on %s: %m", name);
    /* Whatever becomes of the test: what it is a bind of stays as it is. */
    if (flags & MS_BIND)
        ck_assert_int_eq(mount(NULL, in_top(name), NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL),
                         0);
}

static void own_mounts(void)
{
    ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
    ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
}

/* Mounts of ours keep the directory from being removed: they end before it does. */
static void end_mounts(const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(umount2(in_top(names[i]), MNT_DETACH), 0);
}

START_TEST(an_overlay_shows_what_its_directories_hold)
{
    static const char *const mounted[] = {"ov", "ov2", "holds/ov"};

    own_mounts();
    make_dir("empty", 0755);
    make_dir("data", 0755);
    make_dir("ov", 0755);
    make_dir("ov2", 0755);
    make_dir("holds", 0755);
    make_dir("holds/ov", 0755);
    make_dir("plain", 0755);
    mount_one("overlay", "ov", "overlay", 0, arena_printf(&a, "lowerdir=/etc:%s/empty", top));
    mount_one("overlay", "ov2", "overlay", 0,
              arena_printf(&a, "lowerdir=%s/ov:%s/empty", top, top));
    mount_one("overlay", "holds/ov", "overlay", 0,
              arena_printf(&a, "lowerdir=%s/empty:/root", top));
    is(bind_of(in_top("ov")), "sensitive", "/etc");
    is(bind_of(in_top("ov")), "relation", "equal");
    is(bind_of(in_top("ov/ssl")), "relation", "inside");
    is(bind_of(in_top("ov2")), "sensitive", "/etc");
    is(bind_of(in_top("holds")), "sensitive", "/root");
    is(bind_of(in_top("holds")), "relation", "ancestor");
    end_mounts(mounted, ARRAY_LEN(mounted));
    mount_one("overlay", "ov", "overlay", 0,
              arena_printf(&a, "lowerdir=%s/data:%s/empty", top, top));
    is(bind_of(in_top("ov")), "sensitive", NULL);
    end_mounts(mounted, 1);
}
END_TEST

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

START_TEST(a_volume_may_be_a_mount_of_anything)
{
    static const char *const parts[] = {"overlay2",
                                        "overlay2/" HEX64,
                                        "overlay2/" HEX64 "/merged",
                                        "volumes",
                                        "volumes/a",
                                        "volumes/a/_data",
                                        "volumes/b",
                                        "volumes/b/_data",
                                        "volumes/c",
                                        "volumes/c/_data",
                                        "data"};
    static const char *const mounted[] = {"volumes/b/_data", "volumes/c/_data"};
    const char *const mount = "{\"destination\":\"/v\",\"type\":\"bind\",\"source\":"
                              "\"%s/volumes/%s/_data\",\"options\":[\"rbind\"]}";

    own_mounts();
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        make_dir(parts[i], 0755);
    mount_one("/etc", "volumes/b/_data", NULL, MS_BIND, NULL);
    mount_one(in_top("data"), "volumes/c/_data", NULL, MS_BIND, NULL);
    root_at = "overlay2/" HEX64 "/merged";
    const struct value *m = value_at(value_field(facts_of(mount, top, "a"), "mounts"), 0);

    is(m, "engine_managed", "volume");
    m = value_at(value_field(facts_of(mount, top, "b"), "mounts"), 0);
    is(m, "engine_managed", NULL);
    is(m, "sensitive", "/etc");
    m = value_at(value_field(facts_of(mount, top, "c"), "mounts"), 0);
    is(m, "engine_managed", "volume-elsewhere");
    is(m, "sensitive", NULL);
    root_at = "rootfs";
    end_mounts(mounted, ARRAY_LEN(mounted));
}
END_TEST

START_TEST(the_root_shows_what_is_mounted_below_it)
{
    static const char *const mounted[] = {"rootfs/mnt"};

    own_mounts();
    make_dir("rootfs", 0755);
    make_dir("rootfs/mnt", 0755);
    is(value_field(facts_of("%s", ""), "rootfs"), "sensitive", NULL);
    mount_one("/etc", "rootfs/mnt", NULL, MS_BIND, NULL);
    is(value_field(facts_of("%s", ""), "rootfs"), "sensitive", "/etc");
    is(value_field(facts_of("%s", ""), "rootfs"), "relation", "ancestor");
    end_mounts(mounted, ARRAY_LEN(mounted));
    mount_one("overlay", "rootfs", "overlay", 0, arena_printf(&a, "lowerdir=%s/rootfs:/etc", top));
    is(value_field(facts_of("%s", ""), "rootfs"), "sensitive", "/etc");
    ck_assert_int_eq(umount2(in_top("rootfs"), MNT_DETACH), 0);
}
END_TEST

START_TEST(what_the_runtime_reads_again_is_nobody_s_data)
{
    make_dir("data", 0755);
    make_dir("rootfs", 0755);
    make_dir("state", 0755);
    make_dir("state/c2", 0755);
    make_file("config.json", 0644);
    is(bind_of(in_top("data")), "sensitive", NULL);
    is(bind_of(top), "relation", "ancestor");
    is(bind_of(in_top("config.json")), "relation", "equal");
    ck_assert_int_eq(link(in_top("config.json"), in_top("data/innocent")), 0);
    is(bind_of(in_top("data/innocent")), "sensitive", in_top("config.json"));
    is(bind_of(in_top("state")), "relation", "equal");
    is(bind_of(in_top("state/c2")), "relation", "inside");
    is(bind_of(in_top("rootfs")), "sensitive", NULL);
}
END_TEST

START_TEST(layers_of_an_overlay_are_looked_at_one_by_one)
{
    const struct value *const f =
        facts_of("{\"destination\":\"/m\",\"type\":\"overlay\",\"source\":\"overlay\",\"options\":"
                 "[\"lowerdir=/etc:/srv\\\\:x:/root\",\"upperdir=%s\",\"workdir=%s\"]}",
                 top, top);
    const struct value *const backing =
        value_field(value_at(value_field(f, "mounts"), 0), "backing");

    ck_assert_uint_eq(backing->count, 5);
    is(value_at(backing, 0), "sensitive", "/etc");
    is(value_at(backing, 1), "source", "/srv:x");
    is(value_at(backing, 2), "sensitive", "/root");
    is(value_at(backing, 3), "kind", "directory");
}
END_TEST

START_TEST(a_relative_source_stands_in_the_bundle)
{
    make_dir("rel", 0755);
    is(bind_of("rel"), "resolved", in_top("rel"));
    is(bind_of("../../etc"), "sensitive", NULL);
    is(bind_of("../../../etc"), "sensitive", "/etc");
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("mounts");
    TCase *const t = tcase_create("mounts");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, kinds_are_told_apart);
    tcase_add_test(t, sockets_of_engines_are_found_by_name_and_below_directories);
    tcase_add_test(t, links_are_passed_and_recorded);
    if (getuid() == 0) {
        tcase_add_test(t, paths_that_others_can_change_are_told);
        tcase_add_test(t, trees_are_known_under_another_name);
        tcase_add_test(t, an_overlay_shows_what_its_directories_hold);
        tcase_add_test(t, a_volume_may_be_a_mount_of_anything);
        tcase_add_test(t, the_root_shows_what_is_mounted_below_it);
        tcase_add_test(t, what_the_runtime_reads_again_is_nobody_s_data);
    }
    tcase_add_test(t, trees_are_known_by_place);
    tcase_add_test(t, another_process_s_root_is_no_way_round);
    tcase_add_test(t, the_own_root_file_system_is_known);
    tcase_add_test(t, layers_of_an_overlay_are_looked_at_one_by_one);
    tcase_add_test(t, a_relative_source_stands_in_the_bundle);
    suite_add_tcase(s, t);
    return run_suite(s);
}
