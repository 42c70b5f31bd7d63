/* Sinks that speak HTTP: a webhook, OPA's decision-log service, OpenTelemetry's collectors. */
#include <archive.h>
#include <archive_entry.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "audit/forward/http.h"
#include "audit/forward/sink.h"
#include "audit/log/records.h"
#include "base/own.h"
#include "base/str.h"
#include "policy/value/json.h"

static void done_headers(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

/* Any 2xx is delivered. */
static int post(CURL *curl, const struct sink *s, const char *url, const struct curl_slist *headers,
                const struct buf *body, struct buf *answer, struct err *err)
{
    long code = 0;

    if (http_post(curl, url, headers, s->ca, body, answer, &code, err) < 0)
        return -1;
    if (code < 200 || code > 299)
        return err_set(err, ERR_SYSTEM, "%s: answered %ld", url, code);
    return 0;
}

static int add_header(struct curl_slist **list, const char *header, struct err *err)
{
    struct curl_slist *const longer = curl_slist_append(*list, header);

    if (!longer)
        return err_nomem(err);
    *list = longer;
    return 0;
}

static int add_headers(struct curl_slist **list, const struct sink *s, struct err *err)
{
    for (size_t i = 0; s->headers && s->headers[i]; i++)
        if (add_header(list, s->headers[i], err) < 0)
            return -1;
    return add_header(list, "Expect:", err); /* no waiting for 100 Continue */
}

int sink_webhook(struct sink *s, const struct sink_item *items, size_t n, size_t *sent,
                 struct err *err)
{
    AUTO_CURL CURL *curl = curl_easy_init();
    __attribute__((cleanup(done_headers))) struct curl_slist *headers = NULL;
    AUTO_BUF struct buf body = BUF_INIT, answer = BUF_INIT;
    const bool json = s->template || s->format == FORMAT_JSON || s->format == FORMAT_OCSF ||
                      s->format == FORMAT_OTLP;

    if (!curl)
        return err_nomem(err);
    if (add_header(&headers, json ? "Content-Type: application/json" : "Content-Type: text/plain",
                   err) < 0 ||
        add_headers(&headers, s, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        buf_clear(&body);
        buf_clear(&answer);
        if (sink_print(s, &items[i], &body, err) < 0 ||
            post(curl, s, s->target, headers, &body, &answer, err) < 0)
            return -1;
        (*sent)++;
    }
    return 0;
}

/* --- batches ------------------------------------------------------------------------------- */

static la_ssize_t to_buf(struct archive *a, void *ctx, const void *bytes, size_t len)
{
    (void)a;
    buf_add(ctx, bytes, len);
    return (la_ssize_t)len;
}

static int gzip(struct buf *out, const struct buf *in, struct err *err)
{
    struct archive *const a = archive_write_new();
    struct archive_entry *const entry = archive_entry_new();
    int good = a && entry && archive_write_add_filter_gzip(a) == ARCHIVE_OK &&
               archive_write_set_format_raw(a) == ARCHIVE_OK &&
               archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
               archive_write_open(a, out, NULL, to_buf, NULL) == ARCHIVE_OK;

    if (good) {
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_pathname(entry, "body");
        good = archive_write_header(a, entry) == ARCHIVE_OK &&
               archive_write_data(a, in->data, in->len) == (la_ssize_t)in->len &&
               archive_write_close(a) == ARCHIVE_OK;
    }
    archive_entry_free(entry);
    if (archive_write_free(a) != ARCHIVE_OK)
        good = 0;
    return good ? buf_check(out, err) : err_set(err, ERR_SYSTEM, "gzip failed");
}

/* POST one gzipped JSON body to the target, its scheme's first word taken off, and `path`. */
static int post_batch(const struct sink *s, const char *path, const struct buf *json,
                      struct buf *answer, struct err *err)
{
    AUTO_CURL CURL *curl = curl_easy_init();
    __attribute__((cleanup(done_headers))) struct curl_slist *headers = NULL;
    AUTO_BUF struct buf body = BUF_INIT;
    char url[sizeof(s->target) + 16];
    const char *const target = strchr(s->target, '+') + 1;
    const size_t len = strlen(target);

    if (!curl)
        return err_nomem(err);
    (void)snprintf(url, sizeof(url), "%s%s%s", target, target[len - 1] == '/' ? "" : "/", path);
    if (add_header(&headers, "Content-Type: application/json", err) < 0 ||
        add_header(&headers, "Content-Encoding: gzip", err) < 0 ||
        add_headers(&headers, s, err) < 0 || buf_check(json, err) < 0)
        return -1;
    return gzip(&body, json, err) < 0 ? -1 : post(curl, s, url, headers, &body, answer, err);
}

int sink_opa(struct sink *s, const struct sink_item *items, size_t n, size_t *sent, struct err *err)
{
    AUTO_BUF struct buf array = BUF_INIT, answer = BUF_INIT;

    for (size_t i = 0; i < n; i++) {
        buf_putc(&array, i ? ',' : '[');
        buf_add(&array, items[i].json, items[i].len);
    }
    buf_putc(&array, ']');
    if (post_batch(s, "logs", &array, &answer, err) < 0)
        return -1;
    *sent = n;
    return 0;
}

/* A collector may take a batch and say that some of it is no good: that is told, and never sent
 * again (OTLP, partial success). */
static int partial(const struct buf *answer, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    struct err ignored = ERR_INIT;
    const struct value *v;

    if (answer->len == 0 ||
        json_parse(&a, answer->data, answer->len, JSON_LAST_WINS, &v, NULL, &ignored) < 0)
        return 0; /* no JSON: nothing is said */
    const struct value *const p = value_field(v, "partialSuccess");
    const struct value *const rejected = value_field(p, "rejectedLogRecords");
    const char *const why = value_cstr(value_field(p, "errorMessage"));
    AUTO_BUF struct buf n = BUF_INIT;

    if (!rejected)
        return 0;
    json_print(&n, rejected, JSON_COMPACT); /* OTLP writes it as a string, some peers do not */
    if (buf_check(&n, err) < 0)
        return -1;
    if (strcmp(n.data, "0") == 0 || strcmp(n.data, "\"0\"") == 0)
        return 0;
    return err_set(err, ERR_INVALID, "the collector rejected %s records of a batch: %s", n.data,
                   why ? why : "no reason given");
}

int sink_otlp(struct sink *s, const struct sink_item *items, size_t n, size_t *sent,
              struct err *err)
{
    const struct format_context c = {.origin = s->origin, .index = RECORD_PENDING};
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    AUTO_BUF struct buf body = BUF_INIT, answer = BUF_INIT;
    const struct value *const resource = format_otlp_resource(&a, items[0].record);

    if (!resource)
        return err_nomem(err);
    buf_puts(&body, "{\"resourceLogs\":[{\"resource\":");
    json_print(&body, resource, JSON_COMPACT);
    buf_puts(&body, ",\"scopeLogs\":[{\"scope\":{\"name\":\"sallyport\"},\"logRecords\":[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_putc(&body, ',');
        if (format_record(&body, FORMAT_OTLP, &c, items[i].record, NULL, 0, err) < 0)
            return -1;
    }
    buf_puts(&body, "]}]}]}");
    if (post_batch(s, "v1/logs", &body, &answer, err) < 0)
        return -1;
    *sent = n;
    return partial(&answer, err);
}
