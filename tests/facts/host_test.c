/* Namespaces, hooks, root file system, engine and host, on this machine. */
#include <check.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "facts/facts.h"
#include "policy/value/pointer.h"
#include "profiles/doc.h"

#include "tests/help/place.h"
#include "tests/help/suite.h"

static char top[PLACE_MAX];
static struct arena a;

static const char *in_top(const char *name)
{
    return arena_printf(&a, "%s/%s", top, name);
}

static void make_dir(const char *name, uid_t owner)
{
    ck_assert_int_eq(mkdir(in_top(name), 0755), 0);
    if (owner)
        ck_assert_int_eq(chown(in_top(name), owner, owner), 0);
}

static void make_file(const char *name, mode_t mode, const char *text)
{
    struct err err = ERR_INIT;
    AUTO_FD int fd = open(in_top(name), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, mode);

    ck_assert_int_ge(fd, 0);
    ck_assert(file_write_all(fd, text, strlen(text), &err) == 0);
    ck_assert_int_eq(fchmod(fd, mode), 0);
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

static const struct value *look_as(const char *caller, const char *bundle, const char *config)
{
    const struct value *doc = NULL, *input = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(document_parse(&a, config, strlen(config), &doc, &err) == 0, "%s", err.text);
    const struct facts_request req = {.operation = "create",
                                      .caller = caller,
                                      .id = "c1",
                                      .config = doc,
                                      .bundle = bundle,
                                      .bundle_fd = -1,
                                      .runtime = "runc",
                                      .host = FACTS_LOOK,
                                      .trusted_host = true};
    ck_assert_msg(facts_input(&a, &req, &input, &err) == 0, "%s", err.text);
    return input;
}

static const struct value *look(const char *fmt, ...) PRINTF_LIKE(1, 2);
static const struct value *look(const char *fmt, ...)
{
    char text[8192];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return look_as("lint", top, text);
}

static const struct value *at(const struct value *v, const char *ptr)
{
    return pointer_get(v, ptr, strlen(ptr));
}

static void is(const struct value *input, const char *ptr, const char *want)
{
    const struct value *const got = at(input, ptr);

    if (!want)
        ck_assert_msg(got == NULL, "%s: want nothing", ptr);
    else
        ck_assert_msg(value_is_str(got, want), "%s: want %s, got %s", ptr, want,
                      got ? value_cstr(got) : "nothing");
}

static void flag(const struct value *input, const char *ptr, bool want)
{
    ck_assert_msg(at(input, ptr) && value_bool(at(input, ptr)) == want, "%s", ptr);
}

START_TEST(a_namespace_path_that_is_the_hosts_is_told)
{
    const struct value *const in =
        look("{\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":\"/proc/self/ns/net\"},"
             "{\"type\":\"ipc\",\"path\":\"/proc/%d/ns/ipc\"},{\"type\":\"uts\",\"path\":"
             "\"/absent\"},{\"type\":\"pid\",\"path\":\"/proc/self/ns/mnt\"}]}}",
             (int)getpid());

    is(in, "/facts/namespaces/network/state", "host");
    flag(in, "/facts/namespaces/network/host", true);
    is(in, "/facts/namespaces/ipc/state", "host");
    is(in, "/facts/namespaces/uts/state", NULL);
    is(in, "/facts/namespaces/pid/state", "shared");
    is(in, "/facts/namespaces/mount/state", "missing");
}
END_TEST

START_TEST(hooks_are_seen_as_files)
{
    make_dir("open", 0);
    ck_assert_int_eq(chmod(in_top("open"), 0777), 0);
    make_file("open/hook", 0755, "#!/bin/sh\n");
    make_file("mine", 0755, "abc");
    ck_assert_int_eq(symlink("mine", in_top("link")), 0);
    const struct value *const in =
        look("{\"root\":{\"path\":\"%s\"},\"hooks\":{\"prestart\":[{\"path\":\"%s/open/hook\"},"
             "{\"path\":\"/proc/%d/exe\",\"args\":[\"libnetwork-setkey\",\"x\"]}],"
             "\"poststop\":[{\"path\":\"%s/link\"},{\"path\":\"/absent\"}]}}",
             top, top, (int)getpid(), top);

    is(in, "/facts/hooks/0/changeable_by", in_top("open/hook"));
    flag(in, "/facts/hooks/0/inside_rootfs", true);
    is(in, "/facts/hooks/1/engine", NULL); /* the name is right, the program is not dockerd */
    is(in, "/facts/hooks/2/stage", "poststop");
    is(in, "/facts/hooks/2/resolved", in_top("mine"));
    is(in, "/facts/hooks/2/digest",
       "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_uint_eq(at(in, "/facts/hooks/2/links")->count, 1);
    is(in, "/facts/hooks/3/kind", "missing");
}
END_TEST

static void make_image(void)
{
    static const char *const dirs[] = {"rootfs",         "rootfs/etc",         "rootfs/usr",
                                       "rootfs/usr/bin", "rootfs/var",         "rootfs/var/lib",
                                       "rootfs/run",     "rootfs/etc/unbound", "rootfs/srv"};

    for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
        make_dir(dirs[i], 0);
    make_dir("rootfs/var/lib/redis", 100);
    make_file("rootfs/etc/passwd", 0644,
              "root:x:0:0:root:/root:/bin/sh\nredis:x:100:101::/var/lib/redis:/usr/sbin/nologin\n"
              "bad line\nbig:x:99999999999:1::/:/x\n");
    make_file("rootfs/etc/group", 0644, "root:x:0:\nredis:x:101:\nextra:x:102:redis,root\n");
    make_file("rootfs/usr/bin/redis-server", 0755, "\177ELF");
    make_file("rootfs/usr/bin/entry.sh", 0755,
              "#!/bin/sh -e\nif [ \"$(id -u)\" = 0 ]; then\n exec setpriv --reuid=redis "
              "redis-server\nfi\nexec \"$@\"\n");
}

/* Who the facts say owns the image's /var/lib/redis; -1 when they do not tell. */
static int64_t redis_owner(const struct value *in)
{
    const struct value *const dirs = at(in, "/facts/rootfs/directories");
    int64_t uid = -1;

    for (size_t i = 0; i < dirs->count; i++) {
        if (value_is_str(value_field(value_at(dirs, i), "path"), "/var/lib/redis"))
            (void)value_int64(value_field(value_at(dirs, i), "uid"), &uid);
    }
    return uid;
}

START_TEST(owners_are_told_as_the_container_sees_them)
{
    static const char form[] =
        "{\"root\":{\"path\":\"rootfs\"},\"process\":{\"args\":[\"entry.sh\"]},"
        "\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":9000,\"size\":1},"
        "{\"containerID\":1,\"hostID\":%d,\"size\":%d}]}}";
    char text[512];
    const int owner = getuid() == 0 ? 100 : (int)getuid();

    make_image();
    (void)snprintf(text, sizeof(text), form, owner - 9, 10); /* the last of the range */
    ck_assert_int_eq(redis_owner(look("%s", text)), 10);
    (void)snprintf(text, sizeof(text), form, owner - 9, 9); /* just beyond it */
    ck_assert_int_eq(redis_owner(look("%s", text)), owner);
    (void)snprintf(text, sizeof(text), form, owner + 1, 9);
    ck_assert_int_eq(redis_owner(look("%s", text)), owner);
}
END_TEST

/* What a shell is given in the command line, and whether that makes an entry script of it. */
static const struct {
    const char *text;
    bool entry;
} given[] = {
    {"id -u; cat /proc/self/status", false},
    {"echo admin admin2", false},
    {"./admin", false},
    {"LANG=C admin start", true},
    {"cd /srv && exec admin", true},
    {"if true; then admin; fi", true},
    {"/usr/sbin/admin -D", true},
    {"chown redis /srv; redis-server", true},
    {"exec setpriv --reuid=redis redis-server", true},
    {"echo x >/etc/motd", true},
    {"cat /etc/motd", false},
    {"echo x | tee /etc/app/conf", true},
};

START_TEST(a_text_is_an_entry_script_where_root_is_asked_for)
{
    make_image();
    make_dir("rootfs/usr/sbin", 0);
    make_file("rootfs/usr/sbin/admin", 0755, "\177ELF");
    make_file("rootfs/usr/bin/sh", 0755, "\177ELF");
    const struct value *const in = look(
        "{\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/srv\",\"args\":[\"sh\",\"-c\","
        "\"%s\"],\"env\":[\"PATH=/usr/bin\"]}}",
        given[_i].text);

    flag(in, "/facts/rootfs/program/script", given[_i].entry);
}
END_TEST

START_TEST(accounts_program_script_and_owners_are_read)
{
    make_image();
    const struct value *const in = look(
        "{\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/srv\",\"args\":[\"entry.sh\",\"x\"],"
        "\"env\":[\"PATH=/nowhere:/usr/bin\"]}}");

    is(in, "/facts/rootfs/accounts/1/name", "redis");
    is(in, "/facts/rootfs/accounts/1/home", "/var/lib/redis");
    ck_assert_uint_eq(at(in, "/facts/rootfs/accounts")->count, 2);
    is(in, "/facts/rootfs/groups/2/members/1", "root");
    is(in, "/facts/rootfs/program/path", "/usr/bin/entry.sh");
    is(in, "/facts/rootfs/program/interpreter", "/bin/sh -e");
    flag(in, "/facts/rootfs/program/script", true);
    is(in, "/facts/rootfs/script/drops_to", "redis");
    flag(in, "/facts/rootfs/script/guarded", true);
    is(in, "/facts/rootfs/workdir/kind", "directory");
    is(in, "/facts/rootfs/storage", "bundle");
    flag(in, "/facts/rootfs/outside_storage", false);
    ck_assert_int_eq(redis_owner(in), getuid() == 0 ? 100 : (int64_t)getuid());
}
END_TEST

START_TEST(links_of_an_image_never_lead_out_of_it)
{
    make_image();
    ck_assert_int_eq(symlink("/etc/shadow", in_top("rootfs/usr/bin/evil")), 0);
    ck_assert_int_eq(symlink("../../../../../../etc", in_top("rootfs/var/lib/evil")), 0);
    ck_assert_int_eq(unlink(in_top("rootfs/etc/passwd")), 0);
    ck_assert_int_eq(symlink("/../../../../../../../../etc/passwd", in_top("rootfs/etc/passwd")),
                     0);
    ck_assert_int_eq(symlink("/", in_top("rootfs/proc")), 0);
    const struct value *const in =
        look("{\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/var/lib/evil\",\"args\":"
             "[\"/usr/bin/evil\"]}}");

    is(in, "/facts/rootfs/program/kind", "missing");
    ck_assert_uint_eq(at(in, "/facts/rootfs/accounts")->count, 0);
    is(in, "/facts/rootfs/workdir/kind", "symlink");
    is(in, "/facts/rootfs/symlinked/0", "/proc");
}
END_TEST

static const char *program_config(const char *name)
{
    return arena_printf(&a,
                        "{\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/\","
                        "\"args\":[\"/usr/bin/%s\"]}}",
                        name);
}

START_TEST(set_id_programs_and_odd_files_are_told)
{
    make_image();
    ck_assert_int_eq(chmod(in_top("rootfs/usr/bin/redis-server"), 04755), 0);
    ck_assert_int_eq(mkfifo(in_top("rootfs/usr/bin/pipe"), 0777), 0);
    const char *const text = program_config("redis-server");

    flag(look_as("lint", top, text), "/facts/rootfs/program/setuid", true);
    is(look_as("lint", top, program_config("pipe")), "/facts/rootfs/program/kind", "missing");
    if (getuid() == 0) {
        /* cap_net_bind_service, effective, as setcap(8) writes it. */
        const unsigned char cap[20] = {1, 0, 0, 2, 0, 4};

        if (setxattr(in_top("rootfs/usr/bin/redis-server"), "security.capability", cap, 20, 0) ==
            0) {
            const struct value *const in = look_as("lint", top, text);

            is(in, "/facts/rootfs/program/file_capabilities/0", "CAP_NET_BIND_SERVICE");
            flag(in, "/facts/rootfs/program/file_capabilities_effective", true);
        }
    }
}
END_TEST

START_TEST(the_host_s_own_tree_as_root_is_told)
{
    const struct value *const in = look("{\"root\":{\"path\":\"/etc\"}}");

    is(in, "/facts/rootfs/sensitive", "/etc");
    flag(in, "/facts/rootfs/outside_storage", true);
}
END_TEST

START_TEST(an_engine_is_not_believed_by_annotations)
{
    const char *const config = "{\"annotations\":{\"io.container.manager\":\"libpod\","
                               "\"io.kubernetes.cri.sandbox-namespace\":\"kube-system\"}}";
    const struct value *in = look_as("lint", "/srv/b", config);

    is(in, "/container/engine", "unknown");
    flag(in, "/container/kubernetes/trusted", false);
    /* The right place, called by somebody who is no engine. */
    in = look_as("shim", "/run/containerd/io.containerd.runtime.v2.task/k8s.io/c1", config);
    is(in, "/container/engine", "unknown");
    in = look_as("hook", "/run/containerd/io.containerd.runtime.v2.task/k8s.io/c1", config);
    is(in, "/container/engine", "cri");
    is(in, "/container/namespace", "k8s.io");
    is(in, "/container/scope", "pod");
    flag(in, "/container/kubernetes/trusted", true);
}
END_TEST

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct value *docker_like(const char *source, const char *destination)
{
    return look_as("lint", "/nonexistent/bundle",
                   arena_printf(&a,
                                "{\"root\":{\"path\":\"%s/data/overlay2/" HEX64
                                "/merged\"},\"mounts\":[{\"destination\":\"%s\",\"type\":\"bind\","
                                "\"source\":\"%s/data/%s\"}]}",
                                top, destination, top, source));
}

START_TEST(what_docker_makes_for_a_container_is_its_own_and_nothing_else_is)
{
    static const char *const dirs[] = {"data",
                                       "data/overlay2",
                                       "data/overlay2/" HEX64,
                                       "data/overlay2/" HEX64 "/merged",
                                       "data/containers",
                                       "data/containers/" HEX64,
                                       "data/volumes",
                                       "data/volumes/v",
                                       "data/volumes/v/_data"};

    for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
        make_dir(dirs[i], 0);
    make_file("data/containers/" HEX64 "/hosts", 0644, "");
    make_file("data/containers/" HEX64 "/config.v2.json", 0600,
              "{\"Config\":{\"Image\":\"reg:5000/a/b:1.2@sha256:00\",\"Labels\":{\"k\":\"v\"}},"
              "\"Image\":\"sha256:11\",\"Name\":\"/web\"}");
    ck_assert_int_eq(symlink("/etc/passwd", in_top("data/containers/" HEX64 "/resolv.conf")), 0);
    const struct value *in = docker_like("containers/" HEX64 "/hosts", "/etc/hosts");

    is(in, "/container/engine", "docker");
    is(in, "/facts/rootfs/storage", "docker");
    is(in, "/facts/mounts/0/engine_managed", getuid() == 0 ? "hosts" : NULL);
    is(in, "/facts/mounts/0/sensitive", NULL);
    in = docker_like("volumes/v/_data", "/srv");
    is(in, "/facts/mounts/0/engine_managed", getuid() == 0 ? "volume" : NULL);
    in = docker_like("containers/" HEX64 "/hosts", "/elsewhere");
    is(in, "/facts/mounts/0/engine_managed", NULL);
    in = docker_like("containers/" HEX64 "/config.v2.json", "/etc/hosts");
    is(in, "/facts/mounts/0/engine_managed", NULL);
    in = docker_like("volumes", "/srv");
    is(in, "/facts/mounts/0/engine_managed", NULL);
    in = docker_like("containers/" HEX64 "/resolv.conf", "/etc/resolv.conf");
    is(in, "/facts/mounts/0/engine_managed", NULL);
    is(in, "/facts/mounts/0/sensitive", "/etc");
}
END_TEST

START_TEST(the_host_is_described)
{
    const struct value *const in = look("{}");

    ck_assert_ptr_nonnull(at(in, "/host/kernel"));
    ck_assert_ptr_nonnull(at(in, "/host/arch"));
    ck_assert_uint_ge(at(in, "/host/kernel_version")->count, 2);
    flag(in, "/host/trusted", true);
    is(in, "/host/runtime/family", "runc");
    is(in, "/gate/registration", "default");
    ck_assert_ptr_nonnull(at(in, "/actor/known"));
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("host");
    TCase *const t = tcase_create("host");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_namespace_path_that_is_the_hosts_is_told);
    tcase_add_test(t, hooks_are_seen_as_files);
    tcase_add_test(t, owners_are_told_as_the_container_sees_them);
    tcase_add_test(t, accounts_program_script_and_owners_are_read);
    tcase_add_loop_test(t, a_text_is_an_entry_script_where_root_is_asked_for, 0,
                        (int)ARRAY_LEN(given));
    tcase_add_test(t, links_of_an_image_never_lead_out_of_it);
    tcase_add_test(t, set_id_programs_and_odd_files_are_told);
    tcase_add_test(t, the_host_s_own_tree_as_root_is_told);
    tcase_add_test(t, an_engine_is_not_believed_by_annotations);
    tcase_add_test(t, what_docker_makes_for_a_container_is_its_own_and_nothing_else_is);
    tcase_add_test(t, the_host_is_described);
    suite_add_tcase(s, t);
    return run_suite(s);
}
