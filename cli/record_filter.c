#include "cli/record_filter.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"

const char *const record_verdicts[] = {"admit", "harden", "refuse", "not-started", "pass", NULL};

/* "2026-11-24" or "2026-11-24T15:04:05[.123]Z", digit for digit. */
static bool is_time(const char *text)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    size_t i = 0;

    for (; form[i] && text[i]; i++) {
        const bool digit = text[i] >= '0' && text[i] <= '9';

        if (form[i] == 'd' ? !digit : text[i] != form[i])
            return false;
    }
    if (i == 10)
        return text[i] == '\0';
    if (form[i])
        return false;
    if (text[i] == '.')
        for (i++; text[i] >= '0' && text[i] <= '9'; i++)
            ;
    return strcmp(text + i, "Z") == 0;
}

/* Seconds of "15m"; -1 when it is no such text. */
static int64_t ago(const char *text)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    const size_t len = strlen(text);
    unsigned long long n;
    char digits[16];

    if (len < 2 || len > sizeof(digits))
        return -1;
    memcpy(digits, text, len - 1);
    digits[len - 1] = '\0';
    if (!str_decimal(digits, 1000000000, &n))
        return -1;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (units[i].unit == text[len - 1])
            return (int64_t)n * units[i].seconds;
    return -1;
}

/* Without its Z a time is the beginning of every later fraction of it, so that bytes compare as
 * times do. */
int record_time(const char *text, int64_t now_ns, char out[FILTER_TIME_MAX], struct err *err)
{
    char time[CLOCK_TEXT_MAX];
    const int64_t back = ago(text);

    if (back >= 0 && back < now_ns / 1000000000) {
        clock_rfc3339(now_ns - back * 1000000000, 9, time);
        text = time;
    } else if (back >= 0 || !is_time(text)) {
        return err_set(err, ERR_USAGE,
                       "'%s' is no time: want 2026-11-24T15:04:05Z, 2026-11-24, or 15m", text);
    }
    if (!str_copy(out, FILTER_TIME_MAX, text))
        return err_set(err, ERR_USAGE, "'%s' is too long for a time", text);
    const size_t len = strlen(out);
    if (out[len - 1] == 'Z')
        out[len - 1] = '\0';
    return 0;
}

int record_filter_init(struct record_filter *f, const struct call *call, struct err *err)
{
    const char *const since = call_value(call, "since", NULL);
    const char *const until = call_value(call, "until", NULL);
    const int64_t now = clock_wall_ns();

    *f = (struct record_filter){.call = call};
    if (since && record_time(since, now, f->since, err) < 0)
        return err_ctx(err, "--since");
    if (until && record_time(until, now, f->until, err) < 0)
        return err_ctx(err, "--until");
    return 0;
}

/* One of the values given for the option, or none was given. `match` compares. */
static bool any(const struct record_filter *f, const char *option, const struct value *record,
                bool (*match)(const struct value *record, const char *want))
{
    const char *want = call_values(f->call, option, 0);

    if (!want)
        return true;
    for (size_t i = 0; (want = call_values(f->call, option, i)); i++)
        if (match(record, want))
            return true;
    return false;
}

static bool of_container(const struct value *record, const char *want)
{
    const struct value *const c = value_path(record, "sallyport", "container", NULL);
    const char *const id = value_cstr(value_field(c, "id"));

    return (id && str_starts(id, want)) || value_is_str(value_field(c, "name"), want);
}

static bool of_verdict(const struct value *record, const char *want)
{
    return value_is_str(value_path(record, "result", "verdict", NULL), want);
}

static bool lists_rule(const struct value *findings, const char *want)
{
    for (size_t i = 0; findings && value_is(findings, VALUE_ARRAY) && i < findings->count; i++)
        if (value_is_str(value_field(value_at(findings, i), "rule"), want))
            return true;
    return false;
}

static bool of_rule(const struct value *record, const char *want)
{
    return lists_rule(value_path(record, "result", "findings", NULL), want) ||
           lists_rule(value_path(record, "result", "refusals", NULL), want);
}

static bool of_operation(const struct value *record, const char *want)
{
    return value_is_str(value_path(record, "sallyport", "operation", NULL), want);
}

static bool of_engine(const struct value *record, const char *want)
{
    return value_is_str(value_path(record, "sallyport", "container", "engine", NULL), want);
}

static bool of_image(const struct value *record, const char *want)
{
    const struct value *const image = value_path(record, "sallyport", "container", "image", NULL);

    if (value_cstr(image))
        return strstr(value_cstr(image), want) != NULL;
    for (size_t i = 0; image && value_is(image, VALUE_OBJECT) && i < image->count; i++) {
        const char *const text = value_cstr(value_val_at(image, i));

        if (text && strstr(text, want))
            return true;
    }
    return false;
}

bool record_filter_wants(const struct record_filter *f, const struct value *record)
{
    const char *const time = value_cstr(value_field(record, "timestamp"));

    if ((f->since[0] || f->until[0]) && !time)
        return false;
    if (f->since[0] && strcmp(time, f->since) < 0)
        return false;
    if (f->until[0] && strcmp(time, f->until) >= 0)
        return false;
    return any(f, "container", record, of_container) && any(f, "verdict", record, of_verdict) &&
           any(f, "rule", record, of_rule) && any(f, "operation", record, of_operation) &&
           any(f, "engine", record, of_engine) && any(f, "image", record, of_image);
}
