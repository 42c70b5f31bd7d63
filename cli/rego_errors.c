#include "cli/rego_errors.h"

#include <string.h>

#include "policy/value/json.h"

static void print_one(struct buf *out, const char *code, const char *text,
                      const struct rego_loc *loc)
{
    buf_puts(out, "    {\n      \"message\": ");
    json_print_string(out, text, strlen(text));
    if (code) {
        buf_puts(out, ",\n      \"code\": ");
        json_print_string(out, code, strlen(code));
    }
    if (loc && loc->source) {
        const struct rego_pos pos = rego_pos_of(*loc);

        buf_puts(out, ",\n      \"location\": {\n        \"file\": ");
        /* A query stands in no file. */
        const char *const file = strcmp(loc->source->name, "query") == 0 ? "" : loc->source->name;
        json_print_string(out, file, strlen(file));
        buf_printf(out, ",\n        \"row\": %u,\n        \"col\": %u\n      }", pos.line, pos.col);
    }
    buf_puts(out, "\n    }");
}

void rego_errors_print(struct buf *out, const struct rego_diags *diags, const struct err *err)
{
    buf_puts(out, "{\n  \"errors\": [\n");
    for (size_t i = 0; i < diags->n; i++) {
        buf_puts(out, i ? ",\n" : "");
        print_one(out, diags->at[i].code, diags->at[i].text, &diags->at[i].loc);
    }
    if (diags->n == 0)
        print_one(out, err->code == ERR_EVAL ? err->eval : NULL, err->text, NULL);
    buf_puts(out, "\n  ]\n}\n");
}

void rego_errors_text(struct buf *out, const struct rego_diags *diags, const struct err *err)
{
    for (size_t i = 0; i < diags->n; i++) {
        rego_diag_print(out, &diags->at[i]);
        buf_putc(out, '\n');
    }
    if (diags->n == 0)
        buf_printf(out, "%s\n", err->text);
}
