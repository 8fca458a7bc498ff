/* What became of each module: those that work, and those that do not, with the reason and what to
 * do about it. A module is told once. */
#include "token/internal.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

enum { TOLD_NAME, TOLD_FILE, TOLD_PRODUCT, TOLD_FAILURE, TOLD_HINT, TOLD_STATE };

/* The state of one that failed, as a text among its texts. */
static pades_module_state state_of(const char *text)
{
    return text && text[0] == '2'   ? PADES_MODULE_STATE_UNSAFE
           : text && text[0] == '3' ? PADES_MODULE_STATE_DIED
                                    : PADES_MODULE_STATE_UNUSABLE;
}

static const char *text_of(pades_module_state state)
{
    return state == PADES_MODULE_STATE_UNSAFE ? "2" : state == PADES_MODULE_STATE_DIED ? "3" : "1";
}

void p11_told_free(p11_told *told)
{
    mem_free(told->line);
    for (size_t i = 0; i < ARRAY_LEN(told->text); i++) {
        mem_free(told->text[i]);
    }
}

static bool put(p11_told *told, size_t at, const char *text)
{
    told->text[at] = text ? escape_text(span_str(text), 0) : NULL;
    return !text || told->text[at];
}

static bool describe(p11_told *told, const p11_module *module)
{
    bool ok = put(told, TOLD_NAME, module->name ? module->name : "?") &&
              put(told, TOLD_FILE, module->file ? module->file : module->path) &&
              put(told, TOLD_PRODUCT, module->product);
    told->info = (pades_module_info){.name = told->text[TOLD_NAME],
                                     .file = told->text[TOLD_FILE],
                                     .product = told->text[TOLD_PRODUCT]};
    return ok;
}

static bool describe_failure(p11_told *told, const p11_objection *no)
{
    AUTO_VAL(buf) why = BUF(P11_MAX_TEXT);
    AUTO_VAL(buf) line = BUF(2 * P11_MAX_TEXT);
    bool asked_for = !told->info.product; /* nobody asked for a known module */
    escape_add(&why, span_str(no->why));
    if (no->native[0]) {
        buf_addf(&why, " (%s)", no->native);
    }
    buf_addf(&line, "%s: ", told->text[TOLD_NAME]);
    buf_add_span(&line, buf_span(&why));
    told->text[TOLD_FAILURE] = buf_take_text(&why);
    told->line = asked_for ? buf_take_text(&line) : NULL;
    told->info.failure = told->text[TOLD_FAILURE];
    bool ok = told->info.failure && (told->line || !asked_for) && put(told, TOLD_HINT, no->hint) &&
              put(told, TOLD_STATE, text_of(no->state));
    told->info.hint = told->text[TOLD_HINT];
    told->info.state = state_of(told->text[TOLD_STATE]);
    return ok;
}

static pades_status tell(p11_modules *m, const p11_module *module, const p11_objection *no,
                         pades_error **e)
{
    if (!MEM_GROW(m->told, m->told_n, m->told_cap)) {
        return fail_memory(e);
    }
    p11_told *told = &m->told[m->told_n];
    memset(told, 0, sizeof *told);
    if (!describe(told, module) || (no && !describe_failure(told, no))) {
        p11_told_free(told);
        return fail_memory(e);
    }
    bool held = module >= m->modules && module < m->modules + m->modules_n;
    told->module = held ? (size_t)(module - m->modules) : SIZE_MAX;
    m->told_n++;
    return PADES_OK;
}

pades_status p11_note_failed(p11_modules *m, const p11_module *module, const p11_objection *no,
                             pades_error **e)
{
    TRY(tell(m, module, no, e));
    const pades_module_info *info = &m->told[m->told_n - 1].info;
    ctx_log(m->ctx, PADES_LOG_INFO, "%s: %s", info->name, info->failure);
    return PADES_OK;
}

static bool is_told(const p11_modules *m, size_t module)
{
    for (size_t i = 0; i < m->told_n; i++) {
        if (m->told[i].module == module) {
            return true;
        }
    }
    return false;
}

pades_status p11_note_working(p11_modules *m, pades_error **e)
{
    for (size_t i = 0; i < m->modules_n; i++) {
        if (!is_told(m, i)) {
            TRY(tell(m, &m->modules[i], NULL, e));
        }
    }
    return PADES_OK;
}

pades_status p11_tell_again(p11_modules *m, char *text[P11_TOLD_TEXTS], char *line, pades_error **e)
{
    p11_told told = {.line = line, .module = SIZE_MAX};
    for (size_t i = 0; i < P11_TOLD_TEXTS; i++) {
        told.text[i] = text[i];
    }
    told.info = (pades_module_info){.name = text[TOLD_NAME],
                                    .file = text[TOLD_FILE],
                                    .product = text[TOLD_PRODUCT],
                                    .failure = text[TOLD_FAILURE],
                                    .hint = text[TOLD_HINT],
                                    .state = state_of(text[TOLD_STATE])};
    if (!text[TOLD_NAME] || !text[TOLD_FAILURE] || !MEM_GROW(m->told, m->told_n, m->told_cap)) {
        p11_told_free(&told);
        return fail_memory(e);
    }
    m->told[m->told_n++] = told;
    return PADES_OK;
}

void p11_told_clear(p11_modules *m)
{
    for (size_t i = 0; i < m->told_n; i++) {
        p11_told_free(&m->told[i]);
    }
    mem_free(m->told);
    m->told = NULL;
    m->told_n = m->told_cap = 0;
}

bool p11_is_here(const p11_modules *m, const char *file)
{
    for (size_t i = 0; i < m->modules_n; i++) {
        if (m->modules[i].file && strcmp(m->modules[i].file, file) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < m->told_n; i++) {
        const pades_module_info *info = &m->told[i].info;
        if ((info->file && strcmp(info->file, file) == 0) ||
            (info->failure && strstr(info->failure, file))) {
            return true;
        }
    }
    return false;
}

const char *p11_failed_module(const p11_modules *m, size_t i)
{
    for (size_t at = 0; at < m->told_n; at++) {
        if (m->told[at].line && i-- == 0) {
            return m->told[at].line;
        }
    }
    return NULL;
}

const pades_module_info *p11_module_told(const p11_modules *m, size_t i)
{
    return i < m->told_n ? &m->told[i].info : NULL;
}
