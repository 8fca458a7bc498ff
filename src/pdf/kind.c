/* Words for objects. Goes by /Type, /Subtype and the keys that only one kind has; follows no
 * reference, so that it costs nothing and cannot be led astray.
 * clause: ISO32000-1#7.3.7 /Type, #12.5.2 annotations, #12.7.3 fields, #12.8.1 signatures */
#include "pdf/kind.h"

#include "base/compiler.h"

typedef struct word {
    const char *name, *means;
} word;

static const char *look_up(const word *words, size_t n, const pdf_obj *name)
{
    for (size_t i = 0; i < n; i++) {
        if (pdf_is_name(name, words[i].name)) {
            return words[i].means;
        }
    }
    return NULL;
}

static const char *stream_word(const pdf_obj *o)
{
    static const word types[] = {{"XRef", "cross-reference stream"},
                                 {"ObjStm", "object stream"},
                                 {"Metadata", "metadata"},
                                 {"EmbeddedFile", "embedded file"}};
    static const word subtypes[] = {{"Form", "form XObject"}, {"Image", "image"}};
    const char *found = look_up(types, ARRAY_LEN(types), pdf_dict_get(o, "Type"));
    found = found ? found : look_up(subtypes, ARRAY_LEN(subtypes), pdf_dict_get(o, "Subtype"));
    return found ? found : "stream";
}

static const char *typed_word(const pdf_obj *o)
{
    static const word types[] = {{"Catalog", "catalog"},
                                 {"Pages", "page tree"},
                                 {"Page", "page"},
                                 {"Sig", "signature"},
                                 {"DocTimeStamp", "document timestamp"},
                                 {"DSS", "DSS"},
                                 {"VRI", "VRI"},
                                 {"Font", "font"},
                                 {"FontDescriptor", "font descriptor"},
                                 {"ExtGState", "graphics state"},
                                 {"Filespec", "file specification"},
                                 {"Outlines", "outline"},
                                 {"OCG", "layer"},
                                 {"StructTreeRoot", "structure tree"},
                                 {"StructElem", "structure element"},
                                 {"SigFieldLock", "field lock"},
                                 {"SV", "seed value"}};
    return look_up(types, ARRAY_LEN(types), pdf_dict_get(o, "Type"));
}

/* A field may be a widget too: what it is for comes first. */
static const char *field_word(const pdf_obj *o)
{
    const pdf_obj *type = pdf_dict_get(o, "FT");
    if (pdf_is_name(type, "Sig")) {
        return "signature field";
    }
    if (type || (pdf_dict_get(o, "T") && (pdf_dict_get(o, "Kids") || pdf_dict_get(o, "Parent")))) {
        return "form field";
    }
    return NULL;
}

static const char *annotation_word(const pdf_obj *o)
{
    const pdf_obj *subtype = pdf_dict_get(o, "Subtype");
    bool typed = pdf_is_name(pdf_dict_get(o, "Type"), "Annot");
    if (pdf_is_name(subtype, "Widget")) {
        return "widget";
    }
    return typed || (pdf_is(subtype, PDF_NAME) && pdf_dict_get(o, "Rect")) ? "annotation" : NULL;
}

static const char *untyped_word(const pdf_obj *o)
{
    if (pdf_dict_get(o, "ByteRange") && pdf_dict_get(o, "Contents")) {
        return "signature";
    }
    if (pdf_dict_get(o, "Fields") && (pdf_dict_get(o, "SigFlags") || pdf_dict_get(o, "DA") ||
                                      pdf_dict_get(o, "DR") || pdf_dict_get(o, "XFA"))) {
        return "form";
    }
    if (pdf_is_name(pdf_dict_get(o, "S"), "JavaScript")) {
        return "JavaScript action";
    }
    return "dictionary";
}

static const char *dict_word(const pdf_obj *o)
{
    const char *found = field_word(o);
    found = found ? found : annotation_word(o);
    found = found ? found : typed_word(o);
    return found ? found : untyped_word(o);
}

const char *pdf_kind_word(const pdf_obj *o, bool is_stream)
{
    if (is_stream) {
        return stream_word(o);
    }
    if (pdf_is(o, PDF_DICT)) {
        return dict_word(o);
    }
    return pdf_is(o, PDF_ARRAY) ? "array" : "value";
}
