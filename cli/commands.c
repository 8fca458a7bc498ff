/* The table of commands. */
#include "app.h"

static const struct command commands[] = {
    {NULL, "sign", ON_SIGN, "[options] IN.pdf [OUT.pdf]", "seal or sign PDF files", 1, SIZE_MAX,
     cmd_sign},
    {NULL, "prepare", ON_PREPARE, "[options] --cert FILE --state FILE IN.pdf",
     "first of two steps: the bytes to be signed elsewhere", 1, 1, cmd_prepare},
    {NULL, "finish", ON_FINISH, "[options] --state FILE --signature FILE IN.pdf [OUT.pdf]",
     "second of two steps: put the signature in", 1, 2, cmd_finish},
    {NULL, "inspect", ON_INSPECT, "[options] FILE.pdf",
     "revisions, fields and signatures of a file; no trust, no network", 1, 1, cmd_inspect},
    {NULL, "repair", ON_REPAIR, "[options] IN.pdf OUT.pdf",
     "write an unsigned damaged file anew, and say what was mended", 2, 2, cmd_repair},
    {NULL, "timestamp", ON_TIMESTAMP, "[options] --tsa URL IN.pdf [OUT.pdf]",
     "put a document timestamp on files, signed or not", 1, SIZE_MAX, cmd_timestamp},
    {NULL, "extend", ON_EXTEND, "[options] --level LEVEL IN.pdf [OUT.pdf]",
     "raise the signatures of files to level t, lt or lta, or renew lta", 1, SIZE_MAX, cmd_extend},
    {"fields", "add", ON_FIELDS, "[options] --field NAME IN.pdf [OUT.pdf]",
     "add an empty signature field for others to sign", 1, 2, cmd_fields_add},
    {"token", "list", ON_LIST, "[options]", "the tokens that are seen", 0, 0, cmd_token_list},
    {"token", "certs", ON_CERTS, "[options]", "their certificates, and which can sign", 0, 0,
     cmd_token_certs},
    {"token", "show", ON_SHOW, "[options]", "one certificate and its key in detail", 0, 0,
     cmd_token_show},
    {"token", "export", ON_EXPORT, "[options] [OUT]", "a certificate, as PEM or DER", 0, 1,
     cmd_token_export},
    {"token", "pin-verify", ON_PIN_VERIFY, "[options]", "check a PIN: one attempt", 0, 0,
     cmd_token_pin_verify},
    {"token", "pin-change", ON_PIN_CHANGE, "[options]", "change a PIN", 0, 0, cmd_token_pin_change},
    {"token", "pin-unblock", ON_PIN_UNBLOCK, "[options]", "unblock a PIN with its PUK", 0, 0,
     cmd_token_pin_unblock},
    {"token", "key-test", ON_KEY_TEST, "[options]",
     "sign a random challenge and check it with the certificate", 0, 0, cmd_token_key_test},
    {"token", "watch", ON_WATCH, "[options]", "tell of tokens that come and go", 0, 0,
     cmd_token_watch},
    {NULL, "doctor", ON_DOCTOR, "[options]",
     "modules, readers, tokens, certificates, clock: what works, what to do", 0, 0, cmd_doctor},
    {"config", "show", ON_CONFIG, "[options]", "where each setting comes from", 0, 0,
     cmd_config_show},
};

const struct command *command_at(size_t i)
{
    return i < sizeof commands / sizeof commands[0] ? &commands[i] : NULL;
}
