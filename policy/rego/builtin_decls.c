#include "policy/rego/builtin_decls.h"

#include <stdlib.h>
#include <string.h>

static const struct builtin_decl decls[] = {
#define DECL(name, infix, arity, flags, args, result) {name, infix, arity, flags, args, result},
#include "policy/rego/builtin_decls.def"
#undef DECL
};

static int by_name(const void *key, const void *row)
{
    const struct builtin_decl *const d = row;

    return strcmp(key, d->name);
}

static struct {
    const struct builtin_decl *rows;
    size_t n;
} registered;

void builtin_decl_register(const struct builtin_decl *rows, size_t n)
{
    registered.rows = rows;
    registered.n = n;
}

const struct builtin_decl *builtin_decl_find(const char *name)
{
    for (size_t i = 0; i < registered.n; i++)
        if (strcmp(registered.rows[i].name, name) == 0)
            return &registered.rows[i];
    return bsearch(name, decls, sizeof(decls) / sizeof(decls[0]), sizeof(decls[0]), by_name);
}

const struct builtin_decl *builtin_decl_row(size_t index)
{
    return index < sizeof(decls) / sizeof(decls[0]) ? &decls[index] : NULL;
}
