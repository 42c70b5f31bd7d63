/* runtime/argv.h - what an engine asked, read from the command line as the real runtime reads it.
 *
 * Layer:   runtime
 * Owns:    results live in the arena given and borrow from argv.
 * Errors:  ERR_USAGE: a judged verb whose options this runtime family does not document, or whose
 *          form two versions of the family could read differently. The text names the setting that
 *          admits it.
 * Trust:   arguments come from the engine's users: they never carry a path of ours and never
 *          loosen anything.
 * Sources: runc 1.1 (urfave/cli 1.22 over Go's flag package: -x and --x alike, flags reordered
 *          before positionals) and main (cli 3); crun (argp, options in order, stop at the first
 *          positional); youki (clap: interleaved until --).
 */
#ifndef RUNTIME_ARGV_H
#define RUNTIME_ARGV_H

#include "policy/value/value.h"

enum family { FAMILY_RUNC, FAMILY_CRUN, FAMILY_YOUKI, FAMILY_COUNT };

/* "runc", "crun", "youki"; false: another name. */
bool family_of(const char *name, enum family *out) MUST_CHECK;
const char *family_name(enum family f);

enum verb_kind {
    VERB_PASS,    /* exec'd at once, nothing opened */
    VERB_JUDGE,   /* create, run, restore, exec, update */
    VERB_WATCH,   /* checkpoint: judged by its options alone, then exec'd as it is */
    VERB_UNKNOWN, /* refused unless settings.allow_verbs names it */
};

enum option_type {
    OPTION_FLAG,
    OPTION_VALUE,
    OPTION_NUMBER, /* decimal digits only, a minus sign allowed */
    OPTION_LIST,   /* may be repeated */
    OPTION_MAYBE,  /* crun's --tty[=WORD] */
};

/* One row of the tables in argv_tables.c. */
struct option {
    const char *name;
    char letter; /* 0: none */
    enum option_type type;
    unsigned families; /* 1u << enum family */
    unsigned verbs;    /* 1u << index of verbs[]; ARGV_GLOBAL: before the verb */
};
enum { ARGV_GLOBAL = 1u << 31 };

struct verb {
    const char *name;
    enum verb_kind kind;
    unsigned families;
    bool ordered;    /* runc: options stop at the first positional (exec, ps) */
    int least, most; /* positionals; most -1: any number */
};

extern const struct option argv_options[];
extern const size_t argv_option_count;
extern const struct verb argv_verbs[];
extern const size_t argv_verb_count;

/* One option as it was given. row NULL: one that allow_options admits. */
struct given {
    const struct option *row;
    const char *name;
    const char *value; /* NULL: none; flags have "true" or "false" */
    bool global;
};

struct argv_call {
    enum family family;
    const struct verb *verb; /* NULL: none (--version, help, no arguments) or unknown */
    const char *verb_name;   /* as written, NULL when there is none */
    enum verb_kind kind;
    char **args; /* what the runtime gets, its name first, NULL last */
    int count;
    int verb_at; /* index in args */
    struct given *given;
    size_t given_count;
    char **positional; /* after the verb */
    size_t positional_count;
    const char *id; /* first positional of verbs that take one */
};

/* Options and verbs that settings admit beyond the tables: arrays of strings or NULL. An option
 * "name" is a flag, "name=" takes a value; such options are read only in the forms --name and
 * --name=value. */
struct allowances {
    const struct value *verbs, *options;
};

/* Take --sallyport-registration=NAME out when it is the first argument. *registration NULL: not
 * given. */
int argv_registration(int *argc, char **argv, const char **registration,
                      struct err *err) MUST_CHECK;

int argv_parse(struct arena *a, enum family family, int argc, char **argv,
               const struct allowances *allow, struct argv_call *out, struct err *err) MUST_CHECK;

/* The value of an option (the last one given), NULL when absent. */
const char *argv_value(const struct argv_call *c, const char *name);
/* A flag that was given and not as --flag=false. */
bool argv_flag(const struct argv_call *c, const char *name);

/* facts.args of policy/schema/input.schema.json. */
const struct value *argv_facts(struct arena *a, const struct argv_call *c) MUST_CHECK;

/* Arguments in which everything inline (what exec and update read from options and positionals)
 * gives way to one document: --process FILE or --resources FILE. NULL-terminated. */
char **argv_with_document(struct arena *a, const struct argv_call *c, const char *option,
                          const char *file) MUST_CHECK;

/* Arguments of create, run or restore with another bundle. */
char **argv_with_bundle(struct arena *a, const struct argv_call *c, const char *dir) MUST_CHECK;

#endif
