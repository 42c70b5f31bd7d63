/* tests/policy/builtin_help.h - calls of built-ins as rows: name, operands, result.
 *
 * Operands are a JSON array; {"$set": [...]} in them is a set. A result is compact JSON; one that
 * starts with '!' is a part of the error's text; "?" is undefined.
 */
#ifndef TESTS_POLICY_BUILTIN_HELP_H
#define TESTS_POLICY_BUILTIN_HELP_H

#include "base/own.h"
#include "policy/machine/builtin.h"
#include "policy/machine/machine.h"

#include "tests/help/json.h"

struct call_row {
    const char *name, *args, *want;
};

static inline const struct value *with_sets(struct arena *a, const struct value *v)
{
    const struct value *const set = value_field(v, "$set");
    struct value_list list = {0};
    struct value_fields fields = {0};

    if (v->type < VALUE_ARRAY)
        return v;
    const struct value *const items = set ? set : v;
    for (size_t i = 0; i < items->count; i++) {
        if (value_is(items, VALUE_OBJECT))
            value_fields_put(a, &fields, value_key_at(items, i),
                             with_sets(a, value_val_at(items, i)));
        else
            value_list_add(a, &list, with_sets(a, value_at(items, i)));
    }
    return set                         ? value_list_set(a, &list)
           : value_is(v, VALUE_OBJECT) ? value_fields_object(a, &fields)
                                       : value_list_array(a, &list);
}

static inline void check_call(const struct call_row *row)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 * 1024 * 1024);
    const struct builtin *const b = builtin_find(row->name, strlen(row->name));
    const struct value *const args = with_sets(&a, from_json(&a, row->args));
    const struct machine_options opt = {.seed = 1};
    const struct value *operands[4] = {0}, *out = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(b != NULL, "%s is not linked", row->name);
    ck_assert_uint_eq(args->count, b->arity);
    for (size_t i = 0; i < args->count; i++)
        operands[i] = value_at(args, i);
    struct builtin_ctx ctx = {.arena = &a, .name = b->name, .opt = &opt};
    const int rc = b->fn(&ctx, operands, &out, &err);
    const char *const got = rc < 0 ? err.text : out ? to_json(&a, out) : "?";
    if (row->want[0] == '!')
        ck_assert_msg(rc < 0 && strstr(got, row->want + 1), "%s%s: %s", row->name, row->args, got);
    else
        ck_assert_msg(rc == 0 && strcmp(got, row->want) == 0, "%s%s: %s", row->name, row->args,
                      got);
}

#endif
