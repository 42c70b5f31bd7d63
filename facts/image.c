/* container.image, name and labels from the engine's own store, bounded reads.
 * Formats: Docker's config.v2.json and repositories.json; containers/storage's containers.json and
 * images.json; containerd's in facts/containerd.c. */
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "facts/parts.h"
#include "policy/value/json.h"
#include "profiles/doc.h"

enum { STORE_FILE_MAX = 1024 * 1024, REPOSITORIES_MAX = 4 * 1024 * 1024, LABELS_MAX = 256 };

/* A document of the store; NULL when there is none that can be read. Only root writes there. */
static const struct value *read_document(struct parts *p, const char *path)
{
    struct err ignored = ERR_INIT;
    AUTO_FD int fd = file_open_trusted(path, O_RDONLY, &ignored);
    AUTO_FREE char *text = NULL;
    const struct value *doc = NULL;
    size_t len = 0;

    if (fd < 0 || file_read_fd(fd, STORE_FILE_MAX, &text, &len, &ignored) < 0)
        return NULL;
    return json_parse(p->a, text, len, JSON_LAST_WINS, &doc, NULL, &ignored) < 0 ? NULL : doc;
}

static void put_labels(struct parts *p, struct value_fields *f, const struct value *labels)
{
    struct value_fields l = {0};

    for (size_t i = 0;
         labels && value_is(labels, VALUE_OBJECT) && i < labels->count && i < LABELS_MAX; i++) {
        if (value_is(value_val_at(labels, i), VALUE_STRING))
            value_fields_put(p->a, &l, value_key_at(labels, i), value_val_at(labels, i));
    }
    if (l.keys.n)
        value_fields_add(p->a, f, "labels", value_fields_object(p->a, &l));
}

void facts_reference(struct parts *p, struct value_fields *f, const char *name)
{
    const size_t base = strcspn(name, "@");
    const char *tag = NULL;

    for (const char *c = name; c < name + base; c++) {
        if (*c == '/')
            tag = NULL;
        else if (*c == ':')
            tag = c;
    }
    doc_put_str(p->a, f, "name", name);
    value_fields_add(p->a, f, "repository",
                     value_string(p->a, name, tag ? (size_t)(tag - name) : base));
    if (tag)
        value_fields_add(p->a, f, "tag",
                         value_string(p->a, tag + 1, base - (size_t)(tag + 1 - name)));
    if (name[base] == '@')
        doc_put_str(p->a, f, "digest", name + base + 1);
}

/* The digests that the image was pulled by. repositories.json maps each name to the image's id, so
 * the name stands before the id; the file is long where images are many, and is not parsed. */
static bool docker_digests(struct parts *p, struct value_fields *image, const char *root,
                           const char *id)
{
    const char *const path = arena_printf(p->a, "%s/image/overlay2/repositories.json", root);
    const char *const want = arena_printf(p->a, "\":\"%s\"", id);
    struct err ignored = ERR_INIT;
    AUTO_FREE char *text = NULL;
    struct value_list digests = {0};
    const char *first = NULL;
    size_t len = 0;

    AUTO_FD int fd = path && want ? file_open_trusted(path, O_RDONLY, &ignored) : -1;
    if (fd < 0 || file_read_fd(fd, REPOSITORIES_MAX, &text, &len, &ignored) < 0)
        return false;
    for (char *at = text; (at = strstr(at, want)) && digests.n < LABELS_MAX; at += strlen(want)) {
        const char *name = at;

        while (name > text && name[-1] != '"')
            name--;
        const char *const digest = memchr(name, '@', (size_t)(at - name));
        if (!digest)
            continue;
        value_list_add(p->a, &digests, value_string(p->a, digest + 1, (size_t)(at - digest - 1)));
        if (!first)
            first = arena_strndup(p->a, digest + 1, (size_t)(at - digest - 1));
    }
    if (!first)
        return false;
    doc_put_str(p->a, image, "digest", first);
    doc_put_list(p->a, image, "digests", &digests);
    return true;
}

/* A step of the classic builder: it makes its containers of an image by its id, without a log, a
 * health check, a restart policy (Docker 25 and later write "no" for that) or anything of the
 * host's, and without the lists that a client sends even where they are empty. Whoever asks the
 * daemon for such a container could have it run the same as a build. */
static bool docker_builds(struct parts *p, const struct value *doc, const char *root)
{
    static const char *const of_host[] = {"Binds", "Mounts", "VolumesFrom", "Devices"};
    const char *const name = value_cstr(value_path(doc, "Config", "Image", (const char *)NULL));
    const struct value *const health =
        value_path(doc, "Config", "Healthcheck", "Test", (const char *)NULL);

    if (!name || !str_starts(name, "sha256:") || doc_len(health) != 1 ||
        !value_is_str(value_at(health, 0), "NONE"))
        return false;
    const char *const path =
        arena_printf(p->a, "%s/containers/%s/hostconfig.json", root, p->req->id);
    const struct value *const host = path ? read_document(p, path) : NULL;
    for (size_t i = 0; i < ARRAY_LEN(of_host); i++) {
        if (doc_len(value_field(host, of_host[i])) > 0)
            return false;
    }
    const struct value *const restart =
        value_path(host, "RestartPolicy", "Name", (const char *)NULL);
    const struct value *const dns = value_field(host, "Dns");
    return value_is_str(value_path(host, "LogConfig", "Type", (const char *)NULL), "none") &&
           (value_is_str(restart, "") ||
            (value_is_str(restart, "no") && (!dns || value_is(dns, VALUE_NULL))));
}

static bool docker_image(struct parts *p, struct value_fields *f)
{
    const char *const root = p->managed.data_root;
    const char *const path =
        root && p->req->id && !strchr(p->req->id, '/')
            ? arena_printf(p->a, "%s/containers/%s/config.v2.json", root, p->req->id)
            : NULL;
    const struct value *const doc = path ? read_document(p, path) : NULL;
    const char *const name = value_cstr(value_path(doc, "Config", "Image", (const char *)NULL));
    const char *const id = doc_str(doc, "Image");
    const char *const manifest =
        value_cstr(value_path(doc, "ImageManifest", "digest", (const char *)NULL));
    const char *const called = doc_str(doc, "Name");
    struct value_fields image = {0};

    if (!doc)
        return false;
    p->builds = docker_builds(p, doc, root);
    if (name)
        facts_reference(p, &image, name);
    doc_put_str(p->a, &image, "id", id);
    const char *source = "docker-config";
    if (manifest) /* the containerd image store: Image names the target that was asked for */
        doc_put_str(p->a, &image, "digest", manifest);
    else if (id && !(name && strchr(name, '@')) && docker_digests(p, &image, root, id))
        source = "docker-repositories";
    doc_put_str(p->a, &image, "digest_source", source);
    doc_put_bool(p->a, &image, "trusted", true);
    value_fields_add(p->a, f, "image", value_fields_object(p->a, &image));
    doc_put_str(p->a, f, "name", called && called[0] == '/' ? called + 1 : called);
    put_labels(p, f, value_path(doc, "Config", "Labels", (const char *)NULL));
    return true;
}

static const struct value *by_id(const struct value *list, const char *id)
{
    for (size_t i = 0; i < doc_len(list); i++) {
        if (value_is_str(value_field(value_at(list, i), "id"), id))
            return value_at(list, i);
    }
    return NULL;
}

static bool storage_image(struct parts *p, struct value_fields *f)
{
    static const char *const files[] = {"containers.json", "volatile-containers.json"};
    const char *const root = p->managed.graph_root;
    const struct value *found = NULL, *meta = NULL;
    struct value_fields image = {0};
    struct err ignored = ERR_INIT;

    for (size_t i = 0; root && p->req->id && !found && i < ARRAY_LEN(files); i++) {
        const char *const path = arena_printf(p->a, "%s/overlay-containers/%s", root, files[i]);

        found = path ? by_id(read_document(p, path), p->req->id) : NULL;
    }
    if (!found)
        return false;
    const struct value *const text = value_field(found, "metadata");
    if (text && value_is(text, VALUE_STRING) &&
        json_parse(p->a, value_bytes(text), text->count, JSON_LAST_WINS, &meta, NULL, &ignored) < 0)
        meta = NULL;
    const char *const name = doc_str(meta, "image-name"), *const id = doc_str(found, "image");
    const char *const path = arena_printf(p->a, "%s/overlay-images/images.json", root);
    const struct value *const entry = path && id ? by_id(read_document(p, path), id) : NULL;

    if (name)
        facts_reference(p, &image, name);
    if (id)
        value_fields_add(p->a, &image, "id", value_strf(p->a, "sha256:%s", id));
    doc_put_str(p->a, &image, "digest", doc_str(entry, "digest"));
    doc_put_str(p->a, &image, "digest_source", "containers-storage");
    doc_put_bool(p->a, &image, "trusted", true);
    value_fields_add(p->a, f, "image", value_fields_object(p->a, &image));
    doc_put_str(p->a, f, "name", doc_str(meta, "name"));
    return true;
}

static void annotated_image(struct parts *p, struct value_fields *f)
{
    const struct value *const notes = value_field(p->req->config, "annotations");
    const char *name = doc_str(notes, "io.kubernetes.cri.image-name");
    struct value_fields image = {0};

    if (!name)
        name = doc_str(notes, "io.kubernetes.cri-o.ImageName");
    if (!name)
        return;
    facts_reference(p, &image, name);
    doc_put_str(p->a, &image, "digest_source", "cri-annotation");
    doc_put_bool(p->a, &image, "trusted", false);
    value_fields_add(p->a, f, "image", value_fields_object(p->a, &image));
}

int facts_image(struct parts *p, struct value_fields *f, struct err *err)
{
    bool found = false;

    if (p->host && strcmp(p->engine, "docker") == 0)
        found = docker_image(p, f);
    if (p->host && (strcmp(p->engine, "podman") == 0 || strcmp(p->engine, "crio") == 0))
        found = storage_image(p, f);
    if (p->host && (strcmp(p->engine, "cri") == 0 || strcmp(p->engine, "containerd") == 0))
        found = facts_containerd(p, f);
    if (!found) {
        annotated_image(p, f);
        parts_unknown(p, "/container/image/digest");
        parts_unknown(p, "/container/labels");
    }
    return f->keys.failed ? err_nomem(err) : 0;
}
