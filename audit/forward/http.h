/* audit/forward/http.h - one POST.
 *
 * Layer:   audit/forward
 * Owns:    nothing: the caller's curl handle keeps the connection for the next.
 * Errors:  ERR_SYSTEM (no answer); a status that the caller does not like is the caller's matter.
 * Limits:  HTTP_TIMEOUT_S; of an answer, its first HTTP_ANSWER_MAX bytes are kept.
 */
#ifndef AUDIT_FORWARD_HTTP_H
#define AUDIT_FORWARD_HTTP_H

#include <curl/curl.h>

#include "base/buf.h"

enum { HTTP_TIMEOUT_S = 10, HTTP_ANSWER_MAX = 64 * 1024 };

static inline void http_close(CURL **curl)
{
    curl_easy_cleanup(*curl);
}
#define AUTO_CURL __attribute__((cleanup(http_close)))

/* headers, ca: may be NULL. Redirects are not followed: records go where root said. */
int http_post(CURL *curl, const char *url, const struct curl_slist *headers, const char *ca,
              const struct buf *body, struct buf *answer, long *code, struct err *err) MUST_CHECK;

#endif
