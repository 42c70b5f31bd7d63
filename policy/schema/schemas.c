/* policy/schema/schemas.c - see schemas.h. The build runs at the top of the tree. */
#include "policy/schema/schemas.h"

#define EMBED(name, file)                                                                          \
    __asm__(".pushsection .rodata\n" #name "_bytes:\n.incbin \"" file "\"\n" #name                 \
            "_end:\n.byte 0\n.popsection\n");                                                      \
    extern const char name##_bytes[] __attribute__((visibility("hidden")));                        \
    extern const char name##_end[] __attribute__((visibility("hidden")));                          \
    static struct schema_text name##_text(void)                                                    \
    {                                                                                              \
        return (struct schema_text){name##_bytes, (size_t)(name##_end - name##_bytes)};            \
    }

EMBED(input, "policy/schema/input.schema.json")
EMBED(settings, "policy/schema/settings.schema.json")

struct schema_text schema_input(void)
{
    return input_text();
}

struct schema_text schema_settings(void)
{
    return settings_text();
}
