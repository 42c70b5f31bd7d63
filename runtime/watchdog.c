#include "runtime/watchdog.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* The system calls by number: the C library's timers bring its threads into a static program. */

/* What the handler reads; written before the timer is armed. */
static struct {
    bool armed;
    int timer; /* the kernel's number */
    struct sigaction old_action;
    sigset_t old_mask;
    struct refuse_place place;
    char line[512];
} dog;

static const char text[] = "sallyport: refused: no decision within the time limit; nothing was "
                           "recorded (see the kernel log)";

static void bark(int signal_number)
{
    (void)signal_number;
    refuse_append(&dog.place, dog.line);
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0 || write(STDERR_FILENO, "\n", 1) < 0)
        refuse_kernel("sallyport: standard error is closed");
    refuse_kernel(text);
    _exit(1);
}

int watchdog_start(const struct refuse_place *place, int ms, struct err *err)
{
    struct sigaction act = {.sa_handler = bark};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 7};
    const struct itimerspec when = {
        .it_value = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000}};
    sigset_t only;

    dog.place = *place;
    refuse_line(place, text, clock_wall_ns(), dog.line, sizeof(dog.line));
    (void)sigemptyset(&act.sa_mask);
    (void)sigemptyset(&only);
    (void)sigaddset(&only, event.sigev_signo);
    if (sigaction(event.sigev_signo, &act, &dog.old_action) < 0)
        return err_sys(err, "watchdog");
    if (sigprocmask(SIG_UNBLOCK, &only, &dog.old_mask) < 0 ||
        syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &dog.timer) < 0)
        return err_sys(err, "watchdog");
    dog.armed = true;
    return syscall(SYS_timer_settime, dog.timer, 0, &when, NULL) < 0 ? err_sys(err, "watchdog") : 0;
}

void watchdog_stop(void)
{
    if (!dog.armed)
        return;
    dog.armed = false;
    (void)syscall(SYS_timer_delete, dog.timer);
    (void)sigaction(SIGRTMIN + 7, &dog.old_action, NULL);
    (void)sigprocmask(SIG_SETMASK, &dog.old_mask, NULL);
}
