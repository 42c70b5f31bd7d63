/* maskedPaths and readonlyPaths. Baseline: what the engines' own profiles mask, in union. */
#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

/* clang-format off */
static const char *const baseline_masked[] = {
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
    "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
    "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
};
static const char *const baseline_readonly[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};
/* clang-format on */

static void gather(struct arena *a, const struct value *list, const char *pointer,
                   struct value_list *clean, struct value_list *odd)
{
    for (size_t i = 0; i < doc_len(list); i++) {
        const char *const path = value_cstr(value_at(list, i));
        const char *const tidy = path ? doc_path_clean(a, path) : NULL;

        if (!tidy || tidy[0] != '/' || strcmp(tidy, path) != 0)
            value_list_add(a, odd, value_strf(a, "%s/%zu", pointer, i));
        /* A relative path names nothing that a mask could stand on. */
        if (tidy && tidy[0] == '/')
            doc_list_str(a, clean, tidy);
    }
}

static bool covered(const struct value_list *l, const char *path)
{
    for (size_t i = 0; i < l->n; i++) {
        if (doc_path_within(path, value_bytes(l->items[i])))
            return true;
    }
    return false;
}

int derive_paths(struct arena *a, const struct value *config, const struct value **out,
                 struct err *err)
{
    const struct value *const linux_part = value_field(config, "linux");
    struct value_list masked = {0}, readonly = {0}, odd = {0}, no_mask = {0}, no_readonly = {0};
    struct value_fields f = {0};

    gather(a, value_field(linux_part, "maskedPaths"), "/config/linux/maskedPaths", &masked, &odd);
    gather(a, value_field(linux_part, "readonlyPaths"), "/config/linux/readonlyPaths", &readonly,
           &odd);
    if (masked.failed || readonly.failed)
        return err_nomem(err);
    for (size_t i = 0; i < ARRAY_LEN(baseline_masked); i++) {
        if (!covered(&masked, baseline_masked[i]))
            doc_list_str(a, &no_mask, baseline_masked[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(baseline_readonly); i++) {
        if (!covered(&readonly, baseline_readonly[i]) && !covered(&masked, baseline_readonly[i]))
            doc_list_str(a, &no_readonly, baseline_readonly[i]);
    }
    doc_put_sorted(a, &f, "masked", &masked);
    doc_put_sorted(a, &f, "readonly", &readonly);
    doc_put_sorted(a, &f, "missing_masked", &no_mask);
    doc_put_sorted(a, &f, "missing_readonly", &no_readonly);
    doc_put_list(a, &f, "odd", &odd);
    return doc_finish(a, &f, out, err);
}
