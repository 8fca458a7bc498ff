/* Which certificates may sign here, and with which digest: what the certificate itself says, at a
 * time. Revocation and trust are asked elsewhere. */
#include "pki/cert.h"

#include "base/fail.h"
#include "base/timefmt.h"

enum { DAY = 86400, WARN_DAYS = 60, RSA_BITS_MIN = 2048, RSA_BITS_MAX = 16384 };

/* The status whether or not the caller wants an error. */
static pades_status hinted(pades_error **e, pades_status status, const char *hint)
{
    error_hint(e, "%s", hint);
    return status;
}

/* clause: RFC5480#4 the digest is as strong as the curve */
pades_digest cert_fitting_digest(const pades_cert *cert, pades_digest wanted)
{
    if (wanted != PADES_DIGEST_DEFAULT) {
        return wanted;
    }
    switch (cert_key_kind(cert)) {
    case KEY_EC_P384:
        return PADES_DIGEST_SHA384;
    case KEY_EC_P521:
        return PADES_DIGEST_SHA512;
    case KEY_RSA:
    case KEY_EC_P256:
    case KEY_ED25519:
    case KEY_OTHER:
        break;
    }
    return PADES_DIGEST_SHA256;
}

static pades_status check_time(const pades_cert *cert, int64_t now, buf *warnings, pades_error **e)
{
    char when[TIME_TEXT];
    const char *name = pades_cert_common_name(cert);
    int64_t end = pades_cert_not_after(cert);
    if (now < pades_cert_not_before(cert)) {
        time_rfc3339(pades_cert_not_before(cert), when);
        fail(e, PADES_CERT_NOT_YET_VALID, "the certificate '%s' is valid from %s only", name, when);
        return hinted(e, PADES_CERT_NOT_YET_VALID, "check the clock of this computer");
    }
    time_rfc3339(end, when);
    if (now > end) {
        fail(e, PADES_CERT_EXPIRED, "the certificate '%s' expired on %s", name, when);
        return hinted(e, PADES_CERT_EXPIRED,
                      "ask its issuer for a new certificate; if it has one, check the clock");
    }
    if (warnings && end - now <= (int64_t)WARN_DAYS * DAY) {
        buf_addf(warnings, "the certificate '%s' expires in %d days, on %s", name,
                 (int)((end - now) / DAY), when);
        buf_add_byte(warnings, 0);
        return buf_check(warnings, "warnings", e);
    }
    return PADES_OK;
}

static pades_status check_usage(const pades_cert *cert, pades_error **e)
{
    const char *name = pades_cert_common_name(cert);
    if (pades_cert_is_ca(cert)) {
        fail(e, PADES_CERT_USAGE, "the certificate '%s' is that of a certification authority",
             name);
        return hinted(e, PADES_CERT_USAGE,
                      "choose the certificate that was issued for signing documents");
    }
    if (!pades_cert_may_sign(cert)) {
        fail(e, PADES_CERT_USAGE, "the usage of the certificate '%s' forbids signing documents",
             name);
        return hinted(
            e, PADES_CERT_USAGE,
            "choose a certificate with digitalSignature or nonRepudiation that is not confined to "
            "another purpose");
    }
    return PADES_OK;
}

static pades_status check_key(const pades_cert *cert, pades_error **e)
{
    const char *type = pades_cert_key_type(cert);
    key_kind kind = cert_key_kind(cert);
    if (kind == KEY_ED25519) {
        fail(e, PADES_ALGORITHM, "EdDSA keys (%s) are not supported yet", type);
        return hinted(e, PADES_ALGORITHM, "use an RSA key, or an EC key on P-256, P-384 or P-521");
    }
    if (kind == KEY_OTHER) {
        fail(e, PADES_ALGORITHM, "keys of type '%s' are not supported", type);
        return hinted(e, PADES_ALGORITHM, "use an RSA key, or an EC key on P-256, P-384 or P-521");
    }
    if (kind == KEY_RSA &&
        (cert_key_bits(cert) < RSA_BITS_MIN || cert_key_bits(cert) > RSA_BITS_MAX)) {
        fail(e, PADES_ALGORITHM, "an RSA key of %u bits is not accepted", cert_key_bits(cert));
        return hinted(e, PADES_ALGORITHM, "RSA keys need 2048 bits at least, new ones 3072");
    }
    if (!cert_key(cert)) {
        return fail(e, PADES_CERT_INVALID, "the public key of the certificate is not usable");
    }
    return PADES_OK;
}

pades_status cert_check_signer(const pades_cert *cert, int64_t now, buf *warnings, pades_error **e)
{
    TRY(check_usage(cert, e));
    TRY(check_key(cert, e));
    return check_time(cert, now, warnings, e);
}
