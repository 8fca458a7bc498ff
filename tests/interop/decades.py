"""What a signature is worth years later: levels lt and lta, made and renewed, judged with no network.

    judge(bench)    bench as run.py has it, its PKI made with --rsa: counts

On each PKI of three levels (P-384; RSA with PKCS#1 v1.5; RSASSA-PSS) `pades sign --level lt` and `lta`; `pades
extend` of what pades, pyHanko and EU DSS made at b and t, to t, lt and lta; lta renewed twice with the clock
moved. Among all the other rows of run.py it is P-384 alone; `--only decades` has all three. The judges are EU DSS and pyHanko (ltv_judges.py), Adobe's conditions (adobe_ltv.py), qpdf and pdfsig. What
pyHanko and EU DSS make and renew themselves is judged too, so that a judge who refuses everything is found out;
and what nobody renewed ten years on, and a changed byte, so that one who accepts everything is.
"""
import collections
import concurrent.futures
import contextlib
import os
import subprocess
import time

import adobe_ltv
import adobe_negatives
import ltv_judges

PKIS = ("p384", "rsa", "pss")
YEAR = 365 * 86400
# When lta is renewed: before the first unit's certificate ends, and half a year before the judgement.
RENEWALS = ("3y", "3467d")
RESCUE = ("1y", *RENEWALS)
LATER = "10y"

# A file to judge: at a level, by those anchors, at a time; good: what the judges shall say.
Row = collections.namedtuple("Row", "path level anchors shift good")


class Decades:
    def __init__(self, bench):
        self.bench, self.pki, self.work = bench, bench.pki, os.path.join(bench.work, "decades")
        self.pkis = PKIS if bench.args.only == "decades" else PKIS[:1]
        os.makedirs(self.work)
        bench.env.clockshift = os.path.abspath(bench.program("clockshift.so"))
        self.invoice = os.path.join(self.work, "invoice.pdf")
        subprocess.run([bench.program("pades-mkinvoice"), self.invoice], check=True)
        for pki in self.pkis:
            self._key_store(pki)
        self.rows = []

    def _key_store(self, pki):
        chain = os.path.join(self.work, pki + ".chain")
        with open(chain, "wb") as f:
            for name in ("issuing", "policy"):
                with open(f"{self.pki}/{pki}-{name}.pem", "rb") as part:
                    f.write(part.read())
        subprocess.run(["openssl", "pkcs12", "-export", "-inkey", f"{self.pki}/{pki}-seal.key", "-in",
                        f"{self.pki}/{pki}-seal.pem", "-certfile", chain, "-passout", "pass:1234", "-out",
                        self.store(pki)], check=True)

    def store(self, pki):
        return os.path.join(self.work, pki + ".p12")

    def root(self, pki):
        return os.path.join(self.pki, pki + "-root.pem")

    def tsa(self, pki):
        return f"{self.bench.base_url}/{pki}/tsa"

    def out(self, name):
        return os.path.join(self.work, name + ".pdf")

    @contextlib.contextmanager
    def living(self, shift):
        """The server's clock and that of the programs moved."""
        clock = os.path.join(self.pki, "clock")
        variables = dict(self.bench.env.variables)
        with open(clock, "w", encoding="ascii") as f:
            f.write(shift + "\n")
        self.bench.env.variables.update({"CLOCKSHIFT": shift, "LD_PRELOAD": self.bench.env.clockshift})
        try:
            yield
        finally:
            os.unlink(clock)
            self.bench.env.variables = variables

    def run(self, out, *command, text=None):
        """out, when the command made it, else None: counted."""
        ran = self.bench.env.run(*command, text=text)
        ok = ran.returncode == 0 and os.path.exists(out) and '"error":"' not in ran.stdout
        self.bench.count(ok, f"{os.path.basename(out)}: {os.path.basename(command[0])}: exit {ran.returncode} "
                             f"{(ran.stdout + ran.stderr)[-400:]}")
        return out if ok else None

    # -- who makes

    def pades_sign(self, pki, level):
        out = self.out(f"pades-{pki}-{level}")
        stamped = [] if level == "b" else ["--tsa", self.tsa(pki), "--allow-host", "127.0.0.1"]
        return self.run(out, self.bench.args.pades, "sign", "--key", self.store(pki), "--pin-file", self.bench.pin,
                        "--level", level, *stamped, *(["--pss"] if pki == "pss" else []), "--trust", self.root(pki),
                        self.invoice, out)

    def pades_extend(self, source, out, level, pki, anchors):
        return self.run(out, self.bench.args.pades, "extend", "--level", level, "--tsa", self.tsa(pki), "--allow-host",
                        "127.0.0.1", *[part for a in anchors for part in ("--trust", a)], source, out)

    def pyhanko_sign(self, pki, level):
        out = self.out(f"pyhanko-{pki}-{level}")
        options = {"b": [], "t": ["--timestamp-url", self.tsa(pki)],
                   "lt": ["--timestamp-url", self.tsa(pki), "--with-validation-info"],
                   "lta": ["--timestamp-url", self.tsa(pki), "--with-validation-info", "--use-pades-lta"]}[level]
        trust = ["--trust", self.root(pki), "--trust-replace"] if level in ("lt", "lta") else []
        others = [p for n in ("tsa-ca", "policy") for p in ("--other-certs", f"{self.pki}/{pki}-{n}.pem") if trust]
        return self.run(out, self._pyhanko(), "sign", "addsig", "--field", "Sig1", "--use-pades", *options, *trust, *others,
                        *(["--prefer-pss"] if pki == "pss" else []), "pemder", "--key", f"{self.pki}/{pki}-seal.key",
                        "--cert", f"{self.pki}/{pki}-seal.pem", "--chain", f"{self.pki}/{pki}-issuing.pem", "--chain",
                        f"{self.pki}/{pki}-policy.pem", "--no-pass", self.invoice, out)

    def _pyhanko(self):
        return os.path.join(self.bench.env.cache, "venv", "bin", "pyhanko")

    def pyhanko_renew(self, source, out, pki):
        with open(source, "rb") as f, open(out, "wb") as g:
            g.write(f.read())
        return self.run(out, self._pyhanko(), "sign", "ltaupdate", "--timestamp-url", self.tsa(pki), "--trust",
                        self.root(pki), "--trust-replace", out)

    def dss_make(self, pki, source, out, level):
        """level: B, T, LT, LTA, or extend- before one."""
        home = os.path.join(self.bench.env.cache, "dss")
        classes = f"{self.bench.env.cache}/dss-sign:{home}/classes:{home}/jars/*"
        return self.run(out, "java", "-Xmx1g", "-cp", classes, "DssSign", self.store(pki), "1234", self.tsa(pki),
                        self.root(pki), text=f"{source}\t{out}\t\t{level}\n")

    # -- what is made

    def row(self, path, level, pki, shift="0", good=True, anchors=None):
        if path:
            self.rows.append(Row(path, level, tuple(anchors or [self.root(pki)]), shift, good))

    def signed(self, pki):
        """Level lt and lta by pades; b and t by everyone, {maker: {level: path}}."""
        for level in ("lt", "lta"):
            path = self.pades_sign(pki, level)
            self.row(path, level, pki)
            self.row(path, level, pki, LATER, good=False)
        made = {"pades": {}, "pyhanko": {}, "dss": {}}
        for level in ("b", "t"):
            made["pades"][level] = self.pades_sign(pki, level)
            made["pyhanko"][level] = self.pyhanko_sign(pki, level)
            made["dss"][level] = self.dss_make(pki, self.invoice, self.out(f"dss-{pki}-{level}"), level.upper())
        return made

    def extended(self, pki, made):
        for maker, levels in made.items():
            for level, source in levels.items():
                for to in ("t", "lt", "lta"):
                    if source and (level, to) != ("t", "t"):
                        out = self.out(f"extended-{maker}-{pki}-{level}-{to}")
                        self.row(self.pades_extend(source, out, to, pki, [self.root(pki)]), to, pki)

    def renewed(self, name, source, renew, shifts):
        """source renewed at each of those times, or None."""
        for i, shift in enumerate(shifts):
            if source:
                with self.living(shift):
                    source = renew(source, self.out(f"{name}-renewed{i + 1}"))
        return source

    def others(self, pki):
        """What pyHanko and EU DSS make and renew by themselves: do the judges accept it?"""
        for level in ("lt", "lta"):
            self.row(self.pyhanko_sign(pki, level), level, pki)
            self.row(self.dss_make(pki, self.invoice, self.out(f"dss-{pki}-{level}"), level.upper()), level, pki)
        path = self.renewed(f"pyhanko-{pki}", self.out(f"pyhanko-{pki}-lta"),
                            lambda source, out: self.pyhanko_renew(source, out, pki), RENEWALS)
        self.row(path, "lta", pki, LATER, good=pki != "rsa")
        path = self.renewed(f"dss-{pki}", self.out(f"dss-{pki}-lta"),
                            lambda source, out: self.dss_make(pki, source, out, "extend-LTA"), RENEWALS)
        self.row(path, "lta", pki, LATER, good=pki != "rsa")

    def renewed_by_pades(self, pki):
        first = self.out(f"pades-{pki}-lta")
        path = self.renewed(f"pades-{pki}", first if os.path.exists(first) else None,
                            lambda source, out: self.pades_extend(source, out, "lta", pki, [self.root(pki)]), RENEWALS)
        # The end of PKCS#1 v1.5: timestamps of the same kind do not carry a signature over it.
        self.row(path, "lta", pki, LATER, good=pki != "rsa")

    def rescued(self):
        """RSA carried over the end of its algorithm by timestamps of another kind."""
        first, anchors = self.out("pades-rsa-lta"), [self.root("rsa"), self.root("p384")]
        path = self.renewed("pades-rescued", first if os.path.exists(first) else None,
                            lambda source, out: self.pades_extend(source, out, "lta", "p384", anchors), RESCUE)
        self.row(path, "lta", "rsa", LATER, anchors=anchors)

    def can_extend(self):
        return self.bench.env.run(self.bench.args.pades, "extend", "--help").returncode == 0

    def make(self):
        extends = self.can_extend()
        for pki in self.pkis:
            made = self.signed(pki)
            self.others(pki)
            if extends:
                self.extended(pki, made)
                self.renewed_by_pades(pki)
        if extends and len(self.pkis) == len(PKIS):
            self.rescued()
        elif not extends:
            print("decades: `pades extend` is not there: its rows are left out", flush=True)

    # -- who judges

    def dss(self):
        now = int(time.time())
        reports = {}
        for anchors in {row.anchors for row in self.rows}:
            mine = [row for row in self.rows if row.anchors == anchors]
            jobs = {row: (row.path, now + seconds(row.shift)) for row in mine}
            told = ltv_judges.dss(self.bench.env, list(jobs.values()), list(anchors))
            reports.update({row: told[job] for row, job in jobs.items()})
        return reports

    def one(self, row, report):
        """[(judge, what it has against the row)]"""
        yield "dss", dss_verdict(report, row.level)
        if row.level != "t":  # nothing in the file says that a certificate was not revoked
            yield "pyhanko", pyhanko_verdict(ltv_judges.pyhanko(self.bench.env, row.shift, row.path,
                                                                list(row.anchors)))
        if row.good or row.shift == "0":
            if row.level in ("lt", "lta"):
                lacking = adobe_ltv.missing(adobe_ltv.judge(row.path, list(row.anchors)))
                yield "adobe", "; ".join(f"{i.subject}: {i.what} ({i.detail})" for i in lacking)
            check = self.bench.env.run("qpdf", "--check", row.path)
            yield "qpdf", "" if check.returncode == 0 else check.stderr[-300:]
            yield "pdfsig", pdfsig_verdict(self.bench.env.run("pdfsig", "-nocert", row.path).stdout)

    def judge(self):
        reports = self.dss()
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            told = pool.map(lambda row: list(self.one(row, reports[row])), self.rows)
            for row, against in zip(self.rows, told):
                self._count(row, against)

    def _count(self, row, told):
        for who, against in told:
            good = row.good or who not in ("dss", "pyhanko")
            self.bench.count(bool(against) != good,
                             f"{os.path.basename(row.path)} at {row.shift}: {who}: {against or 'accepts it'}")

    def tampered(self):
        """A changed byte: nobody may accept it."""
        source = next((row.path for row in self.rows if row.level == "lta"), None)
        if source is None:
            return
        with open(source, "rb") as f:
            data = bytearray(f.read())
        data[data.index(b"\n", 8) + 2] ^= 1
        path = self.out("tampered")
        with open(path, "wb") as f:
            f.write(data)
        row = Row(path, "lta", (self.root(PKIS[0]),), "0", False)
        told = ltv_judges.dss(self.bench.env, [(path, None)], list(row.anchors))[(path, None)]
        for who, against in self.one(row, told):
            if who not in ("qpdf",):
                self.bench.count(against, f"{who} accepts a changed byte")


def seconds(shift):
    unit = {"y": YEAR, "d": 86400}.get(shift[-1])
    return int(shift[:-1]) * unit if unit else int(shift)


def dss_verdict(report, level):
    """Level t has no revocation data, and there is no network: its chain alone may be inconclusive."""
    if report.get("error"):
        return report["error"]
    for signature in report["signatures"]:
        outcomes = [signature, *signature["timestamps"]]
        passed = all(o["indication"] in ("TOTAL_PASSED", "PASSED") for o in outcomes)
        chain = all(o["sub_indication"] in (None, "CERTIFICATE_CHAIN_GENERAL_FAILURE", "TRY_LATER") for o in outcomes)
        fits = signature["level"] == "PAdES_BASELINE_" + level.upper() and not signature["changes"]
        if not fits or not (passed or (level == "t" and chain)):
            told = {key: signature[key] for key in ("level", "indication", "sub_indication", "errors", "changes")}
            return f"{told} {[(s['type'], s['indication'], s['sub_indication']) for s in signature['timestamps']]}"[:900]
    return "" if report["signatures"] else "no signature"


def pyhanko_verdict(verdicts):
    bad = [v for v in verdicts if v["indication"] != "PASSED"]
    return str(bad)[:600] if bad or not verdicts else ""


def pdfsig_verdict(out):
    """Every signature valid. Document timestamps are "unknown" to pdfsig, which does not verify them."""
    blocks = [block for block in out.split("\nSignature #")[1:] if "Signature Type: unknown" not in block]
    valid = [block for block in blocks if "Signature Validation: Signature is Valid." in block]
    return "" if valid and len(valid) == len(blocks) else out[-400:]


def judge(bench):
    decades = Decades(bench)
    adobe_negatives.judge(bench)
    decades.make()
    decades.judge()
    decades.tampered()
