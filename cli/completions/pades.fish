# fish completion of pades(1). A test holds the lists against `pades COMMAND --help`.

function __pades_command
    set -l words (commandline -opc)
    test (count $words) -ge 2; or return 1
    set -l command $words[2]
    if contains -- $command fields token config
        test (count $words) -ge 3; or return 1
        set command "$command $words[3]"
    end
    contains -- $command $argv
end

function __pades_first
    test (count (commandline -opc)) -eq 1
end

function __pades_second
    set -l words (commandline -opc)
    test (count $words) -eq 2; and test $words[2] = $argv[1]
end

complete -c pades -f -n __pades_first -a sign -d 'seal or sign PDF files'
complete -c pades -f -n __pades_first -a prepare -d 'first of two steps'
complete -c pades -f -n __pades_first -a finish -d 'second of two steps'
complete -c pades -f -n __pades_first -a inspect -d 'revisions, fields and signatures of a file'
complete -c pades -f -n __pades_first -a repair -d 'write an unsigned damaged file anew'
complete -c pades -f -n __pades_first -a timestamp -d 'put a document timestamp on a file'
complete -c pades -f -n __pades_first -a extend -d 'raise a file to level t, lt or lta'
complete -c pades -f -n __pades_first -a fields -d 'empty signature fields for others to sign'
complete -c pades -f -n __pades_first -a token -d 'tokens and their certificates'
complete -c pades -f -n __pades_first -a doctor -d 'what works, what does not, what to do'
complete -c pades -f -n __pades_first -a config -d 'where each setting comes from'
complete -c pades -n __pades_first -l help -d 'this text'
complete -c pades -n __pades_first -l version -d 'version and what is compiled in'
complete -c pades -n __pades_first -l json -d JSON
complete -c pades -f -n '__pades_second fields' -a add
complete -c pades -f -n '__pades_second token' -a 'list certs show export pin-verify pin-change pin-unblock key-test watch'
complete -c pades -f -n '__pades_second config' -a show

complete -c pades -n '__pades_command sign "token list" "token certs" doctor "token show" "token export" "token pin-verify" "token pin-change" "token pin-unblock" "token key-test" "token watch"' -l key -r -d 'the key: a pkcs11: URI (RFC 7512), or a .p12 or .pem file'
complete -c pades -n '__pades_command sign "token certs" "token show" "token export" "token key-test"' -l cert-subject -x -d 'only certificates whose subject contains TEXT'
complete -c pades -n '__pades_command sign "token certs" "token show" "token export" "token key-test"' -l cert-serial -x -d 'only the certificate with this serial number'
complete -c pades -n '__pades_command sign "token list" "token certs" doctor "token show" "token export" "token pin-verify" "token pin-change" "token pin-unblock" "token key-test" "token watch"' -l module -r -d 'a PKCS#11 module, instead of those p11-kit is configured for'
complete -c pades -n '__pades_command sign "token list" "token certs" doctor "token show" "token export" "token pin-verify" "token pin-change" "token pin-unblock" "token key-test" "token watch"' -l no-isolate -d 'run PKCS#11 modules in this process, not in one of their own'
complete -c pades -n '__pades_command sign' -l sessions -x -d 'sessions with the token that sign side by side'
complete -c pades -n '__pades_command sign' -l wait -x -d 'wait once for a token that is not there or was pulled out'
complete -c pades -n '__pades_command sign prepare extend "token key-test"' -l cert -r -d 'certificate that is not on the token, or of the chain; repeatable'
complete -c pades -n '__pades_command sign prepare extend' -l level -x -a 'b t lt lta' -d 'b, t, lt, lta (default: t with a --tsa, else b)'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor' -l tsa -x -d 'time-stamping authority; repeatable, tried in order'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor' -l tsa-user -x -d 'user name for the TSA; the n-th belongs to the n-th --tsa'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor' -l tsa-pass-file -r -d 'file with that user\'s password'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor' -l tsa-cert -r -d 'TLS client certificate for the TSA (PEM)'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor' -l tsa-key -r -d 'its private key (PEM)'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor' -l tsa-policy -x -d 'policy asked of the TSA; one alone is for every --tsa'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor' -l tsa-rate -x -d 'N requests in SECONDS at most; one alone is for every --tsa'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor' -l tsa-bearer-file -r -d 'file with a bearer token for the TSA, instead of a user'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor' -l insecure-auth -d 'send user, password and token over plain http too'
complete -c pades -n '__pades_command sign prepare timestamp extend "token key-test"' -l digest -x -a 'sha256 sha384 sha512' -d 'sha256 (default, raised to fit the curve), sha384 or sha512'
complete -c pades -n '__pades_command sign prepare "token key-test"' -l pss -d 'RSA-PSS instead of PKCS#1 v1.5'
complete -c pades -n '__pades_command sign prepare' -l sub-filter -x -a 'etsi adbe' -d 'etsi: PAdES (default); adbe: with Adobe\'s revocation data'
complete -c pades -n '__pades_command sign prepare "fields add"' -l field -x -d 'full name of the field (sign: an empty or new one; Signature1, ...)'
complete -c pades -n '__pades_command sign prepare' -l certify -x -a '1 2 3' -d 'certify: 1 no changes, 2 forms and signatures, 3 annotations too'
complete -c pades -n '__pades_command sign prepare "fields add"' -l lock -x -d 'lock fields: all, include:A,B or exclude:A,B'
complete -c pades -n '__pades_command "fields add"' -l rect -x -d 'its place: page, lower left corner, size in points (default: none)'
complete -c pades -n '__pades_command "fields add"' -l tooltip -x -d 'what it is called for people (/TU)'
complete -c pades -n '__pades_command "fields add"' -l seed -r -d 'what it asks of its signature: seed values, as JSON'
complete -c pades -n '__pades_command sign prepare timestamp extend' -l drop-usage-rights -d 'remove usage rights (UR3) from a file nobody signed yet'
complete -c pades -n '__pades_command sign prepare' -l fill -x -d 'fill a form field in the same revision; repeatable'
complete -c pades -n '__pades_command sign prepare' -l name -x -d 'who signs (/Name)'
complete -c pades -n '__pades_command sign prepare' -l reason -x -d 'why (/Reason)'
complete -c pades -n '__pades_command sign prepare' -l location -x -d 'where (/Location)'
complete -c pades -n '__pades_command sign prepare' -l contact -x -d 'how to reach the signer (/ContactInfo)'
complete -c pades -n '__pades_command sign prepare' -l commitment -x -d 'commitment type; not together with --reason'
complete -c pades -n '__pades_command sign prepare' -l utc -d 'signing time in UTC instead of local time'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor' -l trust -r -d 'trust anchors: a PEM or DER file or a folder of them; repeatable'
complete -c pades -n '__pades_command sign "token pin-verify" "token pin-change" "token key-test"' -l pin-fd -x -d 'read the PIN, one line, from descriptor N'
complete -c pades -n '__pades_command sign "token pin-verify" "token pin-change" "token key-test"' -l pin-file -r -d 'read the PIN from FILE, which only its owner may read'
complete -c pades -n '__pades_command sign "token pin-verify" "token pin-change" "token key-test"' -l pin-env -x -d 'take the PIN from this environment variable, which is emptied'
complete -c pades -n '__pades_command sign "token pin-verify" "token pin-change" "token key-test"' -l pin-credential -x -d 'take the PIN from this credential of the systemd service'
complete -c pades -n '__pades_command sign "token pin-verify" "token pin-change" "token pin-unblock" "token key-test"' -l pinentry -x -a 'none (__fish_complete_command)' -d 'program that asks for the PIN; none: the terminal does'
complete -c pades -n '__pades_command sign "token pin-verify" "token pin-change" "token pin-unblock" "token key-test"' -l refused-pins -x -a '(__fish_complete_directories)' -d 'folder that remembers refused PINs, as slow hashes'
complete -c pades -n '__pades_command sign "token pin-verify" "token pin-change" "token pin-unblock" "token key-test"' -l pin-last-try -d 'allow the attempt that could lock the token'
complete -c pades -n '__pades_command sign' -l pin-for-batch -d 'keep the PIN, protected, for keys that want it for every signature'
complete -c pades -n '__pades_command sign finish timestamp extend "fields add"' -l in-place -d 'append to the input file itself'
complete -c pades -n '__pades_command sign timestamp extend' -l output-dir -r -d 'every operand is an input; the results go into DIR'
complete -c pades -n '__pades_command sign prepare finish repair timestamp extend "fields add" "token export"' -l force -d 'replace an output that exists'
complete -c pades -n '__pades_command sign' -l skip-signed -d 'leave files alone that have a signature already'
complete -c pades -n '__pades_command sign' -l dry-run -d 'check everything but the PIN; sign and write nothing'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor' -l allow-host -x -d 'an address the network guard would refuse; repeatable'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor "token watch"' -l timeout -x -d 'longest time of one request (default 30)'
complete -c pades -n '__pades_command sign prepare finish timestamp extend doctor' -l proxy -x -d 'proxy for requests; the environment is not read'
complete -c pades -n '__pades_command sign prepare' -l reserve -x -d 'room for the signature (default: an upper bound)'
complete -c pades -n '__pades_command sign prepare timestamp extend "fields add"' -l allow-gaps -d 'seal a file that leaves out object numbers (see the manual)'
complete -c pades -n '__pades_command sign prepare finish extend' -l allow-partial -d 'write the level that can be reached; exit 4'
complete -c pades -n '__pades_command sign prepare finish extend' -l allow-cached -d 'a kept status that is older than the timestamp will do'
complete -c pades -n '__pades_command sign prepare' -l aia -d 'fetch issuers that are missing, for the signature\'s chain'
complete -c pades -n '__pades_command sign prepare finish extend' -l offline -r -d 'certificates, OCSP answers and CRLs from DIR, not the network'
complete -c pades -n '__pades_command sign prepare finish extend' -l ocsp-url -x -d 'OCSP responder to ask instead of those that certificates name'
complete -c pades -n '__pades_command sign prepare finish extend' -l prefer -x -a 'ocsp crl' -d 'which is asked first (default ocsp)'
complete -c pades -n '__pades_command sign prepare finish extend' -l wait-fresh -x -d 'wait for a status newer than the timestamp'
complete -c pades -n '__pades_command sign finish timestamp extend' -l audit -r -d 'append one line an output to FILE, or to the system\'s log'
complete -c pades -n '__pades_command sign prepare finish inspect repair timestamp extend "fields add" "token list" "token certs" "token show" "token export" "token pin-verify" "token pin-change" "token pin-unblock" "token key-test" "token watch" "config show" doctor' -l config -r -d 'read FILE instead of the usual configuration files'
complete -c pades -n '__pades_command sign prepare finish inspect repair timestamp extend "fields add" "token list" "token certs" "token show" "token export" "token pin-verify" "token pin-change" "token pin-unblock" "token key-test" "token watch" "config show" doctor' -l profile -x -d 'use the settings of [profile NAME] too'
complete -c pades -n '__pades_command sign prepare finish inspect repair timestamp extend "fields add" "token list" "token certs" "token show" "token export" "token pin-verify" "token pin-change" "token pin-unblock" "token key-test" "token watch" "config show" doctor' -l json -d 'JSON, one object a line'
complete -c pades -n '__pades_command sign prepare finish inspect repair timestamp extend "fields add" "token list" "token certs" "token show" "token export" "token pin-verify" "token pin-change" "token pin-unblock" "token key-test" "token watch" "config show" doctor' -l quiet -d 'no warnings, notes and progress; errors only'
complete -c pades -n '__pades_command sign prepare finish inspect repair timestamp extend "fields add" "token list" "token certs" "token show" "token export" "token pin-verify" "token pin-change" "token pin-unblock" "token key-test" "token watch" "config show" doctor' -l verbose -d 'tell each step, and let modules write to standard error'
complete -c pades -n '__pades_command sign prepare finish inspect repair timestamp extend "fields add" "token list" "token certs" "token show" "token export" "token pin-verify" "token pin-change" "token pin-unblock" "token key-test" "token watch" "config show" doctor' -l help -d 'this text'
complete -c pades -n '__pades_command sign prepare finish inspect repair timestamp extend "fields add"' -l password-fd -x -d 'read an encrypted PDF\'s password, one line, from descriptor N'
complete -c pades -n '__pades_command sign prepare finish inspect repair timestamp extend "fields add"' -l password-file -r -d 'read it from FILE, which only its owner may read'
complete -c pades -n '__pades_command inspect' -l ltv -d 'tell condition by condition whether a signature is LTV enabled'
complete -c pades -n '__pades_command inspect' -l extract -r -d 'write revision, CMS and certificates of each signature into DIR'
complete -c pades -n '__pades_command prepare finish' -l state -r -d 'what prepare hands to finish, no secret (\'-\': standard output, input)'
complete -c pades -n '__pades_command prepare' -l tbs -r -d 'write the bytes to be signed (\'-\': standard output)'
complete -c pades -n '__pades_command prepare' -l hash -r -d 'write their digest, as bytes (\'-\': standard output)'
complete -c pades -n '__pades_command finish' -l signature -r -d 'the signature, as bytes (\'-\': standard input)'
complete -c pades -n '__pades_command sign prepare finish extend' -l vri -d 'store a /VRI entry for each signature too'
complete -c pades -n '__pades_command "token export"' -l der -d 'DER instead of PEM'
complete -c pades -n '__pades_command "token export"' -l chain -d 'the certificate and its issuers, as far as they are on the token'
complete -c pades -n '__pades_command "token pin-change" "token pin-unblock"' -l new-pin-fd -x -d 'read the new PIN, one line, from descriptor N'
complete -c pades -n '__pades_command "token pin-change" "token pin-unblock"' -l new-pin-file -r -d 'read the new PIN from FILE, which only its owner may read'
complete -c pades -n '__pades_command "token pin-unblock"' -l puk-fd -x -d 'read the PUK, one line, from descriptor N'
complete -c pades -n '__pades_command "token pin-unblock"' -l puk-file -r -d 'read the PUK from FILE, which only its owner may read'
complete -c pades -n '__pades_command "token pin-unblock"' -l style -x -a 'init-pin set-pin set-pin-context puk-prefix' -d 'how the module takes a PUK: init-pin, set-pin, set-pin-context'
complete -c pades -n '__pades_command "token pin-unblock"' -l yes -d 'do not ask whether a try of the PUK is to be spent'
complete -c pades -n '__pades_command "token watch"' -l count -x -d 'end after N events'
complete -c pades -n '__pades_command "token certs"' -l expiring -x -d 'only those that end within DAYS; exit 1 when there are any'
