#include "facts/table.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

enum { TEXT_FIRST = 256 * 1024 };

/* A whole table of the kernel, in the arena, where it is read to: there may be thousands of mounts.
 * NULL when it cannot be had. */
static char *table_text(struct arena *a, const char *path)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t room = TEXT_FIRST, used = 0;
    char *text = fd < 0 ? NULL : arena_alloc(a, room);

    while (text) {
        const ssize_t n = read(fd, text + used, room - used - 1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || used + (size_t)n > TABLE_BYTES_MAX)
            return NULL;
        used += (size_t)n;
        if (n == 0)
            break;
        if (room - used < 2) {
            char *const more = arena_alloc(a, room * 2);

            if (more)
                memcpy(more, text, used);
            text = more;
            room *= 2;
        }
    }
    if (text)
        text[used] = '\0';
    return text;
}

static size_t lines_of(const char *text)
{
    size_t n = 1;

    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

/* The next word of a line, which ends there; NULL when there is none. A loop of its own: words are
 * short and many. */
static char *word(char **at)
{
    char *start = *at;

    while (*start == ' ')
        start++;
    char *end = start;
    while (*end != ' ' && *end != '\n' && *end)
        end++;
    if (end == start)
        return NULL;
    *at = end + (*end != '\0');
    *end = '\0';
    return start;
}

/* Blanks and backslashes in names are written as \040 and the like. */
static void unescape(char *s)
{
    char *to = s = strchrnul(s, '\\');

    for (; *s; s++) {
        if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
            s[3] >= '0' && s[3] <= '7') {
            *to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
            s += 3;
        } else {
            *to++ = *s;
        }
    }
    *to = '\0';
}

/* "36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/x rw" */
static bool read_mount(char *line, struct table_mount *out)
{
    char *at = line, *part[6];

    for (size_t i = 0; i < ARRAY_LEN(part); i++) {
        part[i] = word(&at);
        if (!part[i])
            return false;
    }
    for (const char *w = word(&at); w && strcmp(w, "-") != 0; w = word(&at))
        ;
    const char *const type = word(&at), *const source = word(&at);
    const char *const options = source ? word(&at) : NULL;
    if (!type)
        return false;
    unescape(part[3]);
    unescape(part[4]);
    *out = (struct table_mount){.dev = part[2],
                                .root = part[3],
                                .point = part[4],
                                .type = type,
                                .options = options ? options : ""};
    return true;
}

void table_mounts(struct table *t, struct arena *a)
{
    if (t->read)
        return;
    t->read = true;
    char *const text = table_text(a, "/proc/self/mountinfo");
    if (!text)
        return;
    t->mounts = ARENA_NEW_N(a, struct table_mount, lines_of(text));
    if (!t->mounts)
        return;
    for (char *line = text, *end; *line; line = end) {
        end = strchrnul(line, '\n');
        if (*end)
            *end++ = '\0';
        t->n += read_mount(line, &t->mounts[t->n]);
    }
    t->whole = true;
}

void table_sockets(struct table *t, struct arena *a)
{
    if (t->sockets_read)
        return;
    t->sockets_read = true;
    char *const text = table_text(a, "/proc/net/unix");
    if (!text)
        return;
    t->sockets = ARENA_NEW_N(a, const char *, lines_of(text));
    for (char *line = text, *end; t->sockets && *line; line = end) {
        char *at = line, *part[7];
        size_t n = 0;

        end = strchrnul(line, '\n');
        if (*end)
            *end++ = '\0';
        while (n < ARRAY_LEN(part) && (part[n] = word(&at)))
            n++;
        /* Num RefCount Protocol Flags Type St Inode Path; the flag is SO_ACCEPTCON. */
        if (n == ARRAY_LEN(part) && strcmp(part[3], "00010000") == 0 && *at == '/')
            t->sockets[t->n_sockets++] = at;
    }
    t->sockets_whole = t->sockets;
}

const struct table_mount *table_mount_of(const struct table *t, const char *path)
{
    const struct table_mount *best = NULL;

    /* Of two on one point the later covers the earlier. */
    for (size_t i = 0; i < t->n; i++) {
        const struct table_mount *const m = &t->mounts[i];

        if (doc_path_within(path, m->point) && (!best || strlen(m->point) >= strlen(best->point)))
            best = m;
    }
    return best;
}

/* What follows `top` in path: "" or "/x"; top "/" leaves all of it. */
static const char *after(const char *path, const char *top)
{
    return strcmp(top, "/") == 0 ? (strcmp(path, "/") == 0 ? "" : path) : path + strlen(top);
}

static const char *join(struct arena *a, const char *top, const char *rest)
{
    if (!*rest)
        return top;
    return strcmp(top, "/") == 0 ? rest : arena_printf(a, "%s%s", top, rest);
}

const char *table_below(struct arena *a, const char *top, const struct table_mount *m,
                        const char *path)
{
    const char *const inner = join(a, m->root, after(path, m->point));

    return inner ? join(a, top, strcmp(inner, "/") == 0 ? "" : inner) : NULL;
}

struct value_list table_layers(struct arena *a, const struct table_mount *m)
{
    struct value_list made = {0}, out = {0};

    if (strcmp(m->type, "overlay") != 0)
        return out;
    for (const char *at = m->options, *end; *at; at = *end ? end + 1 : end) {
        end = strchrnul(at, ',');
        char *const option = arena_strndup(a, at, (size_t)(end - at));

        if (!option) {
            out.failed = true;
            return out;
        }
        unescape(option);
        (void)derive_layers(a, option, &made);
    }
    for (size_t i = 0; i < made.n; i++)
        value_list_add(a, &out, value_field(made.items[i], "source"));
    out.failed = out.failed || made.failed;
    return out;
}

const char *table_alias(const struct table *t, struct arena *a, const struct table_mount *m,
                        const char *path, size_t *at)
{
    const char *const inner = join(a, m->root, after(path, m->point));

    while (inner && *at < t->n) {
        const struct table_mount *const other = &t->mounts[(*at)++];

        if (strcmp(other->dev, m->dev) != 0 || !doc_path_within(inner, other->root))
            continue;
        const char *const name = join(a, other->point, after(inner, other->root));
        if (name && strcmp(name, path) != 0)
            return name;
    }
    return NULL;
}
