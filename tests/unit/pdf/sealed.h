/* A document of builder.h, sealed, and looked at with both readers. */
#ifndef UNIT_PDF_SEALED_H
#define UNIT_PDF_SEALED_H

#include "base/fail.h"
#include "base/mem.h"
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

static const uint8_t cms[] = {0x30, 0x03, 0x02, 0x01, 0xAB};

static const pdf_seal_plan usual = {.sub_filter = "ETSI.CAdES.detached",
                                    .time = 1795341600,
                                    .utc_offset = 3600,
                                    .contents_bytes = 64};

typedef struct sealed {
    builder b;
    opened before, after;
    pdf_seal seal;
    bool is_old; /* the field was there, with or without a page */
} sealed;

static UNUSED pades_status try_seal(sealed *s, const pdf_seal_plan *plan, pades_error **e)
{
    opened_open(&s->before, buf_span(&s->b.out), span_of(NULL, 0));
    TRY(pdf_seal_build(s->before.f, plan, &s->seal, e));
    return pdf_seal_fill(&s->seal, span_of(cms, sizeof cms), e);
}

/* Both readers must see one document. */
static UNUSED void assert_agreed(opened *o, const pdf_ref *refs, size_t n)
{
    AUTO(pades_error) *e = NULL;
    pdf_second_result result;
    if (pdf_second_check(o->f, refs, n, &result, &e) != PADES_OK) {
        fail_msg("%s", pades_error_message(e));
    }
    assert_int_equal(result, PDF_SECOND_AGREES);
}

static UNUSED void assert_gap(sealed *s, const pdf_signature *found)
{
    const pdf_seal *seal = &s->seal;
    assert_true(found->byte_range_ok);
    assert_memory_equal(found->byte_range, seal->byte_range, sizeof seal->byte_range);
    assert_int_equal(found->byte_range[1], s->before.n + seal->hole);
    assert_int_equal(found->byte_range[2], s->before.n + seal->hole + seal->hole_n);
    assert_int_equal(found->byte_range[2] + found->byte_range[3], s->after.n);
    assert_int_equal(found->contents.n, (seal->hole_n - 2) / 2);
    assert_memory_equal(found->contents.p, cms, sizeof cms);
    for (size_t i = sizeof cms; i < found->contents.n; i++) {
        assert_int_equal(found->contents.p[i], 0);
    }
}

static UNUSED const pdf_field *find_field(const pdf_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->n; i++) {
        if (strcmp(fields->items[i].name, name) == 0) {
            return &fields->items[i];
        }
    }
    fail_msg("no field '%s'", name);
    return NULL;
}

/* The field leads to its signature. */
static UNUSED pdf_ref assert_value(sealed *s)
{
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    AUTO_VAL(pdf_signature) found = {.contents = BUF(0)};
    assert_int_equal(pdf_fields_read(s->after.f, &fields, NULL), PADES_OK);
    const pdf_field *field = find_field(&fields, s->seal.field);
    assert_string_equal(field->type, "Sig");
    assert_int_equal(pdf_signature_read(s->after.f, field, s->after.pool, &found, NULL), PADES_OK);
    assert_gap(s, &found);
    const pdf_ref refs[] = {field->ref, field->value};
    assert_agreed(&s->after, refs, ARRAY_LEN(refs));
    return field->ref;
}

/* The page of a new field lists it once, and the page's other entries stay. */
static UNUSED void assert_listed(sealed *s, pdf_ref ref)
{
    pdf_ref page;
    const pdf_obj *widget = NULL;
    assert_int_equal(pdf_file_load(s->after.f, ref, s->after.pool, &widget, NULL, NULL), PADES_OK);
    assert_true(pdf_get_ref(pdf_dict_get(widget, "P"), &page));
    const pdf_obj *annots = NULL;
    const pdf_obj *obj = NULL;
    assert_int_equal(pdf_file_load(s->after.f, page, s->after.pool, &obj, NULL, NULL), PADES_OK);
    assert_int_equal(pdf_file_resolve(s->after.f, pdf_dict_get(obj, "Annots"), s->after.pool,
                                      &annots, NULL, NULL),
                     PADES_OK);
    size_t listed = 0;
    for (size_t i = 0; i < annots->u.array.n; i++) {
        pdf_ref item;
        listed += pdf_get_ref(annots->u.array.items[i], &item) && item.id == ref.id;
    }
    assert_int_equal(listed, 1);
}

static UNUSED void assert_sealed(sealed *s)
{
    pdf_ref field;
    int64_t flags = 0;
    opened_open(&s->after, buf_span(&s->b.out), buf_span(&s->seal.revision));
    assert_memory_equal(s->after.bytes, s->b.out.p, s->b.out.n);
    assert_true(pdf_get_int(opened_path(&s->after, "Root.AcroForm.SigFlags", NULL), &flags));
    assert_int_equal(flags & 3, 3);
    assert_agreed(&s->before, s->seal.touched, s->seal.touched_n);
    assert_agreed(&s->after, s->seal.touched, s->seal.touched_n);
    field = assert_value(s);
    if (!s->is_old) {
        assert_listed(s, field);
    }
}

static UNUSED void assert_refused(const builder_plan *document, const pdf_seal_plan *plan,
                                  pades_status expected)
{
    AUTO(pades_error) *e = NULL;
    sealed s = {.seal = {.hole = 12345}};
    builder_document(&s.b, document);
    opened_open(&s.before, buf_span(&s.b.out), span_of(NULL, 0));
    pades_status status = pdf_seal_build(s.before.f, plan, &s.seal, &e);
    if (status != expected || pades_error_status(e) != expected) {
        fail_msg("%s: %s", document->catalog ? document->catalog : document->page,
                 pades_error_message(e));
    }
    assert_int_equal(s.seal.hole, 12345);
    opened_free(&s.before);
    builder_free(&s.b);
}

static UNUSED void seal_with(sealed *s, const builder_plan *document, const pdf_seal_plan *plan)
{
    AUTO(pades_error) *e = NULL;
    *s = (sealed){.seal = {.hole = 0}};
    builder_document(&s->b, document);
    if (try_seal(s, plan, &e) != PADES_OK) {
        fail_msg("%s", pades_error_message(e));
    }
    assert_sealed(s);
}

static UNUSED void sealed_free(sealed *s)
{
    pdf_seal_free(&s->seal);
    opened_free(&s->before);
    opened_free(&s->after);
    builder_free(&s->b);
}

static UNUSED bool wrote(const sealed *s, uint32_t id)
{
    char head[32];
    int n = snprintf(head, sizeof head, "\n%" PRIu32 " 0 obj\n", id);
    span all = buf_span(&s->seal.revision);
    return span_find(all, span_of(head, (size_t)n), 0) != SIZE_MAX ||
           (all.n > (size_t)n && memcmp(all.p, head + 1, (size_t)n - 1) == 0);
}

static UNUSED bool has(const sealed *s, const char *text)
{
    return span_find(buf_span(&s->seal.revision), span_str(text), 0) != SIZE_MAX;
}

#endif
