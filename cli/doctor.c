#include "cli/doctor.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "cli/cli.h"
#include "policy/value/json.h"
#include "runtime/judge.h"

#define SALLYPORT_PROVE "/usr/lib/sallyport/prove"

enum { DOCTOR_ARENA = 512 * 1024 * 1024 };

const struct option_row doctor_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"prove", 0, NULL, "start throw-away containers by each way there is, and tell which pass",
     NULL},
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

/* The clients of the engines do it; their program becomes ours. Returns only when it cannot. */
static int prove(struct err *err)
{
    static char program[] = SALLYPORT_PROVE;
    char *const args[] = {program, NULL};
    char self[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    if (geteuid() != 0)
        return err_set(err, ERR_USAGE, "doctor --prove starts containers: it needs root");
    if (n < 0)
        return err_sys(err, "/proc/self/exe");
    self[n] = '\0';
    AUTO_FD int fd = file_open_trusted(program, O_RDONLY | O_CLOEXEC, err);
    if (fd < 0)
        return err_ctx(err, "doctor --prove");
    if (setenv("SALLYPORT", self, 1) < 0)
        return err_sys(err, "environment");
    (void)execv(program, args);
    return err_sys(err, "%s", program);
}

int cmd_doctor(struct call *call, struct err *err)
{
    if (call_flag(call, "prove"))
        return prove(err);

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
    return bad ? EXIT_FINDINGS : EXIT_CLEAN;
}
