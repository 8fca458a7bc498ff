/* Opening an encrypted document: its dictionary, the passwords that may fit, the key. Rights never
 * come from a password that nobody gave: the empty one, be it the user's or the owner's, opens as
 * user.
 * clause: ISO32000-1#7.6.3.1 the empty user password is tried without asking */
#include "pdf/crypt.h"

#include "base/mem.h"
#include "pdf/crypt_impl.h"
#include "pdf/crypt_key.h"
#include "pdf/damage.h"
#include "pdf/objstm.h"
#include "pdf/pool.h"

static const pdf_obj *encrypt_of(const pdf_file *f, size_t section)
{
    const pdf_obj *o = pdf_dict_get(f->sections[section].pub.trailer, "Encrypt");
    return pdf_is(o, PDF_NULL) ? NULL : o;
}

static bool is_encrypted(const pdf_file *f)
{
    for (size_t i = 0; i < f->sections_n; i++) {
        if (encrypt_of(f, i)) {
            return true;
        }
    }
    return false;
}

/* An older section may leave /Encrypt out (the second one of a linearized file does); the newest
 * may not, since leaving it out does not decrypt what is there, and no two may differ. */
static pades_status check_sections(const pdf_file *f, pades_error **e)
{
    for (size_t i = 0; i < f->sections_n; i++) {
        const pdf_obj *other = encrypt_of(f, i);
        if (other && !pdf_same(other, encrypt_of(f, 0))) {
            return pdf_damaged(e, 0, f->sections[i].pub.offset, "ISO32000-1#7.5.6",
                               "the trailers say different things about encryption");
        }
    }
    return PADES_OK;
}

/* clause: ISO32000-1#7.5.7 the encryption dictionary is in no object stream */
static pades_status load_dict(pdf_file *f, pdf_crypt *c, const pdf_obj **ret, pades_error **e)
{
    pdf_ref ref;
    pdf_entry entry;
    *ret = encrypt_of(f, 0);
    if (!pdf_get_ref(*ret, &ref)) {
        return PADES_OK;
    }
    c->id = ref.id;
    TRY(pdf_file_entry(f, ref.id, &entry, e));
    if (entry.kind == PDF_ENTRY_IN_STREAM) {
        return pdf_damaged(e, ref.id, 0, "ISO32000-1#7.5.7",
                           "the encryption dictionary is in an object stream");
    }
    return pdf_file_load(f, ref, c->pool, ret, NULL, e);
}

static pades_status try_as(pdf_crypt *c, span password, pdf_crypt_access access, pades_error **e)
{
    bool fits = false;
    bool owner = access == PDF_CRYPT_OWNER;
    uint8_t *key = secret_room(c->key);
    if (c->dict.info.access != PDF_CRYPT_LOCKED) {
        return PADES_OK;
    }
    TRY(c->dict.info.revision < 5
            ? crypt_key_legacy(&c->dict, password, owner, key, c->password, &fits, e)
            : crypt_key_strong(&c->dict, password, owner, key, c->password, &fits, e));
    if (!fits) {
        secret_wipe(c->key);
        return PADES_OK;
    }
    secret_set_length(c->key, c->dict.key_n);
    c->dict.info.access = access;
    return PADES_OK;
}

static pades_status try_given(pdf_crypt *c, span given, pades_error **e)
{
    AUTO(secret) *form = NULL;
    TRY(secret_new(&form, e));
    bool whole = crypt_password_form(&c->dict, given, form);
    const span forms[] = {given, secret_span(form)};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (forms[i].n > 0) {
            TRY(try_as(c, forms[i], PDF_CRYPT_OWNER, e));
            TRY(try_as(c, forms[i], PDF_CRYPT_USER, e));
        }
    }
    if (c->dict.info.access == PDF_CRYPT_LOCKED) {
        (void)fail(e, PADES_DOC_PASSWORD,
                   "wrong password: it opens the document neither as user "
                   "nor as owner");
        error_clause(e, "ISO32000-1#7.6.3.1");
        error_hint(e, whole ? "check the password; capitals and the keyboard's layout count"
                            : "check the password; this build takes characters beyond ASCII as "
                              "they are typed, for want of libidn");
        return PADES_DOC_PASSWORD;
    }
    return PADES_OK;
}

static pades_status try_passwords(pdf_crypt *c, span given, pades_error **e)
{
    TRY(secret_new(&c->key, e));
    TRY(secret_new(&c->password, e));
    if (given.n > 0) {
        return try_given(c, given, e);
    }
    TRY(try_as(c, given, PDF_CRYPT_USER, e));
    TRY(try_as(c, given, PDF_CRYPT_OWNER, e));
    if (c->dict.info.access == PDF_CRYPT_OWNER) {
        c->dict.info.access = PDF_CRYPT_USER;
    }
    if (c->dict.info.access == PDF_CRYPT_LOCKED) {
        (void)fail(e, PADES_DOC_ENCRYPTED, "the document is encrypted and needs a password");
        error_clause(e, "ISO32000-1#7.6.3.1");
        return PADES_DOC_ENCRYPTED;
    }
    return PADES_OK;
}

static pades_status unlock(pdf_file *f, pdf_crypt *c, pades_error **e)
{
    const pdf_obj *dict = NULL;
    TRY(check_sections(f, e));
    TRY(load_dict(f, c, &dict, e));
    pades_status status = crypt_dict_read(f, dict, c->pool, &c->dict, e);
    if (status != PADES_OK) {
        return e && *e && pades_error_object(*e) == 0 ? pdf_place(e, status, c->id, 0) : status;
    }
    TRY(try_passwords(c, source_password(f->source), e));
    return c->dict.info.revision < 5 ? PADES_OK
                                     : crypt_key_check_perms(&c->dict, secret_room(c->key), e);
}

/* What is said of the document, not of this machine, waits until an object is asked for. */
static bool is_about_document(pades_status status)
{
    return status == PADES_DOC_ENCRYPTED || status == PADES_DOC_PASSWORD ||
           status == PADES_DOC_UNSUPPORTED || status == PADES_DOC_DAMAGED || status == PADES_LIMIT;
}

pades_status crypt_open(pdf_file *f, pades_error **e)
{
    AUTO(pades_error) *why = NULL;
    if (!is_encrypted(f)) {
        return PADES_OK;
    }
    AUTO(pdf_crypt) *c = mem_alloc(sizeof *c);
    if (!c) {
        return fail_memory(e);
    }
    TRY(pdf_pool_new_scratch(f->ctx, &c->pool, e));
    f->recent.full = true; /* what is read now is read as it stands, and kept nowhere else */
    pades_status status = unlock(f, c, &why);
    f->recent.full = false;
    objstm_free(&f->objstm);
    if (status != PADES_OK) {
        c->dict.info.access = PDF_CRYPT_LOCKED;
        if (!is_about_document(status)) {
            if (e) {
                *e = TAKE(why);
            }
            return status;
        }
        c->why = TAKE(why);
    }
    f->crypt = TAKE(c);
    return PADES_OK;
}

void crypt_free(pdf_crypt *c)
{
    if (c) {
        pdf_pool_free(c->pool);
        secret_free(c->key);
        secret_free(c->password);
        pades_error_free(c->why);
        mem_free(c);
    }
}

const pdf_crypt_info *pdf_crypt_get_info(const pdf_file *f)
{
    return f->crypt ? &f->crypt->dict.info : NULL;
}

uint32_t pdf_crypt_object(const pdf_file *f)
{
    return f->crypt ? f->crypt->id : 0;
}

const char *pdf_crypt_password(const pdf_file *f)
{
    bool needed = f->crypt && f->crypt->password && secret_span(f->crypt->password).n > 0;
    return needed ? (const char *)secret_room(f->crypt->password) : NULL; /* zeros follow it */
}

bool pdf_crypt_same_passwords(const pdf_file *a, const pdf_file *b)
{
    const crypt_dict *x = &a->crypt->dict, *y = &b->crypt->dict;
    bool old = x->info.revision < 5;
    return x->info.revision == y->info.revision && span_eq(x->o, y->o) && span_eq(x->u, y->u) &&
           span_eq(old ? x->id : x->oe, old ? y->id : y->oe);
}

pades_status pdf_crypt_check(const pdf_file *f, pades_error **e)
{
    const pades_error *why = f->crypt ? f->crypt->why : NULL;
    if (!why) {
        return PADES_OK;
    }
    pades_status status = pades_error_status(why);
    (void)fail(e, status, "%s", pades_error_message(why));
    if (pades_error_hint(why)) {
        error_hint(e, "%s", pades_error_hint(why));
    }
    error_clause(e, pades_error_clause(why));
    error_place(e, pades_error_object(why), pades_error_offset(why));
    return status;
}

/* clause: ISO32000-1#7.6.3.2 table 22: bits 4, 6 and 9; what they forbid the owner may do */
pades_status pdf_crypt_allow_signature(const pdf_file *f, bool creates_field, pades_error **e)
{
    enum { MODIFY = 1 << 3, ANNOTATE = 1 << 5, FILL = 1 << 8 };
    TRY(pdf_crypt_check(f, e));
    const pdf_crypt_info *info = pdf_crypt_get_info(f);
    if (!info || info->access == PDF_CRYPT_OWNER) {
        return PADES_OK;
    }
    bool modify = info->permissions & MODIFY, annotate = info->permissions & ANNOTATE;
    bool fill = info->revision >= 3 && info->permissions & FILL; /* revision 2 has no bit 9 */
    if (creates_field ? modify && annotate : annotate || fill) {
        return PADES_OK;
    }
    if (creates_field) {
        (void)fail(e, PADES_DOC_NOT_PERMITTED,
                   "the document's encryption does not permit a new signature field: bit%s of /P "
                   "not set",
                   modify     ? " 6 is"
                   : annotate ? " 4 is"
                              : "s 4 and 6 are");
    } else {
        (void)fail(e, PADES_DOC_NOT_PERMITTED,
                   "the document's encryption does not permit filling a signature field: neither "
                   "bit 6 nor bit 9 of /P is set");
    }
    error_clause(e, "ISO32000-1#7.6.3.2");
    error_hint(e, "its owner password permits everything");
    return PADES_DOC_NOT_PERMITTED;
}
