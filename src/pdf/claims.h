/* What a document says of itself: the standards it claims to keep. Owner: claims.c. */
#ifndef PDF_CLAIMS_H
#define PDF_CLAIMS_H

#include "pdf/file.h"
#include "pdf/xmp.h"

/* The claims in the catalog's /Metadata and the information dictionary. Metadata that cannot be
 * read (damaged, encrypted, another filter) claims nothing: that is no error. Of a large packet the
 * first 4 MiB count. */
pades_status pdf_claims_read(pdf_file *f, pdf_claims *ret, pades_error **e) MUST_USE;

#endif
