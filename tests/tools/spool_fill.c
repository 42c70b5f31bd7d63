/* spool_fill DIR N [CONTAINER]: N records as the gate writes them, through the same functions.
 * Tests of the log start from it. */
#include <stdio.h>
#include <string.h>

#include "audit/record.h"
#include "audit/spool.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "policy/value/json.h"

static int one(struct spool *s, unsigned long long i, const char *container, struct err *err)
{
    static const char *const verdicts[] = {"admit", "harden", "refuse"};
    const char *const verdict = verdicts[i % 3];
    AUTO_ARENA struct arena a = ARENA_INIT(4 << 20);
    AUTO_SPOOL_DOCUMENT struct spool_document printed = SPOOL_DOCUMENT_INIT;
    const struct value *input, *decision, *record;
    char text[1024], id[RECORD_ID_LEN + 1];
    const int64_t now = clock_wall_ns();
    uint8_t random[10];

    for (size_t k = 0; k < sizeof(random); k++)
        random[k] = (uint8_t)(k < 8 ? i >> (56 - 8 * k) : (uint64_t)now >> (8 * (k - 8)));
    record_id(now, random, id);
    int n = snprintf(text, sizeof(text),
                     "{\"operation\":\"create\",\"container\":{\"id\":\"%s%llu\",\"name\":\"web\","
                     "\"engine\":\"docker\",\"image\":{\"name\":\"nginx:1\"}},"
                     "\"actor\":{\"known\":false,\"daemon\":\"dockerd\"},\"config\":{\"i\":%llu}}",
                     container, i, i % 7);
    if (json_parse(&a, text, (size_t)n, 0, &input, NULL, err) < 0)
        return -1;
    n = snprintf(
        text, sizeof(text), "{\"verdict\":\"%s\",\"mode\":\"enforce\",\"findings\":[%s]}", verdict,
        i % 3
            ? "{\"rule\":\"engine-socket\",\"msg\":\"a control socket\",\"path\":\"/config/mounts/1\"}"
            : "");
    if (json_parse(&a, text, (size_t)n, 0, &decision, NULL, err) < 0 ||
        spool_document_print(&printed, input, err) < 0)
        return -1;
    const struct record_parts parts = {
        .id = id,
        .now_ns = now,
        .caller = "shim",
        .input = input,
        .input_digest = printed.digest,
        .decision = decision,
        .verdict = verdict,
    };
    if (record_build(&a, &parts, &record, err) < 0)
        return -1;
    return spool_append(s, &printed, record, err);
}

int main(int argc, char *argv[])
{
    AUTO_SPOOL struct spool s = SPOOL_INIT;
    struct err err = ERR_INIT;
    unsigned long long n;

    if (argc < 3 || !str_decimal(argv[2], 1000000, &n)) {
        (void)fprintf(stderr, "usage: spool_fill DIR N [CONTAINER]\n");
        return 2;
    }
    int status = spool_open(&s, argv[1], &err);
    for (unsigned long long i = 0; status == 0 && i < n; i++)
        status = one(&s, i, argc > 3 ? argv[3] : "c", &err);
    if (status < 0)
        (void)fprintf(stderr, "spool_fill: %s\n", err.text);
    return status < 0;
}
