/* The data of a stream, decrypted and decoded by pulling: none or FlateDecode, with predictors.
 * Never more than a ratio of what was encoded. */
#ifndef PDF_DECODE_H
#define PDF_DECODE_H

#include "pdf/crypt_dict.h"
#include "pdf/predictor.h"

typedef struct decode_spec {
    crypt_method encrypted;
    pdf_ref home; /* of the stream */
    bool flate;
    predictor_params predictor;
} decode_spec;

typedef struct decoder decoder;

/* What /Filter and /DecodeParms say. `direct`: references in them are refused, because the
 * cross-reference table that would resolve them is being read. */
pades_status decode_spec_read(pdf_file *f, const pdf_obj *dict, bool direct, pdf_pool *pool,
                              decode_spec *ret, pades_error **e) MUST_USE;
/* The encoded bytes are [at, at + n). */
pades_status decoder_new(pdf_file *f, const decode_spec *spec, uint64_t at, uint64_t n,
                         decoder **ret, pades_error **e) MUST_USE;
void decoder_free(decoder *d);
/* Encoded bytes taken so far. */
uint64_t decoder_consumed(const decoder *d);
/* At most n bytes; fewer only at the end. PADES_LIMIT beyond PADES_LIMIT_INFLATE_RATIO. */
pades_status decoder_read(decoder *d, uint8_t *p, size_t n, size_t *ret_n,
                          pades_error **e) MUST_USE;
DEFINE_AUTO(decoder, decoder_free)

#endif
