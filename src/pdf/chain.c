/* The chain of sections: newest first, each followed by the hidden one of a hybrid file. No offset
 * may come twice. What all sections say together is checked at the end: a /Size that hides objects
 * in use is a lie that readers take differently. */
#include "pdf/chain.h"

#include "pdf/damage.h"
#include "pdf/section.h"

static pades_status refuse_again(const pdf_file *f, uint64_t at, pades_error **e)
{
    uint64_t limit = ctx_limit(f->ctx, PADES_LIMIT_XREF_SECTIONS);
    if (f->sections_n >= limit) {
        (void)fail(e, PADES_LIMIT, "more than %llu cross-reference sections",
                   (unsigned long long)limit);
        return pdf_place(e, PADES_LIMIT, 0, at);
    }
    for (size_t i = 0; i < f->sections_n; i++) {
        if (f->bounds[i].offset == at) {
            return pdf_damaged(e, 0, at, "ISO32000-1#7.5.5",
                               "the chain of cross-reference sections comes back to one of them");
        }
    }
    return PADES_OK;
}

/* The offset under a key of the trailer of section `i`; *ret_there false when there is none. */
static pades_status linked(const pdf_file *f, size_t i, const char *key, uint64_t *ret,
                           bool *ret_there, pades_error **e)
{
    const pdf_obj *o = pdf_dict_get(f->sections[i].pub.trailer, key);
    int64_t at = 0;
    *ret_there = o && o->kind != PDF_NULL;
    if (!*ret_there) {
        return PADES_OK;
    }
    if (!pdf_get_int(o, &at) || at < 0 || (uint64_t)at >= f->window.size) {
        return pdf_damaged(e, 0, f->sections[i].pub.offset, "ISO32000-1#7.5.5",
                           "/%s of a trailer is no offset in this file", key);
    }
    *ret = (uint64_t)at;
    return PADES_OK;
}

/* clause: ISO32000-1#7.5.8.4 a hidden section belongs straight behind its table */
static pades_status read_hidden(pdf_file *f, size_t i, pades_error **e)
{
    uint64_t at = 0;
    bool there = false;
    if (f->sections[i].pub.kind == PDF_SECTION_TABLE) {
        TRY(linked(f, i, "XRefStm", &at, &there, e));
    }
    if (!there) {
        return PADES_OK;
    }
    TRY(refuse_again(f, at, e));
    return section_read(f, at, true, e);
}

static pades_status read_all(pdf_file *f, pades_error **e)
{
    uint64_t at = f->startxref;
    bool more = true;
    while (more) {
        size_t i = f->sections_n;
        TRY(refuse_again(f, at, e));
        TRY(section_read(f, at, false, e));
        TRY(read_hidden(f, i, e));
        TRY(linked(f, i, "Prev", &at, &more, e));
    }
    return PADES_OK;
}

/* A startxref names the section that its revision begins with. It stands behind that section, or,
 * in a linearized or hybrid file, behind one of the next two in the chain. */
static void set_ends(pdf_file *f)
{
    for (size_t j = 0; j < f->sections_n; j++) {
        const xref_section *s = &f->sections[j];
        for (size_t back = 0; s->names_end > 0 && back < 3 && back <= j; back++) {
            if (f->sections[j - back].pub.offset != s->names) {
                continue;
            }
            for (size_t k = j - back; k <= j; k++) {
                f->sections[k].pub.end = s->names_end;
            }
        }
    }
    f->sections[0].pub.end = f->eof_end;
    for (size_t j = 1; j < f->sections_n; j++) {
        if (f->sections[j].pub.is_hidden) {
            f->sections[j].pub.end = f->sections[j - 1].pub.end;
        }
    }
}

/* Entries of a range from `size` on must be free. */
static pades_status check_range(pdf_file *f, size_t section, const xref_range *r, uint32_t size,
                                pades_error **e)
{
    uint32_t from = r->first > size ? 0 : size - r->first;
    for (uint32_t i = r->count; i > from; i--) {
        pdf_entry entry = {0};
        TRY(section_entry(f, section, r, i - 1, &entry, e));
        if (entry.kind != PDF_ENTRY_FREE) {
            return pdf_damaged(e, r->first + i - 1, f->sections[section].pub.offset,
                               "ISO32000-1#7.5.5",
                               "object %u is in use, but /Size of a trailer says that there are "
                               "only %u",
                               r->first + i - 1, size);
        }
    }
    return PADES_OK;
}

/* clause: ISO32000-1#7.5.5 /Size counts the objects of its section and of all before it */
static pades_status check_sizes(pdf_file *f, pades_error **e)
{
    uint32_t smallest = UINT32_MAX;
    for (size_t i = 0; i < f->sections_n; i++) {
        const xref_section *s = &f->sections[i];
        uint32_t size = s->pub.size < smallest ? s->pub.size : smallest;
        if (!s->pub.is_hidden) {
            smallest = size;
        }
        for (size_t k = s->ranges_n; k > 0 && f->bounds[i].high > size; k--) {
            const xref_range *r = &f->ranges[s->ranges_at + k - 1];
            if (r->first + r->count <= size) {
                break;
            }
            TRY(check_range(f, i, r, size, e));
        }
    }
    return PADES_OK;
}

/* clause: ISO32000-1#7.5.5 /Root is an indirect reference */
static pades_status check_root(const pdf_file *f, pades_error **e)
{
    const pdf_section *newest = &f->sections[0].pub;
    if (!pdf_is(pdf_dict_get(newest->trailer, "Root"), PDF_REFERENCE)) {
        return pdf_damaged(e, 0, newest->offset, "ISO32000-1#7.5.5",
                           "the trailer has no reference to the document's root");
    }
    return PADES_OK;
}

pades_status chain_read(pdf_file *f, pades_error **e)
{
    TRY(read_all(f, e));
    set_ends(f);
    TRY(check_sizes(f, e));
    return check_root(f, e);
}
