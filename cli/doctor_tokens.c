/* See doctor.h. Modules, readers, tokens and their certificates, from what the lists say; no login
 * is made. */
#include "doctor.h"
#include "key.h"
#include "process.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { SOON_DAYS = 30, DAY_SECONDS = 86400 };

static const char restart[] = "systemctl restart pcscd.socket pcscd.service";

/* Without any token it may be the reason. */
static void tell_service(struct doctor *d, enum service service, bool any_token)
{
    const enum verdict bad = any_token ? VERDICT_WARN : VERDICT_FAIL;
    switch (service) {
    case SERVICE_ABSENT:
        doctor_tell(d, bad, "service",
                    "install pcscd and start it: systemctl enable --now pcscd.socket (not needed "
                    "for tokens that are no cards)",
                    "no reader service: there is no /run/pcscd/pcscd.comm");
        break;
    case SERVICE_DEAD:
        doctor_tell(d, bad, "service", restart, "the reader service (pcscd) does not run");
        break;
    case SERVICE_REFUSED:
        doctor_tell(d, bad, "service",
                    "log in at the machine itself, or let polkit's rules allow "
                    "org.debian.pcsc-lite.access_pcsc",
                    "the reader service (pcscd) is not for this user");
        break;
    case SERVICE_MUTE:
        doctor_tell(d, VERDICT_FAIL, "service", restart,
                    "the reader service (pcscd) runs and does not answer");
        break;
    case SERVICE_ANSWERS:
        doctor_tell(d, VERDICT_OK, "service", NULL, "the reader service (pcscd) answers");
        break;
    }
}

/* One that is broken matters little while others see a token; nobody asked for a known one. */
static void tell_module(struct doctor *d, const pades_module_info *m, bool any_token)
{
    const char *file = m->file == NULL || strcmp(m->file, m->name) == 0 ? NULL : m->file;
    char name[1024];
    snprintf(name, sizeof name, "'%s'%s%s%s%s%s", m->name, m->product == NULL ? "" : " of ",
             m->product == NULL ? "" : m->product, file == NULL ? "" : " (",
             file == NULL ? "" : file, file == NULL ? "" : ")");
    if (m->failure == NULL) {
        doctor_tell(d, VERDICT_OK, "module", NULL, "module %s works", name);
        return;
    }
    bool minor = (any_token || m->product != NULL) && m->state == PADES_MODULE_STATE_UNUSABLE;
    const char *todo = m->hint != NULL ? m->hint
                       : m->state == PADES_MODULE_STATE_DIED
                           ? "look for a newer version of its software, or take its file out of "
                             "p11-kit's configuration"
                       : m->product != NULL
                           ? "nothing, unless its tokens are used"
                           : "install the software it belongs to, or take its file out of "
                             "p11-kit's configuration";
    doctor_tell(d, minor ? VERDICT_WARN : VERDICT_FAIL, "module", todo,
                "module %s cannot be used: %s", name, m->failure);
}

static void tell_modules(struct doctor *d, const pades_token_list *list)
{
    const pades_module_info *m;
    size_t n = 0;
    for (; (m = pades_token_list_module(list, n)) != NULL; n++) {
        tell_module(d, m, pades_token_list_count(list) > 0);
    }
    if (n == 0) {
        doctor_tell(d, VERDICT_FAIL, "module",
                    "install the software of the token, and name its module with --module",
                    "no PKCS#11 module: p11-kit is configured for none, and none is at a usual "
                    "place");
    }
}

/* What one module does not know, another may. */
static int rank(pades_reader_state state)
{
    static const int ranks[] = {[PADES_READER_TOKEN] = 4,
                                [PADES_READER_NOT_SET_UP] = 3,
                                [PADES_READER_UNRECOGNIZED] = 2,
                                [PADES_READER_SILENT] = 1,
                                [PADES_READER_EMPTY] = 0};
    return state <= PADES_READER_SILENT ? ranks[state] : 0;
}

/* The first with this name tells what the best of them knows; the others are passed over. */
static bool best_of(pades_token_list *list, size_t at, pades_reader_state *ret)
{
    const pades_reader_info *one = pades_token_list_reader(list, at);
    const pades_reader_info *other;
    *ret = one->state;
    for (size_t i = 0; (other = pades_token_list_reader(list, i)) != NULL; i++) {
        bool same = other->removable != 0 && strcmp(one->name, other->name) == 0;
        if (same && i < at) {
            return false;
        }
        if (same && rank(other->state) > rank(*ret)) {
            *ret = other->state;
        }
    }
    return true;
}

static void tell_reader(struct doctor *d, const char *name, pades_reader_state state)
{
    switch (state) {
    case PADES_READER_EMPTY:
        doctor_tell(d, VERDICT_OK, "reader", NULL, "reader '%s': no card in it", name);
        break;
    case PADES_READER_TOKEN:
        doctor_tell(d, VERDICT_OK, "reader", NULL, "reader '%s': a card that is recognized", name);
        break;
    case PADES_READER_UNRECOGNIZED:
        doctor_tell(d, VERDICT_FAIL, "reader",
                    "is it put in the right way round? Else install the software of the card, or "
                    "name its module with --module",
                    "reader '%s': a card that no module recognizes", name);
        break;
    case PADES_READER_NOT_SET_UP:
        doctor_tell(d, VERDICT_WARN, "reader", "set it up with the software that came with it",
                    "reader '%s': a token that is not set up", name);
        break;
    case PADES_READER_SILENT:
        doctor_tell(d, VERDICT_FAIL, "reader",
                    "take it out and put it in again; another program (as gpg's scdaemon) or "
                    "another driver may hold it",
                    "reader '%s': a card that does not answer", name);
        break;
    }
}

static void tell_no_reader(struct doctor *d, enum service service)
{
    unsigned plugged = service_usb_readers();
    if (plugged > 0) {
        doctor_tell(d, VERDICT_WARN, "reader",
                    "install the driver of readers (libccid); another driver may hold it, as that "
                    "of the kernel for NFC",
                    "%u smart card reader%s plugged in, and no module sees %s", plugged,
                    plugged == 1 ? " is" : "s are", plugged == 1 ? "it" : "them");
    } else if (service == SERVICE_ANSWERS) {
        doctor_tell(d, VERDICT_WARN, "reader", "plug it in; some need a driver of their own",
                    "no reader is seen");
    }
}

static void tell_readers(struct doctor *d, pades_token_list *list, enum service service)
{
    const pades_reader_info *r;
    size_t told = 0;
    for (size_t i = 0; (r = pades_token_list_reader(list, i)) != NULL; i++) {
        pades_reader_state state;
        if (r->removable != 0 && best_of(list, i, &state)) {
            tell_reader(d, r->name, state);
            told++;
        }
    }
    if (told == 0) {
        tell_no_reader(d, service);
    }
}

static void tell_pin(struct doctor *d, const pades_token_info *t)
{
    switch (t->pin_state) {
    case PADES_PIN_STATE_OK:
        doctor_tell(d, VERDICT_OK, "pin", NULL, "PIN of token '%s': ok", t->label);
        break;
    case PADES_PIN_STATE_COUNT_LOW:
        doctor_tell(d, VERDICT_WARN, "pin", "type it with care; the right PIN sets the tries back",
                    "PIN of token '%s': it was wrong at least once", t->label);
        break;
    case PADES_PIN_STATE_FINAL_TRY:
        doctor_tell(d, VERDICT_WARN, "pin", "type it with care; the right PIN sets the tries back",
                    "PIN of token '%s': one try is left before it is locked", t->label);
        break;
    case PADES_PIN_STATE_LOCKED:
        doctor_tell(d, VERDICT_FAIL, "pin", "unblock it with the PUK: pades token pin-unblock",
                    "PIN of token '%s': locked", t->label);
        break;
    case PADES_PIN_STATE_NOT_SET:
        doctor_tell(d, VERDICT_WARN, "pin", "set it with the software that came with the token",
                    "PIN of token '%s': none is set", t->label);
        break;
    case PADES_PIN_STATE_TO_BE_CHANGED:
        doctor_tell(d, VERDICT_WARN, "pin", "pades token pin-change",
                    "PIN of token '%s': it must be changed first", t->label);
        break;
    }
}

static void tell_tokens(struct doctor *d, const pades_token_list *list)
{
    const pades_token_info *t;
    for (size_t i = 0; (t = pades_token_list_get(list, i)) != NULL; i++) {
        doctor_tell(d, VERDICT_OK, "token", NULL, "token '%s' (%s %s, serial %s, module %s)",
                    t->label, t->manufacturer, t->model, t->serial, t->module);
        tell_pin(d, t);
    }
    if (pades_token_list_count(list) == 0) {
        doctor_tell(d, VERDICT_FAIL, "token",
                    "put it in; what is said above of service, modules and readers may be why",
                    "no token is seen");
    }
}

static bool told_before(const pades_key_list *list, size_t at)
{
    const char *own = pades_cert_fingerprint(pades_key_list_get(list, at)->cert);
    for (size_t i = 0; i < at; i++) {
        if (strcmp(pades_cert_fingerprint(pades_key_list_get(list, i)->cert), own) == 0) {
            return true;
        }
    }
    return false;
}

static bool same_token(const pades_token_info *a, const pades_token_info *b)
{
    return strcmp(a->serial, b->serial) == 0 && strcmp(a->label, b->label) == 0;
}

/* One that has ended matters little once its successor is there. */
static bool has_successor(const pades_key_list *list, const pades_key_info *k)
{
    for (size_t i = 0; i < pades_key_list_count(list); i++) {
        const pades_key_info *other = pades_key_list_get(list, i);
        if (other->usable != 0 && same_token(other->token, k->token)) {
            return true;
        }
    }
    return false;
}

static void tell_cert(struct doctor *d, const pades_key_list *list, const pades_key_info *k)
{
    const char *name = pades_cert_common_name(k->cert);
    const char *token = k->token->label;
    int64_t now = (int64_t)time(NULL);
    int64_t left = pades_cert_not_after(k->cert) - now;
    struct instant end = show_day(pades_cert_not_after(k->cert));
    if (pades_cert_not_before(k->cert) > now) {
        doctor_tell(d, VERDICT_WARN, "certificate", "wait for that day; or is the clock wrong?",
                    "certificate '%s' on token '%s' is valid from %s only", name, token,
                    show_day(pades_cert_not_before(k->cert)).text);
    } else if (left < 0) {
        bool minor = k->has_key == 0 || has_successor(list, k);
        doctor_tell(d, minor ? VERDICT_WARN : VERDICT_FAIL, "certificate",
                    minor ? NULL : "ask its issuer for a new one",
                    "certificate '%s' on token '%s' ended on %s", name, token, end.text);
    } else if (left < (int64_t)SOON_DAYS * DAY_SECONDS) {
        doctor_tell(d, VERDICT_WARN, "certificate", "ask its issuer for a new one now",
                    "certificate '%s' on token '%s' ends on %s, in %" PRId64 " days", name, token,
                    end.text, left / DAY_SECONDS);
    } else if (k->usable != 0) {
        doctor_tell(d, VERDICT_OK, "certificate", NULL,
                    "certificate '%s' on token '%s' can sign, to %s", name, token, end.text);
    } else {
        doctor_tell(d, VERDICT_OK, "certificate", NULL,
                    "certificate '%s' on token '%s' does not sign: %s", name, token,
                    k->why_not == NULL ? "it is not for that" : k->why_not);
    }
}

static void tell_certs(struct doctor *d, const pades_key_list *list)
{
    size_t usable = 0;
    size_t n = pades_key_list_count(list);
    for (size_t i = 0; i < n; i++) {
        const pades_key_info *k = pades_key_list_get(list, i);
        usable += k->usable != 0 ? 1 : 0;
        if (pades_cert_is_ca(k->cert) == 0 && !told_before(list, i)) {
            tell_cert(d, list, k);
        }
    }
    if (usable == 0) {
        doctor_tell(d, n == 0 ? VERDICT_WARN : VERDICT_FAIL, "certificate",
                    n == 0 ? "some tokens show theirs after a login only: pades sign tries that; "
                             "one that lies in a file is named with --cert"
                           : "pades token certs says of each what stands against it",
                    n == 0 ? "no certificate is seen without a login" : "no certificate can sign");
    }
}

static int look_at_certs(struct doctor *d, const pades_token_opts *opts)
{
    pades_error *error = NULL;
    AUTO(pades_key_list_free) pades_key_list *list = NULL;
    process_quiet_begin(setting_on(&d->app->settings, OPT_VERBOSE));
    pades_status status = pades_key_list_new(d->app->ctx, opts, &list, &error);
    process_quiet_end();
    if (status != PADES_OK) {
        doctor_tell_error(d, VERDICT_FAIL, "certificate", "pades token certs", &error);
        return EXIT_DONE;
    }
    tell_certs(d, list);
    return EXIT_DONE;
}

static int look_at_tokens(struct doctor *d, enum service service, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_token_opts_free) pades_token_opts *opts = NULL;
    AUTO(pades_token_list_free) pades_token_list *list = NULL;
    TRY(key_token_opts(d->app, NULL, &opts, f));
    pades_token_opts_set_known_modules(opts, 1);
    pades_token_opts_set_answer_timeout(
        opts, (uint32_t)setting_number(&d->app->settings, OPT_TIMEOUT) * 1000U);
    process_quiet_begin(setting_on(&d->app->settings, OPT_VERBOSE));
    pades_status status = pades_token_list_new(d->app->ctx, opts, &list, &error);
    if (status == PADES_OK) {
        (void)pades_token_list_reader(list, 0); /* the modules are asked here */
    }
    process_quiet_end();
    if (exit_of_status(status) == EXIT_USAGE) { /* a URI that makes no sense */
        return call(f, status, &error);
    }
    tell_service(d, service, status == PADES_OK && pades_token_list_count(list) > 0);
    if (status != PADES_OK) {
        doctor_tell_error(d, VERDICT_FAIL, "module", "name another module", &error);
        return EXIT_DONE;
    }
    tell_modules(d, list);
    tell_readers(d, list, service);
    tell_tokens(d, list);
    return pades_token_list_count(list) > 0 ? look_at_certs(d, opts) : EXIT_DONE;
}

/* Modules of cards wait for the service, as long as it takes. */
int doctor_tokens(struct doctor *d, struct failure *f)
{
    enum service service = service_look();
    if (service != SERVICE_MUTE) {
        return look_at_tokens(d, service, f);
    }
    tell_service(d, service, false);
    doctor_tell(d, VERDICT_FAIL, "token", restart,
                "modules and tokens are not looked at: they would wait for the reader service");
    return EXIT_DONE;
}
