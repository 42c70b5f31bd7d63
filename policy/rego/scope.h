/* policy/rego/scope.h - which variable a name means.
 *
 * Layer:   policy/rego
 * Owns:    scopes and their entries live in the arena of the check.
 *
 * Two things are kept apart, as OPA does: a name that a scope declares anywhere (some, :=, every,
 * arguments) never means a rule or import there, even before its declaration; and what a name was
 * used as so far, so that `x := 1` after a use of x is an error.
 */
#ifndef POLICY_REGO_SCOPE_H
#define POLICY_REGO_SCOPE_H

#include "policy/rego/check.h"

enum occurrence { OCC_NEW, OCC_ARG, OCC_SEEN, OCC_ASSIGNED, OCC_DECLARED };

struct scope_entry {
    const struct value *name;
    uint32_t slot;
    enum occurrence occ;
    unsigned count;      /* uses, the declaration included */
    struct rego_loc loc; /* of the variable, for those that are declared of the expression */
};

struct scope {
    struct scope *up;
    struct scope_entry *entries;
    size_t n;
    const struct value **declared; /* names declared anywhere in the scope's body */
    size_t declared_n;
};

/* A name of the module's level. */
struct global {
    const struct value *name;
    struct rego_term *ref;      /* TERM_REF headed input or data, or one of these alone */
    struct rego_import *import; /* NULL: a rule */
    bool used;
};
struct globals {
    struct global *at; /* sorted by name */
    size_t n;
};

struct resolver {
    struct check *c;
    struct unit *u;
    struct scope *top;
    struct globals *globals;
    size_t errors;      /* diagnostics before this unit */
    struct rego_loc at; /* of the expression at hand: where declarations stand for messages */
    const struct rego_term *statement; /* the call that is an expression by itself */
    bool unused;        /* something unused was told of in this branch: once is enough */
    struct scope plain; /* variables that nothing declares, by name, one slot in the whole rule */
};

int globals_make(struct check *c, struct rego_module *m, struct globals *out) MUST_CHECK;
struct global *globals_find(const struct globals *g, const struct value *name);

/* Add the names that `b` declares to the scope. */
int scope_collect(struct check *c, struct scope *s, const struct rego_body *b) MUST_CHECK;
int scope_collect_term(struct check *c, struct scope *s, const struct rego_term *t) MUST_CHECK;
struct scope_entry *scope_find(const struct scope *top, const struct value *name);
struct scope_entry *scope_find_here(const struct scope *s, const struct value *name);
bool scope_declares(const struct scope *top, const struct value *name);
struct scope_entry *scope_add(struct resolver *r, struct scope *s, const struct value *name,
                              enum occurrence occ, uint32_t slot, struct rego_loc loc) MUST_CHECK;
int scope_new_slot(struct resolver *r, const struct value *name, struct rego_loc loc,
                   uint32_t *slot) MUST_CHECK;
/* Declare a variable; a diagnostic when it was used or declared before. */
int scope_declare(struct resolver *r, struct rego_term *var, enum occurrence occ) MUST_CHECK;
/* Say what of the scope was declared and never used, once a branch. */
void scope_check_unused(struct resolver *r, const struct scope *s);

/* resolve.c, resolve_call.c */
int resolve_term(struct resolver *r, struct rego_term *t) MUST_CHECK;
int resolve_callee(struct resolver *r, struct rego_callee *callee, struct rego_loc loc,
                   bool nested) MUST_CHECK;
int resolve_with_target(struct resolver *r, struct rego_with *w) MUST_CHECK;
int resolve_with_value(struct resolver *r, struct rego_with *w) MUST_CHECK;
bool resolve_is_root(const struct rego_term *t);
/* A name that no scope shadows and that means a rule or an import. */
struct global *resolve_global(struct resolver *r, const struct value *name);

#endif
