/* What a document allows: DocMDP, usage rights. Reads only what the catalog says and believes
 * nothing about validity: whether a certification is sound is for a verifier to find. What its
 * encryption permits is asked of pdf/crypt; a document that is not opened is looked into no
 * further. clause: ISO32000-1#12.8.2.2 DocMDP, ISO32000-1#12.8.4 permissions */
#include "pdf/permissions.h"

#include "base/fail.h"
#include "pdf/crypt.h"
#include "pdf/damage.h"

enum { POOL_MAX = 64 << 20 };

typedef struct looking {
    pdf_file *f;
    pdf_pool *pool;
    pades_error **e;
} looking;

static pades_status get(const looking *l, const pdf_obj *dict, const char *key, const pdf_obj **ret)
{
    return pdf_file_resolve(l->f, pdf_dict_get(dict, key), l->pool, ret, NULL, l->e);
}

static pades_status read_transform(const looking *l, const pdf_obj *reference, int *ret_p)
{
    const pdf_obj *method = NULL;
    const pdf_obj *params = NULL;
    const pdf_obj *p = NULL;
    int64_t level = 2; /* the default of /P */
    TRY(get(l, reference, "TransformMethod", &method));
    if (!pdf_is_name(method, "DocMDP")) {
        return PADES_OK;
    }
    TRY(get(l, reference, "TransformParams", &params));
    TRY(get(l, params, "P", &p));
    if (p->kind != PDF_NULL && (!pdf_get_int(p, &level) || level < 1 || level > 3)) {
        return pdf_damaged(l->e, 0, 0, "ISO32000-1#12.8.2.2",
                           "the certification's /P is none of 1, 2, 3");
    }
    if (*ret_p == 0 || level < *ret_p) {
        *ret_p = (int)level;
    }
    return PADES_OK;
}

static pades_status read_certification(const looking *l, const pdf_obj *signature, int *ret_p)
{
    const pdf_obj *references = NULL;
    if (signature->kind == PDF_NULL) {
        return PADES_OK;
    }
    TRY(get(l, signature, "Reference", &references));
    for (size_t i = 0; pdf_array_get(references, i); i++) {
        const pdf_obj *reference = NULL;
        TRY(pdf_file_resolve(l->f, pdf_array_get(references, i), l->pool, &reference, NULL, l->e));
        TRY(read_transform(l, reference, ret_p));
    }
    if (*ret_p == 0) {
        return pdf_damaged(l->e, 0, 0, "ISO32000-1#12.8.4",
                           "/Perms names a certification that has no DocMDP transform");
    }
    return PADES_OK;
}

static pades_status read_perms(const looking *l, pdf_permissions *ret)
{
    const pdf_obj *catalog = NULL;
    const pdf_obj *perms = NULL;
    const pdf_obj *entry = NULL;
    TRY(get(l, pdf_file_trailer(l->f), "Root", &catalog));
    TRY(get(l, catalog, "Perms", &perms));
    for (size_t i = 0; i < 2; i++) {
        TRY(get(l, perms, i ? "UR3" : "UR", &entry));
        ret->usage_rights = ret->usage_rights || entry->kind != PDF_NULL;
    }
    TRY(get(l, perms, "DocMDP", &entry));
    return read_certification(l, entry, &ret->certification);
}

pades_status pdf_permissions_read(pdf_file *f, pdf_permissions *ret, pades_error **e)
{
    const pdf_crypt_info *crypt = pdf_crypt_get_info(f);
    pdf_permissions found = {crypt != NULL, 0, false};
    if (!crypt || crypt->access != PDF_CRYPT_LOCKED) {
        AUTO(pdf_pool) *pool = NULL;
        TRY(pdf_pool_new(POOL_MAX, &pool, e));
        const looking l = {f, pool, e};
        TRY(read_perms(&l, &found));
    }
    *ret = found;
    return PADES_OK;
}

pades_status pdf_permissions_allow_signature(const pdf_permissions *p, pades_error **e)
{
    if (p->certification == 1) {
        fail(e, PADES_DOC_NOT_PERMITTED, "the document is certified and permits no changes");
        error_clause(e, "ISO32000-1#12.8.2.2");
        error_hint(e, "its author allowed no further signatures (DocMDP /P 1)");
        return PADES_DOC_NOT_PERMITTED;
    }
    if (p->usage_rights) {
        fail(e, PADES_DOC_NOT_PERMITTED, "the document has usage rights that a change would break");
        error_clause(e, "ISO32000-1#12.8.2.3");
        error_hint(e, "--drop-usage-rights removes them from a document nobody has signed");
        return PADES_DOC_NOT_PERMITTED;
    }
    return PADES_OK;
}
