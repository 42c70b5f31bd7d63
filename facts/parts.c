#include "facts/parts.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"

void parts_unknown(struct parts *p, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    const int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n > 0)
        value_list_add(p->a, &p->unknown, value_str(p->a, text));
}

const struct value *parts_merge(struct arena *a, const struct value *obj,
                                const struct value_fields *more)
{
    struct value_fields f = {0};

    for (size_t i = 0; i < obj->count; i++)
        value_fields_put(a, &f, value_key_at(obj, i), value_val_at(obj, i));
    for (size_t i = 0; i < more->keys.n; i++)
        value_fields_put(a, &f, more->keys.items[i], more->vals.items[i]);
    return more->keys.failed || more->vals.failed ? NULL : value_fields_object(a, &f);
}

bool parts_read_line(const char *path, char *out, size_t size)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

    if (n < 0)
        return false;
    out[n] = '\0';
    out[strcspn(out, "\n")] = '\0';
    return true;
}
