/* The inside of the token room: what its files share. p11-kit's headers are included here and, for
 * the types of PKCS#11, in port.h and wire.h; nowhere outside the room. */
#ifndef TOKEN_INTERNAL_H
#define TOKEN_INTERNAL_H

#include "token/pkcs11.h"
#include "token/port.h"
#include "token/refused.h"
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>

/* Caps on what a module may make us hold. */
enum {
    P11_MAX_SLOTS = 1024,
    P11_LOOKS = 16, /* slots that are looked at in one message */
    P11_MAX_OBJECTS = 4096,
    P11_MAX_VALUE = 65536,
    P11_MAX_TEXT = 4096,
    P11_MAX_SIGNATURE = 4096
};

/* --- uri.c: RFC 7512 */
typedef enum uri_field {
    URI_TOKEN,
    URI_MANUFACTURER,
    URI_SERIAL,
    URI_MODEL,
    URI_SLOT_DESCRIPTION,
    URI_SLOT_MANUFACTURER,
    URI_SLOT_ID,
    URI_LIBRARY_MANUFACTURER,
    URI_LIBRARY_DESCRIPTION,
    URI_LIBRARY_VERSION,
    URI_OBJECT,
    URI_TYPE,
    URI_ID,
    URI_MODULE_NAME,
    URI_MODULE_PATH,
    URI_PIN_SOURCE, /* an absolute path */
    URI_FIELDS
} uri_field;
typedef struct p11_uri {
    bool has[URI_FIELDS];
    buf value[URI_FIELDS]; /* decoded */
} p11_uri;
void p11_uri_free(p11_uri *u);
/* NULL or "": no condition. PADES_INVALID_ARGUMENT names the attribute, never a value. */
pades_status p11_uri_parse(const char *text, p11_uri *ret, pades_error **e) MUST_USE;
bool p11_uri_is(const p11_uri *u, uri_field f,
                span value); /* true when there is no such condition */
/* By the name that p11-kit has for it, or that of its file (which may be NULL). */
bool p11_uri_names_module(const p11_uri *u, const char *name, const char *file);
bool p11_uri_fits_library(const p11_uri *u, const CK_INFO *info);
bool p11_uri_fits_slot(const p11_uri *u, CK_SLOT_ID slot, const CK_SLOT_INFO *info);
bool p11_uri_fits_token(const p11_uri *u, const CK_TOKEN_INFO *info);
/* Appends NAME=VALUE, percent-encoded, after ':' or `separator`. */
void p11_uri_add(buf *out, char separator, const char *name, span value);
/* A blank-padded field of a PKCS#11 structure without its padding. */
span p11_trim(const unsigned char *field, size_t n);

/* --- module.c */
typedef struct p11_module {
    CK_FUNCTION_LIST *fn; /* p11-kit's handle */
    p11_port *port;       /* what its calls go through; NULL before it is initialized */
    char *name;           /* path as given, or p11-kit's name; raw */
    char *path;           /* absolute; NULL for p11-kit's modules */
    char *file;           /* what was loaded, without links; NULL when it is not known */
    bool ours;            /* loaded by p11_kit_module_load */
    bool initialized;     /* C_Finalize is ours to call */
    CK_INFO info;         /* once a slot of it was looked at; else zeros */
    const char *product;  /* of a known module (known.c); NULL for others */
} p11_module;
typedef struct p11_slot {
    size_t module;
    CK_SLOT_ID id;
    CK_TOKEN_INFO raw;
    bool removable; /* the token may be pulled out of the slot */
    pades_token_info info;
    char *text[9];             /* what info points at */
    CK_SESSION_HANDLE session; /* of p11_look, CK_INVALID_HANDLE when there is none */
} p11_slot;
enum { P11_TOLD_TEXTS = 6 };
typedef struct p11_told {
    char *line; /* of a module that failed, but no known one: "MODULE: reason", escaped */
    pades_module_info info;
    char *text[P11_TOLD_TEXTS]; /* what info points at, and told.c */
    size_t module;              /* SIZE_MAX: it was not kept */
} p11_told;
typedef struct p11_aside {
    char *name, *how;
} p11_aside;
#define P11_KIT_NAME "p11-kit"
enum { P11_CURRENT_ROOM = 512 };
struct p11_modules {
    pades_ctx *ctx;
    p11_uri uri;
    char *uri_text;                /* escaped, for messages; NULL without one */
    CK_FUNCTION_LIST **configured; /* from p11_kit_modules_load */
    struct p11_worker *worker;     /* whose process the modules are in; NULL: this one */
    pid_t owner;                   /* who loaded them: nobody forked off it releases them */
    bool named;                    /* one module was asked for by its path */
    p11_aside *aside;              /* modules that have ended their process */
    size_t aside_n, aside_cap;
    char *current; /* where the module's name goes that is about to be called; NULL: nowhere */
    p11_module *modules;
    size_t modules_n, modules_cap;
    p11_slot *slots;
    size_t slots_n, slots_cap;
    p11_told *told;
    size_t told_n, told_cap;
    buf others;       /* escaped: tokens that the URI does not mean */
    buf unrecognized; /* escaped: readers with something that is no token */
};
pades_status p11_modules_load(p11_modules *m, const pades_token_opts *opts,
                              pades_error **e) MUST_USE;
/* The module that options and URI name, NULL when they name none; *ret_copy is freed after it. */
pades_status p11_module_named(const p11_modules *m, const pades_token_opts *opts, const char **ret,
                              char **ret_copy, pades_error **e) MUST_USE;
void p11_modules_unload(p11_modules *m);
void p11_module_close(p11_module *module);
/* Loads one file that nobody named, or notes why not.
 * `product`: it was found at a usual place, which must be root's; NULL: configured as `name`. */
pades_status p11_take_file(p11_modules *m, const char *name, const char *path, const char *product,
                           pades_error **e) MUST_USE;

/* --- told.c */
typedef struct p11_objection {
    char *why, *hint;         /* raw; hint may be NULL */
    char native[32];          /* what the module answered, or "" */
    pades_module_state state; /* UNSAFE or DIED; all else is UNUSABLE */
} p11_objection;
pades_status p11_note_failed(p11_modules *m, const p11_module *module, const p11_objection *no,
                             pades_error **e) MUST_USE;
/* MODULE_FAILED with the reason. */
pades_status p11_fail_module(const char *name, const p11_objection *no, pades_error **e);
/* Of one in another process, as it was told there. Takes the texts over in any case. */
pades_status p11_tell_again(p11_modules *m, char *text[P11_TOLD_TEXTS], char *line,
                            pades_error **e) MUST_USE;
void p11_told_clear(p11_modules *m);
/* All modules that nothing was noted of. */
pades_status p11_note_working(p11_modules *m, pades_error **e) MUST_USE;
/* Is this file (without links) one of the modules, also of those that failed? */
bool p11_is_here(const p11_modules *m, const char *file);
void p11_told_free(p11_told *told);

/* --- configured.c: name and absolute path of each module that p11-kit is told of and that runs in
 * this process. */
typedef pades_status (*p11_configured_fn)(void *user, const char *name, const char *path,
                                          pades_error **e);
pades_status p11_each_configured(p11_configured_fn fn, void *user, pades_error **e) MUST_USE;

/* --- isolate.c: modules in a process of their own. */
pades_status p11_isolated_load(p11_modules *m, const pades_token_opts *opts, const char *name,
                               pades_error **e) MUST_USE;
/* What became of the process; NULL while it lives, or without one. */
const char *p11_modules_fate(const p11_modules *m);
/* True of a module whose process ended on an earlier round. */
bool p11_is_set_aside(const p11_modules *m, const char *name);
/* After a round in which the process ended: the module that did it is left out of the next one.
 * Fails when there was no other, or when the caller wanted to stop. */
pades_status p11_set_aside(p11_modules *m, pades_error **e) MUST_USE;
pades_status p11_tell_aside(p11_modules *m, pades_error **e) MUST_USE;
void p11_aside_free(p11_modules *m);

/* --- elf.c: why a file cannot be a module of this process; NULL when nothing is seen.
 * *ret_processor: because it is made for another one. */
char *p11_elf_objection(const char *path, bool *ret_processor) MUST_USE;
/* NULL without memory. */
char *p11_errno_text(int err) MUST_USE;

/* --- place.c: may what stands at this path be loaded? `why` NULL: yes. *ret_real is the path
 * without links, to be loaded instead (NULL when there is nothing at the path, and then there is an
 * objection). `root_only`: the user's own files will not do. */
void p11_objection_free(p11_objection *o);
pades_status p11_place_check(const char *path, bool root_only, char **ret_real, p11_objection *ret,
                             pades_error **e) MUST_USE;
/* The same, and that it is a module for this program's processor. */
pades_status p11_file_check(const char *path, bool root_only, char **ret_real, p11_objection *ret,
                            pades_error **e) MUST_USE;

/* --- known.c: where modules of known products usually are. NULL beyond the last product; false
 * beyond its last place. The path is absolute, and perhaps of nothing that is there. */
const char *p11_known_product(size_t product);
bool p11_known_path(size_t product, size_t at, char *ret, size_t room) MUST_USE;
/* A module that is there and is not among those that were looked at; false when there is none. */
bool p11_known_there(const p11_modules *m, char *ret, size_t room);
/* The first of each product that fits this program and stands where root alone writes. */
pades_status p11_known_load(p11_modules *m, pades_error **e) MUST_USE;

/* --- slots.c */
pades_status p11_slots_list(p11_modules *m, pades_error **e) MUST_USE;
/* The same anew, after the slots were taken away. */
pades_status p11_slots_list_again(p11_modules *m, pades_error **e) MUST_USE;
void p11_slot_free(p11_slot *slot);
pades_pin_state p11_pin_state(CK_FLAGS flags);
pades_pin_state p11_so_pin_state(CK_FLAGS flags);

/* --- styles.c: what is known of the token's module */
pades_unblock_style p11_unblock_style(const p11_modules *m, size_t token);
/* C_SetPIN with nobody logged in may take the old PIN for a PUK. */
bool p11_set_pin_may_unblock(const p11_modules *m, size_t token);

/* --- readers.c: each reader of each module once */
typedef struct p11_reader {
    size_t module;
    char *module_name, *name, *manufacturer; /* what info points at */
    pades_reader_info info;
} p11_reader;
typedef struct p11_readers {
    p11_reader *items;
    size_t n, cap;
} p11_readers;
pades_status p11_readers_list(const p11_modules *m, p11_readers *ret, pades_error **e) MUST_USE;
void p11_readers_free(p11_readers *readers); /* leaves none */

/* --- list.c */
struct pades_token_list {
    p11_modules *modules;
    p11_readers readers;
    bool asked_readers;
};

/* --- rv.c */
/* "CKR_PIN_INCORRECT" or "CKR_0x...". */
const char *p11_rv_name(CK_RV rv, char room[32]);
/* Fails with the status this answer means; looks at the slot again to tell a removed token. `doing`
 * completes "token 'x' ... while DOING". */
pades_status p11_fail(p11_modules *m, size_t token, CK_RV rv, const char *doing, pades_error **e);
bool p11_same_token(const CK_TOKEN_INFO *a, const CK_TOKEN_INFO *b);
/* The slot looked at afresh. */
bool p11_is_there_now(p11_modules *m, size_t token);
/* False when the token is not there, does not answer or is another one. */
bool p11_still_there(p11_modules *m, size_t token, CK_TOKEN_INFO *ret);

/* --- objects.c */
typedef struct attr_want {
    CK_ATTRIBUTE_TYPE type;
    buf *out;    /* emptied and filled; stays empty when the token does not tell */
    size_t room; /* octets asked for in the one combined call */
} attr_want;
void p11_attributes(p11_port *port, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, const attr_want *want,
                    size_t n);
/* Appends one that is yet to be filled; NULL without memory. */
p11_object *p11_object_add(p11_inventory *inv, p11_kind kind, CK_OBJECT_HANDLE handle);
/* Appends one as the token tells it. */
CK_RV p11_object_read(p11_port *port, CK_SESSION_HANDLE s, p11_kind kind, CK_OBJECT_HANDLE handle,
                      p11_inventory *inv);
/* Of the octets that p11_find_handles() gives. */
size_t p11_handles_n(const buf *handles);
CK_OBJECT_HANDLE p11_handle_at(const buf *handles, size_t i);
/* Appends the objects of one kind. */
CK_RV p11_find(p11_port *port, CK_SESSION_HANDLE s, p11_kind kind, p11_inventory *inv);
/* Objects of these kinds. */
#define P11_KIND(kind) (1U << (kind))
#define P11_ALL_KINDS                                                                              \
    (P11_KIND(P11_CERTIFICATE) | P11_KIND(P11_PUBLIC_KEY) | P11_KIND(P11_PRIVATE_KEY))
CK_RV p11_inventory_read(p11_port *port, CK_SESSION_HANDLE s, unsigned kinds, p11_inventory *inv);
/* A read-only session. */
CK_RV p11_session_open(const p11_modules *m, size_t token, CK_SESSION_HANDLE *ret);

/* --- pair.c */
typedef struct p11_public {
    CK_KEY_TYPE type;
    span value;        /* modulus, or x coordinate */
    size_t coordinate; /* octets of an EC coordinate, 0 for RSA */
} p11_public;
bool p11_public_of(span spki, p11_public *ret) MUST_USE;
/* x coordinate of a CKA_EC_POINT value (DER OCTET STRING or bare); empty when it is none. */
span p11_point_x(span value);
span p11_without_zeros(span number);
/* The private key that belongs to this certificate; *ret_several when it cannot be told which. */
const p11_object *p11_private_of(const p11_inventory *inv, span id, const p11_public *pub,
                                 bool *ret_several);
/* EC private keys have no readable public part: takes it from the public key with the same CKA_ID
 * in `from`, which may be `inv` itself, where either has but one with that id. */
void p11_lend_values(p11_inventory *inv, const p11_inventory *from);

/* --- key.c, login.c, sign.c */
typedef struct pin_policy {
    pades_pin_fn fn;
    void *user;
    bool attended, last_try, for_batch;
    pades_pad_fn pad;
    void *pad_user;
    char *purpose; /* NULL: to sign */
} pin_policy;
struct p11_key {
    p11_modules *m;
    size_t token;
    CK_SESSION_HANDLE session; /* CK_INVALID_HANDLE after a failure */
    bool logged_in;            /* counted in logins.c */
    CK_OBJECT_HANDLE key;
    p11_public pub;            /* points into spki */
    const p11_inventory *seen; /* while it is opened; may be NULL */
    buf id, spki;
    bool always;       /* wants a login of its own for each signature */
    bool refused;      /* a PIN was refused here: an unattended source is not asked again */
    pades_error *held; /* why the last PIN was not sent (P11_RV_HELD) */
    char *refused_dir; /* NULL: none */
    char *pin_file;    /* of the URI's pin-source; NULL: none */
    token_wait wait;
    pin_policy pin;
    secret *kept;
    char *subject; /* escaped, may be NULL */
    CK_MECHANISM_TYPE *mechs;
    size_t mechs_n;
    bool mechs_read;
    char used[32]; /* the mechanism of the last signature; empty before it */
};
static inline p11_port *p11_port_of(const p11_modules *m, size_t token)
{
    return m->modules[m->slots[token].module].port;
}
static inline p11_port *p11_key_port(const p11_key *k)
{
    return p11_port_of(k->m, k->token);
}
static inline CK_SLOT_ID p11_key_slot(const p11_key *k)
{
    return k->m->slots[k->token].id;
}

/* What a PIN is asked for. */
typedef struct pin_occasion {
    bool each_signature; /* CKU_CONTEXT_SPECIFIC */
    const char *document;
    const char *purpose; /* NULL: to sign */
    pades_pin_kind kind;
} pin_occasion;
/* A PIN in hand: from the callback, kept, or none because the reader has a pad. */
typedef struct pin_hand {
    bool pad;
    secret *secret;
    bool guarded; /* a PIN of the user: what was refused is not sent again */
} pin_hand;
void pin_hand_free(pin_hand *hand);
/* pinfile.c: the PIN comes from the URI's pin-source; a source that the caller named and nobody
 * types wins. */
bool p11_takes_pin_file(const pades_token_opts *opts, const p11_uri *uri);
/* The first line of a file that nobody else may read or write. */
pades_status p11_pin_file(const char *path, secret *to, pades_error **e) MUST_USE;
/* A person gives PINs of this kind. */
static inline bool pin_is_attended(const p11_key *k, pades_pin_kind kind)
{
    return k->pin.attended && !(k->pin_file && kind == PADES_PIN_KIND_USER);
}
p11_pin pin_of(const pin_hand *hand);
/* Looks at the state of the PIN and gets one; no attempt is made. */
pades_status pin_get(p11_key *k, const pin_occasion *o, pin_hand *ret, pades_error **e) MUST_USE;
CK_RV pin_send(p11_key *k, CK_USER_TYPE user, const pin_hand *hand);
/* What the answer to pin_send means; a refusal is told with the state read again. */
pades_status pin_judge(p11_key *k, CK_USER_TYPE user, CK_RV rv, pades_error **e) MUST_USE;
/* Keeps the PIN if the policy and the key allow it, else wipes it. */
void pin_put_away(p11_key *k, pin_hand *hand);

/* guard.c: a PIN that was refused is not sent again. Around each call that carries one. */
typedef struct pin_guard {
    bool on;
    refused_token token;
    refused_attempt attempt;
} pin_guard;
pades_status pin_guard_begin(p11_key *k, const pin_hand *hand, pin_guard *ret,
                             pades_error **e) MUST_USE;
/* The answer to C_Login. */
void pin_guard_end(p11_key *k, const pin_hand *hand, pin_guard *g, CK_RV rv);
/* The token was given another PIN by us. */
void pin_forget_refused(p11_key *k);

/* logins.c: counts this key among those who use the token's login, when there is one. */
pades_status p11_login_join(p11_key *k, bool logged_in, bool *ret_joined, pades_error **e) MUST_USE;
/* The turn to ask for a PIN and to send it: one key of a context at a time, so that sessions side
 * by side do not spend an attempt each. */
pades_status p11_turn_take(p11_key *k, pades_error **e) MUST_USE;
void p11_turn_give(p11_key *k);
/* Logs out when nobody else uses it. */
void p11_login_leave(p11_key *k);

/* True when the token is logged in (by this process, perhaps in another session). */
bool p11_key_is_logged_in(const p11_key *k);
/* Waits until the token is back, once; false when it did not come. */
bool p11_key_await(p11_key *k);
/* After an error: a new session, opened before the old one is closed so that a login survives. */
void p11_key_renew(p11_key *k);
/* Opens, logs in and finds again what p11_key_renew could not. */
pades_status p11_key_ready(p11_key *k, pades_error **e) MUST_USE;

/* --- mech.c */
typedef struct p11_mech {
    CK_MECHANISM_TYPE type;
    bool over_tbs; /* the token hashes */
    CK_RSA_PKCS_PSS_PARAMS pss;
    bool has_pss;
} p11_mech;
enum { P11_MECHS = 2 };
/* Candidates in the order of preference: those that are listed, then the others. */
size_t p11_mechs_for(p11_key *k, pades_scheme scheme, pades_digest digest, p11_mech out[P11_MECHS]);
/* "CKM_ECDSA" or "CKM_0x...". */
const char *p11_mech_name(CK_MECHANISM_TYPE type, char room[32]);
void p11_digest_info(buf *out, pades_digest digest, span hash);

#endif
