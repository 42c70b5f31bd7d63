#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "cli/cli.h"
#include "cli/rego_compile.h"
#include "cli/rego_errors.h"
#include "policy/build/bundle.h"
#include "policy/value/json.h"

#define BUILD_ARENA ((size_t)2 * 1024 * 1024 * 1024)

const struct option_row policy_build_options[] = {
    {"output", 'o', "FILE", "the bundle to write (bundle.tar.gz)", NULL},
    {"bundle", 'b', "PATH", "a bundle: a directory or an archive", NULL},
    {"data", 'd', "PATH", "Rego file, document or directory, as the arguments are", NULL},
    {"revision", 'r', "TEXT", "the bundle's revision", NULL},
    {"root", 0, "PATH", "a root of the bundle, once for each (all)", NULL},
    {"signing-key", 0, "FILE|SECRET", "sign the bundle with this key", NULL},
    {"claims-file", 0, "FILE", "further claims of the signature", NULL},
    REGO_LOAD_OPTIONS,
    {"v0-compatible", 0, NULL, "modules are Rego v0", NULL},
    {"v1-compatible", 0, NULL, "modules are Rego v1 (as without it)", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* What is built must compile. */
static int check(const struct rego_load *l, const struct rego_options *opt, struct arena *a,
                 struct rego_diags *diags, struct err *err)
{
    const struct rego_tests none = {0};
    struct rego_module **modules;
    struct image img = IMAGE_INIT;

    return rego_compile_parse(l, opt, a, &modules, diags, err) < 0
               ? -1
               : rego_compile_image(l, modules, &none, opt, a, &img, diags, err);
}

static const struct value *manifest(const struct call *call, const struct rego_load *l,
                                    enum rego_version version, struct arena *a)
{
    struct value_fields f = {0}, files = {0};
    struct value_list roots = {0};

    for (size_t i = 0; call_values(call, "root", i); i++)
        value_list_add(a, &roots, value_str(a, call_values(call, "root", i)));
    if (roots.n == 0)
        value_list_add(a, &roots, value_str(a, ""));
    for (size_t i = 0; i < l->sources_n; i++)
        if (l->sources[i].dialect && l->sources[i].dialect != version + 1u)
            value_fields_add(a, &files, l->sources[i].name,
                             value_int(a, l->sources[i].dialect - 1));
    value_fields_add(a, &f, "revision", value_str(a, call_value(call, "revision", "")));
    value_fields_add(a, &f, "roots", value_list_array(a, &roots));
    value_fields_add(a, &f, "rego_version", value_int(a, version == REGO_V1));
    if (files.keys.n)
        value_fields_add(a, &f, "file_rego_versions", value_fields_object(a, &files));
    return value_fields_object(a, &f);
}

static int add_json(struct opa_bundle *b, const char *name, const struct value *v, struct arena *a,
                    struct err *err)
{
    AUTO_BUF struct buf text = BUF_INIT;

    if (!v)
        return err_nomem(err);
    json_print(&text, v, JSON_COMPACT);
    const char *const kept = text.failed ? NULL : arena_strndup(a, text.data, text.len);
    if (!kept)
        return err_nomem(err);
    b->files[b->n++] = (struct opa_bundle_file){.name = name, .bytes = kept, .len = text.len};
    return 0;
}

/* A name within the archive: no slash before it, no way out of it. */
static const char *inside(const char *name)
{
    while (*name == '/' || (name[0] == '.' && name[1] == '/'))
        name += *name == '/' ? 1 : 2;
    while (strncmp(name, "../", 3) == 0)
        name += 3;
    return name;
}

static int gather(const struct call *call, const struct rego_load *l, enum rego_version version,
                  struct arena *a, struct opa_bundle *b, struct err *err)
{
    const struct value *const data = l->data ? l->data : value_object(a, NULL, NULL, 0);

    b->files = ARENA_NEW_N(a, struct opa_bundle_file, l->sources_n + 2);
    if (!b->files)
        return err_nomem(err);
    if (add_json(b, "data.json", data, a, err) < 0)
        return -1;
    for (size_t i = 0; i < l->sources_n; i++)
        b->files[b->n++] = (struct opa_bundle_file){.name = inside(l->sources[i].name),
                                                    .bytes = l->sources[i].text,
                                                    .len = l->sources[i].len};
    return add_json(b, ".manifest", manifest(call, l, version, a), a, err);
}

static int build(struct call *call, const struct rego_load *l, enum rego_version version,
                 struct arena *a, struct err *err)
{
    AUTO_BUF struct buf out = BUF_INIT;
    struct opa_bundle b = {0};
    struct opa_bundle_signing s = {.algorithm = call_value(call, "signing-alg", NULL)};
    const char *const key = call_value(call, "signing-key", NULL);
    const char *const claims = call_value(call, "claims-file", NULL);

    if (gather(call, l, version, a, &b, err) < 0 ||
        (key && rego_load_key(key, a, &s.key, err) < 0) ||
        (claims && rego_load_json(claims, a, &s.claims, err) < 0) ||
        opa_bundle_write(a, &b, key ? &s : NULL, &out, err) < 0)
        return -1;
    return file_replace_at(AT_FDCWD, call_value(call, "output", "bundle.tar.gz"), out.data, out.len,
                           NULL, 0644, 0, err);
}

int cmd_policy_build(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUILD_ARENA);
    const struct rego_options opt = {
        .version = call_flag(call, "v0-compatible") ? REGO_V0 : REGO_V1, .keep_prints = true};
    struct rego_load load = {0};
    struct rego_diags diags = {0};

    if (rego_load_call(call, true, &load, &a, err) < 0)
        return -1;
    if (load.sources_n == 0 && !load.data)
        return err_set(err, ERR_USAGE,
                       "policy build: nothing to build from; name a PATH or a "
                       "--bundle");
    if (check(&load, &opt, &a, &diags, err) < 0) {
        rego_errors_text(&call->log, &diags, err);
        return EXIT_FINDINGS;
    }
    return build(call, &load, opt.version, &a, err) < 0 ? -1 : EXIT_CLEAN;
}
