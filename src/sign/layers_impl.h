/* What layers hold; shared by layers*.c only. */
#ifndef SIGN_LAYERS_IMPL_H
#define SIGN_LAYERS_IMPL_H

#include "sign/layers.h"

/* Of what was added: some bytes in memory, or a spool. `joined` reads the input and everything up
 * to the end of this piece; NULL: no file of them is open. */
typedef struct layer_piece {
    buf bytes;
    spool *file;
    pades_source *joined;
} layer_piece;

struct layers {
    pades_ctx *ctx;
    pades_source *source;
    pades_control *control;
    pades_digest alg;
    digest *at_end; /* after the input and all layers; NULL: not hashed yet */
    bool allow_gaps, drop_usage_rights;
    const char *offline; /* borrowed */
    layer_piece *pieces;
    size_t pieces_n, pieces_cap;
    pdf_file *file;
    pdf_file *input; /* for the second reader; NULL: not needed yet */
    pdf_ref *agreed; /* objects of the input that both readers read alike */
    size_t agreed_n, agreed_cap;
    bool asked; /* the second reader knows the input */
    buf warnings;
};

/* The second reader agrees with every object of the input that `made` rests on. `made` was laid out
 * over the file that is open. */
pades_status layers_agree(layers *l, const pdf_seal *made, pades_error **e) MUST_USE;
void layers_warn(layers *l, const char *line);

#endif
