/* Reads encoding and widths of a simple font. What the font program itself says is not looked at: a
 * code without a width is not used, and a font whose codes are known to its program alone (symbols,
 * composite fonts) is refused, because nobody could say what a reader would see.
 * clause: ISO32000-1#9.6.6 character encoding */
#include "pdf/font.h"

#include "base/fail.h"
#include "pdf/latin.h"

enum { SYMBOLIC = 4 };
static const double helvetica_ascent = 0.718, helvetica_descent = -0.207;

static pades_status item(sealing *s, const pdf_obj *array, size_t i, const pdf_obj **ret,
                         pades_error **e)
{
    pdf_ref ref = {0, 0};
    TRY(pdf_file_resolve(s->f, pdf_array_get(array, i), s->pool, ret, &ref, e));
    return ref.id ? sealing_touch(s, ref, e) : PADES_OK;
}

static bool number(const pdf_obj *o, double *ret)
{
    bool is = pdf_is(o, PDF_INT) || pdf_is(o, PDF_REAL);
    if (is) {
        *ret = o->kind == PDF_INT ? (double)o->u.integer : o->u.real;
    }
    return is;
}

static void use_encoding(pdf_font *font, latin_encoding encoding)
{
    for (unsigned code = 0; code < 256; code++) {
        font->unicode[code] = latin_decode(encoding, (uint8_t)code);
    }
}

static bool encoding_named(const pdf_obj *name, latin_encoding *ret)
{
    static const char *const names[] = {
        [LATIN_STANDARD] = "StandardEncoding",
        [LATIN_WIN] = "WinAnsiEncoding",
        [LATIN_MAC] = "MacRomanEncoding",
        [LATIN_DOC] = "PDFDocEncoding",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (pdf_is_name(name, names[i])) {
            *ret = (latin_encoding)i;
            return true;
        }
    }
    return false;
}

/* clause: ISO32000-1#9.6.6 /Differences: a code, then the names of it and the following ones */
static pades_status apply_differences(sealing *s, const pdf_obj *differences, pdf_font *font,
                                      pades_error **e)
{
    int64_t code = 0;
    for (size_t i = 0; pdf_is(differences, PDF_ARRAY) && i < differences->u.array.n; i++) {
        const pdf_obj *o = NULL;
        TRY(item(s, differences, i, &o, e));
        if (pdf_get_int(o, &code) || !pdf_is(o, PDF_NAME)) {
            continue;
        }
        if (code >= 0 && code < 256) {
            font->unicode[code] = latin_of_name(o->u.text);
        }
        code++;
    }
    return PADES_OK;
}

static pades_status unusable(const char *name, const char *why, pades_error **e)
{
    (void)fail(e, PADES_DOC_UNSUPPORTED, "the font '%s' %s", name, why);
    error_hint(e, "fill the field with the program that its author used");
    return PADES_DOC_UNSUPPORTED;
}

/* *ret_symbolic: the font's own codes may be no text at all. */
static pades_status read_descriptor(sealing *s, const pdf_obj *o, pdf_font *font,
                                    double *ret_missing, bool *ret_symbolic, pades_error **e)
{
    sealing_part descriptor;
    sealing_part entry;
    int64_t flags = 0;
    double value = 0;
    TRY(sealing_get(s, o, "FontDescriptor", &descriptor, e));
    TRY(sealing_get(s, descriptor.o, "Flags", &entry, e));
    *ret_symbolic = pdf_get_int(entry.o, &flags) && (flags & SYMBOLIC);
    TRY(sealing_get(s, descriptor.o, "MissingWidth", &entry, e));
    *ret_missing = number(entry.o, &value) ? value / 1000 : 0;
    TRY(sealing_get(s, descriptor.o, "Ascent", &entry, e));
    if (number(entry.o, &value) && value > 0 && value < 3000) {
        font->ascent = value / 1000;
    }
    TRY(sealing_get(s, descriptor.o, "Descent", &entry, e));
    if (number(entry.o, &value) && value < 0 && value > -3000) {
        font->descent = value / 1000;
    }
    return PADES_OK;
}

/* A standard font's own encoding is the standard one; another's is not known when it is symbolic.
 */
static pades_status read_encoding(sealing *s, const pdf_obj *o, bool symbolic, const char *name,
                                  pdf_font *font, pades_error **e)
{
    sealing_part encoding;
    sealing_part base;
    sealing_part differences = {NULL, {0, 0}};
    latin_encoding known = LATIN_STANDARD;
    TRY(sealing_get(s, o, "Encoding", &encoding, e));
    base = encoding;
    if (pdf_is(encoding.o, PDF_DICT)) {
        TRY(sealing_get(s, encoding.o, "BaseEncoding", &base, e));
        TRY(sealing_get(s, encoding.o, "Differences", &differences, e));
    }
    if (base.o && !encoding_named(base.o, &known)) {
        return unusable(name, "has an encoding of its own", e);
    }
    if (!base.o && symbolic && !differences.o) {
        return unusable(name, "is one of symbols, whose codes only it knows", e);
    }
    use_encoding(font, known);
    return apply_differences(s, differences.o, font, e);
}

static pades_status read_widths(sealing *s, const pdf_obj *widths, int64_t first, double missing,
                                pdf_font *font, pades_error **e)
{
    for (unsigned code = 0; code < 256; code++) {
        font->widths[code] = missing;
    }
    for (size_t i = 0; i < widths->u.array.n && i < 256; i++) {
        const pdf_obj *o = NULL;
        double width = 0;
        TRY(item(s, widths, i, &o, e));
        int64_t code = first + (int64_t)i;
        if (code >= 0 && code < 256 && number(o, &width) && width > 0 && width < 10000) {
            font->widths[code] = width / 1000;
        }
    }
    return PADES_OK;
}

static void standard_widths(pdf_font *font, latin_face face)
{
    for (unsigned code = 0; code < 256; code++) {
        font->widths[code] = latin_width(face, font->unicode[code]) / 1000.0;
    }
}

void pdf_font_default(pdf_font *ret)
{
    *ret = (pdf_font){.ascent = helvetica_ascent, .descent = helvetica_descent};
    use_encoding(ret, LATIN_WIN);
    standard_widths(ret, LATIN_HELVETICA);
    pdf_font_index(ret);
}

pades_status pdf_font_read(sealing *s, const pdf_obj *o, const char *name, pdf_font *ret,
                           pades_error **e)
{
    sealing_part subtype;
    sealing_part base;
    sealing_part widths;
    sealing_part first;
    double missing = 0;
    bool symbolic = false;
    int64_t first_code = 0;
    pdf_font font = {.ascent = helvetica_ascent, .descent = helvetica_descent};
    TRY(sealing_get(s, o, "Subtype", &subtype, e));
    if (pdf_is_name(subtype.o, "Type0") || pdf_is_name(subtype.o, "Type3")) {
        return unusable(name, "is a composite or drawn one, which fields are not filled with", e);
    }
    TRY(sealing_get(s, o, "BaseFont", &base, e));
    TRY(sealing_get(s, o, "Widths", &widths, e));
    TRY(sealing_get(s, o, "FirstChar", &first, e));
    TRY(read_descriptor(s, o, &font, &missing, &symbolic, e));
    TRY(read_encoding(s, o, symbolic, name, &font, e));
    latin_face face = pdf_is(base.o, PDF_NAME) ? latin_face_of(base.o->u.text) : LATIN_NO_FACE;
    if (pdf_is(widths.o, PDF_ARRAY) && pdf_get_int(first.o, &first_code) && first_code >= 0 &&
        first_code < 256) {
        TRY(read_widths(s, widths.o, first_code, missing, &font, e));
    } else if (face != LATIN_NO_FACE) {
        standard_widths(&font, face);
    } else {
        return unusable(name, "has no widths and is none of the standard ones", e);
    }
    pdf_font_index(&font);
    *ret = font;
    return PADES_OK;
}

static size_t slot_of(uint32_t c)
{
    return (size_t)((c * UINT32_C(2654435761)) >> 16) % PDF_FONT_SLOTS;
}

/* Four times as many slots as codes: there is always a free one that ends a search. */
void pdf_font_index(pdf_font *font)
{
    memset(font->slots, 0, sizeof font->slots);
    for (unsigned code = 0; code < 256; code++) {
        uint32_t c = font->unicode[code];
        if (c == 0 || !(font->widths[code] > 0) || pdf_font_code(font, c) >= 0) {
            continue; /* the first code of a character counts */
        }
        size_t at = slot_of(c);
        while (font->slots[at] != 0) {
            at = (at + 1) % PDF_FONT_SLOTS;
        }
        font->slots[at] = (uint16_t)(code + 1);
    }
}

int pdf_font_code(const pdf_font *font, uint32_t c)
{
    for (size_t at = slot_of(c); font->slots[at] != 0; at = (at + 1) % PDF_FONT_SLOTS) {
        int code = font->slots[at] - 1;
        if (font->unicode[code] == c) {
            return code;
        }
    }
    return -1;
}
