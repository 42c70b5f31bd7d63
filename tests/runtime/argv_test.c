#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/own.h"
#include "policy/value/json.h"
#include "runtime/argv.h"

#include "tests/help/suite.h"

enum { WORDS = 64 };
#define R FAMILY_RUNC
#define C FAMILY_CRUN
#define Y FAMILY_YOUKI

static struct arena arena;

static void begin(void)
{
    arena = ARENA_INIT((size_t)8 << 20);
}

static void end(void)
{
    arena_done(&arena);
}

/* "runtime a b" in words; "" stands for no arguments. */
static int split(const char *line, char **argv)
{
    char *text = arena_printf(&arena, "%s", line);
    int n = 0;

    argv[n++] = arena_printf(&arena, "/usr/bin/sallyport-runtime");
    while (*text) {
        char *const end_ = strchrnul(text, ' ');

        argv[n++] = text;
        text = *end_ ? end_ + 1 : end_;
        *end_ = '\0';
        ck_assert_int_lt(n, WORDS);
    }
    argv[n] = NULL;
    return n;
}

static int parse(enum family f, const char *line, const struct allowances *allow,
                 struct argv_call *c, struct err *err)
{
    char **const argv = ARENA_NEW_N(&arena, char *, WORDS);
    const int argc = split(line, argv);

    return argv_parse(&arena, f, argc, argv, allow, c, err);
}

/* --- what engines say ---------------------------------------------------------------------- */

/* id, then option=value pairs that must be there, "-" for none. */
struct invocation {
    enum family family;
    const char *line;
    enum verb_kind kind;
    const char *verb, *id, *want;
};

#define SHIM "--root /run/containerd/runc/k8s.io --log /b/log.json --log-format json "

static const struct invocation invocations[] = {
    {R, SHIM "create --bundle /b --pid-file /b/init.pid ID", VERB_JUDGE, "create", "ID",
     "bundle=/b root=/run/containerd/runc/k8s.io log=/b/log.json log-format=json"},
    {R,
     SHIM "--systemd-cgroup create --bundle /b --pid-file /b/init.pid --console-socket "
          "/tmp/pty1/pty.sock --no-pivot --no-new-keyring ID",
     VERB_JUDGE, "create", "ID", "bundle=/b console-socket=/tmp/pty1/pty.sock no-pivot=true"},
    {R, SHIM "start ID", VERB_PASS, "start", "ID", "-"},
    {R, SHIM "delete ID", VERB_PASS, "delete", "ID", "-"},
    {R, SHIM "delete --force ID", VERB_PASS, "delete", "ID", "force=true"},
    {R, SHIM "exec --process /tmp/runc-process1 --console-socket S --detach --pid-file /b/e.pid ID",
     VERB_JUDGE, "exec", "ID", "process=/tmp/runc-process1 detach=true"},
    {R, SHIM "kill ID 15", VERB_PASS, "kill", "ID", "-"},
    {R, SHIM "kill --all ID 9", VERB_PASS, "kill", "ID", "-"},
    {R, SHIM "update --resources - ID", VERB_JUDGE, "update", "ID", "resources=-"},
    {R, SHIM "update --resources=- ID", VERB_JUDGE, "update", "ID", "resources=-"},
    {R, SHIM "pause ID", VERB_PASS, "pause", "ID", "-"},
    {R, SHIM "ps --format json ID", VERB_PASS, "ps", "ID", "-"},
    {R, SHIM "checkpoint --image-path P --work-path W --leave-running ID", VERB_WATCH, "checkpoint",
     "ID", "image-path=P work-path=W leave-running=true"},
    {R,
     SHIM "restore --image-path P --work-path W --detach --pid-file F --no-pivot -no-subreaper "
          "--bundle /b ID",
     VERB_JUDGE, "restore", "ID", "image-path=P bundle=/b no-subreaper=true"},
    {R,
     "--log-format=json --log R/oci-log create --bundle S/userdata --pid-file P --preserve-fds 2 ID",
     VERB_JUDGE, "create", "ID", "bundle=S/userdata preserve-fds=2 log=R/oci-log"},
    {R,
     "--log-format=json --log L exec --pid-file F --process P --detach --tty --preserve-fds 1 ID",
     VERB_JUDGE, "exec", "ID", "process=P tty=true preserve-fds=1"},
    {C,
     "--log-format=json --log L exec --pid-file F --process P --detach --tty --preserve-fds 1 ID",
     VERB_JUDGE, "exec", "ID", "process=P tty=true preserve-fds=1"},
    {R, "update --resources=/var/tmp/podman1 ID", VERB_JUDGE, "update", "ID",
     "resources=/var/tmp/podman1"},
    {R, "checkpoint --help", VERB_PASS, "checkpoint", NULL, "-"},
    {R, "--version", VERB_PASS, NULL, NULL, "version=true"},
    {R, "--debug features", VERB_PASS, "features", NULL, "-"},
    {R,
     "--debug create --bundle /var/tmp/buildah1 --pid-file P --console-socket S buildah-buildah1",
     VERB_JUDGE, "create", "buildah-buildah1", "bundle=/var/tmp/buildah1 debug=true"},
    {R, "", VERB_PASS, NULL, NULL, "-"},
    {R, "help", VERB_PASS, "help", NULL, "-"},
    {R, "-h", VERB_PASS, NULL, NULL, "-"},
    {R, "init", VERB_UNKNOWN, "init", NULL, "-"},
    {C, "mounts add ID F", VERB_UNKNOWN, "mounts", NULL, "-"},
    {C, "events ID", VERB_UNKNOWN, "events", NULL, "-"},

    /* The grammars. */
    {R, "create -bundle X ID", VERB_JUDGE, "create", "ID", "bundle=X"},
    {R, "-root Q -log=L create -bundle=X ID", VERB_JUDGE, "create", "ID", "bundle=X root=Q log=L"},
    {R, "create -b X ID", VERB_JUDGE, "create", "ID", "bundle=X"},
    {R, "create -b=X ID", VERB_JUDGE, "create", "ID", "bundle=X"},
    {R, "create --bundle= ID", VERB_JUDGE, "create", "ID", "bundle="},
    {R, "run ID --bundle X", VERB_JUDGE, "run", "ID", "bundle=X"},
    {R, "run ID --bundle X --bundle Y", VERB_JUDGE, "run", "ID", "bundle=Y"},
    {R, "create --no-pivot=false --bundle X ID", VERB_JUDGE, "create", "ID", "no-pivot=false"},
    {R, "create --no-pivot ID", VERB_JUDGE, "create", "ID", "no-pivot=true"},
    {R, "--debug=0 run -d ID", VERB_JUDGE, "run", "ID", "detach=true debug=false"},
    {R, "-- run -b X -- ID", VERB_JUDGE, "run", "ID", "bundle=X"},
    {R, "delete ID --force", VERB_PASS, "delete", "ID", "force=true"},
    {R, "exec ID sh -c x --process F", VERB_JUDGE, "exec", "ID", "-"},
    {R, "exec -t -e A=1 --env=B=2 ID sh", VERB_JUDGE, "exec", "ID", "!twice"},
    {R, "create --help --bundle X ID", VERB_PASS, "create", NULL, "-"},
    {R, "exec ID --help", VERB_JUDGE, "exec", "ID", "-"},
    {R, "update --memory -1 ID", VERB_JUDGE, "update", "ID", "memory=-1"},
    {R, "--criu /evil create ID", VERB_JUDGE, "create", "ID", "criu=/evil"},
    {R, "--log create --root delete create ID", VERB_JUDGE, "create", "ID",
     "log=create root=delete"},
    {R, "--version=false create ID", VERB_JUDGE, "create", "ID", "version=false"},
    {C, "create -bX ID", VERB_JUDGE, "create", "ID", "bundle=X"},
    {C, "create -b=X ID", VERB_JUDGE, "create", "ID", "bundle==X"},
    {C, "create -bundle X", VERB_JUDGE, "create", "X", "bundle=undle"},
    {C, "create --config F --bundle X ID", VERB_JUDGE, "create", "ID", "config=F bundle=X"},
    {C, "create -fF -b X -- ID", VERB_JUDGE, "create", "ID", "config=F bundle=X"},
    {C, "create -b A --bundle B ID", VERB_JUDGE, "create", "ID", "bundle=B"},
    {C, "exec --tty=false -dt ID sh", VERB_JUDGE, "exec", "ID", "detach=true tty=true"},
    {C, "exec -tno ID sh", VERB_JUDGE, "exec", "ID", "tty=no"},
    {C, "exec ID --process F", VERB_JUDGE, "exec", "ID", "-"},
    {C, "--log-f Q state ID", VERB_PASS, "state", "ID", "log-format=Q"},
    {C, "delete -f -r ID", VERB_PASS, "delete", "ID", "regex=true"},
    {Y, "-r Q create ID -b X", VERB_JUDGE, "create", "ID", "bundle=X root=Q"},
    {Y, "create -b=X -pF -c S ID", VERB_JUDGE, "create", "ID",
     "bundle=X pid-file=F console-socket=S"},
    {Y, "exec --cwd / -- ID sh -c x", VERB_JUDGE, "exec", "ID", "cwd=/"},
    {Y, "exec -p F ID", VERB_JUDGE, "exec", "ID", "process=F"},
};

static void check_wanted(const struct argv_call *c, const char *want)
{
    if (strcmp(want, "-") == 0)
        return;
    for (const char *at = want; *at;) {
        const size_t name_len = strcspn(at, "=");
        const size_t all = strcspn(at, " ");
        char name[64], value[128];

        (void)snprintf(name, sizeof(name), "%.*s", (int)name_len, at);
        (void)snprintf(value, sizeof(value), "%.*s", (int)(all - name_len - 1), at + name_len + 1);
        ck_assert_msg(argv_value(c, name) != NULL, "--%s is missing", name);
        ck_assert_str_eq(argv_value(c, name), value);
        at += all;
        at += *at == ' ';
    }
}

START_TEST(every_invocation_is_read_as_the_runtime_reads_it)
{
    const struct invocation *const i = &invocations[_i];
    struct argv_call c;
    struct err err = ERR_INIT;
    const int status = parse(i->family, i->line, NULL, &c, &err);

    if (i->want[0] == '!') {
        ck_assert_int_eq(status, -1);
        ck_assert_ptr_nonnull(strstr(err.text, "twice"));
        return;
    }
    ck_assert_msg(status == 0, "%s: %s", i->line, err.text);
    ck_assert_int_eq((int)c.kind, (int)i->kind);
    ck_assert_pstr_eq(c.verb_name, i->verb);
    if (i->id)
        ck_assert_pstr_eq(c.id, i->id);
    check_wanted(&c, i->want);
}
END_TEST

static const struct {
    enum family family;
    const char *line, *why;
} refused[] = {
    {R, "create --config F ID", "option --config of create is not known here"},
    {R, "create -bX ID", "option --bX of create"},
    {R, "create --bun X ID", "option --bun of create"},
    {R, "create -b A --bundle B ID", "twice in different forms"},
    {R, "create --bundle", "--bundle needs a value"},
    {R, "create --bundle --no-pivot ID", "begins with a dash"},
    {R, "create --no-pivot ID --bundle X", "create takes 1 argument"},
    {R, "create --root /x ID", "option --root of create"},
    {R, "create A B", "create takes 1 argument, not 2"},
    {R, "create --bundle X", "create takes 1 argument, not 0"},
    {R, "create --bundle X --", "create takes 1 argument, not 0"},
    {R, "create --preserve-fds 0x3 ID", "plain number"},
    {R, "create --no-pivot=maybe ID", "true or false"},
    {R, "create ---bundle X ID", "option"},
    {R, "create --=X ID", "malformed"},
    {R, "--newopt create ID", "option --newopt of runc"},
    {R, "--newopt state ID", "option --newopt of runc"},
    {R, "update --foo 1 ID", "option --foo of update"},
    {C, "create --bun X ID", "abbreviated"},
    {C, "create --no-pivot=false ID", "takes no value"},
    {C, "create ID --bundle X", "create takes 1 argument, not 3"},
    {C, "exec --additional-gids 5 ID sh", "option --additional-gids"},
    {C, "create -zb X ID", "option --z of create"},
    {Y, "create -b A --bundle B ID", "twice"},
    {Y, "create --bun X ID", "option --bun"},
    {Y, "exec ID sh -x", "option --x of exec"},
    {C, "--roo Q state ID", "option --roo of crun"},
    {Y, "restore --bundle X ID", NULL},
};

START_TEST(what_could_be_read_in_two_ways_is_refused)
{
    struct argv_call c;
    struct err err = ERR_INIT;
    const int status = parse(refused[_i].family, refused[_i].line, NULL, &c, &err);

    if (!refused[_i].why) {
        ck_assert_int_eq(status, 0);
        ck_assert_int_eq((int)c.kind, VERB_UNKNOWN);
        return;
    }
    ck_assert_msg(status == -1, "%s was read", refused[_i].line);
    ck_assert_int_eq(err.code, ERR_USAGE);
    ck_assert_msg(strstr(err.text, refused[_i].why) != NULL, "%s: %s", refused[_i].line, err.text);
}
END_TEST

static const struct value *json(const char *text)
{
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    ck_assert_int_eq(json_parse(&arena, text, strlen(text), JSON_STRICT, &v, NULL, &err), 0);
    return v;
}

START_TEST(settings_admit_verbs_and_options_by_name)
{
    const struct allowances allow = {.verbs = json("[\"mounts\"]"),
                                     .options = json("[\"new-flag\",\"new-value=\"]")};
    struct argv_call c;
    struct err err = ERR_INIT;

    ck_assert_int_eq(parse(C, "mounts add ID F", &allow, &c, &err), 0);
    ck_assert_int_eq((int)c.kind, VERB_PASS);
    ck_assert_int_eq(parse(R, "create --new-flag --new-value=5 -b X ID", &allow, &c, &err), 0);
    ck_assert_str_eq(argv_value(&c, "bundle"), "X");
    ck_assert_int_eq(parse(R, "create --new-flag=1 ID", &allow, &c, &err), -1);
    ck_assert_int_eq(parse(R, "create --new-value 5 ID", &allow, &c, &err), -1);
    ck_assert_int_eq(parse(R, "create --other ID", &allow, &c, &err), -1);
}
END_TEST

START_TEST(the_registration_is_taken_out_of_the_arguments)
{
    char **const argv = ARENA_NEW_N(&arena, char *, WORDS);
    const char *name = NULL;
    struct err err = ERR_INIT;

    int argc = split("--sallyport-registration=audit state ID", argv);
    ck_assert_int_eq(argv_registration(&argc, argv, &name, &err), 0);
    ck_assert_str_eq(name, "audit");
    ck_assert_int_eq(argc, 3);
    ck_assert_str_eq(argv[1], "state");
    ck_assert_ptr_null(argv[3]);

    argc = split("state --sallyport-registration=audit", argv);
    ck_assert_int_eq(argv_registration(&argc, argv, &name, &err), 0);
    ck_assert_ptr_null(name);
    ck_assert_int_eq(argc, 3);
    argc = split("--sallyport-registration=", argv);
    ck_assert_int_eq(argv_registration(&argc, argv, &name, &err), -1);
}
END_TEST

static void check_facts(enum family f, const char *line, const char *want)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct argv_call c;
    struct err err = ERR_INIT;

    ck_assert_msg(parse(f, line, NULL, &c, &err) == 0, "%s", err.text);
    json_print(&b, argv_facts(&arena, &c), JSON_COMPACT);
    ck_assert_str_eq(b.data, want);
}

START_TEST(options_become_facts)
{
    check_facts(R,
                "--root Q --systemd-cgroup create --bundle X --no-pivot=false --preserve-fds 3 ID",
                "{\"no_pivot\":false,\"preserve_fds\":3,\"root\":\"Q\",\"systemd_cgroup\":true}");
    check_facts(
        R, "exec --cap A --cap B -e N=secret -u 1:2 --cgroup x --cgroup y --no-new-privs ID sh",
        "{\"capabilities\":[\"A\",\"B\"],\"cgroup\":\"y\",\"env\":[\"N\"],\"no_new_privs\":true,"
        "\"user\":\"1:2\"}");
    check_facts(R, "exec --process F ID", "{\"process_file\":true}");
    check_facts(C, "exec --tty=no --process F ID", "{\"process_file\":true,\"tty\":false}");
}
END_TEST

static void check_document(enum family f, const char *line, const char *option, const char *want)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct argv_call c;
    struct err err = ERR_INIT;

    ck_assert_msg(parse(f, line, NULL, &c, &err) == 0, "%s", err.text);
    for (char **s = argv_with_document(&arena, &c, option, "/F") + 1; *s; s++)
        buf_printf(&b, "%s%s", b.len ? " " : "", *s);
    ck_assert_str_eq(b.data, want);
}

START_TEST(inline_arguments_give_way_to_a_document)
{
    check_document(R, "--root Q exec -t -e A=1 -u 5 --cap X -d --pid-file P ID sh -c x", "process",
                   "--root Q exec --detach --pid-file=P --process /F ID");
    check_document(C, "exec --preserve-fds 2 --cwd / ID sh", "process",
                   "exec --preserve-fds=2 --process /F ID");
    check_document(R, "update --memory 5 --l3-cache-schema S ID", "resources",
                   "update --l3-cache-schema=S --resources /F ID");
}
END_TEST

START_TEST(the_tables_are_consistent)
{
    for (size_t i = 0; i < argv_option_count; i++) {
        const struct option *const a = &argv_options[i];

        ck_assert_uint_ne(a->families, 0);
        ck_assert_uint_ne(a->verbs, 0);
        for (size_t j = i + 1; j < argv_option_count; j++) {
            const struct option *const b = &argv_options[j];

            if ((a->families & b->families) == 0 || (a->verbs & b->verbs) == 0)
                continue;
            ck_assert_msg(!a->letter || a->letter != b->letter, "-%c stands for %s and %s",
                          a->letter, a->name, b->name);
            ck_assert_msg(strcmp(a->name, b->name) != 0 || strcmp(a->name, "version") == 0,
                          "%s is there twice", a->name);
        }
    }
    for (size_t i = 0; i < argv_verb_count; i++) {
        for (size_t j = i + 1; j < argv_verb_count; j++)
            ck_assert_str_ne(argv_verbs[i].name, argv_verbs[j].name);
    }
    ck_assert_uint_lt(argv_verb_count, 31);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("argv");
    TCase *const c = tcase_create("argv");

    tcase_add_checked_fixture(c, begin, end);
    tcase_add_loop_test(c, every_invocation_is_read_as_the_runtime_reads_it, 0,
                        (int)ARRAY_LEN(invocations));
    tcase_add_loop_test(c, what_could_be_read_in_two_ways_is_refused, 0, (int)ARRAY_LEN(refused));
    tcase_add_test(c, settings_admit_verbs_and_options_by_name);
    tcase_add_test(c, the_registration_is_taken_out_of_the_arguments);
    tcase_add_test(c, options_become_facts);
    tcase_add_test(c, inline_arguments_give_way_to_a_document);
    tcase_add_test(c, the_tables_are_consistent);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
