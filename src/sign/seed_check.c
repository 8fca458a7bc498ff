/* The part of the seed values that options decide: handler, format, digest, reason, certification,
 * timestamp. What the user left open is taken from them where that changes nothing in what the
 * signature says (digest), or where the form's author decides it (certification). A reason is a
 * statement of the signer and is never chosen for him.
 * clause: ISO32000-1#12.7.4.5 seed value dictionary */
#include "sign/seed_check.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

enum { NAMES_SHOWN = 8, TEXT_SHOWN = 100, LINE_BYTES = 2048, KNOWN_VERSION = 3 };

pades_status seed_unmet(const seed_judge *j, bool required, const char *hint, const char *fmt, ...)
{
    char what[LINE_BYTES];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    if (!required) {
        buf_addf(j->warnings, "the field asks for %s", what);
        buf_add_byte(j->warnings, 0);
        return PADES_OK;
    }
    (void)fail(j->e, PADES_DOC_NOT_PERMITTED, "the field requires %s", what);
    error_clause(j->e, "ISO32000-1#12.7.4.5");
    if (hint) {
        error_hint(j->e, "%s", hint);
    }
    return PADES_DOC_NOT_PERMITTED;
}

static void add_quoted(buf *out, span text)
{
    AUTO(mem_text) *shown = escape_text(text, TEXT_SHOWN);
    buf_addf(out, "'%s'", shown ? shown : "");
}

void seed_names(buf *out, const pdf_seed_list *list)
{
    for (size_t i = 0; i < list->n && i < NAMES_SHOWN; i++) {
        buf_add_str(out, i ? ", " : "");
        add_quoted(out, list->items[i]);
    }
    buf_add_str(out, list->n > NAMES_SHOWN ? ", ..." : "");
    buf_add_byte(out, 0);
}

/* The names, or "" when there was no memory for them. */
static const char *names_of(buf *room, const pdf_seed_list *list)
{
    seed_names(room, list);
    return buf_ok(room) ? (const char *)room->p : "";
}

static bool required(const seed_judge *j, unsigned bit)
{
    return (j->seed->required & bit) != 0;
}

static bool has(const pdf_seed_list *list, const char *text)
{
    for (size_t i = 0; i < list->n; i++) {
        if (span_is(list->items[i], text)) {
            return true;
        }
    }
    return false;
}

/* What is required and not known cannot be promised; a version is required by a bit of its own. */
static pades_status check_known(const seed_judge *j)
{
    if (j->seed->version > KNOWN_VERSION) {
        TRY(seed_unmet(j, required(j, PDF_SEED_VERSION), "a later version may know them",
                       "seed values of version %lld, and %d is the latest that is known",
                       (long long)j->seed->version, KNOWN_VERSION));
    }
    if ((j->seed->required & ~(unsigned)PDF_SEED_ALL) != 0) {
        return seed_unmet(j, true, "a later version may know it",
                          "something that is not known (/Ff %u of its seed values)",
                          j->seed->required);
    }
    return PADES_OK;
}

static pades_status check_format(const seed_judge *j, const seed_offer *offer)
{
    AUTO_VAL(buf) room = BUF(LINE_BYTES);
    const pdf_seed *seed = j->seed;
    if (seed->filter.p && !span_is(seed->filter, "Adobe.PPKLite")) {
        const pdf_seed_list one = {true, (span[]){seed->filter}, 1};
        TRY(seed_unmet(j, required(j, PDF_SEED_FILTER), "sign it with that product",
                       "the signature handler %s (/Filter); this one is Adobe.PPKLite",
                       names_of(&room, &one)));
        buf_clear(&room);
    }
    if (seed->sub_filters.n > 0 && !has(&seed->sub_filters, offer->sub_filter)) {
        return seed_unmet(j, required(j, PDF_SEED_SUB_FILTER),
                          "its author would have to allow PAdES in it",
                          "a signature of the format %s (/SubFilter); PAdES is %s",
                          names_of(&room, &seed->sub_filters), offer->sub_filter);
    }
    return PADES_OK;
}

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

/* "SHA256", and "SHA-256" or "sha256" of producers that write it so. */
static bool is_digest(span name, pades_digest method)
{
    const char *own = pades_digest_name(method);
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '-') {
            continue;
        }
        if (!*own || upper(name.p[i]) != upper((uint8_t)*own)) {
            return false;
        }
        own++;
    }
    return *own == 0;
}

static bool allows_digest(const pdf_seed *seed, pades_digest method)
{
    for (size_t i = 0; i < seed->digests.n; i++) {
        if (is_digest(seed->digests.items[i], method)) {
            return true;
        }
    }
    return false;
}

/* One that is at least as strong as what the key gets by itself, else a weaker one; the default
 * when none is allowed. */
static pades_digest allowed_digest(const seed_judge *j)
{
    unsigned own = j->session->digest;
    for (unsigned d = own + 1; d <= PADES_DIGEST_SHA512; d++) {
        if (allows_digest(j->seed, (pades_digest)d)) {
            return (pades_digest)d;
        }
    }
    for (unsigned d = own; d-- > PADES_DIGEST_SHA256;) {
        if (allows_digest(j->seed, (pades_digest)d)) {
            return (pades_digest)d;
        }
    }
    return PADES_DIGEST_DEFAULT;
}

static pades_status check_digest(const seed_judge *j)
{
    pades_session *s = j->session;
    AUTO_VAL(buf) room = BUF(LINE_BYTES);
    if (j->seed->digests.n == 0 || s->certs_n == 0 || allows_digest(j->seed, s->digest)) {
        return PADES_OK;
    }
    pades_digest allowed = allowed_digest(j);
    if (s->opts->digest == PADES_DIGEST_DEFAULT && allowed != PADES_DIGEST_DEFAULT) {
        s->digest = allowed;
        return PADES_OK;
    }
    return seed_unmet(j, required(j, PDF_SEED_DIGEST), "--digest names one of them",
                      "one of the digests %s (/DigestMethod); the signature's is %s",
                      names_of(&room, &j->seed->digests), pades_digest_name(s->digest));
}

/* The signer says why he signs, or nobody does. A required list that is empty or a single full
 * stop means that no reason may be given. */
static pades_status check_reason(const seed_judge *j)
{
    const pdf_seed_list *list = &j->seed->reasons;
    const char *reason = j->session->opts->reason;
    AUTO_VAL(buf) room = BUF(LINE_BYTES);
    bool must = required(j, PDF_SEED_REASONS);
    bool none = list->n == 0 || (list->n == 1 && span_is(list->items[0], "."));
    if (must && none) {
        return reason
                   ? seed_unmet(j, true, "leave out --reason", "that no reason is given (/Reasons)")
                   : PADES_OK;
    }
    if (none || (reason && has(list, reason)) || (!reason && !must)) {
        return PADES_OK;
    }
    const char *hint = j->session->opts->commitment
                           ? "a commitment type excludes a reason: leave out --commitment"
                           : "give one of them with --reason";
    return seed_unmet(j, must, hint, "one of the reasons %s (/Reasons)", names_of(&room, list));
}

/* clause: ISO32000-1#12.7.4.5 /MDP: the author decides whether this signature certifies */
static pades_status check_certification(const seed_judge *j, seed_offer *offer)
{
    int asked = j->seed->certification;
    char hint[64];
    if (asked < 0 || asked == offer->certification) {
        return PADES_OK;
    }
    if (asked == 0) {
        return seed_unmet(j, true, "leave out --certify",
                          "an approval signature (/MDP /P 0), not a certification with P=%d",
                          offer->certification);
    }
    if (offer->certification_open) {
        offer->certification = asked;
        buf_addf(j->warnings, "the document is certified with P=%d, as the field asks", asked);
        buf_add_byte(j->warnings, 0);
        return PADES_OK;
    }
    (void)snprintf(hint, sizeof hint, "give --certify %d, or leave it out", asked);
    return seed_unmet(j, true, hint, "a certification with P=%d (/MDP), not with P=%d", asked,
                      offer->certification);
}

static pades_status check_lock(const seed_judge *j, const seed_offer *offer)
{
    bool locks = offer->locks_document || offer->certification == 1;
    bool must = required(j, PDF_SEED_LOCK_DOCUMENT);
    if (span_is(j->seed->lock_document, "true") && !locks) {
        return seed_unmet(j, must, "--certify 1 locks it, when it is the first signature",
                          "that the signature locks the document (/LockDocument true)");
    }
    if (span_is(j->seed->lock_document, "false") && locks) {
        return seed_unmet(j, must, "certify with P=2 or P=3, or not at all",
                          "that the signature does not lock the document (/LockDocument false)");
    }
    return PADES_OK;
}

/* What is not made yet, by its name. */
static pades_status check_unmade(const seed_judge *j, const seed_offer *offer)
{
    const pdf_seed *seed = j->seed;
    AUTO_VAL(buf) room = BUF(LINE_BYTES);
    if (seed->appearance.p) {
        const pdf_seed_list one = {true, (span[]){seed->appearance}, 1};
        TRY(seed_unmet(j, required(j, PDF_SEED_APPEARANCE), "no appearance is drawn yet",
                       "the appearance %s (/AppearanceFilter)", names_of(&room, &one)));
        buf_clear(&room);
    }
    if (seed->attestations.n > 0 && offer->certification > 0) {
        TRY(seed_unmet(j, required(j, PDF_SEED_ATTESTATION), "no attestation is written yet",
                       "one of the attestations %s (/LegalAttestation)",
                       names_of(&room, &seed->attestations)));
    }
    if (seed->rev_info == 1 && opts_level(j->session->opts) <= PADES_LEVEL_T) {
        return seed_unmet(j, required(j, PDF_SEED_REV_INFO),
                          "choose --level lt",
                          "revocation information in the document (/AddRevInfo)");
    }
    return PADES_OK;
}

static bool is_tsa(const pades_session *s, span url)
{
    for (size_t i = 0; i < s->opts->tsas_n; i++) {
        if (span_is(url, pades_tsa_url(s->opts->tsas[i]))) {
            return true;
        }
    }
    return false;
}

/* The document's word is no reason to connect to anybody. */
static pades_status check_timestamp(const seed_judge *j)
{
    char hint[LINE_BYTES];
    const pdf_seed *seed = j->seed;
    AUTO(mem_text) *url = escape_text(seed->timestamp_url, TEXT_SHOWN);
    const char *shown = url ? url : "";
    (void)snprintf(hint, sizeof hint, "give --tsa URL%s%s%s",
                   *shown ? "; the document names '" : "", shown,
                   *shown ? "', which is not asked by itself" : "");
    if (opts_level(j->session->opts) == PADES_LEVEL_B &&
        (seed->timestamp_required || seed->timestamp_url.p)) {
        return seed_unmet(j, seed->timestamp_required, hint, "a timestamp (/TimeStamp)%s%s",
                          *shown ? " of " : "", shown);
    }
    if (seed->timestamp_url.n > 0 && !is_tsa(j->session, seed->timestamp_url)) {
        return seed_unmet(j, false, NULL, "a timestamp of %s, and gets one of another service",
                          shown);
    }
    return PADES_OK;
}

/* Another digest may need more room. */
pades_status seed_ask(void *user, const pdf_seed *seed, pdf_seal_plan *plan, buf *warnings,
                      pades_error **e)
{
    pades_session *s = user;
    pades_digest before = s->digest;
    const seed_judge j = {s, seed, warnings, e};
    seed_offer offer = {.sub_filter = plan->sub_filter,
                        .certification = plan->certification,
                        .locks_document = seed->lock_permits == 1,
                        .certification_open = plan->certification == 0};
    TRY(seed_check(&j, &offer));
    plan->certification = offer.certification;
    if (s->digest != before) {
        size_t room = session_reserve(s);
        plan->contents_bytes = room > plan->contents_bytes ? room : plan->contents_bytes;
    }
    return buf_check(warnings, "warnings", e);
}

pades_status seed_check(const seed_judge *j, seed_offer *offer)
{
    if (!j->seed->given) {
        return PADES_OK;
    }
    TRY(check_known(j));
    TRY(check_format(j, offer));
    TRY(check_digest(j));
    TRY(check_reason(j));
    TRY(check_certification(j, offer));
    TRY(check_lock(j, offer));
    TRY(check_unmade(j, offer));
    TRY(check_timestamp(j));
    return seed_check_cert(j);
}
