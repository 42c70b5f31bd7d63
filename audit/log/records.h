/* audit/log/records.h - every record there is, oldest first: the log's, then those that wait.
 *
 * Layer:   audit/log
 * Owns:    nothing; what is visited is borrowed for the call.
 * Errors:  as log.h. A broken spool is told in *report, as spool_walk does.
 */
#ifndef AUDIT_LOG_RECORDS_H
#define AUDIT_LOG_RECORDS_H

#include "audit/log/log.h"
#include "audit/spool.h"

#define RECORD_PENDING UINT64_MAX /* index of a record below no checkpoint yet */

/* Call `visit` with each record, its index in the log or RECORD_PENDING. Where there is no log yet,
 * all are pending. Signatures are not looked at: log_verify does. */
int records_each(const char *dir, log_visit *visit, void *ctx, struct spool_report *report,
                 struct err *err) MUST_CHECK;

/* Is there a log below dir? 1 yes, 0 no, -1 error. */
int records_logged(const char *dir, struct err *err) MUST_CHECK;

#endif
