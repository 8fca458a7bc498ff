/* See token_tell.h. */
#include "token_tell.h"

#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *tell_pin_state(pades_pin_state state)
{
    switch (state) {
    case PADES_PIN_STATE_OK:
        return "ok";
    case PADES_PIN_STATE_COUNT_LOW:
        return "count-low";
    case PADES_PIN_STATE_FINAL_TRY:
        return "final-try";
    case PADES_PIN_STATE_LOCKED:
        return "locked";
    case PADES_PIN_STATE_NOT_SET:
        return "not-set";
    case PADES_PIN_STATE_TO_BE_CHANGED:
        return "to-be-changed";
    }
    return "unknown";
}

static const char *qc_type_name(pades_qc_type type)
{
    switch (type) {
    case PADES_QC_NONE:
        return NULL;
    case PADES_QC_ESIGN:
        return "esign";
    case PADES_QC_ESEAL:
        return "eseal";
    case PADES_QC_WEB:
        return "web";
    }
    return NULL;
}

void tell_line(const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        printf("    %-12s %s\n", name, value);
    }
}

void tell_token_json(js *one, const pades_token_info *t)
{
    js_text(one, "label", t->label);
    js_text(one, "serial", t->serial);
    js_text(one, "manufacturer", t->manufacturer);
    js_text(one, "model", t->model);
    js_text(one, "firmware", t->firmware);
    js_text(one, "module", t->module);
    js_number(one, "slot", (int64_t)t->slot);
    js_text(one, "slot_description", t->slot_description);
    js_text(one, "pin_state", tell_pin_state(t->pin_state));
    js_bool(one, "pin_pad", t->has_pad != 0);
    js_bool(one, "login_required", t->login_required != 0);
    js_text(one, "uri", t->uri);
    js_text(one, "so_pin_state", tell_pin_state(t->so_pin_state));
    js_text(one, "library", t->library);
    js *length = js_object_in(one, "pin_length");
    js_number(length, "min", (int64_t)t->pin_min);
    js_number(length, "max", (int64_t)t->pin_max);
    js_bool(one, "removable", t->removable != 0);
    js_bool(one, "write_protected", t->write_protected != 0);
}

void tell_token_text(const pades_token_info *t)
{
    char maker[512];
    snprintf(maker, sizeof maker, "%s %s, firmware %s", t->manufacturer, t->model, t->firmware);
    printf("%s\n", t->label);
    tell_line("serial", t->serial);
    tell_line("made by", maker);
    tell_line("reader", t->slot_description);
    tell_line("PIN", tell_pin_state(t->pin_state));
    tell_line("SO PIN",
              t->so_pin_state == PADES_PIN_STATE_OK ? NULL : tell_pin_state(t->so_pin_state));
    tell_line("PIN entry", t->has_pad != 0 ? "on the reader" : NULL);
    tell_line("module", t->module);
    tell_line("library", t->library);
    tell_line("URI", t->uri);
}

int64_t tell_days_left(const pades_cert *cert)
{
    return (pades_cert_not_after(cert) - (int64_t)time(NULL)) / 86400;
}

static void add_claims(js *one, const pades_cert *cert)
{
    js *claims = js_object_in(one, "claims");
    js_bool(claims, "qualified", pades_cert_claims_qc_compliance(cert) != 0);
    js_bool(claims, "qscd", pades_cert_claims_qscd(cert) != 0);
    js_text(claims, "type", qc_type_name(pades_cert_qc_type(cert)));
}

void tell_cert_json(js *one, const pades_key_info *k)
{
    js_text(one, "subject", pades_cert_subject(k->cert));
    js_text(one, "issuer", pades_cert_issuer(k->cert));
    js_text(one, "serial", pades_cert_serial(k->cert));
    js_time(one, "not_before", pades_cert_not_before(k->cert));
    js_time(one, "not_after", pades_cert_not_after(k->cert));
    js_number(one, "days_left", tell_days_left(k->cert));
    js_text(one, "fingerprint", pades_cert_fingerprint(k->cert));
    js_text(one, "key_type", pades_cert_key_type(k->cert));
    js_bool(one, "non_repudiation", pades_cert_has_non_repudiation(k->cert) != 0);
    js_bool(one, "may_sign", pades_cert_may_sign(k->cert) != 0);
    js_bool(one, "ca", pades_cert_is_ca(k->cert) != 0);
    add_claims(one, k->cert);
    js_text(one, "label", k->label);
    js_text(one, "id", k->id);
    js_text(one, "key", k->has_key > 0 ? "seen" : k->has_key < 0 ? "after login" : "none");
    js_bool(one, "usable", k->usable != 0);
    js_text(one, "why_not", k->why_not);
    js_text(one, "uri", k->uri);
    if (k->token != NULL) {
        tell_token_json(js_object_in(one, "token"), k->token);
    }
}

static void print_validity(const pades_cert *cert)
{
    int64_t left = tell_days_left(cert);
    printf("    %-12s %s to %s", "valid", show_day(pades_cert_not_before(cert)).text,
           show_day(pades_cert_not_after(cert)).text);
    if (pades_cert_not_after(cert) < (int64_t)time(NULL)) {
        printf(" (expired)\n");
    } else {
        printf(" (%" PRId64 " days left)\n", left);
    }
}

static void print_claims(const pades_cert *cert)
{
    char text[128];
    const char *type = qc_type_name(pades_cert_qc_type(cert));
    bool any = pades_cert_claims_qc_compliance(cert) != 0 || pades_cert_claims_qscd(cert) != 0 ||
               type != NULL;
    snprintf(text, sizeof text, "%s%s%s (not checked)",
             pades_cert_claims_qc_compliance(cert) != 0 ? "qualified" : "not qualified",
             pades_cert_claims_qscd(cert) != 0 ? ", key in a qualified device" : "",
             type == NULL                 ? ""
             : strcmp(type, "eseal") == 0 ? ", for seals"
             : strcmp(type, "esign") == 0 ? ", for signatures"
                                          : ", for web sites");
    tell_line("claims", any ? text : NULL);
}

/* A key that nobody sees before the login may not be there. */
static const char *can_sign(const pades_key_info *k)
{
    return k->usable == 0 ? "no" : k->has_key < 0 ? "after login" : "yes";
}

void tell_cert_text(const pades_key_info *k)
{
    char key[512];
    printf("%s\n", pades_cert_subject(k->cert));
    tell_line("issuer", pades_cert_issuer(k->cert));
    tell_line("serial", pades_cert_serial(k->cert));
    print_validity(k->cert);
    snprintf(key, sizeof key, "%s, '%s', id %s", pades_cert_key_type(k->cert),
             k->label == NULL ? "" : k->label, k->id == NULL || k->id[0] == '\0' ? "none" : k->id);
    tell_line("key", key);
    tell_line("usage", pades_cert_has_non_repudiation(k->cert) != 0 ? "non-repudiation"
                       : pades_cert_may_sign(k->cert) != 0          ? "signing"
                                                                    : "not for signing documents");
    print_claims(k->cert);
    if (k->token != NULL) {
        snprintf(key, sizeof key, "%s (slot %" PRIu64 ", PIN %s)", k->token->label, k->token->slot,
                 tell_pin_state(k->token->pin_state));
        tell_line("token", key);
    }
    tell_line("URI", k->uri);
    printf("    %-12s %s%s%s\n", "can sign", can_sign(k), k->why_not == NULL ? "" : ": ",
           k->why_not == NULL ? "" : k->why_not);
}

bool tell_fits(const pades_key_list *list, const pades_key_info *k)
{
    bool any = false;
    for (size_t i = 0; i < pades_key_list_count(list); i++) {
        any = any || pades_key_list_get(list, i)->certain != 0;
    }
    return k->certain != 0 || !any;
}
