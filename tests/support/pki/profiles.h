/* What the demonstration PKI consists of, as data: the certificates, and the extensions of each
 * kind of certificate in OpenSSL's configuration language. This one has two levels; see deep.h for
 * those of three. */
#ifndef PADES_SUPPORT_PROFILES_H
#define PADES_SUPPORT_PROFILES_H

#include <stdbool.h>
#include <stddef.h>

enum key_kind { KEY_P256, KEY_P384, KEY_P521, KEY_ED25519, KEY_RSA1024, KEY_RSA2048, KEY_RSA3072 };
enum subject_kind { SUBJECT_TRUST_SERVICE, SUBJECT_COMPANY, SUBJECT_STRANGER };

struct cert_spec {
    const char *name;
    const char *issuer; /* the name of an earlier row; itself: self-signed */
    const char *cn;
    const char *kind; /* of the index: see common/index.h */
    enum subject_kind subject;
    enum key_kind key;
    int from_days; /* validity, counted from now */
    int to_days;
    int revoked_days; /* days ago; 0: good */
    const char *sections[4];
    int reason;       /* of the revocation; 0: key compromise, as the PKI of two levels has it */
    bool unknown;     /* its CA does not know it */
    bool pss;         /* of a root: it and all below it are signed with RSASSA-PSS */
    bool sha1;        /* signed with SHA-1 */
    const char *twin; /* the earlier row whose key and subject it has; NULL: its own */
};

extern const struct cert_spec cert_specs[];
extern const size_t cert_spec_count;
/* Sections named by cert_spec.sections; ${base} stands for the address of the services. */
extern const char extension_sections[];

#endif
