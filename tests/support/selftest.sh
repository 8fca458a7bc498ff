#!/bin/bash
# selftest.sh BINDIR: shows with other people's programs (openssl, curl, poppler, qpdf, opensc) that
# the support programs in BINDIR are real: certificates, timestamps, OCSP, CRLs, tokens, invoice.
# Last line "N passed, N failed"; exit code 0 when none failed.
set -u
here=$(dirname "$(readlink -f "$0")")
[ $# = 1 ] || { echo "usage: selftest.sh BINDIR" >&2; exit 64; }
bin=$(readlink -f "$1")
work=$(mktemp -d "${TMPDIR:-/tmp}/pades-support.XXXXXX")
server=
cleanup() { [ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"; }
trap cleanup EXIT
cd "$work" || exit 1
passed=0; failed=0
good() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); printf 'FAILED: %s\n' "$1"
    sed 's/^/    /' out 2>/dev/null | head -12; }
# ok NAME COMMAND...: it succeeds. no NAME COMMAND...: it fails.
ok() { local n=$1; shift; if "$@" > out 2>&1; then good; else bad "$n"; fi; }
no() { local n=$1; shift; if "$@" > out 2>&1; then bad "$n"; else good; fi; }
# has NAME TEXT COMMAND...: its output contains TEXT.
has() { local n=$1 t=$2; shift 2; "$@" > out 2>&1
    if grep -qF -- "$t" out; then good; else bad "$n"; fi; }
is() { if [ "$2" = "$3" ]; then good; else echo "'$2' is not '$3'" > out; bad "$1"; fi; }

# --- PKI
ok "pki is made" "$bin/pades-mkpki" pki --base-url auto
no "pki refuses a URL that is not plain" "$bin/pades-mkpki" pki2 --base-url 'http://x/${HOME}'
base=$(cat pki/base-url)
text() { openssl x509 -in "pki/$1.pem" -noout -text; }
verify() { openssl verify -x509_strict -CAfile pki/root.pem -untrusted pki/issuing.pem "$@"; }
for n in issuing seal-rsa3072 seal-p256 seal-p384 seal-p521 seal-rsa2048 ed25519 soon revoked \
         no-signing-usage hostile-cn tsa tsa-rsa tsa-noeku ocsp; do
    ok "chain of $n" verify "pki/$n.pem"
    ok "key of $n" cmp <(openssl pkey -in "pki/$n.key" -pubout) \
        <(openssl x509 -in "pki/$n.pem" -noout -pubkey)
done
for n in expired tsa-expired; do has "$n has expired" "has expired" verify "pki/$n.pem"; done
has "not-yet-valid is not yet valid" "not yet valid" verify pki/not-yet-valid.pem
no "a stranger has another root" verify pki/tsa-stranger.pem
ok "a stranger's own chain" openssl verify -CAfile pki/stranger-root.pem pki/tsa-stranger.pem
is "private keys are private" "$(stat -c %a pki/seal-rsa3072.key)" 600
has "key is PKCS#8" "BEGIN PRIVATE KEY" cat pki/seal-rsa3072.key
has "RSA-3072" "(3072 bit)" text seal-rsa3072
is "key usage of the seal" "$(openssl x509 -in pki/seal-rsa3072.pem -noout -ext keyUsage | tail -1 |
    tr -d ' ')" NonRepudiation
has "organizationIdentifier" "organizationIdentifier = NTRFI-1234567-8" \
    openssl x509 -in pki/seal-rsa3072.pem -noout -subject -nameopt multiline,-align
has "QCP-l-qscd" "0.4.0.194112.1.3" text seal-rsa3072
qc() { local at
    at=$(openssl asn1parse -in pki/seal-rsa3072.pem | grep -A1 ':qcStatements' | tail -1)
    openssl asn1parse -in pki/seal-rsa3072.pem -strparse "${at%%:*}"; }
for oid in 0.4.0.1862.1.1 0.4.0.1862.1.4 0.4.0.1862.1.5 0.4.0.1862.1.6.2 1.3.6.1.5.5.7.11.2 \
           0.4.0.194121.1.2; do has "QcStatements has $oid" ":$oid" qc; done
has "PDS" "IA5STRING         :https://pds.example/en.pdf" qc
has "AIA" "OCSP - URI:$base/ocsp" text seal-rsa3072
has "CRLDP" "URI:$base/crl/issuing.crl" text seal-rsa3072
has "TSA usage is critical and sole" "Extended Key Usage: critical|Time Stamping|" \
    bash -c "openssl x509 -in pki/tsa.pem -noout -ext extendedKeyUsage | tr -s ' ' |
             sed 's/^ //;s/X509v3 //;s/ \$//' | tr '\n' '|'"
is "tsa-noeku has no usage" "$(text tsa-noeku | grep -c Extended)" 0
has "OCSP nocheck" "OCSP No Check" text ocsp
has "hostile CN: ESC" $'\033]0;' bash -c "openssl x509 -in pki/hostile-cn.pem -noout -subject \
    -nameopt utf8,-esc_ctrl,-esc_msb"
has "hostile CN: U+202E" $'\u202e' bash -c "openssl x509 -in pki/hostile-cn.pem -noout -subject \
    -nameopt utf8,-esc_ctrl,-esc_msb"
has "serial in the index" "tsa issuing $(openssl x509 -in pki/tsa.pem -noout -serial |
    cut -d= -f2) tsa good" cat pki/index.txt

# --- server
"$bin/pades-testd" --pki pki --port-file port --log log &
server=$!
for _ in $(seq 100); do [ ! -s port ] || break; sleep 0.02; done
is "the server took the port of the certificates" "http://127.0.0.1:$(cat port)" "$base"
query() { openssl ts -query -data pki/root.pem "$@" -out q.tsq; }
post() { curl -sS -H 'Content-Type: application/timestamp-query' --data-binary @q.tsq -o r.tsr \
    -w '%{http_code}' "$base/tsa$1" "${@:2}"; }
stamp() { openssl ts -verify -queryfile q.tsq -in r.tsr -CAfile pki/root.pem \
    -untrusted pki/issuing.pem; }
for md in sha256 sha384 sha512; do
    query -$md -cert > out 2>&1; post "" > out
    ok "timestamp over $md" stamp
done
query -sha256 -no_nonce > out 2>&1; post "" > out
has "no nonce, no certificates asked for" "Nonce: unspecified" openssl ts -reply -in r.tsr -text
is "no certificates are sent then" "$(openssl ts -reply -in r.tsr -token_out 2>/dev/null |
    openssl pkcs7 -inform DER -print_certs 2>/dev/null | grep -c BEGIN)" 0
query -sha1 -cert > out 2>&1; post "" > out
has "SHA-1 is refused" "unrecognized or unsupported algorithm" openssl ts -reply -in r.tsr -text
query -sha256 -cert -tspolicy 1.2.3.4.5.6.7 > out 2>&1; post "" > out; ok "another policy" stamp
query -sha256 -cert -tspolicy 1.2.3.99 > out 2>&1; post "" > out
has "a policy not served" "requested TSA policy is not supported" openssl ts -reply -in r.tsr -text
printf garbage > q.tsq; post "" > out
has "garbage is refused" "data submitted has the wrong format" openssl ts -reply -in r.tsr -text
query -sha256 -cert > out 2>&1
for f in rsa sha1-ess granted-mods fraction 'clock?offset=-3600' trailing 'slow?ms=50' 'drip?ms=0' \
         'redirect?to=/tsa&code=307'; do
    is "$f: http" "$(post "/$f" -L)" 200; ok "$f: token" stamp
done
refused() { post "/$1" > out; has "$1: $2" "$2" stamp; }
refused no-eku "unsuitable certificate purpose"
refused stranger "self-signed certificate"
refused expired "certificate has expired"
refused wrong-nonce "nonce mismatch"
refused wrong-imprint "message imprint mismatch"
refused no-cert "signer certificate not found"
refused rejected "no time stamp token"
refused short "not enough data"
has "rejected says why" "time source is not available" bash -c \
    "curl -sS -X POST $base/tsa/rejected -o r.tsr; openssl ts -reply -in r.tsr -text"
post '/clock?offset=86400' > out
has "the clock moves" "$(date -u -d '+1 day' '+%b %e')" openssl ts -reply -in r.tsr -text
post '/big?bytes=40000' > out; ok "big token" stamp
is "big token is big" "$([ "$(stat -c %s r.tsr)" -gt 40000 ] && echo yes)" yes
post /trailing > out; has "trailing garbage" "trailing garbage" strings r.tsr
has "html" "text/html" curl -sS -X POST -o /dev/null -w '%{content_type}' "$base/tsa/html"
is "wrong type" "$(curl -sS --data-binary @q.tsq -H 'Content-Type: application/timestamp-query' \
    -o /dev/null -w '%{content_type}' "$base/tsa/wrong-type")" text/plain
is "a request of the wrong type" "$(curl -sS --data-binary @q.tsq -o /dev/null -w '%{http_code}' \
    "$base/tsa")" 415
is "100 MB" "$(curl -sS -X POST -o /dev/null -w '%{size_download}' "$base/tsa/huge")" 100000000
is "cut" "$(post /cut >/dev/null 2>&1; echo $?)" 18
is "empty" "$(curl -sS -X POST -o /dev/null -w '%{size_download}' "$base/tsa/empty")" 0
is "500" "$(post /500)" 500
is "503" "$(post /503)" 503
has "429 says when" "Retry-After: 7" curl -sS -X POST -D - "$base/tsa/429?retry=7"
has "redirect to a file" "Location: file:///etc/passwd" \
    curl -sS -X POST -D - "$base/tsa/redirect-file"
is "redirect loop" "$(post /redirect-loop -L --max-redirs 4 > /dev/null 2>&1; echo $?)" 47
is "no credentials" "$(post /auth)" 401
is "wrong credentials" "$(post /auth -u demo:wrong)" 401
is "credentials" "$(post /auth -u demo:secret)" 200
is "hang" "$(post /hang -m 0.3 > /dev/null 2>&1; echo $?)" 28
is "an unknown path" "$(post /nothing)" 404
before=$(grep -c 'POST /tsa ' log)
for _ in 1 2 3 4 5 6 7; do post "" > out; done
is "seven requests, seven lines" "$(($(grep -c 'POST /tsa ' log) - before))" 7
has "a line says method, path, sizes" "POST /tsa $(stat -c %s q.tsq) 200 $(stat -c %s r.tsr)" \
    tail -1 log
is "parallel requests" "$(for i in 1 2 3 4 5 6 7 8; do curl -sS -H \
    'Content-Type: application/timestamp-query' --data-binary @q.tsq -o "p$i" -w '%{http_code} ' \
    "$base/tsa" & done; wait $(jobs -p | grep -vx "$server"))" "200 200 200 200 200 200 200 200 "

# --- OCSP and CRL
ocsp() { openssl ocsp -issuer "pki/$1.pem" -cert "pki/$2.pem" -url "$base/$3" -CAfile pki/root.pem \
    "${@:4}"; }
sound() { ocsp "$@" > ocsp.txt 2>&1; cat ocsp.txt
    grep -q 'Response verify OK' ocsp.txt && grep -q "$want" ocsp.txt; }
for u in ocsp ocsp-direct; do
    want=': good' extra=
    [ $u = ocsp ] || extra="-verify_other pki/issuing.pem"
    for n in seal-rsa3072 tsa; do
        # shellcheck disable=SC2086
        ok "$u: $n" sound issuing $n $u $extra
    done
    want='Reason: keyCompromise'
    # shellcheck disable=SC2086
    ok "$u: revoked" sound issuing revoked $u $extra
done
want=': good'
ok "ocsp-direct: issuing" sound root issuing ocsp-direct
has "ocsp does not speak for the root" "unauthorized (6)" ocsp root issuing ocsp
has "an unknown serial" ": unknown" openssl ocsp -issuer pki/issuing.pem -serial 0x1234 \
    -url "$base/ocsp" -CAfile pki/root.pem
openssl ocsp -issuer pki/issuing.pem -cert pki/tsa.pem -no_nonce -reqout o.req
curl -sS -o o.resp "$base/ocsp/$(base64 -w0 o.req | sed 's/+/%2B/g;s,/,%2F,g;s/=/%3D/g')"
has "ocsp by GET" "Response verify OK" openssl ocsp -respin o.resp -issuer pki/issuing.pem \
    -cert pki/tsa.pem -CAfile pki/root.pem
printf garbage > garbage
curl -sS -H 'Content-Type: application/ocsp-request' --data-binary @garbage -o g.resp "$base/ocsp"
has "ocsp: garbage" "malformedrequest" openssl ocsp -respin g.resp
for c in issuing root; do
    curl -sS -o $c.crl.der "$base/crl/$c.crl"; openssl crl -inform DER -in $c.crl.der -out $c.crl
    has "crl of $c" "verify OK" openssl crl -in $c.crl -noout -CAfile pki/$c.pem
    ok "certificate of $c" cmp <(curl -sS "$base/ca/$c.cer") pki/$c.der
done
crl_verify() { cat issuing.crl root.crl > all.crl; verify -crl_check_all -CRLfile all.crl "$1"; }
ok "crl: good" crl_verify pki/seal-rsa3072.pem
has "crl: revoked" "certificate revoked" crl_verify pki/revoked.pem
sed -i '/^soon /{s/ good 0 0$/ revoked 1790000000 4/}' pki/index.txt
want='Reason: superseded'
ok "revoking by the index works at once" sound issuing soon ocsp
kill "$server"; wait "$server"; is "the server ends cleanly" $? 0; server=
no "and has left the port" curl -sS -m 2 "$base/ca/root.cer"

# --- tokens
export PADES_P11LOAD=$bin/pades-p11load
ok "token store" "$here/softhsm.sh" hsm pki --tokens 2
# shellcheck disable=SC1091
. hsm/env
p11() { pkcs11-tool --module "${MODULE:-$P11_MODULE}" --token-label "${TOKEN:-seal}" "$@"; }
is "seals and their CA on the token" "$(p11 -O --type cert 2>/dev/null | grep -c label:)" \
    $(($(grep -c ' seal ' pki/index.txt) + 1))
openssl dgst -sha256 -binary pki/root.pem > digest
head -c 48 pki/root.der > d48; head -c 64 pki/root.der > d64
sign() { # LABEL ID MECHANISM INPUT
    p11 --login --pin 1234 --sign --id "$2" -m "$3" -i "$4" -o sig --signature-format openssl; }
check_ec() { rm -f sig; sign "$1" "$2" ECDSA "$3" && openssl pkeyutl -verify -certin \
    -inkey "pki/$1.pem" -in "$3" -sigfile sig; }
check_rsa() { rm -f sig; sign "$1" "$2" SHA256-RSA-PKCS pki/root.pem &&
    openssl dgst -sha256 -verify <(openssl x509 -in "pki/$1.pem" -noout -pubkey) \
        -signature sig pki/root.pem; }
check_ed() { rm -f sig; p11 --login --pin 1234 --sign --id 06 -m EDDSA -i pki/root.pem -o sig &&
    openssl pkeyutl -verify -certin -inkey pki/ed25519.pem -rawin -in pki/root.pem -sigfile sig; }
ok "token: RSA-3072" check_rsa seal-rsa3072 01
ok "token: P-256" check_ec seal-p256 02 digest
ok "token: P-384" check_ec seal-p384 03 d48
ok "token: P-521" check_ec seal-p521 04 d64
ok "token: RSA-2048" check_rsa seal-rsa2048 05
ok "token: Ed25519" check_ed
TOKEN=seal-2 ok "second token" check_rsa seal-rsa3072 01
no "wrong PIN" p11 --login --pin 9999 -O
ok "one chosen key" "$here/softhsm.sh" hsm1 pki --keys "seal-p256 seal-rsa2048:always"
SOFTHSM2_CONF=$work/hsm1/softhsm2.conf has "always authenticate" "Access:     always authenticate" \
    p11 --login --pin 1234 -O --type privkey
is "two keys" "$(SOFTHSM2_CONF=$work/hsm1/softhsm2.conf p11 --login --pin 1234 -O --type privkey \
    2>/dev/null | grep -c label:)" 2

# --- fault injection
export P11FAULT_MODULE=$P11_MODULE P11FAULT_CONF=$work/faults P11FAULT_LOG=$work/calls
export MODULE=$bin/p11fault.so
: > faults
ok "fault: none" check_ec seal-p256 02 digest
ok "fault: log" grep -q '^[0-9]* C_Sign CKR_OK$' calls
no "fault: the log has no PIN" grep -q 1234 calls
echo badsig > faults; no "fault: badsig" check_ec seal-p256 02 digest
echo 'fail C_Sign CKR_DEVICE_REMOVED' > faults
no "fault: fail" sign seal-p256 02 ECDSA digest
ok "fault: fail, in the log" grep -q 'C_Sign CKR_DEVICE_REMOVED' calls
echo 'mechs CKM_RSA_PKCS' > faults
is "fault: mechs" "$(p11 -M 2>/dev/null | grep -c '^  ')" 1
printf 'tries 2 %s/tries\n' "$work" > faults
no "fault: first wrong PIN" p11 --login --pin 9999 -O
has "fault: final try" "final user PIN try" p11 -L
no "fault: second wrong PIN" p11 --login --pin 9999 -O
has "fault: locked" "CKR_PIN_LOCKED" p11 --login --pin 1234 -O
echo 'label OTHER' > faults; has "fault: label" "OTHER" p11 -L
: > faults

# --- invoice
ok "invoice" "$bin/pades-mkinvoice" a.pdf
ok "invoice again" "$bin/pades-mkinvoice" b.pdf
ok "the same bytes" cmp a.pdf b.pdf
has "three pages" "Pages:           3" pdfinfo a.pdf
is "all fonts embedded" "$(pdffonts a.pdf | tail -n +3 | awk '$(NF-4) != "yes"' | wc -l)" 0
is "fonts are DejaVu" "$(pdffonts a.pdf | tail -n +3 | grep -vc DejaVuSans)" 0
ok "sound for qpdf" qpdf --check a.pdf
pdftotext -layout a.pdf a.txt
has "the sum is that of the rows" "Amount due" cat a.txt
has "page x of y" "Page 3 of 3" cat a.txt
ok "the rows add up" awk '
    /25\.5 %|13\.5 %/ && NF > 5 && $1 ~ /^[0-9]+$/ { v = $NF; gsub(",", "", v); sum += v * 100 }
    /Net total/ { t = $NF; gsub(",", "", t); total = t * 100 }
    END { exit !(total > 0 && int(sum + 0.5) == int(total + 0.5)) }' a.txt
ok "many items" "$bin/pades-mkinvoice" c.pdf --items 400
has "many pages" "Pages:           20" pdfinfo c.pdf

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
