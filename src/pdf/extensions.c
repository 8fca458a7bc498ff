/* The extension that ETSI's signatures are, named in the catalog with a document's first signature.
 * Later ones change nothing of it. A file that claims PDF/A-1 or PDF/X keeps the version that its
 * standard is bound to, and so names no extension of a later one.
 * clause: EN319142-1#5.6 /Extensions /ESIC, ISO32000-1#7.12 /BaseVersion not above the version */
#include "pdf/sealing.h"

#include "pdf/claims.h"

enum { VERSION_BASE = 17, VERSION_WITHOUT = 20 };

/* The later of header and catalog, as 17 for 1.7.
 * clause: ISO32000-1#7.5.2 the catalog's /Version counts when it is later */
static pades_status read_version(sealing *s, int *ret, pades_error **e)
{
    sealing_part version;
    int major = 0;
    int minor = 0;
    pdf_file_version(s->f, &major, &minor);
    *ret = major * 10 + minor;
    TRY(sealing_get(s, s->catalog.o, "Version", &version, e));
    if (pdf_is(version.o, PDF_NAME) && version.o->u.text.n == 3 && version.o->u.text.p[1] == '.') {
        int later = (version.o->u.text.p[0] - '0') * 10 + (version.o->u.text.p[2] - '0');
        *ret = later > *ret ? later : *ret;
    }
    return PADES_OK;
}

static pades_status is_bound(sealing *s, bool *ret, pades_error **e)
{
    pdf_claims claims;
    TRY(pdf_claims_read(s->f, &claims, e));
    *ret = claims.pdfa_part == 1 || claims.pdfx;
    return PADES_OK;
}

/* The metadata is read last: it may be long, and most files answer before. */
static pades_status is_wanted(sealing *s, int *ret_version, bool *ret, pades_error **e)
{
    bool bound = false;
    *ret = false;
    if (s->plan && s->plan->sub_filter && strncmp(s->plan->sub_filter, "ETSI.", 5) != 0) {
        return PADES_OK;
    }
    TRY(read_version(s, ret_version, e));
    TRY(sealing_get(s, s->catalog.o, "Extensions", &s->extensions, e));
    bool other_kind = s->extensions.o && !pdf_is(s->extensions.o, PDF_DICT);
    if (*ret_version >= VERSION_WITHOUT || s->demands.n > 0 || other_kind ||
        pdf_dict_get(s->extensions.o, "ESIC")) {
        return PADES_OK;
    }
    TRY(is_bound(s, &bound, e));
    *ret = !bound;
    return PADES_OK;
}

pades_status extensions_write(sealing *s, pades_error **e)
{
    static const char esic[] = "<</BaseVersion/1.7/ExtensionLevel 2>>";
    const pdf_change set = {"ESIC", span_str(esic)};
    int version = 0;
    bool wanted = false;
    TRY(is_wanted(s, &version, &wanted, e));
    if (!wanted) {
        return PADES_OK;
    }
    s->raise_version = version < VERSION_BASE;
    if (s->extensions.ref.id == 0) {
        TRY(sealing_check(s, &s->extensions, e));
        pdf_write_dict(&s->new_extensions, s->extensions.o, &set, 1);
        return buf_check(&s->new_extensions, "extensions", e);
    }
    TRY(sealing_begin_again(s, &s->extensions, e));
    pdf_write_dict(pdf_incr_out(s->w), s->extensions.o, &set, 1);
    pdf_incr_end_object(s->w);
    return PADES_OK;
}
