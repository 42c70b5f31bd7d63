#include "facts/command.h"

#include <string.h>

#include "base/own.h"
#include "profiles/doc.h"

/* Programs that execute what follows them, and their options that take a value of their own. */
static const struct {
    const char *name, *with_value;
} wrappers[] = {
    {"tini", "ep"},    {"tini-static", "ep"}, {"docker-init", "ep"}, {"dumb-init", "r"},
    {"catatonit", ""}, {"env", "uC"},         {"nice", "n"},         {"ionice", "cn"},
    {"nohup", ""},     {"setsid", ""},        {"stdbuf", "ioe"},     {"exec", ""},
};

static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "zsh"};

static const char *word(const struct value *args, size_t i)
{
    const char *const text = i < doc_len(args) ? value_cstr(value_at(args, i)) : NULL;

    return text ? text : "";
}

static const char *base(const char *path)
{
    const char *const slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* The word after a wrapper's own; the number of words where it is no wrapper's. */
static size_t after_wrapper(const struct value *args, size_t at)
{
    const char *const name = base(word(args, at));
    size_t row = 0;

    while (row < ARRAY_LEN(wrappers) && strcmp(wrappers[row].name, name) != 0)
        row++;
    if (row == ARRAY_LEN(wrappers))
        return doc_len(args);
    for (at++; at < doc_len(args); at++) {
        const char *const w = word(args, at);

        if (strcmp(w, "--") == 0)
            return at + 1;
        if (w[0] != '-' && !(strcmp(name, "env") == 0 && strchr(w, '=')))
            break;
        if (w[0] == '-' && w[1] && !w[2] && strchr(wrappers[row].with_value, w[1]))
            at++;
    }
    return at;
}

static bool is_shell(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
        if (strcmp(shells[i], name) == 0)
            return true;
    }
    return false;
}

/* -c, also among other letters: -ec, -lc. */
static bool takes_text(const char *option)
{
    return option[0] == '-' && option[1] != '-' && strchr(option + 1, 'c') != NULL;
}

struct command command_read(const struct value *args)
{
    struct command c = {.at = 0};

    for (size_t next = after_wrapper(args, c.at); next < doc_len(args);
         next = after_wrapper(args, c.at))
        c.at = next;
    if (!is_shell(base(word(args, c.at))))
        return c;
    for (size_t i = c.at + 1; i < doc_len(args); i++) {
        const char *const w = word(args, i);

        if (takes_text(w)) {
            c.text = i + 1 < doc_len(args) ? word(args, i + 1) : NULL;
            return c;
        }
        if (w[0] != '-' && w[0] != '+') {
            c.at = i;
            c.is_file = true;
            return c;
        }
        if (strcmp(w, "-o") == 0 || strcmp(w, "-O") == 0)
            i++;
    }
    return c;
}
