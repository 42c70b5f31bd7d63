/* runtime/ranges.h - host ids for user namespaces: a range of its own for each container.
 *
 * Layer:   runtime
 * Owns:    one small file per range in use, <state>/ranges/NUMBER, that names its container.
 * Errors:  ERR_SYSTEM, ERR_TRUST; ERR_LIMIT: the range offered was taken meanwhile.
 * Trust:   the ids lie where no distribution hands out accounts or subordinate ids
 *          (systemd's table of ids calls them unused); nothing on disk ever belongs to them, since
 *          files are mapped when they are mounted. A range is free again when its container is
 *          gone from the runtime's root.
 */
#ifndef RUNTIME_RANGES_H
#define RUNTIME_RANGES_H

#include <stdint.h>

#include "runtime/state.h"

#define RANGES_FIRST 0x70000000u
enum {
    RANGES_SIZE = 65536,
    RANGES_COUNT = 4094,
    RANGES_LOOKS = 64,   /* places tried from the one that the id names */
    RANGES_YOUNG_S = 60, /* a younger one may belong to a create under way */
};

/* The first host id of a range that this container may take; 0 when none was found. Nothing is
 * taken yet. */
uint32_t ranges_offer(const struct state *s);

/* Take it. */
int ranges_claim(const struct state *s, uint32_t base, struct err *err) MUST_CHECK;

#endif
