/* The revision that a seal adds: a signature field, new and invisible or one of the document, its
 * dictionary with a /Contents hole, the changed catalog, AcroForm and page. Knows nothing of CMS.
 * Owner: seal.c, with acroform.c, target.c, widget.c, page.c. */
#ifndef PDF_SEAL_H
#define PDF_SEAL_H

#include "pdf/lock.h"

/* A field of the document by its full name, and the value it gets; both UTF-8. */
typedef struct pdf_fill {
    const char *name, *value;
} pdf_fill;

struct pdf_seed;
struct pdf_seal_plan;
/* Asked when the field is known and before anything is decided: may refuse, may change the plan.
 * `seed`: what the field asks for; `warnings` are those of the seal. */
typedef pades_status (*pdf_seal_ask)(void *user, const struct pdf_seed *seed,
                                     struct pdf_seal_plan *plan, buf *warnings, pades_error **e);

typedef struct pdf_seal_plan {
    const char *field; /* full name, of an empty field or a new one; NULL: a new "SignatureN" */
    /* A document timestamp: a new field, "TimestampN" when none is named, and a dictionary of
     * nothing but what finds the token. Of the following only the rights to drop, the gaps and the
     * room count. Locks do not forbid it. */
    bool doc_timestamp;
    const char *sub_filter; /* "ETSI.CAdES.detached"; of a timestamp it is known */
    int64_t time;           /* /M */
    int utc_offset;
    const char *name, *reason, *location, *contact; /* UTF-8 or NULL */
    int certification;                              /* /P of DocMDP, 1 to 3; 0: an approval */
    const pdf_lock *lock;   /* what the signature locks besides; NULL: nothing */
    bool goes_on;           /* more revisions follow in the same output: P=1 would forbid them */
    bool drop_usage_rights; /* removes them, when nothing is signed */
    bool allow_gaps;        /* numbers that the first revision leaves out are a warning only */
    size_t contents_bytes;  /* room for the CMS, in bytes (twice as many hex digits) */
    const pdf_fill *fills;  /* in the same revision */
    size_t fills_n;
    pdf_seal_ask ask; /* of an existing field that has seed values; NULL: nobody is asked */
    void *ask_user;
} pdf_seal_plan;

/* An empty signature field to be made, for others to sign. */
typedef struct pdf_new_field {
    const char *name;    /* full; must not exist */
    const char *tooltip; /* UTF-8; NULL: the usual one */
    bool shown;          /* a rectangle on the page; else invisible on the first one */
    unsigned page;       /* from 1 */
    double corner[2], size[2];
    const pdf_lock *lock;        /* NULL: none */
    const struct pdf_seed *seed; /* NULL: none */
    bool allow_gaps;
} pdf_new_field;

typedef struct pdf_seal {
    spool *front;  /* what of it does not fit into memory stands before `revision`, which has no
                      hole then; NULL: nothing */
    buf revision;  /* everything after the input; /ByteRange filled in */
    size_t hole;   /* offset in `revision` of the '<' of /Contents */
    size_t hole_n; /* with both angle brackets: 2 * contents_bytes + 2 */
    uint64_t base; /* size of the input */
    uint64_t byte_range[4];
    char *field;      /* name taken */
    pdf_ref *touched; /* objects of the input that were read to be written again, for the second
                         opinion */
    size_t touched_n, touched_cap;
    buf warnings; /* NUL-separated lines */
} pdf_seal;

/* Reads what is needed and refuses what cannot be sealed (encrypted, certified P=1, field exists,
 * damaged, usage rights, dynamic XFA ...). */
pades_status pdf_seal_build(pdf_file *f, const pdf_seal_plan *plan, pdf_seal *ret,
                            pades_error **e) MUST_USE;
/* A revision that adds the field and signs nothing: there is no hole. */
pades_status pdf_field_build(pdf_file *f, const pdf_new_field *field, pdf_seal *ret,
                             pades_error **e) MUST_USE;
/* The same with another size of the hole (or time): nothing is read again from the source but what
 * pdf_seal_build reads. */
void pdf_seal_free(pdf_seal *s);
/* True when /ByteRange of the revision says what s->byte_range says, and stands right before the
 * hole: for a seal that was stored and read again. */
bool pdf_seal_fits(const pdf_seal *s);
/* Room for the next try when this one needed so much: ECDSA signatures and timestamp tokens are not
 * of the same size twice. */
size_t pdf_seal_room(size_t needed);
/* Puts `cms` into the hole as hexadecimal, zero padded; PADES_RESERVE_TOO_SMALL names the size, and
 * hints at pdf_seal_room() of it. */
pades_status pdf_seal_fill(pdf_seal *s, span cms, pades_error **e) MUST_USE;

#endif
