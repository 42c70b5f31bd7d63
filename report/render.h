/* report/render.h - the model of a report, in the form that was asked for.
 *
 * Layer:   report
 * Owns:    nothing beyond a call; the model lives in the arena given.
 * Errors:  ERR_SYSTEM (a format's file is missing), ERR_INVALID, ERR_COMPILE, ERR_EVAL, ERR_LIMIT.
 * Trust:   formats are files of the installation, or the user's own: they are run, never as code of
 *          ours, with limits on steps and output. The model's texts are harmless lines already;
 *          each format applies its own escapes.
 *
 * Each format is a file below DIR: NAME.tmpl, text with actions in braces over the model
 * (policy/machine/template.h), or NAME.rego, whose data.sallyport.report.NAME is printed as JSON, a
 * string as it is.
 * All modules of DIR are compiled together: model.rego is data.sallyport.report.model.
 */
#ifndef REPORT_RENDER_H
#define REPORT_RENDER_H

#include "base/buf.h"
#include "policy/value/value.h"

extern const char *const report_formats[]; /* NULL-terminated */

/* The model of what was gathered. */
int report_model(struct arena *a, const char *dir, const struct value *gathered, int64_t now_ns,
                 const struct value **model, struct err *err) MUST_CHECK;

/* Append the report. `own`: a user's file in the format's place (.rego: its
 * data.sallyport.report.document; else a template), or NULL. */
int report_render(struct arena *a, const char *dir, const char *format, const char *own,
                  const struct value *gathered, const struct value *model, int64_t now_ns,
                  struct buf *out, struct err *err) MUST_CHECK;

#endif
