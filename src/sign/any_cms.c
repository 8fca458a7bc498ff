/* See any_cms.h. */
#include "sign/any_cms.h"

#include "cms/ber.h"

pades_status any_cms_find(span contents, buf *room, size_t *ret_n, span *ret_der, pades_error **e)
{
    reader r = reader_of(contents);
    der_tlv outer;
    if (der_next(&r, &outer)) {
        *ret_n = outer.whole.n;
        *ret_der = outer.whole;
        return PADES_OK;
    }
    TRY(ber_to_der(contents, room, ret_n, e));
    *ret_der = buf_span(room);
    return PADES_OK;
}

pades_status any_cms_parse(span contents, buf *room, cms_signed_data *ret, pades_error **e)
{
    size_t n = 0;
    span der = {NULL, 0};
    TRY(any_cms_find(contents, room, &n, &der, e));
    return cms_parse(der, ret, e);
}
