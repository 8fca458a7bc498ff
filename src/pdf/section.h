/* Sections of the cross-reference information: reading one, and finding entries in it. */
#ifndef PDF_SECTION_H
#define PDF_SECTION_H

#include "pdf/state.h"

/* Appends the section at `at` to f->sections, its trailer read and its ranges sorted and free of
 * overlap. A table or a stream, whichever stands there; `hidden`: only a stream. */
pades_status section_read(pdf_file *f, uint64_t at, bool hidden, pades_error **e) MUST_USE;

/* The two kinds, which section_read() chooses from; the section has been appended empty. */
pades_status section_read_table(pdf_file *f, xref_section *s, pades_error **e) MUST_USE;
pades_status section_read_stream(pdf_file *f, xref_section *s, pades_error **e) MUST_USE;
/* One more range for the newest appended section. */
pades_status section_add_range(pdf_file *f, xref_section *s, uint64_t first, uint64_t count,
                               uint64_t at, pades_error **e) MUST_USE;
/* Checks what every trailer must have and takes over /Size. */
pades_status section_take_trailer(pdf_file *f, xref_section *s, const pdf_obj *trailer,
                                  pades_error **e) MUST_USE;
/* The startxref that stands at `at` (white space before it allowed): the offset it names, and where
 * its %%EOF ends with the end-of-line. False when there is none. */
pades_status section_read_tail(pdf_file *f, uint64_t at, bool *ret_found, uint64_t *ret_names,
                               uint64_t *ret_end, pades_error **e) MUST_USE;

/* Entry `i` of a range of section `section`. */
pades_status section_entry(pdf_file *f, size_t section, const xref_range *range, uint32_t i,
                           pdf_entry *ret, pades_error **e) MUST_USE;
/* The range of a section that has this id, or NULL. */
const xref_range *section_find(const pdf_file *f, size_t section, uint32_t id);
/* 20 bytes of a table; false when they are not an entry. */
bool section_parse_entry(const uint8_t p[XREF_ENTRY_BYTES], pdf_entry *ret);

#endif
