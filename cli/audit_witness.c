/* `sallyport audit witness`: each witness of a trust policy is asked for its cosignature. */
#include <stdio.h>
#include <string.h>

#include "audit/forward/http.h"
#include "audit/log/log.h"
#include "audit/log/witness.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/spooled.h"

const struct option_row audit_witness_options[] = {
    {"ca", 0, "FILE", "HTTPS: believe these certificates", NULL},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

enum { HTTP_OK = 200, HTTP_CONFLICT = 409 };

/* Ask once; when it answers that it has seen another size, once more from there. */
static int ask(struct call *call, const struct trust_witness *w, bool *cosigned, struct err *err)
{
    AUTO_CURL CURL *curl = curl_easy_init();
    const char *const dir = spooled_dir(call);
    char url[TRUST_WORD_MAX + 32];
    uint64_t old = 0;

    if (!curl)
        return err_nomem(err);
    (void)snprintf(url, sizeof(url), "%s%sadd-checkpoint", w->url,
                   w->url[strlen(w->url) - 1] == '/' ? "" : "/");
    for (int turn = 0; turn < 2; turn++) {
        AUTO_WITNESS_QUESTION struct witness_question q = WITNESS_QUESTION_INIT;
        AUTO_BUF struct buf answer = BUF_INIT;
        unsigned long long seen = 0;
        long code = 0;

        if (witness_ask(dir, &w->key, turn ? &old : NULL, &q, err) < 0)
            return -1;
        *cosigned = q.done;
        if (q.done)
            return 0;
        if (http_post(curl, url, NULL, call_value(call, "ca", NULL), &q.body, &answer, &code, err) <
            0)
            return -1;
        if (code == HTTP_OK) {
            const int took = witness_take(dir, &w->key, &q, answer.data, answer.len, err);

            *cosigned = took == 1;
            return took < 0 ? -1 : 0;
        }
        if (answer.len > 0 && answer.data[answer.len - 1] == '\n')
            answer.data[answer.len - 1] = '\0';
        if (code != HTTP_CONFLICT || answer.len == 0 ||
            !str_decimal(answer.data, UINT64_MAX, &seen))
            return err_set(err, ERR_SYSTEM, "%s: answered %ld", url, code);
        old = seen;
    }
    return err_set(err, ERR_SYSTEM, "%s: the size that it saw last changes as we ask", url);
}

/* Does the checkpoint as it stands meet the policy? */
static int verdict(struct call *call, const struct trust *trust, struct err *err)
{
    struct err why = ERR_INIT;

    if (log_trusted(spooled_dir(call), trust, &why) == 0) {
        buf_puts(&call->out, "the quorum is met\n");
        return EXIT_CLEAN;
    }
    if (why.code != ERR_TRUST) {
        *err = why;
        return -1;
    }
    buf_puts(&call->out, "the quorum is not met: ");
    say(&call->out, why.text);
    buf_putc(&call->out, '\n');
    return EXIT_FINDINGS;
}

int cmd_audit_witness(struct call *call, struct err *err)
{
    AUTO_TRUST struct trust *trust = NULL;

    if (trust_read(call->args[0], &trust, err) < 0)
        return -1;
    for (size_t i = 0; i < trust->witnesses_n; i++) {
        const struct trust_witness *const w = &trust->witnesses[i];
        struct err why = ERR_INIT;
        bool cosigned = false;

        if (!w->url[0])
            continue;
        const int status = ask(call, w, &cosigned, &why);

        say(&call->out, w->name);
        if (status < 0) { /* the others are asked all the same: the quorum decides */
            buf_puts(&call->out, ": ");
            say(&call->out, why.text);
            buf_putc(&call->out, '\n');
        } else {
            buf_puts(&call->out, cosigned ? ": cosigned\n" : ": the log has grown meanwhile\n");
        }
    }
    return verdict(call, trust, err);
}
