/* The part of the seed values that the signer's certificate decides: which one, whose, for what
 * use, under which policy. Nothing is believed of a certificate that the document brings along but
 * that it is the one meant; where it says one could be had is shown and never followed.
 * clause: ISO32000-1#12.7.4.5 certificate seed value dictionary */
#include "sign/seed_check.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

#include <stdio.h>

enum { LINE_BYTES = 2048, USAGES = 9, URL_SHOWN = 100 };

static pades_status unmet(const seed_judge *j, unsigned bit, const char *what)
{
    char hint[LINE_BYTES];
    const pdf_seed_cert *cert = &j->seed->cert;
    AUTO(mem_text) *url = escape_text(cert->url, URL_SHOWN);
    const char *shown = url ? url : "";
    (void)snprintf(hint, sizeof hint, "sign with another key%s%s%s",
                   *shown ? "; the document says where to get one: '" : "", shown,
                   *shown ? "' (not asked by itself)" : "");
    return seed_unmet(j, (cert->required & bit) != 0, hint, "%s", what);
}

static bool is_among(const pades_cert *cert, const pdf_seed_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (span_eq(cert_der(cert), list->items[i])) {
            return true;
        }
    }
    return false;
}

/* One of the chain's certificates is, or is signed by, this issuer; the root is in no chain. */
static bool issues(const pades_session *s, const pades_cert *issuer)
{
    for (size_t i = 0; i < s->certs_n; i++) {
        if ((i > 0 && cert_same(s->certs[i], issuer)) || cert_signed_by(s->certs[i], issuer)) {
            return true;
        }
    }
    return false;
}

static bool has_issuer(const pades_session *s, const pdf_seed_list *issuers)
{
    for (size_t i = 0; i < issuers->n; i++) {
        pades_cert **certs = NULL;
        size_t n = 0;
        bool found = false;
        if (certs_parse(issuers->items[i], &certs, &n, NULL) == PADES_OK) {
            found = n == 1 && issues(s, certs[0]);
            certs_free(certs, n);
        }
        if (found) {
            return true;
        }
    }
    return false;
}

static bool has_name(const pades_cert *cert, const pdf_seed_name *name)
{
    for (size_t i = 0; i < name->n; i++) {
        if (!cert_subject_has(cert, name->attributes[i].name, name->attributes[i].value)) {
            return false;
        }
    }
    return true;
}

static bool has_one_name(const pades_cert *cert, const pdf_seed_cert *asked)
{
    for (size_t i = 0; i < asked->names_n; i++) {
        if (has_name(cert, &asked->names[i])) {
            return true;
        }
    }
    return false;
}

/* clause: ISO32000-1#12.7.4.5 /KeyUsage: 0 not set, 1 set, X and what is missing does not matter */
static bool has_usage(unsigned bits, span asked)
{
    for (size_t i = 0; i < asked.n && i < USAGES; i++) {
        unsigned bit = bits >> i & 1;
        bool fits = asked.p[i] == 'X' || asked.p[i] == 'x' || asked.p[i] == (bit ? '1' : '0');
        if (!fits) {
            return false;
        }
    }
    return true;
}

static bool has_one_usage(const pades_cert *cert, const pdf_seed_list *asked)
{
    for (size_t i = 0; i < asked->n; i++) {
        if (has_usage(cert_key_usage(cert), asked->items[i])) {
            return true;
        }
    }
    return false;
}

static bool has_policies(const pades_cert *cert, const pdf_seed_list *policies)
{
    for (size_t i = 0; i < policies->n; i++) {
        if (!cert_has_policy(cert, policies->items[i])) {
            return false;
        }
    }
    return true;
}

static pades_status check_lists(const seed_judge *j, const pades_cert *cert)
{
    char line[LINE_BYTES];
    AUTO_VAL(buf) names = BUF(LINE_BYTES);
    const pdf_seed_cert *asked = &j->seed->cert;
    if (asked->key_usages.n > 0 && !has_one_usage(cert, &asked->key_usages)) {
        seed_names(&names, &asked->key_usages);
        (void)snprintf(line, sizeof line, "a certificate with the key usage %s (/Cert /KeyUsage)",
                       buf_ok(&names) ? (const char *)names.p : "");
        TRY(unmet(j, PDF_SEED_CERT_KEY_USAGE, line));
        buf_clear(&names);
    }
    if (!has_policies(cert, &asked->policies)) {
        seed_names(&names, &asked->policies);
        (void)snprintf(line, sizeof line, "a certificate of the policy %s (/Cert /OID)",
                       buf_ok(&names) ? (const char *)names.p : "");
        return unmet(j, PDF_SEED_CERT_POLICY, line);
    }
    return PADES_OK;
}

static void add_name(buf *out, const pdf_seed_name *name)
{
    for (size_t i = 0; i < name->n && i < 8; i++) {
        AUTO(mem_text) *key = escape_text(name->attributes[i].name, 60);
        AUTO(mem_text) *value = escape_text(name->attributes[i].value, 100);
        buf_addf(out, "%s%s=%s", i ? "," : "", key ? key : "", value ? value : "");
    }
}

static pades_status check_subject(const seed_judge *j, const pades_cert *cert)
{
    const pdf_seed_cert *asked = &j->seed->cert;
    AUTO_VAL(buf) line = BUF(LINE_BYTES);
    if (asked->subjects.n > 0 && !is_among(cert, &asked->subjects)) {
        TRY(unmet(j, PDF_SEED_CERT_SUBJECT,
                  "one of the certificates that it names itself (/Cert /Subject)"));
    }
    if (asked->names_n == 0 || has_one_name(cert, asked)) {
        return PADES_OK;
    }
    buf_add_str(&line, "a certificate of the subject ");
    for (size_t i = 0; i < asked->names_n && i < 4; i++) {
        buf_add_str(&line, i ? " or '" : "'");
        add_name(&line, &asked->names[i]);
        buf_add_byte(&line, '\'');
    }
    buf_add_str(&line, " (/Cert /SubjectDN)");
    buf_add_byte(&line, 0);
    return unmet(j, PDF_SEED_CERT_SUBJECT_DN,
                 buf_ok(&line) ? (const char *)line.p : "another subject (/Cert /SubjectDN)");
}

static pades_status check_issuer(const seed_judge *j)
{
    const pdf_seed_list *issuers = &j->seed->cert.issuers;
    if (issuers->n == 0 || has_issuer(j->session, issuers)) {
        return PADES_OK;
    }
    return unmet(j, PDF_SEED_CERT_ISSUER,
                 "a certificate issued below one of those that it names (/Cert /Issuer)");
}

/* What asks for a service that signs, or for what is not written yet. */
static pades_status check_unmade(const seed_judge *j)
{
    const pdf_seed_cert *asked = &j->seed->cert;
    if ((asked->required & ~(unsigned)PDF_SEED_CERT_ALL) != 0) {
        return seed_unmet(j, true, "a later version may know it",
                          "something of the certificate that is not known (/Cert /Ff %u)",
                          asked->required);
    }
    if ((asked->required & PDF_SEED_CERT_URL) && span_is(asked->url_type, "ASSP")) {
        return unmet(j, PDF_SEED_CERT_URL, "a signing service of its own (/Cert /URL, ASSP)");
    }
    if (asked->signature_policy.p) {
        AUTO(mem_text) *oid = escape_text(asked->signature_policy, 100);
        return seed_unmet(j, true, "no signature policy is written yet",
                          "the signature policy '%s' (/Cert /SignaturePolicyOID)", oid ? oid : "");
    }
    return PADES_OK;
}

pades_status seed_check_cert(const seed_judge *j)
{
    if (!j->seed->cert.given || j->session->certs_n == 0) {
        return PADES_OK;
    }
    const pades_cert *cert = j->session->certs[0];
    TRY(check_unmade(j));
    TRY(check_subject(j, cert));
    TRY(check_issuer(j));
    return check_lists(j, cert);
}
