/* What root declared by `sallyport emergency`, as it stands on the disk. Whether it counts is the
 * policy's to say, by the time of the document. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"
#include "runtime/judge.h"

enum { EMERGENCY_BYTES_MAX = 4096 };

static int unreadable(struct arena *a, const char *why, const struct value **out, struct err *err)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "unreadable", value_str(a, why));
    *out = value_fields_object(a, &f);
    return *out ? 0 : err_nomem(err);
}

/* Only the fields that rules may read, each of them text. */
static const struct value *known_fields(struct arena *a, const struct value *doc)
{
    static const char *const names[] = {"since", "until", "reason", "by", "record"};
    struct value_fields f = {0};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct value *const v = value_field(doc, names[i]);

        value_fields_add(a, &f, names[i], value_cstr(v) ? v : NULL);
    }
    return value_fields_object(a, &f);
}

int gate_emergency(struct arena *a, const struct value **out, struct err *err)
{
    AUTO_FREE char *text = NULL;
    const struct value *doc = NULL;
    struct err why = ERR_INIT;
    size_t len = 0;

    *out = NULL;
    /* Nearly always there is none, and one call says so. */
    if (access(SALLYPORT_EMERGENCY, F_OK) < 0 && errno == ENOENT)
        return 0;
    AUTO_FD int fd = file_open_trusted(SALLYPORT_EMERGENCY, O_RDONLY, &why);
    if (fd < 0 || file_read_fd(fd, EMERGENCY_BYTES_MAX, &text, &len, &why) < 0 ||
        json_parse(a, text, len, JSON_STRICT, &doc, NULL, &why) < 0)
        return unreadable(a, why.text, out, err);
    if (!value_cstr(value_field(doc, "since")) || !value_cstr(value_field(doc, "until")))
        return unreadable(a, "since and until are not told", out, err);
    *out = known_fields(a, doc);
    return *out ? 0 : err_nomem(err);
}
