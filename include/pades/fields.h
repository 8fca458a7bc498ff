/* libpades - empty signature fields for others to sign: where they are, what they lock, and what
 * they ask of the signature (seed values).
 *
 * A field is added in one more revision, like a seal: the bytes of the input stay, and what the
 * document's signatures and permissions forbid is refused. */
#ifndef PADES_FIELDS_H
#define PADES_FIELDS_H

#include <pades/control.h>
#include <pades/sign.h>
#include <pades/source.h>
#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pades_field_spec pades_field_spec;

/* A field of this full name ("Contract.Seals.Company"), UTF-8, invisible on the first page. All
 * setters copy; a bad value is remembered and reported when the field is added. */
PADES_API PADES_MUST_USE pades_status pades_field_spec_new(const char *name,
                                                           pades_field_spec **ret_spec,
                                                           pades_error **ret_error);
PADES_API void pades_field_spec_free(pades_field_spec *spec);
/* A visible, empty rectangle on a page (from 1), in points of the page's own coordinates: its lower
 * left corner, its width and height. */
PADES_API void pades_field_spec_set_place(pades_field_spec *spec, unsigned page, double x, double y,
                                          double width, double height);
/* What the field is called for people (/TU); default "Digital signature". */
PADES_API void pades_field_spec_set_tooltip(pades_field_spec *spec, const char *text);
/* What the signature will lock, as pades_sign_opts_set_lock(). */
PADES_API void pades_field_spec_set_lock(pades_field_spec *spec, pades_lock_action action,
                                         const char *const *names, size_t n);
/* A file whose first revision leaves numbers out is refused; `on`: a warning only. */
PADES_API void pades_field_spec_set_allow_gaps(pades_field_spec *spec, int on);
/* Adds a seed value. `key` is "Filter", "SubFilter", "DigestMethod", "Reasons", "LegalAttestation",
 * "AppearanceFilter", "LockDocument" (true, false, auto), "AddRevInfo" (true, false), "MDP" (0 to
 * 3), "V", "TimeStamp" (a URL), "Cert Subject" and "Cert Issuer" (a certificate in DER), "Cert
 * OID", "Cert KeyUsage" (of 0, 1, X), "Cert SubjectDN" (lines "CN=Name"), "Cert URL", "Cert
 * URLType". Keys that are lists are added to, others replaced. `n` bytes, text in UTF-8. */
PADES_API void pades_field_spec_add_seed(pades_field_spec *spec, const char *key, const void *value,
                                         size_t n);
/* Makes a constraint required; else it is a wish. "MDP" always is. */
PADES_API void pades_field_spec_require_seed(pades_field_spec *spec, const char *key);

/* Adds the field. `control` and `ret_result` may be NULL; the result has the field's name and
 * warnings. */
PADES_API PADES_MUST_USE pades_status pades_field_add(
    pades_ctx *ctx, pades_source *source, pades_sink *sink, const pades_field_spec *spec,
    pades_control *control, pades_result **ret_result, pades_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
