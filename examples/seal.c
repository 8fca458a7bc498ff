/* Seals one file with a key from a PKCS#12 or PEM file or a PKCS#11 token: the API a server needs.
 *
 *     seal IN.pdf OUT.pdf KEY [TSA-URL]       KEY: FILE.p12, FILE.pem or pkcs11:...
 *
 * The PIN or password is read from standard input (one line). A status that is not PADES_OK is
 * never zero, so that `status ? status : next()` goes on only while everything worked. */
#include <pades/pades.h>

#include <stdio.h>
#include <string.h>

static pades_status read_pin(void *user, const pades_pin_request *request, pades_pin *pin)
{
    char line[256] = "";
    (void)user;
    fprintf(stderr, "PIN for %s: ", request->token_label ? request->token_label : "the key");
    if (!fgets(line, sizeof line, stdin)) {
        return PADES_PIN_CANCELLED;
    }
    line[strcspn(line, "\r\n")] = '\0';
    int failed = pades_pin_set(pin, line, strlen(line));
    memset(line, 0, sizeof line);
    return failed ? PADES_NO_MEMORY : PADES_OK;
}

static pades_status open_key(pades_ctx *ctx, const char *key, const pades_token_opts *opts,
                             pades_signer **ret, pades_error **error)
{
    return strncmp(key, "pkcs11:", 7) == 0 ? pades_signer_new_token(ctx, opts, ret, error)
                                           : pades_signer_new_file(ctx, key, opts, ret, error);
}

typedef struct objects {
    pades_ctx *ctx;
    pades_source *source;
    pades_sink *sink;
    pades_token_opts *token;
    pades_signer *signer;
    pades_tsa *tsa;
    pades_sign_opts *opts;
    pades_result *result;
} objects;

static pades_status seal(objects *o, char **argv, const char *tsa, pades_error **error)
{
    pades_status status = pades_ctx_new(&o->ctx, error);
    status = status ? status : pades_source_new_file(argv[1], &o->source, error);
    status = status ? status : pades_sink_new_file(argv[2], 0, &o->sink, error);
    status = status ? status : pades_token_opts_new(&o->token, error);
    if (status == PADES_OK) {
        pades_token_opts_set_pin(o->token, read_pin, NULL, 1);
        pades_token_opts_set_uri(o->token, strncmp(argv[3], "pkcs11:", 7) == 0 ? argv[3] : NULL);
    }
    status = status ? status : open_key(o->ctx, argv[3], o->token, &o->signer, error);
    status = status ? status : pades_sign_opts_new(&o->opts, error);
    if (status == PADES_OK && tsa) {
        status = pades_tsa_new(tsa, &o->tsa, error);
    }
    if (status == PADES_OK && tsa) {
        pades_sign_opts_add_tsa(o->opts, o->tsa);
    }
    return status ? status
                  : pades_sign(o->ctx, o->source, o->sink, o->signer, o->opts, &o->result, error);
}

static void free_all(objects *o)
{
    pades_result_free(o->result);
    pades_sign_opts_free(o->opts);
    pades_tsa_free(o->tsa);
    pades_signer_free(o->signer);
    pades_token_opts_free(o->token);
    pades_sink_free(o->sink);
    pades_source_free(o->source);
    pades_ctx_free(o->ctx);
}

int main(int argc, char **argv)
{
    objects o = {0};
    pades_error *error = NULL;
    if (argc < 4) {
        fprintf(stderr, "usage: seal IN.pdf OUT.pdf KEY [TSA-URL]\n");
        return 64;
    }
    pades_status status = seal(&o, argv, argc > 4 ? argv[4] : NULL, &error);
    if (status == PADES_OK) {
        printf("%s: %s at level %s, field %s\n", argv[2],
               pades_cert_subject(pades_result_cert(o.result)),
               pades_level_name(pades_result_level(o.result)), pades_result_field(o.result));
    } else {
        fprintf(stderr, "seal: %s\n", pades_error_message(error));
        if (pades_error_hint(error)) {
            fprintf(stderr, "hint: %s\n", pades_error_hint(error));
        }
    }
    pades_error_free(error);
    free_all(&o);
    return status == PADES_OK ? 0 : 1;
}
