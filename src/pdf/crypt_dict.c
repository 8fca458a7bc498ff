/* The encryption dictionary: which handler, algorithm, keys and filters, and whether they are ones
 * we know. What is not understood is refused by name, never taken for something similar.
 * clause: ISO32000-1#7.6.1 the encryption dictionary, #7.6.3.2 of the standard handler, #7.6.5
 * crypt filters; ISO32000-2#7.6.4.2 revision 6 */
#include "pdf/crypt_dict.h"

#include "base/escape.h"
#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/pool.h"
#include "pdf/state.h"

enum { FILTERS_MAX = 64, KEY_40 = 5, KEY_128 = 16, KEY_256 = 32 };

typedef struct reading {
    pdf_file *f;
    const pdf_obj *dict;
    pdf_pool *pool;
    crypt_dict *d;
    pades_error **e;
} reading;

static pades_status bad(const reading *r, const char *what)
{
    return pdf_damaged(r->e, 0, 0, "ISO32000-1#7.6.3.2",
                       "the encryption dictionary has no usable %s", what);
}

static pades_status refuse(pades_error **e, const char *clause, span name, const char *what)
{
    AUTO(mem_text) *shown = escape_text(name, 80);
    if (!shown) {
        return fail_memory(e);
    }
    (void)fail(e, PADES_DOC_UNSUPPORTED, "the document is encrypted with %s%s%s%s", what,
               name.n ? " '" : "", shown, name.n ? "'" : "");
    error_clause(e, clause);
    error_hint(e, "seal a copy that is not encrypted, or encrypted with a password");
    return PADES_DOC_UNSUPPORTED;
}

static pades_status get_from(const reading *r, const pdf_obj *dict, const char *key,
                             const pdf_obj **ret)
{
    return pdf_file_resolve(r->f, pdf_dict_get(dict, key), r->pool, ret, NULL, r->e);
}

static pades_status get(const reading *r, const char *key, const pdf_obj **ret)
{
    return get_from(r, r->dict, key, ret);
}

static pades_status get_number(const reading *r, const char *key, int64_t fallback, int64_t *ret)
{
    const pdf_obj *o = NULL;
    TRY(get(r, key, &o));
    *ret = fallback;
    return o->kind == PDF_NULL || pdf_get_int(o, ret) ? PADES_OK : bad(r, key);
}

/* The first n bytes of a string that has as many; some writers pad them. */
static pades_status get_bytes(const reading *r, const char *key, size_t n, span *ret)
{
    const pdf_obj *o = NULL;
    TRY(get(r, key, &o));
    if (!pdf_is(o, PDF_STRING) || o->u.text.n < n) {
        return bad(r, key);
    }
    *ret = span_part(o->u.text, 0, n);
    return PADES_OK;
}

static const char *method_name(crypt_method method)
{
    static const char *const names[] = {"Identity", "RC4", "AESV2", "AESV3"};
    return names[method];
}

/* clause: ISO32000-1#7.6.5 /CFM of a crypt filter; V2 and AESV2 for /V 4, AESV3 for /V 5 */
static pades_status read_filter(const reading *r, const pdf_pair *pair, crypt_filter *ret)
{
    const pdf_obj *filter = NULL, *method = NULL, *length = NULL;
    int64_t n = 0;
    TRY(pdf_file_resolve(r->f, pair->value, r->pool, &filter, NULL, r->e));
    TRY(get_from(r, filter, "CFM", &method));
    TRY(get_from(r, filter, "Length", &length));
    *ret = (crypt_filter){.name = pair->key, .refused = span_str("None")};
    if (!pdf_is(method, PDF_NAME)) {
        return PADES_OK;
    }
    bool old = r->d->info.version == 4;
    bool full = !pdf_get_int(length, &n) || n == KEY_128 || n == 8 * KEY_128; /* octets or bits */
    if (old && full && pdf_is_name(method, "V2")) {
        ret->method = CRYPT_RC4;
    } else if (old && pdf_is_name(method, "AESV2")) {
        ret->method = CRYPT_AESV2;
    } else if (r->d->info.version == 5 && pdf_is_name(method, "AESV3")) {
        ret->method = CRYPT_AESV3;
    } else {
        ret->refused = method->u.text;
        return PADES_OK;
    }
    ret->refused = span_of(NULL, 0);
    return PADES_OK;
}

static pades_status read_filters(const reading *r)
{
    const pdf_obj *filters = NULL;
    TRY(get(r, "CF", &filters));
    size_t n = pdf_is(filters, PDF_DICT) ? filters->u.dict.n : 0;
    if (n > FILTERS_MAX || (n > 0 && filters->u.dict.dup_keys)) {
        return bad(r, "/CF");
    }
    r->d->filters = pdf_pool_take(r->pool, (n + 1) * sizeof *r->d->filters);
    if (!r->d->filters) {
        return pdf_pool_fail(r->pool, r->e);
    }
    for (size_t i = 0; i < n; i++) {
        TRY(read_filter(r, &filters->u.dict.pairs[i], &r->d->filters[i]));
        r->d->filters_n = i + 1;
    }
    return PADES_OK;
}

/* clause: ISO32000-1#7.6.5 Identity is always what it says and cannot be defined anew */
pades_status crypt_dict_method(const crypt_dict *d, span name, crypt_method *ret, pades_error **e)
{
    if (span_is(name, "Identity")) {
        *ret = CRYPT_NONE;
        return PADES_OK;
    }
    for (size_t i = 0; i < d->filters_n; i++) {
        const crypt_filter *filter = &d->filters[i];
        if (!span_eq(filter->name, name)) {
            continue;
        }
        if (filter->refused.n > 0) {
            return refuse(e, "ISO32000-1#7.6.5", filter->refused, "the crypt filter method");
        }
        *ret = filter->method;
        return PADES_OK;
    }
    return pdf_damaged(e, 0, 0, "ISO32000-1#7.6.5",
                       "a crypt filter is named that the encryption dictionary does not have");
}

static pades_status filter_of(const reading *r, const char *key, crypt_method fallback,
                              crypt_method *ret)
{
    const pdf_obj *name = NULL;
    TRY(get(r, key, &name));
    *ret = fallback;
    return name->kind == PDF_NULL   ? PADES_OK
           : pdf_is(name, PDF_NAME) ? crypt_dict_method(r->d, name->u.text, ret, r->e)
                                    : bad(r, key);
}

static pades_status read_methods(const reading *r)
{
    crypt_dict *d = r->d;
    if (d->info.version < 4) {
        d->streams = d->strings = d->files = CRYPT_RC4;
    } else {
        TRY(read_filters(r));
        TRY(filter_of(r, "StmF", CRYPT_NONE, &d->streams));
        TRY(filter_of(r, "StrF", CRYPT_NONE, &d->strings));
        TRY(filter_of(r, "EFF", d->streams, &d->files));
    }
    d->info.streams = method_name(d->streams);
    d->info.strings = method_name(d->strings);
    return PADES_OK;
}

/* clause: ISO32000-1#7.6.3 /Filter names the handler; #7.6.4 public-key handlers */
static pades_status check_handler(const reading *r)
{
    const pdf_obj *name = NULL;
    TRY(get(r, "Filter", &name));
    if (!pdf_is(name, PDF_NAME)) {
        return bad(r, "/Filter");
    }
    r->d->info.handler = name->u.text;
    if (span_is(name->u.text, "Adobe.PubSec")) {
        return refuse(r->e, "ISO32000-1#7.6.4", name->u.text,
                      "certificates, for the security handler");
    }
    if (!span_is(name->u.text, "Standard")) {
        return refuse(r->e, "ISO32000-1#7.6.1", name->u.text, "an unknown security handler,");
    }
    return PADES_OK;
}

static bool is_pair(const pdf_crypt_info *info)
{
    int64_t v = info->version, r = info->revision;
    return v == 1 || v == 2 ? r == 2 || r == 3 : v == 4 ? r == 4 : v == 5 && (r == 5 || r == 6);
}

static pades_status check_version(const reading *r)
{
    pdf_crypt_info *info = &r->d->info;
    TRY(get_number(r, "V", 0, &info->version));
    TRY(get_number(r, "R", 0, &info->revision));
    if (info->version == 6 || info->revision == 7) {
        return refuse(r->e, "ISO/TS 32003:2023", span_str("AESV4"), "AES-GCM of ISO/TS 32003,");
    }
    if (pdf_dict_get(pdf_file_trailer(r->f), "AuthCode") || pdf_dict_get(r->dict, "KDFSalt")) {
        return refuse(r->e, "ISO/TS 32004:2024", span_str("AuthCode"),
                      "an integrity code of ISO/TS 32004, which a new revision would break,");
    }
    if (!is_pair(info)) {
        AUTO_VAL(buf) pair = BUF(64);
        buf_addf(&pair, "/V %lld /R %lld", (long long)info->version, (long long)info->revision);
        return refuse(r->e, "ISO32000-1#7.6.1", buf_span(&pair), "an unknown algorithm,");
    }
    return PADES_OK;
}

/* clause: ISO32000-1#7.6.1 /Length in bits, 40 to 128, for /V 2; fixed for the others */
static pades_status read_key_length(const reading *r)
{
    int64_t bits = 0, version = r->d->info.version;
    TRY(get_number(r, "Length", 8 * KEY_40, &bits));
    if (version == 2 && (bits < 8 * KEY_40 || bits > 8 * KEY_128 || bits % 8 != 0)) {
        return bad(r, "/Length");
    }
    r->d->key_n = version == 1   ? KEY_40
                  : version == 2 ? (unsigned)(bits / 8)
                  : version == 4 ? KEY_128
                                 : KEY_256;
    r->d->info.key_bits = 8 * r->d->key_n;
    return PADES_OK;
}

/* /P is written as a signed or as an unsigned number of 32 bits. */
static pades_status read_rights(const reading *r)
{
    int64_t p = 0;
    const pdf_obj *metadata = NULL;
    TRY(get(r, "EncryptMetadata", &metadata));
    r->d->info.encrypt_metadata = !pdf_is(metadata, PDF_BOOL) || metadata->u.boolean;
    TRY(get_number(r, "P", INT64_MAX, &p));
    if (p < INT32_MIN || p > UINT32_MAX) {
        return bad(r, "/P");
    }
    r->d->info.permissions = (uint32_t)p;
    return PADES_OK;
}

static pades_status read_hashes(const reading *r)
{
    bool old = r->d->info.revision < 5;
    size_t n = old ? CRYPT_LEGACY_HASH : CRYPT_HASH;
    TRY(get_bytes(r, "O", n, &r->d->o));
    TRY(get_bytes(r, "U", n, &r->d->u));
    if (!old) {
        TRY(get_bytes(r, "OE", KEY_256, &r->d->oe));
        TRY(get_bytes(r, "UE", KEY_256, &r->d->ue));
        TRY(get_bytes(r, "Perms", 16, &r->d->perms));
    }
    return PADES_OK;
}

/* clause: ISO32000-1#7.5.5 of an encrypted document /ID and its strings are direct objects */
static pades_status read_id(const reading *r)
{
    const pdf_obj *id = pdf_dict_get(pdf_file_trailer(r->f), "ID");
    const pdf_obj *first = pdf_array_get(id, 0);
    if (id && !pdf_is(first, PDF_STRING)) {
        return pdf_damaged(r->e, 0, 0, "ISO32000-1#7.5.5",
                           "/ID of an encrypted document does not stand in its trailer");
    }
    r->d->id = first ? first->u.text : span_of(NULL, 0);
    return PADES_OK;
}

pades_status crypt_dict_read(pdf_file *f, const pdf_obj *dict, pdf_pool *pool, crypt_dict *ret,
                             pades_error **e)
{
    const reading r = {f, dict, pool, ret, e};
    if (!pdf_is(dict, PDF_DICT) || dict->u.dict.dup_keys) {
        return pdf_damaged(e, 0, 0, "ISO32000-1#7.6.1",
                           "/Encrypt is no dictionary, or has a key twice");
    }
    TRY(check_handler(&r));
    TRY(check_version(&r));
    TRY(read_key_length(&r));
    TRY(read_rights(&r));
    TRY(read_methods(&r));
    TRY(read_hashes(&r));
    return read_id(&r);
}
