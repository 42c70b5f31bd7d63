#include "runtime/ranges.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"

enum { OWNER_MAX = PATH_MAX + 256 };

/* ROOT, a line's end, ID: who holds a range. */
static int owner_of(const struct state *s, char out[OWNER_MAX])
{
    const int n = snprintf(out, OWNER_MAX, "%s\n%s", s->root, s->id);

    return n > 0 && n < OWNER_MAX ? n : -1;
}

static uint32_t first_place(const char *owner, size_t len)
{
    uint8_t d[DIGEST_LEN];

    digest_sha256(owner, len, d);
    return ((uint32_t)d[0] << 16 | (uint32_t)d[1] << 8 | d[2]) % RANGES_COUNT;
}

/* Has the runtime lost the container that a range's file names? */
static bool is_gone(char *owner, const struct stat *st)
{
    char path[OWNER_MAX + 2];
    char *const end = strchr(owner, '\n');

    if (time(NULL) - st->st_mtime <= RANGES_YOUNG_S)
        return false;
    if (!end)
        return true;
    *end = '\0';
    (void)snprintf(path, sizeof(path), "%s/%s", owner, end + 1);
    return access(path, F_OK) < 0 && errno == ENOENT;
}

/* May this container take the place? */
static bool is_free(int dir, uint32_t place, const char *owner)
{
    AUTO_FREE char *text = NULL;
    struct err ignored = ERR_INIT;
    struct stat st;
    size_t len = 0;
    char name[16];

    (void)snprintf(name, sizeof(name), "%u", place);
    if (file_read_at(dir, name, OWNER_MAX, &text, &len, &st, &ignored) < 0)
        return ignored.sys == ENOENT;
    return strcmp(text, owner) == 0 || is_gone(text, &st);
}

uint32_t ranges_offer(const struct state *s)
{
    char owner[OWNER_MAX];
    struct err ignored = ERR_INIT;
    const int len = s->id ? owner_of(s, owner) : -1;

    if (len < 0)
        return 0;
    const uint32_t first = first_place(owner, (size_t)len);
    AUTO_FD int dir = state_place(s, "ranges", 0700, &ignored);
    for (uint32_t i = 0; dir >= 0 && i < RANGES_LOOKS; i++) {
        const uint32_t place = (first + i) % RANGES_COUNT;

        if (is_free(dir, place, owner))
            return RANGES_FIRST + place * RANGES_SIZE;
    }
    return 0;
}

int ranges_claim(const struct state *s, uint32_t base, struct err *err)
{
    static const struct timespec pause = {.tv_nsec = 2000000};
    const uint32_t place = (base - RANGES_FIRST) / RANGES_SIZE;
    char owner[OWNER_MAX], name[16];
    const int len = owner_of(s, owner);

    if (base < RANGES_FIRST || place >= RANGES_COUNT || len < 0)
        return err_set(err, ERR_INVALID, "no range of ids begins at %u", base);
    AUTO_FD int dir = state_place(s, "ranges", 0700, err);
    if (dir < 0)
        return err_ctx(err, "ranges of ids");
    for (int tries = 0; flock(dir, LOCK_EX | LOCK_NB) < 0; tries++) {
        if (errno != EWOULDBLOCK || tries == 250)
            return err_sys(err, "ranges of ids");
        (void)nanosleep(&pause, NULL);
    }
    if (!is_free(dir, place, owner))
        return err_set(err, ERR_LIMIT, "the range of ids at %u was taken meanwhile; start it again",
                       base);
    (void)snprintf(name, sizeof(name), "%u", place);
    if (file_replace_at(dir, name, owner, (size_t)len, NULL, 0600, 0, err) < 0)
        return err_ctx(err, "ranges of ids");
    return 0;
}
