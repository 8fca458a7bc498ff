/* See pin_ask.h. The question tells program, document, certificate, token, purpose and tries: a PIN
 * is typed for one purpose (law 7). A program that was not named by the user and cannot ask gives
 * way to the terminal: nothing has been typed then. */
#include "pin_ask.h"

#include "pinentry.h"
#include "prompt.h"
#include "report.h"
#include "text.h"

#include <string.h>

static const char usual[] = "pinentry";

bool pin_ask_is_demanded(const struct settings *s)
{
    const char *program = setting_text(s, OPT_PINENTRY);
    return program != NULL && strcmp(program, "none") != 0;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0';
}

int pin_ask_find(struct pin_source *p, struct failure *f)
{
    const char *program = setting_text(&p->app->settings, OPT_PINENTRY);
    p->terminal = prompt_possible();
    p->demanded = pin_ask_is_demanded(&p->app->settings);
    if (!p->demanded) {
        bool wanted =
            program == NULL && (p->terminal || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY"));
        if (!wanted || !pinentry_find(usual, p->pinentry, sizeof p->pinentry)) {
            p->pinentry[0] = '\0';
        }
        return EXIT_DONE;
    }
    return pinentry_find(program, p->pinentry, sizeof p->pinentry)
               ? EXIT_DONE
               : fail(f, PADES_PIN_REQUIRED, "--pinentry none asks on the terminal",
                      "there is no program '%s' to ask for the PIN", show(program).text);
}

static pades_status no_pin(struct pin_source *p, pades_status status, const char *reason)
{
    fail(&p->why, status, NULL, "%s", reason);
    return status;
}

static const char *state_text(pades_pin_state state)
{
    switch (state) {
    case PADES_PIN_STATE_OK:
        return NULL;
    case PADES_PIN_STATE_COUNT_LOW:
        return "a wrong PIN was given since the last right one";
    case PADES_PIN_STATE_FINAL_TRY:
        return "LAST TRY: one more wrong PIN locks the token";
    case PADES_PIN_STATE_LOCKED:
        return "the PIN is locked";
    case PADES_PIN_STATE_NOT_SET:
        return "the token has no PIN yet";
    case PADES_PIN_STATE_TO_BE_CHANGED:
        return "the token says that the PIN must be changed";
    }
    return NULL;
}

/* Lines of a question: in a terminal their values stand below each other and are not cut. */
struct lines {
    char text[4096];
    size_t used;
    int width;
    size_t most; /* bytes of a value */
};

static void add_line(struct lines *l, const char *name, const char *value)
{
    char cut[2048];
    const size_t left = sizeof l->text - l->used;
    if (value == NULL || value[0] == '\0') {
        return;
    }
    text_escape(value, cut, l->most < sizeof cut ? l->most : sizeof cut);
    int wrote = snprintf(l->text + l->used, left, "%-*s%s\n", l->width, name, cut);
    if (wrote > 0 && (size_t)wrote < left) {
        l->used += (size_t)wrote;
    }
    l->text[l->used] = '\0';
}

static void describe(const struct pin_source *p, const pades_pin_request *request, struct lines *l)
{
    add_line(l, "document: ", request->document == NULL ? p->document : request->document);
    add_line(l, "certificate: ", request->subject);
    add_line(l, "token: ", request->token_label);
    add_line(l, "serial: ", request->token_serial);
    add_line(l, "attention: ", state_text(request->state));
    add_line(l, "note: ",
             request->each_signature != 0 ? "this key wants its PIN for every signature" : NULL);
}

static const char *purpose(const pades_pin_request *request)
{
    return request->purpose == NULL ? "sign" : request->purpose;
}

static pades_status give(struct pin_source *p, const struct secret *typed, pades_pin *pin)
{
    if (typed->n == 0) {
        return no_pin(p, PADES_PIN_CANCELLED, "no PIN was typed");
    }
    return pades_pin_set(pin, typed->bytes, typed->n) == 0 ? PADES_OK : PADES_NO_MEMORY;
}

static pades_status from_terminal(struct pin_source *p, const pades_pin_request *request,
                                  struct secret *line, pades_pin *pin)
{
    char label[256];
    struct lines about = {.width = 13, .most = SIZE_MAX};
    describe(p, request, &about);
    snprintf(label, sizeof label, "pades: PIN to %s: ", purpose(request));
    pades_status status = prompt_secret(about.text, label, line);
    return status == PADES_OK ? give(p, line, pin) : status;
}

/* The first line is ours and free of '<': a program that guesses whether a text is HTML looks at
 * that one. The state of the PIN is given apart, where it is seen. */
static enum pinentry_end ask_program(struct pin_source *p, const pades_pin_request *request,
                                     struct secret *line, char *why, size_t n)
{
    struct lines about = {.most = 160};
    pades_pin_request calm = *request;
    calm.state = PADES_PIN_STATE_OK;
    about.used =
        (size_t)snprintf(about.text, sizeof about.text, "pades: PIN to %.100s\n", purpose(request));
    describe(p, &calm, &about);
    const struct pinentry_question question = {
        .title = "pades",
        .about = about.text,
        .error = state_text(request->state),
        .label = "PIN:",
        .tty = p->terminal ? "/dev/tty" : NULL,
    };
    return pinentry_ask(p->pinentry, &question, line, why, n);
}

static pades_status without_program(struct pin_source *p, const pades_pin_request *request,
                                    const char *why, struct secret *line, pades_pin *pin)
{
    if (!p->demanded && p->terminal) {
        report_note(p->app, "pades: '%s' cannot ask for the PIN: %s", show(p->pinentry).text, why);
        p->pinentry[0] = '\0';
        return from_terminal(p, request, line, pin);
    }
    fail(&p->why, PADES_PIN_REQUIRED, "--pinentry PROGRAM names another, none the terminal",
         "'%s' cannot ask for the PIN: %s", show(p->pinentry).text, why);
    return PADES_PIN_REQUIRED;
}

static pades_status from_program(struct pin_source *p, const pades_pin_request *request,
                                 struct secret *line, pades_pin *pin)
{
    char why[256] = "";
    switch (ask_program(p, request, line, why, sizeof why)) {
    case PINENTRY_ANSWERED:
        return give(p, line, pin);
    case PINENTRY_CANCELLED:
        return PADES_PIN_CANCELLED;
    case PINENTRY_NO_ANSWER:
        return no_pin(p, PADES_PIN_CANCELLED, "nobody typed the PIN in time");
    case PINENTRY_TOO_LONG:
        return no_pin(p, PADES_PIN_CANCELLED, "the PIN that was typed is too long");
    case PINENTRY_FAILED:
        break;
    }
    return without_program(p, request, why, line, pin);
}

pades_status pin_ask(struct pin_source *p, const pades_pin_request *request, pades_pin *pin)
{
    __attribute__((cleanup(auto_secret))) struct secret line = {0};
    if (request->state == PADES_PIN_STATE_FINAL_TRY &&
        !setting_on(&p->app->settings, OPT_PIN_LAST_TRY)) {
        fail(&p->why, PADES_PIN_LAST_TRY,
             "--pin-last-try asks for it; a wrong PIN then locks the token",
             "one try is left for the PIN of '%s'", request->token_label);
        return PADES_PIN_LAST_TRY;
    }
    if (!secret_open(&line)) {
        return PADES_NO_MEMORY;
    }
    return p->pinentry[0] != '\0' ? from_program(p, request, &line, pin)
                                  : from_terminal(p, request, &line, pin);
}
