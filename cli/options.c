/* See options.h. */
#include "options.h"

#include <string.h>

#define SIGNING (ON_SIGN | ON_PREPARE)
#define STAMPING (ON_TIMESTAMP | ON_EXTEND)
#define LASTING (ON_SIGN | ON_PREPARE | ON_FINISH | ON_EXTEND)
#define SENDING (ON_SIGN | ON_PREPARE | ON_FINISH | STAMPING)
#define WRITING (ON_SIGN | ON_FINISH)
#define OPENING (SENDING | ON_INSPECT | ON_FIELDS | ON_REPAIR)
#define ASKING (SENDING | ON_DOCTOR)
#define ONE_TOKEN (ON_PIN_VERIFY | ON_PIN_CHANGE | ON_PIN_UNBLOCK | ON_KEY_TEST)
#define ON_TOKENS (ON_SIGN | ON_LIST | CHOOSING | ONE_TOKEN | ON_WATCH | ON_DOCTOR)
#define CHOOSING (ON_SIGN | ON_CERTS | ON_SHOW | ON_EXPORT | ON_KEY_TEST)
#define WITH_PIN (ON_SIGN | ON_PIN_VERIFY | ON_PIN_CHANGE | ON_KEY_TEST)
#define ASKING_PERSON (WITH_PIN | ON_PIN_UNBLOCK)
#define SETTING_PIN (ON_PIN_CHANGE | ON_PIN_UNBLOCK)

#define FLAG .kind = KIND_FLAG
#define TEXT(name) .kind = KIND_TEXT, .argument = name
#define LIST(name) .kind = KIND_LIST, .argument = name
#define NUMBER(name, low, high) .kind = KIND_NUMBER, .argument = name, .min = low, .max = high
#define CHOICE(name, list) .kind = KIND_CHOICE, .argument = name, .choices = list
#define KEY .in_file = true
#define LATER(id, text) [id] = {.name = text, .kind = KIND_LATER, .commands = ON_SIGN, .help = ""}

static const struct option options[OPT_COUNT] = {
    [OPT_KEY] = {"key", TEXT("URI"), .commands = ON_TOKENS, KEY,
                 .help = "the key: a pkcs11: URI (RFC 7512), or a .p12 or .pem file"},
    [OPT_CERT_SUBJECT] = {"cert-subject", TEXT("TEXT"), .commands = CHOOSING, KEY,
                          .help = "only certificates whose subject contains TEXT"},
    [OPT_CERT_SERIAL] = {"cert-serial", TEXT("HEX"), .commands = CHOOSING, KEY,
                         .help = "only the certificate with this serial number"},
    [OPT_MODULE] = {"module", TEXT("PATH"), .commands = ON_TOKENS, KEY,
                    .help = "a PKCS#11 module, instead of those p11-kit is configured for"},
    [OPT_NO_ISOLATE] = {"no-isolate", FLAG, .commands = ON_TOKENS, KEY,
                        .help = "run PKCS#11 modules in this process, not in one of their own"},
    [OPT_SESSIONS] = {"sessions", NUMBER("N", 1, 64), .commands = ON_SIGN, KEY, .initial = "1",
                      .help = "sessions with the token that sign side by side (default 1)"},
    [OPT_WAIT] = {"wait", NUMBER("SECONDS", 0, 86400), .commands = ON_SIGN, KEY, .initial = "0",
                  .help = "wait once for a token that is not there or was pulled out"},
    [OPT_CERT] = {"cert", LIST("FILE"), .commands = SIGNING | ON_EXTEND | ON_KEY_TEST, KEY,
                  .help = "certificate that is not on the token, or of the chain; repeatable"},
    [OPT_LEVEL] = {"level", CHOICE("LEVEL", "b|t|lt|lta"), .commands = SIGNING | ON_EXTEND, KEY,
                   .help = "b, t, lt, lta (default: t with a --tsa, else b)"},
    [OPT_TSA] = {"tsa", LIST("URL"), .commands = ASKING, KEY,
                 .help = "time-stamping authority; repeatable, tried in order"},
    [OPT_TSA_USER] = {"tsa-user", LIST("NAME"), .commands = ASKING, KEY,
                      .help = "user name for the TSA; the n-th belongs to the n-th --tsa"},
    [OPT_TSA_PASS_FILE] = {"tsa-pass-file", LIST("FILE"), .commands = ASKING, KEY,
                           .help = "file with that user's password"},
    [OPT_TSA_CERT] = {"tsa-cert", LIST("FILE"), .commands = ASKING, KEY,
                      .help = "TLS client certificate for the TSA (PEM)"},
    [OPT_TSA_KEY] = {"tsa-key", LIST("FILE"), .commands = ASKING, KEY,
                     .help = "its private key (PEM)"},
    [OPT_TSA_POLICY] = {"tsa-policy", LIST("OID"), .commands = ASKING, KEY,
                        .help = "policy asked of the TSA; one alone is for every --tsa"},
    [OPT_TSA_RATE] = {"tsa-rate", LIST("N/SECONDS"), .commands = ASKING, KEY,
                      .help = "N requests in SECONDS at most; one alone is for every --tsa"},
    [OPT_TSA_BEARER_FILE] = {"tsa-bearer-file", LIST("FILE"), .commands = ASKING, KEY,
                             .help = "file with a bearer token for the TSA, instead of a user"},
    [OPT_INSECURE_AUTH] = {"insecure-auth", FLAG, .commands = ASKING, KEY,
                           .help = "send user, password and token over plain http too"},
    [OPT_DIGEST] = {"digest", CHOICE("NAME", "sha256|sha384|sha512"),
                    .commands = SIGNING | STAMPING | ON_KEY_TEST, KEY,
                    .help = "sha256 (default, raised to fit the curve), sha384 or sha512"},
    [OPT_PSS] = {"pss", FLAG, .commands = SIGNING | ON_KEY_TEST, KEY,
                 .help = "RSA-PSS instead of PKCS#1 v1.5"},
    [OPT_SUB_FILTER] = {"sub-filter", CHOICE("KIND", "etsi|adbe"), .commands = SIGNING, KEY,
                        .initial = "etsi",
                        .help = "etsi: PAdES (default); adbe: with Adobe's revocation data"},
    [OPT_FIELD] = {"field", TEXT("NAME"), .commands = SIGNING | ON_FIELDS, KEY,
                   .help = "full name of the field (sign: an empty or new one; Signature1, ...)"},
    [OPT_CERTIFY] = {"certify", NUMBER("P", 1, 3), .commands = SIGNING, KEY,
                     .help = "certify: 1 no changes, 2 forms and signatures, 3 annotations too"},
    [OPT_LOCK] = {"lock", TEXT("FIELDS"), .commands = SIGNING | ON_FIELDS, KEY,
                  .help = "lock fields: all, include:A,B or exclude:A,B"},
    [OPT_RECT] = {"rect", TEXT("PAGE,X,Y,W,H"), .commands = ON_FIELDS,
                  .help = "its place: page, lower left corner, size in points (default: none)"},
    [OPT_TOOLTIP] = {"tooltip", TEXT("TEXT"), .commands = ON_FIELDS,
                     .help = "what it is called for people (/TU)"},
    [OPT_SEED] = {"seed", TEXT("FILE"), .commands = ON_FIELDS,
                  .help = "what it asks of its signature: seed values, as JSON"},
    [OPT_DROP_USAGE_RIGHTS] = {"drop-usage-rights", FLAG, .commands = SIGNING | STAMPING, KEY,
                               .help = "remove usage rights (UR3) from a file nobody signed yet"},
    [OPT_FILL] = {"fill", LIST("NAME=VALUE"), .commands = SIGNING,
                  .help = "fill a form field in the same revision; repeatable"},
    [OPT_NAME] = {"name", TEXT("TEXT"), .commands = SIGNING, KEY, .help = "who signs (/Name)"},
    [OPT_REASON] = {"reason", TEXT("TEXT"), .commands = SIGNING, KEY, .help = "why (/Reason)"},
    [OPT_LOCATION] = {"location", TEXT("TEXT"), .commands = SIGNING, KEY,
                      .help = "where (/Location)"},
    [OPT_CONTACT] = {"contact", TEXT("TEXT"), .commands = SIGNING, KEY,
                     .help = "how to reach the signer (/ContactInfo)"},
    [OPT_COMMITMENT] = {"commitment", TEXT("OID"), .commands = SIGNING, KEY,
                        .help = "commitment type; not together with --reason"},
    [OPT_UTC] = {"utc", FLAG, .commands = SIGNING, KEY,
                 .help = "signing time in UTC instead of local time"},
    [OPT_TRUST] = {"trust", LIST("PATH"), .commands = ASKING, KEY,
                   .help = "trust anchors: a PEM or DER file or a folder of them; repeatable"},
    [OPT_PIN_FD] = {"pin-fd", NUMBER("N", 0, 1023), .commands = WITH_PIN,
                    .help = "read the PIN, one line, from descriptor N"},
    [OPT_PIN_FILE] = {"pin-file", TEXT("FILE"), .commands = WITH_PIN, KEY,
                      .help = "read the PIN from FILE, which only its owner may read"},
    [OPT_PIN_ENV] = {"pin-env", TEXT("NAME"), .commands = WITH_PIN, KEY,
                     .help = "take the PIN from this environment variable, which is emptied"},
    [OPT_PIN_CREDENTIAL] = {"pin-credential", TEXT("NAME"), .commands = WITH_PIN, KEY,
                            .help = "take the PIN from this credential of the systemd service"},
    [OPT_PINENTRY] = {"pinentry", TEXT("PROGRAM|none"), .commands = ASKING_PERSON, KEY,
                      .help = "program that asks for the PIN; none: the terminal does"},
    [OPT_REFUSED_PINS] = {"refused-pins", TEXT("DIR|none"), .commands = ASKING_PERSON, KEY,
                          .help = "folder that remembers refused PINs, as slow hashes"},
    [OPT_PIN_LAST_TRY] = {"pin-last-try", FLAG, .commands = ASKING_PERSON, KEY,
                          .help = "allow the attempt that could lock the token"},
    [OPT_PIN_FOR_BATCH] =
        {"pin-for-batch", FLAG, .commands = ON_SIGN, KEY,
         .help = "keep the PIN, protected, for keys that want it for every signature"},
    [OPT_NEW_PIN_FD] = {"new-pin-fd", NUMBER("N", 0, 1023), .commands = SETTING_PIN,
                        .help = "read the new PIN, one line, from descriptor N"},
    [OPT_NEW_PIN_FILE] = {"new-pin-file", TEXT("FILE"), .commands = SETTING_PIN,
                          .help = "read the new PIN from FILE, which only its owner may read"},
    [OPT_PUK_FD] = {"puk-fd", NUMBER("N", 0, 1023), .commands = ON_PIN_UNBLOCK,
                    .help = "read the PUK, one line, from descriptor N"},
    [OPT_PUK_FILE] = {"puk-file", TEXT("FILE"), .commands = ON_PIN_UNBLOCK,
                      .help = "read the PUK from FILE, which only its owner may read"},
    [OPT_STYLE] = {"style", CHOICE("WAY", "init-pin|set-pin|set-pin-context|puk-prefix"),
                   .commands = ON_PIN_UNBLOCK,
                   .help = "how the module takes a PUK: init-pin, set-pin, set-pin-context"},
    [OPT_YES] = {"yes", FLAG, .commands = ON_PIN_UNBLOCK,
                 .help = "do not ask whether a try of the PUK is to be spent"},
    [OPT_EXPIRING] = {"expiring", NUMBER("DAYS", 0, 36500), .commands = ON_CERTS,
                      .help = "only those that end within DAYS; exit 1 when there are any"},
    [OPT_DER] = {"der", FLAG, .commands = ON_EXPORT, .help = "DER instead of PEM"},
    [OPT_CHAIN] = {"chain", FLAG, .commands = ON_EXPORT,
                   .help = "the certificate and its issuers, as far as they are on the token"},
    [OPT_COUNT_EVENTS] = {"count", NUMBER("N", 1, 1000000), .commands = ON_WATCH,
                          .help = "end after N events"},
    [OPT_PASSWORD_FD] = {"password-fd", NUMBER("N", 0, 1023), .commands = OPENING,
                         .help = "read an encrypted PDF's password, one line, from descriptor N"},
    [OPT_PASSWORD_FILE] = {"password-file", TEXT("FILE"), .commands = OPENING, KEY,
                           .help = "read it from FILE, which only its owner may read"},
    [OPT_STATE] = {"state", TEXT("FILE"), .commands = ON_PREPARE | ON_FINISH,
                   .help = "what prepare hands to finish, no secret ('-': standard output, input)"},
    [OPT_SIGNATURE] = {"signature", TEXT("FILE"), .commands = ON_FINISH,
                       .help = "the signature, as bytes ('-': standard input)"},
    [OPT_TBS] = {"tbs", TEXT("FILE"), .commands = ON_PREPARE,
                 .help = "write the bytes to be signed ('-': standard output)"},
    [OPT_HASH] = {"hash", TEXT("FILE"), .commands = ON_PREPARE,
                  .help = "write their digest, as bytes ('-': standard output)"},
    [OPT_IN_PLACE] = {"in-place", FLAG, .commands = WRITING | STAMPING | ON_FIELDS, KEY,
                      .help = "append to the input file itself"},
    [OPT_OUTPUT_DIR] = {"output-dir", TEXT("DIR"), .commands = ON_SIGN | STAMPING, KEY,
                        .help = "every operand is an input; the results go into DIR"},
    [OPT_FORCE] = {"force", FLAG, .commands = SENDING | ON_REPAIR | ON_FIELDS | ON_EXPORT, KEY,
                   .help = "replace an output that exists"},
    [OPT_SKIP_SIGNED] = {"skip-signed", FLAG, .commands = ON_SIGN, KEY,
                         .help = "leave files alone that have a signature already"},
    [OPT_DRY_RUN] = {"dry-run", FLAG, .commands = ON_SIGN,
                     .help = "check everything but the PIN; sign and write nothing"},
    [OPT_ALLOW_HOST] = {"allow-host", LIST("HOST[:PORT]"), .commands = ASKING, KEY,
                        .help = "an address the network guard would refuse; repeatable"},
    [OPT_TIMEOUT] = {"timeout", NUMBER("SECONDS", 1, 3600), .commands = ASKING | ON_WATCH, KEY,
                     .initial = "30",
                     .help = "longest time of one request (default 30), or of watching"},
    [OPT_PROXY] = {"proxy", TEXT("URL"), .commands = ASKING, KEY,
                   .help = "proxy for requests; the environment is not read"},
    [OPT_RESERVE] = {"reserve", NUMBER("BYTES", 1024, 16777216), .commands = SIGNING, KEY,
                     .help = "room for the signature (default: an upper bound)"},
    [OPT_ALLOW_GAPS] = {"allow-gaps", FLAG, .commands = SIGNING | STAMPING | ON_FIELDS, KEY,
                        .help = "seal a file that leaves out object numbers (see the manual)"},
    [OPT_ALLOW_PARTIAL] = {"allow-partial", FLAG, .commands = LASTING, KEY,
                           .help = "write the level that can be reached; exit 4"},
    [OPT_ALLOW_CACHED] = {"allow-cached", FLAG, .commands = LASTING, KEY,
                          .help = "a kept status that is older than the timestamp will do"},
    [OPT_AIA] = {"aia", FLAG, .commands = SIGNING, KEY,
                 .help = "fetch issuers that are missing, for the signature's chain"},
    [OPT_OFFLINE] = {"offline", TEXT("DIR"), .commands = LASTING, KEY,
                     .help = "certificates, OCSP answers and CRLs from DIR, not the network"},
    [OPT_OCSP_URL] = {"ocsp-url", TEXT("URL"), .commands = LASTING, KEY,
                      .help = "OCSP responder to ask instead of those that certificates name"},
    [OPT_PREFER] = {"prefer", CHOICE("KIND", "ocsp|crl"), .commands = LASTING, KEY,
                    .initial = "ocsp", .help = "which is asked first (default ocsp)"},
    [OPT_WAIT_FRESH] = {"wait-fresh", NUMBER("SECONDS", 0, 604800), .commands = LASTING, KEY,
                        .initial = "0", .help = "wait for a status newer than the timestamp"},
    [OPT_VRI] = {"vri", FLAG, .commands = LASTING, KEY,
                 .help = "store a /VRI entry for each signature too"},
    [OPT_AUDIT] = {"audit", TEXT("FILE|syslog"), .commands = WRITING | STAMPING, KEY,
                   .help = "append one line an output to FILE, or to the system's log"},

    LATER(OPT_VISIBLE, "visible"),
    LATER(OPT_IMAGE, "image"),
    LATER(OPT_STAMP_TEXT, "text"),
    LATER(OPT_QR, "qr"),
    LATER(OPT_FONT, "font"),
    LATER(OPT_LOOK, "look"),

    [OPT_EXTRACT] = {"extract", TEXT("DIR"), .commands = ON_INSPECT,
                     .help = "write revision, CMS and certificates of each signature into DIR"},
    [OPT_LTV] = {"ltv", FLAG, .commands = ON_INSPECT,
                 .help = "tell condition by condition whether a signature is LTV enabled"},
    [OPT_CONFIG] = {"config", TEXT("FILE"), .commands = ON_EVERY & ~ON_TOP,
                    .help = "read FILE instead of the usual configuration files"},
    [OPT_PROFILE] = {"profile", TEXT("NAME"), .commands = ON_EVERY & ~ON_TOP,
                     .help = "use the settings of [profile NAME] too"},
    [OPT_JSON] = {"json", FLAG, .commands = ON_EVERY, KEY, .help = "JSON, one object a line"},
    [OPT_QUIET] = {"quiet", FLAG, .commands = ON_EVERY & ~ON_TOP, KEY,
                   .help = "no warnings, notes and progress; errors only"},
    [OPT_VERBOSE] = {"verbose", FLAG, .commands = ON_EVERY & ~ON_TOP, KEY,
                     .help = "tell each step, and let modules write to standard error"},
    [OPT_HELP] = {"help", FLAG, .commands = ON_EVERY, .help = "this text"},
    [OPT_VERSION] = {"version", FLAG, .commands = ON_TOP,
                     .help = "version and what is compiled in"},
};

const struct option *option_at(enum option_id id)
{
    return &options[id];
}

enum option_id option_named(const char *name, size_t n)
{
    unsigned id = 0;
    while (id < OPT_COUNT &&
           (strlen(options[id].name) != n || memcmp(options[id].name, name, n) != 0)) {
        id++;
    }
    return (enum option_id)id;
}
