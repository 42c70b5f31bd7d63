#include "cli/doctor.h"

#include <string.h>

#include "cli/cli.h"
#include "policy/value/json.h"
#include "runtime/judge.h"

enum { DOCTOR_ARENA = 512 * 1024 * 1024 };

const struct option_row doctor_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {NULL, 0, NULL, NULL, NULL},
};

/* clang-format off */
static const struct check {
    const char *name;
    check_fn *run;
} checks[] = {
    {"settings",   check_settings},
    {"policy",     check_image},
    {"sources",    check_sources},
    {"runtime",    check_runtime},
    {"log",        check_log},
    {"docker",     check_docker},
    {"containerd", check_containerd},
    {"podman",     check_podman},
    {"cri-o",      check_crio},
    {"bypass",     check_divert},
    {"cgroup",     check_cgroup},
    {"lsm",        check_lsm},
    {"seccomp",    check_seccomp},
    {"userns",     check_userns},
};

static const struct {
    const char *word;
    enum paint paint;
} healths[] = {
    [HEALTH_GOOD] = {"good", PAINT_GREEN},
    [HEALTH_NOTE] = {"note", PAINT_YELLOW},
    [HEALTH_BAD]  = {"bad",  PAINT_RED},
    [HEALTH_SKIP] = {"-",    PAINT_DIM},
};
/* clang-format on */

static void print_text(struct call *call, const struct check *check, enum health health,
                       const char *says)
{
    const size_t len = strlen(healths[health].word);

    paint(call, healths[health].paint, healths[health].word);
    buf_printf(&call->out, "%*s%-11s ", (int)(5 - len), "", check->name);
    say(&call->out, says);
    buf_putc(&call->out, '\n');
}

static void print_json(struct call *call, const struct check *check, enum health health,
                       const char *says)
{
    buf_puts(&call->out, call->out.len ? ",\n  " : "[\n  ");
    buf_printf(&call->out, "{\"check\": \"%s\", \"health\": \"%s\", \"says\": ", check->name,
               health == HEALTH_SKIP ? "absent" : healths[health].word);
    json_print_string(&call->out, says, strlen(says));
    buf_putc(&call->out, '}');
}

int cmd_doctor(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(DOCTOR_ARENA);
    struct gate gate = GATE_INIT;
    struct err quiet = ERR_INIT; /* check_image says what is wrong with the image */
    bool bad = false;
    const bool open = gate_open(&gate, NULL, "lint", &a, &quiet) == 0;

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        AUTO_BUF struct buf says = BUF_INIT;
        struct checkup c = {.arena = &a, .meta = open ? gate.image.meta : NULL, .says = &says};
        const enum health health = checks[i].run(&c);

        bad = bad || health == HEALTH_BAD;
        (call_json(call) ? print_json : print_text)(call, &checks[i], health,
                                                    says.data ? says.data : "");
    }
    if (call_json(call))
        buf_puts(&call->out, "\n]\n");
    gate_close(&gate);
    (void)err;
    return bad ? EXIT_FINDINGS : EXIT_CLEAN;
}
