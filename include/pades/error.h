/* libpades - what went wrong, as a chain.
 *
 * A failed call returns a status and, when asked, an error: a one-line message, perhaps a hint
 * (what can be done), the native code behind it, the place in the document, the clause that was
 * broken, and the cause. Messages are lower case, without full stop, with 'quoted' user data in
 * which control, escape and bidirectional characters are already replaced. */
#ifndef PADES_ERROR_H
#define PADES_ERROR_H

#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Frees the whole chain. NULL is allowed. */
PADES_API void pades_error_free(pades_error *error);

/* The status the failed call returned; PADES_OK for NULL. */
PADES_API pades_status pades_error_status(const pades_error *error);
/* One line, never NULL. */
PADES_API const char *pades_error_message(const pades_error *error);
/* What the user can do, or NULL. Searches the chain from the outside in. */
PADES_API const char *pades_error_hint(const pades_error *error);
/* "CKR_PIN_INCORRECT", "HTTP 503", "errno 28 (No space left on device)", or NULL; from the chain.
 */
PADES_API const char *pades_error_native(const pades_error *error);
/* The clause that was broken ("ISO32000-1#7.5.4"), or NULL; from the chain. */
PADES_API const char *pades_error_clause(const pades_error *error);
/* Number of the PDF object the error is about, 0 when none; from the chain. */
PADES_API uint32_t pades_error_object(const pades_error *error);
/* Byte offset in the input, -1 when none; from the chain. */
PADES_API int64_t pades_error_offset(const pades_error *error);
/* The next error inwards, or NULL. */
PADES_API const pades_error *pades_error_cause(const pades_error *error);

#ifdef __cplusplus
}
#endif
#endif
