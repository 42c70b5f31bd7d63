/* audit/forward/metrics.h - records counted, for Prometheus.
 *
 * Layer:   audit/forward
 * Owns:    what is counted lives in the arena given.
 * Errors:  ERR_SYSTEM, ERR_INVALID (the spool is broken: what stands before the fault is counted),
 *          ERR_LIMIT (another run is at it; more than METRICS_MAX series).
 * Steps:   the counters and the place up to which they count are one file,
 * DIR/forward/metrics.json, replaced whole: each record counts once, and what was counted stays
 * when its segment is dropped. A run reads what is new only. Trust:   engines' and rules' names
 * come from records and are escaped as label values.
 */
#ifndef AUDIT_FORWARD_METRICS_H
#define AUDIT_FORWARD_METRICS_H

#include "audit/spool.h"
#include "base/arena.h"
#include "base/buf.h"

enum { METRICS_MAX = 4096 };

struct metrics;

/* Count what is new below dir. A spool broken at some point is told in *report. */
int metrics_count(const char *dir, struct arena *a, struct metrics **out,
                  struct spool_report *report, struct err *err) MUST_CHECK;

/* In Prometheus's text format, names in order. */
int metrics_print(struct buf *b, const struct metrics *m, struct err *err) MUST_CHECK;

/* # HELP and # TYPE of one metric. */
void metrics_head(struct buf *b, const char *name, const char *type, const char *help);
/* NAME="VALUE" with the value escaped. */
void metrics_label(struct buf *b, const char *name, const char *value);

#endif
