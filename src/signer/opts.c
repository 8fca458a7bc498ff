/* The one option of a token that is a certificate: here, because the token room knows none. */
#include "signer/signer.h"

#include "base/mem.h"
#include "token/pkcs11.h"

void pades_token_opts_add_cert(pades_token_opts *opts, const pades_cert *cert)
{
    if (!MEM_GROW(opts->certs, opts->certs_n, opts->certs_cap)) {
        opts->no_memory = true;
        return;
    }
    buf *copy = &opts->certs[opts->certs_n];
    *copy = BUF(cert_der(cert).n);
    buf_add_span(copy, cert_der(cert));
    if (!buf_ok(copy)) {
        buf_free(copy);
        opts->no_memory = true;
        return;
    }
    opts->certs_n++;
}
