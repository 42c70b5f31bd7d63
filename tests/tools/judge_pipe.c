/* Judges documents that come on standard input, for a driver of another language: each is a line
 * "LENGTH KIND" (config, process, resources) and LENGTH bytes; the answer a line "LENGTH VERDICT
 * CHANGES" and LENGTH bytes: the document that would run, or why there is none. No host is looked
 * at. Verdicts: those of decide, and `unread` for what the reader does not take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "facts/facts.h"
#include "policy/build/compile.h"
#include "policy/decide/decide.h"
#include "policy/value/json.h"

enum { DOCUMENT_BYTES = 4 * 1024 * 1024 };

static void answer(const char *verdict, size_t changes, const char *bytes, size_t len)
{
    (void)printf("%zu %s %zu\n", len, verdict, changes);
    (void)fwrite(bytes, 1, len, stdout);
    (void)fflush(stdout);
}

static void judge_one(const struct image *image, const char *kind, const char *bytes, size_t len)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)256 << 20);
    AUTO_BUF struct buf out = BUF_INIT;
    const struct value *doc = NULL, *input = NULL;
    const char *const member = strcmp(kind, "resources") == 0 ? "resources"
                               : strcmp(kind, "process") == 0 ? "process"
                                                              : "config";
    struct facts_request req = {.operation = strcmp(kind, "resources") == 0 ? "update"
                                             : strcmp(kind, "process") == 0 ? "exec"
                                                                            : "create",
                                .registration = "default",
                                .caller = "lint",
                                .id = "oracle",
                                .bundle = "/nonexistent/bundle",
                                .bundle_fd = -1,
                                .runtime = "runc",
                                .host = FACTS_NO_HOST,
                                .now_ns = 1767323045000000000};
    struct decision d;
    struct err err = ERR_INIT;

    if (document_parse(&a, bytes, len, &doc, &err) < 0) {
        answer("unread", 0, err.text, strlen(err.text));
        return;
    }
    *(strcmp(member, "resources") == 0 ? &req.resources
      : strcmp(member, "process") == 0 ? &req.process
                                       : &req.config) = doc;
    if (facts_input(&a, &req, &input, &err) < 0 || decide(image, input, &a, &d, &err) < 0) {
        answer("fault", 0, err.text, strlen(err.text));
        return;
    }
    json_print(&out, value_field(d.input, member), JSON_COMPACT);
    answer(verdict_name(d.verdict), d.patch->count, out.data ? out.data : "", out.len);
}

int main(int argc, char **argv)
{
    static struct arena policy = ARENA_INIT((size_t)2 << 30);
    const struct compile_options o = {.settings = "/nonexistent/sallyport.yaml",
                                      .baseline = argc > 1 ? argv[1] : "policy/baseline",
                                      .skip_tests = true,
                                      .now_ns = 1767323045000000000};
    AUTO_IMAGE struct image image = IMAGE_INIT;
    struct compiled c;
    struct err err = ERR_INIT;
    char kind[16], line[64];
    size_t len = 0;

    if (policy_compile(&policy, &o, &c, &err) < 0 ||
        image_borrow(&image, c.image, c.image_len, &err) < 0) {
        (void)fprintf(stderr, "judge_pipe: %s\n", err.text);
        return 1;
    }
    char *const bytes = malloc(DOCUMENT_BYTES);
    while (bytes && fgets(line, sizeof(line), stdin) && sscanf(line, "%zu %15s", &len, kind) == 2 &&
           len <= DOCUMENT_BYTES) {
        if (fread(bytes, 1, len, stdin) != len)
            break;
        judge_one(&image, kind, bytes, len);
    }
    free(bytes);
    arena_done(&policy);
    return 0;
}
