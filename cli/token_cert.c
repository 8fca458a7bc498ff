/* pades token show, pades token export: one certificate, in detail or into a file. */
#include "inputs.h"
#include "key.h"
#include "outputs.h"
#include "process.h"
#include "report.h"
#include "text.h"
#include "token_tell.h"

#include <string.h>
#include <unistd.h>

enum { ENTRY_MAX = 2100 };

/* Which of several: their URIs tell them apart. */
static int fail_several(const pades_key_list *list, size_t n, struct failure *f)
{
    char hint[8000] = "one of";
    size_t used = strlen(hint);
    for (size_t i = 0; i < pades_key_list_count(list) && used < sizeof hint; i++) {
        const pades_key_info *k = pades_key_list_get(list, i);
        int wrote = k->certain == 0 ? 0
                                    : snprintf(hint + used, sizeof hint - used, "\n  %s  (%s)",
                                               k->uri, pades_cert_common_name(k->cert));
        used += wrote < 0 ? 0 : (size_t)wrote;
    }
    return fail(f, PADES_KEY_AMBIGUOUS, hint,
                "%zu certificates fit: --key, --cert-subject or --cert-serial says which", n);
}

/* The only certificate that fits, or the only one among them that can sign. */
static int choose(const pades_key_list *list, size_t *ret, struct failure *f)
{
    size_t n = 0, usable = 0, last = 0, last_usable = 0;
    for (size_t i = 0; i < pades_key_list_count(list); i++) {
        const pades_key_info *k = pades_key_list_get(list, i);
        last = k->certain != 0 ? i : last;
        n += k->certain != 0 ? 1 : 0;
        last_usable = k->usable != 0 ? i : last_usable;
        usable += k->usable != 0 ? 1 : 0;
    }
    if (n == 0) {
        return fail(f, PADES_CERT_NOT_FOUND,
                    "'pades token list' shows the tokens; some show certificates only after login",
                    "no certificate is seen that fits");
    }
    if (n > 1 && usable != 1) {
        return fail_several(list, n, f);
    }
    *ret = n == 1 ? last : last_usable;
    return EXIT_DONE;
}

/* --- show */

static const struct {
    pades_cert_list list;
    const char *member, *name;
} lists[] = {
    {PADES_CERT_KEY_USAGE, "key_usage", "key usage"},
    {PADES_CERT_EXT_KEY_USAGE, "extended_key_usage", "extended"},
    {PADES_CERT_POLICIES, "policies", "policy"},
    {PADES_CERT_OCSP_URLS, "ocsp_urls", "OCSP"},
    {PADES_CERT_ISSUER_URLS, "issuer_urls", "issuer at"},
    {PADES_CERT_CRL_URLS, "crl_urls", "CRL"},
};

static void add_lists(js *one, const pades_cert *cert)
{
    char text[ENTRY_MAX];
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        js *list = js_list_in(one, lists[i].member);
        for (size_t k = 0; pades_cert_entry(cert, lists[i].list, k, text, sizeof text) != 0; k++) {
            js_push_text(list, text);
        }
    }
}

static void add_mechanisms(js *one, pades_key_list *list, size_t index)
{
    const char *name;
    js *names = js_list_in(one, "mechanisms");
    for (size_t i = 0; (name = pades_key_list_mechanism(list, index, i)) != NULL; i++) {
        js_push_text(names, name);
    }
}

static int show_json(pades_key_list *list, size_t index, const pades_cert *const *chain, size_t n,
                     struct failure *f)
{
    const pades_key_info *k = pades_key_list_get(list, index);
    int always = pades_key_list_always_authenticate(list, index);
    js *object = js_start();
    tell_cert_json(object, k);
    js_number(object, "key_bits", pades_cert_key_bits(k->cert));
    js_text(object, "signature_algorithm", pades_cert_signature_algorithm(k->cert));
    if (always < 0) {
        js_null(object, "always_authenticate");
    } else {
        js_bool(object, "always_authenticate", always != 0);
    }
    add_lists(object, k->cert);
    add_mechanisms(object, list, index);
    js *links = js_list_in(object, "chain");
    for (size_t i = 0; i < n; i++) {
        js_push_text(links, pades_cert_subject(chain[i]));
    }
    return report_json(object, f);
}

static void print_lists(const pades_cert *cert)
{
    char text[ENTRY_MAX];
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (size_t k = 0; pades_cert_entry(cert, lists[i].list, k, text, sizeof text) != 0; k++) {
            tell_line(k == 0 ? lists[i].name : "", text);
        }
    }
}

/* As many on a line as fit. */
static void print_mechanisms(pades_key_list *list, size_t index)
{
    char text[96] = "";
    const char *name;
    bool first = true;
    for (size_t i = 0; (name = pades_key_list_mechanism(list, index, i)) != NULL; i++) {
        size_t used = strlen(text);
        if (used > 0 && used + strlen(name) > 76) {
            tell_line(first ? "mechanisms" : "", text);
            first = false;
            used = 0;
        }
        snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? " " : "", name);
    }
    tell_line(first ? "mechanisms" : "", text);
}

static int show_text(pades_key_list *list, size_t index, const pades_cert *const *chain, size_t n,
                     struct failure *f)
{
    char text[64];
    const pades_key_info *k = pades_key_list_get(list, index);
    int always = pades_key_list_always_authenticate(list, index);
    tell_cert_text(k);
    snprintf(text, sizeof text, "%u bits", pades_cert_key_bits(k->cert));
    tell_line("key size", text);
    tell_line("PIN each time", always < 0   ? "not known without a login"
                               : always > 0 ? "yes, for every signature"
                                            : "no");
    tell_line("signed with", pades_cert_signature_algorithm(k->cert));
    tell_line("fingerprint", pades_cert_fingerprint(k->cert));
    print_lists(k->cert);
    for (size_t i = 1; i < n; i++) {
        tell_line(i == 1 ? "chain" : "", pades_cert_subject(chain[i]));
    }
    print_mechanisms(list, index);
    return report_end(f);
}

/* What is found of the one certificate: the list that holds it, its place, its chain. */
struct found {
    pades_key_list *list;
    size_t index;
    const pades_cert *const *chain;
    size_t n;
};

static int find(struct app *app, struct found *ret, struct failure *f)
{
    pades_error *error = NULL;
    TRY(key_list_open(app, &ret->list, f));
    TRY(choose(ret->list, &ret->index, f));
    return call(f, pades_key_list_get_chain(ret->list, ret->index, &ret->chain, &ret->n, &error),
                &error);
}

static void found_clear(struct found *found)
{
    pades_key_list_free(found->list);
}
#define AUTO_FOUND __attribute__((cleanup(found_clear))) struct found

static int show_one(struct app *app, struct failure *f)
{
    AUTO_FOUND found = {0};
    TRY(find(app, &found, f));
    return app->json ? show_json(found.list, found.index, found.chain, found.n, f)
                     : show_text(found.list, found.index, found.chain, found.n, f);
}

/* --- export */

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* clause: RFC7468#2 lines of 64 characters */
static void write_pem(FILE *out, const unsigned char *der, size_t n)
{
    fputs("-----BEGIN CERTIFICATE-----\n", out);
    for (size_t i = 0; i < n; i += 3) {
        uint32_t three = (uint32_t)der[i] << 16 | (i + 1 < n ? (uint32_t)der[i + 1] << 8 : 0) |
                         (i + 2 < n ? der[i + 2] : 0);
        fputc(base64[three >> 18 & 63], out);
        fputc(base64[three >> 12 & 63], out);
        fputc(i + 1 < n ? base64[three >> 6 & 63] : '=', out);
        fputc(i + 2 < n ? base64[three & 63] : '=', out);
        if ((i + 3) % 48 == 0 || i + 3 >= n) {
            fputc('\n', out);
        }
    }
    fputs("-----END CERTIFICATE-----\n", out);
}

static void write_cert(FILE *out, const pades_cert *cert, bool der)
{
    size_t n = 0;
    const unsigned char *p = pades_cert_der(cert, &n);
    if (der) {
        fwrite(p, 1, n, out);
    } else {
        write_pem(out, p, n);
    }
}

static int put_out(struct app *app, const struct found *found, const char *data, size_t n,
                   struct failure *f)
{
    const char *path = app->operands_n == 0 ? "-" : app->operands[0];
    const pades_key_info *k = pades_key_list_get(found->list, found->index);
    if (strcmp(path, "-") == 0) {
        if (app->json) {
            return fail_usage(f, "name a file",
                              "--json and the certificate both go to standard "
                              "output");
        }
        fwrite(data, 1, n, stdout);
        return report_end(f);
    }
    const struct output file = {path, data, n};
    TRY(outputs_write(&file, 1, setting_on(&app->settings, OPT_FORCE), f));
    if (app->json) {
        js *object = js_start();
        js_text(object, "output", path);
        js_text(object, "subject", pades_cert_subject(k->cert));
        js_text(object, "serial", pades_cert_serial(k->cert));
        js_text(object, "fingerprint", pades_cert_fingerprint(k->cert));
        return report_json(object, f);
    }
    return report_path(path)
               ? EXIT_DONE
               : fail(f, PADES_OUTPUT_FAILED, NULL, "cannot write to standard output");
}

static int export_one(struct app *app, struct failure *f)
{
    AUTO_FOUND found = {0};
    AUTO(free) char *data = NULL;
    size_t n = 0;
    bool der = setting_on(&app->settings, OPT_DER);
    bool chain = setting_on(&app->settings, OPT_CHAIN);
    if (der && chain) {
        return fail_usage(f, "leave --der out: PEM holds any number",
                          "--der holds one certificate, --chain asks for several");
    }
    if (app->operands_n > 0 && !output_is_stdout(app->operands[0])) {
        TRY(inputs_spare(app, app->operands[0], NULL, 0, f));
        TRY(output_check(app->operands[0], setting_on(&app->settings, OPT_FORCE), f));
    }
    TRY(find(app, &found, f));
    FILE *out = open_memstream(&data, &n);
    if (out == NULL) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    for (size_t i = 0; i < (chain ? found.n : 1); i++) {
        write_cert(out, found.chain[i], der);
    }
    if (fclose(out) != 0) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    return put_out(app, &found, data, n, f);
}

int cmd_token_show(struct app *app)
{
    struct failure f;
    return show_one(app, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, NULL, &f);
}

int cmd_token_export(struct app *app)
{
    struct failure f;
    return export_one(app, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, NULL, &f);
}
