/* inspect --ltv: what Acrobat calls "LTV enabled", condition by condition. */
#include "inspect.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>

void ltvs_clear(struct ltvs *l)
{
    for (size_t i = 0; i < l->n; i++) {
        pades_ltv_free(l->items[i]);
    }
    free(l->items);
    *l = (struct ltvs){.n = 0};
}

int ltvs_make(struct ltvs *l, pades_doc *doc, struct failure *f)
{
    pades_error *error = NULL;
    size_t n = 0;
    while (pades_doc_get_signature(doc, n) != NULL) {
        n++;
    }
    l->items = calloc(n + 1, sizeof(*l->items));
    if (l->items == NULL) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    for (; l->n < n; l->n++) {
        TRY(call(f, pades_ltv_new(doc, l->n, &l->items[l->n], &error), &error));
    }
    l->made = true;
    return EXIT_DONE;
}

void inspect_json_ltv(js *one, const struct ltvs *l, size_t i)
{
    const pades_ltv_condition *c;
    if (!l->made || i >= l->n) {
        return;
    }
    js *ltv = js_object_in(one, "ltv");
    js_bool(ltv, "enabled", pades_ltv_is_enabled(l->items[i]) != 0);
    js *list = js_list_in(ltv, "conditions");
    for (size_t k = 0; (c = pades_ltv_get(l->items[i], k)) != NULL; k++) {
        js *object = js_push_object(list);
        js_text(object, "role", c->role);
        js_text(object, "subject", c->subject);
        js_text(object, "of", c->of);
        js_bool(object, "issuer", c->issuer != 0);
        js_text(object, "status", c->status);
        js_bool(object, "revoked", c->revoked != 0);
        if (c->this_update != 0) {
            js_time(object, "this_update", c->this_update);
        }
        js_bool(object, "met", c->met != 0);
    }
}

/* "OCSP of 2026-01-02T03:04:05Z", "no OCSP answer and no CRL". */
static void print_status(const pades_ltv_condition *c)
{
    if (c->status == NULL) {
        printf("no OCSP answer and no CRL");
    } else if (c->this_update == 0) {
        printf("%s", c->status);
    } else {
        printf("%s of %s%s", c->status, show_time(c->this_update).text,
               c->revoked != 0 ? ", revoked" : "");
    }
}

void inspect_text_ltv(const struct ltvs *l, size_t i)
{
    const pades_ltv_condition *c;
    if (!l->made || i >= l->n) {
        return;
    }
    printf("    %-12s %s\n", "LTV", pades_ltv_is_enabled(l->items[i]) != 0 ? "enabled" : "no");
    for (size_t k = 0; (c = pades_ltv_get(l->items[i], k)) != NULL; k++) {
        printf("      %-10s %s '%s': %s", c->met != 0 ? "met" : "missing", c->role, c->subject,
               c->issuer != 0 ? "" : "its issuer is not in the file, ");
        print_status(c);
        printf("\n");
    }
}
