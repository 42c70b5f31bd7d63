#include "cli/cli.h"

/* The order here is the order of `sallyport --help`. */
/* clang-format off */
const struct command commands[] = {
    {
        .name = "lint", .synopsis = "[OPTION...] BUNDLE...", .min_args = 1, .max_args = CALL_ARGS_MAX,
        .summary = "judge bundles without starting them", .run = cmd_lint, .options = lint_options,
        .detail =
            "BUNDLE is a bundle's directory or its config.json. Each finding is one line,\n"
            "FILE:LINE:COLUMN: END RULE: TEXT, where END is refuse, harden (a remedy exists and would be\n"
            "applied), warn, waived, or not checked (needs facts of the host that will run it).\n"
            "A bundle whose root directory is not here is taken for another machine's (--host says\n"
            "otherwise). Exit 1 when a bundle would be refused; --fail-level moves that.\n"
            "JSON is one object for one bundle (verdict, findings, refusals, patch), an array for\n"
            "several; sarif is SARIF 2.1.0, junit is for test reports, github for annotations of a run.\n"
            "A baseline lists findings by bundle, rule and place: what it lists is counted as known\n"
            "and fails nothing.",
    },
    {
        .name = "explain", .synopsis = "[OPTION...] [RULE]", .min_args = 0, .max_args = 1,
        .summary = "say what a rule is for and what to do", .run = cmd_explain, .options = explain_options,
        .detail = "Without RULE, list all rules of the active policy.",
    },
    {
        .name = "why", .synopsis = "[OPTION...] ID | CONTAINER", .min_args = 1, .max_args = 1,
        .summary = "print the decision that a refusal or record names", .run = cmd_why, .options = why_options,
        .detail =
            "ID is the record's, or its beginning; of a container, by its name or id, the newest start is told. A start that\n"
            "was hardened ends with the changes most likely to be in the way of its program, by what it said last (--said, or\n"
            "the engine's own file), and how to do without each.\n"
            "--input prints the whole document that was judged, fit for\n"
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
        .detail =
            "Without PATH, the tests of what activation would compile. Output and exit codes are those of\n"
            "`opa test`: 0 when all pass, 2 when one fails or is skipped (todo_test_; -z forgives), 1 when the\n"
            "files do not compile. test_x[name] counts each name as a case of the test.",
    },
    {
        .name = "policy fmt", .synopsis = "[OPTION...] [PATH...]", .min_args = 0, .max_args = CALL_ARGS_MAX,
        .summary = "lay Rego files out as everybody does", .run = cmd_policy_fmt,
        .options = policy_fmt_options,
        .detail =
            "The layout is that of `opa fmt`; comments are kept. PATH is a file or a directory, else standard\n"
            "input is read. Without --write, --list or --diff the text is printed. Exit 1 when a file is no Rego.",
    },
    {
        .name = "policy parse", .synopsis = "[OPTION...] PATH", .min_args = 1, .max_args = 1,
        .summary = "print the syntax tree of a Rego file", .run = cmd_policy_parse,
        .options = policy_parse_options, .detail = "JSON is that of `opa parse --format json`.",
    },
    {
        .name = "policy build", .synopsis = "[OPTION...] [PATH...]", .min_args = 0, .max_args = CALL_ARGS_MAX,
        .summary = "make an OPA bundle", .run = cmd_policy_build, .options = policy_build_options,
        .detail =
            "PATHs and --bundles are checked and written as one bundle: modules, data.json, .manifest, and with\n"
            "--signing-key .signatures.json. The same sources give the same bytes.",
    },
    {
        .name = "policy inspect", .synopsis = "[OPTION...] PATH", .min_args = 1, .max_args = 1,
        .summary = "say what a bundle or a directory of policies holds", .run = cmd_policy_inspect,
        .options = policy_inspect_options, .detail = "Manifest, packages and their files, with -a metadata.",
    },
    {
        .name = "policy judge", .synopsis = "[OPTION...] FILE...", .min_args = 1, .max_args = CALL_ARGS_MAX,
        .summary = "judge JSON and YAML by deny, warn and violation rules", .run = cmd_policy_judge,
        .options = policy_judge_options,
        .detail =
            "Rules, exceptions, namespaces, output and exit codes are those of `conftest test`; FILE may be a\n"
            "directory, or - for standard input. That no rule is there to judge by is an error.",
    },
    {
        .name = "policy verify", .synopsis = "[OPTION...] PATH...", .min_args = 1, .max_args = CALL_ARGS_MAX,
        .summary = "run Gatekeeper's suites of tests", .run = cmd_policy_verify, .options = policy_verify_options,
        .detail =
            "Suites, templates and constraints are read as `gator verify` reads them. PATH is a suite, a\n"
            "directory, or DIR/... for everything below it. Templates whose only code is CEL are errors; where\n"
            "a template has both, its Rego is run. Exit 1 when a test fails.",
    },
    {
        .name = "policy eval", .synopsis = "[OPTION...] [QUERY]", .min_args = 0, .max_args = 1,
        .summary = "evaluate a Rego query", .run = cmd_policy_eval, .options = policy_eval_options,
        .detail = "Options and output are those of `opa eval`. An error prints {\"errors\": [...]} and exits 2.",
    },
    {
        .name = "policy bench", .synopsis = "[OPTION...] QUERY", .min_args = 1, .max_args = 1,
        .summary = "time the evaluation of a Rego query", .run = cmd_policy_bench, .options = policy_bench_options,
        .detail =
            "The query is compiled once and evaluated for a second. Output is that of `opa bench`; B/op is what\n"
            "one evaluation reserves. Exit 1 when it fails, or is undefined without --allow-undefined.",
    },
    {
        .name = "policy simulate", .synopsis = "OPTION...", .min_args = 0, .max_args = 0,
        .summary = "tell which recorded starts another policy would treat otherwise", .run = cmd_policy_simulate,
        .options = policy_simulate_options,
        .detail =
            "Each document that the gate judged is judged again, on all processors; nothing is changed. What was\n"
            "dropped from the spool, or needs facts that were not recorded, cannot be told. Exit 1 when a verdict\n"
            "changes or cannot be told.",
    },
    {
        .name = "audit tail", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "print the newest records", .run = cmd_audit_tail, .options = audit_tail_options, .detail = "",
    },
    {
        .name = "audit query", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "print the records that match", .run = cmd_audit_query, .options = audit_query_options,
        .detail =
            "Each record is printed with its index in the log, null while it waits to be integrated.\n"
            "All kinds of filters must match; of one kind repeated, any.",
    },
    {
        .name = "audit export", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "write records for other tools, one a line", .run = cmd_audit_export,
        .options = audit_export_options,
        .detail =
            "json is the record's very bytes, which are the log's leaf and OPA's decision-log event; ocsf is\n"
            "class 1007 of OCSF 1.8.0; cef is ArcSight's; syslog is RFC 5424. All carry the decision's id, and\n"
            "the log's name and index where there is one, so that each row can be proven.",
    },
    {
        .name = "audit forward", .synopsis = "[OPTION...] TARGET", .min_args = 1, .max_args = 1,
        .summary = "send records to another place, each at least once", .run = cmd_audit_forward,
        .options = audit_forward_options,
        .detail =
            "TARGET is file:PATH, journald:, audit: (the kernel's audit log), syslog+unix:SOCKET,\n"
            "syslog+udp://HOST:PORT, syslog+tcp://HOST:PORT, syslog+tls://HOST:PORT, http(s)://URL (a POST of each\n"
            "record), opa+http(s)://URL (OPA's decision-log service, URL/logs) or otlp+http(s)://URL (OpenTelemetry's\n"
            "collector, URL/v1/logs). --template takes a file of Go's template language, or slack, jira, servicenow:\n"
            "files in /usr/share/sallyport/templates to use or to copy.\n"
            "How far it came is kept in DIR/forward: while the peer is away, records wait there where they are,\n"
            "and rotate leaves them. Nobody tells over UDP whether a record arrived.",
    },
    {
        .name = "audit key", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "print the log's verifier keys, or make them", .run = cmd_audit_key, .options = audit_key_options,
        .detail =
            "The keys are Ed25519 and, where OpenSSL has it, ML-DSA-44. Whoever is to verify the log is given\n"
            "the printed lines. The key's name is the log's name: a machine restored from a backup needs another.",
    },
    {
        .name = "audit integrate", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "take the records into the signed log", .run = cmd_audit_integrate,
        .options = audit_integrate_options,
        .detail =
            "Records that wait are appended to the log below DIR/log (C2SP tlog-tiles), and a checkpoint\n"
            "is signed. It may be killed at any moment: the next run completes it.",
    },
    {
        .name = "audit verify", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "check all that the log claims", .run = cmd_audit_verify, .options = audit_verify_options,
        .detail =
            "The chain of records, and, once they are integrated: the checkpoint's signatures, every tile against\n"
            "the entries, and that the log holds the very records. --known shows a log that was forked or\n"
            "rolled back; --trust that enough witnesses saw it. Exit 1 when a record was changed, removed or moved.",
    },
    {
        .name = "audit prove", .synopsis = "[OPTION...] ID|INDEX", .min_args = 1, .max_args = 1,
        .summary = "prove that the log holds a record", .run = cmd_audit_prove, .options = audit_prove_options,
        .detail = "Prints a tlog-proof (c2sp.org/tlog-proof@v1).",
    },
    {
        .name = "audit check-proof", .synopsis = "[OPTION...] PROOF RECORD", .min_args = 2, .max_args = 2,
        .summary = "check such a proof, without the log", .run = cmd_audit_check_proof,
        .options = audit_check_proof_options,
        .detail = "RECORD is a file with the record's bytes (audit prove --record). Exit 1 when the proof does not hold.",
    },
    {
        .name = "audit witness", .synopsis = "[OPTION...] TRUST", .min_args = 1, .max_args = 1,
        .summary = "have the log's checkpoint cosigned", .run = cmd_audit_witness, .options = audit_witness_options,
        .detail =
            "TRUST is a trust policy (c2sp.org/tlog-policy): each witness in it that has a URL is asked\n"
            "(c2sp.org/tlog-witness), and its cosignature stands in the checkpoint from then on. Exit 1 while the\n"
            "policy's quorum is not met.",
    },
    {
        .name = "audit redact", .synopsis = "[OPTION...] ID", .min_args = 1, .max_args = 1,
        .summary = "take the document of a record away", .run = cmd_audit_redact, .options = audit_redact_options,
        .detail =
            "What the record says stays, and so do chain, log and proofs: they hold the document's digest, not the\n"
            "document. A record of operation `redact` says which, who and why; a document that is gone without one\n"
            "is a fault. Copies that were forwarded or collected as evidence are not reached.",
    },
    {
        .name = "audit rotate", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "drop old records that the log holds from the spool", .run = cmd_audit_rotate,
        .options = audit_rotate_options,
        .detail =
            "Only whole segments go, oldest first, each record compared with its leaf; never one that is not\n"
            "integrated. The documents that were judged go with them; the records stay in the log, unless\n"
            "--log-days says for how long: whole bundles of 256 records leave it from its beginning on (the minimum\n"
            "index of C2SP tlog-tiles); what stays is proven as before.",
    },
    {
        .name = "metrics", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "write what was decided and how the gate stands, for Prometheus", .run = cmd_metrics,
        .options = metrics_options,
        .detail =
            "Prometheus's text format, for node_exporter's textfile collector: --output is replaced whole.\n"
            "Records count once each: how far a run came, and the counters, are kept in DIR/forward/metrics.json,\n"
            "and rotate leaves what was not counted. A dashboard for Grafana is /usr/share/sallyport/grafana.json.",
    },
    {
        .name = "report", .synopsis = "[OPTION...] [BUNDLE...]", .min_args = 0, .max_args = CALL_ARGS_MAX,
        .summary = "hold what ran, runs or would run against frameworks", .run = cmd_report,
        .options = report_options,
        .detail =
            "Over the log, over the containers that run (--running), or over bundles. A control passes only where\n"
            "the framework asks for that very setting and every rule it needs was asked and found nothing;\n"
            "where the rules are evidence towards something wider they support it, which is never a pass.\n"
            "What a rule cannot decide is manual, what was not asked is not checked.",
    },
    {
        .name = "assess host", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "hold this host's settings against the benchmark", .run = cmd_assess_host,
        .options = assess_host_options,
        .detail =
            "The host, the daemon's settings and files (CIS Docker sections 1 to 3), and what decides whether\n"
            "the gate holds. The rules are Rego over what was seen; nothing is run. Exit 1 when one fails.",
    },
    {
        .name = "evidence collect", .synopsis = "OPTION...", .min_args = 0, .max_args = 0,
        .summary = "make a signed archive for an auditor", .run = cmd_evidence_collect,
        .options = evidence_collect_options,
        .detail =
            "Records of the log with their proofs, the documents judged, the policies and their sources, what was\n"
            "seen of the host, and reports; the manifest of digests is signed with the log's key. Secrets of\n"
            "containers are not in it: recorded documents carry HMACs in their place.",
    },
    {
        .name = "evidence verify", .synopsis = "[OPTION...] FILE", .min_args = 1, .max_args = 1,
        .summary = "check such an archive, with nothing but the log's public key", .run = cmd_evidence_verify,
        .options = evidence_verify_options,
        .detail =
            "The signature, every file's digest, every record's proof, that no record of the range is missing, and\n"
            "that the policies decide the documents again as recorded. Exit 1 with each fault named.",
    },
    {
        .name = "config check", .synopsis = "[OPTION...] [FILE]", .min_args = 0, .max_args = 1,
        .summary = "say what is wrong with the settings", .run = cmd_config_check,
        .options = config_check_options,
        .detail =
            "Every mistake with file, line, column and the nearest valid name; rules and policies that\n"
            "the settings name are looked up, runtimes too. Silent when all is well, else exit 1.",
    },
    {
        .name = "waiver add", .synopsis = "OPTION...", .min_args = 0, .max_args = 0,
        .summary = "write a waiver: a rule that does not count somewhere, for a time", .run = cmd_waiver_add,
        .options = waiver_add_options,
        .detail =
            "--rule, --statement, --owner and what it is for are needed. What a requester can choose (names,\n"
            "labels) cannot be waived by. It counts after sallyport policy activate.",
    },
    {
        .name = "waiver list", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "list waivers, their state and how often they were used", .run = cmd_waiver_list,
        .options = waiver_list_options,
        .detail = "States: active, not activated, expired, useless (the log has nothing that it waived).",
    },
    {
        .name = "waiver check", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "list waivers that are expired, useless or not activated", .run = cmd_waiver_check,
        .options = waiver_list_options, .detail = "Exit 1 when there is one.",
    },
    {
        .name = "emergency", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "let rules warn for a while, with a record of who and why", .run = cmd_emergency,
        .options = emergency_options,
        .detail =
            "Without options, tell whether one is in force (exit 1 when it is). While it lasts, no rule\n"
            "refuses or hardens but those that cannot be waived; every start is recorded as ever, with the\n"
            "emergency in its input. It ends by itself; beginning and end are records.",
    },
    {
        .name = "divert", .synopsis = "[OPTION...] on|off|status|refresh [RUNTIME...]", .min_args = 1, .max_args = 33,
        .summary = "let the gate take the names of the runtimes, or give them back", .run = cmd_divert,
        .options = divert_options,
        .detail =
            "Without RUNTIME, every runc, crun and youki in the usual places. on: the gate stands under the\n"
            "runtime's name, which no user of an engine can choose to go round, image builds included; the real\n"
            "one stands beside it as NAME.sallyport-real, and packages' upgrades go there (dpkg-divert). off: the\n"
            "real one gets its name back. Containers that run go on, and their exec and delete work before and\n"
            "after. refresh: after an upgrade of Sallyport. Exit 1 when one is neither on nor off.",
    },
    {
        .name = "doctor", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "check this machine: policy, log, engines, kernel", .run = cmd_doctor,
        .options = doctor_options, .detail = "Exit 1 when something is bad; a note alone is none. With --prove: when a way of starting "
                  "a container leads round the gate.",
    },
    {
        .name = "version", .synopsis = "[OPTION...]", .min_args = 0, .max_args = 0,
        .summary = "print versions", .run = cmd_version, .options = version_options, .detail = "",
    },
};
/* clang-format on */
const size_t commands_n = sizeof commands / sizeof commands[0];
