/* pades-p11load [--module M] [--label L] [--pin P] [--so-pin P] PKIDIR [NAME[:always] ...]
 * Makes a token in a PKCS#11 module (SoftHSM2 unless told otherwise) and puts keys and certificates
 * of a PKI into it, all in one process: NAMEs, or every seal of the index; and the issuing CA's
 * certificate, as real tokens have it. CKA_ID is the seal's place in the index, counted from 1, so
 * it does not depend on which were chosen; the label is the name; ":always" means
 * CKA_ALWAYS_AUTHENTICATE. */
#include "common/auto.h"
#include "common/die.h"
#include "common/index.h"
#include "common/pem.h"
#include "p11load/objects.h"

#include <string.h>

#define CA_ID 0xca

struct options {
    const char *module;
    struct token_names names;
    const char *pki;
    char **keys;
    int key_count;
};

static const char usage[] = "usage: pades-p11load [--module M] [--label L] [--pin P] [--so-pin P] "
                            "PKIDIR [NAME[:always] ...]";

static const char **option_slot(struct options *options, const char *name)
{
    const struct {
        const char *name;
        const char **slot;
    } known[] = {{"--module", &options->module},
                 {"--label", &options->names.label},
                 {"--pin", &options->names.pin},
                 {"--so-pin", &options->names.so_pin}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0) {
            return known[i].slot;
        }
    }
    die("%s", usage);
}

static struct options read_options(int argc, char **argv)
{
    struct options options = {.module = "/usr/lib/softhsm/libsofthsm2.so",
                              .names = {"seal", "1234", "12345678"}};
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i += 2) {
        const char **slot = option_slot(&options, argv[i]);
        if (i + 1 >= argc) {
            die("%s", usage);
        }
        *slot = argv[i + 1];
    }
    if (i >= argc) {
        die("%s", usage);
    }
    options.pki = argv[i];
    options.keys = argv + i + 1;
    options.key_count = argc - i - 1;
    return options;
}

static unsigned char id_of(const struct index *index, const char *name)
{
    unsigned char id = 0;
    for (size_t i = 0; i < index->count; i++) {
        const char *kind = index->rows[i].kind;
        id = (unsigned char)(id + (strcmp(kind, "seal") == 0 || strcmp(kind, "leaf") == 0));
        if (strcmp(index->rows[i].name, name) == 0) {
            return id;
        }
    }
    die("the PKI has no '%s'", name);
}

static void load_one(struct token *token, const char *pki, const struct object_names *names)
{
    AUTO(EVP_PKEY) *key = pem_load_key(pki, names->label);
    AUTO(X509) *cert = pem_load_cert(pki, names->label);
    objects_add_key(token, names, key);
    objects_add_cert(token, names, cert);
}

static void load_named(struct token *token, const struct options *options,
                       const struct index *index)
{
    for (int i = 0; i < options->key_count; i++) {
        AUTO(char) *name = strdup(options->keys[i]);
        char *colon = name == NULL ? NULL : strchr(name, ':');
        if (colon != NULL) {
            *colon = '\0';
        }
        bool always = colon != NULL && strcmp(colon + 1, "always") == 0;
        struct object_names names = {name, id_of(index, name), always};
        load_one(token, options->pki, &names);
    }
}

static void load_seals(struct token *token, const struct options *options,
                       const struct index *index)
{
    for (size_t i = 0; i < index->count; i++) {
        const struct index_row *row = &index->rows[i];
        if (strcmp(row->kind, "seal") == 0) {
            struct object_names names = {row->name, id_of(index, row->name), false};
            load_one(token, options->pki, &names);
        }
    }
}

int main(int argc, char **argv)
{
    static struct index index;
    struct options options = read_options(argc, argv);
    if (!index_load(options.pki, &index)) {
        die("no index in '%s'", options.pki);
    }
    struct token token;
    token_create(&token, options.module, &options.names);
    if (options.key_count > 0) {
        load_named(&token, &options, &index);
    } else {
        load_seals(&token, &options, &index);
    }
    AUTO(X509) *ca = pem_load_cert(options.pki, "issuing");
    objects_add_cert(&token, &(struct object_names){"issuing", CA_ID, false}, ca);
    token_close(&token);
    return 0;
}
