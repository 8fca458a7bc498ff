/* The strict parse of SignedData and, on what it takes, the search for the signer and the check of
 * its signature. The same octets are also tried as a certificate, and as a file of certificates. */
#include "base/fail.h"
#include "cms/cms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void try_signer(const cms_signed_data *s)
{
    AUTO(pades_cert) *cert = NULL;
    if (cms_find_signer(s, NULL, 0, &cert, NULL) == PADES_OK && cert && s->signer.scheme) {
        (void)!cms_verify_signature(cert, s->signer.scheme, s->signer.digest,
                                    s->signer.signed_attrs, s->signer.signature, NULL);
    }
}

static void try_certs(span text)
{
    pades_cert **certs = NULL;
    size_t n = 0;
    if (certs_parse(text, &certs, &n, NULL) == PADES_OK) {
        for (size_t i = 0; i < n; i++) {
            (void)!cert_check_signer(certs[i], 1780315200, NULL, NULL);
            (void)!pades_cert_qc_type(certs[i]);
        }
        certs_free(certs, n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    AUTO_VAL(cms_signed_data) s = {0};
    AUTO(pades_error) *e = NULL;
    if (cms_parse(span_of(data, n), &s, &e) == PADES_OK) {
        try_signer(&s);
    }
    try_certs(span_of(data, n));
    return 0;
}
