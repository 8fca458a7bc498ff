"""The tables of a corpus run, from its records: outcomes by reason, by source, and side by side with others."""
import collections


def eligible(record):
    """qpdf finds no error and nobody forbids it: such a file has to be sealed."""
    return record.get("qpdf") == "clean" and not record.get("forbidden")


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
    count = collections.Counter((r.get("reason", ""), r.get("qpdf", "")) for r in records if r["outcome"] == "refused")
    table = [[n, reason, qpdf] for (reason, qpdf), n in sorted(count.items(), key=lambda item: (item[0][1], -item[1]))]
    return rows(table, ["files", "reason", "qpdf --check"])


def side_by_side(records):
    with_peers = [r for r in records if r.get("peers")]
    if not with_peers:
        return []
    out, table = ["## Side by side", ""], []
    ours = sum(r["outcome"] == "sealed" for r in with_peers)
    table.append(["pades", ours, sum(r["outcome"] == "fault" for r in with_peers),
                  sum(r["outcome"] == "refused" for r in with_peers), ""])
    gaps = sum(r.get("gap") == "sealed" and not r["faults"] for r in with_peers)
    table.append(["pades --allow-gaps", ours + gaps, table[0][2], table[0][3] - gaps, ""])
    for name in with_peers[0]["peers"]:
        count = collections.Counter(r["peers"][name]["state"] for r in with_peers)
        loose = sum(bool(r["peers"][name].get("loose")) for r in with_peers)
        table.append([name, count["accepted"], count["faulty"], count["refused"], loose or ""])
    out += rows(table, ["pades twice, the others once", "sealed and accepted", "sealed, not accepted", "not sealed", "of the accepted, not strict"])
    theirs = [[r["source"], r["file"], ", ".join(n for n, p in r["peers"].items() if p["state"] == "accepted"),
               r.get("reason") or "; ".join(r["faults"])[:160], r.get("qpdf")]
              for r in with_peers if r["outcome"] != "sealed" and any(p["state"] == "accepted" for p in r["peers"].values())]
    out += ["### What they seal and we do not", ""]
    return out + rows(sorted(theirs, key=lambda row: (row[3], row[0], row[1])),
                      ["source", "file", "who", "why not", "qpdf --check"])


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
        sorted([r.get("reason") or "; ".join(r["faults"])[:200], r["source"], r["file"]]
               for r in fit if r["outcome"] != "sealed"), ["reason", "source", "file"])
    lines += side_by_side(records)
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


def listing(path, records):
    with open(path, "w", encoding="utf-8") as f:
        f.write("repository\tcommit\tsha256\tfile\tqpdf\toutcome\treason\n")
        for r in sorted(records, key=lambda r: (r["source"], r["file"])):
            f.write("\t".join([r["source"], r["commit"], r["sha256"], r["file"], r.get("qpdf", ""), r["outcome"],
                               r.get("reason") or "; ".join(r["faults"])[:200].replace("\n", " ").replace("\t", " ")]) + "\n")
