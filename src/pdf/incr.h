/* The incremental writer: objects of one new revision, then an xref section of the same kind as the
 * newest one (ISO 32000-1 7.5.6). Held in memory, but for what stands before and in the last of
 * its large streams; knows nothing of signatures. Owner: incr.c, incr_large.c. */
#ifndef PDF_INCR_H
#define PDF_INCR_H

#include "base/spool.h"
#include "pdf/file.h"

typedef struct pdf_incr pdf_incr;

/* Starts a revision after the file's last byte: an EOL first when the file does not end in one. */
pades_status pdf_incr_new(pdf_file *f, pdf_incr **ret, pades_error **e) MUST_USE;
void pdf_incr_free(pdf_incr *w);
DEFINE_AUTO(pdf_incr, pdf_incr_free)
/* A fresh object number: above every /Size and id seen, the first after a gap that cannot be known
 * in advance where the file has room for one (32 numbers below a third of its bytes), then
 * consecutive. */
pades_status pdf_incr_new_ref(pdf_incr *w, pdf_ref *ret, pades_error **e) MUST_USE;
/* Begins "id gen obj\n"; the caller adds the body, one value, to pdf_incr_out();
 * pdf_incr_end_object() adds "\nendobj\n". The body is written in plain: in an encrypted document
 * the end of the object encrypts its strings (all but a signature's /Contents), whatever object
 * they came from, and what stands behind the first string moves. A failure shows in
 * pdf_incr_finish(). */
pades_status pdf_incr_begin_object(pdf_incr *w, pdf_ref ref, pades_error **e) MUST_USE;
buf *pdf_incr_out(pdf_incr *w);
void pdf_incr_end_object(pdf_incr *w);
/* A whole stream object: `dict` is its dictionary in plain, without /Length; `data`, as its /Filter
 * has it, is encrypted where the document is. */
pades_status pdf_incr_add_stream(pdf_incr *w, pdf_ref ref, span dict, span data,
                                 pades_error **e) MUST_USE;
/* The same for `data` that lies in a spool: compressed when that makes it shorter, piece by piece.
 * All of the revision up to its end goes to a spool. */
pades_status pdf_incr_add_large(pdf_incr *w, pdf_ref ref, view data, pades_error **e) MUST_USE;
/* What of a finished revision stands before pdf_incr_out(); NULL: nothing. The caller's. */
spool *pdf_incr_take_front(pdf_incr *w) MUST_USE;
/* Bytes of the revision so far; add pdf_incr_base() for the place in the output. */
uint64_t pdf_incr_tell(const pdf_incr *w);
uint64_t pdf_incr_base(const pdf_incr *w); /* size of the input */
/* Xref section, trailer (every key of the newest trailer but those of xref streams, /Prev,
 * /XRefStm, /Size and /ID[1]; an /ID that is missing comes unless the document is encrypted, since
 * its key would be another one), startxref and "%%EOF\n". Afterwards pdf_incr_out() is the whole
 * revision, or its end. PADES_DOC_DAMAGED when the trailer refers to a number at or above the first
 * new one. */
pades_status pdf_incr_finish(pdf_incr *w, pades_error **e) MUST_USE;
/* To be asked of every object `o` of the input that is written again: PADES_DOC_DAMAGED when it
 * refers to a number at or above the first new one, which a new object would take. */
pades_status pdf_incr_check_refs(pdf_incr *w, const pdf_obj *o, pades_error **e) MUST_USE;

/* A value again, byte for byte, but for strings that are encrypted where they stand: those are
 * written in plain. */
void pdf_write_value(buf *out, const pdf_obj *o);
/* Writes `dict` again with changes: every pair as pdf_write_value() does, except the keys of `set`,
 * whose value becomes the given text (or which are appended when absent). value p NULL: the key is
 * dropped. */
typedef struct pdf_change {
    const char *key; /* without slash */
    span value;      /* PDF text */
} pdf_change;
void pdf_write_dict(buf *out, const pdf_obj *dict, const pdf_change *set, size_t n);
/* A text string: PDFDocEncoding-safe ASCII literal, else UTF-16BE with BOM as hex (ISO
 * 32000-1 7.9.2); PADES_INVALID_ARGUMENT when it is not valid UTF-8. */
pades_status pdf_write_text(buf *out, span utf8, pades_error **e) MUST_USE;
void pdf_write_name(buf *out, span name);

#endif
