#include "cli/lint_formats.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* Whether JUnit shows it as failed, as skipped, or not at all as a fault; and GitHub's word. */
/* clang-format off */
static const struct end {
    const char *name, *junit, *github;
} ends[] = {
    { "refuse",      "failure", "error"   },
    { "harden",      "failure", "warning" },
    { "warn",        NULL,      "warning" },
    { "waived",      "skipped", NULL      },
    { "known",       "skipped", NULL      },
    { "not checked", "skipped", "notice"  },
};
/* clang-format on */

static const struct end *end_of(const struct value *finding)
{
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (value_is_str(value_field(finding, "end"), ends[i].name))
            return &ends[i];
    }
    return &ends[0];
}

static const char *field(const struct value *v, const char *name)
{
    const char *const text = value_cstr(value_field(v, name));

    return text ? text : "";
}

/* XML 1.0 text: markup escaped, bytes it cannot hold replaced. */
void lint_xml(struct buf *b, const char *text)
{
    for (size_t len = strlen(text); len > 0;) {
        unsigned cp = 0;
        const size_t n = str_utf8(text, len, &cp);

        if (n == 0 || (cp < 0x20 && !strchr("\t\n\r", (int)cp)) || cp == 0xfffe || cp == 0xffff)
            buf_puts(b, "\xef\xbf\xbd");
        else if (*text == '&')
            buf_puts(b, "&amp;");
        else if (*text == '<')
            buf_puts(b, "&lt;");
        else if (*text == '>')
            buf_puts(b, "&gt;");
        else if (*text == '"')
            buf_puts(b, "&quot;");
        else if (cp < 0x20)
            buf_printf(b, "&#%u;", cp);
        else
            buf_add(b, text, n);
        text += n ? n : 1;
        len -= n ? n : 1;
    }
}

static void place(struct buf *b, const char *bundle, const struct value *f)
{
    int64_t line = 0, column = 0;

    lint_xml(b, bundle);
    if (value_field(f, "line") && value_int64(value_field(f, "line"), &line) &&
        value_int64(value_field(f, "column"), &column))
        buf_printf(b, ":%lld:%lld", (long long)line, (long long)column);
}

static void junit_case(struct buf *b, const char *bundle, const struct value *f)
{
    const struct end *const end = end_of(f);

    buf_puts(b, "    <testcase classname=\"");
    lint_xml(b, bundle);
    buf_puts(b, "\" name=\"");
    lint_xml(b, field(f, "rule"));
    if (*field(f, "path")) {
        buf_putc(b, ' ');
        lint_xml(b, field(f, "path"));
    }
    buf_puts(b, "\" time=\"0\"");
    if (!end->junit) {
        buf_puts(b, ">\n      <system-out>");
        lint_xml(b, field(f, "msg"));
        buf_puts(b, "</system-out>\n    </testcase>\n");
        return;
    }
    buf_printf(b, ">\n      <%s message=\"%s: ", end->junit, end->name);
    lint_xml(b, field(f, "msg"));
    if (strcmp(end->junit, "failure") == 0) {
        buf_puts(b, "\" type=\"");
        lint_xml(b, field(f, "rule"));
        buf_puts(b, "\">");
        place(b, bundle, f);
        buf_puts(b, "\nsallyport explain ");
        lint_xml(b, field(f, "rule"));
        buf_puts(b, "</failure>\n");
    } else {
        buf_puts(b, "\"/>\n");
    }
    buf_puts(b, "    </testcase>\n");
}

static size_t how_many(const struct value *findings, const char *junit)
{
    size_t n = 0;

    for (size_t i = 0; i < findings->count; i++) {
        const char *const is = end_of(value_at(findings, i))->junit;

        n += is && strcmp(is, junit) == 0;
    }
    return n;
}

/* A bundle with nothing found is one case that passed. */
void lint_junit(struct buf *out, const struct value *results)
{
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"sallyport\">\n");
    for (size_t i = 0; i < results->count; i++) {
        const struct value *const one = value_at(results, i);
        const struct value *const findings = value_field(one, "findings");
        const char *const bundle = field(one, "bundle");

        buf_puts(out, "  <testsuite name=\"");
        lint_xml(out, bundle);
        buf_printf(out,
                   "\" tests=\"%u\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"0\">\n",
                   findings->count ? findings->count : 1, how_many(findings, "failure"),
                   how_many(findings, "skipped"));
        for (size_t k = 0; k < findings->count; k++)
            junit_case(out, bundle, value_at(findings, k));
        if (findings->count == 0) {
            buf_puts(out, "    <testcase classname=\"");
            lint_xml(out, bundle);
            buf_puts(out, "\" name=\"policy\" time=\"0\"/>\n");
        }
        buf_puts(out, "  </testsuite>\n");
    }
    buf_puts(out, "</testsuites>\n");
}

/* A command ends at its line's end; its properties also at commas and colons. */
void lint_command_text(struct buf *b, const char *text, bool property)
{
    for (; *text; text++) {
        if (strchr("%\r\n", *text) || (property && strchr(":,", *text)))
            buf_printf(b, "%%%02X", (unsigned char)*text);
        else
            buf_putc(b, *text);
    }
}

void lint_github(struct buf *out, const struct value *results)
{
    for (size_t i = 0; i < results->count; i++) {
        const struct value *const one = value_at(results, i);
        const struct value *const findings = value_field(one, "findings");

        for (size_t k = 0; k < findings->count; k++) {
            const struct value *const f = value_at(findings, k);
            const struct end *const end = end_of(f);
            int64_t line = 0, column = 0;

            if (!end->github)
                continue;
            buf_printf(out, "::%s file=", end->github);
            lint_command_text(out, field(one, "bundle"), true);
            if (value_field(f, "line") && value_int64(value_field(f, "line"), &line) &&
                value_int64(value_field(f, "column"), &column))
                buf_printf(out, ",line=%lld,col=%lld", (long long)line, (long long)column);
            buf_puts(out, ",title=");
            lint_command_text(out, field(f, "rule"), true);
            buf_printf(out, "::%s: ", end->name);
            lint_command_text(out, field(f, "msg"), false);
            buf_putc(out, '\n');
        }
    }
}
