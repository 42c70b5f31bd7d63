/* report/frameworks.c - see frameworks.h. */
#include "report/frameworks.h"

#include <fcntl.h>
#include <string.h>

#include "policy/build/shape.h"
#include "policy/build/sources.h"
#include "policy/value/json.h"

static int read_json(struct arena *a, const char *path, const struct value **out, struct err *err)
{
    const char *text;
    size_t len;

    if (sources_read(a, path, false, FRAMEWORK_BYTES_MAX, &text, &len, err) < 0)
        return -1;
    if (json_parse(a, text, len, JSON_STRICT, out, NULL, err) < 0)
        return err_ctx(err, "%s", path);
    return 0;
}

int frameworks_asked(struct arena *a, const char *dir, const struct value **out, struct err *err)
{
    const char *const path = arena_printf(a, "%s/rules.json", dir);

    if (!path)
        return err_nomem(err);
    if (read_json(a, path, out, err) < 0)
        return -1;
    return value_is(*out, VALUE_OBJECT) ? 0 : err_set(err, ERR_INVALID, "%s: no object", path);
}

static bool one_of(const struct value *v, const char *a, const char *b)
{
    return value_is_str(v, a) || value_is_str(v, b);
}

static bool is_list(const struct value *v)
{
    return v && value_is(v, VALUE_ARRAY);
}

/* What the model reads without asking. */
static int check(const struct value *f, const char *path, struct err *err)
{
    static const char *const texts[] = {"id", "name", "title", "version", "kind"};
    const struct value *const controls = value_field(f, "controls");

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!value_cstr(value_field(f, texts[i])))
            return err_set(err, ERR_INVALID, "%s: no %s", path, texts[i]);
    }
    if (!one_of(value_field(f, "mapping"), "direct", "supporting"))
        return err_set(err, ERR_INVALID, "%s: mapping is not direct or supporting", path);
    if (!is_list(value_field(f, "sections")) || !is_list(controls))
        return err_set(err, ERR_INVALID, "%s: no sections or controls", path);
    for (size_t i = 0; i < controls->count; i++) {
        const struct value *const c = value_at(controls, i);

        if (!value_cstr(value_field(c, "id")) || !value_cstr(value_field(c, "title")) ||
            !value_cstr(value_field(c, "section")) || !is_list(value_field(c, "rules")) ||
            !one_of(value_field(c, "claim"), "direct", "supporting"))
            return err_set(err, ERR_INVALID,
                           "%s: control %zu needs id, title, section, rules and claim", path, i);
    }
    return 0;
}

static int read_one(struct arena *a, const char *path, const struct value **out, struct err *err)
{
    return read_json(a, path, out, err) < 0 ? -1 : check(*out, path, err);
}

/* Every framework of the directory. */
static int read_all(struct arena *a, const char *dir, struct value_list *all, struct err *err)
{
    const char *const place = arena_printf(a, "%s/frameworks", dir);
    const struct value *names, *one;

    if (!place)
        return err_nomem(err);
    if (sources_list(a, place, ".json", &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names->count; i++) {
        const char *const path = arena_printf(a, "%s/%s", place, value_bytes(value_at(names, i)));

        if (!path)
            return err_nomem(err);
        if (read_one(a, path, &one, err) < 0)
            return -1;
        value_list_add(a, all, one);
    }
    return all->failed ? err_nomem(err) : 0;
}

static const struct value *find(const struct value_list *all, const char *word)
{
    for (size_t i = 0; i < all->n; i++) {
        if (value_is_str(value_field(all->items[i], "id"), word))
            return all->items[i];
    }
    for (size_t i = 0; i < all->n; i++) {
        const struct value *const is_default = value_field(all->items[i], "default");

        if (value_is_str(value_field(all->items[i], "name"), word) && is_default &&
            value_bool(is_default))
            return all->items[i];
    }
    return NULL;
}

static int unknown(const struct value_list *all, const char *word, struct err *err)
{
    const char *names[FRAMEWORKS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < all->n && n + 1 < FRAMEWORKS_MAX; i++) {
        names[n++] = value_bytes(value_field(all->items[i], "id"));
        names[n++] = value_bytes(value_field(all->items[i], "name"));
    }
    const char *const near = shape_nearest(word, names, n);
    return err_set(err, ERR_USAGE, "there is no framework %.100s%s%s%s", word,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static int add_word(struct arena *a, const struct value_list *all, const char *word,
                    struct value_list *out, struct err *err)
{
    const size_t len = strlen(word);
    const struct value *one;

    if (strcmp(word, "all") == 0) {
        for (size_t i = 0; i < all->n; i++)
            value_list_add(a, out, all->items[i]);
        return 0;
    }
    if (strchr(word, '/') || (len > 5 && strcmp(word + len - 5, ".json") == 0)) {
        if (read_one(a, word, &one, err) < 0)
            return -1;
    } else {
        one = find(all, word);
        if (!one)
            return unknown(all, word, err);
    }
    value_list_add(a, out, one);
    return 0;
}

int frameworks_load(struct arena *a, const char *dir, const char *names, struct value_list *out,
                    struct err *err)
{
    struct value_list all = {0};

    if (read_all(a, dir, &all, err) < 0)
        return err_ctx(err, "frameworks");
    for (const char *at = names; *at;) {
        const size_t len = strcspn(at, ",");
        char *const word = arena_strndup(a, at, len);

        if (!word)
            return err_nomem(err);
        if (len > 0 && add_word(a, &all, word, out, err) < 0)
            return -1;
        at += len + (at[len] == ',');
    }
    if (out->n == 0)
        return err_set(err, ERR_USAGE, "no framework is named");
    return out->failed ? err_nomem(err) : 0;
}
