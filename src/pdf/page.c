/* The page that a new invisible field belongs to: the first of the page tree, found by a bounded
 * walk, and written again with one more annotation, in whatever form its /Annots has.
 * clause: ISO32000-1#7.7.3 page tree, ISO32000-1#12.5.2 /Annots */
#include "pdf/sealing.h"

#include "base/ctx.h"
#include "base/fail.h"
#include "pdf/claims.h"
#include "pdf/damage.h"

#include <inttypes.h>

enum { NODES_MAX = 10000 };
static const char no_node[] = "a node of the page tree is no indirect dictionary";

/* The walk; boxes are the nearest ones on the way down. */
typedef struct page_walk {
    sealing *s;
    unsigned depth, depth_max;
    size_t nodes;
    unsigned seen; /* pages */
} page_walk;

static unsigned wanted_page(const sealing *s)
{
    return s->added && s->added->shown ? s->added->page : 1;
}

typedef struct page_boxes {
    const pdf_obj *media, *crop;
} page_boxes;

static pades_status damaged(const char *what, pdf_ref ref, pades_error **e)
{
    return pdf_damaged(e, ref.id, 0, "ISO32000-1#7.7.3", "%s", what);
}

static pades_status inherit(sealing *s, const pdf_obj *node, page_boxes *boxes, pades_error **e)
{
    sealing_part media;
    sealing_part crop;
    TRY(sealing_get(s, node, "MediaBox", &media, e));
    TRY(sealing_get(s, node, "CropBox", &crop, e));
    boxes->media = media.o ? media.o : boxes->media;
    boxes->crop = crop.o ? crop.o : boxes->crop;
    return PADES_OK;
}

static bool is_number(const pdf_obj *o)
{
    return (pdf_is(o, PDF_INT) || pdf_is(o, PDF_REAL)) && o->raw.n <= 32;
}

static double number_of(const pdf_obj *o)
{
    return o->kind == PDF_INT ? (double)o->u.integer : o->u.real;
}

/* The lower of two coordinates, spelled as in the file; "0" when there is none. */
static pades_status lower(sealing *s, const pdf_obj *box, size_t at, span *ret, pades_error **e)
{
    const pdf_obj *side[2];
    *ret = span_str("0");
    for (size_t i = 0; i < 2; i++) {
        TRY(pdf_file_resolve(s->f, pdf_array_get(box, at + 2 * i), s->pool, &side[i], NULL, e));
    }
    if (is_number(side[0]) && is_number(side[1])) {
        *ret = number_of(side[1]) < number_of(side[0]) ? side[1]->raw : side[0]->raw;
    }
    return PADES_OK;
}

static pades_status take_page(sealing *s, const pdf_obj *page, pdf_ref ref, const page_boxes *boxes,
                              pades_error **e)
{
    const pdf_obj *box = pdf_is(boxes->crop, PDF_ARRAY) ? boxes->crop : boxes->media;
    s->page = (sealing_part){page, ref};
    TRY(lower(s, box, 0, &s->corner[0], e));
    TRY(lower(s, box, 1, &s->corner[1], e));
    TRY(sealing_get(s, page, "Annots", &s->annots, e));
    if (s->annots.o && !pdf_is(s->annots.o, PDF_ARRAY)) {
        return damaged("/Annots of the first page is not an array", ref, e);
    }
    return PADES_OK;
}

static pades_status enter(page_walk *walk, const pdf_obj *link, page_boxes boxes, pades_error **e);

/* `holder` is the object that the list stands in. */
static pades_status enter_kids(page_walk *walk, const pdf_obj *kids, pdf_ref holder,
                               page_boxes boxes, pades_error **e)
{
    for (size_t i = 0; i < kids->u.array.n; i++) {
        if (!pdf_is(kids->u.array.items[i], PDF_REFERENCE)) { /* behind the page, too */
            return damaged(no_node, holder, e);
        }
    }
    for (size_t i = 0; i < kids->u.array.n && !walk->s->page.o; i++) {
        TRY(enter(walk, kids->u.array.items[i], boxes, e));
    }
    return PADES_OK;
}

static pades_status visit(page_walk *walk, const sealing_part *node, page_boxes boxes,
                          pades_error **e)
{
    sealing_part kids;
    sealing_part type;
    TRY(sealing_get(walk->s, node->o, "Kids", &kids, e));
    TRY(sealing_get(walk->s, node->o, "Type", &type, e));
    TRY(inherit(walk->s, node->o, &boxes, e));
    if (!kids.o && !pdf_is_name(type.o, "Pages")) {
        if (++walk->seen < wanted_page(walk->s)) {
            return PADES_OK;
        }
        return take_page(walk->s, node->o, node->ref, &boxes, e);
    }
    if (!pdf_is(kids.o, PDF_ARRAY) || pdf_is_name(type.o, "Page")) {
        return damaged("a node of the page tree is neither page nor list of pages", node->ref, e);
    }
    return enter_kids(walk, kids.o, kids.ref.id ? kids.ref : node->ref, boxes, e);
}

static pades_status enter(page_walk *walk, const pdf_obj *link, page_boxes boxes, pades_error **e)
{
    sealing_part node = {NULL, {0, 0}};
    if (++walk->nodes > NODES_MAX) {
        return fail(e, PADES_LIMIT, "no page among the first %d nodes of the page tree", NODES_MAX);
    }
    TRY(pdf_file_resolve(walk->s->f, link, walk->s->pool, &node.o, &node.ref, e));
    if (!pdf_is(node.o, PDF_DICT) || node.ref.id == 0) {
        return damaged(no_node, node.ref, e);
    }
    if (++walk->depth > walk->depth_max) {
        return damaged("the page tree loops or is nested too deep", node.ref, e);
    }
    TRY(sealing_touch(walk->s, node.ref, e));
    TRY(visit(walk, &node, boxes, e));
    walk->depth--;
    return PADES_OK;
}

pades_status page_find_first(sealing *s, pades_error **e)
{
    uint64_t limit = ctx_limit(pdf_file_ctx(s->f), PADES_LIMIT_PAGE_DEPTH);
    page_walk walk = {s, 0, limit < 10000 ? (unsigned)limit : 10000, 0, 0};
    const pdf_obj *pages = pdf_dict_get(s->catalog.o, "Pages");
    if (!pages) {
        return damaged("the catalog has no /Pages", s->catalog.ref, e);
    }
    TRY(enter(&walk, pages, (page_boxes){NULL, NULL}, e));
    if (!s->page.o && walk.seen > 0) {
        return fail(e, PADES_INVALID_ARGUMENT, "the document has no page %u, but %u",
                    wanted_page(s), walk.seen);
    }
    return s->page.o ? PADES_OK : damaged("the document has no page", s->catalog.ref, e);
}

/* By a structure tree, by its own word, or by the page's part in a tree. */
static pades_status is_tagged(sealing *s, bool *ret, pades_error **e)
{
    sealing_part mark;
    sealing_part marked;
    TRY(sealing_get(s, s->catalog.o, "MarkInfo", &mark, e));
    TRY(sealing_get(s, mark.o, "Marked", &marked, e));
    *ret = pdf_dict_get(s->catalog.o, "StructTreeRoot") != NULL ||
           pdf_dict_get(s->page.o, "StructParents") != NULL ||
           (pdf_is(marked.o, PDF_BOOL) && marked.o->u.boolean);
    return PADES_OK;
}

static pades_status warn_of_tabs(sealing *s, pades_error **e)
{
    pdf_claims claims;
    TRY(pdf_claims_read(s->f, &claims, e));
    if (claims.pdfua_part > 0) {
        sealing_warn(s,
                     "the page gets its first annotation and has no /Tabs, which PDF/UA wants and "
                     "an earlier signature forbids to add: the file stops conforming");
    }
    return PADES_OK;
}

/* The first annotation of a page in a tagged file brings the tab order of the structure with it.
 * Not once somebody has signed: a page may then get an annotation more, and change in nothing else.
 * clause: ISO14289-1#7.18.3 /Tabs /S on every page with an annotation */
static pades_status wants_tabs(sealing *s, bool *ret, pades_error **e)
{
    sealing_part tabs;
    bool tagged = false;
    bool first = !s->annots.o || s->annots.o->u.array.n == 0;
    TRY(sealing_get(s, s->page.o, "Tabs", &tabs, e));
    TRY(is_tagged(s, &tagged, e));
    bool missing = first && tagged && !tabs.o;
    *ret = missing && s->demands.n == 0;
    return missing && !*ret ? warn_of_tabs(s, e) : PADES_OK;
}

static pades_status write_annots_object(sealing *s, pades_error **e)
{
    if (s->fields.ref.id == s->annots.ref.id) { /* one array is both, and is written already */
        return s->top.id == s->field.id && !s->target.parent.o
                   ? PADES_OK
                   : damaged("the page's /Annots is the form's /Fields", s->annots.ref, e);
    }
    TRY(sealing_begin_again(s, &s->annots, e));
    sealing_append(pdf_incr_out(s->w), s->annots.o, s->field);
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

static pades_status write_page(sealing *s, const pdf_change *set, size_t n, pades_error **e)
{
    TRY(sealing_begin_again(s, &s->page, e));
    pdf_write_dict(pdf_incr_out(s->w), s->page.o, set, n);
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

pades_status page_write(sealing *s, pades_error **e)
{
    bool tabs = false;
    AUTO_VAL(buf) annots = BUF(64 << 20);
    TRY(wants_tabs(s, &tabs, e));
    pdf_change set[] = {{"Tabs", span_str("/S")}, {"Annots", span_of(NULL, 0)}};
    if (s->annots.o && s->annots.ref.id) {
        TRY(write_annots_object(s, e));
        return tabs ? write_page(s, set, 1, e) : PADES_OK;
    }
    sealing_append(&annots, s->annots.o, s->field);
    TRY(buf_check(&annots, "annotations", e));
    set[1].value = buf_span(&annots);
    return tabs ? write_page(s, set, 2, e) : write_page(s, set + 1, 1, e);
}
