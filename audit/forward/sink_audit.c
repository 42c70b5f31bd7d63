/* The kernel's audit log: one VIRT_CONTROL event each, in the vocabulary that ausearch and auvirt
 * read (virt, op, reason, vm, uuid). The kernel acknowledges each. */
#include <errno.h>
#include <libaudit.h>
#include <stdlib.h>
#include <string.h>

#include "audit/forward/sink.h"
#include "base/own.h"

static void pair(struct buf *b, const char *name, const char *value)
{
    char *const text = value ? audit_encode_nv_string(name, value, 0) : NULL;

    if (!text)
        return;
    buf_putc(b, ' ');
    buf_puts(b, text);
    free(text);
}

/* A word of our own vocabulary stands bare, as libvirt's do; any other is encoded. */
static void word(struct buf *b, const char *name, const char *value)
{
    if (!value || value[strspn(value, "abcdefghijklmnopqrstuvwxyz-")] != '\0')
        pair(b, name, value);
    else
        buf_printf(b, " %s=%s", name, value);
}

static void event(struct buf *b, const struct value *record)
{
    const struct value *const box = value_path(record, "sallyport", "container", NULL);
    const char *const name = value_cstr(value_field(box, "name"));
    const char *const id = value_cstr(value_field(box, "id"));

    buf_puts(b, "virt=container");
    word(b, "op", value_cstr(value_path(record, "sallyport", "operation", NULL)));
    word(b, "reason", value_cstr(value_path(record, "result", "verdict", NULL)));
    pair(b, "vm", name ? name : id);
    pair(b, "uuid", id);
    pair(b, "rule", format_rule(record));
    pair(b, "decision", value_cstr(value_field(record, "decision_id")));
}

int sink_audit(struct sink *s, const struct sink_item *items, size_t n, size_t *sent,
               struct err *err)
{
    AUTO_FD int fd = audit_open();
    AUTO_BUF struct buf b = BUF_INIT;

    (void)s;
    if (fd < 0)
        return err_sys(err, "the kernel's audit log");
    if (audit_is_enabled(fd) == 0) /* it would acknowledge, and keep nothing */
        return err_set(err, ERR_SYSTEM, "the kernel's audit log is off (auditctl -e 1)");
    for (size_t i = 0; i < n; i++) {
        const char *const verdict =
            value_cstr(value_path(items[i].record, "result", "verdict", NULL));
        const int started =
            verdict && (strcmp(verdict, "admit") == 0 || strcmp(verdict, "harden") == 0);

        buf_clear(&b);
        event(&b, items[i].record);
        if (buf_check(&b, err) < 0)
            return -1;
        if (audit_log_user_message(fd, AUDIT_VIRT_CONTROL, b.data, NULL, NULL, NULL, started) < 0)
            return err_sys(err, "the kernel's audit log");
        (*sent)++;
    }
    return 0;
}
