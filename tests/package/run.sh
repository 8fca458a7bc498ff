#!/bin/bash
# run.sh BUILD SOURCE CC CMAKE [CFLAG]: installs BUILD below a new folder, builds examples/ against it
# by CMake package and by pkg-config, seals an invoice with each, and uninstalls without leaving
# anything; then once more below DESTDIR. The build folder's own install manifest is kept.
set -euo pipefail
build=$1 source=$2 cc=$3 cmake=$4 flag=${5:-}
support=$build/tests/support
work=$(mktemp -d)
prefix=$work/prefix
log=$work/log
manifest=$build/install_manifest.txt

finish() {
    local status=$?
    [ "$status" = 0 ] || tail -n 40 "$log" >&2
    rm -f "$manifest"
    if [ -e "$work/manifest" ]; then
        mv "$work/manifest" "$manifest"
    fi
    rm -rf "$work"
}

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

install_to() { # PREFIX: everything the build has
    "$cmake" --install "$build" --prefix "$1" >>"$log"
}

uninstall() {
    "$cmake" -DMANIFEST="$manifest" -P "$source/cmake/uninstall.cmake" >>"$log" 2>&1
}

# No file at all, and no folder of ours.
nothing_left() { # FOLDER
    local left
    left=$(find "$1" \( ! -type d -o -name '*pades*' \) -print)
    [ -z "$left" ] || fail "left after uninstall: $left"
}

make_inputs() {
    "$support/pades-mkpki" "$work/pki" >>"$log"
    "$support/pades-mkinvoice" "$work/invoice.pdf" >>"$log"
    cat "$work/pki/$key.key" "$work/pki/$key.chain.pem" >"$work/key.pem"
    openssl pkcs12 -export -inkey "$work/pki/$key.key" -in "$work/pki/$key.chain.pem" \
        -passout pass:secret -out "$work/key.p12"
}

seal_with() { # PROGRAM KEY PASSWORD OUT
    local said n
    said=$(echo "$3" | "$1" "$work/invoice.pdf" "$4" "$2" 2>>"$log") || fail "$1 does not seal with $2"
    [[ $said == *"at level B-B, field Signature1" ]] || fail "the example says: $said"
    n=$(stat -c %s "$work/invoice.pdf")
    cmp -n "$n" "$work/invoice.pdf" "$4" || fail "the input is not the beginning of $4"
    pdfsig -nocert "$4" >"$work/pdfsig" 2>&1 || fail "pdfsig fails on $4"
    grep -q 'Signature is Valid' "$work/pdfsig" || fail "pdfsig: $(cat "$work/pdfsig")"
    grep -q 'Total document signed' "$work/pdfsig" || fail "pdfsig: not the whole of $4 is signed"
}

by_cmake_package() {
    "$cmake" -G Ninja -S "$source/examples" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$flag" >>"$log"
    "$cmake" --build "$work/cmake" >>"$log"
    seal_with "$work/cmake/seal" "$work/key.p12" secret "$work/by-cmake.pdf"
}

by_pkg_config() {
    local words
    export PKG_CONFIG_PATH
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name libpades.pc)")
    words=$(pkg-config --cflags --libs libpades)
    # shellcheck disable=SC2086
    "$cc" -std=c99 -Wall -Wextra -Wpedantic -Werror $flag -o "$work/seal" "$source/examples/seal.c" $words \
        -Wl,-rpath,"$(pkg-config --variable=libdir libpades)"
    seal_with "$work/seal" "$work/key.pem" "" "$work/by-pkg-config.pdf"
    if [ -z "$flag" ]; then
        # shellcheck disable=SC2046
        "$cc" -std=c99 -o "$work/static" "$source/examples/seal.c" $(pkg-config --cflags libpades) \
            "$(find "$prefix" -name libpades.a)" $(pkg-config --static --libs-only-l libpades | sed 's/-lpades//')
        seal_with "$work/static" "$work/key.pem" "" "$work/static.pdf"
    fi
}

# Every page's name leads somewhere, and man has nothing to complain of.
man_pages() {
    local page target
    while read -r page; do
        target=$(sed -n 's/^\.so //p' "$page")
        [ -z "$target" ] || [ -e "$prefix/share/man/$target" ] || fail "$page leads nowhere"
    done < <(find "$prefix/share/man" -type f)
    for page in "$prefix"/share/man/man3/{libpades,pades_sign}.3; do
        [ -z "$(MANPATH=$prefix/share/man man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null)" ] || fail "man: $page"
    done
}

the_command() {
    if [ -e "$prefix/bin/pades" ]; then
        "$prefix/bin/pades" --version >>"$log" || fail "the installed pades does not run"
        [ -e "$prefix/share/man/man1/pades.1" ] || fail "no manual page of pades"
        [ -e "$prefix/share/bash-completion/completions/pades" ] || fail "no completion for bash"
    fi
}

below_destdir() {
    export DESTDIR=$work/stage
    "$cmake" --install "$build" --prefix /opt/pades-test >>"$log"
    [ -e "$DESTDIR/opt/pades-test/include/pades/pades.h" ] || fail "DESTDIR is not honoured"
    grep -q '^prefix=/opt/pades-test$' "$(find "$DESTDIR" -name libpades.pc)" || fail "libpades.pc has a wrong prefix"
    [ ! -e /opt/pades-test ] || fail "something was written outside DESTDIR"
    uninstall
    rmdir "$DESTDIR"/opt/pades-test/share/doc 2>/dev/null || true
    nothing_left "$DESTDIR/opt/pades-test/include"
    left=$(find "$DESTDIR" ! -type d)
    [ -z "$left" ] || fail "left below DESTDIR: $left"
    unset DESTDIR
}

[ ! -e "$manifest" ] || cp "$manifest" "$work/manifest"
trap finish EXIT
: >"$log"
key=${PADES_TEST_KEY:-seal-p256}
make_inputs
install_to "$prefix"
by_cmake_package
by_pkg_config
man_pages
the_command
uninstall
nothing_left "$prefix"
below_destdir
echo "installed, used by CMake package and pkg-config, uninstalled: nothing left"
