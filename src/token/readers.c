/* Readers, with and without a card in them, as each module sees them: a slot of a module with the
 * same description as another is the same reader (two PINs of one card are two slots). Text comes
 * from the module and is escaped. */
#include "token/internal.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

static void reader_free(p11_reader *r)
{
    mem_free(r->module_name);
    mem_free(r->name);
    mem_free(r->manufacturer);
}

void p11_readers_free(p11_readers *readers)
{
    for (size_t i = 0; i < readers->n; i++) {
        reader_free(&readers->items[i]);
    }
    mem_free(readers->items);
    memset(readers, 0, sizeof *readers);
}

static pades_reader_state state_of(p11_port *port, CK_SLOT_ID id, const CK_SLOT_INFO *slot)
{
    CK_TOKEN_INFO token;
    memset(&token, 0, sizeof token);
    if ((slot->flags & CKF_TOKEN_PRESENT) == 0) {
        return PADES_READER_EMPTY;
    }
    CK_RV rv = p11_token_info(port, id, &token);
    if (rv == CKR_OK) {
        return (token.flags & CKF_TOKEN_INITIALIZED) != 0 ? PADES_READER_TOKEN
                                                          : PADES_READER_NOT_SET_UP;
    }
    return rv == CKR_TOKEN_NOT_RECOGNIZED ? PADES_READER_UNRECOGNIZED
           : rv == CKR_TOKEN_NOT_PRESENT  ? PADES_READER_EMPTY
                                          : PADES_READER_SILENT;
}

static p11_reader *find(p11_readers *readers, size_t module, const char *name)
{
    for (size_t i = 0; i < readers->n; i++) {
        if (readers->items[i].module == module && strcmp(readers->items[i].name, name) == 0) {
            return &readers->items[i];
        }
    }
    return NULL;
}

/* A token in one of its slots counts more than that another slot is empty. */
static bool tells_more(pades_reader_state a, pades_reader_state than)
{
    static const int rank[] = {0, 4, 1, 3, 2};
    return rank[a] > rank[than];
}

static pades_status add(p11_readers *readers, p11_reader *r, pades_reader_state state,
                        bool removable, pades_error **e)
{
    if (!r->module_name || !r->name || !r->manufacturer ||
        !MEM_GROW(readers->items, readers->n, readers->cap)) {
        reader_free(r);
        return fail_memory(e);
    }
    r->info = (pades_reader_info){r->module_name, r->name, r->manufacturer, state, removable};
    readers->items[readers->n++] = *r;
    return PADES_OK;
}

static pades_status look_at(const p11_modules *m, size_t module, CK_SLOT_ID id,
                            p11_readers *readers, pades_error **e)
{
    CK_SLOT_INFO slot;
    p11_port *port = m->modules[module].port;
    memset(&slot, 0, sizeof slot);
    if (p11_slot_info(port, id, &slot) != CKR_OK) {
        return PADES_OK;
    }
    pades_reader_state state = state_of(port, id, &slot);
    p11_reader r = {
        .module = module,
        .module_name = escape_text(span_str(m->modules[module].name), 0),
        .name = escape_text(p11_trim(slot.slotDescription, sizeof slot.slotDescription), 0),
        .manufacturer = escape_text(p11_trim(slot.manufacturerID, sizeof slot.manufacturerID), 0)};
    p11_reader *known = r.name ? find(readers, module, r.name) : NULL;
    if (known) {
        known->info.state = tells_more(state, known->info.state) ? state : known->info.state;
        reader_free(&r);
        return PADES_OK;
    }
    return add(readers, &r, state, (slot.flags & CKF_REMOVABLE_DEVICE) != 0, e);
}

pades_status p11_readers_list(const p11_modules *m, p11_readers *ret, pades_error **e)
{
    for (size_t i = 0; i < m->modules_n; i++) {
        CK_SLOT_ID ids[P11_MAX_SLOTS];
        CK_ULONG n = P11_MAX_SLOTS;
        if (p11_slot_list(m->modules[i].port, false, ids, &n) != CKR_OK) {
            continue; /* told among the modules that failed */
        }
        for (CK_ULONG k = 0; k < n; k++) {
            TRY(look_at(m, i, ids[k], ret, e));
        }
    }
    return PADES_OK;
}
