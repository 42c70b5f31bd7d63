#include "policy/rego/annotations.h"

void annotations_attach(struct arena *a, struct rego_module *m, struct rego_diags *diags)
{
    (void)a;
    (void)m;
    (void)diags;
}
const struct value *annotations_rule(struct arena *a, const struct rego_rule *r)
{
    (void)r;
    return value_object(a, NULL, NULL, 0);
}
const struct value *annotations_chain(struct arena *a, const struct rego_rule *r)
{
    (void)r;
    return value_array(a, NULL, 0);
}
