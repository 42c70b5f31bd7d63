#include "policy/rego/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rego/annotations.h"
#include "policy/rego/tree.h"

/* --- tokens and state -------------------------------------------------------------------- */

static void note_comment(struct rego_parser *p)
{
    struct rego_loc loc = parse_loc(p);

    if (p->s.comments == p->comments_cap) {
        const size_t cap = p->comments_cap ? 2 * p->comments_cap : 16;
        struct rego_comment *const at = ARENA_NEW_N(p->a, struct rego_comment, cap);

        if (!at)
            return;
        if (p->s.comments)
            memcpy(at, p->comments, p->s.comments * sizeof(*at));
        p->comments = at;
        p->comments_cap = cap;
    }
    loc.offset++;
    loc.len--;
    p->comments[p->s.comments++].loc = loc;
}

static void tell_illegal(struct rego_parser *p)
{
    for (size_t i = 0; i < TOKEN_ERRORS_MAX && p->s.tok.errors[i]; i++)
        parse_error(p, parse_loc(p), "%s", p->s.tok.errors[i]);
}

static void scan(struct rego_parser *p, bool skip_space)
{
    if (parse_tok(p) != TOK_SPACE) {
        p->s.last_end = p->s.tok.end;
        p->s.skipped_nl = false;
    }
    for (;;) {
        p->s.tok = rego_scan(p->source, p->s.tok.end, p->keywords);
        switch (parse_tok(p)) {
        case TOK_ILLEGAL:
            tell_illegal(p);
            return;
        case TOK_SPACE:
            if (p->source->text[p->s.tok.off] == '\n')
                p->s.skipped_nl = true;
            if (!skip_space)
                return;
            break;
        case TOK_COMMENT:
            note_comment(p);
            break;
        default:
            return;
        }
    }
}

void parse_scan(struct rego_parser *p)
{
    scan(p, true);
}

void parse_scan_ws(struct rego_parser *p)
{
    scan(p, false);
}

void parse_scan_template(struct rego_parser *p, bool raw)
{
    p->s.last_end = p->s.tok.end;
    p->s.skipped_nl = false;
    p->s.tok = rego_scan_template(p->source, p->s.tok.end, raw);
    if (parse_tok(p) == TOK_ILLEGAL)
        tell_illegal(p);
}

void parse_restore(struct rego_parser *p, const struct parse_state *s)
{
    p->s = *s;
    p->diags->n = s->errors;
}

bool parse_enter(struct rego_parser *p)
{
    if (p->deep || p->depth >= REGO_DEPTH_MAX) {
        if (!p->deep)
            parse_error(p, parse_loc(p), "max parsing recursion depth exceeded");
        p->deep = true;
        return false;
    }
    p->depth++;
    return true;
}

static uint32_t *failed_slot(const struct parse_failed *f, uint32_t key)
{
    size_t i = (key * 2654435761u) & (f->cap - 1);

    while (f->at[i] && f->at[i] != key)
        i = (i + 1) & (f->cap - 1);
    return &f->at[i];
}

bool parse_failed_at(const struct rego_parser *p, uint32_t off)
{
    return p->failed.n > 0 && *failed_slot(&p->failed, off + 1) != 0;
}

void parse_note_failed(struct rego_parser *p, uint32_t off)
{
    struct parse_failed *const f = &p->failed;

    if (2 * (f->n + 1) > f->cap) {
        struct parse_failed bigger = {.cap = f->cap ? 2 * f->cap : 64, .n = f->n};

        bigger.at = ARENA_NEW_N(p->a, uint32_t, bigger.cap);
        if (!bigger.at)
            return;
        for (size_t i = 0; i < f->cap; i++)
            if (f->at[i])
                *failed_slot(&bigger, f->at[i]) = f->at[i];
        *f = bigger;
    }
    uint32_t *const slot = failed_slot(f, off + 1);

    f->n += *slot == 0;
    *slot = off + 1;
}

struct rego_loc parse_loc(const struct rego_parser *p)
{
    return (struct rego_loc){p->source, p->s.tok.off, p->s.tok.end - p->s.tok.off};
}

struct rego_loc parse_span(const struct rego_parser *p, uint32_t from)
{
    const uint32_t end = p->s.last_end > from ? p->s.last_end : from;

    return (struct rego_loc){p->source, from, end - from};
}

const char *parse_text(const struct rego_parser *p, size_t *len)
{
    *len = p->s.tok.end - p->s.tok.off;
    return p->source->text + p->s.tok.off;
}

/* --- diagnostics ------------------------------------------------------------------------- */

void parse_error(struct rego_parser *p, struct rego_loc loc, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    const int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    diag_add(p->a, p->diags, REGO_PARSE_ERROR, loc, "%s%s%s%s", text, p->hint ? " (hint: " : "",
             p->hint ? p->hint : "", p->hint ? ")" : "");
    p->hint = NULL;
    p->s.errors = p->diags->n;
}

void parse_illegal(struct rego_parser *p, const char *note)
{
    if (parse_tok(p) == TOK_ILLEGAL) {
        parse_error(p, parse_loc(p), "illegal token");
        return;
    }
    parse_error(p, parse_loc(p), "unexpected %s %s%s%s", rego_token_text(parse_tok(p)),
                rego_token_is_keyword(parse_tok(p)) ? "keyword" : "token", note ? ": " : "",
                note ? note : "");
}

/* --- keywords as names ------------------------------------------------------------------- */

static rego_keywords version_keywords(const struct rego_parser *p)
{
    return p->version == REGO_V1 ? rego_keywords_v1() : rego_keywords_v0();
}

bool parse_is_ref_keyword(const struct rego_parser *p)
{
    return rego_token_is_keyword(parse_tok(p)) &&
           ((version_keywords(p) | p->keywords) & rego_keyword_bit(parse_tok(p)));
}

bool parse_keyword_ref(struct rego_parser *p)
{
    if (!parse_is_ref_keyword(p))
        return false;
    const struct token next = rego_scan(p->source, p->s.tok.end, p->keywords);

    if (next.kind != TOK_DOT && next.kind != TOK_LBRACK)
        return false;
    p->s.tok.kind = TOK_IDENT;
    return true;
}

/* --- statements -------------------------------------------------------------------------- */

/* After `package` or `import`: the path. NULL without a diagnostic: a ref that begins with that
 * word. */
static struct rego_term *statement_path(struct rego_parser *p, bool import)
{
    parse_scan_ws(p);
    if (parse_tok(p) == TOK_DOT || parse_tok(p) == TOK_LBRACK)
        return NULL;
    if (parse_tok(p) == TOK_SPACE)
        parse_scan(p);
    if (parse_tok(p) != TOK_IDENT && !parse_is_ref_keyword(p)) {
        parse_illegal(p, NULL);
        return NULL;
    }
    p->s.tok.kind = TOK_IDENT;
    struct rego_term *const t = parse_term(p);

    if (!t || p->s.errors > 0) {
        if (p->s.errors == 0 || (t && import))
            parse_error(p, parse_loc(p), "expected path");
        return NULL;
    }
    if (t->kind != TERM_VAR && t->kind != TERM_REF) {
        if (import)
            parse_error(p, parse_loc(p), "expected path");
        else
            parse_illegal(p, NULL);
        return NULL;
    }
    struct rego_term *const ref = term_ref(p->a, t);

    if (!ref)
        return NULL;
    ref->loc = t->loc;
    if (ref->u.list.at[0]->kind != TERM_VAR) {
        parse_error(p, t->loc, "unexpected %s token: expecting var",
                    parse_kind_name(ref->u.list.at[0]));
        return NULL;
    }
    for (size_t i = 1; i < ref->u.list.n; i++)
        if (!term_is_str(ref->u.list.at[i])) {
            parse_error(p, ref->u.list.at[i]->loc, "unexpected %s token: expecting string",
                        parse_kind_name(ref->u.list.at[i]));
            return NULL;
        }
    return ref;
}

/* package = "package" path */
static bool parse_package(struct rego_parser *p, struct rego_module *m)
{
    const struct rego_loc loc = parse_loc(p);

    if (parse_tok(p) != TOK_PACKAGE)
        return false;
    const struct rego_term *const path = statement_path(p, false);
    struct value_list names = {0};

    if (!path)
        return false;
    value_list_add(p->a, &names, path->u.list.at[0]->u.name);
    for (size_t i = 1; i < path->u.list.n; i++)
        value_list_add(p->a, &names, path->u.list.at[i]->u.value);
    m->package = value_list_array(p->a, &names);
    m->package_loc = loc;
    m->package_path = path;
    return m->package != NULL;
}

static const rego_keywords opt_in_keywords = (rego_keywords)1 << (TOK_NOT - TOK_PACKAGE) |
                                             (rego_keywords)1 << (TOK_LOGICAL_AND - TOK_PACKAGE) |
                                             (rego_keywords)1 << (TOK_LOGICAL_OR - TOK_PACKAGE);

/* rego.v1 opens what v1 has by itself, rego.v2 the opt-in keywords too. */
static void import_rego(struct rego_parser *p, const struct rego_import *imp)
{
    const struct rego_terms *const path = &imp->path->u.list;
    const bool v1 = path->n == 2 && value_is_str(path->at[1]->u.value, "v1");
    const bool v2 = path->n == 2 && value_is_str(path->at[1]->u.value, "v2");

    if (!v1 && !v2) {
        parse_error(p, imp->path->loc,
                    "invalid import `%.*s`, must be one of: `rego.v1`, `rego.v2`",
                    (int)imp->path->loc.len, p->source->text + imp->path->loc.offset);
        return;
    }
    if (imp->alias) {
        parse_error(p, imp->alias_loc, "`rego` imports cannot be aliased");
        return;
    }
    if (v2 || p->version != REGO_V1)
        p->keywords |= rego_keywords_v1();
    if (v2) {
        p->keywords |= opt_in_keywords;
        p->not_bodies = true;
    }
}

static void import_future(struct rego_parser *p, const struct rego_import *imp)
{
    const struct rego_terms *const path = &imp->path->u.list;
    const rego_keywords future = rego_keyword_bit(TOK_IN) | rego_keyword_bit(TOK_EVERY) |
                                 rego_keyword_bit(TOK_CONTAINS) | rego_keyword_bit(TOK_IF);

    if (path->n == 1 || !value_is_str(path->at[1]->u.value, "keywords")) {
        parse_error(p, imp->path->loc, "invalid import, must be `future.keywords`");
        return;
    }
    if (imp->alias) {
        parse_error(p, imp->alias_loc, "`future` imports cannot be aliased");
        return;
    }
    if (path->n == 2) {
        p->keywords |= future | opt_in_keywords;
        p->not_bodies = true;
        return;
    }
    const struct value *const name = path->at[2]->u.value;
    const enum token_kind word = rego_keyword(value_bytes(name), name->count);

    if (path->n > 3 || word == TOK_IDENT ||
        !((future | opt_in_keywords) & rego_keyword_bit(word))) {
        parse_error(p, imp->path->loc,
                    "unexpected keyword, must be one of [and contains every if in not or]");
        return;
    }
    p->not_bodies |= word == TOK_NOT;
    p->keywords |= rego_keyword_bit(word);
    if (word == TOK_EVERY)
        p->keywords |= rego_keyword_bit(TOK_IN);
}

/* The name an import gives must not be a keyword, except where the import opens a keyword. */
static void check_import_name(struct rego_parser *p, const struct rego_import *imp)
{
    const struct rego_terms *const path = &imp->path->u.list;
    const struct rego_term *const last = path->at[path->n - 1];
    const struct value *const name = last->kind == TERM_VAR ? last->u.name : last->u.value;
    const enum token_kind word = rego_keyword(value_bytes(name), name->count);

    if (term_is_var(path->at[0], "future") || word == TOK_IDENT ||
        !(version_keywords(p) & rego_keyword_bit(word)))
        return;
    p->hint = "import a different path or use an alias";
    parse_error(p, last->loc, "unexpected import path, must not end with a keyword, got: %s",
                value_bytes(name));
}

/* import = "import" path [ "as" name ] */
static bool parse_import(struct rego_parser *p, struct rego_import *imp)
{
    imp->loc = parse_loc(p);
    if (parse_tok(p) != TOK_IMPORT)
        return false;
    /* Names that a former import made keywords must stay importable. */
    const rego_keywords keywords = p->keywords;
    p->keywords &= rego_keywords_v0() & ~rego_keyword_bit(TOK_NOT);
    imp->path = statement_path(p, true);
    p->keywords = keywords;
    if (!imp->path)
        return false;
    if (parse_tok(p) == TOK_IDENT) /* scanned without them: look again */
        p->s.tok = rego_scan(p->source, p->s.tok.off, p->keywords);
    const struct rego_term *const head = imp->path->u.list.at[0];

    if (!term_is_var(head, "data") && !term_is_var(head, "input") && !term_is_var(head, "future") &&
        !term_is_var(head, "rego")) {
        p->hint = "if this is unexpected, try updating OPA";
        parse_error(p, imp->path->loc,
                    "unexpected import path, must begin with one of: {data, future, input, rego}, "
                    "got: %s",
                    value_bytes(head->u.name));
        return false;
    }
    if (parse_tok(p) != TOK_AS) {
        check_import_name(p, imp);
        return true;
    }
    parse_scan(p);
    const struct rego_term *const alias = parse_tok(p) == TOK_IDENT ? parse_term(p) : NULL;

    if (alias && parse_is_root(alias)) {
        parse_error(p, alias->loc, "unexpected import alias, must not be a reserved name, got: %s",
                    value_bytes(alias->u.name));
        return false;
    }
    if (!alias || alias->kind != TERM_VAR) {
        parse_illegal(p, "expected var");
        return false;
    }
    imp->alias = alias->u.name;
    imp->alias_loc = alias->loc;
    return true;
}

static bool note_import(struct rego_parser *p, struct rego_module *m, const struct rego_import *imp)
{
    const struct rego_term *const path = imp->path;
    struct rego_import *const at =
        array_grow(p->a, p->imports, p->imports_n, sizeof(struct rego_import));

    if (!at)
        return false;
    p->imports = at;
    p->imports[p->imports_n++] = *imp;
    if (term_is_var(path->u.list.at[0], "rego")) {
        import_rego(p, imp);
        m->version = REGO_V1;
    }
    if (term_is_var(path->u.list.at[0], "future"))
        import_future(p, imp);
    return true;
}

/* A package that is no module's first statement: told of when all is read. */
static bool note_package(struct rego_parser *p, const struct rego_module *m)
{
    void *const at = array_grow(p->a, p->packages, p->packages_n, sizeof(struct rego_loc));

    if (!at)
        return false;
    p->packages = at;
    p->packages[p->packages_n++] = m->package_loc;
    return true;
}

/* One statement; false: none could be read, or an error stands in the diagnostics. */
static bool parse_statement(struct rego_parser *p, struct rego_module *m)
{
    const struct parse_state s = p->s;
    struct rego_import imp = {0};

    if (parse_keyword_rule_name(p, false))
        return false;
    if (p->statements++ == 0)
        p->first = parse_loc(p);
    if (parse_package(p, m)) {
        if (parse_tok(p) == TOK_SUB) {
            parse_illegal(p, NULL);
            return false;
        }
        if (p->statements > 1)
            return note_package(p, m);
        p->first.source = NULL;
        return true;
    }
    if (p->s.errors)
        return false;
    parse_restore(p, &s);
    if (parse_import(p, &imp)) {
        if (parse_tok(p) == TOK_SUB) {
            parse_illegal(p, NULL);
            return false;
        }
        return note_import(p, m, &imp);
    }
    if (p->s.errors)
        return false;
    parse_restore(p, &s);
    const size_t rules = p->rules_n;

    if (parse_rules(p))
        return true;
    if (p->s.errors)
        return false;
    p->rules_n = rules;
    parse_restore(p, &s);
    struct rego_body *const body = parse_query(p, true, TOK_EOF);

    if (!body)
        return false;
    void *const at = array_grow(p->a, p->bodies, p->bodies_n, sizeof(struct rego_body *));

    if (!at)
        return false;
    p->bodies = at;
    p->bodies[p->bodies_n++] = body;
    return true;
}

static int by_place(const void *x, const void *y)
{
    const struct rego_rule *const a = *(const struct rego_rule *const *)x;
    const struct rego_rule *const b = *(const struct rego_rule *const *)y;

    return a->loc.offset < b->loc.offset ? -1 : a->loc.offset > b->loc.offset;
}

static void check_packages(struct rego_parser *p)
{
    if (p->first.source)
        parse_error(p, p->first, "package expected");
    for (size_t i = 0; i < p->packages_n; i++)
        parse_error(p, p->packages[i], "unexpected package");
}

/* What can only be said of a module that was read whole. */
static void finish_rules(struct rego_parser *p, const struct rego_module *m)
{
    check_packages(p);
    for (size_t i = 0; i < p->bodies_n; i++)
        parse_rule_of_body(p, p->bodies[i]);
    if (p->rules_n)
        qsort(p->rules, p->rules_n, sizeof(*p->rules), by_place);
    for (size_t i = 0; i < p->rules_n && m->version == REGO_V1; i++)
        parse_check_v1(p, p->rules[i]);
}

static int start(struct rego_parser *p, struct err *err)
{
    if (p->source->len > REGO_SOURCE_MAX)
        return err_set(err, ERR_LIMIT, "%s: more than %d bytes of Rego", p->source->name,
                       REGO_SOURCE_MAX);
    p->keywords = version_keywords(p);
    p->diags->n = 0;
    parse_scan(p);
    return 0;
}

int rego_parse(struct arena *a, struct rego_source *source, const struct rego_options *opt,
               struct rego_module **out, struct rego_diags *diags, struct err *err)
{
    const enum rego_version version =
        source->dialect ? (enum rego_version)(source->dialect - 1) : opt->version;
    struct rego_parser p = {.a = a, .source = source, .version = version, .diags = diags};
    struct rego_module *const m = ARENA_NEW(a, struct rego_module);

    if (!m)
        return err_nomem(err);
    m->source = source;
    m->version = version;
    if (start(&p, err) < 0)
        return -1;
    if (parse_tok(&p) == TOK_EOF)
        parse_error(&p, parse_loc(&p), "empty module");
    while (parse_tok(&p) != TOK_EOF && parse_statement(&p, m) && p.s.errors == 0)
        ;
    if (!a->failed && parse_tok(&p) != TOK_EOF && p.s.errors == 0)
        parse_illegal(&p, NULL);
    if (p.s.errors == 0)
        finish_rules(&p, m);
    for (size_t i = 0; i < p.rules_n; i++)
        for (struct rego_rule *r = p.rules[i]; r; r = r->otherwise)
            r->module = m;
    m->imports = p.imports;
    m->imports_n = p.imports_n;
    m->rules = p.rules;
    m->rules_n = p.rules_n;
    m->comments = p.comments;
    m->comments_n = p.s.comments;
    if (p.s.errors == 0 && !a->failed)
        annotations_attach(a, m, diags);
    if (diags_finish(a, diags, ERR_PARSE, err) < 0)
        return -1;
    *out = m;
    return 0;
}

int rego_parse_query(struct arena *a, struct rego_source *source, const struct rego_options *opt,
                     struct rego_body **out, struct rego_diags *diags, struct err *err)
{
    struct rego_parser p = {.a = a, .source = source, .version = opt->version, .diags = diags};

    if (start(&p, err) < 0)
        return -1;
    struct rego_body *const body = parse_query(&p, false, TOK_EOF);

    if (diags_finish(a, diags, ERR_PARSE, err) < 0)
        return -1;
    *out = body;
    return 0;
}
