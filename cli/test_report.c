#include "cli/test_report.h"

#include <ctype.h>
#include <string.h>

#include "base/own.h"
#include "policy/value/json.h"

/* clang-format off */
static const struct {
    const char *word;
    enum paint paint;
} outcomes[TEST_OUTCOMES] = {
    [TEST_PASS]  = {"PASS",    PAINT_GREEN },
    [TEST_FAIL]  = {"FAIL",    PAINT_RED   },
    [TEST_SKIP]  = {"SKIPPED", PAINT_YELLOW},
    [TEST_ERROR] = {"ERROR",   PAINT_RED   },
};
/* clang-format on */

static const char rule_line[] =
    "--------------------------------------------------------------------------------\n";

/* --- pretty ------------------------------------------------------------------------------- */

/* As Go prints durations. */
static void print_duration(struct buf *b, int64_t ns)
{
    if (ns < 1000)
        buf_printf(b, "%lldns", (long long)ns);
    else if (ns < 1000000)
        buf_printf(b, "%gµs", (double)ns / 1e3);
    else if (ns < 1000000000)
        buf_printf(b, "%gms", (double)ns / 1e6);
    else
        buf_printf(b, "%gs", (double)ns / 1e9);
}

static bool case_holds(const struct value *c)
{
    bool all = true;

    if (!value_is(c, VALUE_OBJECT))
        return value_truthy(c);
    for (size_t i = 0; i < c->count; i++)
        all = all && case_holds(value_val_at(c, i));
    return all;
}

static void print_cases(struct call *call, const struct value *cases, unsigned depth, bool verbose)
{
    for (size_t i = 0; i < cases->count; i++) {
        const struct value *const c = value_val_at(cases, i);
        const bool holds = case_holds(c);

        if (holds && !verbose)
            continue;
        buf_printf(&call->out, "%*s", (int)(2 * depth), "");
        say(&call->out, value_bytes(value_key_at(cases, i)));
        buf_puts(&call->out, ": ");
        paint(call, holds ? PAINT_GREEN : PAINT_RED, holds ? "PASS" : "FAIL");
        buf_putc(&call->out, '\n');
        if (value_is(c, VALUE_OBJECT))
            print_cases(call, c, depth + 1, verbose);
    }
}

static void print_prints(struct buf *out, const char *prints)
{
    buf_puts(out, "\n");
    for (const char *line = prints; *line;) {
        const size_t len = strcspn(line, "\n");

        buf_printf(out, "  %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
    buf_puts(out, "\n");
}

static void print_one(struct call *call, const struct test_result *r, bool verbose)
{
    const struct rego_test *const t = r->test;
    struct buf *const out = &call->out;

    say(out, t->loc.source->name);
    buf_printf(out, ":%u:\n", rego_pos_of(t->loc).line);
    say(out, t->name);
    buf_puts(out, ": ");
    paint(call, outcomes[r->outcome].paint, outcomes[r->outcome].word);
    if (r->outcome != TEST_SKIP) {
        buf_puts(out, " (");
        print_duration(out, r->ns);
        buf_putc(out, ')');
    }
    buf_putc(out, '\n');
    if (r->cases)
        print_cases(call, r->cases, 1, verbose);
    if (r->error) {
        buf_puts(out, "  ");
        say(out, r->error);
        buf_putc(out, '\n');
    }
    if (r->prints)
        print_prints(out, r->prints);
}

/* Cases count in place of the test they are of. */
static void count_cases(const struct value *cases, size_t count[TEST_OUTCOMES])
{
    for (size_t i = 0; i < cases->count; i++) {
        const struct value *const c = value_val_at(cases, i);

        if (value_is(c, VALUE_OBJECT))
            count_cases(c, count);
        else
            count[case_holds(c) ? TEST_PASS : TEST_FAIL]++;
    }
}

static void print_sums(struct call *call, const struct test_result *r, size_t tests)
{
    size_t count[TEST_OUTCOMES] = {0}, n = 0;

    for (size_t i = 0; i < tests; i++) {
        if (r[i].cases && r[i].cases->count)
            count_cases(r[i].cases, count);
        else
            count[r[i].outcome]++;
    }
    for (size_t i = 0; i < TEST_OUTCOMES; i++)
        n += count[i];
    buf_puts(&call->out, rule_line);
    for (size_t i = 0; i < TEST_OUTCOMES; i++) {
        if (count[i] == 0)
            continue;
        paint(call, outcomes[i].paint, outcomes[i].word);
        buf_printf(&call->out, ": %zu/%zu\n", count[i], n);
    }
}

void test_report_pretty(struct call *call, const struct test_result *r, size_t n, bool verbose)
{
    for (size_t i = 0; i < n; i++)
        if (verbose || r[i].outcome != TEST_PASS)
            print_one(call, &r[i], verbose);
    if (n)
        print_sums(call, r, n);
}

/* --- JSON --------------------------------------------------------------------------------- */

static void json_text(struct buf *b, const char *before, const char *text)
{
    buf_puts(b, before);
    json_print_string(b, text, strlen(text));
}

static void print_base64(struct buf *b, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t len = strlen(text);

    for (size_t i = 0; i < len; i += 3) {
        const unsigned left = (unsigned)(len - i < 3 ? len - i : 3);
        unsigned word = (unsigned)(unsigned char)text[i] << 16;

        if (left > 1)
            word |= (unsigned)(unsigned char)text[i + 1] << 8;
        if (left > 2)
            word |= (unsigned)(unsigned char)text[i + 2];
        for (unsigned d = 0; d < 4; d++)
            buf_putc(b, d <= left ? digits[word >> (18 - 6 * d) & 63] : '=');
    }
}

static void json_cases(struct buf *b, const struct value *cases, unsigned depth)
{
    buf_puts(b, "{");
    for (size_t i = 0; i < cases->count; i++) {
        const struct value *const key = value_key_at(cases, i), *const c = value_val_at(cases, i);

        buf_printf(b, "%s\n%*s", i ? "," : "", (int)(depth + 2), "");
        json_print_string(b, value_bytes(key), key->count);
        buf_printf(b, ": {\n%*s\"name\": ", (int)(depth + 4), "");
        json_print_string(b, value_bytes(key), key->count);
        if (!case_holds(c))
            buf_printf(b, ",\n%*s\"fail\": true", (int)(depth + 4), "");
        if (value_is(c, VALUE_OBJECT)) {
            buf_printf(b, ",\n%*s\"sub_results\": ", (int)(depth + 4), "");
            json_cases(b, c, depth + 4);
        }
        buf_printf(b, "\n%*s}", (int)(depth + 2), "");
    }
    buf_printf(b, "\n%*s}", (int)depth, "");
}

static void json_one(struct buf *b, const struct test_result *r)
{
    const struct rego_pos pos = rego_pos_of(r->test->loc);
    const char *const last = value_bytes(value_at(r->test->path, r->test->path->count - 1));
    const size_t package = strlen(r->test->name) - strlen(last) - 1;

    json_text(b, "  {\n    \"location\": {\n      \"file\": ", r->test->loc.source->name);
    buf_printf(b, ",\n      \"row\": %u,\n      \"col\": %u\n    },\n    \"package\": ", pos.line,
               pos.col);
    json_print_string(b, r->test->name, package);
    json_text(b, ",\n    \"name\": ", last);
    if (r->outcome == TEST_FAIL)
        buf_puts(b, ",\n    \"fail\": true");
    if (r->outcome == TEST_SKIP)
        buf_puts(b, ",\n    \"skip\": true");
    if (r->outcome == TEST_ERROR) {
        json_text(b, ",\n    \"error\": {\n      \"code\": ", r->code ? r->code : "eval_error");
        json_text(b, ",\n      \"message\": ", r->error ? r->error : "");
        buf_puts(b, "\n    }");
    }
    buf_printf(b, ",\n    \"duration\": %lld", (long long)r->ns);
    if (r->prints) {
        buf_puts(b, ",\n    \"output\": \"");
        print_base64(b, r->prints);
        buf_putc(b, '"');
    }
    if (r->cases) {
        buf_puts(b, ",\n    \"sub_results\": ");
        json_cases(b, r->cases, 4);
    }
    buf_puts(b, "\n  }");
}

void test_report_json(struct call *call, const struct test_result *r, size_t n)
{
    buf_puts(&call->out, n ? "[\n" : "[");
    for (size_t i = 0; i < n; i++) {
        buf_puts(&call->out, i ? ",\n" : "");
        json_one(&call->out, &r[i]);
    }
    buf_puts(&call->out, n ? "\n]\n" : "]\n");
}

/* --- benchmarks --------------------------------------------------------------------------- */

/* data.a_b.test_c is BenchmarkDataABTestC. */
static void print_go_name(struct buf *b, const char *name)
{
    bool upper = true;

    buf_puts(b, "Benchmark");
    for (; *name; name++) {
        if (*name == '.' || *name == '_') {
            upper = true;
            continue;
        }
        buf_putc(b, upper ? (char)toupper((unsigned char)*name) : *name);
        upper = false;
    }
}

void test_report_bench(struct call *call, const struct test_result *r, size_t n, bool go)
{
    for (size_t i = 0; i < n; i++) {
        if (r[i].outcome != TEST_PASS) {
            print_one(call, &r[i], false);
            continue;
        }
        if (go)
            print_go_name(&call->out, r[i].test->name);
        else
            say(&call->out, r[i].test->name);
        buf_printf(&call->out, "\t%8llu\t%10lld ns/op\n", (unsigned long long)r[i].runs,
                   (long long)r[i].ns);
    }
    if (n)
        print_sums(call, r, n);
}
