"""Others seal the same file with the same key: pyHanko through its API, EU DSS in one JVM. What they make is
judged like what pades makes.

judge(...) gives {"state": "accepted" | "faulty" | "refused", "why": ..., "loose": True when pyHanko's strict
reader would not have the file, "qpdf": what `qpdf --check` finds in what was made, "blind": who could not judge it}.
"""
import json
import os
import select
import subprocess

import outside

SECONDS = 60


class Peer:
    name = ""

    def judge(self, judge, path, password, before):
        out = judge.path(f"{self.name}.pdf")
        if os.path.exists(out):
            os.unlink(out)
        why, extra = self.seal(path, out, password)
        if why or not os.path.exists(out):
            return {"state": "refused", "why": (why or "no output")[:200]}
        after = judge.eyes.look(out, password, before.blind)
        new = [name for name in after.pyhanko if name not in before.pyhanko]
        problems = outside.worse(before, after, new or ["(none)"])
        return {"state": "faulty" if problems else "accepted", "why": "; ".join(problems)[:300], "warnings": after.qpdf[1],
                "qpdf": outside.kind(after.qpdf[0]), "blind": sorted(before.blind), **extra}

    def close(self):
        pass


class PyHanko(Peer):
    name = "pyhanko"

    def __init__(self, pki):
        from pyhanko.sign import signers
        names = (os.path.join(pki, name) for name in ("seal-p256.key", "seal-p256.pem", "issuing.pem"))
        key, certificate, issuing = names
        self.signer = signers.SimpleSigner.load(key, certificate, ca_chain_files=[issuing])

    def seal(self, path, out, password):
        why = self.attempt(path, out, password, True)
        if not why:
            return "", {}
        again = self.attempt(path, out, password, False)
        return (f"{why}; not strict: {again}" if again != why else why, {}) if again else ("", {"loose": True})

    def attempt(self, path, out, password, strict, name="Peer", apart=0):
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.pdf_utils.reader import PdfFileReader
        from pyhanko.sign import fields, signers
        meta = signers.PdfSignatureMetadata(field_name=name, md_algorithm="sha256",
                                            subfilter=fields.SigSeedSubFilter.PADES)
        try:
            with outside.deadline(SECONDS), open(path, "rb") as source, open(out + ".part", "wb+") as sink:
                reader = PdfFileReader(source, strict=strict)
                if reader.encrypted:
                    reader.decrypt(password.encode())
                writer = IncrementalPdfFileWriter.from_reader(reader)
                writer._lastobj_id += apart
                if reader.encrypted:
                    writer.encrypt(password.encode())
                signers.PdfSigner(meta, self.signer).sign_pdf(writer, output=sink)
        except outside.Late as late:
            return str(late)
        except Exception as error:  # whatever a file makes of it
            return f"{type(error).__name__}: {error}"[:200]
        os.rename(out + ".part", out)
        return ""


class Dss(Peer):
    name = "dss"

    def __init__(self, cache, store):
        self.cache, self.store, self.jvm = cache, store, None

    def start(self):
        home = os.path.join(self.cache, "dss")
        classes = f"{self.cache}/dss-sign:{home}/classes:{home}/jars/*"
        self.jvm = subprocess.Popen(["java", "-Xmx1g", "-XX:+UseSerialGC", "-cp", classes, "DssSign", self.store, "1234"],
                                    text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL)

    def seal(self, path, out, password):
        if not self.jvm or self.jvm.poll() is not None:
            self.start()
        self.jvm.stdin.write("\t".join([path, out, password]) + "\n")
        self.jvm.stdin.flush()
        if not select.select([self.jvm.stdout], [], [], SECONDS)[0]:
            self.jvm.kill()
            self.jvm.wait()
            return f"not done after {SECONDS} s", {}
        line = self.jvm.stdout.readline()
        return (json.loads(line)["error"] if line else "the JVM ended"), {}

    def close(self):
        if self.jvm and self.jvm.poll() is None:
            self.jvm.stdin.close()
            self.jvm.wait(20)
