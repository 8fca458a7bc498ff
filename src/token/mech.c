/* Which mechanism makes which signature: raw over our own digest first, since every token has
 * those, then hash-and-sign. The token's list orders the attempts but does not decide: lists lie
 * both ways. */
#include "token/internal.h"

#include "base/der.h"
#include "base/mem.h"

enum { MAX_MECHS = 1024 };

static void read_mechs(p11_key *k)
{
    CK_ULONG n = MAX_MECHS;
    CK_MECHANISM_TYPE *list = mem_array(n, sizeof *list);
    if (list && p11_mechanisms(p11_key_port(k), p11_key_slot(k), list, &n) == CKR_OK) {
        k->mechs = TAKE(list);
        k->mechs_n = n;
    }
    mem_free(list);
}

void p11_key_read_mechanisms(p11_key *k)
{
    if (!k->mechs_read) {
        read_mechs(k);
        k->mechs_read = true;
    }
}

/* 1 listed, 0 not, -1: there is no list. */
static int is_listed(p11_key *k, CK_MECHANISM_TYPE type)
{
    p11_key_read_mechanisms(k);
    for (size_t i = 0; i < k->mechs_n; i++) {
        if (k->mechs[i] == type) {
            return 1;
        }
    }
    return k->mechs ? 0 : -1;
}

typedef struct digest_mechs {
    CK_MECHANISM_TYPE hash, rsa, pss, ecdsa;
    CK_RSA_PKCS_MGF_TYPE mgf;
    const char *oid;
} digest_mechs;

static const digest_mechs *mechs_of(pades_digest digest)
{
    static const digest_mechs sha256 = {
        CKM_SHA256,       CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS,
        CKM_ECDSA_SHA256, CKG_MGF1_SHA256,     "2.16.840.1.101.3.4.2.1"};
    static const digest_mechs sha384 = {
        CKM_SHA384,       CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS,
        CKM_ECDSA_SHA384, CKG_MGF1_SHA384,     "2.16.840.1.101.3.4.2.2"};
    static const digest_mechs sha512 = {
        CKM_SHA512,       CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS,
        CKM_ECDSA_SHA512, CKG_MGF1_SHA512,     "2.16.840.1.101.3.4.2.3"};
    return digest == PADES_DIGEST_SHA512   ? &sha512
           : digest == PADES_DIGEST_SHA384 ? &sha384
                                           : &sha256;
}

/* clause: RFC8017#9.2 DigestInfo, parameters NULL */
void p11_digest_info(buf *out, pades_digest digest, span hash)
{
    AUTO_VAL(buf) algorithm = BUF(64);
    AUTO_VAL(buf) content = BUF(256);
    der_add_oid(&algorithm, mechs_of(digest)->oid);
    der_add_null(&algorithm);
    der_add(&content, DER_SEQUENCE, buf_span(&algorithm));
    der_add(&content, DER_OCTET_STRING, hash);
    der_add(out, DER_SEQUENCE, buf_span(&content));
    out->failed = out->failed || !buf_ok(&algorithm) || !buf_ok(&content);
}

static bool type_fits(const p11_key *k, pades_scheme scheme)
{
    return k->pub.type == (scheme == PADES_SCHEME_ECDSA ? CKK_EC : CKK_RSA);
}

static void fill(pades_scheme scheme, pades_digest digest, p11_mech out[P11_MECHS])
{
    const digest_mechs *d = mechs_of(digest);
    memset(out, 0, P11_MECHS * sizeof *out);
    switch (scheme) {
    case PADES_SCHEME_RSA_PSS:
        out[0].type = CKM_RSA_PKCS_PSS;
        out[1].type = d->pss;
        break;
    case PADES_SCHEME_ECDSA:
        out[0].type = CKM_ECDSA;
        out[1].type = d->ecdsa;
        break;
    case PADES_SCHEME_RSA_PKCS1:
    default:
        out[0].type = CKM_RSA_PKCS;
        out[1].type = d->rsa;
        break;
    }
    out[1].over_tbs = true;
    for (size_t i = 0; i < P11_MECHS; i++) {
        out[i].has_pss = scheme == PADES_SCHEME_RSA_PSS;
        /* clause: RFC4056#3 salt as long as the digest */
        out[i].pss = (CK_RSA_PKCS_PSS_PARAMS){d->hash, d->mgf, pades_digest_size(digest)};
    }
}

size_t p11_mechs_for(p11_key *k, pades_scheme scheme, pades_digest digest, p11_mech out[P11_MECHS])
{
    if (!type_fits(k, scheme)) {
        return 0;
    }
    fill(scheme, digest, out);
    if (is_listed(k, out[0].type) == 0 && is_listed(k, out[1].type) == 1) {
        p11_mech first = out[0];
        out[0] = out[1];
        out[1] = first;
    }
    return P11_MECHS;
}

bool p11_key_supports(p11_key *k, pades_scheme scheme, pades_digest digest)
{
    p11_mech mechs[P11_MECHS];
    return p11_mechs_for(k, scheme, digest, mechs) > 0 && is_listed(k, mechs[0].type) != 0;
}
