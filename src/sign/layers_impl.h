/* What layers hold; shared by layers*.c only. */
#ifndef SIGN_LAYERS_IMPL_H
#define SIGN_LAYERS_IMPL_H

#include "sign/layers.h"

struct layers {
    pades_ctx *ctx;
    pades_source *source;
    pades_control *control;
    pades_digest alg;
    digest *at_end; /* after the input and all layers; NULL: not hashed yet */
    bool allow_gaps, drop_usage_rights;
    const char *offline; /* borrowed */
    buf bytes;
    pades_source *joined; /* input and bytes; NULL: no file of them is open, or no bytes */
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
