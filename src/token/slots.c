/* Slots with a token in them. A token is (module, slot): two PINs of one card are two slots with
 * the same serial. Slots without an initialized token are passed over; text from the token is
 * hostile, padded and perhaps cut in the middle of a character. */
#include "token/internal.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

#include <stdio.h>
#include <unistd.h>

enum {
    TEXT_MODULE,
    TEXT_SLOT,
    TEXT_LABEL,
    TEXT_MANUFACTURER,
    TEXT_MODEL,
    TEXT_SERIAL,
    TEXT_FIRMWARE,
    TEXT_LIBRARY,
    TEXT_URI
};

typedef struct flag_state {
    CK_FLAGS flag;
    pades_pin_state state;
} flag_state;

static pades_pin_state first_of(CK_FLAGS flags, const flag_state order[4])
{
    for (size_t i = 0; i < 4; i++) {
        if ((flags & order[i].flag) != 0) {
            return order[i].state;
        }
    }
    return PADES_PIN_STATE_OK;
}

pades_pin_state p11_pin_state(CK_FLAGS flags)
{
    static const flag_state order[4] = {
        {CKF_USER_PIN_LOCKED, PADES_PIN_STATE_LOCKED},
        {CKF_USER_PIN_FINAL_TRY, PADES_PIN_STATE_FINAL_TRY},
        {CKF_USER_PIN_COUNT_LOW, PADES_PIN_STATE_COUNT_LOW},
        {CKF_USER_PIN_TO_BE_CHANGED, PADES_PIN_STATE_TO_BE_CHANGED}};
    pades_pin_state state = first_of(flags, order);
    bool none = state == PADES_PIN_STATE_OK && (flags & CKF_USER_PIN_INITIALIZED) == 0;
    return none ? PADES_PIN_STATE_NOT_SET : state;
}

pades_pin_state p11_so_pin_state(CK_FLAGS flags)
{
    static const flag_state order[4] = {{CKF_SO_PIN_LOCKED, PADES_PIN_STATE_LOCKED},
                                        {CKF_SO_PIN_FINAL_TRY, PADES_PIN_STATE_FINAL_TRY},
                                        {CKF_SO_PIN_COUNT_LOW, PADES_PIN_STATE_COUNT_LOW},
                                        {CKF_SO_PIN_TO_BE_CHANGED, PADES_PIN_STATE_TO_BE_CHANGED}};
    return first_of(flags, order);
}

void p11_slot_free(p11_slot *slot)
{
    for (size_t i = 0; i < ARRAY_LEN(slot->text); i++) {
        mem_free(slot->text[i]);
    }
}

static void slots_clear(p11_modules *m)
{
    for (size_t i = 0; i < m->slots_n; i++) {
        p11_slot *slot = &m->slots[i];
        if (slot->session != CK_INVALID_HANDLE) {
            (void)p11_close_session(p11_port_of(m, i), slot->session);
        }
        p11_slot_free(slot);
    }
    mem_free(m->slots);
    m->slots = NULL;
    m->slots_n = m->slots_cap = 0;
    buf_clear(&m->others);
    buf_clear(&m->unrecognized);
}

void p11_modules_close(p11_modules *m)
{
    if (!m) {
        return;
    }
    slots_clear(m);
    p11_modules_unload(m);
    p11_told_clear(m);
    p11_aside_free(m);
    mem_free(m->uri_text);
    p11_uri_free(&m->uri);
    buf_free(&m->others);
    buf_free(&m->unrecognized);
    mem_free(m);
}

static pades_status note(buf *list, span text, pades_error **e)
{
    buf_add_str(list, list->n ? ", '" : "'");
    escape_add(list, text);
    buf_add_byte(list, '\'');
    return buf_check(list, "the list of tokens", e);
}

static char *library_text(const CK_INFO *info)
{
    AUTO_VAL(buf) text = BUF(P11_MAX_TEXT);
    escape_add(&text, p11_trim(info->manufacturerID, sizeof info->manufacturerID));
    buf_add_str(&text, text.n > 0 ? ", " : "");
    escape_add(&text, p11_trim(info->libraryDescription, sizeof info->libraryDescription));
    buf_addf(&text, "%s%u.%u", text.n > 0 ? ", " : "", info->libraryVersion.major,
             info->libraryVersion.minor);
    return buf_take_text(&text);
}

static void set_texts(p11_slot *slot, const p11_module *module, const CK_SLOT_INFO *info)
{
    const CK_TOKEN_INFO *t = &slot->raw;
    char firmware[16];
    snprintf(firmware, sizeof firmware, "%u.%u", t->firmwareVersion.major,
             t->firmwareVersion.minor);
    slot->text[TEXT_MODULE] = escape_text(span_str(module->name), 0);
    slot->text[TEXT_SLOT] =
        escape_text(p11_trim(info->slotDescription, sizeof info->slotDescription), 0);
    slot->text[TEXT_LABEL] = escape_text(p11_trim(t->label, sizeof t->label), 0);
    slot->text[TEXT_MANUFACTURER] =
        escape_text(p11_trim(t->manufacturerID, sizeof t->manufacturerID), 0);
    slot->text[TEXT_MODEL] = escape_text(p11_trim(t->model, sizeof t->model), 0);
    slot->text[TEXT_SERIAL] = escape_text(p11_trim(t->serialNumber, sizeof t->serialNumber), 0);
    slot->text[TEXT_FIRMWARE] = mem_strdup(firmware);
    slot->text[TEXT_LIBRARY] = library_text(&module->info);
}

static size_t length_of(CK_ULONG told)
{
    return told == CK_UNAVAILABLE_INFORMATION || told == CK_EFFECTIVELY_INFINITE ? 0 : told;
}

static bool describe(p11_slot *slot, const p11_module *module, const CK_SLOT_INFO *info)
{
    set_texts(slot, module, info);
    for (size_t i = 0; i < TEXT_URI; i++) {
        if (!slot->text[i]) {
            return false;
        }
    }
    slot->info = (pades_token_info){
        .module = slot->text[TEXT_MODULE],
        .slot = slot->id,
        .slot_description = slot->text[TEXT_SLOT],
        .label = slot->text[TEXT_LABEL],
        .manufacturer = slot->text[TEXT_MANUFACTURER],
        .model = slot->text[TEXT_MODEL],
        .serial = slot->text[TEXT_SERIAL],
        .firmware = slot->text[TEXT_FIRMWARE],
        .pin_state = p11_pin_state(slot->raw.flags),
        .has_pad = (slot->raw.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0,
        .login_required = (slot->raw.flags & CKF_LOGIN_REQUIRED) != 0,
        .library = slot->text[TEXT_LIBRARY],
        .so_pin_state = p11_so_pin_state(slot->raw.flags),
        .pin_min = length_of(slot->raw.ulMinPinLen),
        .pin_max = length_of(slot->raw.ulMaxPinLen),
        .removable = slot->removable,
        .write_protected = (slot->raw.flags & CKF_WRITE_PROTECTED) != 0,
    };
    return true;
}

static pades_status keep(p11_modules *m, p11_slot *slot, const CK_SLOT_INFO *info, pades_error **e)
{
    if (!describe(slot, &m->modules[slot->module], info) ||
        !MEM_GROW(m->slots, m->slots_n, m->slots_cap)) {
        p11_slot_free(slot);
        return fail_memory(e);
    }
    m->slots[m->slots_n++] = *slot;
    return PADES_OK;
}

/* A known module is for what the modules before it do not see: a token in the same reader is
 * theirs.
 */
static bool is_seen_already(const p11_modules *m, size_t module, const CK_SLOT_INFO *info)
{
    span name = p11_trim(info->slotDescription, sizeof info->slotDescription);
    AUTO(mem_text) *text = escape_text(name, 0);
    if (!m->modules[module].product || !text || name.n == 0) {
        return false;
    }
    for (size_t i = 0; i < m->slots_n; i++) {
        if (m->slots[i].module != module && strcmp(m->slots[i].text[TEXT_SLOT], text) == 0) {
            return true;
        }
    }
    return false;
}

/* What is not there, not set up or not answering is passed over; what is not recognized is noted.
 */
static pades_status take_slot(p11_modules *m, size_t module, CK_SLOT_ID id,
                              const p11_slot_look *look, pades_error **e)
{
    const CK_SLOT_INFO *info = &look->slot;
    p11_slot slot;
    memset(&slot, 0, sizeof slot);
    slot.module = module;
    slot.id = id;
    slot.session = CK_INVALID_HANDLE;
    slot.raw = look->token;
    slot.removable = (info->flags & CKF_REMOVABLE_DEVICE) != 0;
    if (look->slot_rv != CKR_OK || (info->flags & CKF_TOKEN_PRESENT) == 0) {
        return PADES_OK;
    }
    if (look->token_rv == CKR_TOKEN_NOT_RECOGNIZED) {
        return note(&m->unrecognized, p11_trim(info->slotDescription, sizeof info->slotDescription),
                    e);
    }
    if (look->token_rv != CKR_OK || (slot.raw.flags & CKF_TOKEN_INITIALIZED) == 0) {
        return PADES_OK;
    }
    if (!p11_uri_fits_slot(&m->uri, id, info) || !p11_uri_fits_token(&m->uri, &slot.raw)) {
        return note(&m->others, p11_trim(slot.raw.label, sizeof slot.raw.label), e);
    }
    return is_seen_already(m, module, info) ? PADES_OK : keep(m, &slot, info, e);
}

/* What a module does not tell about itself is empty. */
static bool library_fits(const p11_modules *m, p11_module *module)
{
    const p11_uri *u = &m->uri;
    bool told = p11_info(module->port, &module->info) == CKR_OK;
    if (!told) {
        memset(&module->info, 0, sizeof module->info);
    }
    if (!u->has[URI_LIBRARY_MANUFACTURER] && !u->has[URI_LIBRARY_DESCRIPTION] &&
        !u->has[URI_LIBRARY_VERSION]) {
        return true;
    }
    return told && p11_uri_fits_library(u, &module->info);
}

static pades_status list_module(p11_modules *m, size_t module, pades_error **e)
{
    CK_SLOT_ID ids[P11_MAX_SLOTS];
    p11_slot_look looks[P11_LOOKS];
    CK_ULONG n = P11_MAX_SLOTS, looked = P11_LOOKS;
    char room[32], why[] = "it cannot list its slots";
    p11_port *port = m->modules[module].port;
    CK_RV rv = p11_slot_looks(port, ids, &n, looks, &looked);
    if (p11_modules_fate(m)) {
        return PADES_OK; /* told by the round after this one */
    }
    if (rv != CKR_OK) {
        p11_objection no = {.why = why};
        snprintf(no.native, sizeof no.native, "%s", p11_rv_name(rv, room));
        return p11_note_failed(m, &m->modules[module], &no, e);
    }
    pades_status status = PADES_OK;
    for (CK_ULONG i = 0; i < n && status == PADES_OK; i++) {
        p11_slot_look *look = &looks[i < looked ? i : 0];
        if (i >= looked) {
            p11_look_at_slot(port, ids[i], look);
        }
        status = take_slot(m, module, ids[i], look, e);
    }
    return status;
}

static bool has_twin(const p11_modules *m, size_t token)
{
    const CK_TOKEN_INFO *a = &m->slots[token].raw;
    for (size_t i = 0; i < m->slots_n; i++) {
        const CK_TOKEN_INFO *b = &m->slots[i].raw;
        if (i != token && memcmp(a->label, b->label, sizeof a->label) == 0 &&
            memcmp(a->serialNumber, b->serialNumber, sizeof a->serialNumber) == 0) {
            return true;
        }
    }
    return false;
}

/* Path attributes that select the token; the slot's number only where nothing else tells it from
 * another. */
static void add_token_path(const p11_modules *m, size_t token, buf *out)
{
    const p11_slot *slot = &m->slots[token];
    const CK_TOKEN_INFO *t = &slot->raw;
    char id[24];
    buf_add_str(out, "pkcs11:");
    p11_uri_add(out, ';', "model", p11_trim(t->model, sizeof t->model));
    p11_uri_add(out, ';', "manufacturer", p11_trim(t->manufacturerID, sizeof t->manufacturerID));
    p11_uri_add(out, ';', "serial", p11_trim(t->serialNumber, sizeof t->serialNumber));
    p11_uri_add(out, ';', "token", p11_trim(t->label, sizeof t->label));
    if (has_twin(m, token)) {
        snprintf(id, sizeof id, "%lu", slot->id);
        p11_uri_add(out, ';', "slot-id", span_str(id));
    }
}

static void add_module_query(const p11_modules *m, size_t token, buf *out)
{
    const char *path = m->modules[m->slots[token].module].path;
    if (path) {
        p11_uri_add(out, '?', "module-path", span_str(path));
    }
}

char *p11_object_uri(const p11_modules *m, size_t token, span id, const char *label,
                     const char *type)
{
    AUTO_VAL(buf) out = BUF(8 * P11_MAX_TEXT);
    add_token_path(m, token, &out);
    if (id.n) {
        p11_uri_add(&out, ';', "id", id);
    } else if (label && label[0]) {
        p11_uri_add(&out, ';', "object", span_str(label));
    }
    if (type) {
        p11_uri_add(&out, ';', "type", span_str(type));
    }
    add_module_query(m, token, &out);
    return buf_take_text(&out);
}

pades_status p11_slots_list(p11_modules *m, pades_error **e)
{
    for (size_t i = 0; i < m->modules_n && !p11_modules_fate(m); i++) {
        if (library_fits(m, &m->modules[i])) {
            TRY(list_module(m, i, e));
        }
    }
    for (size_t i = 0; i < m->slots_n; i++) {
        p11_slot *slot = &m->slots[i];
        slot->text[TEXT_URI] = p11_object_uri(m, i, span_of(NULL, 0), NULL, NULL);
        if (!slot->text[TEXT_URI]) {
            return fail_memory(e);
        }
        slot->info.uri = slot->text[TEXT_URI];
    }
    return PADES_OK;
}

/* What is told of modules that fail at every look is told once. */
pades_status p11_slots_list_again(p11_modules *m, pades_error **e)
{
    size_t told = m->told_n;
    buf_clear(&m->others);
    buf_clear(&m->unrecognized);
    pades_status status = p11_slots_list(m, e);
    while (m->told_n > told) {
        p11_told_free(&m->told[--m->told_n]);
    }
    return status;
}

/* The only module that was asked for cannot list its slots: that is the answer. */
static pades_status check_named(const p11_modules *m, pades_error **e)
{
    if (m->named && p11_failed_module(m, 0)) {
        return fail(e, PADES_MODULE_FAILED, "PKCS#11 module %s", p11_failed_module(m, 0));
    }
    return PADES_OK;
}

static pades_status load_and_list(p11_modules *m, const pades_token_opts *opts, pades_error **e)
{
    TRY(p11_modules_load(m, opts, e));
    return p11_slots_list(m, e);
}

/* Round after round, each without the module that ended the process of the one before. */
static pades_status open_rounds(p11_modules *m, const pades_token_opts *opts, pades_error **e)
{
    TRY(load_and_list(m, opts, e));
    while (p11_modules_fate(m)) {
        TRY(p11_set_aside(m, e));
        slots_clear(m);
        p11_modules_unload(m);
        p11_told_clear(m);
        TRY(load_and_list(m, opts, e));
    }
    TRY(p11_tell_aside(m, e));
    TRY(check_named(m, e));
    return p11_note_working(m, e);
}

pades_status p11_modules_again(p11_modules *m, const pades_token_opts *opts, bool *ret_again,
                               pades_error **e)
{
    TRY(p11_opts(opts, &opts, e));
    *ret_again = p11_modules_fate(m) != NULL;
    if (!*ret_again) {
        return PADES_OK;
    }
    TRY(p11_set_aside(m, e));
    slots_clear(m);
    p11_modules_unload(m);
    p11_told_clear(m);
    return open_rounds(m, opts, e);
}

/* Tells the log which modules were asked. */
static void tell_modules(const p11_modules *m)
{
    for (size_t i = 0; i < m->modules_n; i++) {
        size_t tokens = 0;
        for (size_t k = 0; k < m->slots_n; k++) {
            tokens += m->slots[k].module == i ? 1 : 0;
        }
        ctx_log(m->ctx, PADES_LOG_INFO, "PKCS#11 module '%s'%s: %zu tokens%s", m->modules[i].name,
                m->worker ? ", in a process of its own" : "", tokens,
                m->uri_text ? " that are meant" : "");
    }
}

pades_status p11_modules_open(pades_ctx *ctx, const pades_token_opts *opts, p11_modules **ret,
                              pades_error **e)
{
    TRY(p11_opts(opts, &opts, e));
    AUTO(p11_modules) *m = mem_alloc(sizeof *m);
    if (!m) {
        return fail_memory(e);
    }
    m->ctx = ctx;
    m->others = BUF(P11_MAX_TEXT);
    m->unrecognized = BUF(P11_MAX_TEXT);
    TRY(p11_uri_parse(opts->uri, &m->uri, e));
    if (opts->uri && opts->uri[0] && !(m->uri_text = escape_text(span_str(opts->uri), 0))) {
        return fail_memory(e);
    }
    TRY(open_rounds(m, opts, e));
    tell_modules(m);
    *ret = TAKE(m);
    return PADES_OK;
}

size_t p11_tokens(const p11_modules *m)
{
    return m->slots_n;
}

const pades_token_info *p11_token(const p11_modules *m, size_t i)
{
    return i < m->slots_n ? &m->slots[i].info : NULL;
}

bool p11_may_hide(const p11_modules *m, size_t token)
{
    return m->slots[token].info.pin_state != PADES_PIN_STATE_NOT_SET;
}
