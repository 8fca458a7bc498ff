/* TimeStampResp (RFC 3161 2.4.2): the token of a granted request, or why it was refused. The
 * server's words are escaped and cut. */
#include "tsa/tsp_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

enum { STATUS_GRANTED = 0, STATUS_GRANTED_WITH_MODS = 1, WORDS_MAX = 300 };

typedef struct pki_status {
    uint64_t status;
    buf words;
    span failures; /* content of the BIT STRING, empty when absent */
} pki_status;

static void pki_status_free(pki_status *s)
{
    buf_free(&s->words);
}

static pades_status malformed(pades_error **e, const char *what)
{
    fail(e, PADES_TIMESTAMP_INVALID, "not a timestamp response: %s", what);
    error_clause(e, "RFC3161#2.4.2");
    return PADES_TIMESTAMP_INVALID;
}

static const char *failure_name(span bits)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {
        {0, "badAlg: the algorithm is not supported"},
        {2, "badRequest: the request is not permitted or supported"},
        {5, "badDataFormat: the request has the wrong format"},
        {14, "timeNotAvailable: its time source is not available"},
        {15, "unacceptedPolicy: the policy asked for is not supported"},
        {16, "unacceptedExtension: the extension asked for is not supported"},
        {17, "addInfoNotAvailable: the information asked for is not available"},
        {25, "systemFailure: the request cannot be handled"},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        size_t at = 1 + names[i].bit / 8;
        if (at < bits.n && (bits.p[at] & 0x80U >> names[i].bit % 8) != 0) {
            return names[i].name;
        }
    }
    return NULL;
}

static const char *status_name(uint64_t status)
{
    static const char *const names[] = {
        "granted", "grantedWithMods",   "rejection",
        "waiting", "revocationWarning", "revocationNotification",
    };
    return status < ARRAY_LEN(names) ? names[status] : "unknown status";
}

/* PKIFreeText: SEQUENCE OF UTF8String. */
static bool read_words(span content, buf *out)
{
    reader r = reader_of(content);
    der_tlv t;
    while (reader_left(&r) > 0) {
        if (!der_expect(&r, DER_UTF8, &t)) {
            return false;
        }
        if (out->n > 0) {
            buf_add_str(out, "; ");
        }
        buf_add_span(out, span_part(t.content, 0, WORDS_MAX));
        buf_truncate(out, WORDS_MAX);
    }
    return true;
}

static bool read_status(span content, pki_status *s)
{
    reader r = reader_of(content);
    der_tlv t;
    if (!der_expect(&r, DER_INTEGER, &t) || !der_small_uint(t.content, &s->status)) {
        return false;
    }
    if (der_optional(&r, DER_SEQUENCE, &t) && !read_words(t.content, &s->words)) {
        return false;
    }
    if (der_optional(&r, DER_BIT_STRING, &t)) {
        s->failures = t.content;
    }
    return !r.failed && reader_left(&r) == 0;
}

static pades_status rejected(const pki_status *s, pades_error **e)
{
    const char *why = failure_name(s->failures);
    AUTO(mem_text) *words = escape_text(buf_span(&s->words), WORDS_MAX);
    bool said = words && *words;
    fail(e, PADES_SERVICE_FAILED, "the time-stamping authority refused: %s%s%s%s%s",
         status_name(s->status), why ? ", " : "", why ? why : "", said ? ", it says: " : "",
         said ? words : "");
    error_native(e, "PKIStatus %llu", (unsigned long long)s->status);
    error_clause(e, "RFC3161#2.4.2");
    return PADES_SERVICE_FAILED;
}

pades_status tsp_response_parse(span der, span *ret_token, pades_error **e)
{
    reader outer = reader_of(der);
    der_tlv response;
    der_tlv status;
    der_tlv token;
    AUTO_VAL(pki_status) s = {.words = BUF(8192)};
    if (!der_expect(&outer, DER_SEQUENCE, &response) || reader_left(&outer) != 0) {
        return malformed(e, "no single TimeStampResp in DER");
    }
    reader r = reader_of(response.content);
    if (!der_expect(&r, DER_SEQUENCE, &status) || !read_status(status.content, &s)) {
        return malformed(e, "its PKIStatusInfo is malformed");
    }
    if (s.status != STATUS_GRANTED && s.status != STATUS_GRANTED_WITH_MODS) {
        return rejected(&s, e);
    }
    if (!der_expect(&r, DER_SEQUENCE, &token) || reader_left(&r) != 0) {
        return malformed(e, "it is granted but holds no token");
    }
    *ret_token = token.whole;
    return PADES_OK;
}
