#include "base/fail.h"
#include "signer/verify.h"

#include "base/digest.h"
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void verify_make(verify_request *v, pades_scheme scheme, pades_digest alg)
{
    memset(v, 0, sizeof *v);
    memcpy(v->tbs, "signed attributes", 17);
    assert_int_equal(digest_once(alg, span_of(v->tbs, 17), v->hash, NULL), PADES_OK);
    v->r = (pades_sign_request){scheme,       alg, v->tbs, 17, v->hash, pades_digest_size(alg),
                                "invoice.pdf"};
}

bool verify_is_good(const pades_signer *s, const verify_request *v, span signature)
{
    EVP_PKEY *key = cert_key(s->chain[0]);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey = NULL;
    const char *md = v->r.digest == PADES_DIGEST_SHA512   ? "SHA512"
                     : v->r.digest == PADES_DIGEST_SHA384 ? "SHA384"
                                                          : "SHA256";
    assert_int_equal(EVP_DigestVerifyInit_ex(c, &pkey, md, NULL, NULL, key, NULL), 1);
    if (v->r.scheme == PADES_SCHEME_RSA_PSS) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    int good = EVP_DigestVerify(c, signature.p, signature.n, v->r.tbs, v->r.tbs_n);
    EVP_MD_CTX_free(c);
    return good == 1;
}

void verify_signer(pades_signer *s, pades_scheme scheme, pades_digest alg)
{
    verify_request v;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    AUTO(pades_error) *e = NULL;
    verify_make(&v, scheme, alg);
    pades_status status = signer_sign(s, &v.r, &signature, &e);
    if (status != PADES_OK) {
        print_error("%s\n", pades_error_message(e));
    }
    assert_int_equal(status, PADES_OK);
    assert_true(verify_is_good(s, &v, buf_span(&signature)));
}
