/* What the catalog says beside fields and signatures: versions, linearized or not, tagged, a
 * collection, attachments, XFA, scripts and actions, the DSS. It is said that they are there, not
 * whether they are good or bad. Counted without following what is counted, in a bounded walk.
 * clause: ISO32000-1#7.7.2 catalog, #7.7.4 name dictionary, #F.2 linearization dictionary,
 * EN319142-1#5.4.2 document security store */
#include "sign/doc_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

enum {
    POOL_MAX = 16 << 20,
    NODES_MAX = 10000, /* of a name tree */
    WAITING_MAX = 1 << 16,
    EXTENSIONS_MAX = 16,
    TEXT_MAX = 16 << 10
};

static pades_status count_array(const doc_reading *r, const pdf_obj *dict, const char *key,
                                size_t *ret, pades_error **e)
{
    const pdf_obj *o = NULL;
    TRY(doc_get(r, dict, key, &o, e));
    *ret = pdf_is(o, PDF_ARRAY) ? o->u.array.n : 0;
    return PADES_OK;
}

static pades_status has_key(const doc_reading *r, const pdf_obj *dict, const char *key, int *ret,
                            pades_error **e)
{
    const pdf_obj *o = NULL;
    TRY(doc_get(r, dict, key, &o, e));
    *ret = o->kind != PDF_NULL;
    return PADES_OK;
}

static pades_status is_true(const doc_reading *r, const pdf_obj *dict, const char *key, int *ret,
                            pades_error **e)
{
    const pdf_obj *o = NULL;
    TRY(doc_get(r, dict, key, &o, e));
    *ret = pdf_is(o, PDF_BOOL) && o->u.boolean;
    return PADES_OK;
}

/* Nodes of a name tree that are still to be counted. */
typedef struct name_walk {
    pdf_file *f;
    pdf_ref *waiting;
    size_t n, cap;
    size_t names;
    bool more;
} name_walk;

static void name_walk_free(name_walk *w)
{
    mem_free(w->waiting);
}

static pades_status put_kids(name_walk *w, const pdf_obj *kids, pades_error **e)
{
    for (size_t i = 0; pdf_array_get(kids, i); i++) {
        pdf_ref ref;
        if (w->n == WAITING_MAX || !pdf_get_ref(pdf_array_get(kids, i), &ref)) {
            w->more = true;
            continue;
        }
        if (!MEM_GROW(w->waiting, w->n, w->cap)) {
            return fail_memory(e);
        }
        w->waiting[w->n++] = ref;
    }
    return PADES_OK;
}

static pades_status count_node(name_walk *w, const pdf_obj *node, pdf_pool *pool, pades_error **e)
{
    const pdf_obj *o = NULL;
    TRY(pdf_file_resolve(w->f, pdf_dict_get(node, "Names"), pool, &o, NULL, e));
    w->names += pdf_is(o, PDF_ARRAY) ? o->u.array.n / 2 : 0;
    TRY(pdf_file_resolve(w->f, pdf_dict_get(node, "Kids"), pool, &o, NULL, e));
    return put_kids(w, o, e);
}

/* A loop ends at NODES_MAX: what it counts is then said to be more. */
static pades_status count_names(const doc_reading *r, const pdf_obj *root, size_t *ret,
                                int *ret_more, pades_error **e)
{
    AUTO_VAL(name_walk) w = {.f = r->f};
    TRY(count_node(&w, root, r->pool, e));
    for (size_t nodes = 1; w.n > 0; nodes++) {
        AUTO(pdf_pool) *pool = NULL;
        const pdf_obj *node = NULL;
        if (nodes == NODES_MAX) {
            w.more = true;
            break;
        }
        TRY(pdf_pool_new(POOL_MAX, &pool, e));
        TRY(pdf_file_load(r->f, w.waiting[--w.n], pool, &node, NULL, e));
        TRY(count_node(&w, node, pool, e));
    }
    *ret = w.names;
    *ret_more = w.more;
    return PADES_OK;
}

static pades_status read_names(const doc_reading *r, const pdf_obj *catalog, pades_facts_info *ret,
                               pades_error **e)
{
    const pdf_obj *names = NULL;
    const pdf_obj *files = NULL;
    TRY(doc_get(r, catalog, "Names", &names, e));
    TRY(has_key(r, names, "JavaScript", &ret->javascript, e));
    TRY(doc_get(r, names, "EmbeddedFiles", &files, e));
    TRY(count_names(r, files, &ret->embedded_files, &ret->embedded_files_more, e));
    return count_array(r, catalog, "AF", &ret->associated_files, e);
}

static pades_status read_form(const doc_reading *r, const pdf_obj *catalog, pades_facts_info *ret,
                              pades_error **e)
{
    const pdf_obj *form = NULL;
    TRY(doc_get(r, catalog, "AcroForm", &form, e));
    TRY(has_key(r, form, "XFA", &ret->xfa, e));
    TRY(is_true(r, form, "NeedAppearances", &ret->need_appearances, e));
    TRY(doc_get_int(r, form, "SigFlags", &ret->sig_flags, e));
    return is_true(r, catalog, "NeedsRendering", &ret->needs_rendering, e);
}

static pades_status read_actions(const doc_reading *r, const pdf_obj *catalog,
                                 pades_facts_info *ret, pades_error **e)
{
    const pdf_obj *action = NULL;
    const pdf_obj *kind = NULL;
    TRY(has_key(r, catalog, "AA", &ret->additional_actions, e));
    TRY(doc_get(r, catalog, "OpenAction", &action, e));
    if (pdf_is(action, PDF_ARRAY)) {
        ret->open_action = "destination";
    } else if (pdf_is(action, PDF_DICT)) {
        ret->open_action = "action";
        TRY(doc_get_name(r, action, "S", &ret->open_action, e));
        TRY(doc_get(r, action, "S", &kind, e));
        ret->javascript = ret->javascript || pdf_is_name(kind, "JavaScript");
    }
    return PADES_OK;
}

static pades_status read_dss(const doc_reading *r, const pdf_obj *catalog, pades_facts_info *ret,
                             pades_error **e)
{
    const pdf_obj *dss = NULL;
    const pdf_obj *vri = NULL;
    TRY(doc_get(r, catalog, "DSS", &dss, e));
    ret->dss = pdf_is(dss, PDF_DICT);
    TRY(count_array(r, dss, "Certs", &ret->dss_certificates, e));
    TRY(count_array(r, dss, "OCSPs", &ret->dss_ocsps, e));
    TRY(count_array(r, dss, "CRLs", &ret->dss_crls, e));
    TRY(doc_get(r, dss, "VRI", &vri, e));
    ret->dss_vris = pdf_is(vri, PDF_DICT) ? vri->u.dict.n : 0;
    return PADES_OK;
}

/* "ADBE 1.7 level 8" */
static pades_status add_extension(const doc_reading *r, const pdf_pair *pair, buf *out,
                                  pades_error **e)
{
    const pdf_obj *extension = NULL;
    int level = 0;
    const char *base = "?";
    AUTO(mem_text) *name = escape_text(pair->key, 64);
    TRY(pdf_file_resolve(r->f, pair->value, r->pool, &extension, NULL, e));
    if (!name) {
        return fail_memory(e);
    }
    if (!pdf_is(extension, PDF_DICT)) {
        return PADES_OK; /* /Type, or an array of them in PDF 2.0 */
    }
    TRY(doc_get_name(r, extension, "BaseVersion", &base, e));
    TRY(doc_get_int(r, extension, "ExtensionLevel", &level, e));
    buf_addf(out, "%s%s %s level %d", out->n > 0 ? ", " : "", name, base, level);
    return PADES_OK;
}

static pades_status read_extensions(const doc_reading *r, const pdf_obj *catalog,
                                    pades_facts_info *ret, pades_error **e)
{
    const pdf_obj *o = NULL;
    AUTO_VAL(buf) out = BUF(TEXT_MAX);
    TRY(doc_get(r, catalog, "Extensions", &o, e));
    for (size_t i = 0; pdf_is(o, PDF_DICT) && i < o->u.dict.n && i < EXTENSIONS_MAX; i++) {
        TRY(add_extension(r, &o->u.dict.pairs[i], &out, e));
    }
    TRY(buf_check(&out, "extensions", e));
    return out.n > 0 ? doc_keep(r->doc, buf_take_text(&out), &ret->extensions, e) : PADES_OK;
}

/* None of them has to say what it is. */
static void note_objects(pades_doc *doc, const pdf_obj *trailer, const pdf_obj *catalog)
{
    pdf_ref ref = {0, 0};
    doc->dss = pdf_get_ref(pdf_dict_get(catalog, "DSS"), &ref) ? ref.id : 0;
    doc->form = pdf_get_ref(pdf_dict_get(catalog, "AcroForm"), &ref) ? ref.id : 0;
    doc->information = pdf_get_ref(pdf_dict_get(trailer, "Info"), &ref) ? ref.id : 0;
}

static pades_status read_catalog(const doc_reading *r, const pdf_obj *catalog,
                                 pades_facts_info *ret, pades_error **e)
{
    const pdf_obj *mark = NULL;
    note_objects(r->doc, pdf_file_trailer(r->f), catalog);
    TRY(doc_get_name(r, catalog, "Version", &ret->catalog_version, e));
    TRY(doc_get(r, catalog, "MarkInfo", &mark, e));
    TRY(is_true(r, mark, "Marked", &ret->tagged, e));
    TRY(has_key(r, catalog, "Collection", &ret->collection, e));
    TRY(read_extensions(r, catalog, ret, e));
    TRY(read_form(r, catalog, ret, e));
    TRY(read_names(r, catalog, ret, e));
    TRY(read_actions(r, catalog, ret, e));
    return read_dss(r, catalog, ret, e);
}

/* The linearization dictionary is the first object; its /L is the file's size, unless something was
 * appended since. What is no such object is no error. */
static pades_status read_linearized(const doc_reading *r, pades_facts_info *ret, pades_error **e)
{
    int64_t length = 0;
    const pdf_obj *o = NULL;
    pades_status status = pdf_file_first_object(r->f, r->pool, &o, e);
    if (status == PADES_NO_MEMORY) {
        return status;
    }
    error_clear(e);
    if (status != PADES_OK || !pdf_dict_get(o, "Linearized") ||
        !pdf_get_int(pdf_dict_get(o, "L"), &length)) {
        return PADES_OK;
    }
    ret->linearized = (uint64_t)length == pdf_file_size(r->f)                    ? "yes"
                      : length > 0 && (uint64_t)length < pdf_file_size(r->f) ? "updated since"
                                                                             : "with another size";
    return PADES_OK;
}

pades_status doc_read_facts(pades_doc *doc, pdf_file *f, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    const pdf_obj *catalog = NULL;
    pades_facts_info *ret = &doc->facts;
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    const doc_reading r = {doc, f, pool};
    TRY(read_linearized(&r, ret, e));
    TRY(doc_get(&r, pdf_file_trailer(f), "Root", &catalog, e));
    return read_catalog(&r, catalog, ret, e);
}

const pades_facts_info *pades_doc_get_facts(const pades_doc *doc)
{
    return &doc->facts;
}
