#!/bin/bash
# Debian packages this project needs, by purpose, and their installer.
#   cmake/packages.sh [--list|--missing] SET...      sets: build demo check fuzz cards interop coverage chroot
# Says which packages are missing and installs them as root or through sudo; does nothing, and asks
# nothing of the network, when all are there. For Debian 12 and 13; elsewhere --list names them.
set -euo pipefail

suite() {
    local VERSION_ID=0
    if [ -r /etc/os-release ]; then
        VERSION_ID=$(. /etc/os-release && printf %s "${VERSION_ID:-0}")
    fi
    printf %s "$VERSION_ID"
}

# What a name with a version in it is called in this suite.
jdk_package() {
    if [ "$(suite)" = 12 ]; then echo openjdk-17-jdk-headless; else echo openjdk-21-jdk-headless; fi
}
clang_runtime_package() {
    case "$(suite)" in
        12) echo libclang-rt-14-dev ;;
        *) echo libclang-rt-19-dev ;;
    esac
}

packages_of() {
    case "$1" in
        build)
            echo gcc libc6-dev binutils cmake ninja-build pkgconf libssl-dev zlib1g-dev libqpdf-dev \
                libcurl4-openssl-dev libp11-kit-dev libjansson-dev libinih-dev ;;
        # The support programs that the demonstration and the tests share.
        demo)
            packages_of build
            echo g++ python3 libcmocka-dev libmicrohttpd-dev libcairo2-dev libpango1.0-dev fonts-dejavu-core \
                softhsm2 poppler-utils qpdf openssl ;;
        check)
            packages_of demo
            echo libidn-dev ca-certificates p11-kit p11-kit-modules opensc gnutls-bin procps curl man-db groff-base zsh fish \
                bash-completion file git pinentry-curses pinentry-tty ;;
        fuzz) echo clang "$(clang_runtime_package)" cmake ninja-build ;;
        # The tokens of tests/cards.
        cards)
            packages_of check
            echo pcscd libpcsclite-dev vsmartcard-vpcd opensc opensc-pkcs11 ykcs11 libnss3-tools swtpm swtpm-tools \
                libtpm2-pkcs11-1 libtpm2-pkcs11-tools tpm2-abrmd libtss2-tcti-tabrmd0 dbus-bin dbus-daemon util-linux ;;
        interop)
            packages_of check
            packages_of fuzz
            packages_of cards
            echo python3-venv "$(jdk_package)" maven ca-certificates libnss3-tools ;;
        coverage)
            packages_of check
            echo gcovr ;;
        chroot) echo debootstrap git ;;
        *)
            echo "packages.sh: no set named $1" >&2
            return 64 ;;
    esac
}

missing_of() {
    local name
    for name in "$@"; do
        if [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)" != installed ]; then
            echo "$name"
        fi
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "packages.sh: not root, and no sudo: run as root: $*" >&2
        return 77
    fi
}

install_missing() {
    local -a missing
    mapfile -t missing < <(missing_of "$@")
    if [ "${#missing[@]}" = 0 ]; then
        return 0
    fi
    echo "installing ${#missing[@]} Debian packages: ${missing[*]}"
    as_root apt-get -o DPkg::Lock::Timeout=600 update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 \
        install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

main() {
    local mode=install set
    local -a names=()
    case "${1:-}" in
        --list) mode=list; shift ;;
        --missing) mode=missing; shift ;;
    esac
    for set in "${@:-check}"; do
        # shellcheck disable=SC2207
        names+=($(packages_of "$set"))
    done
    mapfile -t names < <(printf '%s\n' "${names[@]}" | sort -u)
    if [ "$mode" = list ]; then
        printf '%s\n' "${names[@]}"
    elif ! command -v dpkg-query >/dev/null; then
        echo "packages.sh: not a Debian system; needed here under other names: ${names[*]}" >&2
    elif [ "$mode" = missing ]; then
        missing_of "${names[@]}"
    else
        install_missing "${names[@]}"
    fi
}
main "$@"
