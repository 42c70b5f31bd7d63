/* Syslog over TLS (RFC 5425): the peer's certificate and its name are checked, always. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>

#include "audit/forward/sink.h"
#include "base/own.h"

static void done_ctx(SSL_CTX **ctx)
{
    SSL_CTX_free(*ctx);
}

static void done_ssl(SSL **ssl)
{
    SSL_free(*ssl);
}

/* What OpenSSL says of the failure; a certificate's fault first. */
static int fail(const SSL *ssl, const char *target, struct err *err)
{
    const long verified = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
    const unsigned long code = ERR_get_error();
    char text[160];

    ERR_error_string_n(code, text, sizeof(text));
    ERR_clear_error();
    return err_set(err, ERR_SYSTEM, "%s: TLS: %s", target,
                   verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                   : code                ? text
                                         : "the connection broke");
}

static SSL_CTX *context(const struct sink *s)
{
    SSL_CTX *const ctx = SSL_CTX_new(TLS_client_method());

    if (!ctx)
        return NULL;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
        (s->ca ? SSL_CTX_load_verify_locations(ctx, s->ca, NULL)
               : SSL_CTX_set_default_verify_paths(ctx)) == 1)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

/* The name that the certificate must bear: an address by its bytes. Not const: the macro of OpenSSL
 * drops that. */
static int expect(SSL *ssl, char *host)
{
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1)
        return 1;
    ERR_clear_error();
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

/* Our close is answered by the peer's once it has read all (as over plain TCP); a peer that merely
 * closes its socket after reading has read it too. */
static int wait_for_close(SSL *ssl, int fd, const char *target, struct err *err)
{
    char bytes[256];

    if (SSL_shutdown(ssl) < 0 || shutdown(fd, SHUT_WR) < 0)
        return fail(ssl, target, err);
    for (;;) {
        const int n = SSL_read(ssl, bytes, sizeof(bytes));

        if (n > 0)
            continue;
        const int why = SSL_get_error(ssl, n);
        if (why == SSL_ERROR_ZERO_RETURN ||
            (why == SSL_ERROR_SSL &&
             ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
            ERR_clear_error();
            return 0;
        }
        return err_set(err, ERR_SYSTEM, "%s: the peer did not read to the end", target);
    }
}

int sink_syslog_tls(struct sink *s, const struct sink_item *items, size_t n, size_t *sent,
                    struct err *err)
{
    char host[SINK_HOST_MAX];
    AUTO_BUF struct buf all = BUF_INIT;
    AUTO_FD int fd = sink_connect(s->target, SOCK_STREAM, host, err);
    __attribute__((cleanup(done_ctx))) SSL_CTX *ctx = context(s);
    __attribute__((cleanup(done_ssl))) SSL *ssl = ctx ? SSL_new(ctx) : NULL;

    if (fd < 0)
        return -1;
    if (!ssl)
        return fail(NULL, s->ca ? s->ca : s->target, err);
    if (sink_frames(s, items, n, &all, err) < 0)
        return -1;
    if (!expect(ssl, host) || SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1)
        return fail(ssl, s->target, err);
    for (size_t done = 0; done < all.len;) {
        size_t written = 0;

        if (SSL_write_ex(ssl, all.data + done, all.len - done, &written) != 1)
            return fail(ssl, s->target, err);
        done += written;
    }
    if (wait_for_close(ssl, fd, s->target, err) < 0)
        return -1;
    *sent = n;
    return 0;
}
