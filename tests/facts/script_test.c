/* Entry scripts as images have them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "facts/rootfs.h"
#include "profiles/doc.h"

#include "tests/help/suite.h"

static struct arena a;

static const struct value *read_script(const char *text)
{
    const struct value *out = NULL;
    struct err err = ERR_INIT;

    const struct script_text all = {.text = text, .len = strlen(text), .own = strlen(text)};

    ck_assert(script_read(&a, &all, &out, &err) == 0);
    return out;
}

static bool has(const struct value *script, const char *field, const char *want)
{
    const struct value *const list = value_field(script, field);

    for (size_t i = 0; i < doc_len(list); i++) {
        if (value_is_str(value_at(list, i), want))
            return true;
    }
    return false;
}

struct row {
    const char *text, *account, *by;
    bool guarded;
};

static const struct row rows[] = {
    {"#!/bin/sh\nset -e\nif [ \"$1\" = 'redis-server' -a \"$(id -u)\" = '0' ]; then\n"
     "\tfind . \\! -user redis -exec chown redis '{}' +\n\texec gosu redis \"$0\" \"$@\"\nfi\n"
     "exec \"$@\"\n",
     "redis", "gosu", true},
    {"#!/bin/sh\nexec su-exec app:app /usr/bin/app\n", "app", "su-exec", false},
    {"#!/bin/sh\nexec setpriv --reuid=mysql --regid=mysql --clear-groups mysqld\n", "mysql",
     "setpriv", false},
    {"#!/bin/sh\nexec setpriv --reuid mysql --init-groups mysqld\n", "mysql", "setpriv", false},
    {"#!/bin/bash\nUSER_NAME=\"${RUN_AS:-svc}\"\nexec runuser -u \"$USER_NAME\" -- svcd\n", "svc",
     "runuser", false},
    {"#!/bin/sh\nexec chroot --userspec=unbound / unbound -d\n", "unbound", "chroot", false},
    {"#!/bin/sh\nsu -s /bin/sh www-data -c 'php x'\nexec apache2\n", "www-data", "su", false},
    {"#!/bin/sh\n# exec gosu redis\nexec nginx\n", NULL, NULL, false},
    {"#!/bin/sh\nexec gosu root app\n", NULL, NULL, false},
};

START_TEST(drops_are_read)
{
    a = ARENA_INIT(4 << 20);
    const struct value *const s = read_script(rows[_i].text);
    const struct value *const to = value_field(s, "drops_to");

    if (rows[_i].account)
        ck_assert_msg(value_is_str(to, rows[_i].account), "got %s", to ? value_cstr(to) : "none");
    else
        ck_assert_ptr_null(to);
    if (rows[_i].by)
        ck_assert(value_is_str(value_field(s, "drop_by"), rows[_i].by));
    ck_assert(value_bool(value_field(s, "guarded")) == rows[_i].guarded);
    arena_done(&a);
}
END_TEST

START_TEST(what_a_script_gives_away_writes_and_runs_is_read)
{
    a = ARENA_INIT(4 << 20);
    const struct value *const s =
        read_script("#!/bin/sh\nmkdir -p /run/haproxy\nchown -R haproxy:haproxy /run/haproxy "
                    "/var/lib/haproxy\necho x > /etc/haproxy/extra.cfg\nsed -i s/a/b/ "
                    "/etc/postfix/main.cf\ncat /etc/passwd\nexec gosu haproxy haproxy -f x\n");

    ck_assert(has(s, "chowns", "/run/haproxy"));
    ck_assert(has(s, "chowns", "/var/lib/haproxy"));
    ck_assert(has(s, "chown_accounts", "haproxy"));
    ck_assert(has(s, "edits_etc", "haproxy"));
    ck_assert(has(s, "edits_etc", "postfix"));
    ck_assert(!has(s, "edits_etc", "passwd"));
    ck_assert(has(s, "execs", "haproxy"));
    arena_done(&a);
}
END_TEST

START_TEST(scripts_that_it_runs_count_for_what_they_write)
{
    static const char main_script[] =
        "#!/bin/sh\nfor f in /etc/cont-init.d/*; do $f; done\nexec s6-svscan\n";
    static const char part[] =
        "usermod -u 1000 abc\nchown abc:abc /config\n[ \"$(id -u)\" = 0 ] && exec gosu abc tool\n";
    char text[sizeof(main_script) + sizeof(part)];
    const struct script_text all = {.text = text,
                                    .len = sizeof(main_script) + sizeof(part) - 2,
                                    .own = sizeof(main_script) - 1};
    const struct value *s = NULL;
    struct err err = ERR_INIT;

    a = ARENA_INIT(4 << 20);
    (void)snprintf(text, sizeof(text), "%s%s", main_script, part);
    ck_assert(script_read(&a, &all, &s, &err) == 0);
    ck_assert(has(s, "edits_etc", ".") && has(s, "chowns", "/config"));
    ck_assert(has(s, "execs", "s6-svscan") && !has(s, "execs", "tool"));
    ck_assert_ptr_null(value_field(s, "drops_to"));
    ck_assert(value_field(s, "guarded") == &value_false);
    arena_done(&a);
}
END_TEST

START_TEST(capabilities_of_files_that_are_set_are_told)
{
    a = ARENA_INIT(4 << 20);
    ck_assert(value_field(read_script("#!/bin/sh\nsetcap cap_ipc_lock=+ep $(which vault)\n"),
                          "sets_capabilities") == &value_true);
    ck_assert(value_field(read_script("#!/bin/sh\n# setcap x\nexec app\n"), "sets_capabilities") ==
              &value_false);
    arena_done(&a);
}
END_TEST

START_TEST(any_bytes_are_survived)
{
    a = ARENA_INIT(16 << 20);
    char text[4096];
    unsigned seed = 1;
    const struct value *out = NULL;
    struct err err = ERR_INIT;

    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof(text); i++) {
            static const char some[] = " \t\n$;|&()<>=-/\"'\\#{}:gosu chown exec /etc/ id -u\0\x80";

            seed = seed * 1664525u + 1013904223u;
            text[i] = some[(seed >> 16) % (sizeof(some) - 1)];
        }
        const struct arena_mark mark = arena_mark(&a);
        const struct script_text all = {
            .text = text, .len = sizeof(text), .own = sizeof(text), .truncated = true};
        ck_assert(script_read(&a, &all, &out, &err) == 0);
        arena_reset(&a, mark);
    }
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("script");
    TCase *const t = tcase_create("script");

    tcase_add_loop_test(t, drops_are_read, 0, (int)ARRAY_LEN(rows));
    tcase_add_test(t, what_a_script_gives_away_writes_and_runs_is_read);
    tcase_add_test(t, scripts_that_it_runs_count_for_what_they_write);
    tcase_add_test(t, capabilities_of_files_that_are_set_are_told);
    tcase_add_test(t, any_bytes_are_survived);
    suite_add_tcase(s, t);
    return run_suite(s);
}
