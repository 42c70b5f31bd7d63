/* report/evidence.c - see evidence.h. */
#include "report/evidence.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/log/log.h"
#include "base/digest.h"
#include "base/own.h"
#include "base/str.h"
#include "policy/value/json.h"
#include "report/replay.h"

#define MANIFEST "manifest.json"
#define NOTE "manifest.note"

enum { RECORD_SCRATCH = 512 * 1024 * 1024, FAULTS_MAX = 200 };

static void hex_of(const void *bytes, size_t len, char hex[DIGEST_HEX_LEN + 1])
{
    digest_hex(bytes, len, hex);
}

/* --- sealing ------------------------------------------------------------------------------------
 */

static const struct value *files_value(const struct archive_files *f, struct arena *a)
{
    struct value_list l = {0};

    for (size_t i = 0; i < f->n; i++) {
        char hex[DIGEST_HEX_LEN + 1];
        struct value_fields one = {0};

        hex_of(f->at[i].bytes, f->at[i].len, hex);
        value_fields_add(a, &one, "path", value_str(a, f->at[i].name));
        value_fields_add(a, &one, "bytes", value_u64(a, f->at[i].len));
        value_fields_add(a, &one, "sha256", value_str(a, hex));
        value_list_add(a, &l, value_fields_object(a, &one));
    }
    return value_list_array(a, &l);
}

/* What a note over the manifest says. */
static struct checkpoint statement(const void *bytes, size_t len)
{
    struct checkpoint c = {.origin = EVIDENCE_ORIGIN, .size = len};

    digest_sha256(bytes, len, c.root.b);
    return c;
}

int evidence_seal(struct archive_files *f, struct arena *a, const struct value *head,
                  const struct note_key *keys, size_t keys_n, struct err *err)
{
    AUTO_BUF struct buf text = BUF_INIT, note = BUF_INIT;
    const struct value *const key = value_str(a, "files"), *const list = files_value(f, a);
    const struct value *const manifest = key && list ? value_object_with(a, head, key, list) : NULL;

    if (!manifest)
        return err_nomem(err);
    json_print(&text, manifest, JSON_PRETTY);
    buf_putc(&text, '\n');
    if (buf_check(&text, err) < 0)
        return -1;
    const struct checkpoint c = statement(text.data, text.len);
    checkpoint_print(&note, &c);
    buf_putc(&note, '\n');
    for (size_t i = 0; i < keys_n; i++) {
        if (note_sign(&note, &c, &keys[i], err) < 0)
            return -1;
    }
    return archive_add(f, a, MANIFEST, text.data, text.len, err) < 0 ||
                   archive_add(f, a, NOTE, note.data, note.len, err) < 0
               ? -1
               : 0;
}

/* --- checking ------------------------------------------------------------------------------------
 */

struct checking {
    const struct archive_files *f;
    struct arena *a;
    const struct note_key *key;
    struct evidence *out;
    const struct value *index; /* the manifest's files by name, or NULL */
};

static void fault(const struct checking *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void fault(const struct checking *c, const char *fmt, ...)
{
    char text[600], line[1200];
    va_list ap;

    if (c->out->faults.n >= FAULTS_MAX)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)str_escape(text, strlen(text), line, sizeof line);
    value_list_add(c->a, &c->out->faults, value_str(c->a, line));
}

/* Faults of the evidence are told; those of this machine end the check. */
static int told(const struct checking *c, const char *what, const struct err *why, struct err *err)
{
    if (why->code == ERR_NOMEM) {
        *err = *why;
        return -1;
    }
    fault(c, "%s: %s", what, why->text);
    return 0;
}

static int check_manifest(const struct checking *c, struct err *err)
{
    const struct archive_file *const m = archive_find(c->f, MANIFEST);
    const struct archive_file *const n = archive_find(c->f, NOTE);
    struct err why = ERR_INIT;
    struct checkpoint said;

    if (!m || !n) {
        fault(c, "%s: missing", m ? NOTE : MANIFEST);
        return 0;
    }
    if (note_verify(n->bytes, n->len, c->key, &said, &why) < 0)
        return told(c, NOTE, &why, err);
    const struct checkpoint is = statement(m->bytes, m->len);
    if (strcmp(said.origin, EVIDENCE_ORIGIN) != 0)
        fault(c, NOTE ": is signed for something else (%s)", said.origin);
    else if (said.size != is.size || !merkle_equal(&said.root, &is.root))
        fault(c, MANIFEST ": changed since it was signed");
    else if (json_parse(c->a, m->bytes, m->len, JSON_STRICT, &c->out->manifest, NULL, &why) < 0)
        return told(c, MANIFEST, &why, err);
    return 0;
}

static const struct value *listed(const struct checking *c, const char *name)
{
    return value_field(c->index, name);
}

static int make_index(struct checking *c, struct err *err)
{
    const struct value *const files = value_field(c->out->manifest, "files");
    struct value_fields f = {0};

    for (size_t i = 0; files && value_is(files, VALUE_ARRAY) && i < files->count; i++) {
        const char *const path = value_cstr(value_field(value_at(files, i), "path"));

        if (path)
            value_fields_add(c->a, &f, path, value_at(files, i));
    }
    c->index = value_fields_object(c->a, &f);
    return c->index ? 0 : err_nomem(err);
}

static void check_files(const struct checking *c)
{
    const struct value *const files = value_field(c->out->manifest, "files");

    for (size_t i = 0; files && value_is(files, VALUE_ARRAY) && i < files->count; i++) {
        const char *const path = value_cstr(value_field(value_at(files, i), "path"));
        const struct archive_file *const f = path ? archive_find(c->f, path) : NULL;
        char hex[DIGEST_HEX_LEN + 1];

        if (!path || !f) {
            fault(c, "%s: missing, the manifest lists it", path ? path : "?");
            continue;
        }
        hex_of(f->bytes, f->len, hex);
        if (!value_is_str(value_field(value_at(files, i), "sha256"), hex))
            fault(c, "%s: changed, its digest is not the manifest's", path);
        else
            c->out->files++;
    }
    for (size_t i = 0; i < c->f->n; i++) {
        const char *const name = c->f->at[i].name;

        if (strcmp(name, MANIFEST) != 0 && strcmp(name, NOTE) != 0 && !listed(c, name))
            fault(c, "%s: added, the manifest does not list it", name);
    }
}

/* "records/12.json" and its number. */
static bool record_index(const char *name, uint64_t *index)
{
    char digits[32];
    unsigned long long n;
    const size_t len = strlen(name);

    if (!str_starts(name, "records/") || len < 14 || len - 13 >= sizeof digits ||
        strcmp(name + len - 5, ".json") != 0)
        return false;
    memcpy(digits, name + 8, len - 13);
    digits[len - 13] = '\0';
    if (!str_decimal(digits, UINT64_MAX, &n))
        return false;
    *index = n;
    return true;
}

/* Does the proof speak of this index? Its second line says which. */
static bool proof_of(const struct archive_file *proof, uint64_t index)
{
    char want[48];

    (void)snprintf(want, sizeof want, "\nindex %" PRIu64 "\n", index);
    return memmem(proof->bytes, proof->len, want, strlen(want)) != NULL;
}

/* The decision again, from the document judged and the very policy, where both are here. */
static int check_decision(const struct checking *c, const char *name, const struct value *record,
                          struct arena *a, struct err *err)
{
    const char *const input_digest =
        value_cstr(value_path(record, "sallyport", "digests", "input", NULL));
    const char *const policy = value_cstr(value_path(record, "sallyport", "policy", "image", NULL));
    AUTO_IMAGE struct image img = IMAGE_INIT;
    const struct value *input;
    struct err why = ERR_INIT;
    struct replay r;
    char hex[DIGEST_HEX_LEN + 1];

    if (!input_digest)
        return 0;
    const char *const path = arena_printf(a, "inputs/%s.json", input_digest);
    const char *const image_path = policy && str_starts(policy, "sha256:")
                                       ? arena_printf(a, "policies/%s.img", policy + 7)
                                       : NULL;
    if (!path || (policy && !image_path))
        return err_nomem(err);
    const struct archive_file *const in = archive_find(c->f, path);
    const struct archive_file *const image = image_path ? archive_find(c->f, image_path) : NULL;
    if (!in) {
        if (!listed(c, path))
            c->out->unreplayed++; /* the spool no longer had it when it was collected */
        return 0;
    }
    hex_of(in->bytes, in->len, hex);
    if (strcmp(hex, input_digest) != 0) {
        fault(c, "%s: is not the document that %s names", path, name);
        return 0;
    }
    c->out->inputs++;
    if (!image) {
        c->out->unreplayed++;
        return 0;
    }
    void *const bytes = arena_alloc(a, image->len ? image->len : 1);
    if (!bytes)
        return err_nomem(err);
    memcpy(bytes, image->bytes, image->len);
    if (image_borrow(&img, bytes, image->len, &why) < 0 || image_check(&img, &why) < 0)
        return told(c, image_path, &why, err);
    if (!value_is_str(value_field(img.meta, "digest"), policy)) {
        fault(c, "%s: is another policy than its name says", image_path);
        return 0;
    }
    if (json_parse(a, in->bytes, in->len, JSON_STRICT, &input, NULL, &why) < 0 ||
        replay(a, &img, record, input, &r, &why) < 0)
        return told(c, name, &why, err);
    if (!r.same)
        fault(c, "%s: says %s, but this policy on this document decides %s", name, r.was, r.now);
    else
        c->out->replayed++;
    return 0;
}

static int check_record(const struct checking *c, const struct archive_file *f, uint64_t index,
                        struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(RECORD_SCRATCH);
    const char *const path = arena_printf(&a, "proofs/%" PRIu64 ".tlog-proof", index);
    const struct archive_file *const proof = path ? archive_find(c->f, path) : NULL;
    const struct value *record;
    struct err why = ERR_INIT;

    if (!path)
        return err_nomem(err);
    c->out->records++;
    if (!proof) {
        fault(c, "%s: has no proof", f->name);
        return 0;
    }
    if (!proof_of(proof, index)) {
        fault(c, "%s: is the proof of another record", path);
        return 0;
    }
    if (log_check_proof(proof->bytes, proof->len, f->bytes, f->len, c->key, NULL, &why) < 0)
        return told(c, f->name, &why, err);
    c->out->proven++;
    if (json_parse(&a, f->bytes, f->len, JSON_LAST_WINS, &record, NULL, &why) < 0)
        return told(c, f->name, &why, err);
    return check_decision(c, f->name, record, &a, err);
}

/* The manifest says from which record to which: none between may be missing. */
static void check_range(const struct checking *c)
{
    const struct value *const records = value_field(c->out->manifest, "records");
    uint64_t count = 0;

    if (!records || !value_field(records, "count") ||
        !value_uint64(value_field(records, "count"), &count))
        fault(c, MANIFEST ": does not say how many records there are");
    else if (count != c->out->records)
        fault(c, "records: %zu of %" PRIu64 " are here", c->out->records, count);
    else if (count > 0 && c->out->last - c->out->first + 1 != count &&
             !value_field(records, "filtered"))
        fault(c, "records: %" PRIu64 " to %" PRIu64 " are not %" PRIu64 ": some are missing",
              c->out->first, c->out->last, count);
}

static int check_checkpoint(const struct checking *c, struct err *err)
{
    const struct archive_file *const f = archive_find(c->f, "checkpoint");
    const char *const log = value_cstr(value_path(c->out->manifest, "log", "origin", NULL));
    struct err why = ERR_INIT;
    struct checkpoint said;

    if (!f) {
        fault(c, "checkpoint: missing");
        return 0;
    }
    if (note_verify(f->bytes, f->len, c->key, &said, &why) < 0)
        return told(c, "checkpoint", &why, err);
    if (!log || strcmp(said.origin, log) != 0 || strcmp(said.origin, EVIDENCE_ORIGIN) == 0)
        fault(c, "checkpoint: is of another log (%s)", said.origin);
    else if (c->out->records > 0 && c->out->last >= said.size)
        fault(c, "checkpoint: of %" PRIu64 " entries, but record %" PRIu64 " is here", said.size,
              c->out->last);
    return 0;
}

int evidence_check(const struct archive_files *f, struct arena *a, const struct note_key *key,
                   struct evidence *out, struct err *err)
{
    *out = (struct evidence){.manifest = NULL};
    struct checking c = {.f = f, .a = a, .key = key, .out = out};

    if (check_manifest(&c, err) < 0)
        return -1;
    if (out->manifest) {
        if (make_index(&c, err) < 0)
            return -1;
        check_files(&c);
    }
    for (size_t i = 0; i < f->n; i++) {
        uint64_t index;

        if (!record_index(f->at[i].name, &index))
            continue;
        if (out->records == 0 || index < out->first)
            out->first = index;
        if (index > out->last)
            out->last = index;
        if (check_record(&c, &f->at[i], index, err) < 0)
            return -1;
    }
    if (out->manifest) {
        check_range(&c);
        if (check_checkpoint(&c, err) < 0)
            return -1;
    }
    return out->faults.failed ? err_nomem(err) : 0;
}
