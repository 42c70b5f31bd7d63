/* spool_redact: a document is taken away, its digest stays. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/chain.h"
#include "audit/spool.h"
#include "base/file.h"
#include "base/own.h"

/* The rest of the entry after its digest, at `at` of the file, `n` bytes of it. */
static int blank(int fd, off_t at, size_t n, struct err *err)
{
    AUTO_FREE char *rest = malloc(n);

    if (n < sizeof(CHAIN_REDACTED) - 1)
        return err_set(err, ERR_LIMIT, "the document is shorter than what would mark its place");
    if (!rest)
        return err_nomem(err);
    memset(rest, ' ', n);
    memcpy(rest, CHAIN_REDACTED, sizeof(CHAIN_REDACTED) - 1);
    if (pwrite(fd, rest, n, at) != (ssize_t)n)
        return err_sys(err, "write");
    return 0;
}

static int redact_segment(int dirfd, const char *name, const char *digest, uint64_t *n,
                          struct err *err)
{
    AUTO_FREE char *text = NULL;
    AUTO_FD int fd = openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    char head[128];
    size_t len = 0;
    bool changed = false;

    if (fd < 0)
        return err_sys(err, "%s", name);
    if (file_read_fd(fd, SPOOL_SEGMENT_MAX + 4ul * SPOOL_ENTRY_MAX, &text, &len, err) < 0)
        return err_ctx(err, "%s", name);
    (void)snprintf(head, sizeof(head), "{\"kind\":\"blob\",\"digest\":\"%.64s\"", digest);
    for (char *at = text, *stop; (stop = memchr(at, '\n', len - (size_t)(at - text)));
         at = stop + 1) {
        struct chain_entry e;

        if (chain_parse(at, (size_t)(stop - at), &e) != NULL || e.len <= strlen(head) ||
            memcmp(e.json, head, strlen(head)) != 0)
            continue;
        if (!chain_is_redacted(e.json, e.len) &&
            blank(fd, e.json + strlen(head) - text, e.len - strlen(head), err) < 0)
            return err_ctx(err, "%s", name);
        changed = true;
        ++*n;
    }
    return changed && fdatasync(fd) < 0 ? err_sys(err, "%s: sync", name) : 0;
}

int spool_redact(const char *dir, const char *digest, uint64_t *n, struct err *err)
{
    AUTO_SPOOL struct spool s = SPOOL_INIT;
    AUTO_FREE char(*names)[32] = NULL;
    size_t segments = 0;

    *n = 0;
    if (spool_open(&s, dir, err) < 0 || spool_lock(&s, SPOOL_LOCK_MS, err) < 0 ||
        spool_segments(dir, &names, &segments, err) < 0)
        return -1;
    for (size_t i = 0; i < segments; i++)
        if (redact_segment(s.dirfd, names[i], digest, n, err) < 0)
            return err_ctx(err, "spool");
    return 0;
}
