"""The same work by pyHanko, run by its own interpreter: peer_pyhanko.py JOB as JSON.

JOB: {"module", "label", "pin", "files": [[IN, OUT], ...], "in_place", "lasting": {"tsa", "trust"}}. Level b: CAdES
detached, SHA-256, one session for all files, streamed, the certificates of the token in the CMS; level lt with
"lasting", with a validation context of its own for each file, as its manual has it.
"""
import json
import sys

from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, pkcs11, signers, timestamps
from pyhanko_certvalidator import ValidationContext


def lasting_of(job):
    """What level lt takes: a maker of validation contexts and a timestamper; nothing for level b."""
    if "lasting" not in job:
        return None, None
    roots = list(load_certs_from_pemder([job["lasting"]["trust"]]))
    return (lambda: ValidationContext(trust_roots=roots, allow_fetching=True, revocation_mode="require"),
            timestamps.HTTPTimeStamper(job["lasting"]["tsa"]))


def seal(signer, number, source, target, in_place, lasting):
    more = {"embed_validation_info": True, "validation_context": lasting[0]()} if lasting[0] else {}
    meta = signers.PdfSignatureMetadata(field_name=f"Seal{number}", md_algorithm="sha256",
                                        subfilter=fields.SigSeedSubFilter.PADES, **more)
    if in_place:
        with open(source, "r+b") as f:
            signers.PdfSigner(meta, signer, timestamper=lasting[1]).sign_pdf(IncrementalPdfFileWriter(f), in_place=True)
        return
    with open(source, "rb") as f, open(target, "w+b") as out:
        signers.PdfSigner(meta, signer, timestamper=lasting[1]).sign_pdf(IncrementalPdfFileWriter(f), output=out)


def main():
    job = json.loads(sys.argv[1])
    lasting = lasting_of(job)
    with pkcs11.open_pkcs11_session(job["module"], token_criteria=TokenCriteria(label="seal"),
                                      user_pin=job["pin"]) as session:
        signer = pkcs11.PKCS11Signer(session, cert_label=job["label"], key_label=job["label"],
                                     use_raw_mechanism="p256" in job["label"])  # all that SoftHSM has for it
        for number, (source, target) in enumerate(job["files"]):
            seal(signer, number, source, target, job.get("in_place", False), lasting)


if __name__ == "__main__":
    main()
