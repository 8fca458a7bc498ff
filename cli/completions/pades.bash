# bash completion of pades(1). A test holds the lists against `pades COMMAND --help`.

_pades_options()
{
    case $1 in
        sign)
            echo "--key --cert-subject --cert-serial --module --no-isolate --sessions --wait --cert --level --tsa --tsa-user
                --tsa-pass-file --tsa-cert --tsa-key --tsa-policy --tsa-rate --tsa-bearer-file --insecure-auth --digest --pss --sub-filter --field
                --certify --lock --drop-usage-rights --fill --name
                --reason --location --contact --commitment --utc --trust --pin-fd --pin-file
                --pin-env --pin-credential --pinentry --refused-pins --pin-last-try --pin-for-batch --password-fd --password-file --in-place --output-dir --force
                --skip-signed --dry-run --allow-host --timeout --proxy --reserve --allow-gaps
                --allow-partial --allow-cached --aia --offline --ocsp-url --prefer --wait-fresh --vri
                --audit --config --profile --json --quiet --verbose --help" ;;
        prepare)
            echo "--cert --level --tsa --tsa-user --tsa-pass-file --tsa-cert --tsa-key
                --tsa-policy --tsa-rate --tsa-bearer-file --insecure-auth --digest --pss --sub-filter --field --certify --lock --drop-usage-rights --fill --name --reason --location --contact
                --commitment --utc --trust --password-fd --password-file --state --tbs --hash --force --allow-host --timeout
                --proxy --reserve --allow-gaps --allow-partial --allow-cached --aia --offline --ocsp-url --prefer --wait-fresh --vri
                --config --profile --json --quiet --verbose --help" ;;
        finish)
            echo "--tsa --tsa-user --tsa-pass-file --tsa-cert --tsa-key --tsa-policy --tsa-rate --tsa-bearer-file --insecure-auth --trust
                --password-fd --password-file --state --signature --in-place --force --allow-host --timeout --proxy
                --allow-partial --allow-cached --offline --ocsp-url --prefer --wait-fresh --vri --audit
                --config --profile --json --quiet --verbose --help" ;;
        inspect)
            echo "--password-fd --password-file --extract --ltv --config --profile --json --quiet --verbose
                --help" ;;
        repair)
            echo "--password-fd --password-file --force --config --profile --json --quiet --verbose --help" ;;
        timestamp)
            echo "--tsa --tsa-user --tsa-pass-file --tsa-cert --tsa-key --tsa-policy --tsa-rate --tsa-bearer-file --insecure-auth --digest
                --drop-usage-rights --trust --in-place --output-dir --force --allow-host --timeout --proxy
                --password-fd --password-file --allow-gaps --audit --config --profile --json --quiet
                --verbose --help" ;;
        extend)
            echo "--cert --level --tsa --tsa-user --tsa-pass-file --tsa-cert --tsa-key
                --tsa-policy --tsa-rate --tsa-bearer-file --insecure-auth --digest --drop-usage-rights --trust --in-place --output-dir --force
                --allow-host --timeout --proxy --password-fd --password-file --allow-gaps
                --allow-partial --allow-cached --offline --ocsp-url --prefer --wait-fresh --vri --audit --config
                --profile --json --quiet --verbose --help" ;;
        'fields add')
            echo "--field --lock --rect --tooltip --seed --password-fd --password-file --in-place
                --force --allow-gaps --config --profile --json --quiet --verbose --help" ;;
        'token list')
            echo "--key --module --no-isolate --config --profile --json --quiet --verbose --help" ;;
        'token certs')
            echo "--key --cert-subject --cert-serial --module --expiring --no-isolate --config
                --profile --json --quiet --verbose --help" ;;
        doctor)
            echo "--key --module --tsa --tsa-user --tsa-pass-file --tsa-cert --tsa-key --tsa-policy
                --tsa-rate --tsa-bearer-file --insecure-auth --trust --allow-host
                --timeout --proxy --no-isolate --config --profile --json --quiet
                --verbose --help" ;;
        'token show')
            echo "--key --cert-subject --cert-serial --module --no-isolate --config --profile
                --json --quiet --verbose --help" ;;
        'token export')
            echo "--key --cert-subject --cert-serial --module --der --chain --force --no-isolate
                --config --profile --json --quiet --verbose --help" ;;
        'token pin-verify')
            echo "--key --module --pin-fd --pin-file --pin-env --pin-credential --pinentry
                --refused-pins --pin-last-try --no-isolate --config --profile --json --quiet --verbose --help" ;;
        'token pin-change')
            echo "--key --module --pin-fd --pin-file --pin-env --pin-credential --pinentry
                --refused-pins --pin-last-try --new-pin-fd --new-pin-file --no-isolate --config --profile
                --json --quiet --verbose --help" ;;
        'token pin-unblock')
            echo "--key --module --pinentry --refused-pins --pin-last-try --new-pin-fd --new-pin-file --puk-fd
                --puk-file --style --yes --no-isolate --config --profile --json --quiet
                --verbose --help" ;;
        'token key-test')
            echo "--key --cert-subject --cert-serial --module --cert --digest --pss --pin-fd
                --pin-file --pin-env --pin-credential --pinentry --refused-pins --pin-last-try --no-isolate
                --config --profile --json --quiet --verbose --help" ;;
        'token watch')
            echo "--key --module --count --timeout --no-isolate --config --profile --json
                --quiet --verbose --help" ;;
        'config show')
            echo "--config --profile --json --quiet --verbose --help" ;;
    esac
}

_pades_value()
{
    local cur=$2
    case $1 in
        --level) COMPREPLY=($(compgen -W "b t lt lta" -- "$cur")) ;;
        --digest) COMPREPLY=($(compgen -W "sha256 sha384 sha512" -- "$cur")) ;;
        --certify) COMPREPLY=($(compgen -W "1 2 3" -- "$cur")) ;;
        --lock) COMPREPLY=($(compgen -W "all include: exclude:" -- "$cur")) ;;
        --sub-filter) COMPREPLY=($(compgen -W "etsi adbe" -- "$cur")) ;;
        --style) COMPREPLY=($(compgen -W "init-pin set-pin set-pin-context puk-prefix" -- "$cur")) ;;
        --prefer) COMPREPLY=($(compgen -W "ocsp crl" -- "$cur")) ;;
        --pinentry) COMPREPLY=($(compgen -c -W none -- "$cur")) ;;
        --output-dir | --offline | --refused-pins) COMPREPLY=($(compgen -d -- "$cur")) ;;
        --key | --module | --cert | --tsa-pass-file | --tsa-bearer-file | --tsa-cert | --tsa-key | --trust | --pin-file | --new-pin-file | --puk-file | --password-file |\
        --audit | --config | --state | --tbs | --hash | --signature | --seed)
            COMPREPLY=($(compgen -f -- "$cur")) ;;
        --cert-subject | --cert-serial | --tsa | --tsa-user | --tsa-policy | --tsa-rate | --field | --fill | --rect | --tooltip | --name |\
        --reason | --location | --contact | --commitment | --pin-fd | --new-pin-fd | --puk-fd | --expiring | --count | --pin-env | --pin-credential | --password-fd | --allow-host | --ocsp-url | --wait-fresh |\
        --timeout | --proxy | --reserve | --profile) ;;
        *) return 1 ;;
    esac
}

_pades()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        COMPREPLY=($(compgen -W "sign prepare finish inspect repair timestamp extend fields token doctor config --help --version --json" -- "$cur"))
        return
    fi
    case $command in
        fields | token | config)
            if [ "$COMP_CWORD" = 2 ]; then
                [ "$command" = fields ] && COMPREPLY=($(compgen -W "add" -- "$cur"))
                [ "$command" = token ] && COMPREPLY=($(compgen -W "list certs show export pin-verify pin-change pin-unblock key-test watch" -- "$cur"))
                [ "$command" = config ] && COMPREPLY=($(compgen -W "show" -- "$cur"))
                return
            fi
            command="$command ${COMP_WORDS[2]}" ;;
    esac
    if _pades_value "$prev" "$cur"; then
        return
    fi
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$(_pades_options "$command")" -- "$cur"))
    else
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}
complete -o filenames -F _pades pades
