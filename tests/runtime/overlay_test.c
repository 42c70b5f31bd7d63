/* What an overlay is put together from, as the kernel prints it for each engine's store. */
#include <check.h>
#include <string.h>

#include "base/own.h"
#include "runtime/overlay.h"

#include "tests/help/suite.h"

static struct overlay o;

static int parse(const char *options, const char *path)
{
    struct err err = ERR_INIT;

    return overlay_parse(options, path, &o, &err);
}

START_TEST(dockers_layers_are_relative_to_its_store)
{
    ck_assert_int_eq(parse("rw,lowerdir=l/A:l/B,upperdir=x/diff,workdir=x/work,index=off",
                           "/d/overlay2/x/merged"),
                     0);
    ck_assert_str_eq(o.home, "/d/overlay2");
    ck_assert_uint_eq(o.lowers, 2);
    ck_assert_str_eq(o.lower[0], "l/A");
    ck_assert_str_eq(o.lower[1], "l/B");
    ck_assert_str_eq(o.upper_parent, "x");
    ck_assert_str_eq(o.upper_name, "diff");
    ck_assert_str_eq(o.kept, "");
}
END_TEST

START_TEST(containerds_layers_are_relative_to_where_its_upper_directory_is)
{
    ck_assert_int_eq(
        parse("rw,lowerdir=1/fs,upperdir=/c/snapshots/7/fs,workdir=/c/snapshots/7/work",
              "/run/containerd/task/ns/id/rootfs"),
        0);
    ck_assert_str_eq(o.home, "/c/snapshots");
    ck_assert_str_eq(o.upper_parent, "/c/snapshots/7");
    ck_assert_str_eq(o.upper_name, "fs");
}
END_TEST

START_TEST(layers_given_one_by_one_and_what_changes_their_meaning_are_kept)
{
    ck_assert_int_eq(
        parse("ro,lowerdir+=/a,lowerdir+=/b,redirect_dir=on,metacopy=on,userxattr,uuid=null",
              "/s/x/merged"),
        0);
    ck_assert_uint_eq(o.lowers, 2);
    ck_assert_str_eq(o.kept, ",redirect_dir=on,metacopy=on,userxattr");
    ck_assert_str_eq(o.upper_name, "");
}
END_TEST

static const char *const refused[] = {
    "rw",                                                /* no layers */
    "rw,lowerdir=/a\\:b,upperdir=/s/x/d,workdir=/s/x/w", /* an escape */
    "rw,lowerdir=/a::/b,upperdir=/s/x/d,workdir=/s/x/w", /* data alone */
    "rw,lowerdir=/a,datadir+=/b",                        /* the same */
    "rw,lowerdir=/a,upperdir=/s/x/d",                    /* no working directory */
    "rw,lowerdir=/a,upperdir=/s/x/d,workdir=/s/y/w",     /* which is elsewhere */
    "rw,lowerdir=/a,upperdir=d,workdir=w",               /* no directory holds them */
    "rw,context=\"u:r:t:s0\",lowerdir=/a",               /* labels */
    "rw,context=u:r:t:s0,lowerdir=/a,upperdir=/s/x/d,workdir=/s/x/w",
};

START_TEST(what_engines_do_not_do_is_refused)
{
    ck_assert_msg(parse(refused[_i], "/s/x/merged") < 0, "%s", refused[_i]);
}
END_TEST

START_TEST(more_layers_than_the_limit_are_refused)
{
    static char text[8 * OVERLAY_LAYERS_MAX];
    size_t n = 0;

    memcpy(text, "lowerdir=", 9);
    n = 9;
    for (int i = 0; i < OVERLAY_LAYERS_MAX; i++) {
        memcpy(text + n, i ? ":/a" : "/a", i ? 3 : 2);
        n += i ? 3 : 2;
    }
    ck_assert_int_eq(parse(text, "/s/x/merged"), 0);
    ck_assert_uint_eq(o.lowers, OVERLAY_LAYERS_MAX);
    memcpy(text + n, ":/a", 4);
    ck_assert_int_lt(parse(text, "/s/x/merged"), 0);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("overlay");
    TCase *const t = tcase_create("overlay");

    tcase_add_test(t, dockers_layers_are_relative_to_its_store);
    tcase_add_test(t, containerds_layers_are_relative_to_where_its_upper_directory_is);
    tcase_add_test(t, layers_given_one_by_one_and_what_changes_their_meaning_are_kept);
    tcase_add_loop_test(t, what_engines_do_not_do_is_refused, 0, ARRAY_LEN(refused));
    tcase_add_test(t, more_layers_than_the_limit_are_refused);
    suite_add_tcase(s, t);
    return run_suite(s);
}
