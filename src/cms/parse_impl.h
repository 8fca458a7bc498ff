/* Between parse.c (SignedData) and signer_info.c. */
#ifndef CMS_PARSE_IMPL_H
#define CMS_PARSE_IMPL_H

#include "cms/cms.h"

/* One SignerInfo, its content octets. NULL when sound, else what is wrong with it. */
const char *signer_info_parse(span content, cms_signer_info *ret) MUST_USE;

#endif
