/* What `inspect` tells of a document, as JSON and for people. Shared by cmd_inspect.c and
 * inspect_*.c only. */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include "app.h"
#include "json.h"

const char *inspect_xref_name(pades_xref_kind kind);

enum { EXTRACT_BASE = 80, EXTRACT_NAME = 128 };

/* --extract, while it runs and when it is done. */
struct extraction {
    const char *path; /* of the folder */
    const char *file; /* as given */
    pades_doc *doc;
    int dir;
    bool made;                   /* the folder did not exist */
    size_t count;                /* signatures */
    char (*names)[EXTRACT_NAME]; /* of the files written */
    size_t n, cap;
    FILE *guide; /* verify.txt */
};
/* Writes the parts of every signature, all or nothing. */
int extraction_run(struct extraction *x, struct failure *f) MUST_USE;
void extraction_clear(struct extraction *x);

/* --ltv: the conditions of each signature; `made` false: not asked for. */
struct ltvs {
    pades_ltv **items;
    size_t n;
    bool made;
};
int ltvs_make(struct ltvs *l, pades_doc *doc, struct failure *f) MUST_USE;
void ltvs_clear(struct ltvs *l);
/* The member "ltv" of a signature; and the same for people. Nothing when it was not asked for. */
void inspect_json_ltv(js *one, const struct ltvs *l, size_t i);
void inspect_text_ltv(const struct ltvs *l, size_t i);

/* The object with everything in it; js_print() or report_json() ends it. */
js *inspect_json(const char *file, const pades_doc *doc, const struct ltvs *ltvs);
/* What was extracted, into it. */
void inspect_json_extracted(js *object, const struct extraction *x);
/* The same for people; warnings go to standard error. */
void inspect_text(struct app *app, const char *file, const pades_doc *doc, const struct ltvs *ltvs);
/* The member "encryption", null when there is none; and the same for people. */
void inspect_json_encryption(js *object, const pades_encryption_info *e);
void inspect_text_encryption(const pades_encryption_info *e);

#endif
