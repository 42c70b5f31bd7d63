/* Writes profiles/call_names.inc: the names of system calls that libseccomp knows, as a hash table.
 *
 *     call_names > profiles/call_names.inc */
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/value/value.h"

enum { NAMES_MAX = 900, SLOTS = 1024, NUMBERS = 8192, PSEUDO_FIRST = -11000 };

static char *names[NAMES_MAX];
static size_t n;

static void add(char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            free(name);
            return;
        }
    }
    if (n == NAMES_MAX)
        abort();
    names[n++] = name;
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

int main(void)
{
    static const uint32_t arches[] = {SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_AARCH64,
                                      SCMP_ARCH_S390X, SCMP_ARCH_RISCV64};
    static unsigned slot[SLOTS];
    unsigned at = 0;

    for (size_t i = 0; i < sizeof(arches) / sizeof(arches[0]); i++) {
        for (int nr = PSEUDO_FIRST; nr < NUMBERS; nr++) {
            char *const name = seccomp_syscall_resolve_num_arch(arches[i], nr);

            if (name)
                add(name);
        }
    }
    qsort(names, n, sizeof(names[0]), by_name);
    (void)printf("/* Written by tests/tools/call_names.c from libseccomp %u.%u.%u: %zu names. */\n",
                 seccomp_version()->major, seccomp_version()->minor, seccomp_version()->micro, n);
    (void)printf("static const char call_names[] =\n");
    for (size_t i = 0; i < n; i++) {
        size_t k = value_hash_bytes(names[i], strlen(names[i])) % SLOTS;

        while (slot[k])
            k = (k + 1) % SLOTS;
        slot[k] = at + 1;
        at += (unsigned)strlen(names[i]) + 1;
        (void)printf("    \"%s\\0\"\n", names[i]);
        free(names[i]);
    }
    (void)printf("    ;\nstatic const uint16_t call_slots[%d] = {", SLOTS);
    for (size_t i = 0; i < SLOTS; i++)
        (void)printf("%s%u,", i % 16 ? " " : "\n    ", slot[i]);
    (void)printf("\n};\n");
    return 0;
}
