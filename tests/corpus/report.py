"""The tables of a corpus run, from its records: outcomes by reason, by source, and side by side with others."""
import collections


def eligible(record):
    """qpdf finds no error and nobody forbids it: such a file has to be sealed."""
    return record.get("qpdf") == "clean" and not record.get("forbidden")


GAP = "DOC_DAMAGED: numbers below /Size are in no cross-reference section of the first revision (a gap)"


def why_not(record):
    """Why it is not sealed, gaps under one head; "" when it is."""
    said = GAP if "gap" in record else record.get("reason") or "; ".join(record["faults"])[:200]
    return said.replace("\n", " ").replace("\t", " ")


def share(part, whole):
    return f"{part} of {whole} ({100 * part / whole:.2f} %)" if whole else "none"


def rows(table, head):
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return out + ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in table] + [""]


def by_source(records, sources):
    table = []
    commits = {name.replace("+", "/"): entry for name, entry in sources.items()}
    for source in sorted({r["source"] for r in records}):
        mine = [r for r in records if r["source"] == source]
        count = collections.Counter(r["outcome"] for r in mine)
        fit = [r for r in mine if eligible(r)]
        table.append([source, commits.get(source, {}).get("commit", "")[:12], len(mine), count["sealed"], count["refused"],
                      sum("gap" in r for r in mine), count["fault"], len(fit), sum(r["outcome"] == "sealed" for r in fit)])
    return rows(table, ["source", "commit", "files", "sealed", "refused", "of these gaps", "faults", "fit", "fit and sealed"])


def by_reason(records):
    count = collections.Counter((why_not(r), r.get("qpdf", "")) for r in records if r["outcome"] == "refused")
    table = [[n, reason, qpdf] for (reason, qpdf), n in sorted(count.items(), key=lambda item: (item[0][1], -item[1]))]
    return rows(table, ["files", "reason", "qpdf --check"])


# What a seal is worth where pades refuses: how the reason begins, and what follows from it.
WORTH = (
    ("DOC_DAMAGED: numbers below /Size", "Acrobat repairs a file with gaps and calls the seal broken"),
    ("DOC_DAMAGED: a cross-reference entry", "Acrobat calls the byte range of such a table invalid"),
    ("DOC_DAMAGED: N bytes stand before", "/ByteRange and every offset have two meanings"),
    ("DOC_DAMAGED: object N is in use, but /Size", "a reader that keeps to /Size may show another document"),
    ("DOC_DAMAGED: something stands behind the last", "what stands behind the end is sealed unseen"),
    ("DOC_NOT_PERMITTED: the document's encryption", "against the permissions of the document"),
    ("DOC_NOT_PERMITTED: the document has usage rights", "the usage rights are broken by it"),
    ("DOC_UNSUPPORTED: the document is a dynamic XFA", "the seal does not cover what XFA viewers show"),
    ("DOC_READERS_DISAGREE", "two readers show two documents under it"),
)


def worth(record, peer):
    """In a word, what the seal is worth that a peer made where pades made none."""
    said = [text for beginning, text in WORTH if why_not(record).startswith(beginning)][:1]
    if peer.get("qpdf") == "clean":
        said += ["qpdf finds it clean"] if not said else []
    elif peer.get("qpdf"):
        said.append(f"qpdf warns of it ({peer['warnings']})")
    if peer.get("loose"):
        said.append("lenient reader")
    blind = [name for name in peer.get("blind", []) if name in ("pdfsig", "pyhanko", "qpdf")]
    return "; ".join(said + ([f"{' and '.join(blind)} cannot judge it"] if blind else []))


def counts(records, what):
    """One row for each who seals: of these records, accepted, not accepted, not sealed."""
    def row(who, states, loose=""):
        count = collections.Counter(states)
        return [what, who, count["accepted"], count["faulty"], count["refused"], loose]
    ours = {"sealed": "accepted", "fault": "faulty", "refused": "refused"}
    gaps = [r.get("gap") == "sealed" and not r["faults"] for r in records]
    table = [row("pades", [ours[r["outcome"]] for r in records]),
             row("pades --allow-gaps", ["accepted" if gap else ours[r["outcome"]] for gap, r in zip(gaps, records)])]
    for name in records[0]["peers"] if records else ():
        mine = [r["peers"][name] for r in records]
        loose = sum(bool(p.get("loose")) for p in mine if p["state"] == "accepted")
        table.append(row(name, [p["state"] for p in mine], loose or ""))
    return table


def more(records):
    """[(record, name)] of what a peer sealed soundly for all that the validators say, and pades did not."""
    return [(r, name) for r in records for name, p in sorted(r.get("peers", {}).items())
            if r["outcome"] != "sealed" and p["state"] == "accepted"]


def side_by_side(records):
    with_peers = [r for r in records if r.get("peers")]
    if not with_peers:
        return []
    fit = [r for r in with_peers if eligible(r)]
    table = counts(with_peers, "all") + counts(fit, "fit") + counts([r for r in fit if "gap" not in r], "fit, without gaps")
    out = ["## Side by side", ""]
    out += rows(table, ["files", "pades twice, the others once", "sealed and accepted", "sealed, not accepted", "not sealed",
                        "of the accepted, not strict"])
    listed = [[r["source"], r["file"], name, why_not(r), r.get("qpdf"), worth(r, r["peers"][name])]
              for r, name in more(with_peers) if "gap" not in r]
    out += ["### What they seal and we do not, but for gaps", ""]
    return out + rows(sorted(listed, key=lambda row: (row[3], row[0], row[1])),
                      ["source", "file", "who", "why not", "qpdf --check", "what it is worth"])


def write(path, records, sources):
    fit = [r for r in records if eligible(r)]
    apart = [r for r in fit if "gap" not in r]
    sealed = sum(r["outcome"] == "sealed" for r in fit)
    blind = collections.Counter(name for r in records if r["outcome"] == "sealed" for name in r.get("blind", {}))
    slow = max((r[k]["s"] for r in records for k in ("inspect", "seal1", "seal2") if k in r), default=0)
    peak = max((r[k]["mib"] for r in records for k in ("inspect", "seal1", "seal2") if k in r), default=0)
    lines = [f"{len(records)} files. Fit to be sealed (qpdf --check clean, no right or password missing): {len(fit)}; sealed "
             f"twice and accepted: {share(sealed, len(fit))}; gaps apart: {share(sealed, len(apart))}.",
             f"Longest call of pades {slow:.2f} s, largest {peak} MiB.",
             f"Sealed files that a validator could not read before the seal either: {dict(blind)}.", ""]
    lines += by_source(records, sources) + ["## Refused, by reason", ""] + by_reason(records)
    lines += ["## Forbidden, as others see it", ""] + rows(
        [[n, what] for what, n in collections.Counter(r.get("forbidden") for r in records if r.get("forbidden")).items()],
        ["files", "what"])
    lines += ["## Fit and not sealed", ""] + rows(
        sorted([why_not(r), r["source"], r["file"]]
               for r in fit if r["outcome"] != "sealed"), ["reason", "source", "file"])
    lines += side_by_side(records)
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


def listing(path, records):
    with open(path, "w", encoding="utf-8") as f:
        f.write("repository\tcommit\tsha256\tfile\tqpdf\toutcome\treason\n")
        for r in sorted(records, key=lambda r: (r["source"], r["file"])):
            f.write("\t".join([r["source"], r["commit"], r["sha256"], r["file"], r.get("qpdf", ""), r["outcome"], why_not(r)]) + "\n")


def peers_listing(path, records):
    """Every file that a peer seals and pades does not, with what its seal is worth."""
    with open(path, "w", encoding="utf-8") as f:
        f.write("repository\tfile\tsha256\tqpdf\twho\twhy not\tworth\n")
        for r, name in sorted(more(records), key=lambda item: (item[0]["source"], item[0]["file"], item[1])):
            f.write("\t".join([r["source"], r["file"], r["sha256"], r.get("qpdf", ""), name, why_not(r),
                               worth(r, r["peers"][name])]) + "\n")
