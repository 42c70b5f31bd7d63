/* policy/machine/template.h - text with actions in braces, as Go's text/template reads it.
 *
 * Layer:   policy/machine
 * Owns:    scratch lives in the arena given.
 * Errors:  ERR_INVALID "template: LINE: ..", ERR_LIMIT (depth, output), ERR_NOMEM.
 * Trust:   text and values are hostile: output and nesting are limited.
 *
 *     {{.a.b}} {{$x}} {{$x := ..}} {{if}} {{else if}} {{else}} {{range $i, $v := ..}} {{with}}
 *     {{end}} {{break}} {{continue}} {{/ * .. * /}} {{- trims -}}, pipelines, and the functions
 *     and or not eq ne lt le gt ge len index slice print printf println html urlquery.
 */
#ifndef POLICY_MACHINE_TEMPLATE_H
#define POLICY_MACHINE_TEMPLATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "policy/value/value.h"

enum {
    TEMPLATE_DEPTH_MAX = 100,
    TEMPLATE_OUTPUT_MAX = 16 * 1024 * 1024,
    TEMPLATE_TURNS_MAX = 1000000
};

int template_render(struct arena *a, const char *text, size_t len, const struct value *dot,
                    struct buf *out, struct err *err) MUST_CHECK;

/* --- functions --------------------------------------------------------------------------- */

/* A value in a template; a name that is not there has none. */
struct operand {
    const struct value *v; /* NULL: no value */
    bool own;              /* a number of the template's, an int or float; others are text */
};

/* Call NAME with n operands: 1 done, 0 no such function, -1. */
int template_call(struct arena *a, const char *name, size_t name_len, const struct operand *args,
                  size_t n, struct operand *out, struct err *err) MUST_CHECK;
bool template_truth(struct operand o);
/* As {{v}} shows it. */
void template_show(struct buf *b, struct operand o);
/* As Go's fmt prints it: map[a:1 b:x], [1 2], strings bare, <nil>. */
void template_print(struct buf *b, struct operand o);

#endif
