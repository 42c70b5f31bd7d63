#include "policy/machine/image.h"

#include <endian.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const size_t image_element_size[IMAGE_SECTIONS] = {
    [IMAGE_VALUES] = 1,
    [IMAGE_CONSTS] = sizeof(uint32_t),
    [IMAGE_NODES] = sizeof(struct image_node),
    [IMAGE_SETS] = sizeof(struct image_set),
    [IMAGE_BODIES] = sizeof(struct image_body),
    [IMAGE_CODE] = sizeof(struct image_op),
    [IMAGE_PATHS] = sizeof(struct image_path),
    [IMAGE_WITHS] = sizeof(struct image_with),
    [IMAGE_WITH_ITEMS] = sizeof(struct image_with_item),
    [IMAGE_INDEX] = sizeof(uint32_t),
    [IMAGE_BUILTINS] = sizeof(struct image_builtin),
    [IMAGE_ENTRIES] = sizeof(struct image_entry),
    [IMAGE_ROWS] = sizeof(struct image_row),
};

_Static_assert(sizeof(struct image_op) == 12 && sizeof(struct image_node) == 32 &&
                   sizeof(struct image_header) % 8 == 0,
               "the image's layout");

/* --- checksum ---------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9fb21c651e98df25u;
    return h ^ (h >> 32);
}

static uint64_t word_at(const uint8_t *p)
{
    uint64_t w;

    memcpy(&w, p, 8);
    return le64toh(w);
}

/* Against torn and damaged files, not against forgery: four independent lanes, so that it runs at
 * the speed of memory. */
uint64_t image_checksum(const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    uint64_t a = 0x243f6a8885a308d3u ^ len, b = 0x13198a2e03707344u, c = 0xa4093822299f31d0u,
             d = 0x082efa98ec4e6c89u;
    size_t left = len;

    for (; left >= 32; left -= 32, p += 32) {
        a = mix(a, word_at(p));
        b = mix(b, word_at(p + 8));
        c = mix(c, word_at(p + 16));
        d = mix(d, word_at(p + 24));
    }
    for (; left >= 8; left -= 8, p += 8)
        a = mix(a, word_at(p));
    for (; left > 0; left--, p++)
        b = mix(b, *p);
    return mix(mix(mix(a, b), c), d);
}

/* --- opening ----------------------------------------------------------------------------- */

static int check_sections(const struct image_header *h, struct err *err)
{
    for (int i = 0; i < IMAGE_SECTIONS; i++) {
        const uint64_t at = h->section[i].at, n = h->section[i].n;

        if (at % 8 != 0 || at < sizeof(*h) || at + n * image_element_size[i] > h->len)
            return err_set(err, ERR_INVALID, "image: section %d is out of bounds", i);
    }
    return 0;
}

static int check_header(const void *bytes, size_t len, struct err *err)
{
    const struct image_header *const h = bytes;

    if (len < sizeof(*h) || memcmp(h->magic, IMAGE_MAGIC, sizeof(h->magic)) != 0)
        return err_set(err, ERR_INVALID, "not a policy image");
    if (h->format < IMAGE_FORMAT_OLDEST || h->format > IMAGE_FORMAT)
        return err_set(err, ERR_INVALID, "image format %u, this program reads %d to %d", h->format,
                       IMAGE_FORMAT_OLDEST, IMAGE_FORMAT);
    if (len > IMAGE_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "image larger than %d bytes", IMAGE_BYTES_MAX);
    if (h->len != len)
        return err_set(err, ERR_INVALID, "image: %zu bytes, its header says %u", len, h->len);

    const size_t skip = offsetof(struct image_header, section);
    if (image_checksum((const uint8_t *)bytes + skip, len - skip) != h->checksum)
        return err_set(err, ERR_INVALID, "image: wrong checksum");
    return check_sections(h, err);
}

/* The four named values must at least start inside the values. */
static int adopt(struct image *img, const void *bytes, size_t len, bool mapped, struct err *err)
{
    const struct image_header *const h = bytes;
    const uint32_t at[] = {h->meta, h->data, h->entries, h->builtins};
    const struct image_span values = h->section[IMAGE_VALUES];

    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
        if (at[i] % 8 != 0 || at[i] < values.at ||
            (uint64_t)at[i] + sizeof(struct value) > (uint64_t)values.at + values.n)
            return err_set(err, ERR_INVALID, "image: header names a value out of bounds");
    *img = (struct image){.bytes = bytes, .len = len, .mapped = mapped};
    img->meta = image_value(img, h->meta);
    img->data = image_value(img, h->data);
    return 0;
}

int image_borrow(struct image *img, const void *bytes, size_t len, struct err *err)
{
    if ((uintptr_t)bytes % 8 != 0)
        return err_set(err, ERR_BUG, "image bytes are not aligned");
    if (check_header(bytes, len, err) < 0)
        return -1;
    return adopt(img, bytes, len, false, err);
}

int image_map(struct image *img, int fd, struct err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return err_sys(err, "image: stat");
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_INVALID, "image: not a regular file");
    if (st.st_size > IMAGE_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "image larger than %d bytes", IMAGE_BYTES_MAX);
    if (st.st_size < (off_t)sizeof(struct image_header))
        return err_set(err, ERR_INVALID, "not a policy image");

    const size_t len = (size_t)st.st_size;
    void *const bytes = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (bytes == MAP_FAILED)
        return err_sys(err, "image: map");
    if (check_header(bytes, len, err) < 0 || adopt(img, bytes, len, true, err) < 0) {
        (void)munmap(bytes, len);
        return -1;
    }
    return 0;
}

bool image_is_other(int fd, uint32_t *format)
{
    struct {
        char magic[8];
        uint32_t format;
    } head;

    if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
        memcmp(head.magic, IMAGE_MAGIC, sizeof(head.magic)) != 0)
        return false;
    *format = head.format;
    return head.format != IMAGE_FORMAT;
}

void image_close(struct image *img)
{
    if (img->mapped)
        (void)munmap((void *)(uintptr_t)img->bytes, img->len);
    *img = IMAGE_INIT;
}

/* --- reading ----------------------------------------------------------------------------- */

const struct value *image_entries(const struct image *img)
{
    return image_value(img, image_head(img)->entries);
}

const struct value *image_builtins(const struct image *img)
{
    return image_value(img, image_head(img)->builtins);
}

bool image_scalar_hash(const struct value *v, uint32_t *hash)
{
    int64_t n;

    switch ((enum value_type)v->type) {
    case VALUE_NULL:
        *hash = 1;
        return true;
    case VALUE_BOOL:
        *hash = 2 + v->count;
        return true;
    case VALUE_STRING:
        *hash = v->u.string.hash;
        return true;
    case VALUE_NUMBER:
        if (!value_int64(v, &n))
            return false;
        *hash = (uint32_t)((uint64_t)n * 0x9e3779b97f4a7c15u >> 32);
        return true;
    default:
        return false;
    }
}

const struct image_row *image_row_of(const struct image *img, uint32_t code)
{
    const struct image_row *const rows = image_table(img, IMAGE_ROWS);
    size_t low = 0, high = image_count(img, IMAGE_ROWS);

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (rows[mid].code <= code)
            low = mid + 1;
        else
            high = mid;
    }
    return low > 0 ? &rows[low - 1] : NULL;
}

size_t image_rows(const struct image *img)
{
    return image_count(img, IMAGE_ROWS);
}

const char *image_row_at(const struct image *img, size_t row, unsigned *line, unsigned *col)
{
    const struct image_row *const r = (const struct image_row *)image_table(img, IMAGE_ROWS) + row;

    *line = r->line;
    *col = r->col;
    return value_bytes(image_value(img, r->file));
}
