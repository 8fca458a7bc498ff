/* See profiles.h. The seal certificates have the shape of EN 319 412-3 (legal person) and 412-5
 * (QcStatements); they are a demonstration and qualified by nobody. */
#include "pki/profiles.h"

#define YEAR 365
#define SEAL_LIFE .from_days = -30, .to_days = 3 * YEAR
#define SEAL_OF "issuing", .kind = "seal", .subject = SUBJECT_COMPANY
#define TSA_OF "issuing", .kind = "tsa", .subject = SUBJECT_TRUST_SERVICE
#define SEAL_SECTIONS                                                                              \
    {                                                                                              \
        "issued", "leaf", "seal", "qualified"                                                      \
    }
#define TSA_SECTIONS                                                                               \
    {                                                                                              \
        "issued", "leaf", "tsa"                                                                    \
    }
#define COMPANY "Demo Company Oy Invoicing seal"

const struct cert_spec cert_specs[] = {
    {"root", "root", .cn = "Demonstration Root CA", .kind = "ca", .subject = SUBJECT_TRUST_SERVICE,
     .key = KEY_P384, .from_days = -3 * YEAR, .to_days = 17 * YEAR, .sections = {"root"}},
    {"issuing", "root", .cn = "Demonstration Qualified Seal CA", .kind = "ca",
     .subject = SUBJECT_TRUST_SERVICE, .key = KEY_P256, .from_days = -3 * YEAR,
     .to_days = 10 * YEAR, .sections = {"issuing"}},
    {"stranger-root", "stranger-root", .cn = "Unrelated Root CA", .kind = "ca",
     .subject = SUBJECT_STRANGER, .key = KEY_P256, .from_days = -3 * YEAR, .to_days = 10 * YEAR,
     .sections = {"root"}},

    {"seal-rsa3072", SEAL_OF, .cn = COMPANY, .key = KEY_RSA3072, SEAL_LIFE,
     .sections = SEAL_SECTIONS},
    {"seal-p256", SEAL_OF, .cn = COMPANY " P-256", .key = KEY_P256, SEAL_LIFE,
     .sections = SEAL_SECTIONS},
    {"seal-p384", SEAL_OF, .cn = COMPANY " P-384", .key = KEY_P384, SEAL_LIFE,
     .sections = SEAL_SECTIONS},
    {"seal-p521", SEAL_OF, .cn = COMPANY " P-521", .key = KEY_P521, SEAL_LIFE,
     .sections = SEAL_SECTIONS},
    {"seal-rsa2048", SEAL_OF, .cn = COMPANY " RSA-2048", .key = KEY_RSA2048, SEAL_LIFE,
     .sections = SEAL_SECTIONS},
    {"ed25519", SEAL_OF, .cn = COMPANY " Ed25519", .key = KEY_ED25519, SEAL_LIFE,
     .sections = SEAL_SECTIONS},
    {"expired", SEAL_OF, .cn = COMPANY " expired", .key = KEY_P256, .from_days = -2 * YEAR,
     .to_days = -10, .sections = SEAL_SECTIONS},
    {"not-yet-valid", SEAL_OF, .cn = COMPANY " not yet valid", .key = KEY_P256, .from_days = 10,
     .to_days = 2 * YEAR, .sections = SEAL_SECTIONS},
    {"soon", SEAL_OF, .cn = COMPANY " expiring soon", .key = KEY_P256, .from_days = -2 * YEAR,
     .to_days = 30, .sections = SEAL_SECTIONS},
    {"no-signing-usage", SEAL_OF, .cn = COMPANY " encryption", .key = KEY_P256, SEAL_LIFE,
     .sections = {"issued", "leaf", "encipher"}},
    {"revoked", SEAL_OF, .cn = COMPANY " revoked", .key = KEY_P256, SEAL_LIFE, .revoked_days = 2,
     .sections = SEAL_SECTIONS},
    {"ca-as-signer", SEAL_OF, .cn = "Demo Company Oy Sub CA", .key = KEY_P256, SEAL_LIFE,
     .sections = {"issued", "subca"}},
    /* Sets a terminal's title, rings, and turns the text around (U+202E): none may get out. */
    {"hostile-cn", SEAL_OF,
     .cn = "Demo \033]0;owned\007 seal \xe2\x80\xae"
           "fdp.live",
     .key = KEY_P256, SEAL_LIFE, .sections = SEAL_SECTIONS},

    {"tsa", TSA_OF, .cn = "Demonstration Time-Stamping Unit 1", .key = KEY_P256, SEAL_LIFE,
     .sections = TSA_SECTIONS},
    {"tsa-rsa", TSA_OF, .cn = "Demonstration Time-Stamping Unit 2", .key = KEY_RSA2048, SEAL_LIFE,
     .sections = TSA_SECTIONS},
    {"tsa-noeku", TSA_OF, .cn = "Demonstration unit without time-stamping usage", .key = KEY_P256,
     SEAL_LIFE, .sections = {"issued", "leaf", "digsig"}},
    {"tsa-expired", TSA_OF, .cn = "Demonstration Time-Stamping Unit 0", .key = KEY_P256,
     .from_days = -2 * YEAR, .to_days = -10, .sections = TSA_SECTIONS},
    {"tsa-stranger", "stranger-root", .kind = "tsa", .subject = SUBJECT_STRANGER,
     .cn = "Unrelated Time-Stamping Unit", .key = KEY_P256, SEAL_LIFE,
     .sections = {"leaf", "ids", "tsa"}},
    {"ocsp", "issuing", .kind = "ocsp", .subject = SUBJECT_TRUST_SERVICE,
     .cn = "Demonstration OCSP Responder", .key = KEY_P256, SEAL_LIFE,
     .sections = {"ids", "leaf", "ocsp"}},
};
const size_t cert_spec_count = sizeof cert_specs / sizeof cert_specs[0];

const char extension_sections[] =
    "[root]\n"
    "basicConstraints = critical,CA:TRUE\n"
    "keyUsage = critical,keyCertSign,cRLSign\n"
    "subjectKeyIdentifier = hash\n"
    "[issuing]\n"
    "basicConstraints = critical,CA:TRUE\n"
    "keyUsage = critical,keyCertSign,cRLSign\n"
    "subjectKeyIdentifier = hash\n"
    "authorityKeyIdentifier = keyid:always\n"
    "authorityInfoAccess = caIssuers;URI:${base}/ca/root.cer\n"
    "crlDistributionPoints = URI:${base}/crl/root.crl\n"
    "certificatePolicies = 2.5.29.32.0\n"
    "[ids]\n"
    "subjectKeyIdentifier = hash\n"
    "authorityKeyIdentifier = keyid:always\n"
    "[issued]\n"
    "subjectKeyIdentifier = hash\n"
    "authorityKeyIdentifier = keyid:always\n"
    "authorityInfoAccess = OCSP;URI:${base}/ocsp,caIssuers;URI:${base}/ca/issuing.cer\n"
    "crlDistributionPoints = URI:${base}/crl/issuing.crl\n"
    "[leaf]\n"
    "basicConstraints = critical,CA:FALSE\n"
    "[subca]\n"
    "basicConstraints = critical,CA:TRUE\n"
    "keyUsage = critical,keyCertSign,cRLSign,nonRepudiation\n"
    "[seal]\n"
    "keyUsage = critical,nonRepudiation\n"
    "[encipher]\n"
    "keyUsage = critical,keyEncipherment\n"
    "[digsig]\n"
    "keyUsage = critical,digitalSignature\n"
    "[tsa]\n"
    "keyUsage = critical,digitalSignature\n"
    "extendedKeyUsage = critical,timeStamping\n"
    "[ocsp]\n"
    "keyUsage = critical,digitalSignature\n"
    "extendedKeyUsage = OCSPSigning\n"
    "noCheck = ignored\n"
    "[qualified]\n"
    "certificatePolicies = 0.4.0.194112.1.3\n"
    "qcStatements = ASN1:SEQUENCE:qc\n"
    "[qc]\n"
    "compliance = SEQUENCE:qc_compliance\n"
    "sscd = SEQUENCE:qc_sscd\n"
    "pds = SEQUENCE:qc_pds\n"
    "type = SEQUENCE:qc_type\n"
    "semantics = SEQUENCE:qc_semantics\n"
    "[qc_compliance]\n"
    "id = OID:0.4.0.1862.1.1\n"
    "[qc_sscd]\n"
    "id = OID:0.4.0.1862.1.4\n"
    "[qc_pds]\n"
    "id = OID:0.4.0.1862.1.5\n"
    "info = SEQUENCE:pds_places\n"
    "[pds_places]\n"
    "english = SEQUENCE:pds_english\n"
    "[pds_english]\n"
    "url = IA5STRING:https://pds.example/en.pdf\n"
    "language = PRINTABLESTRING:en\n"
    "[qc_type]\n"
    "id = OID:0.4.0.1862.1.6\n"
    "info = SEQUENCE:qc_types\n"
    "[qc_types]\n"
    "eseal = OID:0.4.0.1862.1.6.2\n"
    "[qc_semantics]\n"
    "id = OID:1.3.6.1.5.5.7.11.2\n"
    "info = SEQUENCE:semantics_of\n"
    "[semantics_of]\n"
    "legal = OID:0.4.0.194121.1.2\n";
