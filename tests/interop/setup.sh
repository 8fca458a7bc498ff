#!/bin/bash
# setup.sh [CACHE]: the validators of others, into CACHE (default: the user's cache), never into the tree.
# pyHanko by pip, every package by its hash; EU DSS, veraPDF, PDFBox and iText by Maven, every jar by its checksum,
# a wrong, a missing or an extra one being an error. What is there already and was made from the same lists is kept.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/pades-interop}
mkdir -p "$cache"
cache=$(readlink -f "$cache")

# A stamp says what a part was made from: its lists and its interpreter.
stamp() { # FILE... -- TEXT
    local file
    for file in "$@"; do
        [ "$file" = -- ] && break
        cat "$here/$file"
    done | sha256sum | cut -c1-64
}
fresh() { # NAME STAMP
    [ "$(cat "$cache/$1.stamp" 2>/dev/null)" = "$2" ]
}

python=
for candidate in /usr/bin/python3 python3; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "setup.sh: no Python of at least 3.11 with venv (Debian: python3-venv)" >&2
    exit 1
fi

wanted="$(stamp requirements.txt) $("$python" -c 'import sys; print(sys.version)' | tr '\n' ' ')"
if ! fresh venv "$wanted"; then
    echo "pyHanko into $cache/venv"
    rm -rf "$cache/venv"
    "$python" -m venv "$cache/venv"
    "$cache/venv/bin/python" -m pip install --quiet --require-hashes --only-binary :all: \
        -r "$here/requirements.txt"
    echo "$wanted" >"$cache/venv.stamp"
fi

# The jars of NAME/pom.xml, all of NAME/jars.sha256 and no other, into the cache.
jars() { # NAME
    rm -rf "${cache:?}/$1"
    mkdir -p "$cache/$1/jars"
    mvn -B -q -ntp -f "$here/$1/pom.xml" -Dmaven.repo.local="$cache/m2" \
        org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DoutputDirectory="$cache/$1/jars" -DincludeScope=runtime
    rm -rf "$cache/m2"
    (cd "$cache/$1/jars" && sha256sum --strict --quiet -c "$here/$1/jars.sha256")
    if [ "$(find "$cache/$1/jars" -type f | wc -l)" != "$(wc -l <"$here/$1/jars.sha256")" ]; then
        echo "setup.sh: there are jars that $1/jars.sha256 does not list" >&2
        exit 1
    fi
}

wanted="$(stamp dss/pom.xml dss/jars.sha256)"
if ! fresh dss-jars "$wanted"; then
    echo "EU DSS into $cache/dss"
    rm -f "$cache/dss.stamp"
    jars dss
    echo "$wanted" >"$cache/dss-jars.stamp"
fi
wanted="$(stamp dss/pom.xml dss/jars.sha256 dss/DssValidate.java) $(javac -version 2>&1)"
if ! fresh dss "$wanted"; then
    rm -rf "$cache/dss/classes"
    mkdir -p "$cache/dss/classes"
    javac -d "$cache/dss/classes" -cp "$cache/dss/jars/*" "$here/dss/DssValidate.java"
    echo "$wanted" >"$cache/dss.stamp"
fi

wanted="$(stamp verapdf/pom.xml verapdf/jars.sha256)"
if ! fresh verapdf "$wanted"; then
    echo "veraPDF into $cache/verapdf"
    jars verapdf
    echo "$wanted" >"$cache/verapdf.stamp"
fi

# PDFBox and iText, which sign what the tests then raise (javamakers.py): downloaded for that, in nothing we ship.
wanted="$(stamp makers/pom.xml makers/jars.sha256)"
if ! fresh makers-jars "$wanted"; then
    echo "PDFBox and iText into $cache/makers"
    rm -f "$cache/makers.stamp"
    jars makers
    echo "$wanted" >"$cache/makers-jars.stamp"
fi
wanted="$wanted $(stamp makers/Maker.java makers/PdfboxSign.java makers/ItextSign.java) $(javac -version 2>&1)"
if ! fresh makers "$wanted"; then
    rm -rf "$cache/makers/classes"
    mkdir -p "$cache/makers/classes"
    javac -d "$cache/makers/classes" -cp "$cache/makers/jars/*" "$here"/makers/*.java
    echo "$wanted" >"$cache/makers.stamp"
fi

# The program that seals with EU DSS, for tests/corpus/run --peers.
wanted="$(stamp dss/DssSign.java) $(cat "$cache/dss.stamp")"
if ! fresh dss-sign "$wanted"; then
    rm -rf "$cache/dss-sign"
    mkdir -p "$cache/dss-sign"
    javac -d "$cache/dss-sign" -cp "$cache/dss/classes:$cache/dss/jars/*" "$here/dss/DssSign.java"
    echo "$wanted" >"$cache/dss-sign.stamp"
fi
