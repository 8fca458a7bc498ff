/* The form's fields, walked with a bound on number and depth; an object met twice is passed over,
 * so loops end. /FT and /V are inherited, names are joined with full stops. Widgets without a name
 * belong to their field and are none of their own.
 * clause: ISO32000-1#12.7.3 field dictionaries, #12.7.3.2 fully qualified names */
#include "pdf/fields.h"

#include "base/ctx.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/pool.h"
#include "pdf/text.h"

#include <inttypes.h>

enum { POOL_MAX = 64 << 20, NAME_MAX_BYTES = 64 << 10, NAMES_MAX_BYTES = 32 << 20 };
static const uint64_t parsed_max = (uint64_t)512 << 20; /* of all nodes and what they lead to */

/* Object numbers already seen; open addressing, 0 is an empty place. */
typedef struct id_set {
    uint32_t *places;
    size_t n, cap;
} id_set;

static void id_set_free(id_set *set)
{
    mem_free(set->places);
}

static size_t place_of(const uint32_t *places, size_t cap, uint32_t id)
{
    size_t at = (id * 2654435761u) & (cap - 1);
    while (places[at] && places[at] != id) {
        at = (at + 1) & (cap - 1);
    }
    return at;
}

static bool grow(id_set *set)
{
    size_t cap = set->cap ? 2 * set->cap : 64;
    uint32_t *places = mem_array(cap, sizeof *places);
    if (!places) {
        return false;
    }
    for (size_t i = 0; i < set->cap; i++) {
        if (set->places[i]) {
            places[place_of(places, cap, set->places[i])] = set->places[i];
        }
    }
    mem_free(set->places);
    set->places = places;
    set->cap = cap;
    return true;
}

static pades_status add_id(id_set *set, uint32_t id, bool *ret_new, pades_error **e)
{
    if (2 * set->n >= set->cap && !grow(set)) {
        return fail_memory(e);
    }
    size_t at = place_of(set->places, set->cap, id);
    *ret_new = set->places[at] != id;
    set->n += *ret_new;
    set->places[at] = id;
    return PADES_OK;
}

typedef struct field_walk {
    pdf_file *f;
    pdf_field_tree *ret;
    bool exact; /* names decide something: what cannot be one is damage */
    id_set seen;
    uint64_t nodes, nodes_max;
    uint64_t names, parsed; /* bytes */
    unsigned depth, depth_max;
} field_walk;

/* A node and what it inherits. */
typedef struct field_node {
    const pdf_obj *o;
    pdf_ref ref;
    span name; /* of the parents */
    const pdf_obj *type, *value;
} field_node;

static void set_type(pdf_field *field, const pdf_obj *type)
{
    if (pdf_is(type, PDF_NAME) && type->u.text.n < sizeof field->type) {
        memcpy(field->type, type->u.text.p, type->u.text.n);
    }
}

/* A long name of a parent is in every name below it. */
static pades_status add_field(field_walk *walk, bool group, const field_node *node, span name,
                              pades_error **e)
{
    pdf_fields *ret = group ? &walk->ret->groups : &walk->ret->fields;
    walk->names += name.n + 1;
    if (walk->names > NAMES_MAX_BYTES) {
        return fail(e, PADES_LIMIT, "the names of the form's fields have more than %d bytes",
                    NAMES_MAX_BYTES);
    }
    if (!MEM_GROW(ret->items, ret->n, ret->cap)) {
        return fail_memory(e);
    }
    pdf_field field = {.ref = node->ref, .has_value = node->value != NULL};
    pdf_get_ref(node->value, &field.value);
    set_type(&field, node->type);
    field.name = mem_strndup(name.p ? (const char *)name.p : "", name.n);
    if (!field.name) {
        return fail_memory(e);
    }
    ret->items[ret->n++] = field;
    return PADES_OK;
}

/* Resolves, and remembers the object that was read. */
static pades_status resolve(field_walk *walk, const pdf_obj *link, pdf_pool *pool,
                            const pdf_obj **ret, pdf_ref *ret_ref, pades_error **e)
{
    pdf_field_tree *tree = walk->ret;
    pdf_ref ref = {0, 0};
    TRY(pdf_file_resolve(walk->f, link, pool, ret, &ref, e));
    if (ref.id) {
        if (!MEM_GROW(tree->read, tree->read_n, tree->read_cap)) {
            return fail_memory(e);
        }
        tree->read[tree->read_n++] = ref;
    }
    if (ret_ref) {
        *ret_ref = ref;
    }
    return PADES_OK;
}

/* The node's own word for an inheritable key, or its parent's. */
static pades_status inherit(field_walk *walk, const field_node *node, const char *key,
                            pdf_pool *pool, const pdf_obj **inherited, pades_error **e)
{
    const pdf_obj *link = pdf_dict_get(node->o, key);
    const pdf_obj *value = NULL;
    TRY(resolve(walk, link, pool, &value, NULL, e));
    if (!pdf_is(value, PDF_NULL)) {
        *inherited = link;
    }
    return PADES_OK;
}

/* The same for /V: what begins like a dictionary is a value, and is not read to its end: it may be
 * a signature. */
static pades_status inherit_value(field_walk *walk, field_node *node, pdf_pool *pool,
                                  pades_error **e)
{
    pdf_ref ref = {0, 0};
    uint64_t at = 0;
    uint8_t first = 0;
    size_t n = 0;
    const pdf_obj *link = pdf_dict_get(node->o, "V");
    if (pdf_get_ref(link, &ref)) {
        TRY(pdf_body_offset(walk->f, ref, &at, e));
    }
    if (at) {
        TRY(source_read_some(pdf_file_source(walk->f), SOURCE_STRUCTURE, at, &first, 1, &n, e));
    }
    if (n == 1 && first == '<') {
        node->value = link;
        return PADES_OK;
    }
    return inherit(walk, node, "V", pool, &node->value, e);
}

/* U+0000 would end a name: the rest of it must not get lost where names are compared, and is shown
 * behind a replacement where they are listed. */
static pades_status add_part(const field_walk *walk, buf *name, span text, pades_error **e)
{
    AUTO_VAL(buf) part = BUF(NAME_MAX_BYTES);
    pdf_text_utf8(&part, text);
    TRY(buf_check(&part, "field name", e));
    for (size_t i = 0; i < part.n; i++) {
        if (part.p[i] != 0) {
            buf_add_byte(name, part.p[i]);
        } else if (walk->exact) {
            pdf_damaged(e, 0, 0, "ISO32000-1#12.7.3.2", "a field's name has a NUL in it");
            error_hint(e, "the field has to get another name in the program that made the form");
            return PADES_DOC_DAMAGED;
        } else {
            buf_add_str(name, "\xEF\xBF\xBD");
        }
    }
    return PADES_OK;
}

static pades_status join_name(field_walk *walk, const field_node *node, pdf_pool *pool, buf *name,
                              bool *ret_named, pades_error **e)
{
    const pdf_obj *part = NULL;
    TRY(resolve(walk, pdf_dict_get(node->o, "T"), pool, &part, NULL, e));
    *ret_named = pdf_is(part, PDF_STRING);
    buf_add_span(name, node->name);
    if (*ret_named) {
        buf_add_str(name, node->name.n > 0 ? "." : "");
        TRY(add_part(walk, name, part->u.text, e));
    }
    return buf_check(name, "field name", e);
}

static pades_status visit(field_walk *walk, field_node node, pdf_pool *pool, bool root,
                          pades_error **e);

static pades_status follow(field_walk *walk, const pdf_obj *link, field_node inherited, bool root,
                           pades_error **e)
{
    bool fresh = true;
    AUTO(pdf_pool) *pool = NULL;
    if (++walk->nodes > walk->nodes_max) {
        return fail(e, PADES_LIMIT, "the form has more than %" PRIu64 " fields", walk->nodes_max);
    }
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(resolve(walk, link, pool, &inherited.o, &inherited.ref, e));
    if (inherited.ref.id) {
        TRY(add_id(&walk->seen, inherited.ref.id, &fresh, e));
    }
    if (!fresh || !pdf_is(inherited.o, PDF_DICT)) {
        return PADES_OK;
    }
    if (++walk->depth > walk->depth_max) {
        fail(e, PADES_LIMIT, "the form's fields are nested deeper than %u", walk->depth_max);
        error_place(e, inherited.ref.id, -1);
        return PADES_LIMIT;
    }
    TRY(visit(walk, inherited, pool, root, e));
    walk->depth--;
    walk->parsed += pdf_pool_taken(pool);
    if (walk->parsed > parsed_max) {
        return fail(e, PADES_LIMIT, "the form's fields share so much that reading it is no use");
    }
    return PADES_OK;
}

/* Fields below this node come first; a node with none is a field itself when it has a name (or is
 * listed by the form). */
static pades_status visit(field_walk *walk, field_node node, pdf_pool *pool, bool root,
                          pades_error **e)
{
    bool named = false;
    const pdf_obj *kids = NULL;
    const size_t before = walk->ret->fields.n;
    AUTO_VAL(buf) name = BUF(NAME_MAX_BYTES);
    TRY(join_name(walk, &node, pool, &name, &named, e));
    TRY(inherit(walk, &node, "FT", pool, &node.type, e));
    TRY(inherit_value(walk, &node, pool, e));
    TRY(resolve(walk, pdf_dict_get(node.o, "Kids"), pool, &kids, NULL, e));
    field_node below = node;
    below.name = buf_span(&name);
    for (size_t i = 0; pdf_is(kids, PDF_ARRAY) && i < kids->u.array.n; i++) {
        TRY(follow(walk, kids->u.array.items[i], below, false, e));
    }
    bool group = walk->ret->fields.n > before;
    if (!named && (group || !root)) {
        return PADES_OK;
    }
    if (pdf_is(node.type, PDF_REFERENCE)) {
        TRY(pdf_file_resolve(walk->f, node.type, pool, &node.type, NULL, e));
    }
    return add_field(walk, group, &node, buf_span(&name), e);
}

static pades_status read_form(field_walk *walk, pdf_pool *pool, pades_error **e)
{
    const pdf_obj *o = pdf_dict_get(pdf_file_trailer(walk->f), "Root");
    static const char *const path[] = {"AcroForm", "Fields"};
    TRY(pdf_file_resolve(walk->f, o, pool, &o, NULL, e));
    for (size_t i = 0; i < ARRAY_LEN(path); i++) {
        TRY(pdf_file_resolve(walk->f, pdf_dict_get(o, path[i]), pool, &o, NULL, e));
    }
    for (size_t i = 0; pdf_is(o, PDF_ARRAY) && i < o->u.array.n; i++) {
        TRY(follow(walk, o->u.array.items[i], (field_node){.o = NULL}, true, e));
    }
    return PADES_OK;
}

static pades_status read_tree(pdf_file *f, bool exact, pdf_field_tree *ret, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    AUTO_VAL(pdf_field_tree) tree = {.read = NULL};
    AUTO_VAL(id_set) seen = {NULL, 0, 0};
    uint64_t depth = ctx_limit(pdf_file_ctx(f), PADES_LIMIT_DEPTH);
    field_walk walk = {
        .f = f, .ret = &tree, .exact = exact, .depth_max = depth < 1000 ? (unsigned)depth : 1000};
    walk.nodes_max = ctx_limit(pdf_file_ctx(f), PADES_LIMIT_FIELDS);
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    pades_status status = read_form(&walk, pool, e);
    seen = walk.seen;
    TRY(status);
    *ret = tree;
    tree = (pdf_field_tree){.read = NULL};
    return PADES_OK;
}

pades_status pdf_field_tree_read(pdf_file *f, pdf_field_tree *ret, pades_error **e)
{
    return read_tree(f, true, ret, e);
}

void pdf_field_tree_free(pdf_field_tree *tree)
{
    pdf_fields_free(&tree->fields);
    pdf_fields_free(&tree->groups);
    mem_free(tree->read);
    *tree = (pdf_field_tree){.read = NULL};
}

pades_status pdf_fields_read(pdf_file *f, pdf_fields *ret, pades_error **e)
{
    AUTO_VAL(pdf_field_tree) tree = {.read = NULL};
    TRY(read_tree(f, false, &tree, e));
    *ret = tree.fields;
    tree.fields = (pdf_fields){NULL, 0, 0};
    return PADES_OK;
}

void pdf_fields_free(pdf_fields *fields)
{
    for (size_t i = 0; i < fields->n; i++) {
        mem_free(fields->items[i].name);
    }
    mem_free(fields->items);
    *fields = (pdf_fields){NULL, 0, 0};
}
