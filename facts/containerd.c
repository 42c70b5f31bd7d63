/* container.image, runtime labels of containerd's containers, from its own database
 * (ROOT/io.containerd.metadata.v1.bolt/meta.db): v1/NAMESPACE/containers/ID has the image's name
 * and the labels, v1/NAMESPACE/images/NAME/target the digest. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "facts/bolt.h"
#include "facts/parts.h"
#include "profiles/doc.h"

enum { TRIES = 3, NAME_BYTES = 1024, LABEL_COUNT = 256, LABEL_BYTES = 4096 };

static const char tasks[] = "/io.containerd.runtime.v2.task/";

struct found {
    char image[NAME_BYTES];
    char digest[NAME_BYTES];
    struct value_fields labels;
};

struct label_ctx {
    struct arena *a;
    struct value_fields *labels;
};

static bool add_label(void *ctx, struct bolt_bytes key, struct bolt_bytes value)
{
    struct label_ctx *const c = ctx;

    if (c->labels->keys.n >= LABEL_COUNT)
        return false;
    if (key.len <= LABEL_BYTES && value.len <= LABEL_BYTES)
        value_fields_put(c->a, c->labels, value_string(c->a, key.at, key.len),
                         value_string(c->a, value.at, value.len));
    return true;
}

static bool copied(struct bolt_bytes from, char out[NAME_BYTES])
{
    if (from.len >= NAME_BYTES || memchr(from.at, '\0', from.len))
        return false;
    memcpy(out, from.at, from.len);
    out[from.len] = '\0';
    return true;
}

/* Down a path of buckets, NULL-terminated: 1 when all are there. */
static int walk(struct bolt *b, const char *const *names, struct bolt_bucket *at, struct err *err)
{
    *at = bolt_top(b);
    for (; *names; names++) {
        const int found = bolt_find(b, at, *names, at, err);

        if (found <= 0)
            return found;
    }
    return 1;
}

/* What the database says now of the container; 1 when it knows it and its image. */
static int read_once(struct parts *p, int fd, const char *namespace, struct found *out,
                     struct err *err)
{
    const char *const container[] = {"v1", namespace, "containers", p->req->id, NULL};
    const char *const image[] = {"v1", namespace, "images", out->image, "target", NULL};
    struct label_ctx labels = {p->a, &out->labels};
    struct bolt_bucket at, inner;
    struct bolt_bytes text;
    struct bolt b;
    int n;

    *out = (struct found){0};
    if (bolt_open(&b, fd, p->a, err) < 0 || (n = walk(&b, container, &at, err)) < 0)
        return -1;
    if (n == 0 || (n = bolt_value(&b, &at, "image", &text, err)) <= 0 || !copied(text, out->image))
        return n < 0 ? -1 : 0;
    n = bolt_find(&b, &at, "labels", &inner, err);
    if (n < 0 || (n == 1 && bolt_each(&b, &inner, add_label, &labels, err) < 0))
        return -1;
    /* An image of no name is a root file system by hand. */
    n = out->image[0] ? walk(&b, image, &at, err) : 0;
    if (n == 1)
        n = bolt_value(&b, &at, "digest", &text, err);
    if (n < 0 || (n == 1 && !copied(text, out->digest)))
        return n < 0 ? -1 : 0;
    return bolt_same(&b) ? 1 : err_set(err, ERR_INVALID, "bolt: written meanwhile");
}

/* containerd's root directory: what it keeps of a task across restarts stands there, and the bundle
 * has a link to it. */
static int open_database(struct parts *p, const char **namespace, struct err *err)
{
    char link[PATH_MAX], path[PATH_MAX];
    const char *const in = p->req->bundle ? strstr(p->req->bundle, tasks) : NULL;
    const char *const name = in ? in + sizeof(tasks) - 1 : NULL;
    const char *root = "/var/lib/containerd";

    if (!name || !*name)
        return err_set(err, ERR_INVALID, "no task's bundle");
    *namespace = arena_strndup(p->a, name, strcspn(name, "/"));
    if (!*namespace)
        return err_nomem(err);
    (void)snprintf(path, sizeof(path), "%s/work", p->req->bundle);
    const ssize_t n = readlink(path, link, sizeof(link) - 1);
    if (n > 0) {
        link[n] = '\0';
        char *const end = strstr(link, tasks);

        if (end && link[0] == '/') {
            *end = '\0';
            root = link;
        }
    }
    if ((size_t)snprintf(path, sizeof(path), "%s/io.containerd.metadata.v1.bolt/meta.db", root) >=
        sizeof(path))
        return err_set(err, ERR_LIMIT, "path too long");
    return file_open_trusted(path, O_RDONLY, err);
}

bool facts_containerd(struct parts *p, struct value_fields *f)
{
    struct value_fields image = {0};
    struct err ignored = ERR_INIT;
    struct found found;
    const char *namespace = NULL;
    AUTO_FD int fd = open_database(p, &namespace, &ignored);
    int n = -1;

    if (fd < 0 || !p->req->id)
        return false;
    for (int i = 0; i < TRIES && n < 0; i++)
        n = read_once(p, fd, namespace, &found, &ignored);
    if (n <= 0)
        return false;
    if (found.image[0]) {
        facts_reference(p, &image, found.image);
        if (found.digest[0])
            value_fields_add(p->a, &image, "digest", value_str(p->a, found.digest));
        doc_put_str(p->a, &image, "digest_source", "containerd");
        doc_put_bool(p->a, &image, "trusted", true);
        value_fields_add(p->a, f, "image", value_fields_object(p->a, &image));
    }
    if (found.labels.keys.n)
        value_fields_add(p->a, f, "labels", value_fields_object(p->a, &found.labels));
    /* Without a digest it is known that there is none only where there is no image. */
    if (found.image[0] && !found.digest[0])
        parts_unknown(p, "/container/image/digest");
    return true;
}
