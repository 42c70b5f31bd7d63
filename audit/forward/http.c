#include "audit/forward/http.h"

static size_t keep(char *bytes, size_t size, size_t n, void *ctx)
{
    struct buf *const answer = ctx;

    if (answer->len + size * n <= HTTP_ANSWER_MAX)
        buf_add(answer, bytes, size * n);
    return size * n;
}

int http_post(CURL *curl, const char *url, const struct curl_slist *headers, const char *ca,
              const struct buf *body, struct buf *answer, long *code, struct err *err)
{
    char why[CURL_ERROR_SIZE] = "";

    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)HTTP_TIMEOUT_S);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "sallyport/" SALLYPORT_VERSION);
    (void)curl_easy_setopt(curl, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body->len);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data);
    if (ca)
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    const CURLcode result = curl_easy_perform(curl);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    if (result != CURLE_OK)
        return err_set(err, ERR_SYSTEM, "%s: %s", url, *why ? why : curl_easy_strerror(result));
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, code);
    return buf_check(answer, err);
}
