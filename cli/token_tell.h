/* Tokens and certificates as text and as JSON members. What a certificate claims about itself is
 * told as a claim. */
#ifndef CLI_TOKEN_TELL_H
#define CLI_TOKEN_TELL_H

#include "json.h"

#include <pades/pades.h>

/* "ok", "count-low", "final-try", "locked", "not-set", "to-be-changed". */
const char *tell_pin_state(pades_pin_state state);
/* "    NAME         VALUE", when there is a value. */
void tell_line(const char *name, const char *value);

void tell_token_json(js *one, const pades_token_info *t);
void tell_token_text(const pades_token_info *t);
void tell_cert_json(js *one, const pades_key_info *k);
void tell_cert_text(const pades_key_info *k);
/* Those that fit the URI for certain; all, when none does. */
bool tell_fits(const pades_key_list *list, const pades_key_info *k);
/* Whole days; negative when it has ended. */
int64_t tell_days_left(const pades_cert *cert);

#endif
