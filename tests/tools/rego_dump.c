/* Parse and check Rego and print what comes of it: modules given as files, or all modules of the
 * cases of a conformance file (*.json).
 *
 *     rego_dump [-0] [-s] [-p] [-q] FILE...     -0 v0, -s strict, -p parse only, -q errors only
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/own.h"
#include "policy/rego/dump.h"
#include "policy/rego/rego.h"
#include "policy/value/json.h"

struct mode {
    struct rego_options opt;
    bool parse_only, quiet;
};

static char *slurp(const char *path, size_t *len)
{
    FILE *const f = fopen(path, "rb");
    struct stat st;

    if (!f || fstat(fileno(f), &st) < 0)
        return NULL;
    char *const text = malloc((size_t)st.st_size + 1);

    *len = text ? fread(text, 1, (size_t)st.st_size, f) : 0;
    fclose(f);
    if (text)
        text[*len] = '\0';
    return text;
}

static void show(const struct rego_diags *diags, const struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    for (size_t i = 0; i < diags->n; i++) {
        rego_diag_print(&b, &diags->at[i]);
        buf_putc(&b, '\n');
    }
    fputs(diags->n ? b.data : err->text, stdout);
    if (!diags->n)
        putchar('\n');
}

static int run(const struct mode *mode, struct rego_source *sources, size_t n, const char *query)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)1 << 30);
    struct rego_module *modules[64];
    struct rego_diags diags = {0};
    struct err err = ERR_INIT;

    for (size_t i = 0; i < n; i++) {
        if (rego_parse(&a, &sources[i], &mode->opt, &modules[i], &diags, &err) < 0) {
            show(&diags, &err);
            return 1;
        }
    }
    struct rego_source text = {.name = "query", .text = query, .len = query ? strlen(query) : 0};
    struct rego_entry entry = {.name = "query"};
    struct rego_program *program;

    if (query && rego_parse_query(&a, &text, &mode->opt, &entry.query, &diags, &err) < 0) {
        show(&diags, &err);
        return 1;
    }
    if (mode->parse_only)
        return 0;
    if (rego_check(&a, modules, n, &entry, query != NULL, NULL, &mode->opt, &program, &diags,
                   &err) < 0) {
        show(&diags, &err);
        return 1;
    }
    if (!mode->quiet) {
        AUTO_BUF struct buf b = BUF_INIT;

        rego_dump_program(&b, program);
        fputs(b.data ? b.data : "", stdout);
    }
    return 0;
}

static int run_cases(const struct mode *mode, const char *text, size_t len)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)1 << 30);
    const struct value *doc;
    struct err err = ERR_INIT;
    int bad = 0;

    if (json_parse(&a, text, len, JSON_LAST_WINS, &doc, NULL, &err) < 0) {
        printf("%s\n", err.text);
        return 1;
    }
    const struct value *const cases = value_field(doc, "cases");

    for (size_t i = 0; i < cases->count; i++) {
        const struct value *const c = value_at(cases, i);
        const struct value *const mods = value_field(c, "modules");
        struct rego_source sources[64];
        char names[64][24];
        size_t n = 0;

        for (; mods && n < mods->count && n < 64; n++) {
            snprintf(names[n], sizeof(names[n]), "test-%zu.rego", n);
            sources[n] = (struct rego_source){.name = names[n],
                                              .text = value_bytes(value_at(mods, n)),
                                              .len = value_at(mods, n)->count};
        }
        if (!mode->quiet)
            printf("== %s\n", value_bytes(value_field(c, "note")));
        const int failed = run(mode, sources, n, value_cstr(value_field(c, "query")));

        if (failed && mode->quiet)
            printf("== %s %s\n", value_bytes(value_field(c, "note")),
                   value_field(c, "want_error") ? "(wants an error)" : "");
        bad += failed;
    }
    return bad;
}

int main(int argc, char **argv)
{
    struct mode mode = {.opt = {.version = REGO_V1}};
    int bad = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-0") == 0) {
            mode.opt.version = REGO_V0;
        } else if (strcmp(argv[i], "-s") == 0) {
            mode.opt.strict = true;
        } else if (strcmp(argv[i], "-p") == 0) {
            mode.parse_only = true;
        } else if (strcmp(argv[i], "-q") == 0) {
            mode.quiet = true;
        } else {
            size_t len;
            AUTO_FREE char *text = slurp(argv[i], &len);

            if (!text) {
                perror(argv[i]);
                return 2;
            }
            struct rego_source source = {.name = argv[i], .text = text, .len = len};

            if (strlen(argv[i]) > 5 && strcmp(argv[i] + strlen(argv[i]) - 5, ".json") == 0)
                bad += run_cases(&mode, text, len);
            else
                bad += run(&mode, &source, 1, NULL);
        }
    }
    return bad ? 1 : 0;
}
