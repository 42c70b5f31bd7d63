#include <string.h>

#include "policy/machine/regex_ast.h"
#include "policy/machine/rune.h"

/* Two ways to run a program, both linear. Small ones (instructions x bytes fit in a bitmap) walk
 * depth first and remember each (instruction, place) they have been at; the others advance all
 * threads of the program together, rune by rune. */

enum { BITMAP_BITS_MAX = 256 * 1024 };

struct search {
    const struct regex *re;
    struct arena *arena;
    const char *text;
    size_t len;
    size_t ncaps;
    size_t *caps;
    uint64_t steps;
};

static bool word_at(const struct search *s, size_t i)
{
    const unsigned char c = i < s->len ? (unsigned char)s->text[i] : 0;

    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool assert_holds(const struct search *s, uint32_t which, size_t pos)
{
    switch ((enum regex_assert)which) {
    case ASSERT_TEXT_BEGIN:
        return pos == 0;
    case ASSERT_TEXT_END:
        return pos == s->len;
    case ASSERT_LINE_BEGIN:
        return pos == 0 || s->text[pos - 1] == '\n';
    case ASSERT_LINE_END:
        return pos == s->len || s->text[pos] == '\n';
    case ASSERT_WORD:
        return (pos > 0 && word_at(s, pos - 1)) != word_at(s, pos);
    case ASSERT_NOT_WORD:
        return (pos > 0 && word_at(s, pos - 1)) == word_at(s, pos);
    }
    return false;
}

static bool set_holds(const uint32_t *w, uint32_t r)
{
    size_t lo = 0, hi = w[0];

    if (r < 128)
        return (w[1 + r / 32] >> (r % 32) & 1u) != 0;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;

        if (r < w[5 + 2 * mid])
            hi = mid;
        else if (r > w[6 + 2 * mid])
            lo = mid + 1;
        else
            return true;
    }
    return false;
}

static bool inst_eats(const struct regex *re, const struct regex_inst *i, uint32_t r)
{
    switch ((enum regex_op)i->op) {
    case OP_RUNE:
        return r == i->x;
    case OP_SET:
        return set_holds(regex_set(re, i->x), r);
    case OP_ANY:
        return true;
    case OP_LINE:
        return r != '\n';
    default:
        return false;
    }
}

/* The first place at or after `from` where a match can begin; SIZE_MAX: none. */
static size_t next_start(const struct search *s, size_t from)
{
    const struct regex *const re = s->re;

    if (re->anchored)
        return from == 0 ? 0 : SIZE_MAX;
    if (re->prefix_len > 0) {
        const char *const hit = memmem(s->text + from, s->len - from, re->prefix, re->prefix_len);

        return hit != NULL ? (size_t)(hit - s->text) : SIZE_MAX;
    }
    if (re->has_first) {
        for (size_t i = from; i < s->len; i++) {
            const unsigned char c = (unsigned char)s->text[i];

            if ((re->first[c / 32] >> (c % 32) & 1u) != 0)
                return i;
        }
        return SIZE_MAX;
    }
    return from;
}

static size_t rune_width(const struct search *s, size_t pos)
{
    size_t width = 0;

    (void)rune_at(s->text + pos, s->len - pos, &width);
    return width;
}

/* --- depth first ------------------------------------------------------------------------- */

/* What is still to be tried: go on at pc, or put a capture back. */
struct job {
    uint32_t pc; /* or slot | JOB_RESTORE */
    size_t pos;  /* or the capture's former value */
};

#define JOB_RESTORE ((uint32_t)1 << 31)

struct walk {
    struct search *s;
    uint32_t *seen;
    size_t origin; /* the bitmap's first place */
    struct job *jobs;
    size_t n, cap;
};

static int walk_push(struct walk *w, uint32_t pc, size_t pos)
{
    if (w->n == w->cap) {
        struct job *const grown = ARENA_NEW_N(w->s->arena, struct job, 2 * w->cap);

        if (grown == NULL)
            return -1;
        memcpy(grown, w->jobs, w->n * sizeof(*grown));
        w->jobs = grown;
        w->cap *= 2;
    }
    w->jobs[w->n++] = (struct job){pc, pos};
    return 0;
}

static bool walk_visit(struct walk *w, uint32_t pc, size_t pos)
{
    const size_t bit = (pos - w->origin) * w->s->re->n + pc;

    if ((w->seen[bit / 32] >> (bit % 32) & 1u) != 0)
        return false;
    w->seen[bit / 32] |= 1u << (bit % 32);
    w->s->steps++;
    return true;
}

/* Follow one thread from pc until it dies (0), matches (1) or memory ends (-1). */
static int walk_thread(struct walk *w, uint32_t pc, size_t pos)
{
    struct search *const s = w->s;

    while (walk_visit(w, pc, pos)) {
        const struct regex_inst *const i = &s->re->inst[pc];

        switch ((enum regex_op)i->op) {
        case OP_MATCH:
            if (s->ncaps > 1)
                s->caps[1] = pos;
            return 1;
        case OP_FAIL:
            return 0;
        case OP_RUNE:
        case OP_SET:
        case OP_ANY:
        case OP_LINE: {
            size_t width = 0;

            if (pos == s->len || !inst_eats(s->re, i, rune_at(s->text + pos, s->len - pos, &width)))
                return 0;
            pos += width;
            pc++;
            break;
        }
        case OP_ASSERT:
            if (!assert_holds(s, i->x, pos))
                return 0;
            pc++;
            break;
        case OP_SAVE:
            if (i->x < s->ncaps) {
                if (walk_push(w, i->x | JOB_RESTORE, s->caps[i->x]) < 0)
                    return -1;
                s->caps[i->x] = pos;
            }
            pc++;
            break;
        case OP_JUMP:
            pc = i->x;
            break;
        case OP_SPLIT:
            if (walk_push(w, i->y, pos) < 0)
                return -1;
            pc = i->x;
            break;
        }
    }
    return 0;
}

static int walk_from(struct walk *w, size_t pos)
{
    w->n = 0;
    if (walk_push(w, 0, pos) < 0)
        return -1;
    while (w->n > 0) {
        const struct job j = w->jobs[--w->n];

        if ((j.pc & JOB_RESTORE) != 0) {
            w->s->caps[j.pc & ~JOB_RESTORE] = j.pos;
            continue;
        }
        const int got = walk_thread(w, j.pc, j.pos);

        if (got != 0)
            return got;
    }
    return 0;
}

static int search_walk(struct search *s, size_t from)
{
    struct walk w = {.s = s, .origin = from, .cap = 64};

    w.seen = ARENA_NEW_N(s->arena, uint32_t, s->re->n * (s->len - from + 1) / 32 + 1);
    w.jobs = ARENA_NEW_N(s->arena, struct job, w.cap);
    if (w.seen == NULL || w.jobs == NULL)
        return -1;
    for (size_t pos = next_start(s, from); pos != SIZE_MAX; pos = next_start(s, pos)) {
        if (s->ncaps > 0)
            s->caps[0] = pos;
        const int got = walk_from(&w, pos);

        if (got != 0)
            return got;
        if (pos == s->len)
            break;
        pos += rune_width(s, pos);
    }
    return 0;
}

/* --- all threads together ---------------------------------------------------------------- */

/* Threads in order of preference, and at which place of that order each instruction is. */
struct threads {
    uint32_t *pc, *place;
    size_t *caps; /* ncaps for each place */
    uint32_t n;
};

struct crowd {
    struct search *s;
    struct threads now, next;
    struct job *jobs; /* at most two for each instruction and one to begin with */
    size_t *work;     /* captures of the thread being added */
};

static bool threads_init(struct threads *t, const struct search *s)
{
    const size_t n = s->re->n;

    t->pc = ARENA_NEW_N(s->arena, uint32_t, n);
    t->place = ARENA_NEW_N(s->arena, uint32_t, n);
    t->caps = s->ncaps > 0 ? ARENA_NEW_N(s->arena, size_t, n * s->ncaps) : NULL;
    return t->pc != NULL && t->place != NULL && (t->caps != NULL || s->ncaps == 0);
}

static bool threads_has(const struct threads *t, uint32_t pc)
{
    return t->place[pc] < t->n && t->pc[t->place[pc]] == pc;
}

/* Add pc and all it reaches without consuming; captures are in c->work and come back as they
 * were. */
static void crowd_add(struct crowd *c, struct threads *t, uint32_t start, size_t pos)
{
    struct search *const s = c->s;
    size_t n = 0;

    c->jobs[n++] = (struct job){start, 0};
    while (n > 0) {
        const struct job j = c->jobs[--n];

        if ((j.pc & JOB_RESTORE) != 0) {
            c->work[j.pc & ~JOB_RESTORE] = j.pos;
            continue;
        }
        if (threads_has(t, j.pc))
            continue;
        const struct regex_inst *const i = &s->re->inst[j.pc];

        t->place[j.pc] = t->n;
        t->pc[t->n] = j.pc;
        s->steps++;
        switch ((enum regex_op)i->op) {
        case OP_JUMP:
            c->jobs[n++] = (struct job){i->x, 0};
            break;
        case OP_SPLIT:
            c->jobs[n++] = (struct job){i->y, 0};
            c->jobs[n++] = (struct job){i->x, 0};
            break;
        case OP_ASSERT:
            if (assert_holds(s, i->x, pos))
                c->jobs[n++] = (struct job){j.pc + 1, 0};
            break;
        case OP_SAVE:
            if (i->x < s->ncaps) {
                c->jobs[n++] = (struct job){i->x | JOB_RESTORE, c->work[i->x]};
                c->work[i->x] = pos;
            }
            c->jobs[n++] = (struct job){j.pc + 1, 0};
            break;
        default:
            if (s->ncaps > 0)
                memcpy(t->caps + (size_t)t->n * s->ncaps, c->work, s->ncaps * sizeof(size_t));
            break;
        }
        t->n++;
    }
}

/* One rune for all threads of `now`: true when one of them matched, and those it is preferred to
 * were cut. */
static bool crowd_step(struct crowd *c, uint32_t r, bool at_end, size_t pos, size_t after)
{
    struct search *const s = c->s;

    c->next.n = 0;
    for (uint32_t k = 0; k < c->now.n; k++) {
        const uint32_t pc = c->now.pc[k];
        const struct regex_inst *const i = &s->re->inst[pc];
        const size_t *const caps = c->now.caps + (size_t)k * s->ncaps;

        if (i->op == OP_MATCH) {
            if (s->ncaps > 0)
                memcpy(s->caps, caps, s->ncaps * sizeof(size_t));
            if (s->ncaps > 1)
                s->caps[1] = pos;
            return true;
        }
        if (at_end || !inst_eats(s->re, i, r))
            continue;
        if (s->ncaps > 0)
            memcpy(c->work, caps, s->ncaps * sizeof(size_t));
        crowd_add(c, &c->next, pc + 1, after);
    }
    return false;
}

static int search_crowd(struct search *s, size_t from)
{
    struct crowd c = {.s = s};
    bool matched = false;

    c.jobs = ARENA_NEW_N(s->arena, struct job, 2 * (size_t)s->re->n + 2);
    c.work = ARENA_NEW_N(s->arena, size_t, s->ncaps + 1);
    if (!threads_init(&c.now, s) || !threads_init(&c.next, s) || c.jobs == NULL || c.work == NULL)
        return -1;
    for (size_t pos = from;;) {
        if (c.now.n == 0) {
            if (matched)
                break;
            pos = next_start(s, pos);
            if (pos == SIZE_MAX)
                break;
        }
        if (!matched && (!s->re->anchored || pos == 0)) {
            for (size_t i = 0; i < s->ncaps; i++)
                c.work[i] = REGEX_NONE;
            if (s->ncaps > 0)
                c.work[0] = pos;
            crowd_add(&c, &c.now, 0, pos);
        }
        size_t width = 0;
        const bool at_end = pos == s->len;
        const uint32_t r = at_end ? 0 : rune_at(s->text + pos, s->len - pos, &width);

        if (crowd_step(&c, r, at_end, pos, pos + width)) {
            matched = true;
            if (s->ncaps == 0)
                break;
        }
        if (at_end)
            break;
        pos += width;
        const struct threads swap = c.now;

        c.now = c.next;
        c.next = swap;
    }
    return matched;
}

int regex_find(const struct regex *re, struct arena *a, const char *text, size_t len, size_t from,
               size_t *caps, size_t ncaps, uint64_t *steps, struct err *err)
{
    struct search s = {
        .re = re, .arena = a, .text = text, .len = len, .ncaps = ncaps, .caps = caps};
    const struct arena_mark mark = arena_mark(a);

    if (from > len)
        return 0;
    for (size_t i = 0; i < ncaps; i++)
        caps[i] = REGEX_NONE;
    const bool small = len - from < BITMAP_BITS_MAX / re->n;
    const int got = small ? search_walk(&s, from) : search_crowd(&s, from);

    arena_reset(a, mark);
    if (steps != NULL)
        *steps += s.steps;
    return got < 0 ? err_nomem(err) : got;
}
