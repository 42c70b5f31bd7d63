/* Where paths of a container lead through links of its image, and never out of it. */
#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "facts/image_path.h"
#include "facts/table.h"

#include "tests/help/place.h"
#include "tests/help/suite.h"

static char top[PLACE_MAX];
static int root = -1;

static void begin(void)
{
    place_make(top, "/var/tmp");
    root = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(root, 0);
    ck_assert_int_eq(mkdirat(root, "run", 0755), 0);
    ck_assert_int_eq(mkdirat(root, "a", 0755), 0);
    ck_assert_int_eq(symlinkat("/run", root, "var"), 0);
    ck_assert_int_eq(symlinkat("/proc/self/fd/7", root, "fd"), 0);
    ck_assert_int_eq(symlinkat("../../../../etc", root, "a/up"), 0);
    ck_assert_int_eq(symlinkat("loop", root, "loop"), 0);
    ck_assert_int_eq(symlinkat("a/up/../run", root, "back"), 0);
}

static void end(void)
{
    ck_assert_int_eq(close(root), 0);
    place_remove(top);
}

static const struct {
    const char *path, *want;
} paths[] = {
    {"/run/x", "/run/x"},
    {"/var", "/run"},
    {"/var/x/y", "/run/x/y"},
    {"/fd", "/proc/self/fd/7"},
    {"/fd/..", "/proc/self/fd"},
    {"/a/up/shadow", "/etc/shadow"},
    {"/back", "/run"},
    {"/", "/"},
    {"/loop", NULL},
    {"/missing/deep", "/missing/deep"},
};

START_TEST(links_are_followed_inside)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);

    ck_assert_pstr_eq(image_path(&a, root, paths[_i].path), paths[_i].want);
}
END_TEST

/* The table of this very process: "/" lies on a mount, and a name has no other of its own. */
START_TEST(the_table_of_mounts_is_read)
{
    AUTO_ARENA struct arena a = ARENA_INIT(16 << 20);
    struct table t = {0};

    table_mounts(&t, &a);
    ck_assert(t.whole);
    ck_assert_uint_gt(t.n, 0);
    const struct table_mount *const proc = table_mount_of(&t, "/proc/self");
    ck_assert_ptr_nonnull(proc);
    ck_assert_str_eq(proc->type, "proc");
    ck_assert_ptr_nonnull(table_mount_of(&t, "/"));
}
END_TEST

START_TEST(other_names_of_one_object)
{
    static struct table_mount mounts[] = {
        {"8:1", "/", "/", "ext4", ""},
        {"8:1", "/etc/ssl", "/srv/x", "ext4", ""},
        {"0:9", "/", "/srv/y", "tmpfs", ""},
    };
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    const struct table t = {.read = true, .whole = true, .mounts = mounts, .n = 3};
    size_t at = 0;

    ck_assert_str_eq(table_alias(&t, &a, &mounts[1], "/srv/x/certs", &at), "/etc/ssl/certs");
    ck_assert_ptr_null(table_alias(&t, &a, &mounts[1], "/srv/x/certs", &at));
    at = 0;
    ck_assert_str_eq(table_alias(&t, &a, &mounts[0], "/etc/ssl/private", &at), "/srv/x/private");
    at = 0;
    ck_assert_ptr_null(table_alias(&t, &a, &mounts[2], "/srv/y/z", &at));
    ck_assert_ptr_eq(table_mount_of(&t, "/srv/x/certs"), &mounts[1]);
    ck_assert_ptr_eq(table_mount_of(&t, "/srv/xy"), &mounts[0]);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("image_path");
    TCase *const t = tcase_create("paths");

    tcase_add_unchecked_fixture(t, begin, end);
    tcase_add_loop_test(t, links_are_followed_inside, 0, (int)ARRAY_LEN(paths));
    tcase_add_test(t, the_table_of_mounts_is_read);
    tcase_add_test(t, other_names_of_one_object);
    suite_add_tcase(s, t);
    return run_suite(s);
}
