#include "audit/log/bundle.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"

int bundle_each(const struct tiles *t, uint64_t n, bundle_visit *visit, void *ctx, struct err *err)
{
    const unsigned width = tiles_width(t, TILE_ENTRIES, n);
    char path[TILE_PATH_MAX];
    AUTO_FREE char *bytes = NULL;
    size_t len = 0, at = 0;

    tile_path(TILE_ENTRIES, n, width, path);
    if (file_read_at(t->dirfd, path, BUNDLE_MAX, &bytes, &len, NULL, err) < 0)
        return err_ctx(err, "%s", path);
    for (unsigned i = 0; i < width; i++) {
        const size_t left = len - at;
        const size_t size =
            left < 2 ? 0 : (size_t)(uint8_t)bytes[at] << 8 | (size_t)(uint8_t)bytes[at + 1];

        if (left < 2 || left - 2 < size)
            return err_set(err, ERR_INVALID, "%s: ends within entry %u of %u", path, i, width);
        if (visit(ctx, n * TILE_WIDTH + i, bytes + at + 2, size, err) < 0)
            return -1;
        at += 2 + size;
    }
    if (at != len)
        return err_set(err, ERR_INVALID, "%s: %zu bytes after its last entry", path, len - at);
    return 0;
}

/* --- the edge -------------------------------------------------------------------------------- */

static int make_parents(int dirfd, const char *path, struct err *err)
{
    char part[TILE_PATH_MAX];

    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        memcpy(part, path, (size_t)(slash - path));
        part[slash - path] = '\0';
        if (mkdirat(dirfd, part, 0755) < 0 && errno != EEXIST)
            return err_sys(err, "%s", part);
    }
    return 0;
}

static int write_tile(const struct edge *e, int level, uint64_t n, unsigned width,
                      const void *bytes, size_t len, struct err *err)
{
    char path[TILE_PATH_MAX];

    tile_path(level, n, width, path);
    if (make_parents(e->dirfd, path, err) < 0 ||
        file_replace_at(e->dirfd, path, bytes, len, NULL, 0644, 1, err) < 0)
        return err_ctx(err, "%s", path);
    return 0;
}

int edge_open(struct edge *e, int dirfd, uint64_t size, struct err *err)
{
    char path[TILE_PATH_MAX];
    AUTO_FREE char *bundle = NULL;
    size_t len = 0;

    memset(e, 0, sizeof(*e));
    e->dirfd = dirfd;
    e->size = size;
    for (int level = 0; level < TILE_LEVELS; level++) {
        const uint64_t hashes = size >> (level * TILE_BITS);
        AUTO_FREE char *bytes = NULL;

        e->level[level].n = (unsigned)(hashes % TILE_WIDTH);
        if (e->level[level].n == 0)
            continue;
        tile_path(level, hashes / TILE_WIDTH, e->level[level].n, path);
        if (file_read_at(dirfd, path, sizeof(e->level[level].at), &bytes, &len, NULL, err) < 0)
            return err_ctx(err, "%s", path);
        if (len != e->level[level].n * (size_t)DIGEST_LEN)
            return err_set(err, ERR_INVALID, "%s: wrong length", path);
        memcpy(e->level[level].at, bytes, len);
    }
    if (e->level[0].n == 0)
        return 0;
    tile_path(TILE_ENTRIES, size / TILE_WIDTH, e->level[0].n, path);
    if (file_read_at(dirfd, path, BUNDLE_MAX, &bundle, &len, NULL, err) < 0)
        return err_ctx(err, "%s", path);
    buf_add(&e->entries, bundle, len);
    return buf_check(&e->entries, err);
}

/* A full tile is written, and its root stands one level up. */
static int push(struct edge *e, int level, struct merkle_hash hash, uint64_t full, struct err *err)
{
    struct merkle_hash *const at = e->level[level].at;

    at[e->level[level].n++] = hash;
    if (e->level[level].n < TILE_WIDTH)
        return 0;
    if (write_tile(e, level, full, TILE_WIDTH, at, sizeof(e->level[level].at), err) < 0)
        return -1;
    e->level[level].n = 0;
    if (level + 1 == TILE_LEVELS)
        return err_set(err, ERR_LIMIT, "the log is full");
    for (size_t n = TILE_WIDTH; n > 1; n /= 2)
        for (size_t i = 0; i < n / 2; i++)
            at[i] = merkle_node(&at[2 * i], &at[2 * i + 1]);
    return push(e, level + 1, at[0], full / TILE_WIDTH, err);
}

int edge_add(struct edge *e, const char *entry, size_t len, struct err *err)
{
    const uint64_t full = e->size / TILE_WIDTH;

    if (len > ENTRY_MAX)
        return err_set(err, ERR_LIMIT, "entry of %zu bytes, at most %d", len, ENTRY_MAX);
    buf_putc(&e->entries, (char)(len >> 8));
    buf_putc(&e->entries, (char)(len & 0xff));
    buf_add(&e->entries, entry, len);
    if (buf_check(&e->entries, err) < 0)
        return -1;
    e->size++;
    if (e->size % TILE_WIDTH == 0) {
        if (write_tile(e, TILE_ENTRIES, full, TILE_WIDTH, e->entries.data, e->entries.len, err) < 0)
            return -1;
        buf_clear(&e->entries);
    }
    return push(e, 0, merkle_leaf(entry, len), full, err);
}

int edge_write(struct edge *e, struct err *err)
{
    for (int level = 0; level < TILE_LEVELS; level++) {
        const unsigned n = e->level[level].n;

        if (n > 0 && write_tile(e, level, (e->size >> (level * TILE_BITS)) / TILE_WIDTH, n,
                                e->level[level].at, n * (size_t)DIGEST_LEN, err) < 0)
            return -1;
    }
    if (e->level[0].n == 0)
        return 0;
    return write_tile(e, TILE_ENTRIES, e->size / TILE_WIDTH, e->level[0].n, e->entries.data,
                      e->entries.len, err);
}

/* The partial tiles of full tile n are all that directory PATH.p holds, but for what a crash left.
 */
static int drop_partials(int dirfd, int level, uint64_t n, struct err *err)
{
    char path[TILE_PATH_MAX + 8];

    tile_path(level, n, TILE_WIDTH, path);
    const size_t len = strlen(path);
    memcpy(path + len, ".p", 3);
    const int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : err_sys(err, "%s", path);
    DIR *const d = fdopendir(fd);
    if (!d) {
        err_sys(err, "%s", path);
        (void)close(fd);
        return -1;
    }
    int status = 0;
    for (const struct dirent *e = readdir(d); e && status == 0; e = readdir(d))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            unlinkat(fd, e->d_name, 0) < 0)
            status = err_sys(err, "%s/%s", path, e->d_name);
    (void)closedir(d);
    if (status == 0 && unlinkat(dirfd, path, AT_REMOVEDIR) < 0)
        status = err_sys(err, "%s", path);
    return status;
}

int edge_collect(int dirfd, uint64_t from, uint64_t to, struct err *err)
{
    for (int level = TILE_ENTRIES; level < TILE_LEVELS; level++) {
        const int shift = (level == TILE_ENTRIES ? 1 : level + 1) * TILE_BITS;
        const uint64_t had = shift < 64 ? from >> shift : 0, has = shift < 64 ? to >> shift : 0;

        for (uint64_t n = had; n < has; n++)
            if (drop_partials(dirfd, level, n, err) < 0)
                return -1;
    }
    return 0;
}

void edge_done(struct edge *e)
{
    buf_done(&e->entries);
}
