/* What `inspect` says of a document's encryption, also when nothing opens it.
 * clause: ISO32000-1#7.6.1, #7.6.3.2 the encryption dictionary */
#include "sign/doc_impl.h"

#include "base/fail.h"
#include "pdf/crypt.h"

static int opened_as(pdf_crypt_access access)
{
    switch (access) {
    case PDF_CRYPT_USER:
        return PADES_OPENED_USER;
    case PDF_CRYPT_OWNER:
        return PADES_OPENED_OWNER;
    case PDF_CRYPT_LOCKED:
        break;
    }
    return PADES_OPENED_NOT;
}

/* /P as it is mostly written. */
static int32_t as_signed(uint32_t p)
{
    return p > INT32_MAX ? -(int32_t)(UINT32_MAX - p) - 1 : (int32_t)p;
}

static pades_status fill(pades_doc *doc, const pdf_crypt_info *from, pades_error **e)
{
    pades_encryption_info *to = &doc->encryption;
    *to = (pades_encryption_info){.streams = from->streams,
                                  .strings = from->strings,
                                  .key_bits = from->key_bits,
                                  .version = from->version,
                                  .revision = from->revision,
                                  .encrypt_metadata = from->encrypt_metadata,
                                  .permissions = as_signed(from->permissions),
                                  .opened = opened_as(from->access)};
    return from->handler.p ? doc_keep_escaped(doc, from->handler, &to->handler, e) : PADES_OK;
}

/* That no password was given is no failure; that a wrong one was given is. */
pades_status doc_read_encryption(pades_doc *doc, pdf_file *f, pades_error **e)
{
    const pdf_crypt_info *info = pdf_crypt_get_info(f);
    doc->info.encrypted = info != NULL;
    if (!info) {
        return PADES_OK;
    }
    TRY(fill(doc, info, e));
    pades_status status = pdf_crypt_check(f, e);
    return status == PADES_DOC_PASSWORD
               ? status
               : doc_excuse(doc, status, "its fields and signatures were not read", e);
}

const pades_encryption_info *pades_doc_get_encryption(const pades_doc *doc)
{
    return doc->info.encrypted ? &doc->encryption : NULL;
}
