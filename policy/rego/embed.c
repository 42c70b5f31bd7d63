/* policy/rego/embed.c - the engine as a library; the contract stands in include/sallyport/rego.h.
 */
#include <sallyport/rego.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "policy/machine/machine.h"
#include "policy/rego/builtins_tools.h"
#include "policy/rego/rego.h"
#include "policy/value/json.h"

#define PUBLIC __attribute__((visibility("default")))
#define QUERY "embedded"

enum { MODULES_MAX = 4096 };

struct sallyport_rego {
    struct arena a;
    enum rego_version version;
    struct rego_module *modules[MODULES_MAX];
    size_t n;
    const struct value *data;
    struct image img;
    bool compiled;
    struct err err;
};

PUBLIC struct sallyport_rego *sallyport_rego_new(void)
{
    static bool registered;
    struct sallyport_rego *const r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    if (!registered)
        rego_builtins_register();
    registered = true;
    r->a = ARENA_INIT(SALLYPORT_REGO_BYTES);
    r->version = REGO_V1;
    r->img = IMAGE_INIT;
    return r;
}

PUBLIC void sallyport_rego_free(struct sallyport_rego *r)
{
    if (!r)
        return;
    image_close(&r->img);
    arena_done(&r->a);
    free(r);
}

PUBLIC void sallyport_rego_v0(struct sallyport_rego *r)
{
    r->version = REGO_V0;
}

static int usable(struct sallyport_rego *r)
{
    r->err = ERR_INIT;
    return r->compiled ? err_set(&r->err, ERR_USAGE, "it is compiled already") : 0;
}

PUBLIC int sallyport_rego_module(struct sallyport_rego *r, const char *name, const char *text)
{
    const struct rego_options opt = {.version = r->version};
    struct rego_source *const source = ARENA_NEW(&r->a, struct rego_source);
    struct rego_diags diags = {0};

    if (usable(r) < 0)
        return -1;
    if (r->n == MODULES_MAX)
        return err_set(&r->err, ERR_LIMIT, "more than %d modules", MODULES_MAX);
    if (!source)
        return err_nomem(&r->err);
    *source = (struct rego_source){.name = arena_strndup(&r->a, name, strlen(name)),
                                   .text = arena_strndup(&r->a, text, strlen(text)),
                                   .len = strlen(text)};
    if (!source->name || !source->text)
        return err_nomem(&r->err);
    if (rego_parse(&r->a, source, &opt, &r->modules[r->n], &diags, &r->err) < 0)
        return -1;
    r->n++;
    return 0;
}

PUBLIC int sallyport_rego_data(struct sallyport_rego *r, const char *json)
{
    const struct value *doc;

    if (usable(r) < 0 ||
        json_parse(&r->a, json, strlen(json), JSON_LAST_WINS, &doc, NULL, &r->err) < 0)
        return -1;
    if (!value_is(doc, VALUE_OBJECT))
        return err_set(&r->err, ERR_INVALID, "data is not an object");
    r->data = doc;
    return 0;
}

static int compile(struct sallyport_rego *r, const char *query)
{
    const struct rego_options opt = {.version = REGO_V1};
    AUTO_BUF struct buf bytes = {.max = IMAGE_BYTES_MAX};
    struct rego_source source = {.name = "query",
                                 .text = arena_printf(&r->a, "result := %s", query)};
    struct rego_entry entry = {.name = QUERY};
    struct rego_diags diags = {0};
    struct rego_program *program;

    if (!source.text)
        return err_nomem(&r->err);
    source.len = strlen(source.text);
    if (rego_parse_query(&r->a, &source, &opt, &entry.query, &diags, &r->err) < 0 ||
        rego_check(&r->a, r->modules, r->n, &entry, 1, r->data, &opt, &program, &diags, &r->err) <
            0 ||
        rego_emit(&r->a, program, &entry, 1, NULL, &bytes, &r->err) < 0)
        return -1;
    void *const kept = arena_alloc(&r->a, bytes.len);
    if (!kept)
        return err_nomem(&r->err);
    memcpy(kept, bytes.data, bytes.len);
    return image_borrow(&r->img, kept, bytes.len, &r->err);
}

PUBLIC int sallyport_rego_compile(struct sallyport_rego *r, const char *query)
{
    if (usable(r) < 0 || compile(r, query) < 0)
        return -1;
    r->compiled = true;
    return 0;
}

static int eval(struct sallyport_rego *r, struct arena *a, const char *text, char **json)
{
    const struct machine_options opt = {.now_ns = clock_wall_ns(),
                                        .seed = (uint64_t)clock_wall_ns()};
    AUTO_BUF struct buf out = BUF_INIT;
    const struct value *input = NULL, *answers = NULL;
    struct machine_stats stats;
    size_t len;

    if (text && json_parse(a, text, strlen(text), JSON_LAST_WINS, &input, NULL, &r->err) < 0)
        return err_ctx(&r->err, "input");
    if (machine_run(&r->img, QUERY, input, a, &opt, &answers, &stats, &r->err) < 0)
        return -1;
    if (!answers || answers->count == 0)
        return 0;
    const struct value *const v = value_field(value_at(answers, 0), "result");
    if (!v)
        return err_set(&r->err, ERR_BUG, "the query's answer has no value");
    json_print(&out, v, JSON_COMPACT);
    if (buf_check(&out, &r->err) < 0)
        return -1;
    *json = buf_take(&out, &len);
    return *json ? 1 : err_nomem(&r->err);
}

PUBLIC int sallyport_rego_eval(struct sallyport_rego *r, const char *input, char **json)
{
    AUTO_ARENA struct arena a = ARENA_INIT(SALLYPORT_REGO_BYTES);

    *json = NULL;
    r->err = ERR_INIT;
    if (!r->compiled)
        return err_set(&r->err, ERR_USAGE, "nothing is compiled");
    return eval(r, &a, input, json);
}

PUBLIC const char *sallyport_rego_error(const struct sallyport_rego *r)
{
    return r->err.text;
}
