/* Lines of passwd and group files: what they say, and what is no line. */
#include <check.h>
#include <string.h>

#include "facts/accounts.h"
#include "profiles/doc.h"

#include "tests/help/suite.h"

static const struct value *groups(struct arena *a, const char *text, size_t max)
{
    const struct value *out = NULL;
    struct err err = ERR_INIT;

    ck_assert_int_eq(accounts_group(a, text, strlen(text), max, &out, &err), 0);
    return out;
}

static int64_t gid(const struct value *v)
{
    int64_t n = -1;

    ck_assert(value_int64(value_field(v, "gid"), &n));
    return n;
}

/* The password's field may be empty: the group counts all the same. */
START_TEST(an_empty_password_is_no_hindrance)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    const struct value *const l = groups(&a, "docker::998:ann,bob\ndisk:x:6:\n", 9);

    ck_assert_uint_eq(l->count, 2);
    ck_assert_str_eq(doc_str(value_at(l, 0), "name"), "docker");
    ck_assert_int_eq(gid(value_at(l, 0)), 998);
    ck_assert_uint_eq(doc_len(value_field(value_at(l, 0), "members")), 2);
    ck_assert_int_eq(gid(value_at(l, 1)), 6);
}
END_TEST

START_TEST(what_is_no_group_is_passed_over)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    static const char text[] = "\n#x\n:x:1:\na:x\nb:x:-1:\nc:x:4294967296:\nd:x:1x:\ngood:x:7:";
    const struct value *const l = groups(&a, text, 9);

    ck_assert_uint_eq(l->count, 1);
    ck_assert_int_eq(gid(value_at(l, 0)), 7);
    ck_assert_uint_eq(groups(&a, "a:x:1:\nb:x:2:\nc:x:3:\n", 2)->count, 2);
    ck_assert_uint_eq(groups(&a, "", 2)->count, 0);
}
END_TEST

START_TEST(accounts_have_their_home_and_shell)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    static const char text[] = "www-data:x:33:34:www-data:/var/www:/usr/sbin/nologin\nroot:x:0:0\n";
    const struct value *l = NULL;
    struct err err = ERR_INIT;
    int64_t n = 0;

    ck_assert_int_eq(accounts_passwd(&a, text, strlen(text), 9, &l, &err), 0);
    ck_assert_uint_eq(l->count, 2);
    ck_assert(value_int64(value_field(value_at(l, 0), "uid"), &n) && n == 33);
    ck_assert_int_eq(gid(value_at(l, 0)), 34);
    ck_assert_str_eq(doc_str(value_at(l, 0), "home"), "/var/www");
    ck_assert_str_eq(doc_str(value_at(l, 0), "shell"), "/usr/sbin/nologin");
    ck_assert_ptr_null(doc_str(value_at(l, 1), "home"));
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("accounts");
    TCase *const t = tcase_create("accounts");

    tcase_add_test(t, an_empty_password_is_no_hindrance);
    tcase_add_test(t, what_is_no_group_is_passed_over);
    tcase_add_test(t, accounts_have_their_home_and_shell);
    suite_add_tcase(s, t);
    return run_suite(s);
}
