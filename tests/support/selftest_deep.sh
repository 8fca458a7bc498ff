#!/bin/bash
# selftest_deep.sh BINDIR: shows with openssl and curl that the PKIs of three levels are real, that the
# clock moves timestamps, OCSP answers and lists alike, and that each fault of an OCSP answer, a list
# or a CA's certificate is the one that its name says. Last line "N passed, N failed".
set -u
[ $# = 1 ] || { echo "usage: selftest_deep.sh BINDIR" >&2; exit 64; }
bin=$(readlink -f "$1")
work=$(mktemp -d "${TMPDIR:-/tmp}/pades-deep.XXXXXX")
server=
cleanup() { [ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"; }
trap cleanup EXIT
cd "$work" || exit 1
passed=0; failed=0
good() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); printf 'FAILED: %s\n' "$1"
    sed 's/^/    /' out 2>/dev/null | head -12; }
ok() { local n=$1; shift; if "$@" > out 2>&1; then good; else bad "$n"; fi; }
no() { local n=$1; shift; if "$@" > out 2>&1; then bad "$n"; else good; fi; }
# has NAME TEXT COMMAND...: its output contains TEXT. hasnt: it does not.
has() { local n=$1 t=$2; shift 2; "$@" > out 2>&1
    if grep -qF -- "$t" out; then good; else bad "$n"; fi; }
hasnt() { local n=$1 t=$2; shift 2; "$@" > out 2>&1
    if grep -qF -- "$t" out; then bad "$n"; else good; fi; }
# also, nor: what was said last contains TEXT, or does not.
also() { if grep -qF -- "$2" out; then good; else bad "$1"; fi; }
nor() { if grep -qF -- "$2" out; then bad "$1"; else good; fi; }
is() { if [ "$2" = "$3" ]; then good; else echo "'$2' is not '$3'" > out; bad "$1"; fi; }

ok "pki is made" "$bin/pades-mkpki" pki --base-url auto --rsa
no "an option that is none" "$bin/pades-mkpki" pki3 --rsaa
base=$(cat pki/base-url)
"$bin/pades-testd" --pki pki --port-file port --log log &
server=$!
for _ in $(seq 100); do [ ! -s port ] || break; sleep 0.02; done

# --- chains
text() { openssl x509 -in "pki/$1.pem" -noout -text; }
chain() { # PKI NAME OPTION...
    cat "pki/$1-policy.pem" "pki/$1-issuing.pem" "pki/$1-tsa-ca.pem" "pki/$1-tsa-ca-2.pem" > "$1.cas"
    openssl verify -x509_strict -CAfile "pki/$1-root.pem" -untrusted "$1.cas" "${@:3}" "pki/$2.pem"; }
for p in p384 rsa pss; do
    for n in policy issuing tsa-ca seal tsa ocsp tsa-ocsp; do ok "$p-$n" chain $p $p-$n; done
    no "$p-seal needs three levels" openssl verify -CAfile "pki/$p-root.pem" -untrusted \
        "pki/$p-issuing.pem" "pki/$p-seal.pem"
    has "$p-tsa-2 is for later" "not yet valid" chain $p $p-tsa-2
    ok "$p-tsa-2 later" chain $p $p-tsa-2 -attime $(($(date +%s) + 3 * 31536000))
    has "$p-seal has ended by then" "has expired" chain $p $p-seal -attime \
        $(($(date +%s) + 4 * 31536000))
done
has "P-384" "ecdsa-with-SHA384" text p384-seal
has "PKCS#1 v1.5" "sha256WithRSAEncryption" text rsa-seal
has "PSS" "Salt Length: 0x20" text pss-seal
has "RSA-3072" "(3072 bit)" text pss-issuing
ok "the cross-certificate" openssl verify -CAfile pki/root.pem -untrusted \
    <(cat pki/p384-root-cross.pem pki/p384-policy.pem pki/p384-issuing.pem) pki/p384-seal.pem
has "nocheck" "OCSP No Check" text p384-ocsp
hasnt "no nocheck" "OCSP No Check" text p384-tsa-ocsp
has "short term" "0.4.0.194121.2.1" text p384-short-term
has "no revocation available" "No Revocation Available" text p384-norevavail
has "SHA-1" "ecdsa-with-SHA1" text p384-sha1
has "weak" "(1024 bit)" text p384-weak
hasnt "no status" "URI:http" text p384-no-status
has "guarded" "OCSP - URI:http://169.254.169.254/ocsp" text p384-guarded
has "freshest" "Freshest CRL" text p384-delta
for n in loop-ca loop-a loop-b; do
    curl -sS -o loop.der "$base/ca/$n.cer"; ok "AIA of $n" cmp loop.der "pki/$n.der"
done
has "an AIA to itself" "CA Issuers - URI:$base/ca/loop-ca.cer" text loop-ca

# --- the clock
stamp() { # PATH
    openssl ts -query -data pki/root.pem -sha256 -cert -out q.tsq > /dev/null 2>&1
    curl -sS -H 'Content-Type: application/timestamp-query' --data-binary @q.tsq -o r.tsr "$base$1"
    openssl ts -reply -in r.tsr -text; }
# `openssl ts` knows no PSS: the token as a CMS.
token() { # PKI OPTION...
    openssl ts -reply -in r.tsr -token_out -out t.der &&
        openssl cms -verify -inform DER -in t.der -CAfile <(cat "pki/$1-root.pem" "$1.cas") \
            -purpose timestampsign -out tst.der "${@:2}" && grep -q "$(openssl ts -query -in q.tsq -text |
            sed -n 's/^Nonce: 0x//p' | cut -c1-4)" <(openssl asn1parse -inform DER -in tst.der -i); }
year() { date -u -d "@$(($(date +%s) + $1 * 31536000))" '+%Y GMT'; }
for p in p384 rsa pss; do
    has "$p: time now" "$(date -u '+%Y GMT')" stamp "/$p/tsa"
    ok "$p: token" token $p
    has "$p: time in six years" "$(year 6)" stamp "/at/6y/$p/tsa"
    ok "$p: token of unit 2" token $p -attime $(($(date +%s) + 6 * 31536000))
    has "$p: unit 2" "Unit 2 $p" openssl pkcs7 -inform DER -in t.der -print_certs
done
certs() { # PATH
    stamp "$1" > /dev/null; openssl ts -reply -in r.tsr -token_out -out t.der 2> /dev/null
    openssl pkcs7 -inform DER -in t.der -print_certs | grep -c BEGIN; }
for p in p384 pss; do
    is "$p: the token's chain" "$(certs /$p/tsa)" 3
    is "$p: the unit and its issuer" "$(certs /fault/one-issuer/$p/tsa)" 2
    is "$p: the unit alone" "$(certs /fault/leaf-only/$p/tsa)" 1
done
stamp /at/6y/pss/tsa > /dev/null; openssl ts -reply -in r.tsr -token_out -out t.der 2> /dev/null
has "the PSS unit uses PSS" "rsassaPss" openssl asn1parse -inform DER -in t.der
ocsp() { # ISSUER CERT PATH OPTION...
    openssl ocsp -issuer "pki/$1.pem" -cert "pki/$2.pem" -url "$base$3" -CAfile pki/p384-root.pem \
        -verify_other p384.cas -text "${@:4}" 2>&1; }
crl() { curl -sS "$base$1" | openssl crl -inform DER -noout "${@:2}"; }
has "OCSP in six years" "This Update: $(date -u -d "@$(($(date +%s) + 6 * 31536000))" '+%b %e')" \
    ocsp p384-issuing p384-seal /at/6y/ocsp
has "list in six years" "$(year 6)" crl /at/6y/crl/p384-issuing.crl -lastupdate
echo 6y > pki/clock
has "the file: OCSP" "$(year 6)" ocsp p384-issuing p384-seal /ocsp
has "the file: list" "$(year 6)" crl /crl/p384-issuing.crl -lastupdate
has "the file: timestamp" "$(year 6)" stamp /p384/tsa
rm pki/clock
has "a revocation that lies ahead" ": good" ocsp p384-issuing p384-revoked /at/-3d/ocsp
hasnt "nor in the list" "Serial" crl /at/-30d/crl/p384-issuing.crl -text
is "no time" "$(curl -sS -o /dev/null -w '%{http_code}' "$base/at/soon/crl/root.crl")" 404

# --- statuses
for p in p384 rsa pss; do
    for n in "$p-issuing $p-seal /ocsp" "$p-tsa-ca $p-tsa /ocsp" "$p-root $p-policy /ocsp-direct"; do
        # shellcheck disable=SC2086
        set -- $n
        ok "$2" openssl ocsp -issuer "pki/$1.pem" -cert "pki/$2.pem" -url "$base$3" -CAfile \
            "pki/$p-root.pem" -verify_other "$p.cas"
        also "$2 is good" "verify OK"
    done
    for c in root policy issuing tsa-ca; do
        has "list of $p-$c" "verify OK" crl "/crl/$p-$c.crl" -CAfile "pki/$p-$c.pem"
    done
done
has "revoked" "keyCompromise" ocsp p384-issuing p384-revoked /ocsp
has "superseded" "superseded" ocsp p384-issuing p384-superseded /ocsp
has "on hold" "certificateHold" ocsp p384-issuing p384-onhold /ocsp
has "unknown" ": unknown" ocsp p384-issuing p384-unknown /ocsp
has "the CA itself" ": good" ocsp p384-issuing p384-ocsp-direct /ocsp-direct
serial() { openssl x509 -in "pki/$1.pem" -noout -serial | cut -d= -f2; }
has "list: on hold" "$(serial p384-onhold)" crl /crl/p384-issuing.crl -text
also "list: reason" "Certificate Hold"
nor "list: what the delta has" "$(serial p384-delta)"
has "delta" "$(serial p384-delta)" crl /fault/delta/crl/p384-issuing.crl -text
also "delta: indicator" "Delta CRL Indicator: critical"

# --- faults
has "old" "This Update: $(date -u -d '-3 days' '+%b %e')" \
    ocsp p384-issuing p384-seal /fault/old=259200/ocsp
also "old: still good" ": good"
has "stale" "Status times invalid" ocsp p384-issuing p384-seal /fault/stale/ocsp
has "future" "Status times invalid" ocsp p384-issuing p384-seal /fault/future=7200/ocsp
hasnt "no nextUpdate" "Next Update" ocsp p384-issuing p384-seal /fault/no-next/ocsp
has "wrong signature" "Response Verify Failure" \
    ocsp p384-issuing p384-seal /fault/wrong-signature/ocsp
has "stranger" "Response Verify Failure" ocsp p384-issuing p384-seal /fault/stranger/ocsp
has "no usage" "Response Verify Failure" ocsp p384-issuing p384-seal /fault/noeku/ocsp
has "an expired responder" "certificate has expired" ocsp p384-issuing p384-seal /fault/expired/ocsp
has "no certificate" "signer certificate not found" ocsp p384-issuing p384-seal /fault/no-cert/ocsp
has "SHA-1" "ecdsa-with-SHA1" ocsp p384-issuing p384-seal /fault/sha1/ocsp
has "archiveCutoff" "OCSP Archive Cutoff" ocsp p384-issuing p384-expired /fault/cutoff=400/ocsp
has "another's answer" "No Status found" ocsp p384-issuing p384-seal /fault/other-cert/ocsp
has "several" ": good" ocsp p384-issuing p384-seal /fault/several/ocsp
has "no nonce" "no nonce in response" ocsp p384-issuing p384-seal /fault/no-nonce/ocsp
has "replayed" "Nonce Verify error" ocsp p384-issuing p384-seal /fault/wrong-nonce/ocsp
has "by key" "Responder Id: $(openssl x509 -in pki/p384-ocsp.pem -noout -ext subjectKeyIdentifier |
    tail -1 | tr -d ' :')" ocsp p384-issuing p384-seal /fault/by-key/ocsp
has "forced" ": revoked" ocsp p384-issuing p384-seal /fault/revoked=3600/ocsp
has "two wishes" ": unknown" ocsp p384-issuing p384-seal /fault/unknown+no-next/ocsp
nor "the second too" "Next Update"
for f in try-later:trylater internal:internalerror sig-required:sigrequired malformed:malformed; do
    has "$f" "${f#*:}" ocsp p384-issuing p384-seal "/fault/${f%:*}/ocsp"
done
is "oversized" "$(curl -sS -o /dev/null -w '%{size_download}' \
    "$base/fault/huge=5000000/crl/root.crl")" 5000000
is "cut" "$(curl -sS -o /dev/null "$base/fault/cut/ca/root.cer" 2>/dev/null; echo $?)" 18
is "slow" "$(curl -sS -m 0.3 -o /dev/null "$base/fault/slow=2000/ca/root.cer" 2>/dev/null; echo $?)" 28
is "wrong type" "$(curl -sS -o /dev/null -w '%{content_type}' \
    "$base/fault/wrong-type/crl/root.crl")" text/plain
has "to the metadata service" "Location: http://169.254.169.254/latest/meta-data" \
    curl -sS -o /dev/null -D - "$base/fault/redirect-guarded/ocsp/x"
is "a fault that is none" "$(curl -sS -o /dev/null -w '%{http_code}' \
    "$base/fault/odd/crl/root.crl")" 404
echo '/crl/p384-issuing 503=9' > pki/faults
has "the file of faults" "Retry-After: 9" curl -sS -o /dev/null -D - "$base/crl/p384-issuing.crl"
is "which is about that path" "$(curl -sS -o /dev/null -w '%{http_code}' \
    "$base/crl/p384-root.crl")" 200
rm pki/faults
has "list: stranger" "verify failure" crl /fault/stranger/crl/p384-issuing.crl -CAfile \
    pki/p384-issuing.pem
has "list: wrong signature" "verify failure" crl /fault/wrong-signature/crl/p384-issuing.crl \
    -CAfile pki/p384-issuing.pem
has "list: another's" "Unrelated Root CA" crl /fault/other-issuer/crl/p384-issuing.crl -issuer
has "list: stale" "$(date -u -d '-1 day' '+%b %e')" crl /fault/stale/crl/p384-issuing.crl -nextupdate
has "list: no nextUpdate" "nextUpdate=NONE" crl /fault/no-next/crl/p384-issuing.crl -nextupdate
has "list: SHA-1" "ecdsa-with-SHA1" crl /fault/sha1/crl/p384-issuing.crl -text
has "list: expiredCertsOnCRL" "2.5.29.60" crl /fault/cutoff=400/crl/p384-issuing.crl -text
has "list: critical" "1.2.3.4.5.6.7.8: critical" crl /fault/critical/crl/p384-issuing.crl -text
has "list: partition" "URI:$base/fault/partition/crl/p384-issuing.crl" \
    crl /fault/partition/crl/p384-issuing.crl -text
has "list: another partition" ".other" crl /fault/wrong-partition/crl/p384-issuing.crl -text
has "list: CAs only" "Only CA Certificates" crl /fault/only-ca/crl/p384-issuing.crl -text
has "list: indirect" "Indirect CRL" crl /fault/indirect/crl/p384-tsa-ca.crl -text
also "list: of another issuer" "$(serial p384-revoked)"
also "list: its issuer" "X509v3 Certificate Issuer: critical"
has "list: removed" "Remove From CRL" crl /fault/removed/crl/p384-issuing.crl -text
hasnt "list: empty" "Serial" crl /fault/no-entries/crl/p384-issuing.crl -text
is "list: long" "$(crl /fault/entries=2000/crl/p384-issuing.crl -text | grep -c Serial)" \
    "$(($(crl /crl/p384-issuing.crl -text | grep -c Serial) + 2000))"
has "list: PEM" "BEGIN X509 CRL" curl -sS "$base/fault/pem/crl/root.crl"
is "certs-only" "$(curl -sS "$base/ca/p384-root.p7c" |
    openssl pkcs7 -inform DER -print_certs | grep -c BEGIN)" 2
kill "$server"; wait "$server"
"$bin/pades-testd" --pki pki --port-file port2 --clock 2y &
server=$!
for _ in $(seq 100); do [ ! -s port2 ] || break; sleep 0.02; done
has "the option" "$(year 2)" crl /crl/p384-issuing.crl -lastupdate
has "the clock of a program" "$(year 3 | cut -d' ' -f1)" \
    env LD_PRELOAD="$bin/clockshift.so" CLOCKSHIFT=3y date -u +%Y
no "an option that is no time" "$bin/pades-testd" --pki pki --port 0 --clock later

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
