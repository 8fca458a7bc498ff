/* libpades - the whole public API. */
#ifndef PADES_PADES_H
#define PADES_PADES_H

#include <pades/batch.h>
#include <pades/cert.h>
#include <pades/control.h>
#include <pades/ctx.h>
#include <pades/doc.h>
#include <pades/error.h>
#include <pades/fields.h>
#include <pades/ltv.h>
#include <pades/repair.h>
#include <pades/sign.h>
#include <pades/signer.h>
#include <pades/source.h>
#include <pades/token.h>
#include <pades/tsa.h>
#include <pades/types.h>
#include <pades/version.h>

#endif
