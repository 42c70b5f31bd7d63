/* cli/cli.h - what every command of `sallyport` shares: its row, its arguments, its output.
 *
 * Layer:   cli (nothing includes it but cli/)
 * Owns:    a struct call borrows argv; what a command prints is gathered in call->out and written
 *          once, by main, so that a failing command never leaves half a JSON document behind.
 * Errors:  a command returns an enum exit_code, or -1 with *err; main prints the error once and
 *          maps its code: ERR_USAGE to EXIT_BAD_USAGE, all others to EXIT_FAULT.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum exit_code {
    EXIT_CLEAN = 0,     /* nothing to report */
    EXIT_FINDINGS = 1,  /* the command worked and found something that is not as it must be */
    EXIT_BAD_USAGE = 2, /* the command line is wrong */
    EXIT_FAULT = 3,     /* the command could not do its work */
};

enum { CALL_ARGS_MAX = 4096 };

struct option_row {
    const char *name;  /* long name; NULL ends the list */
    char letter;       /* short name or 0 */
    const char *value; /* what the value is called in help; NULL: a flag */
    const char *help;
    const char *const *choices; /* NULL-terminated values allowed, or NULL */
};

struct call;

struct command {
    const char *name;     /* "lint", "policy activate" */
    const char *synopsis; /* what follows the name */
    const char *summary;  /* one line of `sallyport --help` */
    const char *detail;   /* paragraphs of `sallyport NAME --help` */
    const struct option_row *options;
    size_t min_args, max_args;
    int (*run)(struct call *call, struct err *err);
};

struct call {
    const struct command *command;
    const char **args; /* what is no option, in order */
    size_t args_n;
    struct call_option {
        const struct option_row *row;
        const char *value; /* NULL for a flag */
    } * options;
    size_t options_n;
    bool color;     /* standard output is a terminal and NO_COLOR is not set */
    struct buf out; /* for standard output */
    struct buf log; /* for standard error: warnings beside a result */
};

/* --- cli/commands.c ---------------------------------------------------------------------- */

extern const struct command commands[];
extern const size_t commands_n;

/* --- cli/args.c -------------------------------------------------------------------------- */

/* Split argv after the command's words into options and arguments. `--` ends options. Both arrays
 * are malloc'ed; call_done frees them. */
int call_parse(struct call *call, const char *const *argv, size_t argc, struct err *err) MUST_CHECK;
void call_done(struct call *call);

/* The last value given for option `name`, else `otherwise`. */
const char *call_value(const struct call *call, const char *name, const char *otherwise);
bool call_flag(const struct call *call, const char *name);
/* Value number i of a repeatable option; NULL past the last. */
const char *call_values(const struct call *call, const char *name, size_t i);
bool call_json(const struct call *call); /* --format json */

/* The candidate nearest to `word` (two edits at most for words of five letters and more, else one);
 * NULL when none is near. */
const char *nearest(const char *word, const char *const *candidates, size_t n);

/* --- cli/help.c -------------------------------------------------------------------------- */

void help_all(struct buf *out);
void help_command(struct buf *out, const struct command *command);
void help_group(struct buf *out, const char *group);

/* --- cli/paint.c ------------------------------------------------------------------------- */

enum paint { PAINT_PLAIN, PAINT_BOLD, PAINT_RED, PAINT_YELLOW, PAINT_GREEN, PAINT_DIM };

/* Text in a colour when call->color, plain otherwise; bytes from outside are escaped. */
void paint(struct call *call, enum paint how, const char *text);
/* Escaped text, no colour. */
void say(struct buf *b, const char *text);

extern const char *const format_text_json[];

/* Commands, one file each. */
int cmd_lint(struct call *call, struct err *err);
int cmd_explain(struct call *call, struct err *err);
int cmd_why(struct call *call, struct err *err);
int cmd_policy_activate(struct call *call, struct err *err);
int cmd_policy_check(struct call *call, struct err *err);
int cmd_policy_test(struct call *call, struct err *err);
int cmd_policy_verify(struct call *call, struct err *err);
int cmd_policy_bench(struct call *call, struct err *err);
int cmd_policy_eval(struct call *call, struct err *err);
int cmd_policy_fmt(struct call *call, struct err *err);
int cmd_policy_parse(struct call *call, struct err *err);
int cmd_policy_build(struct call *call, struct err *err);
int cmd_policy_inspect(struct call *call, struct err *err);
int cmd_policy_judge(struct call *call, struct err *err);
int cmd_audit_verify(struct call *call, struct err *err);
int cmd_audit_tail(struct call *call, struct err *err);
int cmd_audit_key(struct call *call, struct err *err);
int cmd_audit_integrate(struct call *call, struct err *err);
int cmd_audit_prove(struct call *call, struct err *err);
int cmd_audit_check_proof(struct call *call, struct err *err);
int cmd_audit_query(struct call *call, struct err *err);
int cmd_audit_export(struct call *call, struct err *err);
int cmd_audit_forward(struct call *call, struct err *err);
int cmd_audit_witness(struct call *call, struct err *err);
int cmd_audit_redact(struct call *call, struct err *err);
int cmd_audit_rotate(struct call *call, struct err *err);
int cmd_report(struct call *call, struct err *err);
int cmd_assess_host(struct call *call, struct err *err);
int cmd_policy_simulate(struct call *call, struct err *err);
int cmd_evidence_collect(struct call *call, struct err *err);
int cmd_evidence_verify(struct call *call, struct err *err);
int cmd_waiver_add(struct call *call, struct err *err);
int cmd_waiver_list(struct call *call, struct err *err);
int cmd_waiver_check(struct call *call, struct err *err);
int cmd_config_check(struct call *call, struct err *err);
int cmd_emergency(struct call *call, struct err *err);
int cmd_divert(struct call *call, struct err *err);
int cmd_metrics(struct call *call, struct err *err);
int cmd_doctor(struct call *call, struct err *err);
int cmd_version(struct call *call, struct err *err);

/* Their options. */
extern const struct option_row lint_options[], explain_options[], why_options[],
    policy_activate_options[], policy_check_options[], policy_test_options[], policy_eval_options[],
    policy_bench_options[], policy_verify_options[], policy_fmt_options[], policy_parse_options[],
    policy_build_options[], policy_inspect_options[], policy_judge_options[],

    audit_verify_options[], audit_tail_options[], doctor_options[], divert_options[],
    emergency_options[], waiver_add_options[], waiver_list_options[], config_check_options[],
    version_options[];

extern const struct option_row audit_key_options[], audit_integrate_options[],
    audit_prove_options[], audit_check_proof_options[], audit_query_options[],
    audit_export_options[], metrics_options[], audit_witness_options[], audit_rotate_options[],
    audit_redact_options[], audit_forward_options[];

extern const struct option_row report_options[], assess_host_options[], evidence_collect_options[],
    policy_simulate_options[], evidence_verify_options[];

#endif
