/* Each allocation of ours fails in turn while a document is looked at: an error, or an answer that
 * is the whole one. */
#include "sign/doc_bench.h"

#include "base/mem.h"

static long calls, fail_at = -1;

static bool now_fails(void)
{
    return calls++ == fail_at;
}

void *__real_mem_alloc(size_t n);
void *__real_mem_resize(void *p, size_t n);
void *__real_mem_array(size_t count, size_t size);
bool __real_mem_grow(void **items, size_t n, size_t *cap, size_t size);
void *__wrap_mem_alloc(size_t n);
void *__wrap_mem_resize(void *p, size_t n);
void *__wrap_mem_array(size_t count, size_t size);
bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size);

void *__wrap_mem_alloc(size_t n)
{
    return now_fails() ? NULL : __real_mem_alloc(n);
}

void *__wrap_mem_resize(void *p, size_t n)
{
    return now_fails() ? NULL : __real_mem_resize(p, n);
}

void *__wrap_mem_array(size_t count, size_t size)
{
    return now_fails() ? NULL : __real_mem_array(count, size);
}

bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size)
{
    return now_fails() ? false : __real_mem_grow(items, n, cap, size);
}

/* Every text and number that a caller can get, in one. */
static void tell(const pades_doc *doc, buf *out)
{
    const char *warning = NULL;
    const pades_change_info *change = NULL;
    const pades_seed_info *seed = NULL;
    for (size_t i = 0; (warning = pades_doc_get_warning(doc, i)) != NULL; i++) {
        buf_addf(out, "%s\n", warning);
    }
    for (size_t i = 0; pades_doc_get_revision(doc, i); i++) {
        const char *keys = pades_doc_get_revision(doc, i)->catalog;
        buf_addf(out, "%s\n", keys ? keys : "");
        for (size_t k = 0; (change = pades_doc_get_change(doc, i, k)) != NULL; k++) {
            buf_addf(out, "%s %s\n", change->change, change->kind ? change->kind : "");
        }
    }
    for (size_t k = 0; (seed = pades_doc_get_seed(doc, 0, k)) != NULL; k++) {
        buf_addf(out, "%s %s\n", seed->name, seed->value);
    }
    const pades_facts_info *facts = pades_doc_get_facts(doc);
    buf_addf(out, "%s %zu\n", facts->extensions, facts->embedded_files);
    for (size_t i = 0; pades_doc_get_field(doc, i); i++) {
        const pades_field_info *field = pades_doc_get_field(doc, i);
        buf_addf(out, "%s %zu %d\n", field->widget, field->page, field->has_lock);
    }
    for (size_t i = 0; pades_doc_get_signature(doc, i); i++) {
        const pades_signature_info *s = pades_doc_get_signature(doc, i);
        buf_addf(out, "%s %s %s %zu %zu %zu\n", s->field, s->signer ? s->signer : "",
                 s->digest ? s->digest : "", s->attributes, s->certificates, s->references);
    }
}

static int drop(void *user, const void *data, size_t n)
{
    (void)user, (void)data, (void)n;
    return 0;
}

static pades_status parts(pades_doc *doc, pades_error **e)
{
    static const pades_part all[] = {PADES_PART_REVISION, PADES_PART_SIGNED_BYTES, PADES_PART_CMS,
                                     PADES_PART_CERTIFICATE, PADES_PART_SIGNATURE_VALUE};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        TRY(pades_doc_write_part(doc, 0, all[i], 0, drop, NULL, e));
    }
    return PADES_OK;
}

static pades_status look_once(bench *b, long n, buf *out)
{
    pades_doc *doc = NULL;
    pades_error *e = NULL;
    calls = 0;
    fail_at = n;
    pades_status status = pades_doc_open(b->ctx, b->source, &doc, &e);
    if (status == PADES_OK) {
        fail_at = -1; /* telling needs memory too */
        tell(doc, out);
        fail_at = n;
        status = parts(doc, &e);
    }
    fail_at = -1;
    assert_true(status == PADES_OK || status == PADES_NO_MEMORY);
    pades_error_free(e);
    pades_doc_free(doc);
    return status;
}

static void doc_without_memory_is_an_error_or_whole(void **state)
{
    bench *b = *state;
    AUTO_VAL(buf) whole = BUF(1 << 20);
    build(b, &(builder_plan){
                 .version = "1.7",
                 .catalog = "/AcroForm<</Fields[4 0 R]>>/Extensions<</A<</ExtensionLevel 1>>>>"
                            "/Names<</EmbeddedFiles<</Kids[5 0 R]>>>>",
                 .page = "/Annots[4 0 R]",
                 .more = {"<</T(a)/FT/Sig/Subtype/Widget/Rect[0 0 1 1]/Lock<</Action/All>>"
                          "/SV<</Reasons[(a)(b)]/Cert<</SubjectDN[<</CN(x)>>]>>>>>>",
                          "<</Names[(a)1]>>"}});
    seal(b, "one");
    look(b);
    assert_int_equal(look_once(b, -1, &whole), PADES_OK);
    pades_status status = PADES_NO_MEMORY;
    long n = 0, last = calls, failed = 0;
    for (; n < last; n++) {
        AUTO_VAL(buf) told = BUF(1 << 20);
        status = look_once(b, n, &told);
        failed += status != PADES_OK;
        if (status == PADES_OK) {
            assert_int_equal(told.n, whole.n);
            assert_memory_equal(told.p, whole.p, whole.n);
        }
    }
    print_message("%ld allocations, %ld failures\n", last, failed);
    assert_true(failed > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOC_TEST(doc_without_memory_is_an_error_or_whole),
    };
    return cmocka_run_group_tests_name("sign_doc_memory", tests, NULL, NULL);
}
