/* Check boxes and radio buttons: the value is the name of a state, and every widget shows that
 * state when it has it and is off when not. Push buttons have no value.
 * clause: ISO32000-1#12.7.4.2 button fields */
#include "pdf/fill.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/text.h"

#include <stdio.h>

enum {
    NO_TOGGLE = 1 << 14,
    RADIO = 1 << 15,
    PUSH_BUTTON = 1 << 16,
    LIST_BYTES = 512,
    TEXT_MAX = 64 << 10
};
static const char off[] = "Off";

/* The dictionary of a widget's states. */
static pades_status states_of(sealing *s, const fill_widget *w, const pdf_obj **ret,
                              pades_error **e)
{
    sealing_part look;
    sealing_part normal;
    TRY(sealing_get(s, w->part.o, "AP", &look, e));
    TRY(sealing_get(s, look.o, "N", &normal, e));
    *ret = pdf_is(normal.o, PDF_DICT) && !pdf_dict_get(normal.o, "Length") ? normal.o : NULL;
    return PADES_OK;
}

static bool has_state(const pdf_obj *states, span name)
{
    for (size_t i = 0; states && i < states->u.dict.n; i++) {
        if (span_eq(states->u.dict.pairs[i].key, name)) {
            return true;
        }
    }
    return false;
}

/* The one state of a widget that is not off. */
static span on_state(const pdf_obj *states)
{
    for (size_t i = 0; states && i < states->u.dict.n; i++) {
        if (!span_is(states->u.dict.pairs[i].key, off)) {
            return states->u.dict.pairs[i].key;
        }
    }
    return span_of(NULL, 0);
}

static bool is_text(const pdf_obj *o, const char *text)
{
    AUTO_VAL(buf) utf8 = BUF(TEXT_MAX);
    if (!pdf_is(o, PDF_STRING)) {
        return false;
    }
    pdf_text_utf8(&utf8, o->u.text);
    return buf_ok(&utf8) && span_is(buf_span(&utf8), text);
}

/* Where two buttons could be meant, a seal over either may be one over the wrong one. */
static pades_status refuse_two(const fill_field *field, span one, span other, pades_error **e)
{
    AUTO(mem_text) *shown = escape_text(span_str(field->plan->value), 60);
    AUTO(mem_text) *first = escape_text(one, 60);
    AUTO(mem_text) *second = escape_text(other, 60);
    if (!shown || !first || !second) {
        return fail_memory(e);
    }
    (void)fill_refuse(field, PADES_INVALID_ARGUMENT, e,
                      "has two buttons that '%s' could mean, with the states '%s' and '%s'", shown,
                      first, second);
    error_hint(e, "give a value that only one of them has: a text of /Opt or the name of a state");
    error_clause(e, "ISO32000-1#12.7.4.2");
    return PADES_INVALID_ARGUMENT;
}

/* /Opt gives the widgets texts in their order, which stand for their states. */
static pades_status by_option(sealing *s, const fill_field *field, span *ret, pades_error **e)
{
    sealing_part options;
    TRY(sealing_get(s, field->node.o, "Opt", &options, e));
    for (size_t i = 0; pdf_is(options.o, PDF_ARRAY) && i < field->widgets_n; i++) {
        sealing_part option;
        const pdf_obj *states = NULL;
        TRY(fill_item(s, options.o, i, &option, e));
        if (!is_text(option.o, field->plan->value)) {
            continue;
        }
        TRY(states_of(s, &field->widgets[i], &states, e));
        span state = on_state(states);
        if (!state.p) {
            return fill_refuse(field, PADES_DOC_UNSUPPORTED, e, "has a button without a state");
        }
        if (ret->p && !span_eq(*ret, state)) {
            return refuse_two(field, *ret, state, e);
        }
        *ret = state;
    }
    return PADES_OK;
}

static pades_status by_name(sealing *s, const fill_field *field, span *ret, pades_error **e)
{
    span wanted = span_str(field->plan->value);
    bool found = span_is(wanted, off);
    for (size_t i = 0; i < field->widgets_n && !found; i++) {
        const pdf_obj *states = NULL;
        TRY(states_of(s, &field->widgets[i], &states, e));
        found = has_state(states, wanted);
    }
    *ret = found ? wanted : *ret;
    return PADES_OK;
}

/* clause: ISO32000-1#12.7.4.2.3 with /Opt the states are the positions of their widgets, written as
 * names, and mean nothing by themselves */
static pades_status are_positions(sealing *s, const fill_field *field, bool *ret, pades_error **e)
{
    *ret = field->widgets_n > 0;
    for (size_t i = 0; i < field->widgets_n && *ret; i++) {
        char position[24];
        const pdf_obj *states = NULL;
        (void)snprintf(position, sizeof position, "%zu", i);
        TRY(states_of(s, &field->widgets[i], &states, e));
        *ret = span_is(on_state(states), position);
    }
    return PADES_OK;
}

/* The texts are what people see and what is exported; the states behind them are often numbers. */
static pades_status find_state(sealing *s, fill_field *field, span *ret, pades_error **e)
{
    span text = {NULL, 0};
    span name = {NULL, 0};
    TRY(by_option(s, field, &text, e));
    TRY(by_name(s, field, &name, e));
    if (text.p && name.p && !span_eq(text, name)) {
        bool numbered = false;
        TRY(are_positions(s, field, &numbered, e));
        if (!numbered || span_is(name, off)) {
            return refuse_two(field, text, name, e);
        }
        fill_warn(s, field, "takes its value for a text of /Opt, not for the number of a button");
    }
    *ret = text.p ? text : name;
    return PADES_OK;
}

/* What the field could be set to, for the hint. */
static pades_status add_states(sealing *s, const fill_field *field, buf *out, pades_error **e)
{
    for (size_t i = 0; i < field->widgets_n && out->n < LIST_BYTES / 2; i++) {
        const pdf_obj *states = NULL;
        TRY(states_of(s, &field->widgets[i], &states, e));
        AUTO(mem_text) *shown = escape_text(on_state(states), 60);
        buf_addf(out, "'%s', ", shown ? shown : "");
    }
    buf_add_str(out, "'Off'");
    buf_add_byte(out, 0);
    return PADES_OK;
}

static pades_status unknown_state(sealing *s, const fill_field *field, pades_error **e)
{
    AUTO_VAL(buf) states = BUF(LIST_BYTES);
    AUTO(mem_text) *shown = escape_text(span_str(field->plan->value), 60);
    TRY(add_states(s, field, &states, e));
    (void)fill_refuse(field, PADES_INVALID_ARGUMENT, e, "has no state '%s'", shown ? shown : "");
    error_hint(e, "it can be %s", buf_ok(&states) ? (const char *)states.p : "'Off'");
    error_clause(e, "ISO32000-1#12.7.4.2");
    return PADES_INVALID_ARGUMENT;
}

pades_status fill_button(sealing *s, fill_field *field, pades_error **e)
{
    span state = {NULL, 0};
    if (field->flags & PUSH_BUTTON) {
        return fill_refuse(field, PADES_INVALID_ARGUMENT, e,
                           "is a push button, which has no value");
    }
    TRY(find_state(s, field, &state, e));
    if (!state.p) {
        return unknown_state(s, field, e);
    }
    if ((field->flags & RADIO) && (field->flags & NO_TOGGLE) && span_is(state, off)) {
        return fill_refuse(field, PADES_INVALID_ARGUMENT, e,
                           "must have one of its buttons chosen (NoToggleToOff)");
    }
    field->name_value = state;
    for (size_t i = 0; i < field->widgets_n; i++) {
        const pdf_obj *states = NULL;
        TRY(states_of(s, &field->widgets[i], &states, e));
        field->widgets[i].state = has_state(states, state) ? state : span_str(off);
    }
    return PADES_OK;
}
