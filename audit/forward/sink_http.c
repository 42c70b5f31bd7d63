/* Sinks that speak HTTP: a webhook, and OPA's decision-log service. */
#include <archive.h>
#include <archive_entry.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "audit/forward/sink.h"
#include "audit/log/records.h"
#include "base/own.h"
#include "base/str.h"

static size_t swallow(char *bytes, size_t size, size_t n, void *ctx)
{
    (void)bytes, (void)ctx;
    return size * n;
}

static void done_curl(CURL **curl)
{
    curl_easy_cleanup(*curl);
}

static void done_headers(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

/* One handle for a batch, so that its connection is used again. Redirects are not followed: records
 * go where root said. */
static int post(CURL *curl, const struct sink *s, const char *url, const struct curl_slist *headers,
                const struct buf *body, struct err *err)
{
    char why[CURL_ERROR_SIZE] = "";
    long code = 0;

    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SINK_TIMEOUT_S);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "sallyport/" SALLYPORT_VERSION);
    (void)curl_easy_setopt(curl, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body->len);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data);
    if (s->ca)
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, s->ca);
    const CURLcode result = curl_easy_perform(curl);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    if (result != CURLE_OK)
        return err_set(err, ERR_SYSTEM, "%s: %s", url, *why ? why : curl_easy_strerror(result));
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
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
    const struct format_context c = {.index = RECORD_PENDING};
    __attribute__((cleanup(done_curl))) CURL *curl = curl_easy_init();
    __attribute__((cleanup(done_headers))) struct curl_slist *headers = NULL;
    AUTO_BUF struct buf body = BUF_INIT;
    const bool json = s->format == FORMAT_JSON || s->format == FORMAT_OCSF;

    if (!curl)
        return err_nomem(err);
    if (add_header(&headers, json ? "Content-Type: application/json" : "Content-Type: text/plain",
                   err) < 0 ||
        add_headers(&headers, s, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        buf_clear(&body);
        if (format_record(&body, s->format, &c, items[i].record, items[i].json, items[i].len, err) <
                0 ||
            post(curl, s, s->target, headers, &body, err) < 0)
            return -1;
        (*sent)++;
    }
    return 0;
}

/* --- OPA ---------------------------------------------------------------------------------------
 */

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

int sink_opa(struct sink *s, const struct sink_item *items, size_t n, size_t *sent, struct err *err)
{
    __attribute__((cleanup(done_curl))) CURL *curl = curl_easy_init();
    __attribute__((cleanup(done_headers))) struct curl_slist *headers = NULL;
    AUTO_BUF struct buf array = BUF_INIT, body = BUF_INIT;
    char url[sizeof(s->target) + 8];
    const char *const target = s->target + strlen("opa+");
    const size_t len = strlen(target);

    if (!curl)
        return err_nomem(err);
    (void)snprintf(url, sizeof(url), "%s%slogs", target, target[len - 1] == '/' ? "" : "/");
    if (add_header(&headers, "Content-Type: application/json", err) < 0 ||
        add_header(&headers, "Content-Encoding: gzip", err) < 0 ||
        add_headers(&headers, s, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        buf_putc(&array, i ? ',' : '[');
        buf_add(&array, items[i].json, items[i].len);
    }
    buf_putc(&array, ']');
    if (buf_check(&array, err) < 0 || gzip(&body, &array, err) < 0 ||
        post(curl, s, url, headers, &body, err) < 0)
        return -1;
    *sent = n;
    return 0;
}
