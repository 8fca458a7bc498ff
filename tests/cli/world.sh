#!/bin/bash
# world.sh DIR BINDIR: what the scripts share, made once: a PKI, a token with its keys, an invoice.
set -eu
here=$(dirname "$(readlink -f "$0")")
[ $# = 2 ] || { echo "usage: world.sh DIR BINDIR" >&2; exit 64; }
bin=$(readlink -f "$2")
[ ! -e "$1/done" ] || exit 0
rm -rf "$1"; mkdir -p "$1"; cd "$1"
"$bin/pades-mkpki" pki --base-url auto
PADES_P11LOAD=$bin/pades-p11load "$here/../support/softhsm.sh" hsm pki \
    --keys 'seal-rsa3072 seal-p256 seal-p384 seal-p521 ed25519 expired not-yet-valid soon no-signing-usage ca-as-signer hostile-cn'
"$bin/pades-mkinvoice" invoice.pdf
cp pki/root.pem trust.pem
touch done
