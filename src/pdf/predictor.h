/* The predictors of FlateDecode (ISO 32000-1 7.4.4.4): none, TIFF with 8 bits, PNG. By pulling, one
 * row in memory. */
#ifndef PDF_PREDICTOR_H
#define PDF_PREDICTOR_H

#include "pdf/flate.h"

typedef struct predictor_params {
    int64_t predictor, colors, bits, columns; /* defaults 1, 1, 8, 1 */
} predictor_params;

typedef struct predictor predictor;

/* PADES_DOC_UNSUPPORTED or PADES_DOC_DAMAGED when the parameters are of no use. */
pades_status predictor_new(const predictor_params *params, pull_fn input, void *user,
                           predictor **ret, pades_error **e) MUST_USE;
void predictor_free(predictor *p);
/* At most n bytes; fewer only at the end. */
pades_status predictor_read(predictor *p, uint8_t *out, size_t n, size_t *ret_n,
                            pades_error **e) MUST_USE;
DEFINE_AUTO(predictor, predictor_free)

#endif
