/* Setters remember the first bad value; the operation reports it. */
#include "sign/opts.h"

#include "base/der.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "net/url.h"

enum {
    TEXT_MAX = 4096,
    RESERVE_MIN = 1024,
    RESERVE_MAX = 16 << 20,
    FILLS_MAX = 10000,
    FILL_MAX = 1 << 20,
    WAIT_MAX = 7 * 86400
};

pades_status pades_sign_opts_new(pades_sign_opts **ret_opts, pades_error **ret_error)
{
    pades_sign_opts *o = mem_alloc(sizeof *o);
    if (!o) {
        return fail_memory(ret_error);
    }
    *ret_opts = o;
    return PADES_OK;
}

void pades_sign_opts_free(pades_sign_opts *opts)
{
    if (!opts) {
        return;
    }
    char *texts[] = {opts->field,      opts->name,     opts->reason,  opts->location, opts->contact,
                     opts->commitment, opts->document, opts->offline, opts->ocsp_url};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        mem_free(texts[i]);
    }
    pdf_lock_free(&opts->lock);
    certs_free(opts->certs, opts->certs_n);
    for (size_t i = 0; i < opts->fills_n; i++) {
        mem_free(opts->fills[i].name);
        mem_free(opts->fills[i].value);
    }
    mem_free(opts->fills);
    mem_free(opts->tsas);
    mem_free(opts);
}

static void mark_bad(pades_sign_opts *o, const char *what)
{
    if (!o->bad) {
        o->bad = what;
    }
}

static void set_text(pades_sign_opts *o, char **slot, const char *text, const char *what)
{
    if (text && (strlen(text) > TEXT_MAX || !utf8_valid(span_str(text)))) {
        mark_bad(o, what);
        return;
    }
    char *copy = mem_strdup(text);
    if (text && !copy) {
        o->no_memory = true;
        return;
    }
    mem_free(*slot);
    *slot = copy;
}

void pades_sign_opts_set_level(pades_sign_opts *opts, pades_level level)
{
    if ((unsigned)level < PADES_LEVEL_B || (unsigned)level > PADES_LEVEL_LTA) {
        mark_bad(opts, "the level is none of b, t, lt, lta");
        return;
    }
    opts->level = level;
}

void pades_sign_opts_set_digest(pades_sign_opts *opts, pades_digest digest)
{
    if ((unsigned)digest > PADES_DIGEST_SHA512) {
        mark_bad(opts, "the digest is none of sha256, sha384, sha512");
        return;
    }
    opts->digest = digest;
}

void pades_sign_opts_set_pss(pades_sign_opts *opts, int on)
{
    opts->pss = on != 0;
}

void pades_sign_opts_set_allow_gaps(pades_sign_opts *opts, int on)
{
    opts->allow_gaps = on != 0;
}

void pades_sign_opts_add_tsa(pades_sign_opts *opts, const pades_tsa *tsa)
{
    if (!MEM_GROW(opts->tsas, opts->tsas_n, opts->tsas_cap)) {
        opts->no_memory = true;
        return;
    }
    opts->tsas[opts->tsas_n++] = tsa;
}

void pades_sign_opts_set_field(pades_sign_opts *opts, const char *name)
{
    size_t n = name ? strlen(name) : 1;
    if (n == 0 || (name && (name[0] == '.' || name[n - 1] == '.' || strstr(name, "..")))) {
        mark_bad(opts, "a field name is empty, or has nothing before or behind a '.'");
        return;
    }
    set_text(opts, &opts->field, name, "the field name is too long or not UTF-8");
}

void pades_sign_opts_set_certification(pades_sign_opts *opts, int p)
{
    if (p < 0 || p > 3) {
        mark_bad(opts, "the certification is none of 1, 2, 3");
        return;
    }
    opts->certification = p;
}

void pades_sign_opts_set_lock(pades_sign_opts *opts, pades_lock_action action,
                              const char *const *names, size_t n)
{
    pdf_lock lock = {.action = PDF_LOCK_NONE};
    bool named = action == PADES_LOCK_INCLUDE || action == PADES_LOCK_EXCLUDE;
    if ((unsigned)action > PADES_LOCK_EXCLUDE || named != (n > 0)) {
        mark_bad(opts, "a lock is of all fields, or of those named or not named, one at least");
        return;
    }
    pades_status status = pdf_lock_make((pdf_lock_action)action, names, n, &lock, NULL);
    if (status == PADES_NO_MEMORY) {
        opts->no_memory = true;
    } else if (status != PADES_OK) {
        mark_bad(opts, "a name in the lock is empty or not UTF-8");
    }
    pdf_lock_free(&opts->lock);
    opts->lock = lock;
}

void pades_sign_opts_set_drop_usage_rights(pades_sign_opts *opts, int on)
{
    opts->drop_usage_rights = on != 0;
}

void pades_sign_opts_set_name(pades_sign_opts *opts, const char *text)
{
    set_text(opts, &opts->name, text, "the name is too long or not UTF-8");
}

void pades_sign_opts_set_reason(pades_sign_opts *opts, const char *text)
{
    set_text(opts, &opts->reason, text, "the reason is too long or not UTF-8");
}

void pades_sign_opts_set_location(pades_sign_opts *opts, const char *text)
{
    set_text(opts, &opts->location, text, "the location is too long or not UTF-8");
}

void pades_sign_opts_set_contact(pades_sign_opts *opts, const char *text)
{
    set_text(opts, &opts->contact, text, "the contact is too long or not UTF-8");
}

void pades_sign_opts_set_commitment(pades_sign_opts *opts, const char *oid)
{
    if (oid && !der_oid_valid(oid)) {
        mark_bad(opts, "the commitment is not an object identifier");
        return;
    }
    set_text(opts, &opts->commitment, oid, "the commitment is not an object identifier");
}

void pades_sign_opts_set_utc_offset(pades_sign_opts *opts, int seconds)
{
    if (seconds < -86340 || seconds > 86340) {
        mark_bad(opts, "the offset from UTC is a day or more");
        return;
    }
    opts->utc_offset = seconds - seconds % 60;
}

void pades_sign_opts_set_reserve(pades_sign_opts *opts, size_t bytes)
{
    if (bytes != 0 && (bytes < RESERVE_MIN || bytes > RESERVE_MAX)) {
        mark_bad(opts, "the reserve is not between 1024 bytes and 16 MiB");
        return;
    }
    opts->reserve = bytes;
}

void pades_sign_opts_set_document(pades_sign_opts *opts, const char *name)
{
    set_text(opts, &opts->document, name, "the document's name is too long or not UTF-8");
}

void pades_sign_opts_set_control(pades_sign_opts *opts, pades_control *control)
{
    opts->control = control;
}

void pades_sign_opts_set_offline(pades_sign_opts *opts, const char *folder)
{
    if (folder && (folder[0] == '\0' || strlen(folder) > TEXT_MAX)) {
        mark_bad(opts,
                 "the folder of certificates and revocation data has no name, or too long a one");
        return;
    }
    char *copy = mem_strdup(folder); /* a path: any bytes */
    if (folder && !copy) {
        opts->no_memory = true;
        return;
    }
    mem_free(opts->offline);
    opts->offline = copy;
}

void pades_sign_opts_set_aia(pades_sign_opts *opts, int on)
{
    opts->aia = on != 0;
}

void pades_sign_opts_set_ocsp_url(pades_sign_opts *opts, const char *address)
{
    url parsed;
    if (address && url_parse(address, &parsed)) {
        mark_bad(opts, "the address of the OCSP responder is none of http or https");
        return;
    }
    char *copy = mem_strdup(address);
    if (address && !copy) {
        opts->no_memory = true;
        return;
    }
    mem_free(opts->ocsp_url);
    opts->ocsp_url = copy;
}

void pades_sign_opts_set_prefer_crl(pades_sign_opts *opts, int on)
{
    opts->prefer_crl = on != 0;
}

void pades_sign_opts_set_allow_partial(pades_sign_opts *opts, int on)
{
    opts->allow_partial = on != 0;
}

void pades_sign_opts_set_allow_cached(pades_sign_opts *opts, int on)
{
    opts->allow_cached = on != 0;
}

void pades_sign_opts_set_wait_fresh(pades_sign_opts *opts, unsigned seconds)
{
    if (seconds > WAIT_MAX) {
        mark_bad(opts, "the wait for fresh revocation data is longer than a week");
        return;
    }
    opts->wait_fresh = seconds;
}

void pades_sign_opts_set_vri(pades_sign_opts *opts, int on)
{
    opts->vri = on != 0;
}

void pades_sign_opts_set_sub_filter(pades_sign_opts *opts, pades_sub_filter sub_filter)
{
    if (sub_filter != PADES_SUB_FILTER_CADES && sub_filter != PADES_SUB_FILTER_ADBE) {
        mark_bad(opts, "the kind of signature is neither of PAdES nor of Adobe");
        return;
    }
    opts->adbe = sub_filter == PADES_SUB_FILTER_ADBE;
}

const char *opts_sub_filter(const pades_sign_opts *opts)
{
    return opts->adbe ? "adbe.pkcs7.detached" : "ETSI.CAdES.detached";
}

static bool is_text(const char *text, size_t max)
{
    return strlen(text) <= max && utf8_valid(span_str(text));
}

void pades_sign_opts_add_fill(pades_sign_opts *opts, const char *name, const char *value)
{
    if (opts->fills_n == FILLS_MAX || !is_text(name, TEXT_MAX) || !is_text(value, FILL_MAX)) {
        mark_bad(opts,
                 "what a field is filled with is too long or not UTF-8, or there are too many");
        return;
    }
    opts_fill fill = {mem_strdup(name), mem_strdup(value)};
    if (!fill.name || !fill.value || !MEM_GROW(opts->fills, opts->fills_n, opts->fills_cap)) {
        mem_free(fill.name);
        mem_free(fill.value);
        opts->no_memory = true;
        return;
    }
    opts->fills[opts->fills_n++] = fill;
}

void pades_sign_opts_add_cert(pades_sign_opts *opts, const pades_cert *cert)
{
    pades_cert *copy = NULL;
    if (!MEM_GROW(opts->certs, opts->certs_n, opts->certs_cap) ||
        cert_ref(cert, &copy, NULL) != PADES_OK) {
        opts->no_memory = true;
        return;
    }
    opts->certs[opts->certs_n++] = copy;
}

pades_level opts_level(const pades_sign_opts *opts)
{
    if (opts->level) {
        return opts->level;
    }
    return opts->tsas_n > 0 ? PADES_LEVEL_T : PADES_LEVEL_B;
}

pades_status opts_check(const pades_sign_opts *opts, pades_error **e)
{
    if (opts->no_memory) {
        return fail_memory(e);
    }
    if (opts->bad) {
        return fail(e, PADES_INVALID_ARGUMENT, "%s", opts->bad);
    }
    if (opts->offline && opts->ocsp_url) {
        (void)fail(e, PADES_INVALID_ARGUMENT, "nobody is asked offline: no OCSP responder either");
        (void)error_hint(e, "give one of --offline and --ocsp-url");
        return PADES_INVALID_ARGUMENT;
    }
    return PADES_OK;
}

pades_status opts_check_tsa(const pades_sign_opts *opts, const char *what, pades_error **e)
{
    if (opts->tsas_n > 0) {
        return PADES_OK;
    }
    (void)fail(e, PADES_INVALID_ARGUMENT, "%s needs a time-stamping authority", what);
    (void)error_hint(e, "name one with --tsa URL");
    return PADES_INVALID_ARGUMENT;
}

pades_status opts_check_signing(const pades_sign_opts *opts, pades_error **e)
{
    TRY(opts_check(opts, e));
    if (opts->commitment &&
        opts->reason) { /* clause: EN319142-1#6.3 (d) commitment-type not with /Reason */
        (void)fail(e, PADES_INVALID_ARGUMENT, "a commitment type and a reason exclude each other");
        (void)error_hint(e, "give one of --commitment and --reason");
        (void)error_clause(e, "EN319142-1#6.3");
        return PADES_INVALID_ARGUMENT;
    }
    /* What makes a signature last is added by later revisions, which readers do not forgive here.
     * clause: ISO32000-1#12.8.2.2 /P 1: any change invalidates the signature */
    if (opts->certification == 1 && opts_level(opts) > PADES_LEVEL_T) {
        (void)fail(e, PADES_INVALID_ARGUMENT,
                   "a certification that permits no changes cannot be of level lt or lta");
        (void)error_hint(e, "certify with 2, or choose level b or t");
        return PADES_INVALID_ARGUMENT;
    }
    return opts_level(opts) == PADES_LEVEL_B ? PADES_OK : opts_check_tsa(opts, "this level", e);
}
