/* Where an image keeps what its programs write. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "facts/places.h"

#include "tests/help/places.h"
#include "tests/help/suite.h"

static char told[4096];

static void note(void *to, const char *path, const struct stat *st, bool own)
{
    const size_t n = strlen(told);

    (void)to;
    (void)snprintf(told + n, sizeof(told) - n, "%s%s:%u ", path, own ? "!" : "",
                   (unsigned)st->st_uid);
}

static const char *look(const char *more)
{
    AUTO_FD int fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);

    told[0] = '\0';
    places_look(&arena, fd, &more, 1, note, NULL);
    return told;
}

static void dir(const char *path, mode_t mode, uid_t uid)
{
    ck_assert_int_eq(mkdir(in(top, path), 0755), 0);
    ck_assert_int_eq(chmod(in(top, path), mode), 0);
    ck_assert_int_eq(chown(in(top, path), uid, uid), 0);
}

static bool tells(const char *text)
{
    return strstr(told, text) != NULL;
}

START_TEST(own_trees_and_what_was_given)
{
    if (geteuid() != 0)
        return;
    dir("data", 0755, 0);
    dir("data/up", 0755, 33);
    dir("data/up/deeper", 0755, 33);
    dir("data/open", 0777, 0);
    dir("data/shut", 0755, 0);
    dir("etc", 0755, 7);
    dir("opt", 0755, 0);
    dir("opt/tool", 0755, 0);
    dir("usr", 0755, 0);
    dir("usr/local", 0755, 0);
    dir("usr/local/lib", 0755, 0);
    dir("usr/local/tomcat", 0755, 0);
    dir("home", 0755, 0);
    dir("home/app", 0700, 1000);
    dir("usr/share", 0755, 0);
    dir("usr/share/app", 0755, 0);
    dir("usr/share/app/.cache", 0755, 5);
    (void)look("/usr/share/app");
    ck_assert_msg(tells("/data!:0 "), "%s", told);
    ck_assert(tells("/data/up:33 ") && !tells("deeper"));
    ck_assert(tells("/data/open:0 ") && !tells("shut"));
    ck_assert(!tells("/etc") && !tells("/usr/local/lib"));
    ck_assert(tells("/opt/tool!:0 ") && tells("/usr/local/tomcat!:0 "));
    ck_assert(tells("/home/app:1000 ") && tells("/usr/share/app/.cache:5 "));
    (void)look(NULL);
    ck_assert(!tells(".cache"));
}
END_TEST

START_TEST(links_and_odd_names_are_passed_over)
{
    if (geteuid() != 0)
        return;
    dir("real", 0755, 0);
    dir("real/given", 0755, 9);
    dir("a b", 0755, 9);
    ck_assert_int_eq(symlink("real", in(top, "link")), 0);
    ck_assert_int_eq(symlink(outside, in(top, "out")), 0);
    ck_assert_int_eq(mkdir(in(outside, "theirs"), 0777), 0);
    ck_assert_int_eq(chown(in(outside, "theirs"), 9, 9), 0);
    (void)look("/out");
    ck_assert(tells("/real/given:9 "));
    ck_assert(!tells("link") && !tells("theirs") && !tells("a b"));
}
END_TEST

START_TEST(the_look_ends_at_its_limits)
{
    char name[64];

    if (geteuid() != 0)
        return;
    dir("data", 0755, 0);
    dir("data/node_modules", 0755, 0);
    dir("data/node_modules/given", 0755, 9);
    dir("data/1", 0755, 0);
    dir("data/1/2", 0755, 0);
    dir("data/1/2/3", 0755, 0);
    dir("data/1/2/3/given", 0755, 9);
    (void)look(NULL);
    ck_assert(!tells("given"));
    for (int i = 0; i < PLACES_DIRS + 2; i++) {
        (void)snprintf(name, sizeof(name), "top%d", i);
        dir(name, 0755, 0);
        (void)snprintf(name, sizeof(name), "top%d/g", i);
        dir(name, 0755, 9);
    }
    (void)look(NULL);
    int found = 0;
    for (const char *at = strstr(told, "/g:9"); at; at = strstr(at + 1, "/g:9"))
        found++;
    ck_assert_int_gt(found, 0);
    ck_assert_int_lt(found, PLACES_DIRS + 1);
}
END_TEST

START_TEST(plain_names)
{
    ck_assert(places_plain("app") && places_plain(".cache") && places_plain("a_b-1+@.d"));
    ck_assert(!places_plain("") && !places_plain(".") && !places_plain("..") &&
              !places_plain("a b") && !places_plain("a/b") && !places_plain("\xc3\xa4"));
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("places");
    TCase *const t = tcase_create("places");

    tcase_add_checked_fixture(t, places_begin, places_end);
    tcase_add_test(t, own_trees_and_what_was_given);
    tcase_add_test(t, links_and_odd_names_are_passed_over);
    tcase_add_test(t, the_look_ends_at_its_limits);
    tcase_add_test(t, plain_names);
    suite_add_tcase(s, t);
    return run_suite(s);
}
