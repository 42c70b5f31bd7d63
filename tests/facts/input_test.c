/* Every captured input yields facts, and no fact is emitted that the schema does not declare. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/own.h"
#include "facts/facts.h"
#include "policy/value/json.h"
#include "policy/value/pointer.h"

#include "tests/help/suite.h"

static const char fixtures[] = "tests/fixtures";

static const struct value *read_json(struct arena *a, const char *path, unsigned flags)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    const struct value *doc = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(file_read_at(AT_FDCWD, path, 8 << 20, &text, &len, NULL, &err) == 0, "%s: %s",
                  path, err.text);
    if (flags)
        ck_assert_msg(json_parse(a, text, len, flags, &doc, NULL, &err) == 0, "%s: %s", path,
                      err.text);
    else
        ck_assert_msg(document_parse(a, text, len, &doc, &err) == 0, "%s: %s", path, err.text);
    return doc;
}

/* --- schema: names and types -------------------------------------------------------------------
 */

static const struct value *schema_of(const struct value *root, const struct value *node)
{
    const struct value *const ref = value_field(node, "$ref");

    if (!ref)
        return node;
    const struct value *const to = pointer_get(root, value_bytes(ref) + 1, ref->count - 1u);
    ck_assert_msg(to != NULL, "dangling %s", value_bytes(ref));
    return schema_of(root, to);
}

static bool type_matches(const struct value *schema, const struct value *v)
{
    static const char *const names[] = {"null",  "boolean", "number", "string",
                                        "array", "object",  "set"};
    const char *const type = value_cstr(value_field(schema, "type"));

    if (!type || strcmp(type, names[v->type]) == 0)
        return true;
    return strcmp(type, "integer") == 0 && value_is(v, VALUE_NUMBER);
}

static unsigned faults;

static void check_against(const struct value *root, const struct value *node, const struct value *v,
                          const char *path)
{
    const struct value *const schema = schema_of(root, node);
    const struct value *const props = value_field(schema, "properties");
    const struct value *const more = value_field(schema, "additionalProperties");
    char below[2048];

    if (!type_matches(schema, v)) {
        fprintf(stderr, "%s: wrong type\n", path);
        faults++;
        return;
    }
    for (size_t i = 0; value_is(v, VALUE_ARRAY) && i < v->count; i++) {
        const struct value *const items = value_field(schema, "items");

        snprintf(below, sizeof(below), "%s/%zu", path, i);
        if (items)
            check_against(root, items, value_at(v, i), below);
    }
    for (size_t i = 0; value_is(v, VALUE_OBJECT) && i < v->count; i++) {
        const char *const name = value_bytes(value_key_at(v, i));
        const struct value *const field = props ? value_field(props, name) : NULL;

        snprintf(below, sizeof(below), "%s/%s", path, name);
        if (field) {
            check_against(root, field, value_val_at(v, i), below);
        } else if (more && value_is(more, VALUE_OBJECT)) {
            check_against(root, more, value_val_at(v, i), below);
        } else {
            fprintf(stderr, "%s: not in the schema\n", below);
            faults++;
        }
    }
}

/* --- fixtures -----------------------------------------------------------------------------------
 */

static bool ends(const char *s, const char *tail)
{
    const size_t n = strlen(s), t = strlen(tail);

    return n >= t && strcmp(s + n - t, tail) == 0;
}

static const struct value *input_of(struct arena *a, const char *name, enum facts_host host)
{
    char path[512];
    const struct value *input = NULL;
    struct err err = ERR_INIT;
    struct facts_request req = {.caller = "lint",
                                .id =
                                    "84646eeaafbeb5d348b7fe47d89310ec983ef75f8911042bdde5dd8af8af6",
                                .bundle = "/srv/bundle",
                                .bundle_fd = -1,
                                .runtime = "runc",
                                .now_ns = 1700000000123456789,
                                .host = host,
                                .trusted_host = true};

    snprintf(path, sizeof(path), "%s/%s", fixtures, name);
    const struct value *const doc = read_json(a, path, 0);
    req.operation = "create";
    if (ends(name, ".process.json")) {
        req.operation = "exec";
        req.process = doc;
    } else if (ends(name, ".resources.json")) {
        req.operation = "update";
        req.resources = doc;
    } else {
        req.config = doc;
    }
    ck_assert_msg(facts_input(a, &req, &input, &err) == 0, "%s: %s", name, err.text);
    return input;
}

static void all_fixtures(enum facts_host host)
{
    struct arena s = ARENA_INIT(64 << 20);
    const struct value *const schema =
        read_json(&s, "policy/schema/input.schema.json", JSON_LAST_WINS);
    DIR *const dir = opendir(fixtures);
    unsigned seen = 0;

    ck_assert_ptr_nonnull(dir);
    for (const struct dirent *e; (e = readdir(dir));) {
        struct arena a = ARENA_INIT(64 << 20);

        if (!ends(e->d_name, ".json"))
            continue;
        check_against(schema, schema, input_of(&a, e->d_name, host), e->d_name);
        seen++;
        arena_done(&a);
    }
    (void)closedir(dir);
    arena_done(&s);
    ck_assert_uint_gt(seen, 80);
    ck_assert_uint_eq(faults, 0);
}

START_TEST(every_fixture_without_a_host_fits_the_schema)
{
    all_fixtures(FACTS_NO_HOST);
}
END_TEST

START_TEST(every_fixture_on_this_host_fits_the_schema)
{
    all_fixtures(FACTS_LOOK);
}
END_TEST

static const struct value *at(const struct value *input, const char *ptr)
{
    const struct value *const v = pointer_get(input, ptr, strlen(ptr));

    ck_assert_msg(v != NULL, "%s is absent", ptr);
    return v;
}

START_TEST(what_docker_writes_is_read_as_docker_means_it)
{
    struct arena a = ARENA_INIT(64 << 20);
    const struct value *const in = input_of(&a, "docker-default.json", FACTS_NO_HOST);

    ck_assert(value_is_str(at(in, "/container/engine"), "docker"));
    ck_assert(value_is_str(at(in, "/time"), "2023-11-14T22:13:20.123456789Z"));
    ck_assert(value_bool(at(in, "/facts/process/root_in_host")));
    ck_assert(!value_bool(at(in, "/facts/privileged")));
    ck_assert(value_bool(at(in, "/facts/namespaces/cgroup/host")));
    ck_assert(!value_bool(at(in, "/facts/namespaces/pid/host")));
    ck_assert(value_is_str(at(in, "/facts/mounts/9/engine_managed"), "hosts"));
    ck_assert(!value_bool(at(in, "/facts/resources/pids_limited")));
    ck_assert(value_bool(at(in, "/facts/seccomp/present")));
    ck_assert(value_bool(at(in, "/facts/rootfs/dev_tmpfs")));
    ck_assert_uint_eq(at(in, "/facts/malformed")->count, 0);
    ck_assert_uint_eq(at(in, "/facts/unknown_fields")->count, 0);
    ck_assert_uint_eq(at(in, "/facts/capabilities/default_excess")->count, 0);
    arena_done(&a);
}
END_TEST

START_TEST(privileged_containers_are_recognised)
{
    static const char *const names[] = {"docker-privileged.json", "docker26-privileged.json",
                                        "podman-privileged.json", "podman5-privileged.json",
                                        "ctr-privileged.json",    "cri-container-priv.json"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct arena a = ARENA_INIT(64 << 20);
        const struct value *const in = input_of(&a, names[i], FACTS_NO_HOST);

        ck_assert_msg(value_bool(at(in, "/facts/privileged")), "%s", names[i]);
        ck_assert_msg(value_bool(at(in, "/facts/devices/allow_all")), "%s", names[i]);
        arena_done(&a);
    }
}
END_TEST

START_TEST(facts_bound_to_a_host_are_unknown_without_one)
{
    struct arena a = ARENA_INIT(64 << 20);
    const struct value *const in = input_of(&a, "docker-rootfsmount.json", FACTS_NO_HOST);
    const struct value *const unknown = at(in, "/facts/unknown");
    bool kind = false, rootfs = false;

    for (size_t i = 0; i < unknown->count; i++) {
        kind = kind || value_is_str(value_at(unknown, i), "/facts/mounts/7/kind");
        rootfs = rootfs || value_is_str(value_at(unknown, i), "/facts/rootfs/accounts");
    }
    ck_assert(kind);
    ck_assert(rootfs);
    ck_assert_ptr_null(value_field(at(in, "/facts/mounts/7"), "kind"));
    arena_done(&a);
}
END_TEST

START_TEST(the_hosts_root_is_seen_for_what_it_is)
{
    struct arena a = ARENA_INIT(64 << 20);
    const struct value *const in = input_of(&a, "docker-rootfsmount.json", FACTS_LOOK);

    ck_assert(value_is_str(at(in, "/facts/mounts/7/source"), "/"));
    ck_assert(value_is_str(at(in, "/facts/mounts/7/sensitive"), "/"));
    ck_assert(value_is_str(at(in, "/facts/mounts/7/relation"), "equal"));
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("input");
    TCase *const t = tcase_create("input");

    tcase_set_timeout(t, 60);
    tcase_add_test(t, every_fixture_without_a_host_fits_the_schema);
    tcase_add_test(t, every_fixture_on_this_host_fits_the_schema);
    tcase_add_test(t, what_docker_writes_is_read_as_docker_means_it);
    tcase_add_test(t, privileged_containers_are_recognised);
    tcase_add_test(t, facts_bound_to_a_host_are_unknown_without_one);
    tcase_add_test(t, the_hosts_root_is_seen_for_what_it_is);
    suite_add_tcase(s, t);
    return run_suite(s);
}
