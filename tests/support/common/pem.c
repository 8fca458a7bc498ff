/* See pem.h. */
#include "common/pem.h"

#include "common/auto.h"
#include "common/die.h"
#include "common/files.h"

#include <openssl/pem.h>

EVP_PKEY *pem_load_key(const char *dir, const char *name)
{
    AUTO(char) *path = path_join(dir, name, ".key");
    AUTO(BIO) *bio = BIO_new_file(path, "r");
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    if (key == NULL) {
        die("no private key in '%s'", path);
    }
    return key;
}

X509 *pem_load_cert(const char *dir, const char *name)
{
    AUTO(char) *path = path_join(dir, name, ".pem");
    AUTO(BIO) *bio = BIO_new_file(path, "r");
    X509 *cert = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (cert == NULL) {
        die("no certificate in '%s'", path);
    }
    return cert;
}

static void save_bio(const char *dir, const char *name, const char *suffix, BIO *bio, unsigned mode)
{
    AUTO(char) *path = path_join(dir, name, suffix);
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    if (size <= 0) {
        die("nothing to write to '%s'", path);
    }
    file_write(path, data, (size_t)size, mode);
}

void pem_save_key(const char *dir, const char *name, EVP_PKEY *key)
{
    AUTO(BIO) *bio = BIO_new(BIO_s_mem());
    if (PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
        die("cannot encode the key of '%s'", name);
    }
    save_bio(dir, name, ".key", bio, 0600);
}

void pem_save_cert(const char *dir, const char *name, X509 *cert, X509 *issuer)
{
    AUTO(BIO) *pem = BIO_new(BIO_s_mem());
    AUTO(BIO) *der = BIO_new(BIO_s_mem());
    if (PEM_write_bio_X509(pem, cert) != 1 || i2d_X509_bio(der, cert) != 1) {
        die("cannot encode the certificate of '%s'", name);
    }
    save_bio(dir, name, ".pem", pem, 0644);
    save_bio(dir, name, ".der", der, 0644);
    if (issuer != NULL && PEM_write_bio_X509(pem, issuer) == 1) {
        save_bio(dir, name, ".chain.pem", pem, 0644);
    }
}
