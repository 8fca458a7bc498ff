/* Scope-bound ownership for the support programs: AUTO(X509) *c frees itself when its scope ends,
 * TAKE(c) moves it out. Only types of OpenSSL and plain memory; nothing else may hide control
 * flow. */
#ifndef PADES_SUPPORT_AUTO_H
#define PADES_SUPPORT_AUTO_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#define AUTO(T) __attribute__((cleanup(auto_##T))) T
#define TAKE(p)                                                                                    \
    __extension__({                                                                                \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })

#define AUTO_TYPE(T, fn)                                                                           \
    static inline void auto_##T(T **p)                                                             \
    {                                                                                              \
        if (*p != NULL) {                                                                          \
            fn(*p);                                                                                \
        }                                                                                          \
    }

AUTO_TYPE(char, free)
AUTO_TYPE(FILE, fclose)
AUTO_TYPE(BIO, BIO_free_all)
AUTO_TYPE(BIGNUM, BN_free)
AUTO_TYPE(CONF, NCONF_free)
AUTO_TYPE(EVP_PKEY, EVP_PKEY_free)
AUTO_TYPE(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
AUTO_TYPE(EVP_MD_CTX, EVP_MD_CTX_free)
AUTO_TYPE(X509, X509_free)
AUTO_TYPE(X509_CRL, X509_CRL_free)
AUTO_TYPE(X509_REVOKED, X509_REVOKED_free)
AUTO_TYPE(X509_EXTENSION, X509_EXTENSION_free)
AUTO_TYPE(ASN1_INTEGER, ASN1_INTEGER_free)
AUTO_TYPE(ASN1_TIME, ASN1_TIME_free)
AUTO_TYPE(ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_free)
AUTO_TYPE(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)
AUTO_TYPE(ASN1_STRING, ASN1_STRING_free)
AUTO_TYPE(ASN1_OBJECT, ASN1_OBJECT_free)
AUTO_TYPE(GENERAL_NAME, GENERAL_NAME_free)
AUTO_TYPE(PKCS7, PKCS7_free)
AUTO_TYPE(CMS_ContentInfo, CMS_ContentInfo_free)
AUTO_TYPE(TS_REQ, TS_REQ_free)
AUTO_TYPE(TS_RESP, TS_RESP_free)
AUTO_TYPE(TS_STATUS_INFO, TS_STATUS_INFO_free)
AUTO_TYPE(TS_TST_INFO, TS_TST_INFO_free)
AUTO_TYPE(TS_MSG_IMPRINT, TS_MSG_IMPRINT_free)
AUTO_TYPE(TS_ACCURACY, TS_ACCURACY_free)
AUTO_TYPE(OCSP_REQUEST, OCSP_REQUEST_free)
AUTO_TYPE(OCSP_RESPONSE, OCSP_RESPONSE_free)
AUTO_TYPE(OCSP_BASICRESP, OCSP_BASICRESP_free)
AUTO_TYPE(OCSP_CERTID, OCSP_CERTID_free)

#endif
