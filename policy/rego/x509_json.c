#include "policy/rego/x509_json.h"

#include <openssl/core_names.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/own.h"
#include "policy/rego/pem.h"
#include "policy/rego/x509_key.h"

const struct value *x509_base64(struct arena *a, const void *bytes, size_t len)
{
    AUTO_BUF struct buf b = BUF_INIT;

    base64_encode(&b, bytes, len);
    return b.failed ? NULL : value_string(a, b.data != NULL ? b.data : "", b.len);
}

static void put(struct arena *a, struct value_fields *f, const char *key, const struct value *v)
{
    value_fields_add(a, f, key, v);
    f->vals.failed |= v == NULL;
}

static void put_null(struct arena *a, struct value_fields *f, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        put(a, f, *keys, &value_null);
}

static const struct value *array_or_null(struct arena *a, const struct value_list *l)
{
    return l->n == 0 && !l->failed ? &value_null : value_list_array(a, l);
}

/* DER of an object that i2d writes. */
#define DER_JSON(a, type, i2d, object)                                                             \
    ({                                                                                             \
        unsigned char *der_ = NULL;                                                                \
        const int n_ = i2d((type)(object), &der_);                                                 \
        const struct value *const v_ = n_ > 0 ? x509_base64((a), der_, (size_t)n_) : NULL;         \
        OPENSSL_free(der_);                                                                        \
        v_;                                                                                        \
    })

/* An object identifier as an array of numbers; as text. */
static const struct value *oid_text(struct arena *a, const ASN1_OBJECT *o)
{
    char text[128];

    return OBJ_obj2txt(text, sizeof(text), o, 1) > 0 ? value_str(a, text) : NULL;
}

static const struct value *oid_json(struct arena *a, const ASN1_OBJECT *o)
{
    char text[128];
    struct value_list l = {0};

    if (OBJ_obj2txt(text, sizeof(text), o, 1) <= 0)
        return NULL;
    for (const char *at = text; *at != '\0';) {
        const size_t n = strcspn(at, ".");

        value_list_add(a, &l, value_number(a, at, n));
        at += n + (at[n] == '.');
    }
    return value_list_array(a, &l);
}

static const struct value *text_of(struct arena *a, const ASN1_STRING *s)
{
    unsigned char *utf8 = NULL;
    const int n = ASN1_STRING_to_UTF8(&utf8, s);
    const struct value *const v = n >= 0 ? value_string(a, (char *)utf8, (size_t)n) : NULL;

    OPENSSL_free(utf8);
    return v;
}

/* --- names ------------------------------------------------------------------------------- */

static const struct value *name_json(struct arena *a, const X509_NAME *name)
{
    static const struct {
        int nid;
        const char *key;
        bool list;
    } parts[] = {{NID_countryName, "Country", true},
                 {NID_organizationName, "Organization", true},
                 {NID_organizationalUnitName, "OrganizationalUnit", true},
                 {NID_localityName, "Locality", true},
                 {NID_stateOrProvinceName, "Province", true},
                 {NID_streetAddress, "StreetAddress", true},
                 {NID_postalCode, "PostalCode", true},
                 {NID_serialNumber, "SerialNumber", false},
                 {NID_commonName, "CommonName", false}};
    struct value_fields f = {0};
    struct value_list names = {0};
    const int n = X509_NAME_entry_count(name);

    for (size_t p = 0; p < ARRAY_LEN(parts); p++) {
        struct value_list l = {0};
        const struct value *last = value_str(a, "");

        for (int i = 0; i < n; i++) {
            X509_NAME_ENTRY *const e = X509_NAME_get_entry(name, i);

            if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(e)) != parts[p].nid)
                continue;
            last = text_of(a, X509_NAME_ENTRY_get_data(e));
            value_list_add(a, &l, last);
        }
        put(a, &f, parts[p].key, parts[p].list ? array_or_null(a, &l) : last);
    }
    for (int i = 0; i < n; i++) {
        X509_NAME_ENTRY *const e = X509_NAME_get_entry(name, i);
        struct value_fields one = {0};

        put(a, &one, "Type", oid_json(a, X509_NAME_ENTRY_get_object(e)));
        put(a, &one, "Value", text_of(a, X509_NAME_ENTRY_get_data(e)));
        value_list_add(a, &names, value_fields_object(a, &one));
    }
    put(a, &f, "Names", array_or_null(a, &names));
    put(a, &f, "ExtraNames", &value_null);
    return value_fields_object(a, &f);
}

/* --- extensions -------------------------------------------------------------------------- */

static const struct value *extensions_json(struct arena *a, const STACK_OF(X509_EXTENSION) * all)
{
    struct value_list l = {0};

    for (int i = 0; i < sk_X509_EXTENSION_num(all); i++) {
        X509_EXTENSION *const e = sk_X509_EXTENSION_value(all, i);
        const ASN1_OCTET_STRING *const data = X509_EXTENSION_get_data(e);
        struct value_fields f = {0};

        put(a, &f, "Id", oid_json(a, X509_EXTENSION_get_object(e)));
        put(a, &f, "Critical", value_bool_of(X509_EXTENSION_get_critical(e) != 0));
        put(a, &f, "Value",
            x509_base64(a, ASN1_STRING_get0_data(data), (size_t)ASN1_STRING_length(data)));
        value_list_add(a, &l, value_fields_object(a, &f));
    }
    return array_or_null(a, &l);
}

static const struct value *ip_json(struct arena *a, const ASN1_OCTET_STRING *ip)
{
    const unsigned char *const p = ASN1_STRING_get0_data(ip);
    char *const text =
        ASN1_STRING_length(ip) == 4 ? arena_printf(a, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]) : NULL;
    AUTO_BUF struct buf b = BUF_INIT;

    if (text != NULL)
        return value_str(a, text);
    for (int i = 0; i + 1 < ASN1_STRING_length(ip); i += 2)
        buf_printf(&b, "%s%x", i > 0 ? ":" : "", (unsigned)p[i] << 8 | p[i + 1]);
    return b.failed ? NULL : value_string(a, b.data != NULL ? b.data : "", b.len);
}

/* A URI as Go's url.URL marshals. */
static const struct value *uri_json(struct arena *a, const ASN1_IA5STRING *uri)
{
    const char *const s = (const char *)ASN1_STRING_get0_data(uri);
    const size_t len = (size_t)ASN1_STRING_length(uri);
    const char *const colon = memmem(s, len, "://", 3);
    const char *const host = colon != NULL ? colon + 3 : s;
    const char *const end = s + len;
    const char *path = colon != NULL ? memchr(host, '/', (size_t)(end - host)) : s;
    struct value_fields f = {0};

    path = path != NULL ? path : end;
    put(a, &f, "Scheme", value_string(a, s, colon != NULL ? (size_t)(colon - s) : 0));
    put(a, &f, "Host", value_string(a, host, colon != NULL ? (size_t)(path - host) : 0));
    put(a, &f, "Path", value_string(a, path, (size_t)(end - path)));
    static const char *const empty[] = {"Opaque", "RawPath", "RawQuery", "Fragment", "RawFragment"};

    for (size_t i = 0; i < ARRAY_LEN(empty); i++)
        put(a, &f, empty[i], value_str(a, ""));
    put(a, &f, "User", &value_null);
    put(a, &f, "ForceQuery", &value_false);
    put(a, &f, "OmitHost", &value_false);
    return value_fields_object(a, &f);
}

static void put_alt_names(struct arena *a, struct value_fields *f, const GENERAL_NAMES *names,
                          bool extended)
{
    struct value_list dns = {0}, mail = {0}, ips = {0}, uris = {0}, uri_texts = {0};

    for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *const n = sk_GENERAL_NAME_value(names, i);

        if (n->type == GEN_DNS)
            value_list_add(a, &dns, text_of(a, n->d.dNSName));
        else if (n->type == GEN_EMAIL)
            value_list_add(a, &mail, text_of(a, n->d.rfc822Name));
        else if (n->type == GEN_IPADD)
            value_list_add(a, &ips, ip_json(a, n->d.iPAddress));
        else if (n->type == GEN_URI) {
            value_list_add(a, &uris, uri_json(a, n->d.uniformResourceIdentifier));
            value_list_add(a, &uri_texts, text_of(a, n->d.uniformResourceIdentifier));
        }
    }
    put(a, f, "DNSNames", array_or_null(a, &dns));
    put(a, f, "EmailAddresses", array_or_null(a, &mail));
    put(a, f, "IPAddresses", array_or_null(a, &ips));
    put(a, f, "URIs", array_or_null(a, &uris));
    if (extended)
        put(a, f, "URIStrings", array_or_null(a, &uri_texts));
}

static void put_usages(struct arena *a, struct value_fields *f, X509 *cert)
{
    static const int nids[] = {NID_anyExtendedKeyUsage, NID_server_auth,   NID_client_auth,
                               NID_code_sign,           NID_email_protect, NID_ipsecEndSystem,
                               NID_ipsecTunnel,         NID_ipsecUser,     NID_time_stamp,
                               NID_OCSP_sign,           NID_ms_sgc,        NID_ns_sgc,
                               NID_ms_code_com};
    EXTENDED_KEY_USAGE *const all = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    ASN1_BIT_STRING *const bits = X509_get_ext_d2i(cert, NID_key_usage, NULL, NULL);
    struct value_list known = {0}, unknown = {0};
    int64_t usage = 0;

    for (int i = 0; bits != NULL && i < 9; i++)
        usage |= (int64_t)ASN1_BIT_STRING_get_bit(bits, i) << i;
    for (int i = 0; all != NULL && i < sk_ASN1_OBJECT_num(all); i++) {
        const ASN1_OBJECT *const o = sk_ASN1_OBJECT_value(all, i);
        size_t k = 0;

        while (k < ARRAY_LEN(nids) && nids[k] != OBJ_obj2nid(o))
            k++;
        if (k < ARRAY_LEN(nids))
            value_list_add(a, &known, value_int(a, (int64_t)k));
        else
            value_list_add(a, &unknown, oid_json(a, o));
    }
    put(a, f, "KeyUsage", value_int(a, usage));
    put(a, f, "ExtKeyUsage", array_or_null(a, &known));
    put(a, f, "UnknownExtKeyUsage", array_or_null(a, &unknown));
    ASN1_BIT_STRING_free(bits);
    sk_ASN1_OBJECT_pop_free(all, ASN1_OBJECT_free);
}

static void put_constraints(struct arena *a, struct value_fields *f, X509 *cert)
{
    BASIC_CONSTRAINTS *const c = X509_get_ext_d2i(cert, NID_basic_constraints, NULL, NULL);
    const bool has_len = c != NULL && c->pathlen != NULL;
    const long len = has_len ? ASN1_INTEGER_get(c->pathlen) : c != NULL ? -1 : 0;

    put(a, f, "BasicConstraintsValid", value_bool_of(c != NULL));
    put(a, f, "IsCA", value_bool_of(c != NULL && c->ca != 0));
    put(a, f, "MaxPathLen", value_int(a, len));
    put(a, f, "MaxPathLenZero", value_bool_of(has_len && len == 0));
    BASIC_CONSTRAINTS_free(c);
}

static void put_access(struct arena *a, struct value_fields *f, X509 *cert)
{
    AUTHORITY_INFO_ACCESS *const all = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
    struct value_list ocsp = {0}, issuers = {0};

    for (int i = 0; all != NULL && i < sk_ACCESS_DESCRIPTION_num(all); i++) {
        const ACCESS_DESCRIPTION *const d = sk_ACCESS_DESCRIPTION_value(all, i);
        const int nid = OBJ_obj2nid(d->method);

        if (d->location->type != GEN_URI)
            continue;
        if (nid == NID_ad_OCSP)
            value_list_add(a, &ocsp, text_of(a, d->location->d.uniformResourceIdentifier));
        else if (nid == NID_ad_ca_issuers)
            value_list_add(a, &issuers, text_of(a, d->location->d.uniformResourceIdentifier));
    }
    put(a, f, "OCSPServer", array_or_null(a, &ocsp));
    put(a, f, "IssuingCertificateURL", array_or_null(a, &issuers));
    AUTHORITY_INFO_ACCESS_free(all);
}

static void put_points(struct arena *a, struct value_fields *f, X509 *cert)
{
    CRL_DIST_POINTS *const all = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    struct value_list l = {0};

    for (int i = 0; all != NULL && i < sk_DIST_POINT_num(all); i++) {
        const DIST_POINT *const p = sk_DIST_POINT_value(all, i);
        const GENERAL_NAMES *const names =
            p->distpoint != NULL && p->distpoint->type == 0 ? p->distpoint->name.fullname : NULL;

        for (int k = 0; names != NULL && k < sk_GENERAL_NAME_num(names); k++) {
            const GENERAL_NAME *const n = sk_GENERAL_NAME_value(names, k);

            if (n->type == GEN_URI)
                value_list_add(a, &l, text_of(a, n->d.uniformResourceIdentifier));
        }
    }
    put(a, f, "CRLDistributionPoints", array_or_null(a, &l));
    CRL_DIST_POINTS_free(all);
}

static void put_policies(struct arena *a, struct value_fields *f, X509 *cert)
{
    CERTIFICATEPOLICIES *const all = X509_get_ext_d2i(cert, NID_certificate_policies, NULL, NULL);
    struct value_list ids = {0}, texts = {0};

    for (int i = 0; all != NULL && i < sk_POLICYINFO_num(all); i++) {
        const ASN1_OBJECT *const o = sk_POLICYINFO_value(all, i)->policyid;

        value_list_add(a, &ids, oid_json(a, o));
        value_list_add(a, &texts, oid_text(a, o));
    }
    put(a, f, "PolicyIdentifiers", array_or_null(a, &ids));
    put(a, f, "Policies", array_or_null(a, &texts));
    CERTIFICATEPOLICIES_free(all);
}

static const struct value *octets(struct arena *a, const ASN1_OCTET_STRING *s)
{
    return s == NULL ? &value_null
                     : x509_base64(a, ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

static const struct value *time_json(struct arena *a, const ASN1_TIME *t)
{
    struct tm tm = {0};

    if (ASN1_TIME_to_tm(t, &tm) != 1)
        return NULL;
    return value_strf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                      tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* --- whole ------------------------------------------------------------------------------- */

static void put_signature(struct arena *a, struct value_fields *f, const ASN1_BIT_STRING *sig,
                          const X509_ALGOR *alg)
{
    put(a, f, "Signature",
        x509_base64(a, ASN1_STRING_get0_data(sig), (size_t)ASN1_STRING_length(sig)));
    put(a, f, "SignatureAlgorithm", value_int(a, x509_signature_algorithm(alg)));
}

static void put_key(struct arena *a, struct value_fields *f, const X509_PUBKEY *key)
{
    EVP_PKEY *const pkey = X509_PUBKEY_get0(key);

    put(a, f, "RawSubjectPublicKeyInfo", DER_JSON(a, const X509_PUBKEY *, i2d_X509_PUBKEY, key));
    put(a, f, "PublicKeyAlgorithm", value_int(a, x509_key_algorithm(pkey)));
    put(a, f, "PublicKey", pkey != NULL ? x509_public_json(a, pkey) : &value_null);
}

const struct value *x509_cert_json(struct arena *a, X509 *cert, bool extended)
{
    static const char *const nulls[] = {"ExtraExtensions",         "UnhandledCriticalExtensions",
                                        "PermittedDNSDomains",     "ExcludedDNSDomains",
                                        "PermittedIPRanges",       "ExcludedIPRanges",
                                        "PermittedEmailAddresses", "ExcludedEmailAddresses",
                                        "PermittedURIDomains",     "ExcludedURIDomains",
                                        "PolicyMappings",          NULL};
    static const char *const zeros[] = {"InhibitAnyPolicy", "InhibitPolicyMapping",
                                        "RequireExplicitPolicy"};
    struct value_fields f = {0};
    const ASN1_BIT_STRING *sig = NULL;
    const X509_ALGOR *alg = NULL;
    GENERAL_NAMES *const names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    BIGNUM *const serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);

    X509_get0_signature(&sig, &alg, cert);
    put(a, &f, "Raw", DER_JSON(a, X509 *, i2d_X509, cert));
    put(a, &f, "RawTBSCertificate", DER_JSON(a, X509 *, i2d_re_X509_tbs, cert));
    put(a, &f, "RawSubject",
        DER_JSON(a, const X509_NAME *, i2d_X509_NAME, X509_get_subject_name(cert)));
    put(a, &f, "RawIssuer",
        DER_JSON(a, const X509_NAME *, i2d_X509_NAME, X509_get_issuer_name(cert)));
    put_signature(a, &f, sig, alg);
    put_key(a, &f, X509_get_X509_PUBKEY(cert));
    put(a, &f, "Version", value_int(a, X509_get_version(cert) + 1));
    put(a, &f, "SerialNumber", serial != NULL ? x509_number(a, serial) : NULL);
    put(a, &f, "Issuer", name_json(a, X509_get_issuer_name(cert)));
    put(a, &f, "Subject", name_json(a, X509_get_subject_name(cert)));
    put(a, &f, "NotBefore", time_json(a, X509_get0_notBefore(cert)));
    put(a, &f, "NotAfter", time_json(a, X509_get0_notAfter(cert)));
    put(a, &f, "Extensions", extensions_json(a, X509_get0_extensions(cert)));
    put(a, &f, "SubjectKeyId", octets(a, X509_get0_subject_key_id(cert)));
    put(a, &f, "AuthorityKeyId", octets(a, X509_get0_authority_key_id(cert)));
    put_usages(a, &f, cert);
    put_constraints(a, &f, cert);
    put_access(a, &f, cert);
    put_points(a, &f, cert);
    put_policies(a, &f, cert);
    put_alt_names(a, &f, names, extended);
    put_null(a, &f, nulls);
    put(a, &f, "PermittedDNSDomainsCritical", &value_false);
    for (size_t i = 0; i < ARRAY_LEN(zeros); i++) {
        char *const flag = arena_printf(a, "%sZero", zeros[i]);

        put(a, &f, zeros[i], value_int(a, 0));
        if (flag != NULL)
            put(a, &f, flag, &value_false);
    }
    GENERAL_NAMES_free(names);
    BN_free(serial);
    return f.vals.failed ? NULL : value_fields_object(a, &f);
}

const struct value *x509_request_json(struct arena *a, X509_REQ *req)
{
    static const char *const nulls[] = {"ExtraExtensions", NULL};
    struct value_fields f = {0};
    const ASN1_BIT_STRING *sig = NULL;
    const X509_ALGOR *alg = NULL;
    STACK_OF(X509_EXTENSION) *const exts = X509_REQ_get_extensions(req);
    GENERAL_NAMES *const names =
        exts != NULL ? X509V3_get_d2i(exts, NID_subject_alt_name, NULL, NULL) : NULL;

    X509_REQ_get0_signature(req, &sig, &alg);
    put(a, &f, "Raw", DER_JSON(a, X509_REQ *, i2d_X509_REQ, req));
    put(a, &f, "RawTBSCertificateRequest", DER_JSON(a, X509_REQ *, i2d_re_X509_REQ_tbs, req));
    put(a, &f, "RawSubject",
        DER_JSON(a, const X509_NAME *, i2d_X509_NAME, X509_REQ_get_subject_name(req)));
    put_signature(a, &f, sig, alg);
    put_key(a, &f, X509_REQ_get_X509_PUBKEY(req));
    put(a, &f, "Version", value_int(a, X509_REQ_get_version(req)));
    put(a, &f, "Subject", name_json(a, X509_REQ_get_subject_name(req)));
    put(a, &f, "Attributes", value_array(a, NULL, 0));
    put(a, &f, "Extensions", exts != NULL ? extensions_json(a, exts) : &value_null);
    put_alt_names(a, &f, names, false);
    put_null(a, &f, nulls);
    GENERAL_NAMES_free(names);
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
    return f.vals.failed ? NULL : value_fields_object(a, &f);
}
