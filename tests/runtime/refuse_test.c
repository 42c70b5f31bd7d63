#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"
#include "runtime/refuse.h"

#include "tests/help/suite.h"

static char dir[64], path[128];

static void make_dir(void)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/sallyport-refuse-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/log", dir);
}

static void drop_dir(void)
{
    (void)unlink(path);
    (void)rmdir(dir);
}

static const struct {
    const char *in, *out;
} words[] = {
    {"plain", "plain"},
    {"/x: No such file or directory", "/x: it is not there"},
    {"exec: \"sh\": executable file not found in $PATH",
     "exec: \"sh\": program is not in PATH in $PATH"},
    {"PERMISSION DENIED: x", "access is refused: x"},
    {"operation not permitted", "the kernel refuses it"},
    {"a is a directory, b is not a directory", "a names no file, b is no directory"},
    {"caf\xc3\xa9", "caf\xc3\xa9"},
};

START_TEST(words_that_change_exit_codes_never_appear)
{
    char out[200];

    refuse_reword(words[_i].in, out, sizeof(out));
    ck_assert_str_eq(out, words[_i].out);
}
END_TEST

START_TEST(a_reworded_line_is_cut_at_a_whole_character)
{
    char out[5];

    refuse_reword("abc\xc3\xa9", out, sizeof(out));
    ck_assert_str_eq(out, "abc");
}
END_TEST

static char *said(const struct refuse_place *place, const char *text)
{
    struct err err = ERR_INIT;
    char *all = NULL;
    size_t len = 0;
    const int saved = dup(STDERR_FILENO);
    int ends[2];

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    refuse_tell(place, text, 0);
    ck_assert_int_eq(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    close(saved);
    close(ends[1]);
    ck_assert_int_eq(file_read_fd(ends[0], 8192, &all, &len, &err), 0);
    close(ends[0]);
    return all;
}

static char *logged(void)
{
    struct err err = ERR_INIT;
    char *all = NULL;
    size_t len = 0;

    ck_assert_msg(file_read_at(AT_FDCWD, path, 8192, &all, &len, NULL, &err) == 0, "%s", err.text);
    return all;
}

START_TEST(a_refusal_is_one_line_of_json_in_the_log_and_on_stderr)
{
    const struct refuse_place place = {.log = path, .json = true};
    AUTO_FREE char *err_text = said(&place, "refused \"web\": a\nb\x1b permission denied");
    AUTO_FREE char *log = logged();

    ck_assert_str_eq(err_text, "refused \"web\": a\\nb\\x1b access is refused\n");
    ck_assert_str_eq(log,
                     "{\"level\":\"error\",\"msg\":\"refused \\\"web\\\": a\\\\nb\\\\x1b access is "
                     "refused\",\"time\":\"1970-01-01T00:00:00Z\"}\n");
}
END_TEST

START_TEST(the_text_form_follows_the_log_format)
{
    char named[160];
    (void)snprintf(named, sizeof(named), "file:%s", path);
    const struct refuse_place place = {.log = named};
    AUTO_FREE char *err_text = said(&place, "no");
    AUTO_FREE char *log = logged();

    ck_assert_str_eq(err_text, "no\n");
    ck_assert_str_eq(log, "time=\"1970-01-01T00:00:00Z\" level=error msg=\"no\"\n");
}
END_TEST

START_TEST(an_endless_text_stays_below_four_kibibytes_and_is_still_json)
{
    const struct refuse_place place = {.log = path, .json = true};
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    const struct value *v = NULL;
    struct err err = ERR_INIT;
    char many[20000];

    memset(many, '\x01', sizeof(many) - 1);
    many[sizeof(many) - 1] = '\0';
    AUTO_FREE char *err_text = said(&place, many);
    AUTO_FREE char *log = logged();
    ck_assert_uint_lt(strlen(err_text), 4096);
    ck_assert_int_eq(json_parse(&a, log, strlen(log) - 1, JSON_STRICT, &v, NULL, &err), 0);

    memset(many, '"', sizeof(many) - 1);
    (void)unlink(path);
    AUTO_FREE char *quoted = said(&place, many);
    AUTO_FREE char *quoted_log = logged();
    ck_assert_int_eq(
        json_parse(&a, quoted_log, strlen(quoted_log) - 1, JSON_STRICT, &v, NULL, &err), 0);
}
END_TEST

START_TEST(a_log_that_is_a_link_is_left_alone)
{
    char target[160];
    struct stat st;

    (void)snprintf(target, sizeof(target), "%s/target", dir);
    ck_assert_int_eq(symlink(target, path), 0);
    const struct refuse_place place = {.log = path, .json = true};
    AUTO_FREE char *err_text = said(&place, "no");
    ck_assert_str_eq(err_text, "no\n");
    ck_assert_int_eq(stat(target, &st), -1);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("refuse");
    TCase *const c = tcase_create("refuse");

    tcase_add_checked_fixture(c, make_dir, drop_dir);
    tcase_add_loop_test(c, words_that_change_exit_codes_never_appear, 0, (int)ARRAY_LEN(words));
    tcase_add_test(c, a_reworded_line_is_cut_at_a_whole_character);
    tcase_add_test(c, a_refusal_is_one_line_of_json_in_the_log_and_on_stderr);
    tcase_add_test(c, the_text_form_follows_the_log_format);
    tcase_add_test(c, an_endless_text_stays_below_four_kibibytes_and_is_still_json);
    tcase_add_test(c, a_log_that_is_a_link_is_left_alone);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
