/* policy/build/profiles.c - profiles as data of the rules. The build runs at the top of the tree.
 */
#include "policy/build/compile.h"
#include "policy/value/json.h"

__asm__(".pushsection .rodata\n"
        "seccomp_baseline_bytes:\n"
        ".incbin \"profiles/seccomp/baseline.json\"\n"
        "seccomp_baseline_end:\n"
        ".byte 0\n"
        ".popsection\n");
extern const char seccomp_baseline_bytes[] __attribute__((visibility("hidden")));
extern const char seccomp_baseline_end[] __attribute__((visibility("hidden")));

int compile_profiles(struct arena *a, const struct value **out, struct err *err)
{
    struct value_fields seccomp = {0}, all = {0};
    const struct value *doc;

    if (json_parse(a, seccomp_baseline_bytes,
                   (size_t)(seccomp_baseline_end - seccomp_baseline_bytes), JSON_STRICT, &doc, NULL,
                   err) < 0)
        return err_ctx(err, "baseline seccomp profile");
    value_fields_add(a, &seccomp, "baseline", doc);
    value_fields_add(a, &all, "seccomp", value_fields_object(a, &seccomp));
    *out = value_fields_object(a, &all);
    return *out ? 0 : err_nomem(err);
}
