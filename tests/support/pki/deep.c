/* See deep.h. The ends of kind "leaf" and the CAs that lead nowhere are for what path building and
 * revocation must tell apart. */
#include "pki/deep.h"

#define YEAR 365
#define SERVICE .subject = SUBJECT_TRUST_SERVICE
#define CA(P) .kind = "ca", SERVICE
#define UNIT_1 .from_days = -30, .to_days = 4 * YEAR
#define UNIT_2 .from_days = 2 * YEAR + YEAR / 2, .to_days = 14 * YEAR
#define COMPANY "Demo Company Oy Decades seal"

#define DEEP_PKI(P, KEY, PSS)                                                                      \
    {P "-root",                                                                                    \
     P "-root",                                                                                    \
     CA(P),                                                                                        \
     .cn = "Decades Root CA " P,                                                                   \
     .key = KEY,                                                                                   \
     .pss = PSS,                                                                                   \
     .from_days = -3 * YEAR,                                                                       \
     .to_days = 20 * YEAR,                                                                         \
     .sections = {"root"}},                                                                        \
        {P "-policy",                                                                              \
         P "-root",                                                                                \
         CA(P),                                                                                    \
         .cn = "Decades Policy CA " P,                                                             \
         .key = KEY,                                                                               \
         .from_days = -3 * YEAR,                                                                   \
         .to_days = 17 * YEAR,                                                                     \
         .sections = {"ca", P "_by_root"}},                                                        \
        {P "-issuing",                                                                             \
         P "-policy",                                                                              \
         CA(P),                                                                                    \
         .cn = "Decades Seal CA " P,                                                               \
         .key = KEY,                                                                               \
         .from_days = -3 * YEAR,                                                                   \
         .to_days = 15 * YEAR,                                                                     \
         .sections = {"ca", P "_by_policy"}},                                                      \
        {P "-tsa-ca",                                                                              \
         P "-policy",                                                                              \
         CA(P),                                                                                    \
         .cn = "Decades Time CA " P,                                                               \
         .key = KEY,                                                                               \
         .from_days = -3 * YEAR,                                                                   \
         .to_days = 15 * YEAR,                                                                     \
         .sections = {"ca", P "_by_policy"}},                                                      \
        {P "-tsa-ca-2",                                                                            \
         P "-policy",                                                                              \
         CA(P),                                                                                    \
         .cn = "Decades Time CA 2 " P,                                                             \
         .key = KEY,                                                                               \
         .from_days = 2 * YEAR,                                                                    \
         .to_days = 15 * YEAR,                                                                     \
         .sections = {"ca", P "_by_policy"}},                                                      \
        {P "-ocsp",                                                                                \
         P "-issuing",                                                                             \
         .kind = "ocsp",                                                                           \
         SERVICE,                                                                                  \
         .cn = "Decades Responder 1 " P,                                                           \
         .key = KEY,                                                                               \
         UNIT_1,                                                                                   \
         .sections = {"ids", "leaf", "ocsp"}},                                                     \
        {P "-ocsp-2",                                                                              \
         P "-issuing",                                                                             \
         .kind = "ocsp",                                                                           \
         SERVICE,                                                                                  \
         .cn = "Decades Responder 2 " P,                                                           \
         .key = KEY,                                                                               \
         UNIT_2,                                                                                   \
         .sections = {"ids", "leaf", "ocsp"}},                                                     \
        {P "-tsa-ocsp",                                                                            \
         P "-tsa-ca",                                                                              \
         .kind = "ocsp",                                                                           \
         SERVICE,                                                                                  \
         .cn = "Decades Time Responder 1 " P,                                                      \
         .key = KEY,                                                                               \
         UNIT_1,                                                                                   \
         .sections = {"leaf", "ocsp_checked", P "_by_tsa_ca_crl"}},                                \
        {P "-tsa-ocsp-2",                                                                          \
         P "-tsa-ca-2",                                                                            \
         .kind = "ocsp",                                                                           \
         SERVICE,                                                                                  \
         .cn = "Decades Time Responder 2 " P,                                                      \
         .key = KEY,                                                                               \
         UNIT_2,                                                                                   \
         .sections = {"ids", "leaf", "ocsp"}},                                                     \
        {P "-tsa",                                                                                 \
         P "-tsa-ca",                                                                              \
         .kind = "tsa",                                                                            \
         SERVICE,                                                                                  \
         .cn = "Decades Time-Stamping Unit 1 " P,                                                  \
         .key = KEY,                                                                               \
         UNIT_1,                                                                                   \
         .sections = {"leaf", "tsa", P "_by_tsa_ca"}},                                             \
        {P "-tsa-2",                                                                               \
         P "-tsa-ca-2",                                                                            \
         .kind = "tsa",                                                                            \
         SERVICE,                                                                                  \
         .cn = "Decades Time-Stamping Unit 2 " P,                                                  \
         .key = KEY,                                                                               \
         UNIT_2,                                                                                   \
         .sections = {"leaf", "tsa", P "_by_tsa_ca_2"}},                                           \
    {                                                                                              \
        P "-seal", P "-issuing", .kind = "leaf", .subject = SUBJECT_COMPANY, .cn = COMPANY " " P,  \
                                 .key = KEY, .from_days = -30, .to_days = 3 * YEAR, .sections = {  \
                                     "leaf",                                                       \
                                     "seal",                                                       \
                                     "qualified",                                                  \
                                     P "_by_issuing"                                               \
                                 }                                                                 \
    }

/* An end of the P-384 PKI; what is said of its status stands in the section. */
#define END(NAME, SECTION)                                                                         \
    .name = "p384-" NAME, .issuer = "p384-issuing", .kind = "leaf", .subject = SUBJECT_COMPANY,    \
    .cn = COMPANY " " NAME, .key = KEY_P256, .sections = {"leaf", "seal", "qualified", SECTION}
#define LIFE .from_days = -30, .to_days = 3 * YEAR
#define LOOP_CA                                                                                    \
    .kind = "ca", .subject = SUBJECT_STRANGER, .key = KEY_P256, .from_days = -YEAR,                \
    .to_days = 10 * YEAR
#define LOOP_END .kind = "leaf", .subject = SUBJECT_COMPANY, .key = KEY_P256, LIFE

const struct cert_spec deep_specs[] = {
    DEEP_PKI("p384", KEY_P384, false),
    /* The root of three levels, certified by the root of two. */
    {"p384-root-cross", "root", CA("p384"), .cn = "Decades Root CA p384", .key = KEY_P384,
     .twin = "p384-root", .from_days = -2 * YEAR, .to_days = 12 * YEAR,
     .sections = {"ca", "cross"}},
    {END("revoked", "p384_by_issuing"), LIFE, .revoked_days = 2, .reason = 1},
    {END("superseded", "p384_by_issuing"), LIFE, .revoked_days = 20, .reason = 4},
    {END("onhold", "p384_by_issuing"), LIFE, .revoked_days = 2, .reason = 6},
    {END("unknown", "p384_by_issuing"), LIFE, .unknown = true},
    {END("expired", "p384_by_issuing"), .from_days = -2 * YEAR, .to_days = -10},
    {END("soon", "p384_by_issuing"), .from_days = -2 * YEAR, .to_days = 1},
    {END("short-term", "short_term"), .from_days = 0, .to_days = 1},
    {END("norevavail", "no_rev_avail"), LIFE},
    {END("crl-only", "crl_only"), LIFE},
    {END("ocsp-only", "ocsp_only"), LIFE},
    {END("ocsp-direct", "ocsp_by_ca"), LIFE},
    {END("no-status", "ids"), LIFE},
    {END("guarded", "guarded"), LIFE},
    {END("redirected", "redirected"), LIFE},
    {END("partition", "partition"), LIFE},
    {END("indirect", "indirect"), LIFE},
    {END("delta", "delta"), LIFE, .revoked_days = 2, .reason = 1},
    {END("big-crl", "big_crl"), LIFE},
    {END("sha1", "p384_by_issuing"), LIFE, .sha1 = true},
    {.name = "p384-weak",
     .issuer = "p384-issuing",
     .kind = "leaf",
     .subject = SUBJECT_COMPANY,
     .cn = COMPANY " RSA-1024",
     .key = KEY_RSA1024,
     LIFE,
     .sections = {"leaf", "seal", "p384_by_issuing"}},
    /* Responders that must not be believed: see server/ocsp.c. */
    {.name = "p384-ocsp-expired",
     .issuer = "p384-issuing",
     .kind = "other",
     SERVICE,
     .cn = "Decades Responder 0",
     .key = KEY_P384,
     .from_days = -2 * YEAR,
     .to_days = -10,
     .sections = {"ids", "leaf", "ocsp"}},
    {.name = "p384-ocsp-noeku",
     .issuer = "p384-issuing",
     .kind = "other",
     SERVICE,
     .cn = "Decades Responder without usage",
     .key = KEY_P384,
     LIFE,
     .sections = {"ids", "leaf", "digsig"}},
    {.name = "ocsp-stranger",
     .issuer = "stranger-root",
     .kind = "other",
     .subject = SUBJECT_STRANGER,
     .cn = "Unrelated Responder",
     .key = KEY_P256,
     LIFE,
     .sections = {"ids", "leaf", "ocsp"}},
    /* A CA whose AIA leads to itself, and two whose AIA lead to each other; no root in sight. */
    {.name = "loop-root",
     .issuer = "loop-root",
     LOOP_CA,
     .cn = "Loop Root CA",
     .sections = {"root"}},
    {.name = "loop-ca",
     .issuer = "loop-root",
     LOOP_CA,
     .cn = "Loop CA",
     .sections = {"ca", "loop_self"}},
    {.name = "loop-seal",
     .issuer = "loop-ca",
     LOOP_END,
     .cn = COMPANY " loop",
     .sections = {"leaf", "seal", "loop_self"}},
    {.name = "loop-x", .issuer = "loop-x", LOOP_CA, .cn = "Loop CA X", .sections = {"root"}},
    {.name = "loop-y", .issuer = "loop-y", LOOP_CA, .cn = "Loop CA Y", .sections = {"root"}},
    {.name = "loop-a",
     .issuer = "loop-y",
     LOOP_CA,
     .cn = "Loop CA X",
     .twin = "loop-x",
     .sections = {"ca", "loop_b"}},
    {.name = "loop-b",
     .issuer = "loop-x",
     LOOP_CA,
     .cn = "Loop CA Y",
     .twin = "loop-y",
     .sections = {"ca", "loop_a"}},
    {.name = "loop-seal-2",
     .issuer = "loop-a",
     LOOP_END,
     .cn = COMPANY " loop of two",
     .sections = {"leaf", "seal", "loop_a"}},
};
const size_t deep_spec_count = sizeof deep_specs / sizeof deep_specs[0];

const struct cert_spec deep_rsa_specs[] = {
    DEEP_PKI("rsa", KEY_RSA3072, false),
    DEEP_PKI("pss", KEY_RSA3072, true),
};
const size_t deep_rsa_spec_count = sizeof deep_rsa_specs / sizeof deep_rsa_specs[0];

/* clang-format off */
#define IDS "subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid:always\n"
#define AIA "authorityInfoAccess = "
#define OCSP_AT(PATH) "OCSP;URI:${base}" PATH ","
#define ISSUER(NAME) "caIssuers;URI:${base}/ca/" NAME ".cer"
#define CRL_AT(PATH) "crlDistributionPoints = URI:${base}" PATH "\n"
#define CRL_OF(NAME) CRL_AT("/crl/" NAME ".crl")

#define DEEP_SECTIONS(P, MORE_ISSUERS)                                                             \
    "[" P "_by_root]\n" IDS AIA OCSP_AT("/ocsp-direct") ISSUER(P "-root") MORE_ISSUERS "\n"        \
        CRL_OF(P "-root"),                                                                         \
    "[" P "_by_policy]\n" IDS AIA ISSUER(P "-policy") "\n" CRL_OF(P "-policy"),                    \
    "[" P "_by_issuing]\n" IDS AIA OCSP_AT("/ocsp") ISSUER(P "-issuing") "\n" CRL_OF(P "-issuing"),\
    "[" P "_by_tsa_ca]\n" IDS AIA OCSP_AT("/ocsp") ISSUER(P "-tsa-ca") "\n" CRL_OF(P "-tsa-ca"),   \
    "[" P "_by_tsa_ca_crl]\n" IDS AIA ISSUER(P "-tsa-ca") "\n" CRL_OF(P "-tsa-ca"),               \
    "[" P "_by_tsa_ca_2]\n" IDS AIA OCSP_AT("/ocsp") ISSUER(P "-tsa-ca-2") "\n"                   \
        CRL_OF(P "-tsa-ca-2")

#define BY_ISSUING(SECTION, OCSP, CRL)                                                             \
    "[" SECTION "]\n" IDS AIA OCSP ISSUER("p384-issuing") "\n" CRL
#define ISSUING_CRL "/crl/p384-issuing.crl"

const char *const deep_sections[] = {
    DEEP_SECTIONS("p384", "," ISSUER("p384-root-cross")),
    DEEP_SECTIONS("rsa", ""),
    DEEP_SECTIONS("pss", ""),
    "[ca]\n"
    "basicConstraints = critical,CA:TRUE\n"
    "keyUsage = critical,keyCertSign,cRLSign\n"
    "certificatePolicies = 2.5.29.32.0\n",
    "[cross]\n" IDS AIA ISSUER("root") "\n" CRL_OF("root"),
    "[ocsp_checked]\n"
    "keyUsage = critical,digitalSignature\n"
    "extendedKeyUsage = OCSPSigning\n",
    BY_ISSUING("short_term", "", "0.4.0.194121.2.1 = ASN1:NULL\n"),
    BY_ISSUING("no_rev_avail", "", "2.5.29.56 = ASN1:NULL\n"),
    BY_ISSUING("crl_only", "", CRL_OF("p384-issuing")),
    BY_ISSUING("ocsp_only", OCSP_AT("/ocsp"), ""),
    BY_ISSUING("ocsp_by_ca", OCSP_AT("/ocsp-direct"), ""),
    BY_ISSUING("partition", "", CRL_AT("/fault/partition" ISSUING_CRL)),
    BY_ISSUING("delta", "", CRL_OF("p384-issuing")
               "freshestCRL = URI:${base}/fault/delta" ISSUING_CRL "\n"),
    BY_ISSUING("big_crl", "", CRL_AT("/fault/entries=300000" ISSUING_CRL)),
    BY_ISSUING("indirect", "", "crlDistributionPoints = indirect_point\n"),
    "[indirect_point]\n"
    "fullname = URI:${base}/fault/indirect/crl/p384-tsa-ca.crl\n"
    "CRLissuer = dirName:indirect_issuer\n",
    "[indirect_issuer]\n"
    "C = FI\n"
    "O = Demo Trust Services Oy\n"
    "organizationIdentifier = NTRFI-7654321-2\n"
    "CN = Decades Time CA p384\n",
    /* Addresses of a cloud's metadata service: nobody may ask them. */
    "[guarded]\n" IDS AIA
    "OCSP;URI:http://169.254.169.254/ocsp,caIssuers;URI:http://169.254.169.254/ca.cer\n"
    "crlDistributionPoints = URI:http://169.254.169.254/latest.crl\n",
    BY_ISSUING("redirected", OCSP_AT("/fault/redirect-guarded/ocsp"),
               CRL_AT("/fault/redirect-guarded" ISSUING_CRL)),
    "[loop_self]\n" IDS AIA ISSUER("loop-ca") "\n" CRL_OF("loop-ca"),
    "[loop_a]\n" IDS AIA ISSUER("loop-a") "\n" CRL_OF("loop-x"),
    "[loop_b]\n" IDS AIA ISSUER("loop-b") "\n" CRL_OF("loop-y"),
    NULL,
};
/* clang-format on */
