/* libpades - PKCS#11 tokens: what there is, and how a PIN is asked for. */
#ifndef PADES_TOKEN_H
#define PADES_TOKEN_H

#include <pades/control.h>
#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How many tries the token says are left (CK_TOKEN_INFO flags; PKCS#11 2.40, table 4). */
typedef enum pades_pin_state {
    PADES_PIN_STATE_OK = 0,
    PADES_PIN_STATE_COUNT_LOW = 1, /* at least one wrong PIN since the last right one */
    PADES_PIN_STATE_FINAL_TRY = 2, /* the next wrong PIN locks it */
    PADES_PIN_STATE_LOCKED = 3,
    PADES_PIN_STATE_NOT_SET = 4, /* no user PIN initialised */
    PADES_PIN_STATE_TO_BE_CHANGED = 5
} pades_pin_state;

/* Where to look. All setters copy. Strings NULL: no condition. */
PADES_API PADES_MUST_USE pades_status pades_token_opts_new(pades_token_opts **ret_opts,
                                                           pades_error **ret_error);
PADES_API void pades_token_opts_free(pades_token_opts *opts);
/* A module file instead of those p11-kit is configured for. */
PADES_API void pades_token_opts_set_module(pades_token_opts *opts, const char *path);
/* 1: modules of well-known token software too, where they stand at their usual places, which must
 * be root's alone, and p11-kit is not told of them. For lists of what there is; their URIs then
 * name the module. A token in a reader where a module before them sees one is told once. Default
 * 0; without effect when a module is named. */
PADES_API void pades_token_opts_set_known_modules(pades_token_opts *opts, int on);
/* RFC 7512 URI; module-path= is honoured, pin-value= is refused with the reason. pin-source= may
 * name a file (file:/PATH or an absolute path) that only its owner may read: an unattended source,
 * which wins over a callback that asks a person and gives way to one that does not. */
PADES_API void pades_token_opts_set_uri(pades_token_opts *opts, const char *uri);
/* Text that the subject must contain; serial in hexadecimal. They narrow the choice down. */
PADES_API void pades_token_opts_set_cert_subject(pades_token_opts *opts, const char *text);
PADES_API void pades_token_opts_set_cert_serial(pades_token_opts *opts, const char *hex);
/* A certificate that is beside the token rather than on it; repeatable (chain), copied. */
PADES_API void pades_token_opts_add_cert(pades_token_opts *opts, const pades_cert *cert);

/* Modules run in a process of their own, which is started for each list or signer and ends with it:
 * one that crashes, hangs, prints or ends its process harms nothing else. `program` is the path of
 * that program, pades_token_worker_path() as a rule. NULL, the default: in this process. */
PADES_API void pades_token_opts_set_worker(pades_token_opts *opts, const char *program);
/* Where the program was installed to; a constant. */
PADES_API const char *pades_token_worker_path(void);
/* With a process of their own: how long one answer of a module may take, 0 for half a minute;
 * five minutes at least where a person has to answer on the reader. Then the process is ended. */
PADES_API void pades_token_opts_set_answer_timeout(pades_token_opts *opts, uint32_t ms);
/* With a process of their own: when it is cancelled, an answer under way has three more seconds.
 * Not copied, must outlive what is made with the options; NULL, the default: none. */
PADES_API void pades_token_opts_set_control(pades_token_opts *opts, pades_control *control);

/* How many sessions a signer has with the token, each signing for itself while the others do: for
 * tokens that make several signatures at a time. As many as the token opens; one for a key that
 * wants its PIN for every signature. 0, the default: one. */
PADES_API void pades_token_opts_set_sessions(pades_token_opts *opts, unsigned n);
/* Called once when a wait begins: `token` is the label, escaped, or NULL when no token was seen
 * yet. */
typedef void (*pades_wait_fn)(void *user, const char *token);
/* How long a signer waits, once, for a token that is not there yet or was pulled out. It is logged
 * in to anew then. 0, the default: not at all. `fn` may be NULL. */
PADES_API void pades_token_opts_set_wait(pades_token_opts *opts, uint32_t ms, pades_wait_fn fn,
                                         void *user);

/* Starts the process for modules already, which then loads them while the caller does other things;
 * the next list or signer of `ctx` with the same program, module and URI takes it over. Changes
 * only the time: what fails is told there. Without effect without pades_token_opts_set_worker. */
PADES_API void pades_token_preload(pades_ctx *ctx, const pades_token_opts *opts);

/* Which secret is asked for. */
typedef enum pades_pin_kind {
    PADES_PIN_KIND_USER = 0, /* the PIN as it is now */
    PADES_PIN_KIND_NEW = 1,  /* the PIN that is to be set: the callback has it typed twice */
    PADES_PIN_KIND_PUK = 2   /* what unblocks the PIN: PUK, or the security officer's PIN */
} pades_pin_kind;
/* Asked for a PIN. */
typedef struct pades_pin_request {
    const char *token_label;  /* escaped */
    const char *token_serial; /* escaped */
    const char *subject;      /* of the certificate, escaped; NULL when not known yet */
    const char *purpose;      /* "log in to sign", "sign this document", "check the PIN" */
    const char *document;     /* name of the document, escaped; NULL for a batch */
    pades_pin_state state;    /* before the attempt */
    int each_signature;       /* 1: the key wants the PIN for every signature */
    pades_pin_kind kind;
    size_t min_length, max_length; /* of a PIN, as the token tells; 0: not told. A hint: some
                                      tokens tell lengths that they do not keep to */
} pades_pin_request;
typedef struct pades_pin pades_pin;
/* Puts the PIN (UTF-8 octets) in `pin` with pades_pin_set() and returns PADES_OK; any other status
 * ends the operation with it. Called at most once an attempt; a refused PIN is never asked again by
 * the library itself. */
typedef pades_status (*pades_pin_fn)(void *user, const pades_pin_request *request, pades_pin *pin);
/* Copies into locked memory; the caller wipes its own copy. 0 when it worked. */
PADES_API int pades_pin_set(pades_pin *pin, const char *bytes, size_t n);
/* `attended` 1: a person is asked and sees the state of the PIN; 0: a file, descriptor or
 * environment: never used on COUNT_LOW or FINAL_TRY unless pades_token_opts_set_pin_last_try. */
PADES_API void pades_token_opts_set_pin(pades_token_opts *opts, pades_pin_fn fn, void *user,
                                        int attended);
PADES_API void pades_token_opts_set_pin_last_try(pades_token_opts *opts, int allow);
/* 1: the PIN of the user comes from a source that nobody types, as the options are now: from a
 * callback with `attended` 0, or from the URI's pin-source. 0: a person, or nobody, is asked; or
 * the URI is none, which the operation tells. */
PADES_API int pades_token_opts_is_unattended(const pades_token_opts *opts);
/* Folder that remembers which PINs a token refused, so that a PIN of an unattended source is never
 * sent to it again, until the token has accepted one (it is PADES_PIN_INCORRECT then, and no
 * attempt is made). Slow salted hashes, never a PIN; a process that ends between a PIN and its
 * answer leaves a mark that holds back every unattended PIN. Made (0700) when the folder above it
 * is there; one that others may use is not used, which is logged. NULL (default): remembered by the
 * context only, which holds for PINs that are typed too. */
PADES_API void pades_token_opts_set_refused_dir(pades_token_opts *opts, const char *path);
/* Before a PIN is needed: makes the folder like the attempt itself, and looks whether refused PINs
 * can be remembered in it. PADES_OUTPUT_FAILED with the reason when they cannot: with such a folder
 * an attempt is made all the same, and only the log says that it is not remembered. NULL, which is
 * no folder, is PADES_OK. */
PADES_API PADES_MUST_USE pades_status pades_token_refused_dir_check(const char *path,
                                                                    pades_error **ret_error);
/* Keep the PIN in locked memory for keys that want it for every signature. Default 0. */
PADES_API void pades_token_opts_set_pin_for_batch(pades_token_opts *opts, int keep);
/* What the PIN is for, in place of "log in to sign": the words after "PIN to ". */
PADES_API void pades_token_opts_set_purpose(pades_token_opts *opts, const char *text);
/* Called when the PIN has to be typed on the reader (protected authentication path), before the
 * call that waits for it. */
typedef void (*pades_pad_fn)(void *user, const pades_pin_request *request);
PADES_API void pades_token_opts_set_pad_notice(pades_token_opts *opts, pades_pad_fn fn, void *user);

/* Tokens present; no login is made. Modules that fail are counted and told, never fatal here unless
 * the only one was named. */
PADES_API PADES_MUST_USE pades_status pades_token_list_new(pades_ctx *ctx,
                                                           const pades_token_opts *opts,
                                                           pades_token_list **ret_list,
                                                           pades_error **ret_error);
PADES_API void pades_token_list_free(pades_token_list *list);
PADES_API size_t pades_token_list_count(const pades_token_list *list);
typedef struct pades_token_info {
    const char *module; /* path or p11-kit name */
    uint64_t slot;      /* CK_SLOT_ID */
    const char *slot_description;
    const char *label;
    const char *manufacturer;
    const char *model;
    const char *serial;
    const char *firmware; /* "2.6" */
    pades_pin_state pin_state;
    int has_pad; /* protected authentication path */
    int login_required;
    const char *uri;     /* RFC 7512, selects this token */
    const char *library; /* what the module calls itself: "OpenSC Project, OpenSC ..., 0.23" */
    pades_pin_state so_pin_state; /* of the security officer's PIN; few modules tell it for a PUK */
    size_t pin_min, pin_max;      /* lengths as the token tells them, 0: not told; often wrong */
    int removable;                /* it can be pulled out of its slot */
    int write_protected;
} pades_token_info;
/* NULL beyond the end. All text is escaped. */
PADES_API const pades_token_info *pades_token_list_get(const pades_token_list *list, size_t index);
/* One line for each module that was named or configured and failed ("MODULE: reason"); NULL beyond
 * the end. */
PADES_API const char *pades_token_list_failed_module(const pades_token_list *list, size_t index);
/* What became of each module that was looked at. */
typedef enum pades_module_state {
    PADES_MODULE_STATE_WORKS = 0,
    PADES_MODULE_STATE_UNUSABLE = 1, /* missing, for another processor, it fails ... */
    PADES_MODULE_STATE_UNSAFE = 2,   /* others could change what is loaded */
    PADES_MODULE_STATE_DIED = 3      /* its process crashed, or was ended since it did not answer */
} pades_module_state;
typedef struct pades_module_info {
    const char *name; /* path or p11-kit name */
    const char
        *file; /* without links; NULL when it is not known, as of one in a process of its own */
    const char *product; /* whose it is, when it was found at a usual place; else NULL */
    const char *failure; /* why it is not used; NULL when it works */
    const char *hint;    /* what to do about that, or NULL */
    pades_module_state state;
} pades_module_info;
/* Modules of trust policy are not among them. NULL beyond the end; all text is escaped. */
PADES_API const pades_module_info *pades_token_list_module(const pades_token_list *list,
                                                           size_t index);

/* What is in a reader, or in a slot that is no reader. */
typedef enum pades_reader_state {
    PADES_READER_EMPTY = 0,
    PADES_READER_TOKEN = 1,        /* a token that the list has, when it fits the options */
    PADES_READER_UNRECOGNIZED = 2, /* a card of another kind than the module knows */
    PADES_READER_NOT_SET_UP = 3,   /* a token without label and PIN */
    PADES_READER_SILENT = 4        /* something that does not answer */
} pades_reader_state;
typedef struct pades_reader_info {
    const char *module; /* as in pades_token_info */
    const char *name;   /* slot description, escaped */
    const char *manufacturer;
    pades_reader_state state;
    int removable;
} pades_reader_info;
/* Each reader of each module once: two slots of one card are one reader. Asked for with the first
 * call; NULL beyond the end. Modules have readers of their own: one may know the card that another
 * does not recognize. */
PADES_API const pades_reader_info *pades_token_list_reader(pades_token_list *list, size_t index);
/* The only token of the list; else TOKEN_NOT_FOUND with the reason (no reader, no card, a card that
 * is not recognized), or TOKEN_AMBIGUOUS with their URIs. */
PADES_API PADES_MUST_USE pades_status pades_token_list_choose(const pades_token_list *list,
                                                              size_t *ret_index,
                                                              pades_error **ret_error);

/* --- PINs. Each call works on one token of a list, asks the PIN callback of `opts` (the rest of
 * the options is not looked at) for each secret once, before anything is sent, and makes one
 * attempt: none is repeated, whatever the answer. What is known to be locked is not tried, and an
 * unattended source does not spend one of the last tries unless
 * pades_token_opts_set_pin_last_try. With a pad on the reader all secrets are typed there.
 * *ret_state is what the token says of its PIN afterwards. */
/* One C_Login, and C_Logout. PIN_INCORRECT, PIN_LOCKED, PIN_LAST_TRY ... */
PADES_API PADES_MUST_USE pades_status pades_token_pin_verify(pades_token_list *list, size_t index,
                                                             const pades_token_opts *opts,
                                                             pades_pin_state *ret_state,
                                                             pades_error **ret_error);
/* Asks for the PIN and the new PIN (PADES_PIN_KIND_NEW). The old PIN is checked by a login first,
 * so that a wrong one costs one try and never reaches C_SetPIN. A new PIN that the token refuses
 * (its length, its characters) is PADES_PIN_INVALID and changes nothing. */
PADES_API PADES_MUST_USE pades_status pades_token_pin_change(pades_token_list *list, size_t index,
                                                             const pades_token_opts *opts,
                                                             pades_pin_state *ret_state,
                                                             pades_error **ret_error);

/* How a module takes a PUK; PKCS#11 has no word for it. */
typedef enum pades_unblock_style {
    PADES_UNBLOCK_UNKNOWN = 0,         /* in pades_token_pin_unblock: what is known of the module */
    PADES_UNBLOCK_INIT_PIN = 1,        /* C_Login as security officer, C_InitPIN */
    PADES_UNBLOCK_SET_PIN = 2,         /* C_SetPIN with nobody logged in, the PUK as the old PIN */
    PADES_UNBLOCK_SET_PIN_CONTEXT = 3, /* C_Login CKU_CONTEXT_SPECIFIC with the PUK, C_SetPIN */
    PADES_UNBLOCK_SET_PIN_PREFIX = 4   /* C_SetPIN with "puk:" before the PUK, "pin:" before the PIN
                                          (YKCS11) */
} pades_unblock_style;
/* What is known of the token's module; PADES_UNBLOCK_UNKNOWN for one that nothing is known of. */
PADES_API pades_unblock_style pades_token_unblock_style(const pades_token_list *list, size_t index);
/* Asks for the PUK and the new PIN, and sets it. Wrong PUKs lock a token for good as a rule, and
 * few modules tell how many tries are left: ask the user before this. With a style by which a
 * module that does otherwise would take the PUK for the PIN, a PIN that is not locked is refused
 * unless `style` was named. PIN_INCORRECT: the PUK; PIN_LOCKED: the PUK is locked, or the PIN still
 * is. */
PADES_API PADES_MUST_USE pades_status pades_token_pin_unblock(pades_token_list *list, size_t index,
                                                              const pades_token_opts *opts,
                                                              pades_unblock_style style,
                                                              pades_pin_state *ret_state,
                                                              pades_error **ret_error);

/* Certificates of the tokens that fit `opts`, without login. */
PADES_API PADES_MUST_USE pades_status pades_key_list_new(pades_ctx *ctx,
                                                         const pades_token_opts *opts,
                                                         pades_key_list **ret_list,
                                                         pades_error **ret_error);
PADES_API void pades_key_list_free(pades_key_list *list);
PADES_API size_t pades_key_list_count(const pades_key_list *list);
typedef struct pades_key_info {
    const pades_cert *cert;
    const char *label; /* CKA_LABEL, escaped */
    const char *id;    /* CKA_ID, hexadecimal */
    const char *uri;   /* selects this certificate's key */
    const pades_token_info *token;
    int has_key; /* 1: a key with this CKA_ID is seen in the slot; 0: not seen; -1: only after login
                  */
    int usable;  /* 1: would be taken for signing now */
    const char *why_not; /* why it is not usable, or NULL */
    int certain; /* 1: the id and object of the URI fit; 0: whether its key's do is seen after login
                  */
} pades_key_info;
PADES_API const pades_key_info *pades_key_list_get(const pades_key_list *list, size_t index);
/* The one that a signer of these options would be, as far as that is seen without a login, with the
 * errors of pades_signer_new_token(): several, none, why the only one may not sign.
 * PADES_PIN_REQUIRED where only a login would tell. */
PADES_API PADES_MUST_USE pades_status pades_key_list_choose(const pades_key_list *list,
                                                            size_t *ret_index,
                                                            pades_error **ret_error);
/* The certificate and its issuers in order, as far as they are on its token and beside it, which is
 * the chain that a signer of this key has (what a token hides before a login is missing). Belongs
 * to the list; the calls on one list must not overlap. */
PADES_API PADES_MUST_USE pades_status pades_key_list_get_chain(pades_key_list *list, size_t index,
                                                               const pades_cert *const **ret_chain,
                                                               size_t *ret_n,
                                                               pades_error **ret_error);
/* A mechanism that the token's slot lists ("CKM_ECDSA", or "CKM_0x1234"); NULL beyond the end.
 * Lists are not always true. Asked for with the first call; belongs to the list. */
PADES_API const char *pades_key_list_mechanism(pades_key_list *list, size_t index, size_t i);
/* 1: the key wants its PIN for every signature; 0: it does not; -1: its private key is not seen
 * without a login. */
PADES_API int pades_key_list_always_authenticate(pades_key_list *list, size_t index);

/* --- What comes and goes. */
typedef enum pades_token_event_kind {
    PADES_EVENT_PRESENT = 0,  /* it was there when the watch began */
    PADES_EVENT_INSERTED = 1, /* a token, or a card that is not recognized: `token` NULL */
    PADES_EVENT_REMOVED = 2,
    PADES_EVENT_READER_ADDED = 3,
    PADES_EVENT_READER_REMOVED = 4
} pades_token_event_kind;
typedef struct pades_token_event {
    pades_token_event_kind kind;
    const char *reader;            /* slot description, escaped */
    const char *module;            /* as in pades_token_info */
    const pades_token_info *token; /* of a reader: NULL */
} pades_token_event;
typedef struct pades_token_watch pades_token_watch;
/* Watches the slots of the modules that fit `opts`: they are looked at twice a second, which all
 * modules allow (a call that waits for an event could not be ended). No login, no session. */
PADES_API PADES_MUST_USE pades_status pades_token_watch_new(pades_ctx *ctx,
                                                            const pades_token_opts *opts,
                                                            pades_token_watch **ret_watch,
                                                            pades_error **ret_error);
PADES_API void pades_token_watch_free(pades_token_watch *watch);
/* The next event; first those of PADES_EVENT_PRESENT. `control` (may be NULL) ends the wait:
 * CANCELLED, or TIMEOUT at its deadline. The event lives until the next call. */
PADES_API PADES_MUST_USE pades_status pades_token_watch_next(pades_token_watch *watch,
                                                             pades_control *control,
                                                             const pades_token_event **ret_event,
                                                             pades_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
