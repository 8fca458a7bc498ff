/* On which page the widgets of signature fields are: the page whose /Annots has them, not the one
 * that they name themselves. One walk over the page tree, which ends at a fixed amount of work;
 * what was not found by then is on no known page.
 * clause: ISO32000-1#7.7.3 page tree */
#include "sign/doc_impl.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/idbits.h"

enum {
    WORK_MAX = 64 << 20,
    POOL_MAX = 16 << 20,
    NODES_MAX = 100000,
    WAITING_MAX = 1 << 20 /* nodes still to be visited */
};

typedef struct page_walk {
    pades_doc *doc;
    pdf_file *f;
    idbits wanted, seen;
    size_t left; /* widgets still to be found */
    pdf_ref *waiting;
    size_t n, cap;
    size_t page;
} page_walk;

static void found(page_walk *walk, uint32_t id)
{
    for (size_t i = 0; i < walk->doc->fields_n; i++) {
        doc_field *field = &walk->doc->fields[i];
        if (field->widget == id && field->pub.page == 0) {
            field->pub.page = walk->page;
        }
    }
    walk->left--;
}

static pades_status look_at_page(page_walk *walk, const pdf_obj *page, pdf_pool *pool,
                                 pades_error **e)
{
    const pdf_obj *annots = NULL;
    pdf_ref ref;
    walk->page++;
    TRY(pdf_file_resolve(walk->f, pdf_dict_get(page, "Annots"), pool, &annots, NULL, e));
    for (size_t i = 0; walk->left > 0 && pdf_array_get(annots, i); i++) {
        if (pdf_get_ref(pdf_array_get(annots, i), &ref) && idbits_drop(&walk->wanted, ref.id)) {
            found(walk, ref.id);
        }
    }
    return PADES_OK;
}

/* The first kid is visited next, so it is put down last. */
static pades_status put_kids(page_walk *walk, const pdf_obj *kids, pades_error **e)
{
    for (size_t i = kids->u.array.n; i-- > 0 && walk->n < WAITING_MAX;) {
        pdf_ref ref;
        if (!pdf_get_ref(kids->u.array.items[i], &ref)) {
            continue;
        }
        if (!MEM_GROW(walk->waiting, walk->n, walk->cap)) {
            return fail_memory(e);
        }
        walk->waiting[walk->n++] = ref;
    }
    return PADES_OK;
}

static pades_status visit(page_walk *walk, pdf_ref ref, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    const pdf_obj *o = NULL;
    const pdf_obj *kids = NULL;
    if (ref.id == 0 || idbits_add(&walk->seen, ref.id)) {
        return PADES_OK;
    }
    TRY(idbits_check(&walk->seen, e));
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(pdf_file_load(walk->f, ref, pool, &o, NULL, e));
    TRY(pdf_file_resolve(walk->f, pdf_dict_get(o, "Kids"), pool, &kids, NULL, e));
    if (pdf_is(kids, PDF_ARRAY)) {
        return put_kids(walk, kids, e);
    }
    return pdf_is(o, PDF_DICT) ? look_at_page(walk, o, pool, e) : PADES_OK;
}

static pades_status walk_tree(page_walk *walk, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    const pdf_obj *root = NULL;
    pdf_ref ref = {0, 0};
    uint64_t work_max = pdf_file_spent(walk->f) + WORK_MAX;
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(pdf_file_resolve(walk->f, pdf_dict_get(pdf_file_trailer(walk->f), "Root"), pool, &root,
                         NULL, e));
    pdf_get_ref(pdf_dict_get(root, "Pages"), &ref);
    TRY(visit(walk, ref, e));
    for (size_t nodes = 1; walk->n > 0 && walk->left > 0 && nodes < NODES_MAX &&
                           pdf_file_spent(walk->f) < work_max;
         nodes++) {
        TRY(visit(walk, walk->waiting[--walk->n], e));
    }
    return PADES_OK;
}

static void page_walk_free(page_walk *walk)
{
    idbits_free(&walk->wanted);
    idbits_free(&walk->seen);
    mem_free(walk->waiting);
}

pades_status doc_find_pages(pades_doc *doc, pdf_file *f, pades_error **e)
{
    AUTO_VAL(page_walk) walk = {.doc = doc, .f = f};
    for (size_t i = 0; i < doc->fields_n; i++) {
        if (doc->fields[i].widget != 0 && !idbits_add(&walk.wanted, doc->fields[i].widget)) {
            walk.left++;
        }
    }
    TRY(idbits_check(&walk.wanted, e));
    if (walk.left == 0) {
        return PADES_OK;
    }
    return doc_excuse(doc, walk_tree(&walk, e), "the pages of the signature fields are not known",
                      e);
}
