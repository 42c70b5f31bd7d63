/* Images from outside: whatever the bytes, opening, checking and running them is an error or an
 * answer, never a step out of bounds (run under ASan). */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "policy/machine/image.h"

#include "tests/help/suite.h"
#include "tests/policy/compiled.h"

static const char policy[] =
    "package t\n"
    "default p := {\"none\": [1.5, -2e3, null, \"text\"]}\n"
    "p := {\"k\": v} if { some i, v in input.xs; not v in {1, 2}; i > 0; count(v) > i }\n"
    "s contains x if { some x in input.xs; every y in x { y != 3 } }\n"
    "o[k].x := v if some k, v in input.o\n"
    "o.a.y := 1\n"
    "f(x) := y if { [x, y] = [1, 2] } else := 3\n"
    "m contains 1 if input.kind == \"a\"\nm contains 2 if input.kind == \"b\"\n"
    "m contains 3 if input.kind == \"c\"\nm contains 4 if input.kind == \"d\"\n"
    "m contains 5 if { input.kind == \"e\"; data.t.s[_] }\n"
    "u.a.b := 1\nu.c.d := 2\n"
    "all := [p, s, m, u[q], o, f(1), {q2: 1 | o[q2]}] if {\n"
    "  q := \"a\"; x := data.t.p with input as {\"xs\": [[9]]} with count as 7; x }\n";

static const char input[] =
    "{\"xs\": [[1, 2], [4, 5, 6], []], \"o\": {\"a\": 1, \"b\": 2}, \"kind\": "
    "\"e\"}";

static void reseal(uint8_t *bytes, size_t len)
{
    struct image_header h;
    const size_t skip = offsetof(struct image_header, section);

    memcpy(&h, bytes, sizeof(h));
    h.checksum = image_checksum(bytes + skip, len - skip);
    memcpy(bytes, &h, sizeof(h));
}

static bool opens(const void *bytes, size_t len, struct image *img, struct err *err)
{
    return image_borrow(img, bytes, len, err) == 0 && image_check(img, err) == 0;
}

START_TEST(a_whole_image_opens_and_runs)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    AUTO_BUF struct buf image = BUF_INIT, got = BUF_INIT;
    AUTO_IMAGE struct image img = IMAGE_INIT;
    struct err err = ERR_INIT;
    const struct value *out;

    compile_text(&a, policy, "t.all", &image);
    ck_assert_msg(opens(image.data, image.len, &img, &err), "%s", err.text);
    ck_assert_msg(machine_run(&img, "data.t.all", json(&a, input), &a, NULL, &out, NULL, &err) == 0,
                  "%s", err.text);
    ck_assert_ptr_nonnull(out);
    json_print(&got, out, JSON_COMPACT);
    ck_assert_str_eq(
        got.data,
        "[{\"k\":[4,5,6]},[[],[1,2],[4,5,6]],[5],{\"b\":1},{\"a\":{\"x\":1,\"y\":1},\"b\":"
        "{\"x\":2}},2,{\"a\":1,\"b\":1}]");
}
END_TEST

START_TEST(a_file_is_mapped)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    AUTO_BUF struct buf image = BUF_INIT;
    AUTO_IMAGE struct image img = IMAGE_INIT;
    AUTO_FD int fd = memfd_create("image", MFD_CLOEXEC);
    struct err err = ERR_INIT;

    compile_text(&a, policy, "t.all", &image);
    ck_assert(write(fd, image.data, image.len) == (ssize_t)image.len);
    ck_assert_msg(image_map(&img, fd, &err) == 0, "%s", err.text);
    ck_assert_msg(image_check(&img, &err) == 0, "%s", err.text);
    ck_assert(ftruncate(fd, 0) == 0);
    AUTO_FD int empty = memfd_create("empty", MFD_CLOEXEC);
    struct image none = IMAGE_INIT;
    ck_assert(image_map(&none, empty, &err) == -1);
}
END_TEST

START_TEST(damage_is_told_by_the_checksum)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    AUTO_BUF struct buf image = BUF_INIT;
    struct image img = IMAGE_INIT;
    struct err err = ERR_INIT;

    compile_text(&a, policy, "t.all", &image);
    for (size_t at = 0; at < image.len; at += 97) {
        image.data[at] = (char)(image.data[at] ^ 0x10);
        ck_assert_int_eq(image_borrow(&img, image.data, image.len, &err), -1);
        image.data[at] = (char)(image.data[at] ^ 0x10);
    }
    for (size_t cut = 8; cut < image.len; cut += 1000)
        ck_assert_int_eq(image_borrow(&img, image.data, image.len - cut, &err), -1);
}
END_TEST

/* A forged image has a right checksum: every byte, changed in some ways, then run if it passes. */
START_TEST(forged_images_stay_in_bounds)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    AUTO_BUF struct buf image = BUF_INIT;
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    const struct machine_options opt = {.limits = {.steps = 20000, .depth = 16}};
    unsigned refused = 0, ran = 0;

    compile_text(&a, policy, "t.all", &image);
    const struct value *const in = json(&a, input);
    for (size_t at = 0; at < image.len; at++) {
        uint8_t *const byte = (uint8_t *)image.data + at;
        const uint8_t old = *byte;
        AUTO_ARENA struct arena mine = ARENA_INIT((size_t)16 << 20);
        struct image img = IMAGE_INIT;
        struct err err = ERR_INIT;
        const struct value *out;

        *byte = (uint8_t)(old ^ flips[at % 3]);
        reseal((uint8_t *)image.data, image.len);
        if (opens(image.data, image.len, &img, &err)) {
            (void)!machine_run(&img, "data.t.all", in, &mine, &opt, &out, NULL, &err);
            ran++;
        } else {
            refused++;
        }
        *byte = old;
    }
    ck_assert_uint_gt(refused, ran / 8);
    ck_assert_uint_gt(ran, 0);
}
END_TEST

/* One broken field each, and the words that tell of it. */
static void forge(enum image_section s, size_t field, uint32_t to, const char *why)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    AUTO_BUF struct buf image = BUF_INIT;
    struct image img = IMAGE_INIT;
    struct err err = ERR_INIT;
    struct image_header h;

    compile_text(&a, policy, "t.all", &image);
    memcpy(&h, image.data, sizeof(h));
    memcpy(image.data + h.section[s].at + field, &to, sizeof(to));
    reseal((uint8_t *)image.data, image.len);
    ck_assert(!opens(image.data, image.len, &img, &err));
    ck_assert_msg(strstr(err.text, why) != NULL, "want %s, got %s", why, err.text);
}

START_TEST(each_table_is_checked)
{
    const uint32_t far = 0x7ffffff0;

    forge(IMAGE_CONSTS, 0, far, "a constant is no value");
    forge(IMAGE_NODES, offsetof(struct image_node, parent), 1, "no root");
    forge(IMAGE_NODES, sizeof(struct image_node) + offsetof(struct image_node, leaf), far,
          "names no rule set");
    forge(IMAGE_SETS, offsetof(struct image_set, body), far, "a rule set is malformed");
    forge(IMAGE_BODIES, offsetof(struct image_body, code), far, "a body is malformed");
    forge(IMAGE_BODIES, offsetof(struct image_body, otherwise), 1, "");
    forge(IMAGE_CODE, 0, 0xffff, "no such instruction");
    forge(IMAGE_PATHS, offsetof(struct image_path, first), far, "a path is malformed");
    forge(IMAGE_WITHS, offsetof(struct image_with, n), far, "a with list is malformed");
    forge(IMAGE_INDEX, 4, 77, "an index");
    forge(IMAGE_BUILTINS, 0, far, "a built-in is malformed");
    forge(IMAGE_ENTRIES, offsetof(struct image_entry, set), far, "an entry point is malformed");
    forge(IMAGE_ROWS, offsetof(struct image_row, file), far, "the source map is malformed");
    forge(IMAGE_VALUES, 0, 0x99, "a value's head is malformed");
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("image");
    TCase *const t = tcase_create("image");

    tcase_set_timeout(t, 120);
    tcase_add_test(t, a_whole_image_opens_and_runs);
    tcase_add_test(t, a_file_is_mapped);
    tcase_add_test(t, damage_is_told_by_the_checksum);
    tcase_add_test(t, forged_images_stay_in_bounds);
    tcase_add_test(t, each_table_is_checked);
    suite_add_tcase(s, t);
    return run_suite(s);
}
