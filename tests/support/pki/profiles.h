/* What the demonstration PKI consists of, as data: the certificates, and the extensions of each
 * kind of certificate in OpenSSL's configuration language. */
#ifndef PADES_SUPPORT_PROFILES_H
#define PADES_SUPPORT_PROFILES_H

#include <stddef.h>

enum key_kind { KEY_P256, KEY_P384, KEY_P521, KEY_ED25519, KEY_RSA2048, KEY_RSA3072 };
enum subject_kind { SUBJECT_TRUST_SERVICE, SUBJECT_COMPANY, SUBJECT_STRANGER };

struct cert_spec {
    const char *name;
    const char *issuer; /* the name of an earlier row; itself: self-signed */
    const char *cn;
    const char *kind; /* of the index: ca, seal, tsa, ocsp */
    enum subject_kind subject;
    enum key_kind key;
    int from_days; /* validity, counted from now */
    int to_days;
    int revoked_days; /* days ago; 0: good */
    const char *sections[4];
};

extern const struct cert_spec cert_specs[];
extern const size_t cert_spec_count;
/* Sections named by cert_spec.sections; ${base} stands for the address of the services. */
extern const char extension_sections[];

#endif
