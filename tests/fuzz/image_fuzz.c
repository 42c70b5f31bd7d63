/* Mutated images, resealed so that the checksum does not hide what is behind it: check, then run
 * under small limits. The first byte of the input selects nothing; all of it is the image. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/machine/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)32 << 20);
    AUTO_FREE uint8_t *bytes = NULL;
    const struct machine_options opt = {.limits = {.steps = 20000, .depth = 32}};
    struct image img = IMAGE_INIT;
    struct err err = ERR_INIT;
    struct image_header h;
    const struct value *out;

    if (size < sizeof(h))
        return 0;
    bytes = malloc(size);
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    memcpy(&h, bytes, sizeof(h));
    memcpy(h.magic, IMAGE_MAGIC, sizeof(h.magic));
    h.format = IMAGE_FORMAT;
    h.len = (uint32_t)size;
    const size_t skip = offsetof(struct image_header, section);
    h.checksum = image_checksum(bytes + skip, size - skip);
    memcpy(bytes, &h, sizeof(h));
    if (image_borrow(&img, bytes, size, &err) < 0 || image_check(&img, &err) < 0)
        return 0;
    const struct value *const names = image_entries(&img);
    for (uint32_t i = 0; i < names->count && i < 8; i++)
        (void)!machine_run(&img, value_bytes(value_at(names, i)), img.data, &a, &opt, &out, NULL,
                           &err);
    return 0;
}
