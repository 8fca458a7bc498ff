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

/* Nothing is to be said of the old PIN where a new one is asked for. */
static const char *attention(const pades_pin_request *request)
{
    if (request->kind == PADES_PIN_KIND_NEW) {
        return NULL;
    }
    if (request->kind == PADES_PIN_KIND_PUK) {
        return request->state == PADES_PIN_STATE_FINAL_TRY
                   ? "LAST TRY: one more wrong PUK locks the token for good"
               : request->state == PADES_PIN_STATE_COUNT_LOW
                   ? "a wrong PUK was given since the last right one"
                   : "too many wrong PUKs lock the token for good";
    }
    return state_text(request->state);
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
    char length[96];
    add_line(l, "document: ", request->document == NULL ? p->document : request->document);
    add_line(l, "certificate: ", request->subject);
    add_line(l, "token: ", request->token_label);
    add_line(l, "serial: ", request->token_serial);
    add_line(l, "note: ",
             request->each_signature != 0 ? "this key wants its PIN for every signature" : NULL);
    if (request->kind == PADES_PIN_KIND_NEW && request->max_length > 0) {
        snprintf(length, sizeof length, "%zu to %zu characters, as the token tells",
                 request->min_length, request->max_length);
        add_line(l, "length: ", length);
    }
}

/* "PIN to sign", "new PIN to change the PIN", "PUK to unblock the PIN". */
struct wording {
    char text[256];
};
static struct wording wording(const pades_pin_request *request)
{
    struct wording w;
    snprintf(w.text, sizeof w.text, "%s to %.100s",
             request->kind == PADES_PIN_KIND_NEW   ? "new PIN"
             : request->kind == PADES_PIN_KIND_PUK ? "PUK"
                                                   : "PIN",
             request->purpose == NULL ? "sign" : request->purpose);
    return w;
}

/* Once more, for a new PIN. */
static const char *again_text(bool again)
{
    return again ? ", again" : "";
}

static pades_status from_terminal(const struct pin_source *p, const pades_pin_request *request,
                                  bool again, struct secret *line)
{
    char label[300];
    struct lines about = {.width = 13, .most = SIZE_MAX};
    if (!again) {
        describe(p, request, &about);
        add_line(&about, "attention: ", attention(request));
    }
    snprintf(label, sizeof label, "pades: %s%s: ", wording(request).text, again_text(again));
    return prompt_secret(about.text, label, line);
}

static const char *label_of(pades_pin_kind kind)
{
    return kind == PADES_PIN_KIND_NEW ? "New PIN:" : kind == PADES_PIN_KIND_PUK ? "PUK:" : "PIN:";
}

/* The first line is ours and free of '<': a program that guesses whether a text is HTML looks at
 * that one. The state of the PIN is given apart, where it is seen. */
static enum pinentry_end ask_program(struct pin_source *p, const pades_pin_request *request,
                                     bool again, struct secret *line, char *why, size_t n)
{
    struct lines about = {.most = 160};
    about.used = (size_t)snprintf(about.text, sizeof about.text, "pades: %s%s\n",
                                  wording(request).text, again_text(again));
    describe(p, request, &about);
    const struct pinentry_question question = {
        .title = "pades",
        .about = about.text,
        .error = attention(request),
        .label = label_of(request->kind),
        .tty = p->terminal ? "/dev/tty" : NULL,
    };
    return pinentry_ask(p->pinentry, &question, line, why, n);
}

static pades_status without_program(struct pin_source *p, const pades_pin_request *request,
                                    bool again, const char *why, struct secret *line)
{
    if (!p->demanded && p->terminal) {
        report_note(p->app, "pades: '%s' cannot ask for the PIN: %s", show(p->pinentry).text, why);
        p->pinentry[0] = '\0';
        return from_terminal(p, request, again, line);
    }
    fail(&p->why, PADES_PIN_REQUIRED, "--pinentry PROGRAM names another, none the terminal",
         "'%s' cannot ask for the PIN: %s", show(p->pinentry).text, why);
    return PADES_PIN_REQUIRED;
}

static pades_status from_program(struct pin_source *p, const pades_pin_request *request, bool again,
                                 struct secret *line)
{
    char why[256] = "";
    switch (ask_program(p, request, again, line, why, sizeof why)) {
    case PINENTRY_ANSWERED:
        return PADES_OK;
    case PINENTRY_CANCELLED:
        return PADES_PIN_CANCELLED;
    case PINENTRY_NO_ANSWER:
        return no_pin(p, PADES_PIN_CANCELLED, "nobody typed the PIN in time");
    case PINENTRY_TOO_LONG:
        return no_pin(p, PADES_PIN_CANCELLED, "the PIN that was typed is too long");
    case PINENTRY_FAILED:
        break;
    }
    return without_program(p, request, again, why, line);
}

static pades_status ask_line(struct pin_source *p, const pades_pin_request *request, bool again,
                             struct secret *line)
{
    if (!secret_open(line)) {
        return PADES_NO_MEMORY;
    }
    pades_status status = p->pinentry[0] != '\0' ? from_program(p, request, again, line)
                                                 : from_terminal(p, request, again, line);
    if (status == PADES_OK && line->n == 0) {
        return no_pin(p, PADES_PIN_CANCELLED,
                      request->kind == PADES_PIN_KIND_PUK ? "no PUK was typed"
                                                          : "no PIN was typed");
    }
    return status;
}

/* A new PIN is typed twice, so that nobody has one that he does not know. */
static pades_status ask_again(struct pin_source *p, const pades_pin_request *request,
                              const struct secret *first)
{
    __attribute__((cleanup(auto_secret))) struct secret second = {0};
    pades_status status = ask_line(p, request, true, &second);
    if (status == PADES_OK &&
        (second.n != first->n || memcmp(second.bytes, first->bytes, first->n) != 0)) {
        return no_pin(p, PADES_PIN_CANCELLED,
                      "the new PIN was typed twice and not alike; nothing was changed");
    }
    return status;
}

/* A last try that nobody asked for. */
static pades_status refuse_last_try(struct pin_source *p, const pades_pin_request *request)
{
    bool puk = request->kind == PADES_PIN_KIND_PUK;
    fail(&p->why, PADES_PIN_LAST_TRY,
         puk ? "--pin-last-try asks for it; a wrong PUK then locks the token for good"
             : "--pin-last-try asks for it; a wrong PIN then locks the token",
         "one try is left for the %s of '%s'", puk ? "PUK" : "PIN", request->token_label);
    return PADES_PIN_LAST_TRY;
}

pades_status pin_ask(struct pin_source *p, const pades_pin_request *request, pades_pin *pin)
{
    __attribute__((cleanup(auto_secret))) struct secret line = {0};
    bool is_new = request->kind == PADES_PIN_KIND_NEW;
    if (request->state == PADES_PIN_STATE_FINAL_TRY && !is_new &&
        !setting_on(&p->app->settings, OPT_PIN_LAST_TRY)) {
        return refuse_last_try(p, request);
    }
    pades_status status = ask_line(p, request, false, &line);
    if (status == PADES_OK && is_new) {
        status = ask_again(p, request, &line);
    }
    if (status != PADES_OK) {
        return status;
    }
    return pades_pin_set(pin, line.bytes, line.n) == 0 ? PADES_OK : PADES_NO_MEMORY;
}
