/* policy/machine/machine.h - a compiled policy and the machine that runs it.
 *
 * Layer:   policy/machine (may include policy/value, policy/schema, base)
 * Owns:    a struct image owns its mapping; results of a run live in the arena given (and may
 *          point into the image, so the image outlives them).
 * Errors:  ERR_INVALID (image malformed, wrong format or checksum), ERR_EVAL with OPA's code in
 *          err->eval (eval_conflict_error, eval_builtin_error, eval_type_error,
 *          eval_with_merge_error, eval_cancel_error), ERR_LIMIT (steps, depth, memory).
 * Trust:   image_check walks hostile bytes. After it, running cannot leave the image's bounds;
 *          steps, call depth and memory are limited whatever the code says.
 * Threads: an image may be shared by readers; a machine belongs to one thread.
 *
 * The image is position-independent and memory-mapped read-only:
 *   header | strings and constants (struct value nodes) | rule tree | functions | code | rule index
 * | source map | required built-ins | settings. policy/machine/image.h holds the layout.
 */
#ifndef POLICY_MACHINE_MACHINE_H
#define POLICY_MACHINE_MACHINE_H

#include "base/buf.h"
#include "policy/value/value.h"

#ifndef IMAGE_FORMAT_NOW /* tests of upgrades build programs of another one */
#define IMAGE_FORMAT_NOW 2
#endif
/* Format 2 has the instruction ONLY; images of format 1 are read as well. */
enum {
    IMAGE_FORMAT = IMAGE_FORMAT_NOW,
    IMAGE_FORMAT_OLDEST = IMAGE_FORMAT_NOW == 2 ? 1 : IMAGE_FORMAT_NOW,
    IMAGE_BYTES_MAX = 256 * 1024 * 1024
};

struct image {
    const uint8_t *bytes;
    size_t len;
    bool mapped;              /* munmap at close, else borrowed */
    const struct value *meta; /* what policy/build stored: settings, sources, digests, serial */
    const struct value *data; /* the base documents (object) */
};

#define IMAGE_INIT ((struct image){0})
#define AUTO_IMAGE __attribute__((cleanup(image_close)))

/* Map an open file read-only; header, length and checksum are verified, in O(bytes) at memory
 * speed. The descriptor stays the caller's. */
int image_map(struct image *img, int fd, struct err *err) MUST_CHECK;
/* Is this a policy image, and of another format than this program's? *format: which. */
bool image_is_other(int fd, uint32_t *format);
/* Borrow bytes (8-byte aligned) that outlive the image. */
int image_borrow(struct image *img, const void *bytes, size_t len, struct err *err) MUST_CHECK;
/* Every offset, value node, instruction operand and jump is in bounds and well-typed. */
int image_check(const struct image *img, struct err *err) MUST_CHECK;
void image_close(struct image *img);

struct machine_limits {
    uint64_t steps; /* instructions; 0: MACHINE_STEPS */
    unsigned depth; /* nested calls; 0: MACHINE_DEPTH */
};

enum { MACHINE_STEPS = 50 * 1000 * 1000, MACHINE_DEPTH = 512 };

/* What a run found out, for a later run of the same image with the same options on a document that
 * differs from this one in parts: rule sets that read nothing that changed are not evaluated again.
 * Results are the same as without. Lives in the arena of the runs, which all share one. */
struct machine_memory {
    const struct image *image;
    const struct value *input;
    int64_t now_ns;
    const void **memo;          /* by rule set */
    const struct value **paths; /* by path: where it leads */
    uint64_t **reads;           /* by rule set: bits of the paths that it read */
};

struct machine_options {
    struct machine_limits limits;
    bool strict_builtin_errors; /* a built-in's error ends the run; else it is undefined */
    int64_t now_ns;             /* time.now_ns for this run: the document's time, never the clock */
    uint64_t seed;              /* rand.intn, uuid.rfc4122 */
    const struct value *runtime;   /* opa.runtime(); NULL: {} */
    struct buf *prints;            /* where print() writes lines; NULL: dropped */
    uint32_t *coverage;            /* hit counts by source-map row; NULL: none */
    struct machine_memory *memory; /* of the run before, empty at first; NULL: none is kept */
};

struct machine_stats {
    uint64_t steps;
    uint64_t calls;
    uint64_t rules; /* rule bodies entered: zero means nothing was judged */
};

/* Evaluate the entry point compiled under `entry` ("data.sallyport.main.decide", or a query's
 * generated name). input NULL: undefined. *out NULL: undefined. */
int machine_run(const struct image *img, const char *entry, const struct value *input,
                struct arena *a, const struct machine_options *opt, const struct value **out,
                struct machine_stats *stats, struct err *err) MUST_CHECK;

/* Names of the entry points (array of strings, in the image). */
const struct value *image_entries(const struct image *img);

/* Names of built-ins the code calls (array of strings, in the image). */
const struct value *image_builtins(const struct image *img);

#endif
