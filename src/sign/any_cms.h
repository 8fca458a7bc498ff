/* The CMS in a signature's /Contents, whoever made it: DER or BER, with padding behind it. */
#ifndef SIGN_ANY_CMS_H
#define SIGN_ANY_CMS_H

#include "cms/cms.h"

/* The outermost element; when it is BER, `room` gets it as DER and *ret_der is that. *ret_n: octets
 * of `contents` that it takes. */
pades_status any_cms_find(span contents, buf *room, size_t *ret_n, span *ret_der,
                          pades_error **e) MUST_USE;
/* The same, parsed; `room` holds what *ret points into when it is BER. */
pades_status any_cms_parse(span contents, buf *room, cms_signed_data *ret,
                           pades_error **e) MUST_USE;

#endif
