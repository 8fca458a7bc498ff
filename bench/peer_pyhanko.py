"""The same work by pyHanko, run by its own interpreter: peer_pyhanko.py JOB as JSON.

JOB: {"module", "label", "pin", "files": [[IN, OUT], ...], "in_place"}. Level b: CAdES detached, SHA-256, one
session for all files, streamed, the certificates of the token in the CMS.
"""
import json
import sys

from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, pkcs11, signers


def seal(signer, number, source, target, in_place):
    meta = signers.PdfSignatureMetadata(field_name=f"Seal{number}", md_algorithm="sha256",
                                        subfilter=fields.SigSeedSubFilter.PADES)
    if in_place:
        with open(source, "r+b") as f:
            signers.PdfSigner(meta, signer).sign_pdf(IncrementalPdfFileWriter(f), in_place=True)
        return
    with open(source, "rb") as f, open(target, "w+b") as out:
        signers.PdfSigner(meta, signer).sign_pdf(IncrementalPdfFileWriter(f), output=out)


def main():
    job = json.loads(sys.argv[1])
    with pkcs11.open_pkcs11_session(job["module"], token_criteria=TokenCriteria(label="seal"),
                                      user_pin=job["pin"]) as session:
        signer = pkcs11.PKCS11Signer(session, cert_label=job["label"], key_label=job["label"],
                                     use_raw_mechanism="p256" in job["label"])  # all that SoftHSM has for it
        for number, (source, target) in enumerate(job["files"]):
            seal(signer, number, source, target, job.get("in_place", False))


if __name__ == "__main__":
    main()
