#include "policy/rego/emit.h"

#include <stdio.h>
#include <string.h>

#include "policy/rego/builtin_decls.h"
#include "policy/value/json.h"

/* --- failures ---------------------------------------------------------------------------- */

int emit_fail(struct emit *e, struct rego_loc loc, const char *fmt, ...)
{
    va_list ap;
    char text[ERR_TEXT_MAX];

    if (e->failed)
        return -1;
    e->failed = true;
    va_start(ap, fmt);
    const int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n < 0)
        text[0] = '\0';
    if (!loc.source)
        return err_set(e->err, ERR_COMPILE, "%s", text);
    return err_set(e->err, ERR_COMPILE, "%s:%u: %s", loc.source->name, rego_pos_of(loc).line, text);
}

void emit_nomem(struct emit *e)
{
    if (!e->failed)
        (void)err_nomem(e->err);
    e->failed = true;
}

/* --- positions --------------------------------------------------------------------------- */

static struct line_table *lines_of(struct emit *e, const struct rego_source *source)
{
    for (struct line_table *t = e->lines; t; t = t->next)
        if (t->source == source)
            return t;

    struct line_table *const t = ARENA_NEW(e->a, struct line_table);
    uint32_t n = 1;
    for (size_t i = 0; i < source->len; i++)
        n += source->text[i] == '\n';
    uint32_t *const starts = ARENA_NEW_N(e->a, uint32_t, n);
    if (!t || !starts) {
        emit_nomem(e);
        return NULL;
    }
    n = 1;
    for (size_t i = 0; i < source->len; i++)
        if (source->text[i] == '\n')
            starts[n++] = (uint32_t)i + 1;
    *t = (struct line_table){.source = source, .next = e->lines, .starts = starts, .n = n};
    e->lines = t;
    return t;
}

struct rego_pos emit_pos(struct emit *e, struct rego_loc loc)
{
    const struct line_table *const t = lines_of(e, loc.source);
    uint32_t low = 0, high = t ? t->n : 0;

    while (low + 1 < high) {
        const uint32_t mid = low + (high - low) / 2;
        if (t->starts[mid] <= loc.offset)
            low = mid;
        else
            high = mid;
    }
    return (struct rego_pos){.line = low + 1, .col = t ? loc.offset - t->starts[low] + 1 : 1};
}

/* --- shared tables ----------------------------------------------------------------------- */

const struct value *emit_str(struct emit *e, const char *s)
{
    const struct value *const v = value_str(e->a, s);

    if (!v)
        emit_nomem(e);
    return v ? v : &value_null;
}

uint32_t emit_value(struct emit *e, const struct value *v)
{
    return value_writer_add(&e->values, v);
}

/* Keys in a row of their own among the constants; bodies keep theirs apart, so these are written
 * between bodies or looked up: a path asked for again is the old one. */
static uint32_t shared_consts(struct emit *e, const struct value *const *keys, size_t n)
{
    const uint32_t first = emit_count(&e->shared, sizeof(uint32_t));

    for (size_t i = 0; i < n; i++) {
        const uint32_t at = emit_value(e, keys[i]);
        buf_add(&e->shared, &at, sizeof(at));
    }
    return first;
}

uint32_t emit_consts(struct emit *e, const struct value *const *keys, size_t n)
{
    return shared_consts(e, keys, n);
}

uint32_t emit_path(struct emit *e, uint32_t root, const struct value *const *keys, size_t n)
{
    const struct image_path *const rows = (const struct image_path *)(const void *)e->paths.data;
    const uint32_t count = emit_count(&e->paths, sizeof(*rows));
    const uint32_t *const k = (const uint32_t *)(const void *)e->shared.data;

    for (uint32_t i = 0; i < count; i++) {
        size_t same = 0;

        if (rows[i].root != root || rows[i].n != n)
            continue;
        while (same < n && k[rows[i].first + same] == emit_value(e, keys[same]))
            same++;
        if (same == n)
            return i;
    }
    const struct image_path row = {
        .root = root, .first = shared_consts(e, keys, n), .n = (uint32_t)n};
    buf_add(&e->paths, &row, sizeof(row));
    return count;
}

/* `args` UINT32_MAX: as many as it is declared with. */
uint32_t emit_builtin(struct emit *e, const char *name, uint32_t args, struct rego_loc loc)
{
    for (size_t i = 0; i < e->builtin_names.n; i++)
        if (value_is_str(e->builtin_names.items[i], name))
            return (uint32_t)i;

    const struct builtin_decl *const decl = builtin_decl_find(name);
    const struct value *const v = emit_str(e, name);
    if (!decl) {
        (void)emit_fail(e, loc, "rego_type_error: undefined function %s", name);
        return 0;
    }
    if (e->program->start_path_only && !builtin_on_start_path(name))
        (void)emit_fail(e, loc,
                        "rego_compile_error: built-in %s cannot be called by rules that run when a "
                        "container starts",
                        name);
    const struct image_builtin row = {.name = emit_value(e, v),
                                      .args = args == UINT32_MAX ? decl->arity : args};
    buf_add(&e->builtins, &row, sizeof(row));
    value_list_add(e->a, &e->builtin_names, v);
    return (uint32_t)e->builtin_names.n - 1;
}

/* --- sets -------------------------------------------------------------------------------- */

static bool is_name(const struct value *v)
{
    const char *const s = value_bytes(v);

    for (uint32_t i = 0; i < v->count; i++) {
        const bool letter =
            (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_';
        if (!letter && !(i > 0 && s[i] >= '0' && s[i] <= '9'))
            return false;
    }
    return v->count > 0;
}

static void print_path(struct buf *b, const struct tree *t)
{
    if (!t || !t->parent) {
        buf_puts(b, "data");
        return;
    }
    print_path(b, t->parent);
    if (is_name(t->name)) {
        buf_putc(b, '.');
        buf_add(b, value_bytes(t->name), t->name->count);
    } else {
        buf_putc(b, '[');
        json_print_string(b, value_bytes(t->name), t->name->count);
        buf_putc(b, ']');
    }
}

/* A rule's path as Rego writes it. */
static const char *path_name(struct emit *e, const struct tree *t)
{
    AUTO_BUF struct buf b = BUF_INIT;

    print_path(&b, t);
    const char *const name = b.failed ? NULL : arena_strndup(e->a, b.data, b.len);
    if (!name)
        emit_nomem(e);
    return name ? name : "";
}

static void add_entry(struct emit *e, const char *name, const struct ruleset *set)
{
    const struct image_entry row = {.name = emit_value(e, emit_str(e, name)), .set = set->id};

    buf_add(&e->entries, &row, sizeof(row));
}

static void add_entries(struct emit *e, const struct rego_entry *entries, size_t n)
{
    for (size_t i = 0; i < n && !e->failed; i++) {
        if (!entries[i].path)
            continue;
        struct ruleset *const s = ruleset_new(e, SET_COMPLETE, (struct rego_loc){0});
        if (!s)
            return;
        s->entry = entries[i].path;
        s->name = entries[i].name;
        add_entry(e, entries[i].name, s);
    }
    for (size_t i = 0; i < e->program->queries_n && !e->failed; i++) {
        const struct rego_checked_query *const q = &e->program->queries[i];
        struct ruleset *const s = ruleset_new(e, SET_PARTIAL, q->body->loc);
        if (!s)
            return;
        s->query = q;
        s->name = q->name;
        add_entry(e, q->name, s);
    }
}

/* A set is pure when neither it nor anything it uses looks at what `with` may change: its result
 * holds for the whole run. Impurity spreads to users until nothing changes. */
static void mark_pure(struct emit *e)
{
    struct image_set *const rows = (struct image_set *)(void *)e->sets.data;
    bool changed = true;

    while (changed) {
        changed = false;
        for (struct ruleset *s = e->first; s; s = s->next) {
            for (size_t i = 0; i < s->uses_n && !s->impure; i++)
                if (s->uses[i]->impure)
                    s->impure = changed = true;
        }
    }
    for (struct ruleset *s = e->first; s; s = s->next)
        if (!s->impure)
            rows[s->id].flags |= SET_PURE;
}

static void write_sets(struct emit *e)
{
    for (struct ruleset *s = e->first; s && !e->failed; s = s->next) {
        struct image_set row;

        if (!s->name)
            s->name = path_name(e, s->node);
        set_write(e, s, &row);
        buf_add(&e->sets, &row, sizeof(row));
    }
    if (!e->failed)
        mark_pure(e);
}

/* Bodies name their constants from their own base; rows shared by the image follow after all. */
static void join_consts(struct emit *e)
{
    const uint32_t base = emit_count(&e->consts, sizeof(uint32_t));
    struct image_path *const paths = (struct image_path *)(void *)e->paths.data;
    struct image_with_item *const items = (struct image_with_item *)(void *)e->with_items.data;

    for (uint32_t i = 0; i < emit_count(&e->paths, sizeof(*paths)); i++)
        paths[i].first += base;
    for (uint32_t i = 0; i < emit_count(&e->with_items, sizeof(*items)); i++)
        items[i].first += base;
    buf_add(&e->consts, e->shared.data, e->shared.len);
}

/* --- the image --------------------------------------------------------------------------- */

static void add_section(struct buf *out, struct image_header *h, enum image_section s,
                        const struct buf *from)
{
    static const char zeros[8];

    h->section[s] = (struct image_span){.at = (uint32_t)out->len,
                                        .n = (uint32_t)(from->len / image_element_size[s])};
    buf_add(out, from->data, from->len);
    buf_add(out, zeros, (8 - out->len % 8) % 8);
}

static uint32_t names(struct emit *e, const struct buf *rows, size_t size)
{
    struct value_list l = {0};

    for (size_t at = 0; at + size <= rows->len; at += size) {
        uint32_t name; /* the first field of each row */

        memcpy(&name, rows->data + at, sizeof(name));
        value_list_add(
            e->a, &l,
            (const struct value *)(const void *)(e->values.bytes.data + (name - e->values.base)));
    }
    /* Writing may move the bytes that the list points into: take a copy first. */
    const struct value *const v = value_list_array(e->a, &l);
    const struct value *const mine = v ? value_copy(e->a, v) : NULL;
    if (!mine) {
        emit_nomem(e);
        return 0;
    }
    return emit_value(e, mine);
}

static int assemble(struct emit *e, const struct value *meta, struct buf *image)
{
    struct image_header h = {.magic = IMAGE_MAGIC, .format = IMAGE_FORMAT};
    const struct value *const none = value_object(e->a, NULL, NULL, 0);
    const struct buf *const parts[IMAGE_SECTIONS] = {
        [IMAGE_VALUES] = &e->values.bytes,
        [IMAGE_CONSTS] = &e->consts,
        [IMAGE_NODES] = &e->nodes,
        [IMAGE_SETS] = &e->sets,
        [IMAGE_BODIES] = &e->bodies,
        [IMAGE_CODE] = &e->code,
        [IMAGE_PATHS] = &e->paths,
        [IMAGE_WITHS] = &e->withs,
        [IMAGE_WITH_ITEMS] = &e->with_items,
        [IMAGE_INDEX] = &e->index,
        [IMAGE_BUILTINS] = &e->builtins,
        [IMAGE_ENTRIES] = &e->entries,
        [IMAGE_ROWS] = &e->rows,
    };

    if (!none)
        return err_nomem(e->err);
    h.meta = emit_value(e, meta ? meta : none);
    h.data = emit_value(e, e->program->data ? e->program->data : none);
    h.entries = names(e, &e->entries, sizeof(struct image_entry));
    h.builtins = names(e, &e->builtins, sizeof(struct image_builtin));
    join_consts(e);
    if (e->failed)
        return -1;

    const size_t start = image->len;
    buf_add(image, &h, sizeof(h));
    for (int s = 0; s < IMAGE_SECTIONS; s++) {
        if (parts[s]->failed)
            return err_set(e->err, ERR_LIMIT, "the policy is too large for an image");
        add_section(image, &h, (enum image_section)s, parts[s]);
    }
    if (buf_check(image, e->err) < 0)
        return -1;
    if (start != 0)
        return err_set(e->err, ERR_BUG, "an image starts its buffer");
    if (image->len > IMAGE_BYTES_MAX)
        return err_set(e->err, ERR_LIMIT, "image larger than %d bytes", IMAGE_BYTES_MAX);

    const size_t skip = offsetof(struct image_header, section);
    h.len = (uint32_t)image->len;
    memcpy(image->data, &h, sizeof(h));
    h.checksum = image_checksum(image->data + skip, image->len - skip);
    memcpy(image->data, &h, sizeof(h));
    return 0;
}

static void emit_done(struct emit *e)
{
    struct buf *const all[] = {&e->consts,   &e->shared,  &e->nodes, &e->sets,       &e->bodies,
                               &e->code,     &e->paths,   &e->withs, &e->with_items, &e->index,
                               &e->builtins, &e->entries, &e->rows};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        buf_done(all[i]);
    value_writer_done(&e->values);
}

static int emit_once(struct arena *a, const struct rego_program *program,
                     const struct rego_entry *entries, size_t entries_n, const struct value *meta,
                     const struct value *const *folded, struct buf *image, struct err *err)
{
    __attribute__((cleanup(emit_done))) struct emit e = {.a = a,
                                                         .program = program,
                                                         .err = err,
                                                         .values.base = sizeof(struct image_header),
                                                         .folded = folded};
    const uint32_t unused = 0;

    e.last = &e.first;
    buf_add(&e.index, &unused, sizeof(unused)); /* word 0 means none */
    tree_build(&e);
    if (!e.failed)
        add_entries(&e, entries, entries_n);
    for (struct ruleset *s = e.first; folded && s; s = s->next)
        s->folded = folded[s->id];
    if (!e.failed)
        tree_number(&e);
    if (!e.failed)
        write_sets(&e);
    return e.failed ? -1 : assemble(&e, meta, image);
}

/* Sets that read no input are run once, on the image that evaluates everything; the one that is
 * kept has their values in place of their code. Both name the sets by the same numbers. */
int rego_emit(struct arena *a, const struct rego_program *program, const struct rego_entry *entries,
              size_t entries_n, const struct value *meta, struct buf *image, struct err *err)
{
    AUTO_BUF struct buf whole = {.max = IMAGE_BYTES_MAX};
    const struct value *const *folded = NULL;

    if (program->fold && (emit_once(a, program, entries, entries_n, NULL, NULL, &whole, err) < 0 ||
                          fold_sets(a, &whole, &folded, err) < 0))
        return -1;
    return emit_once(a, program, entries, entries_n, meta, folded, image, err);
}
