#include "cli/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "policy/machine/image.h"
#include "policy/rego/visit.h"
#include "policy/value/json.h"

enum line_state { LINE_NONE, LINE_MISSED, LINE_HIT };

/* One file: a state for each line, and of each line the rule it belongs to. */
struct file_lines {
    const char *name;
    uint8_t *state; /* enum line_state, by line from 1 */
    uint32_t *rule; /* first line of the rule, 0: none */
    uint32_t lines;
};

struct coverage {
    struct file_lines *files;
    size_t n;
};

struct mark {
    struct file_lines *f;
    uint32_t rule;
};

static void mark_line(struct mark *m, struct rego_loc loc)
{
    const uint32_t line = loc.source ? rego_pos_of(loc).line : 0;

    if (line == 0 || line > m->f->lines || m->f->state[line] != LINE_NONE)
        return;
    m->f->state[line] = LINE_MISSED;
    m->f->rule[line] = m->rule;
}

static int mark_expr(struct visit *w, struct rego_expr *e)
{
    mark_line(w->ctx, e->loc);
    return 0;
}

static int no_term(struct visit *w, struct rego_term *t)
{
    (void)w;
    (void)t;
    return 0;
}

static int mark_rule(struct file_lines *f, struct rego_rule *r)
{
    struct mark m = {.f = f, .rule = rego_pos_of(r->loc).line};
    struct visit w = {.term = no_term, .expr = mark_expr, .ctx = &m};

    mark_line(&m, r->loc);
    for (; r; r = r->otherwise)
        if ((r->value && visit_term(&w, r->value) < 0) || (r->body && visit_body(&w, r->body) < 0))
            return -1;
    return 0;
}

static uint32_t count_lines(const struct rego_source *s)
{
    uint32_t n = 1;

    for (size_t i = 0; i < s->len; i++)
        n += s->text[i] == '\n';
    return n;
}

struct coverage *coverage_lines(struct arena *a, struct rego_module *const *modules, size_t n,
                                struct err *err)
{
    struct coverage *const c = ARENA_NEW(a, struct coverage);
    struct file_lines *const files = ARENA_NEW_N(a, struct file_lines, n + 1);
    bool made = c && files;

    for (size_t i = 0; made && i < n; i++) {
        struct file_lines *const f = &files[i];

        f->name = modules[i]->source->name;
        f->lines = count_lines(modules[i]->source);
        f->state = ARENA_NEW_N(a, uint8_t, f->lines + 1u);
        f->rule = ARENA_NEW_N(a, uint32_t, f->lines + 1u);
        made = f->state && f->rule;
        for (size_t r = 0; made && r < modules[i]->rules_n; r++)
            made = mark_rule(f, modules[i]->rules[r]) == 0;
    }
    if (!made) {
        (void)err_nomem(err);
        return NULL;
    }
    *c = (struct coverage){.files = files, .n = n};
    return c;
}

uint32_t *coverage_counters(struct arena *a, const struct image *img, struct err *err)
{
    uint32_t *const hits = ARENA_NEW_N(a, uint32_t, image_rows(img) + 1);

    if (!hits)
        (void)err_nomem(err);
    return hits;
}

static struct file_lines *file_of(struct coverage *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->files[i].name, name) == 0)
            return &c->files[i];
    return NULL;
}

/* Lines that hold no instruction of their own (constants, what the compiler folded) go with the
 * head of their rule; a head goes with any line of its rule. */
static void settle(struct file_lines *f, const uint8_t *seen)
{
    for (uint32_t l = 1; l <= f->lines; l++)
        if (f->state[l] == LINE_HIT && f->rule[l] && f->state[f->rule[l]] == LINE_MISSED)
            f->state[f->rule[l]] = LINE_HIT;
    for (uint32_t l = 1; l <= f->lines; l++)
        if (f->state[l] == LINE_MISSED && !seen[l] && f->rule[l] &&
            f->state[f->rule[l]] == LINE_HIT)
            f->state[l] = LINE_HIT;
}

static void print_ranges(struct buf *out, const struct file_lines *f, enum line_state want,
                         const char *name, bool *first)
{
    bool open = false;

    for (uint32_t l = 1; l <= f->lines; l++) {
        uint32_t end = l;

        if (f->state[l] != want)
            continue;
        while (end < f->lines && f->state[end + 1] == want)
            end++;
        if (!open)
            buf_printf(out, "%s\n      \"%s\": [", *first ? "" : ",", name);
        buf_printf(out,
                   "%s\n        {\n          \"start\": {\n            \"row\": %u\n          },\n"
                   "          \"end\": {\n            \"row\": %u\n          }\n        }",
                   open ? "," : "", l, end);
        open = true;
        *first = false;
        l = end;
    }
    if (open)
        buf_puts(out, "\n      ]");
}

static double percent_of(size_t hit, size_t missed)
{
    return hit + missed ? 100.0 * (double)hit / (double)(hit + missed) : 100.0;
}

static void print_sums(struct buf *out, size_t hit, size_t missed, const char *indent, bool *first)
{
    if (hit)
        buf_printf(out, "%s\n%s\"covered_lines\": %zu", *first ? "" : ",", indent, hit);
    *first = *first && !hit;
    if (missed)
        buf_printf(out, "%s\n%s\"not_covered_lines\": %zu", *first ? "" : ",", indent, missed);
    *first = *first && !missed;
    if (hit)
        buf_printf(out, ",\n%s\"coverage\": %.16g", indent, percent_of(hit, missed));
}

static void print_file(struct buf *out, const struct file_lines *f, bool first, size_t *hit,
                       size_t *missed)
{
    bool start = true;

    *hit = *missed = 0;
    for (uint32_t l = 1; l <= f->lines; l++) {
        *hit += f->state[l] == LINE_HIT;
        *missed += f->state[l] == LINE_MISSED;
    }
    buf_puts(out, first ? "\n    " : ",\n    ");
    json_print_string(out, f->name, strlen(f->name));
    buf_puts(out, ": {");
    print_ranges(out, f, LINE_HIT, "covered", &start);
    print_ranges(out, f, LINE_MISSED, "not_covered", &start);
    print_sums(out, *hit, *missed, "      ", &start);
    buf_puts(out, "\n    }");
}

void coverage_report(struct coverage *c, const struct image *img, const uint32_t *hits,
                     struct buf *out, double *percent)
{
    size_t hit = 0, missed = 0;
    bool start = false;

    for (size_t i = 0; i < c->n; i++) {
        uint8_t *const seen = calloc(c->files[i].lines + 1u, 1);

        for (size_t r = 0; seen && r < image_rows(img); r++) {
            unsigned line, col;
            const char *const name = image_row_at(img, r, &line, &col);

            if (file_of(c, name) != &c->files[i] || line > c->files[i].lines)
                continue;
            seen[line] = 1;
            if (hits[r] && c->files[i].state[line] != LINE_NONE)
                c->files[i].state[line] = LINE_HIT;
        }
        if (seen)
            settle(&c->files[i], seen);
        else
            out->failed = true;
        free(seen);
    }
    buf_puts(out, "{\n  \"files\": {");
    for (size_t i = 0; i < c->n; i++) {
        size_t h, m;

        print_file(out, &c->files[i], i == 0, &h, &m);
        hit += h;
        missed += m;
    }
    buf_puts(out, "\n  }");
    print_sums(out, hit, missed, "  ", &start);
    buf_puts(out, "\n}\n");
    *percent = hit ? percent_of(hit, missed) : 0;
}
