/* libpades - an unsigned damaged file written anew.
 *
 * A seal never rewrites what is there, and the strict reader refuses what is damaged. This call is
 * the way out before the first signature: qpdf reads the file with recovery, guessing where it has
 * to, and writes all that can be reached from the document's root. A signed file is never
 * rewritten, because that would destroy its signatures. */
#ifndef PADES_REPAIR_H
#define PADES_REPAIR_H

#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a repair did. */
typedef struct pades_repair_info {
    int version_major_before, version_minor_before; /* of the header; 0 and 0: it gives none */
    int version_major, version_minor;
    uint64_t size_before, size;       /* bytes */
    uint64_t objects_before, objects; /* that stand in the file by themselves, not packed */
    uint64_t gaps_closed;             /* numbers that the first revision left out */
} pades_repair_info;

/* Writes the document of `source` anew to `sink`, which is committed only when the strict reader
 * opens the result and finds no gap in it. `spool_dir`: folder for an unnamed temporary file (NULL:
 * /tmp). `ret_report` may be NULL.
 *
 * PADES_DOC_NOT_PERMITTED: anything in the file looks like a signature, also where a damaged file
 * hides it. PADES_DOC_ENCRYPTED: an encrypted file that needs a password (of `source`), that cannot
 * be looked into, or that would be protected in another way; PADES_DOC_PASSWORD: a wrong one. The
 * result is encrypted as the input was. PADES_DOC_DAMAGED: too little is left of it. PADES_LIMIT:
 * it would take more memory than PADES_LIMIT_REPAIR_BYTES. PADES_INVALID_ARGUMENT: a sink in place.
 */
PADES_API PADES_MUST_USE pades_status pades_repair(pades_ctx *ctx, pades_source *source,
                                                   pades_sink *sink, const char *spool_dir,
                                                   pades_repair_report **ret_report,
                                                   pades_error **ret_error);
PADES_API void pades_repair_report_free(pades_repair_report *report);
PADES_API const pades_repair_info *pades_repair_report_info(const pades_repair_report *report);
/* Why the strict reader refused the file, escaped; NULL when it did not. */
PADES_API const char *pades_repair_report_damage(const pades_repair_report *report);
/* What was guessed or mended, one line each, escaped; NULL beyond the end. */
PADES_API const char *pades_repair_report_change(const pades_repair_report *report, size_t index);

#ifdef __cplusplus
}
#endif
#endif
