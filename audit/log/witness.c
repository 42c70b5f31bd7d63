#include "audit/log/witness.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "audit/log/state.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

void witness_question_done(struct witness_question *q)
{
    buf_done(&q->body);
}

static void seen_path(const struct note_key *witness, char out[32])
{
    (void)snprintf(out, 32, ".witness/%08" PRIx32, witness->id);
}

/* No file: it saw nothing yet. */
static int seen_read(int dirfd, const struct note_key *witness, uint64_t *out, struct err *err)
{
    AUTO_FREE char *text = NULL;
    unsigned long long n = 0;
    char path[32];
    size_t len = 0;

    *out = 0;
    seen_path(witness, path);
    if (faccessat(dirfd, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return 0;
    if (file_read_at(dirfd, path, 32, &text, &len, NULL, err) < 0)
        return -1;
    if (!str_decimal(text, UINT64_MAX, &n))
        return err_set(err, ERR_INVALID, "log/%s: no size in it", path);
    *out = n;
    return 0;
}

static int seen_write(int dirfd, const struct note_key *witness, uint64_t size, struct err *err)
{
    char path[32], text[24];

    if (mkdirat(dirfd, ".witness", 0755) < 0 && errno != EEXIST)
        return err_sys(err, "log/.witness");
    seen_path(witness, path);
    const int n = snprintf(text, sizeof(text), "%" PRIu64, size);
    return file_replace_at(dirfd, path, text, (size_t)n, NULL, 0644, 1, err);
}

static int read_note(int dirfd, char **note, size_t *len, struct checkpoint *c, struct err *err)
{
    if (file_read_at(dirfd, "checkpoint", NOTE_MAX, note, len, NULL, err) < 0 ||
        checkpoint_parse(*note, *len, c, err) < 0)
        return err_ctx(err, "checkpoint");
    return 0;
}

int witness_ask(const char *dir, const struct note_key *witness, const uint64_t *old,
                struct witness_question *out, struct err *err)
{
    AUTO_FD int dirfd = log_open(dir, 0, err);
    AUTO_FD int lock = dirfd < 0 ? -1 : log_lock(dirfd, LOCK_SH, err);
    AUTO_FREE struct tiles *t = malloc(sizeof(*t));
    AUTO_FREE char *note = NULL;
    struct err ignored = ERR_INIT;
    struct merkle_proof proof;
    struct checkpoint same;
    uint64_t from = 0;
    size_t len = 0;

    if (!t)
        return err_nomem(err);
    if (dirfd < 0 || lock < 0 || read_note(dirfd, &note, &len, &out->c, err) < 0)
        return -1;
    out->done = note_verify(note, len, witness, &same, &ignored) == 0;
    if (out->done)
        return 0;
    if (old)
        from = *old;
    else if (seen_read(dirfd, witness, &from, err) < 0)
        return -1;
    tiles_init(t, dirfd, out->c.size);
    if (tiles_consistency(t, from, &proof, err) < 0)
        return err_ctx(err, "the witness knows a longer log");
    buf_clear(&out->body);
    buf_printf(&out->body, "old %" PRIu64 "\n", from);
    for (size_t i = 0; i < proof.n; i++) {
        note_base64(&out->body, proof.at[i].b, DIGEST_LEN);
        buf_putc(&out->body, '\n');
    }
    buf_putc(&out->body, '\n');
    buf_add(&out->body, note, len);
    return buf_check(&out->body, err);
}

/* Only the lines of this key: whatever else an answer holds is not published. */
static void own_lines(struct buf *b, const struct note_key *witness, const char *lines, size_t len)
{
    char head[NOTE_NAME_MAX + 8];
    const int n = snprintf(head, sizeof(head), "\xe2\x80\x94 %s ", witness->name);

    for (const char *at = lines, *const end = lines + len; at < end;) {
        const char *const nl = memchr(at, '\n', (size_t)(end - at));

        if (!nl)
            return;
        if (nl - at > n && memcmp(at, head, (size_t)n) == 0)
            buf_add(b, at, (size_t)(nl + 1 - at));
        at = nl + 1;
    }
}

int witness_take(const char *dir, const struct note_key *witness, const struct witness_question *q,
                 const char *lines, size_t len, struct err *err)
{
    AUTO_FD int dirfd = log_open(dir, 0, err);
    AUTO_FD int lock = dirfd < 0 ? -1 : log_lock(dirfd, LOCK_EX, err);
    AUTO_BUF struct buf own = BUF_INIT, answer = BUF_INIT;
    AUTO_FREE char *note = NULL;
    struct checkpoint now;
    size_t note_len = 0;

    if (dirfd < 0 || lock < 0 || read_note(dirfd, &note, &note_len, &now, err) < 0)
        return -1;
    own_lines(&own, witness, lines, len);
    checkpoint_print(&answer, &q->c);
    buf_putc(&answer, '\n');
    buf_add(&answer, own.data, own.len);
    if (buf_check(&own, err) < 0 || buf_check(&answer, err) < 0 ||
        note_verify(answer.data, answer.len, witness, &(struct checkpoint){.size = 0}, err) < 0 ||
        seen_write(dirfd, witness, q->c.size, err) < 0)
        return -1;
    if (now.size != q->c.size || !merkle_equal(&now.root, &q->c.root))
        return 0;
    buf_clear(&answer);
    buf_add(&answer, note, note_len);
    buf_add(&answer, own.data, own.len);
    if (buf_check(&answer, err) < 0 ||
        file_replace_at(dirfd, "checkpoint", answer.data, answer.len, NULL, 0644, 1, err) < 0)
        return -1;
    return 1;
}
