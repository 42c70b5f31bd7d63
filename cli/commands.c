#include "cli/cli.h"

/* The order here is the order of `sallyport --help`. */
/* clang-format off */
const struct command commands[] = {
    {
        .name = "lint", .synopsis = "[OPTION...] BUNDLE...", .min_args = 1, .max_args = CALL_ARGS_MAX,
        .summary = "judge bundles without starting them", .run = cmd_lint, .options = lint_options,
        .detail =
            "BUNDLE is a bundle's directory or its config.json. Each finding is one line,\n"
            "FILE:LINE: END RULE: TEXT, where END is refuse, harden (a remedy exists and would be\n"
            "applied), warn, waived, or not checked (needs facts of the host that will run it).\n"
            "A bundle whose root directory is not here is taken for another machine's (--host says\n"
            "otherwise). Exit 1 when a bundle would be refused; --fail-level moves that.\n"
            "JSON is one object for one bundle (verdict, findings, refusals, patch), an array for\n"
            "several.",
    },
    {
        .name = "explain", .synopsis = "[OPTION...] [RULE]", .min_args = 0, .max_args = 1,
        .summary = "say what a rule is for and what to do", .run = cmd_explain, .options = explain_options,
        .detail = "Without RULE, list all rules of the active policy.",
    },
    {
        .name = "why", .synopsis = "[OPTION...] ID", .min_args = 1, .max_args = 1,
        .summary = "print the decision that a refusal or record names", .run = cmd_why, .options = why_options,
        .detail =
            "ID is the record's, or its beginning. --input prints the whole document that was judged, fit for\n"
            "sallyport policy eval -i; --replay decides on it again and exits 1 when the result differs.",
    },
    {
        .name = "policy activate", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "compile settings and policies and put them in force", .run = cmd_policy_activate,
        .options = policy_activate_options,
        .detail =
            "Policies' own tests run first; an image that fails one does not become active. What is\n"
            "running is not touched: the next start reads the new image.",
    },
    {
        .name = "policy check", .synopsis = "[OPTION...] [PATH...]", .min_args = 0, .max_args = CALL_ARGS_MAX,
        .summary = "parse and check Rego files or the settings", .run = cmd_policy_check,
        .options = policy_check_options,
        .detail = "Without PATH, what activation would compile. Silent when all is well.",
    },
    {
        .name = "policy test", .synopsis = "[OPTION...] [PATH...]", .min_args = 0, .max_args = CALL_ARGS_MAX,
        .summary = "run the test_ rules of Rego files", .run = cmd_policy_test, .options = policy_test_options,
        .detail = "Without PATH, the tests of what activation would compile. Exit 1 when one fails.",
    },
    {
        .name = "policy eval", .synopsis = "[OPTION...] QUERY", .min_args = 1, .max_args = 1,
        .summary = "evaluate a Rego query", .run = cmd_policy_eval, .options = policy_eval_options,
        .detail = "Options and output are those of `opa eval`. An error prints {\"errors\": [...]} and exits 2.",
    },
    {
        .name = "audit verify", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "check the log's chain from its first record to its last", .run = cmd_audit_verify,
        .options = audit_verify_options, .detail = "Exit 1 when a record was changed, removed or moved.",
    },
    {
        .name = "audit tail", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "print the newest records", .run = cmd_audit_tail, .options = audit_tail_options, .detail = "",
    },
    {
        .name = "doctor", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "check this machine: policy, log, engines, kernel", .run = cmd_doctor,
        .options = doctor_options, .detail = "Exit 1 when something is bad; a note alone is none.",
    },
    {
        .name = "version", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "print versions", .run = cmd_version, .options = version_options, .detail = "",
    },
};
/* clang-format on */
const size_t commands_n = sizeof commands / sizeof commands[0];
