/* Encrypted documents. The vectors are made at test time by qpdf, which is not our code: what it
 * encrypted is read, and what is written is read by it in the property tests and by tests/cli. */
#include "base/fail.h"
#include "pdf/builder.h"
#include "pdf/crypt_cipher.h"
#include "pdf/crypt_impl.h"
#include "pdf/second.h"
#include "unit.h"

#include <stdlib.h>

/* One encrypted document, opened with a password. */
typedef struct locked {
    pades_ctx *ctx;
    pades_source *source;
    pdf_file *f;
    pdf_pool *pool;
} locked;

static void locked_open(locked *l, span bytes, const char *password)
{
    pades_error *e = NULL;
    *l = (locked){NULL, NULL, NULL, NULL};
    assert_ok(pades_ctx_new(&l->ctx, &e), e);
    assert_ok(pades_source_new_memory(bytes.p, bytes.n, &l->source, &e), e);
    assert_ok(pades_source_set_password(l->source, password, password ? strlen(password) : 0, &e),
              e);
    assert_ok(pdf_file_open(l->ctx, l->source, &l->f, &e), e);
    assert_ok(pdf_pool_new(16 << 20, &l->pool, &e), e);
}

static void locked_free(locked *l)
{
    pdf_pool_free(l->pool);
    pdf_file_free(l->f);
    pades_source_free(l->source);
    pades_ctx_free(l->ctx);
}

static pades_status check_of(span bytes, const char *password, pades_error **e)
{
    AUTO_VAL(locked) l;
    locked_open(&l, bytes, password);
    return pdf_crypt_check(l.f, e);
}

static void write_file(const char *path, span bytes)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
    assert_int_equal(fclose(f), 0);
}

static void read_whole(const char *path, buf *out)
{
    uint8_t part[4096];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    for (size_t n = fread(part, 1, sizeof part, f); n > 0; n = fread(part, 1, sizeof part, f)) {
        buf_add(out, part, n);
    }
    fclose(f);
    assert_true(buf_ok(out) && out->n > 0);
}

static const char title_text[] = "a title with (brackets) and \xE4";

static void plain_document(builder *b)
{
    builder_document(b,
                     &(builder_plan){.catalog = "/AcroForm<</Fields[4 0 R]/DA(/F 0 Tf)/Untyped<<"
                                                "/ByteRange[0 1 2 3]/Contents<0001FF>/Reason(why)"
                                                ">>>>",
                                     .page = "/Annots[4 0 R]",
                                     .more = {"<</FT/Tx/T(name)/V(a value)/Type/Annot/Subtype"
                                              "/Widget/Rect[0 0 9 9]/P 3 0 R>>",
                                              "<</Title(a title with \\(brackets\\) and \\344)>>"},
                                     .trailer = "/ID[<00><01>]/Info 5 0 R",
                                     .size = 6});
}

/* The document, encrypted by qpdf with these arguments. */
static void qpdf_encrypts(const char *arguments, buf *out)
{
    char dir[] = "/tmp/pades-crypt-XXXXXX";
    char command[1024];
    char path[64];
    AUTO_VAL(builder) b;
    plain_document(&b);
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/in.pdf", dir);
    write_file(path, buf_span(&b.out));
    snprintf(
        command, sizeof command,
        "qpdf --allow-weak-crypto %s -- %s/in.pdf %s/out.pdf 2>%s/log; r=$?; [ $r = 0 ] || cat "
        "%s/log >&2; exit $r",
        arguments, dir, dir, dir, dir);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s/out.pdf", dir);
    read_whole(path, out);
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

/* Follows "Root.AcroForm.DA" from the trailer. */
static span text_at(locked *l, const char *path)
{
    opened o = {.f = l->f, .pool = l->pool};
    const pdf_obj *found = opened_path(&o, path, NULL);
    return pdf_is(found, PDF_STRING) ? found->u.text : span_of(NULL, 0);
}

static void assert_reads(span bytes, const char *password, pdf_crypt_access access)
{
    AUTO_VAL(locked) l;
    pades_error *e = NULL;
    pdf_second_result second = PDF_SECOND_NOT_ASKED_SOURCE;
    locked_open(&l, bytes, password);
    assert_ok(pdf_crypt_check(l.f, &e), e);
    assert_int_equal(pdf_crypt_get_info(l.f)->access, access);
    assert_true(span_is(text_at(&l, "Info.Title"), title_text));
    assert_true(span_is(text_at(&l, "Root.AcroForm.DA"), "/F 0 Tf"));
    assert_true(span_is(text_at(&l, "Root.AcroForm.Fields.0.T"), "name"));
    assert_true(span_is(text_at(&l, "Root.AcroForm.Fields.0.V"), "a value"));
    const pdf_ref info = {pdf_dict_get(pdf_file_trailer(l.f), "Info")->u.ref.id, 0};
    assert_ok(pdf_second_check(l.f, &info, 1, &second, &e), e);
    assert_int_equal(second, PDF_SECOND_AGREES);
}

/* clause: ISO32000-1#7.6.1 the dictionary; #7.6.2 algorithm 1; #7.6.3 the standard handler */
/* clause: ISO32000-1#7.6.3.3 algorithm 2; #7.6.3.4 algorithms 3 to 7; #7.6.3.1; #7.6.5 */
/* clause: ISO32000-2#7.6.4.3.3 algorithm 2.A; #7.6.4.3.4 algorithm 2.B; #7.6.4.2; #7.6.3.3 */
static void crypt_reads_what_qpdf_encrypted(void **state)
{
    (void)state;
    static const char *const kinds[] = {"40 --",
                                        "128 --use-aes=n --",
                                        "128 --use-aes=y --",
                                        "128 --force-V4 --",
                                        "128 --use-aes=y --cleartext-metadata --",
                                        "256 --",
                                        "256 --cleartext-metadata --",
                                        "256 --force-R5 --"};
    static const char *const layouts[] = {"disable", "generate"};
    for (size_t i = 0; i < 2 * ARRAY_LEN(kinds); i++) {
        char arguments[256];
        pades_error *e = NULL;
        AUTO_VAL(buf) open = BUF(1 << 20);
        AUTO_VAL(buf) closed = BUF(1 << 20);
        snprintf(arguments, sizeof arguments, "--object-streams=%s --encrypt '' owner %s",
                 layouts[i % 2], kinds[i / 2]);
        qpdf_encrypts(arguments, &open);
        assert_reads(buf_span(&open), NULL, PDF_CRYPT_USER);
        assert_reads(buf_span(&open), "owner", PDF_CRYPT_OWNER);
        assert_fails(check_of(buf_span(&open), "another", &e), PADES_DOC_PASSWORD, e);
        snprintf(arguments, sizeof arguments, "--object-streams=%s --encrypt user owner %s",
                 layouts[i % 2], kinds[i / 2]);
        qpdf_encrypts(arguments, &closed);
        assert_reads(buf_span(&closed), "user", PDF_CRYPT_USER);
        assert_reads(buf_span(&closed), "owner", PDF_CRYPT_OWNER);
        assert_fails(check_of(buf_span(&closed), NULL, &e), PADES_DOC_ENCRYPTED, e);
        assert_fails(check_of(buf_span(&closed), "User", &e), PADES_DOC_PASSWORD, e);
    }
}

/* clause: ISO32000-1#7.6.3.3 passwords are PDFDocEncoding up to revision 4 */
static void crypt_takes_passwords_as_typed(void **state)
{
    (void)state;
    AUTO_VAL(buf) old = BUF(1 << 20);
    AUTO_VAL(buf) now = BUF(1 << 20);
    pades_error *e = NULL;
    qpdf_encrypts("--password-mode=bytes --encrypt \"$(printf 'gr\\374\\337e\\240')\" x 128 "
                  "--use-aes=y --",
                  &old);
    assert_reads(buf_span(&old),
                 "gr\xC3\xBC\xC3\x9F"
                 "e\xE2\x82\xAC",
                 PDF_CRYPT_USER);
    assert_reads(buf_span(&old),
                 "gr\xFC\xDF"
                 "e\xA0",
                 PDF_CRYPT_USER);
    qpdf_encrypts("--password-mode=unicode --encrypt 'grüße x' owner 256 --", &now);
    assert_reads(buf_span(&now), "grüße x", PDF_CRYPT_USER);
    assert_reads(buf_span(&now), "grü\xC2\xADße\xC2\xA0x", PDF_CRYPT_USER); /* mapped */
    assert_fails(check_of(buf_span(&now),
                          "gr\xFC\xDF"
                          "e x",
                          &e),
                 PADES_DOC_PASSWORD, e);
}

/* clause: ISO32000-1#12.8.1 a signature dictionary without /Type */
static void crypt_agrees_about_signatures_of_no_type(void **state)
{
    (void)state;
    AUTO_VAL(locked) l;
    AUTO_VAL(buf) file = BUF(1 << 20);
    pades_error *e = NULL;
    pdf_second_result second = PDF_SECOND_NOT_ASKED_SOURCE;
    qpdf_encrypts("--encrypt '' owner 128 --use-aes=y --", &file);
    locked_open(&l, buf_span(&file), NULL);
    assert_int_equal(text_at(&l, "Root.AcroForm.Untyped.Contents").n % 16, 0); /* as it stands */
    assert_true(span_is(text_at(&l, "Root.AcroForm.Untyped.Reason"), "why"));
    const pdf_ref root = pdf_dict_get(pdf_file_trailer(l.f), "Root")->u.ref;
    assert_ok(pdf_second_check(l.f, &root, 1, &second, &e), e);
    assert_int_equal(second, PDF_SECOND_AGREES);
}

static void crypt_gives_nothing_out_while_locked(void **state)
{
    (void)state;
    AUTO_VAL(locked) l;
    AUTO_VAL(buf) file = BUF(1 << 20);
    AUTO_VAL(buf) out = BUF(1 << 20);
    pades_error *e = NULL;
    const pdf_obj *o = NULL;
    qpdf_encrypts("--encrypt user owner 256 --", &file);
    locked_open(&l, buf_span(&file), NULL);
    const pdf_obj *root = pdf_dict_get(pdf_file_trailer(l.f), "Root");
    assert_fails(pdf_file_resolve(l.f, root, l.pool, &o, NULL, &e), PADES_DOC_ENCRYPTED, e);
    assert_fails(crypt_write_object(l.f, (pdf_ref){9, 0}, span_str("(a)"), &out, &e),
                 PADES_DOC_ENCRYPTED, e);
    assert_fails(pdf_crypt_allow_signature(l.f, true, &e), PADES_DOC_ENCRYPTED, e);
    assert_null(o);
    const pdf_crypt_info *info = pdf_crypt_get_info(l.f);
    assert_true(span_is(info->handler, "Standard") && info->version == 5 && info->revision == 6);
    assert_true(info->key_bits == 256 && strcmp(info->streams, "AESV3") == 0);
    assert_int_equal(info->access, PDF_CRYPT_LOCKED);
    assert_null(pdf_crypt_password(l.f));
}

static pades_status allowed(span file, const char *password, bool creates, pades_error **e)
{
    AUTO_VAL(locked) l;
    locked_open(&l, file, password);
    return pdf_crypt_allow_signature(l.f, creates, e);
}

/* clause: ISO32000-1#7.6.3.1 an owner password that is empty gives nobody the owner's rights */
static void crypt_opens_with_an_empty_owner_password_as_user(void **state)
{
    (void)state;
    static const char *const kinds[] = {"256 --allow-insecure --modify=none --",
                                        "256 --allow-insecure --force-R5 --modify=none --"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        char arguments[256];
        AUTO_VAL(buf) file = BUF(1 << 20);
        pades_error *e = NULL;
        snprintf(arguments, sizeof arguments, "--encrypt user '' %s", kinds[i]);
        qpdf_encrypts(arguments, &file);
        assert_reads(buf_span(&file), NULL, PDF_CRYPT_USER);
        assert_reads(buf_span(&file), "user", PDF_CRYPT_USER);
        assert_fails(allowed(buf_span(&file), NULL, true, &e), PADES_DOC_NOT_PERMITTED, e);
    }
}

/* clause: ISO32000-1#7.6.3.2 table 22: bits 4, 6 and 9 */
static void crypt_permits_by_bits(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        pades_status creates, fills;
        const char *bit;
    } cases[] = {
        {"256 --modify=all --", PADES_OK, PADES_OK, ""},
        {"256 --modify=annotate --", PADES_DOC_NOT_PERMITTED, PADES_OK, "bit 4 is"},
        {"256 --modify=form --", PADES_DOC_NOT_PERMITTED, PADES_OK, "bits 4 and 6"},
        {"256 --modify=none --", PADES_DOC_NOT_PERMITTED, PADES_DOC_NOT_PERMITTED, "bits 4 and 6"},
        {"128 --use-aes=n --annotate=n --", PADES_DOC_NOT_PERMITTED, PADES_OK, "bit 6 is"},
        {"40 --annotate=n --", PADES_DOC_NOT_PERMITTED, PADES_DOC_NOT_PERMITTED, "bit 6 is"},
        {"40 --modify=n --", PADES_DOC_NOT_PERMITTED, PADES_OK, "bit 4 is"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(pades_error) *e = NULL;
        AUTO_VAL(buf) file = BUF(1 << 20);
        char arguments[256];
        snprintf(arguments, sizeof arguments, "--encrypt '' owner %s", cases[i].kind);
        qpdf_encrypts(arguments, &file);
        assert_int_equal(allowed(buf_span(&file), NULL, true, &e), cases[i].creates);
        assert_non_null(strstr(pades_error_message(e), cases[i].creates ? cases[i].bit : ""));
        assert_true(cases[i].creates == PADES_OK || pades_error_clause(e));
        assert_int_equal(allowed(buf_span(&file), NULL, false, NULL), cases[i].fills);
        assert_int_equal(allowed(buf_span(&file), "owner", true, NULL), PADES_OK);
        assert_int_equal(allowed(buf_span(&file), "owner", false, NULL), PADES_OK);
    }
}

/* The n bytes behind the first `key` of a file, changed by `flip`. */
static void change_behind(buf *file, const char *key, size_t skip, uint8_t flip)
{
    size_t at = span_find(buf_span(file), span_str(key), 0);
    assert_true(at != SIZE_MAX);
    file->p[at + strlen(key) + skip] ^= flip;
}

/* clause: ISO32000-2#7.6.4.4.10 /Perms must say what /P says */
static void crypt_notices_changed_permissions(void **state)
{
    (void)state;
    pades_error *e = NULL;
    AUTO_VAL(buf) file = BUF(1 << 20);
    qpdf_encrypts("--encrypt '' owner 256 --modify=none --", &file);
    change_behind(&file, "/P -", 0, 1); /* another digit */
    assert_fails(check_of(buf_span(&file), NULL, &e), PADES_DOC_DAMAGED, e);
    change_behind(&file, "/P -", 0, 1);
    assert_ok(check_of(buf_span(&file), NULL, &e), e);
    change_behind(&file, "/UE ", 2, 1); /* another key */
    assert_int_not_equal(check_of(buf_span(&file), NULL, NULL), PADES_OK);
}

/* clause: ISO32000-1#7.6.4 public-key handlers */
static void crypt_refuses_by_name(void **state)
{
    (void)state;
    static const char o[] = "/O<00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff>"
                            "/U<00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff>";
    static const struct {
        const char *encrypt, *says;
        pades_status status;
    } cases[] = {
        {"/Filter/Adobe.PubSec/V 4/SubFilter/adbe.pkcs7.s5", "Adobe.PubSec", PADES_DOC_UNSUPPORTED},
        {"/Filter/Some#20Other/V 1", "Some Other", PADES_DOC_UNSUPPORTED},
        {"/Filter/Standard/V 6/R 7", "AESV4", PADES_DOC_UNSUPPORTED},
        {"/Filter/Standard/V 5/R 6/KDFSalt<00>", "ISO/TS 32004", PADES_DOC_UNSUPPORTED},
        {"/Filter/Standard/V 3/R 3", "/V 3", PADES_DOC_UNSUPPORTED},
        {"/Filter/Standard/V 0/R 2", "/V 0", PADES_DOC_UNSUPPORTED},
        {"/Filter/Standard/V 4/R 3", "/V 4", PADES_DOC_UNSUPPORTED},
        {"/Filter/Standard/V 4/R 4/CF<</A<</CFM/AESV4>>>>/StmF/A", "AESV4", PADES_DOC_UNSUPPORTED},
        {"/Filter/Standard/V 4/R 4/CF<</A<</CFM/None>>>>/StrF/A", "None", PADES_DOC_UNSUPPORTED},
        {"/Filter/Standard/V 4/R 4/CF<</A<</CFM/AESV3>>>>/StrF/A", "AESV3", PADES_DOC_UNSUPPORTED},
        {"/Filter/Standard/V 5/R 5/CF<</A<</CFM/V2>>>>/StrF/A", "V2", PADES_DOC_UNSUPPORTED},
        {"/Filter/Standard/V 4/R 4/CF<</A<</CFM/V2/Length 5>>>>/StrF/A", "V2",
         PADES_DOC_UNSUPPORTED},
        {"/Filter/Standard/V 4/R 4/StmF/Gone", "crypt filter", PADES_DOC_DAMAGED},
        {"/Filter/Standard/V 2/R 3/Length 39", "/Length", PADES_DOC_DAMAGED},
        {"/Filter/Standard/V 2/R 3/Length 136", "/Length", PADES_DOC_DAMAGED},
        {"/Filter/Standard/V 1/R 2/P 4294967296", "/P", PADES_DOC_DAMAGED},
        {"/Filter/Standard/V 1/R 2/P 1/P 1", "twice", PADES_DOC_DAMAGED},
        {"/Filter/Standard/V 1/R 2/O(short)", "O", PADES_DOC_DAMAGED},
        {"/Filter/Standard/V 5/R 6", "O", PADES_DOC_DAMAGED},
        {"/V 1/R 2", "/Filter", PADES_DOC_DAMAGED},
        {"/Filter/Standard/V 1/R 2", "password", PADES_DOC_ENCRYPTED},
        {"/Filter/Standard/V 2/R 3/Length 128", "password", PADES_DOC_ENCRYPTED}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_VAL(builder) b;
        AUTO(pades_error) *e = NULL;
        char trailer[1024];
        bool own = strstr(cases[i].encrypt, "/O(") != NULL;
        snprintf(trailer, sizeof trailer, "/ID[<00><01>]/Encrypt<<%s%s%s>>", cases[i].encrypt,
                 own ? "" : o, strstr(cases[i].encrypt, "/P") ? "" : "/P -4");
        builder_document(&b, &(builder_plan){.trailer = trailer});
        assert_int_equal(check_of(buf_span(&b.out), NULL, &e), cases[i].status);
        if (!strstr(pades_error_message(e), cases[i].says)) {
            print_error("'%s' does not say %s\n", pades_error_message(e), cases[i].says);
            assert_true(false);
        }
        assert_true(pades_error_clause(e));
        assert_true(pades_error_hint(e) || cases[i].status == PADES_DOC_ENCRYPTED);
    }
}

static void assert_trailers(const char *first, const char *second, pades_status wanted)
{
    AUTO_VAL(builder) b;
    builder_document(&b, &(builder_plan){.trailer = first});
    builder_object(&b, 3, 0, "<</Type/Page/Parent 2 0 R>>");
    builder_table(&b, 100, second);
    assert_int_equal(check_of(buf_span(&b.out), NULL, NULL), wanted);
}

/* clause: ISO32000-1#7.5.6 */
/* clause: ISO32000-1#7.5.5 /ID of an encrypted document is direct; #7.5.7 its dictionary in no
 * stream */
static void crypt_refuses_trailers_that_differ(void **state)
{
    (void)state;
    static const char pubsec[] = "/Encrypt<</Filter/Adobe.PubSec>>";
    assert_trailers(pubsec, "", PADES_DOC_DAMAGED);
    assert_trailers(pubsec, "/Encrypt<</Filter/Standard>>", PADES_DOC_DAMAGED);
    assert_trailers("", pubsec, PADES_DOC_UNSUPPORTED); /* the first may leave it out */
    assert_trailers(pubsec, pubsec, PADES_DOC_UNSUPPORTED);
    assert_trailers("/Encrypt null", "", PADES_OK);
    AUTO_VAL(builder) b;
    builder_document(&b, &(builder_plan){.kind = BUILD_OBJSTM,
                                         .trailer = "/Encrypt 4 0 R",
                                         .more = {"<</Filter/Adobe.PubSec>>"}});
    assert_int_equal(check_of(buf_span(&b.out), NULL, NULL), PADES_DOC_DAMAGED);
}

/* clause: ISO32000-1#7.6.2 as object `id` says it, and read back by us */
static void crypt_writes_what_it_reads(void **state)
{
    (void)state;
    static const char *const kinds[] = {"40 --", "128 --use-aes=y --", "256 --"};
    static const char text[] = "<</A(one)/B[(t\\167o) 3 <<>> <746872>]/Contents(four)/D<</ByteRange"
                               "[0 1]/Contents<00ff>/Reason()>>/N 9>>";
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        AUTO_VAL(locked) l;
        AUTO_VAL(buf) file = BUF(1 << 20);
        AUTO_VAL(buf) out = BUF(1 << 20);
        char arguments[256];
        pades_error *e = NULL;
        pdf_obj *o = NULL, *plain = NULL;
        size_t used = 0;
        snprintf(arguments, sizeof arguments, "--encrypt '' owner %s", kinds[i]);
        qpdf_encrypts(arguments, &file);
        locked_open(&l, buf_span(&file), NULL);
        const pdf_ref ref = {7777777, 3};
        assert_ok(crypt_write_object(l.f, ref, span_str(text), &out, &e), e);
        assert_int_equal(span_find(buf_span(&out), span_str("one"), 0), SIZE_MAX);
        assert_int_not_equal(span_find(buf_span(&out), span_str("/Contents<00ff>"), 0), SIZE_MAX);
        assert_ok(pdf_parse(l.pool, buf_span(&out), 20, &o, &used, &e), e);
        assert_ok(pdf_parse(l.pool, span_str(text), 20, &plain, &used, &e), e);
        assert_false(pdf_same(o, plain));
        assert_ok(crypt_strings(l.f, ref, o, l.pool, &e), e);
        assert_true(pdf_same(o, plain));
        assert_fails(crypt_write_object(l.f, ref, span_str("<</A(1)>>\nstream"), &out, &e),
                     PADES_INTERNAL, e);
    }
}

/* clause: ISO32000-1#7.6.2 blocks and padding; ISO32000-2#7.6.2 */
static void crypt_refuses_strings_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        pades_status status;
    } cases[] = {
        {"()", PADES_OK},
        {"<00112233445566778899aabbccddeeff>", PADES_OK}, /* the vector alone */
        {"(fifteen octets.)", PADES_DOC_DAMAGED},
        {"(no)", PADES_DOC_DAMAGED},
        {"<00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff>", PADES_DOC_DAMAGED},
        {"[1<</A(no)>>]", PADES_DOC_DAMAGED}};
    AUTO_VAL(locked) l;
    AUTO_VAL(buf) file = BUF(1 << 20);
    /* always the same key: one of 256 would make a padding of what is none */
    qpdf_encrypts("--static-id --encrypt '' owner 128 --use-aes=y --", &file);
    locked_open(&l, buf_span(&file), NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        pdf_obj *o = NULL;
        size_t used = 0;
        assert_int_equal(pdf_parse(l.pool, span_str(cases[i].text), 20, &o, &used, NULL), PADES_OK);
        assert_int_equal(crypt_strings(l.f, (pdf_ref){1, 0}, o, l.pool, NULL), cases[i].status);
    }
}

static void crypt_ciphers_give_known_answers(void **state)
{
    (void)state;
    static const uint8_t rc4[] = {0xBB, 0xF3, 0x16, 0xE8, 0xD9, 0x40, 0xAF, 0x0A, 0xD3};
    static const uint8_t md5[] = {0x90, 0x01, 0x50, 0x98, 0x3C, 0xD2, 0x4F, 0xB0,
                                  0xD6, 0x96, 0x3F, 0x7D, 0x28, 0xE1, 0x7F, 0x72};
    /* FIPS 197, appendix C.1 */
    static const uint8_t aes[] = {0x69, 0xC4, 0xE0, 0xD8, 0x6A, 0x7B, 0x04, 0x30,
                                  0xD8, 0xCD, 0xB7, 0x80, 0x70, 0xB4, 0xC5, 0x5A};
    static const uint8_t zero[16];
    uint8_t out[16], key[16], in[16];
    const span parts[] = {span_str("a"), span_of(NULL, 0), span_str("bc")};
    crypt_rc4_once(span_str("Key"), (const uint8_t *)"Plaintext", out, 9);
    assert_memory_equal(out, rc4, 9);
    assert_int_equal(crypt_md5(parts, 3, out, NULL), PADES_OK);
    assert_memory_equal(out, md5, 16);
    for (uint8_t i = 0; i < 16; i++) {
        key[i] = i;
        in[i] = (uint8_t)(0x11 * i);
    }
    assert_int_equal(crypt_aes_once(true, span_of(key, 16), zero, in, out, 16, NULL), PADES_OK);
    assert_memory_equal(out, aes, 16);
    assert_int_equal(crypt_aes_once(false, span_of(key, 16), zero, aes, out, 16, NULL), PADES_OK);
    assert_memory_equal(out, in, 16);
}

static void crypt_password_must_fit(void **state)
{
    (void)state;
    static char longest[1025];
    pades_source *source = NULL;
    memset(longest, 'x', sizeof longest);
    assert_int_equal(pades_source_new_memory("", 0, &source, NULL), PADES_OK);
    assert_int_equal(pades_source_set_password(source, longest, 1024, NULL), PADES_OK);
    assert_int_equal(source_password(source).n, 1024);
    assert_int_equal(pades_source_set_password(source, longest, 1025, NULL),
                     PADES_INVALID_ARGUMENT);
    assert_int_equal(pades_source_set_password(source, "a\0b", 3, NULL), PADES_INVALID_ARGUMENT);
    assert_int_equal(source_password(source).n, 1024);
    assert_int_equal(pades_source_set_password(source, NULL, 0, NULL), PADES_OK);
    assert_int_equal(source_password(source).n, 0);
    pades_source_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crypt_reads_what_qpdf_encrypted),
        cmocka_unit_test(crypt_opens_with_an_empty_owner_password_as_user),
        cmocka_unit_test(crypt_takes_passwords_as_typed),
        cmocka_unit_test(crypt_agrees_about_signatures_of_no_type),
        cmocka_unit_test(crypt_gives_nothing_out_while_locked),
        cmocka_unit_test(crypt_permits_by_bits),
        cmocka_unit_test(crypt_notices_changed_permissions),
        cmocka_unit_test(crypt_refuses_by_name),
        cmocka_unit_test(crypt_refuses_trailers_that_differ),
        cmocka_unit_test(crypt_writes_what_it_reads),
        cmocka_unit_test(crypt_refuses_strings_that_cannot_be),
        cmocka_unit_test(crypt_ciphers_give_known_answers),
        cmocka_unit_test(crypt_password_must_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
