#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 0))) static void set_text(struct err *err, const char *fmt,
                                                           va_list ap)
{
    if (vsnprintf(err->text, sizeof(err->text), fmt, ap) < 0)
        err->text[0] = '\0';
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    va_list ap;

    err->code = code;
    err->sys = 0;
    err->eval = NULL;
    va_start(ap, fmt);
    set_text(err, fmt, ap);
    va_end(ap);
    return -1;
}

int err_sys(struct err *err, const char *fmt, ...)
{
    const int saved = errno;
    va_list ap;

    err->code = ERR_SYSTEM;
    err->sys = saved;
    err->eval = NULL;
    va_start(ap, fmt);
    set_text(err, fmt, ap);
    va_end(ap);

    const size_t used = strlen(err->text);
    const char *why = strerrordesc_np(saved);
    (void)snprintf(err->text + used, sizeof(err->text) - used, ": %s", why ? why : "unknown error");
    return -1;
}

int err_ctx(struct err *err, const char *fmt, ...)
{
    char old[ERR_TEXT_MAX];
    va_list ap;

    memcpy(old, err->text, sizeof(old));
    va_start(ap, fmt);
    set_text(err, fmt, ap);
    va_end(ap);

    const size_t used = strlen(err->text);
    (void)snprintf(err->text + used, sizeof(err->text) - used, ": %s", old);
    return -1;
}

int err_eval(struct err *err, const char *eval_code, const char *fmt, ...)
{
    va_list ap;

    err->code = ERR_EVAL;
    err->sys = 0;
    err->eval = eval_code;
    va_start(ap, fmt);
    set_text(err, fmt, ap);
    va_end(ap);
    return -1;
}

int err_nomem(struct err *err)
{
    return err_set(err, ERR_NOMEM, "out of memory");
}
