/* A PDF file opened by the strict reader: header, newest xref sections, trailer, objects on demand.
 * Nothing is kept per object for a table; rows of xref streams stay packed. Owner: file.c, xref*.c,
 * objstm.c, flate.c. Refuses what is damaged, saying where. */
#ifndef PDF_FILE_H
#define PDF_FILE_H

#include "base/bulk.h"
#include "base/source.h"
#include "pdf/object.h"

typedef struct pdf_file pdf_file;

typedef enum pdf_section_kind { PDF_SECTION_TABLE, PDF_SECTION_STREAM } pdf_section_kind;

typedef struct pdf_section {
    pdf_section_kind kind;
    uint64_t offset; /* of `xref` or of the stream object */
    uint64_t end;    /* just after the `%%EOF` of its revision; 0 when that was not found */
    uint64_t entries;
    uint32_t size;          /* its /Size */
    bool is_hidden;         /* reached through /XRefStm of a hybrid file */
    const pdf_obj *trailer; /* dictionary; belongs to the file */
} pdf_section;

typedef enum pdf_entry_kind {
    PDF_ENTRY_NONE,
    PDF_ENTRY_FREE,
    PDF_ENTRY_OFFSET,
    PDF_ENTRY_IN_STREAM
} pdf_entry_kind;
typedef struct pdf_entry {
    pdf_entry_kind kind; /* NONE: in no section */
    uint64_t offset;     /* OFFSET: place; IN_STREAM: number of the object stream */
    uint32_t gen;        /* OFFSET, FREE: generation; IN_STREAM: index */
    size_t section;      /* index of the section that has it */
} pdf_entry;

pades_status pdf_file_open(pades_ctx *ctx, pades_source *source, pdf_file **ret,
                           pades_error **e) MUST_USE;
/* The same file as it was when it was `end` bytes long (a revision). */
pades_status pdf_file_open_at(pades_ctx *ctx, pades_source *source, uint64_t end, pdf_file **ret,
                              pades_error **e) MUST_USE;
/* Only what is needed to read and decode bytes: a file without sections, in which every reference
 * is null. For what is too damaged to be opened. */
pades_status pdf_file_open_bare(pades_ctx *ctx, pades_source *source, pdf_file **ret,
                                pades_error **e) MUST_USE;
void pdf_file_free(pdf_file *f);
DEFINE_AUTO(pdf_file, pdf_file_free)

/* Tells the log what was read. */
void pdf_file_tell(const pdf_file *f);

pades_ctx *pdf_file_ctx(const pdf_file *f);
pades_source *pdf_file_source(const pdf_file *f);
uint64_t pdf_file_size(const pdf_file *f);
/* Header version, e.g. 1 and 7 (the catalog's /Version is not considered). */
void pdf_file_version(const pdf_file *f, int *ret_major, int *ret_minor);
/* Newest first; a hidden section comes straight after its table. */
size_t pdf_file_sections(const pdf_file *f);
const pdf_section *pdf_file_section(const pdf_file *f, size_t i);
/* Trailer of the newest section. */
const pdf_obj *pdf_file_trailer(const pdf_file *f);
uint64_t pdf_file_entries(const pdf_file *f); /* over all sections */
uint64_t pdf_file_startxref(const pdf_file *f);
/* Highest object number that any section has, and the largest /Size of any trailer. */
uint32_t pdf_file_highest_id(const pdf_file *f);
uint32_t pdf_file_largest_size(const pdf_file *f);

pades_status pdf_file_entry(pdf_file *f, uint32_t id, pdf_entry *ret, pades_error **e) MUST_USE;
/* Loads an object into `pool`, its strings decrypted, or gives one that the file keeps until it is
 * freed; fails as pdf_crypt_check() does. A free or absent one is PDF_NULL (ISO 32000-1 7.3.10).
 * For a stream: its dictionary, with *ret_stream (may be NULL) set to the offset of its data, else
 * 0. The id and generation of the object's header must be those asked for. */
pades_status pdf_file_load(pdf_file *f, pdf_ref ref, pdf_pool *pool, const pdf_obj **ret,
                           uint64_t *ret_stream, pades_error **e) MUST_USE;
/* `o` itself, or what it refers to, through at most 32 references; NULL in gives PDF_NULL out.
 * *ret_ref (may be NULL): the last reference followed, id 0 for a direct object. */
pades_status pdf_file_resolve(pdf_file *f, const pdf_obj *o, pdf_pool *pool, const pdf_obj **ret,
                              pdf_ref *ret_ref, pades_error **e) MUST_USE;
/* Decrypted and decoded data of a stream (FlateDecode with predictors, or none), bounded by ratio
 * and size; `dict` is the one that was loaded. */
pades_status pdf_file_stream(pdf_file *f, const pdf_obj *dict, uint64_t data_offset, pdf_pool *pool,
                             buf *out, pades_error **e) MUST_USE;
/* The same, of any size: at most what `out` may take, which is ended. */
pades_status pdf_file_stream_bulk(pdf_file *f, const pdf_obj *dict, uint64_t data_offset,
                                  pdf_pool *pool, bulk *out, pades_error **e) MUST_USE;
/* An object that was loaded so far refers to this number, which is not below any /Size. */
bool pdf_file_is_dangling(const pdf_file *f, uint32_t id);
/* The highest of these numbers that is lower than `below`; 0: none. */
uint32_t pdf_file_highest_dangling(const pdf_file *f, uint32_t below);
/* Calls `fn` for every entry in use of one section, in order of their ids, without keeping them (a
 * newer section may have the same id: ask pdf_file_entry()); stops when it returns anything but
 * PADES_OK. */
typedef pades_status (*pdf_entry_fn)(void *user, uint32_t id, const pdf_entry *entry,
                                     pades_error **e);
pades_status pdf_file_each_entry(pdf_file *f, size_t section, pdf_entry_fn fn, void *user,
                                 pades_error **e) MUST_USE;
/* The same with the entries that are free. */
pades_status pdf_file_each_entry_or_free(pdf_file *f, size_t section, pdf_entry_fn fn, void *user,
                                         pades_error **e) MUST_USE;
/* What an entry of any section points to, replaced since or not; of a stream, whose end is not
 * looked for, the dictionary. An object stream is taken as it is now. */
pades_status pdf_file_load_entry(pdf_file *f, uint32_t id, const pdf_entry *entry, pdf_pool *pool,
                                 const pdf_obj **ret, bool *ret_is_stream,
                                 pades_error **e) MUST_USE;
/* The object that stands first in the file, whatever its number. */
pades_status pdf_file_first_object(pdf_file *f, pdf_pool *pool, const pdf_obj **ret,
                                   pades_error **e) MUST_USE;
/* Bytes scanned and decoded so far, for callers that set themselves a limit. */
uint64_t pdf_file_spent(const pdf_file *f);

#endif
