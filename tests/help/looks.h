/* tests/help/looks.h - a look that takes over what the one before found out says what a look of its
 * own would say. */
#ifndef TESTS_HELP_LOOKS_H
#define TESTS_HELP_LOOKS_H

#include <check.h>

#include "policy/decide/decide.h"

/* Look at `input` with what is remembered of the inputs before, and without; returns how many steps
 * the memory saved. */
static inline uint64_t looks_agree(const struct image *image, struct arena *a,
                                   struct machine_memory *memory, const struct value *input,
                                   const char *name)
{
    const struct machine_options with = {.strict_builtin_errors = true, .memory = memory},
                                 without = {.strict_builtin_errors = true};
    const struct value *one = NULL, *other = NULL;
    struct machine_stats short_way = {0}, long_way = {0};
    struct err err = ERR_INIT;

    ck_assert_msg(machine_run(image, DECIDE_ENTRY, input, a, &with, &one, &short_way, &err) == 0,
                  "%s: %s", name, err.text);
    ck_assert_msg(machine_run(image, DECIDE_ENTRY, input, a, &without, &other, &long_way, &err) ==
                      0,
                  "%s: %s", name, err.text);
    ck_assert_msg(one && other && value_equal(one, other), "%s: the looks differ", name);
    ck_assert_uint_le(short_way.steps, long_way.steps);
    return long_way.steps - short_way.steps;
}

#endif
