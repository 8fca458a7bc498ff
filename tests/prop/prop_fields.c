/* Laws 1 and 5 over random forms: whatever field is named, with whatever certification and lock,
 * the seal is refused with one of the statuses that are for it, or the revision is appended, both
 * readers agree on it, the named field alone got a value, and no other field changed. */
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/demands.h"
#include "pdf/fields.h"
#include "pdf/seal.h"
#include "pdf/second.h"

#include "pdf/builder.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { FORMS = 400, NODES = 24, FIRST = 4, TEXT = 512, NAMES = 96 };

static uint64_t random_state;

static unsigned draw(unsigned below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state % below);
}

/* A form as text, object by object. */
typedef struct form {
    char texts[64][TEXT];
    size_t n;
    char top[TEXT]; /* references */
    unsigned left;  /* nodes that may still be made */
} form;

static const char *const partial[] = {"(a)", "(b)", "<FEFF00E9>", "(Seal[0])", "(x.y)", "(\\141)"};
static const char *const locks[] = {"/Lock<</Action/All>>", "/Lock<</Action/Include/Fields[(a)]>>",
                                    "/Lock<</Action/Exclude/Fields[(b)]/P 2>>"};
static const char *const values[] = {
    "/V<</Type/Sig/Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/All>>>>]>>",
    "/V<</Type/DocTimeStamp/SubFilter/ETSI.RFC3161>>",
    "/V<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<</P 3>>>>]>>",
    "/V<</Type/Sig>>"};

static uint32_t reserve(form *f)
{
    return FIRST + (uint32_t)f->n++;
}

static void add_leaf(form *f, uint32_t id, const char *head)
{
    char *to = f->texts[id - FIRST];
    switch (draw(6)) {
    case 0:
        snprintf(to, TEXT, "<<%s/FT/Tx/V(x)/Subtype/Widget/Rect[0 0 9 9]>>", head);
        break;
    case 1:
        snprintf(to, TEXT, "<<%s/FT/Sig%s>>", head, draw(8) == 0 ? values[draw(4)] : "/V null");
        break;
    case 2: {
        uint32_t kid = reserve(f);
        snprintf(to, TEXT, "<<%s/FT/Sig/Kids[%" PRIu32 " 0 R]>>", head, kid);
        snprintf(f->texts[kid - FIRST], TEXT,
                 "<</Parent %" PRIu32 " 0 R/Subtype/Widget/Rect[1 2 3.50 4]>>", id);
        break;
    }
    case 3:
        snprintf(to, TEXT, "<<%s%s/Rect[0 0 0 0]/F 4>>", head, draw(2) ? "/FT/Sig" : "");
        break;
    default:
        snprintf(to, TEXT, "<<%s/FT/Sig/Subtype/Widget/Rect[0 0 9 9]%s>>", head,
                 draw(3) == 0 ? locks[draw(3)] : "");
        break;
    }
}

/* The node `id` and what is below it. */
static void add_node(form *f, uint32_t id, uint32_t parent, unsigned depth)
{
    char head[128];
    char kids[256] = "";
    size_t n = 0;
    f->left--;
    n = (size_t)snprintf(head, sizeof head, "/T%s", partial[draw(6)]);
    if (parent) {
        snprintf(head + n, sizeof head - n, "/Parent %" PRIu32 " 0 R", parent);
    }
    if (depth > 3 || draw(3) > 0) {
        add_leaf(f, id, head);
        return;
    }
    n = 0;
    for (unsigned i = draw(4); i > 0 && f->left > 0; i--) {
        uint32_t kid = reserve(f);
        add_node(f, kid, id, depth + 1);
        n += (size_t)snprintf(kids + n, sizeof kids - n, "%" PRIu32 " 0 R ", kid);
    }
    uint32_t list = draw(2) ? reserve(f) : 0;
    const char *type = draw(3) == 0 ? "/FT/Sig" : "";
    if (list) {
        snprintf(f->texts[list - FIRST], TEXT, "[ %s]", kids);
        snprintf(f->texts[id - FIRST], TEXT, "<<%s%s/Kids %" PRIu32 " 0 R>>", head, type, list);
    } else {
        snprintf(f->texts[id - FIRST], TEXT, "<<%s%s/Kids[%s]>>", head, type, kids);
    }
}

static void make_form(form *f)
{
    size_t n = 0;
    *f = (form){.left = 1 + draw(NODES)};
    while (f->left > 0) {
        uint32_t id = reserve(f);
        add_node(f, id, 0, 0);
        n += (size_t)snprintf(f->top + n, sizeof f->top - n, "%" PRIu32 " 0 R ", id);
    }
}

static void build(builder *b, const form *f)
{
    bool packed = draw(2) == 0;
    uint32_t ids[64];
    const char *texts[64];
    builder_start(b, "1.7");
    builder_object(b, 1, 0, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[%s]>>>>", f->top);
    builder_object(b, 2, 0, "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>");
    builder_object(b, 3, 0, "<</Type/Page/Parent 2 0 R>>");
    for (size_t i = 0; i < f->n; i++) {
        ids[i] = FIRST + (uint32_t)i;
        texts[i] = f->texts[i];
        if (!packed) {
            builder_object(b, ids[i], 0, "%s", texts[i]);
        }
    }
    if (packed) {
        builder_objstm(b, 90, ids, texts, f->n);
        builder_stream(b, 91, 100, "/ID[<00><01>]");
    } else {
        builder_table(b, 100, "/ID[<00><01>]");
    }
}

/* Names to be tried. */
typedef struct wishes {
    char *names[NAMES];
    size_t n;
} wishes;

static void wish(wishes *w, const char *name, const char *more)
{
    char text[1024];
    snprintf(text, sizeof text, "%s%s", name, more);
    if (w->n < NAMES) {
        w->names[w->n++] = mem_strdup(text);
    }
}

static void make_wishes(wishes *w, opened *o)
{
    AUTO_VAL(pdf_field_tree) tree = {.read = NULL};
    *w = (wishes){.n = 0};
    assert_int_equal(pdf_field_tree_read(o->f, &tree, NULL), PADES_OK);
    wish(w, "new", "");
    wish(w, "new.deep.er", "");
    for (size_t i = 0; i < tree.fields.n; i++) {
        wish(w, tree.fields.items[i].name, draw(4) ? "" : ".new");
    }
    for (size_t i = 0; i < tree.groups.n; i++) {
        wish(w, tree.groups.items[i].name, draw(4) ? ".new.er" : "");
    }
}

static void assert_agreed(opened *o, const pdf_seal *seal)
{
    AUTO(pades_error) *e = NULL;
    pdf_second_result result;
    if (pdf_second_check(o->f, seal->touched, seal->touched_n, &result, &e) != PADES_OK) {
        fail_msg("%s", pades_error_message(e));
    }
}

static const pdf_field *find(const pdf_fields *fields, uint32_t id)
{
    for (size_t i = 0; i < fields->n; i++) {
        if (fields->items[i].ref.id == id) {
            return &fields->items[i];
        }
    }
    return NULL;
}

static void assert_value(opened *after, const pdf_field *field, const char *name)
{
    AUTO_VAL(pdf_signature) value = {.contents = BUF(0)};
    assert_string_equal(field->name, name);
    assert_int_equal(pdf_signature_read(after->f, field, after->pool, &value, NULL), PADES_OK);
    assert_true(value.byte_range_ok);
}

/* Fields before and after: what was there is there, and one more has a value. */
static void assert_fields(opened *before, opened *after, const char *name)
{
    size_t signed_now = 0, kept = 0;
    AUTO_VAL(pdf_fields) old = {NULL, 0, 0};
    AUTO_VAL(pdf_fields) new = {NULL, 0, 0};
    assert_int_equal(pdf_fields_read(before->f, &old, NULL), PADES_OK);
    assert_int_equal(pdf_fields_read(after->f, &new, NULL), PADES_OK);
    for (size_t i = 0; i < new.n; i++) {
        const pdf_field *field = &new.items[i];
        const pdf_field *was = find(&old, field->ref.id);
        kept += was != NULL;
        if (was) {
            assert_string_equal(was->name, field->name);
            assert_string_equal(was->type, field->type);
            assert_true(field->has_value || !was->has_value);
        }
        if (field->has_value && !(was && was->has_value)) {
            signed_now++;
            assert_value(after, field, name);
        }
    }
    /* a group without kids was a field by itself, until it got one */
    assert_true(kept == old.n || kept + 1 == old.n);
    assert_int_equal(signed_now, 1);
}

static bool is_expected(pades_status status)
{
    return status == PADES_FIELD_EXISTS || status == PADES_DOC_UNSUPPORTED ||
           status == PADES_DOC_NOT_PERMITTED || status == PADES_INVALID_ARGUMENT;
}

static bool seal_one(builder *b, opened *before, const char *name)
{
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(pdf_seal) seal = {.hole = 0};
    char locked[] = "b";
    char *names[] = {locked};
    const pdf_lock lock = {.action = PDF_LOCK_INCLUDE, .names = names, .n = 1};
    const pdf_seal_plan plan = {.field = name,
                                .sub_filter = "ETSI.CAdES.detached",
                                .time = 1795341600,
                                .contents_bytes = 64,
                                .allow_gaps = true,
                                .certification = draw(3) ? 0 : 1 + (int)draw(3),
                                .lock = draw(4) ? NULL : &lock};
    pades_status status = pdf_seal_build(before->f, &plan, &seal, &e);
    if (status != PADES_OK) {
        if (!is_expected(status) || !pades_error_hint(e)) {
            fail_msg("'%s': %s: %s", name, pades_status_name(status), pades_error_message(e));
        }
        return false;
    }
    opened after;
    assert_int_equal(pdf_seal_fill(&seal, span_str("0"), NULL), PADES_OK);
    opened_open(&after, buf_span(&b->out), buf_span(&seal.revision));
    assert_memory_equal(after.bytes, b->out.p, b->out.n);
    assert_agreed(before, &seal);
    assert_agreed(&after, &seal);
    assert_fields(before, &after, seal.field);
    opened_free(&after);
    return true;
}

static void fields_of_random_forms(void **state)
{
    (void)state;
    size_t sealed = 0, refused = 0;
    for (uint64_t seed = 1; seed <= FORMS; seed++) {
        static form f;
        builder b;
        opened o;
        wishes w;
        random_state = seed * 0x9E3779B97F4A7C15u;
        make_form(&f);
        build(&b, &f);
        opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
        make_wishes(&w, &o);
        for (size_t i = 0; i < w.n; i++) {
            bool done = seal_one(&b, &o, w.names[i]);
            sealed += done;
            refused += !done;
            mem_free(w.names[i]);
        }
        opened_free(&o);
        builder_free(&b);
    }
    print_message("%zu sealed, %zu refused\n", sealed, refused);
    assert_true(sealed > FORMS && refused > FORMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fields_of_random_forms)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
