/* cli/lint.h - one bundle judged without starting it, and the ways to tell what came out.
 *
 * Layer:   cli
 * Owns:    a struct lint borrows the arena; its bundle is closed by lint_done.
 */
#ifndef CLI_LINT_H
#define CLI_LINT_H

#include "cli/cli.h"
#include "cli/lines.h"
#include "runtime/judge.h"

struct lint {
    const char *path; /* the document, below what the user named */
    const char *file; /* its name in the bundle's directory */
    struct bundle bundle;
    struct judgement j;
    bool looked;                     /* facts of this host were used */
    size_t denied, fixed, unchecked; /* findings by how they end */
    size_t warned, waived, known;
    const struct value *baseline; /* what --baseline names, or NULL */
};

/* How a finding ends, for people. */
enum lint_end {
    LINT_REFUSE,
    LINT_HARDEN,
    LINT_WARN,
    LINT_WAIVED,
    LINT_UNCHECKED,
    LINT_KNOWN,
    LINT_ENDS
};
extern const char *const lint_end_names[LINT_ENDS];
enum lint_end lint_end_of(const struct lint *l, const struct value *finding);

/* The pointer of a finding inside the document ("/mounts/3"), or NULL when it is elsewhere. */
const char *lint_pointer(const struct value *finding);
/* Where the finding stands; line 0 when it is not about a place in the document. */
struct json_place lint_place_of(const struct lint *l, const struct value *finding);

/* What the whole bundle comes to: "admit", "harden", "refuse", or "undetermined" when only facts
 * of the host that will run it are missing. */
const char *lint_verdict(const struct lint *l);

/* Judge the bundle that l->path names. What was opened is in l->bundle, the caller's to close, also
 * on failure. */
int lint_look(const struct call *call, struct gate *gate, struct lint *l, struct arena *a,
              struct err *err) MUST_CHECK;

void lint_print_text(struct call *call, const struct lint *l);
const struct value *lint_json(struct arena *a, const struct lint *l);

#endif
