/* What each revision added, replaced and freed: counted from its entries alone, so that the cost is
 * that of the sections, not of the objects. Of the first few changes of a revision (not of the
 * first one, whose objects are all new) the object is looked at for a word on what it is; and where
 * the catalog was written again, its keys are compared. Both stop at a fixed amount of work.
 * clause: ISO32000-1#7.5.6 incremental updates */
#include "sign/doc_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/idbits.h"
#include "pdf/kind.h"

#include <inttypes.h>

enum {
    CHANGES_ALL = 20000, /* listed over all revisions, shared out evenly ... */
    CHANGES_LEAST = 4,   /* ... but so many of each */
    CHANGES_MOST = 64,
    WORK_MAX = 64 << 20, /* bytes of objects looked at */
    POOL_MAX = 16 << 20,
    KEYS_MOST = 16,
    KEYS_TEXT = 4096
};

static const char added[] = "added", replaced[] = "replaced", freed[] = "freed";

typedef struct counting {
    pades_doc *doc;
    pdf_file *f;
    doc_revision *revision;
    idbits in_use, here; /* now; and what this revision has in use, when it has several sections */
    bool free_pass;      /* of several sections the free entries come last: another may have them */
    size_t listed_max;
    uint32_t root;
    pdf_entry catalog; /* of this revision; kind NONE: not in it */
} counting;

static pades_status list_change(counting *c, uint32_t id, const char *change,
                                const pdf_entry *entry, pades_error **e)
{
    pades_doc *doc = c->doc;
    if (c->revision->pub.changes >= c->listed_max) {
        return PADES_OK;
    }
    if (!MEM_GROW(doc->changes, doc->changes_n, doc->changes_cap)) {
        return fail_memory(e);
    }
    doc->changes[doc->changes_n++] =
        (doc_change){.pub = {.object = id, .change = change}, .entry = *entry};
    c->revision->pub.changes++;
    return PADES_OK;
}

static pades_status count_used(counting *c, uint32_t id, const pdf_entry *entry, pades_error **e)
{
    if (c->revision->pub.sections > 1 && idbits_add(&c->here, id)) {
        return PADES_OK;
    }
    if (id == c->root) {
        c->catalog = *entry;
    }
    bool was = idbits_add(&c->in_use, id);
    *(was ? &c->revision->pub.replaced : &c->revision->pub.added) += 1;
    return list_change(c, id, was ? replaced : added, entry, e);
}

static pades_status count_free(counting *c, uint32_t id, const pdf_entry *entry, pades_error **e)
{
    if (idbits_has(&c->here, id) || !idbits_drop(&c->in_use, id)) {
        return PADES_OK;
    }
    c->revision->pub.freed++;
    return list_change(c, id, freed, entry, e);
}

static pades_status count_entry(void *user, uint32_t id, const pdf_entry *entry, pades_error **e)
{
    counting *c = user;
    bool is_free = entry->kind == PDF_ENTRY_FREE;
    bool alone = c->revision->pub.sections == 1;
    TRY(idbits_check(&c->in_use, e));
    TRY(idbits_check(&c->here, e));
    if (is_free && (alone || c->free_pass)) {
        return count_free(c, id, entry, e);
    }
    return !is_free && !c->free_pass ? count_used(c, id, entry, e) : PADES_OK;
}

static pades_status count_revision(counting *c, pades_error **e)
{
    const doc_revision *r = c->revision;
    int passes = r->pub.sections > 1 ? 2 : 1;
    for (int pass = 0; pass < passes; pass++) {
        c->free_pass = pass == 1;
        for (size_t i = r->newest; i <= r->oldest; i++) {
            TRY(pdf_file_each_entry_or_free(c->f, i, count_entry, c, e));
        }
    }
    return PADES_OK;
}

/* Keys that differ between two catalogs, as text. */
typedef struct keys {
    buf text;
    size_t n;
} keys;

static void add_key(keys *k, span key, const char *what)
{
    AUTO(mem_text) *shown = escape_text(key, 64);
    if (++k->n <= KEYS_MOST) {
        buf_add_str(&k->text, k->n > 1 ? ", " : "");
        buf_add_str(&k->text, shown ? shown : "");
        k->text.failed = k->text.failed || !shown;
        buf_addf(&k->text, " %s", what);
    }
}

static void compare_keys(keys *k, const pdf_obj *before, const pdf_obj *after)
{
    for (size_t i = 0; i < after->u.dict.n; i++) {
        const pdf_pair *pair = &after->u.dict.pairs[i];
        const pdf_obj *old = pdf_dict_find(before, pair->key);
        if (!old) {
            add_key(k, pair->key, "added");
        } else if (!span_eq(old->raw, pair->value->raw) && !pdf_same(old, pair->value)) {
            add_key(k, pair->key, "changed");
        }
    }
    for (size_t i = 0; i < before->u.dict.n; i++) {
        if (!pdf_dict_find(after, before->u.dict.pairs[i].key)) {
            add_key(k, before->u.dict.pairs[i].key, "removed");
        }
    }
    if (k->n > KEYS_MOST) {
        buf_addf(&k->text, ", %zu more", k->n - KEYS_MOST);
    }
}

/* The catalog of the revision before, while the next one is read. */
typedef struct catalogs {
    pdf_pool *pool;
    const pdf_obj *o; /* NULL: not known */
} catalogs;

static void catalogs_free(catalogs *c)
{
    pdf_pool_free(c->pool);
}

static pades_status compare_catalogs(pades_doc *doc, doc_revision *r, const catalogs *before,
                                     const pdf_obj *after, pades_error **e)
{
    keys k = {BUF(KEYS_TEXT), 0};
    if (!before->o) {
        return PADES_OK;
    }
    compare_keys(&k, before->o, after);
    char *text = k.n > 0 ? buf_take_text(&k.text) : NULL;
    buf_free(&k.text);
    return k.n > 0 ? doc_keep(doc, text, &r->pub.catalog, e) : PADES_OK;
}

/* A catalog that cannot be read is none, but for lack of memory. */
static pades_status read_catalog(counting *c, catalogs *before, pades_error **e)
{
    bool is_stream = false;
    AUTO_VAL(catalogs) now = {NULL, NULL};
    TRY(pdf_pool_new(POOL_MAX, &now.pool, e));
    pades_status status =
        pdf_file_load_entry(c->f, c->root, &c->catalog, now.pool, &now.o, &is_stream, e);
    if (status == PADES_NO_MEMORY) {
        return status;
    }
    error_clear(e);
    if (status != PADES_OK || !pdf_is(now.o, PDF_DICT)) {
        now.o = NULL;
    } else {
        TRY(compare_catalogs(c->doc, c->revision, before, now.o, e));
    }
    catalogs old = *before;
    *before = now;
    now = old;
    return PADES_OK;
}

static uint32_t root_of(const pdf_file *f, size_t section)
{
    pdf_ref ref = {0, 0};
    pdf_get_ref(pdf_dict_get(pdf_file_section(f, section)->trailer, "Root"), &ref);
    return ref.id;
}

static pades_status count_all(counting *c, uint64_t work_max, pades_error **e)
{
    pades_doc *doc = c->doc;
    AUTO_VAL(catalogs) before = {NULL, NULL};
    size_t share = CHANGES_ALL / (doc->revisions_n ? doc->revisions_n : 1);
    share = share > CHANGES_MOST ? CHANGES_MOST : share < CHANGES_LEAST ? CHANGES_LEAST : share;
    for (size_t i = 0; i < doc->revisions_n; i++) {
        c->revision = &doc->revisions[i];
        c->revision->first_change = doc->changes_n;
        c->listed_max = i == 0 ? 0 : share;
        c->root = root_of(c->f, c->revision->newest);
        c->catalog = (pdf_entry){0};
        TRY(count_revision(c, e));
        c->revision->pub.counted = 1;
        if (c->revision->pub.sections > 1) {
            idbits_free(&c->here);
        }
        if (c->catalog.kind != PDF_ENTRY_NONE && pdf_file_spent(c->f) < work_max) {
            TRY(read_catalog(c, &before, e));
        }
    }
    return PADES_OK;
}

/* What the catalog calls an object goes before what it says of itself. */
static const char *word_for(const pades_doc *doc, uint32_t id, const pdf_obj *o, bool is_stream)
{
    return id == doc->dss           ? "DSS"
           : id == doc->form        ? "form"
           : id == doc->information ? "document information"
                                    : pdf_kind_word(o, is_stream);
}

static pades_status look_at(const pades_doc *doc, pdf_file *f, doc_change *change,
                            pades_error **e)
{
    bool is_stream = false;
    const pdf_obj *o = NULL;
    AUTO(pdf_pool) *pool = NULL;
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    pades_status status = pdf_file_load_entry(f, change->pub.object, &change->entry, pool, &o,
                                              &is_stream, e);
    if (status == PADES_OK) {
        change->pub.kind = word_for(doc, change->pub.object, o, is_stream);
    }
    if (status != PADES_NO_MEMORY) {
        error_clear(e);
        status = PADES_OK;
    }
    return status;
}

/* The newest first: they are what people ask about. */
static pades_status look_at_all(pades_doc *doc, pdf_file *f, uint64_t work_max, pades_error **e)
{
    for (size_t i = doc->changes_n; i-- > 0 && pdf_file_spent(f) < work_max;) {
        if (doc->changes[i].pub.change != freed) {
            TRY(look_at(doc, f, &doc->changes[i], e));
        }
    }
    return PADES_OK;
}

pades_status doc_read_changes(pades_doc *doc, pdf_file *f, pades_error **e)
{
    counting c = {.doc = doc, .f = f};
    uint64_t work_max = pdf_file_spent(f) + WORK_MAX;
    pades_status status = count_all(&c, work_max, e);
    idbits_free(&c.in_use);
    idbits_free(&c.here);
    if (status != PADES_OK) {
        return doc_excuse(doc, status, "what the revisions changed cannot be told", e);
    }
    return look_at_all(doc, f, work_max, e);
}
