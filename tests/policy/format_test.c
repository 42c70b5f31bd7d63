/* Layout: rows of text and what `opa fmt` (1.22) makes of it; every shipped module is laid out
 * already, and what was laid out once is not changed again. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "policy/rego/format.h"

#include "tests/help/suite.h"

enum { ARENA = 64 << 20 };

static int lay_out(const char *text, const struct format_options *o, struct buf *out,
                   struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct rego_source source = {.name = "x.rego", .text = text, .len = strlen(text)};
    struct rego_diags diags = {0};

    return rego_format(&a, &source, o, out, &diags, err);
}

#define V1                                                                                         \
    {                                                                                              \
        .version = REGO_V1                                                                         \
    }
#define V0                                                                                         \
    {                                                                                              \
        .version = REGO_V0                                                                         \
    }

/* clang-format off */
static const struct {
    struct format_options o;
    const char *text, *want;
} rows[] = {
    { V1, "package a\nx=1\n",                           "package a\n\nx := 1\n" },
    { V1, "package a\n\n\n\np if { x }\nq if { x\ny }", "package a\n\np if x\n\nq if {\n\tx\n\ty\n}\n" },
    { V1, "package a\np if true\np := true if x\n",     "package a\n\np := true\np if x\n" },
    { V1, "package a\np contains x if { x := 1 ; y }",  "package a\n\np contains x if {\n\tx := 1\n\ty\n}\n" },
    { V1, "# head\npackage a # tail\n# last",           "# head\npackage a # tail\n\n# last\n" },
    { V1, "package a\n\nimport data.z\nimport data.b as c # note\n\nimport rego.v1\nimport future.keywords.if\n",
          "package a\n\nimport data.b as c # note\nimport data.z\n\nimport rego.v1\n" },
    { V1, "package a\np := [1,2,\n3]\n",                "package a\n\np := [\n\t1, 2,\n\t3,\n]\n" },
    { V1, "package a\np := {\"a\":1, # one\n\"b\":2}\n", "package a\n\np := {\n\t\"a\": 1, # one\n\t\"b\": 2,\n}\n" },
    { V1, "package a\np := f(\n x)\n",                  "package a\n\np := f(x)\n" },
    { V1, "package a\np := {x|x:=input[_]}\n",          "package a\n\np := {x | x := input[_]}\n" },
    { V1, "package a\np := [x|\nx:=input[_]\nx>1]\n",   "package a\n\np := [x |\n\tx := input[_]\n\tx > 1\n]\n" },
    { V1, "package a\np if every k,v in x{v>k}\n",      "package a\n\np if every k, v in x { v > k }\n" },
    { V1, "package a\np if {\nsome x,y\ninput[x]=y}\n", "package a\n\np if {\n\tsome x, y\n\tinput[x] = y\n}\n" },
    { V1, "package a\np if 1+2*3==(4-5)/6\n",           "package a\n\np if 1 + (2 * 3) == (4 - 5) / 6\n" },
    { V1, "package a\np := (1|2)&3\n",                  "package a\n\np := (1 | 2) & 3\n" },
    { V1, "package a\np := [(a|b)]\n",                  "package a\n\np := [(a | b)]\n" },
    { V1, "package a\np if a[\"b\"][\"c-d\"][\"if\"].if\n", "package a\n\np if a.b[\"c-d\"][\"if\"].if\n" },
    { V1, "package a\np := 1 if {x} else := 2 if {y}\nelse := 3\n",
          "package a\n\np := 1 if x\n\nelse := 2 if y\n\nelse := 3\n" },
    { V1, "package a\np if {\n\tx with input as 1\n\twith data.y as 2\n}\n",
          "package a\n\np if {\n\tx with input as 1\n\t\twith data.y as 2\n}\n" },
    { V1, "package a\np if {\n # one\n\n # two\n x # three\n\n y }\n",
          "package a\n\np if {\n\t# one\n\n\t# two\n\tx # three\n\n\ty\n}\n" },
    { V1, "package a\nf(x,_) := `raw\n text`\n",        "package a\n\nf(x, _) := `raw\n text`\n" },
    { V1, "package a\np := $\"x{ input.y }\\{\"\n",     "package a\n\np := $\"x{input.y}\\{\"\n" },
    { V1, "package a\na.b:=1\nc.d.e:=2",                "package a\n\na.b := 1\nc.d.e := 2\n" },
    { V1, "package a\na.b:=1",                          "package a\n\na[\"b\"] := 1\n" },
    { V1, "package a\nimport future.keywords.not\np if not{x;y}\n",
          "package a\n\nimport future.keywords.not\n\np if not { x; y }\n" },
    { V1, "package a\nimport future.keywords.and\nimport future.keywords.or\np if a and b or c and (d or e)\n",
          "package a\n\nimport future.keywords.and\nimport future.keywords.or\n\np if a and b or c and (d or e)\n" },
    { V1, "package a\np := {1, 2, 1}\n",                "package a\n\np := {1, 2}\n" },
    { V0, "package a\np[x]{x:=1}\nq=1{true}\n",         "package a\n\np[x] {\n\tx := 1\n}\n\nq = 1\n" },
    { V0, "package a\nf(x)=1{x}{y}\n",                  "package a\n\nf(x) = 1 {\n\tx\n}\n\nf(x) = 1 {\n\ty\n}\n" },
    { {.version = REGO_V0, .v0_to_v1 = true}, "package a\nimport future.keywords.in\np[x]{x:=1}\n",
          "package a\n\nimport rego.v1\n\np contains x if x := 1\n" },
    { {.version = REGO_V1, .drop_imports = true}, "package a\nimport rego.v1\nimport future.keywords.if\np if x\n",
          "package a\n\np if x\n" },
};
/* clang-format on */

START_TEST(text_is_laid_out)
{
    AUTO_BUF struct buf out = BUF_INIT, again = BUF_INIT;
    struct err err = ERR_INIT;
    const struct format_options o = {.version = rows[_i].o.version};

    if (lay_out(rows[_i].text, &rows[_i].o, &out, &err) < 0)
        ck_abort_msg("%s: %s", rows[_i].text, err.text);
    ck_assert_str_eq(out.data, rows[_i].want);
    if (lay_out(out.data, &o, &again, &err) < 0)
        ck_abort_msg("%s: %s", out.data, err.text);
    if (!strstr(rows[_i].text, "a.b:=1"))
        ck_assert_str_eq(again.data, out.data);
}
END_TEST

START_TEST(what_is_no_rego_is_told)
{
    AUTO_BUF struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    const struct format_options o = V1;

    ck_assert_int_eq(lay_out("package a\np[x] { x }\n", &o, &out, &err), -1);
    ck_assert_uint_eq(out.len, 0);
    ck_assert_int_eq(lay_out("", &o, &out, &err), -1);
}
END_TEST

/* Ours are laid out; what others keep must at least stay as it was made. */
static void check_file(const char *path, bool ours)
{
    AUTO_FREE char *text = NULL;
    AUTO_BUF struct buf out = BUF_INIT, again = BUF_INIT;
    size_t len;
    struct err err = ERR_INIT;
    const struct format_options o = V1;

    if (file_read_at(AT_FDCWD, path, REGO_SOURCE_MAX, &text, &len, NULL, &err) < 0 ||
        lay_out(text, &o, &out, &err) < 0 || lay_out(out.data, &o, &again, &err) < 0)
        ck_abort_msg("%s: %s", path, err.text);
    ck_assert_msg(!ours || strcmp(out.data, text) == 0, "%s is not laid out", path);
    ck_assert_msg(strcmp(out.data, again.data) == 0, "%s changes again", path);
}

START_TEST(shipped_modules_are_laid_out)
{
    static const char *const dirs[] = {"policy/baseline", "policy/gatekeeper"};

    for (size_t d = 0; d < ARRAY_LEN(dirs); d++) {
        DIR *const dir = opendir(dirs[d]);

        ck_assert_ptr_nonnull(dir);
        for (const struct dirent *e; (e = readdir(dir));) {
            char path[512];

            if (!strstr(e->d_name, ".rego"))
                continue;
            (void)snprintf(path, sizeof(path), "%s/%s", dirs[d], e->d_name);
            check_file(path, d > 0);
        }
        ck_assert_int_eq(closedir(dir), 0);
    }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("format");
    TCase *const tc = tcase_create("layout");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, text_is_laid_out, 0, ARRAY_LEN(rows));
    tcase_add_test(tc, what_is_no_rego_is_told);
    tcase_add_test(tc, shipped_modules_are_laid_out);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
