#!/usr/bin/env python3
"""Makes PDF files for the tests; the same arguments always make the same files.

    genpdf.py --seed S --count N DIR         N valid files of many structures, with manifest.json
    genpdf.py --objects N [--kind table|stream|objstm] OUT
    genpdf.py --size 1G OUT                  one large valid file
    genpdf.py --encrypted --seed S --count N DIR   N of every kind of encryption, the password of X.pdf
                                             (user and owner in turn) in X.pdf.password
    genpdf.py --bad DIR [--only CLASS,...]   what must be refused, or borne; with manifest.json
Only the standard library, but for encrypted files, which qpdf makes.
"""
import argparse
import json
import os
import sys

import badpdf
import bigpdf
import encpdf
import goodpdf


def good(directory, seed, count):
    os.makedirs(directory, exist_ok=True)
    manifest = []
    for i in range(seed, seed + count):
        data, features = goodpdf.make(i)
        name = f"good-{i:05d}.pdf"
        with open(os.path.join(directory, name), "wb") as f:
            f.write(data)
        manifest.append({"file": name, "size": len(data), **features})
    with open(os.path.join(directory, "manifest.json"), "w", encoding="utf-8") as f:
        json.dump(manifest, f, indent=1)


def encrypted(directory, seed, count):
    os.makedirs(directory, exist_ok=True)
    manifest = []
    for i, name in ((i, name) for i in range(count) for name in encpdf.CASES):
        data, features = encpdf.make(name, seed + i)
        path = os.path.join(directory, f"{name}-{i}.pdf")
        password = encpdf.CASES[name]["owner" if i % 2 else "user"]
        with open(path, "wb") as f:
            f.write(data)
        with open(path + ".password", "wb") as f:
            f.write(password)
        manifest.append({"file": os.path.basename(path), "size": len(data), **features})
    with open(os.path.join(directory, "manifest.json"), "w", encoding="utf-8") as f:
        json.dump(manifest, f, indent=1)


def size_of(text):
    units = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    return int(text[:-1]) * units[text[-1]] if text[-1] in units else int(text)


def main():
    parser = argparse.ArgumentParser(description="PDF files for tests")
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int)
    parser.add_argument("--objects", type=int)
    parser.add_argument("--kind", choices=["table", "stream", "objstm"], default="table")
    parser.add_argument("--size", type=size_of)
    parser.add_argument("--bad", action="store_true")
    parser.add_argument("--encrypted", action="store_true")
    parser.add_argument("--only", type=lambda text: text.split(","))
    args = parser.parse_args()
    if args.bad:
        badpdf.write_all(args.out, args.only)
    elif args.objects:
        bigpdf.many(args.out, args.objects, args.kind)
    elif args.size:
        bigpdf.heavy(args.out, args.size, args.seed)
    elif args.encrypted:
        encrypted(args.out, args.seed, args.count or 1)
    elif args.count:
        good(args.out, args.seed, args.count)
    else:
        parser.error("one of --count, --objects, --size, --bad is needed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
