/* A term alone, which must be ground: documents written in Rego rather than JSON. */
#include "policy/rego/diag.h"
#include "policy/rego/fold.h"
#include "policy/rego/tree.h"

int rego_parse_term(struct arena *a, struct rego_source *source, const struct value **out,
                    struct err *err)
{
    const struct rego_options opt = {.version = REGO_V1};
    struct rego_diags diags = {0};
    struct rego_body *body;

    if (rego_parse_query(a, source, &opt, &body, &diags, err) < 0)
        return -1;
    if (body->n != 1 || body->at[0]->kind != EXPR_TERM || body->at[0]->with_n)
        return err_set(err, ERR_PARSE, "%s: expected exactly one term",
                       source->name ? source->name : "term");
    const struct value *v = NULL;

    if (fold_term(a, body->at[0]->u.term, &v) < 0)
        return err_nomem(err);
    if (!v)
        return err_set(err, ERR_PARSE, "%s: the term is not ground",
                       source->name ? source->name : "term");
    *out = v;
    return 0;
}
