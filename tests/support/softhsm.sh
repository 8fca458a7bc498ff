#!/bin/bash
# softhsm.sh DIR PKIDIR [--tokens N] [--keys "NAME[:always] ..."]
# A private SoftHSM2 store in DIR with the keys and certificates of a PKI (pades-mkpki PKIDIR).
# Needs no privileges; a store that exists is kept. Then:  . DIR/env  (SOFTHSM2_CONF, P11_MODULE)
#   token "seal", PIN 1234, SO PIN 12345678; with --tokens N also "seal-2" ... "seal-N", same keys
#   labels are the names in the PKI; without --keys every seal of it
# DIR/softhsm2-{nopss,onlyrsa,removable}.conf: the same store with fewer mechanisms, or removable.
# PADES_P11LOAD names the loader when it is not on PATH or in build/*/.
set -eu
here=$(dirname "$(readlink -f "$0")")
die() { printf 'softhsm.sh: %s\n' "$1" >&2; exit 1; }
[ $# -ge 2 ] || die 'usage: softhsm.sh DIR PKIDIR [--tokens N] [--keys "NAME[:always] ..."]'
mkdir -p "$1"
dir=$(readlink -f "$1"); pki=$(readlink -f "$2"); shift 2
tokens=1; keys=
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || die "$1 needs a value"
    case $1 in
        --tokens) tokens=$2 ;;
        --keys) keys=$2 ;;
        *) die "unknown option $1" ;;
    esac
    shift 2
done

loader() {
    if [ -n "${PADES_P11LOAD:-}" ]; then printf '%s\n' "$PADES_P11LOAD"; return; fi
    command -v pades-p11load && return
    build=$here/../../build
    for f in "$build"/*/tests/support/pades-p11load "$build"/*/pades-p11load; do
        if [ -x "$f" ]; then printf '%s\n' "$f"; return; fi
    done
    die 'pades-p11load is not built'
}
module() {
    for f in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so \
             /usr/lib64/pkcs11/libsofthsm2.so /usr/lib64/softhsm/libsofthsm.so; do
        if [ -e "$f" ]; then printf '%s\n' "$f"; return; fi
    done
    die 'libsofthsm2.so is not installed'
}
conf() { # NAME MECHANISMS REMOVABLE
    printf '%s = %s\n' directories.tokendir "$dir/tokens" objectstore.backend file log.level ERROR \
        slots.removable "$3" slots.mechanisms "$2" library.reset_on_fork false > "$dir/$1"
}

so=$(module)
conf softhsm2.conf ALL false
conf softhsm2-removable.conf ALL true
conf softhsm2-onlyrsa.conf CKM_RSA_PKCS,CKM_SHA256_RSA_PKCS true
pss=CKM_RSA_PKCS_PSS
for h in SHA1 SHA224 SHA256 SHA384 SHA512; do pss=$pss,CKM_${h}_RSA_PKCS_PSS; done
conf softhsm2-nopss.conf "-$pss" true
printf 'export SOFTHSM2_CONF=%q P11_MODULE=%q\n' "$dir/softhsm2.conf" "$so" > "$dir/env"
. "$dir/env"
[ ! -e "$dir/done" ] || exit 0
rm -rf "$dir/tokens"; mkdir -p "$dir/tokens"
p11load=$(loader)
for n in $(seq "$tokens"); do
    label=seal; [ "$n" = 1 ] || label=seal-$n
    # shellcheck disable=SC2086
    "$p11load" --module "$so" --label "$label" "$pki" $keys
done
touch "$dir/done"
