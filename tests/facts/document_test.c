/* Documents that runtimes could read in two ways, and bundles that cannot be believed. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "facts/facts.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

#include "tests/help/place.h"
#include "tests/help/suite.h"

struct row {
    const char *text;
    bool good;
};

static const struct row rows[] = {
    {"{\"ociVersion\":\"1.0.2\",\"mounts\":[]}", true},
    {"{\"Mounts\":[]}", false},
    {"{\"mount\xc5\xbf\":[]}", false},    /* U+017F folds to s */
    {"{\"hoo\xe2\x84\xaas\":{}}", false}, /* U+212A folds to k */
    {"{\"process\":{\"NoNewPrivileges\":true}}", false},
    {"{\"linux\":{\"seccomp\":{\"syscalls\":[{\"Names\":[]}]}}}", false},
    {"{\"unheard\":{\"Process\":{}}}", false},
    {"{\"annotations\":{\"Mounts\":\"x\",\"PROCESS\":\"y\"}}", true},
    {"{\"linux\":{\"sysctl\":{\"Path\":\"1\"}}}", true},
    {"{\"mounts\":[],\"mounts\":[]}", false},
    {"{\"a\":{\"b\":1,\"b\":2}}", false},
    {"{\"hostname\":\"a\\u0000b\"}", false},
    {"{\"hostname\":\"a\"}{}", false},
    {"{\"hostname\":\"a\"} \n", true},
    {"{\"hostname\":\"\\ud800\"}", false},
    {"{\"hostname\":\"\xff\"}", false},
    {"", false},
    {"{\"unheard\":1}", true}, /* told as a fact, not refused here */
};

START_TEST(only_what_reads_one_way_is_parsed)
{
    struct arena a = ARENA_INIT(4 << 20);
    const struct value *doc = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg((document_parse(&a, rows[_i].text, strlen(rows[_i].text), &doc, &err) == 0) ==
                      rows[_i].good,
                  "%s: %s", rows[_i].text, err.text);
    arena_done(&a);
}
END_TEST

struct shape_row {
    const char *text;
    enum derive_kind kind;
    const char *malformed, *unknown; /* the one pointer, or NULL */
};

static const struct shape_row shapes[] = {
    {"{\"ociVersion\":\"1.0.2\"}", DERIVE_CONFIG, NULL, NULL},
    {"{\"mounts\":{}}", DERIVE_CONFIG, "/x/mounts", NULL},
    {"{\"mounts\":[1]}", DERIVE_CONFIG, "/x/mounts/0", NULL},
    {"{\"mounts\":[{\"options\":[3]}]}", DERIVE_CONFIG, "/x/mounts/0/options/0", NULL},
    {"{\"process\":{\"user\":{\"uid\":-1}}}", DERIVE_CONFIG, "/x/process/user/uid", NULL},
    /* Numbers are held by the types of the specification's Go package. */
    {"{\"memory\":{\"swap\":9223372036854775808}}", DERIVE_RESOURCES, "/x/memory/swap", NULL},
    {"{\"memory\":{\"swap\":-9223372036854775808}}", DERIVE_RESOURCES, NULL, NULL},
    {"{\"memory\":{\"swap\":-9223372036854775809}}", DERIVE_RESOURCES, "/x/memory/swap", NULL},
    {"{\"memory\":{\"swappiness\":18446744073709551615}}", DERIVE_RESOURCES, NULL, NULL},
    {"{\"cpu\":{\"period\":-1}}", DERIVE_RESOURCES, "/x/cpu/period", NULL},
    {"{\"cpu\":{\"quota\":-1}}", DERIVE_RESOURCES, NULL, NULL},
    {"{\"blockIO\":{\"weight\":65535}}", DERIVE_RESOURCES, NULL, NULL},
    {"{\"blockIO\":{\"weight\":65536}}", DERIVE_RESOURCES, "/x/blockIO/weight", NULL},
    {"{\"network\":{\"classID\":4294967296}}", DERIVE_RESOURCES, "/x/network/classID", NULL},
    {"{\"scheduler\":{\"nice\":-2147483649}}", DERIVE_PROCESS, "/x/scheduler/nice", NULL},
    {"{\"user\":{\"additionalGids\":[1,2147483648]}}", DERIVE_PROCESS, "/x/user/additionalGids/1",
     NULL},
    {"{\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":4294967296,\"size\":1}]}}",
     DERIVE_CONFIG, "/x/linux/uidMappings/0/hostID", NULL},
    {"{\"linux\":{\"uidMappings\":[{\"containerID\":0,\"size\":1}]}}", DERIVE_CONFIG,
     "/x/linux/uidMappings/0/hostID", NULL},
    {"{\"process\":{\"user\":{\"uid\":2147483647}}}", DERIVE_CONFIG, NULL, NULL},
    {"{\"process\":{\"user\":{\"uid\":2147483648}}}", DERIVE_CONFIG, "/x/process/user/uid", NULL},
    {"{\"process\":{\"user\":{\"additionalGids\":[5,4294967296]}}}", DERIVE_CONFIG,
     "/x/process/user/additionalGids/1", NULL},
    {"{\"process\":{\"oomScoreAdj\":1.5}}", DERIVE_CONFIG, "/x/process/oomScoreAdj", NULL},
    {"{\"process\":{\"oomScoreAdj\":1e3}}", DERIVE_CONFIG, "/x/process/oomScoreAdj", NULL},
    {"{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":18446744073709551615}]}}",
     DERIVE_CONFIG, NULL, NULL},
    {"{\"process\":{\"rlimits\":[{\"hard\":18446744073709551616}]}}", DERIVE_CONFIG,
     "/x/process/rlimits/0/hard", NULL},
    {"{\"extra\":1}", DERIVE_CONFIG, NULL, "/x/extra"},
    {"{\"linux\":{\"new/field~\":1}}", DERIVE_CONFIG, NULL, "/x/linux/new~1field~0"},
    {"{\"linux\":{\"netDevices\":{\"eth0\":{\"name\":\"e\",\"odd\":1}}}}", DERIVE_CONFIG, NULL,
     "/x/linux/netDevices/eth0/odd"},
    {"{\"annotations\":{\"any\":\"thing\"}}", DERIVE_CONFIG, NULL, NULL},
    {"{\"annotations\":{\"any\":1}}", DERIVE_CONFIG, "/x/annotations/any", NULL},
    {"{\"linux\":null}", DERIVE_CONFIG, NULL, NULL},
    {"{\"cwd\":\"/\",\"what\":1}", DERIVE_PROCESS, NULL, "/x/what"},
    {"{\"pids\":{\"limit\":\"5\"}}", DERIVE_RESOURCES, "/x/pids/limit", NULL},
    {"[]", DERIVE_CONFIG, "/x", NULL},
};

static void one_pointer(const struct value_list *l, const char *want)
{
    ck_assert_uint_eq(l->n, want ? 1 : 0);
    if (want)
        ck_assert_msg(value_is_str(l->items[0], want), "got %s", value_cstr(l->items[0]));
}

START_TEST(wrong_types_and_unknown_fields_are_pointed_at)
{
    struct arena a = ARENA_INIT(4 << 20);
    const struct value *doc = NULL;
    struct value_list malformed = {0}, unknown = {0};
    struct err err = ERR_INIT;
    const struct shape_row *const r = &shapes[_i];

    ck_assert_msg(document_parse(&a, r->text, strlen(r->text), &doc, &err) == 0, "%s", err.text);
    ck_assert(derive_shape(&a, doc, NULL, r->kind, "/x", &malformed, &unknown, &err) == 0);
    one_pointer(&malformed, r->malformed);
    one_pointer(&unknown, r->unknown);
    arena_done(&a);
}
END_TEST

/* --- bundles
 * -------------------------------------------------------------------------------------- */

static char top[PLACE_MAX];

static void setup(void)
{
    place_make(top, "/var/tmp");
}

static void teardown(void)
{
    place_remove(top);
}

static void write_config(const char *text)
{
    struct err err = ERR_INIT;
    AUTO_FD int dir = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);

    ck_assert_msg(file_replace_at(dir, "config.json", text, strlen(text), NULL, 0644, 0, &err) == 0,
                  "%s", err.text);
}

static enum err_code open_bundle(bool trust)
{
    struct arena a = ARENA_INIT(16 << 20);
    AUTO_BUNDLE struct bundle b = BUNDLE_INIT;
    struct err err = ERR_INIT;
    const int status = bundle_open(&b, top, "config.json", trust, &a, &err);

    if (status == 0) {
        ck_assert_str_eq(b.dir, top);
        ck_assert_uint_eq(b.len, strlen(b.bytes));
        ck_assert_ptr_nonnull(b.doc);
    }
    arena_done(&a);
    return status == 0 ? ERR_NONE : err.code;
}

START_TEST(a_bundle_is_read_once_and_whole)
{
    write_config("{\"ociVersion\":\"1.0.2\"}");
    ck_assert_int_eq(open_bundle(false), ERR_NONE);
}
END_TEST

START_TEST(a_linked_or_strange_config_is_refused)
{
    char path[256], other[256];

    ck_assert_int_eq(open_bundle(false), ERR_SYSTEM);
    snprintf(path, sizeof(path), "%s/config.json", top);
    snprintf(other, sizeof(other), "%s/other", top);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_ne(open_bundle(false), ERR_NONE);
    ck_assert_int_eq(unlink(path), 0);
    write_config("{}");
    ck_assert_int_eq(rename(path, other), 0);
    ck_assert_int_eq(symlink("other", path), 0);
    ck_assert_int_ne(open_bundle(false), ERR_NONE);
}
END_TEST

START_TEST(a_bundle_that_others_can_change_is_not_believed)
{
    write_config("{\"ociVersion\":\"1.0.2\"}");
    ck_assert_int_eq(open_bundle(true), ERR_NONE);
    ck_assert_int_eq(chmod(top, 0777), 0);
    ck_assert_int_eq(open_bundle(true), ERR_TRUST);
    ck_assert_int_eq(open_bundle(false), ERR_NONE);
    ck_assert_int_eq(chmod(top, 0755), 0);
    ck_assert_int_eq(chown(top, 1000, 1000), 0);
    ck_assert_int_eq(open_bundle(true), ERR_TRUST);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("document");
    TCase *const t = tcase_create("document"), *const b = tcase_create("bundle");

    tcase_add_loop_test(t, only_what_reads_one_way_is_parsed, 0, (int)ARRAY_LEN(rows));
    tcase_add_loop_test(t, wrong_types_and_unknown_fields_are_pointed_at, 0,
                        (int)ARRAY_LEN(shapes));
    tcase_add_checked_fixture(b, setup, teardown);
    tcase_add_test(b, a_bundle_is_read_once_and_whole);
    tcase_add_test(b, a_linked_or_strange_config_is_refused);
    if (getuid() == 0)
        tcase_add_test(b, a_bundle_that_others_can_change_is_not_believed);
    suite_add_tcase(s, t);
    suite_add_tcase(s, b);
    return run_suite(s);
}
