"""Other people's judgement of validation data, with no network and at any time: EU DSS and pyHanko.

    dss(env, jobs, anchors)             {job: report} of jobs (path, at), in one JVM
    pyhanko(env, shift, path, anchors)  [verdict] of each signature, pyHanko living at that time (pyHanko
                                        asks the clock in many places: it is moved under it, by clockshift.so)

at is in seconds since 1970, None: now; shift is "10y", "3d", seconds, or "0". Neither has any other source
than the file and the anchors: DSS is given none, pyHanko is forbidden to fetch. RSA with PKCS#1 v1.5 ends
for both with the year 2028 (TS 119 312): in DSS's policy it stands so, pyHanko is told.

A verdict of pyHanko is that of its AdES validation with archive timestamps (EN 319 102-1, 5.6.3) where a
document timestamp follows the signature, else of that with time (5.5). Both refuse whatever has no timestamp in
the signature itself, however well document timestamps prove it: such a one gets the basic validation (5.3), and
each document timestamp its own.
"""
import asyncio
import dataclasses
import datetime
import json
import logging
import os
import subprocess
import sys

RSA_END = datetime.datetime(2029, 1, 1, tzinfo=datetime.timezone.utc)
# How old revocation data may be. For the last timestamp, behind which nothing proves what was there, it must
# reach from its renewal to the time of validation; for those before, from theirs to no later than the end of
# their units' certificates: pyHanko slides back to the last moment at which the data was fresh.
FRESHNESS = datetime.timedelta(days=270)


def dss(env, jobs, anchors):
    """Each report as DssValidate prints it; what it could not judge has "error"."""
    if not jobs:
        return {}
    home = os.path.join(env.cache, "dss")
    run = subprocess.run(["java", "-Xmx1g", "-cp", f"{home}/classes:{home}/jars/*", "DssValidate", "--offline",
                          "--strict", *anchors], capture_output=True, text=True, env=env.variables, check=False,
                         input="".join(f"{path}\t\t{'' if at is None else at}\n" for path, at in jobs),
                         timeout=300 + 5 * len(jobs))
    lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    nothing = {"error": f"no answer: exit {run.returncode} {run.stderr[-300:]}", "signatures": []}
    return {job: (lines[i] if i < len(lines) else nothing) for i, job in enumerate(jobs)}


def _algorithms():
    from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
    from pyhanko_certvalidator.policy_decl import AlgorithmUsageConstraint, DisallowWeakAlgorithmsPolicy

    class UntilTheEndOfRsa(DisallowWeakAlgorithmsPolicy):
        """Allows PKCS#1 v1.5 only before 2029."""

        def signature_algorithm_allowed(self, algo, moment, public_key):
            try:
                name = algo.signature_algo
            except ValueError:
                name = algo["algorithm"].native
            if name == "rsassa_pkcs1v15" and moment is not None and moment >= RSA_END:
                return AlgorithmUsageConstraint(allowed=False, not_allowed_after=RSA_END,
                                                failure_reason="RSA with PKCS#1 v1.5 ended with 2028")
            return super().signature_algorithm_allowed(algo, moment, public_key)

    policy = UntilTheEndOfRsa()
    return policy, CMSAlgorithmUsagePolicy.lift_policy(policy)


def _specification(anchors):
    from pyhanko.keys import load_cert_from_pemder
    from pyhanko.sign.validation import policy_decl as sign_policy
    from pyhanko_certvalidator import policy_decl
    from pyhanko_certvalidator.context import CertValidationPolicySpec
    from pyhanko_certvalidator.registry import SimpleTrustManager

    algorithms, cms_algorithms = _algorithms()
    trust = policy_decl.CertRevTrustPolicy(
        revocation_checking_policy=policy_decl.REQUIRE_REVINFO, freshness=FRESHNESS,
        freshness_req_type=policy_decl.FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION)
    certificates = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[load_cert_from_pemder(path) for path in anchors]),
        revinfo_policy=trust, algorithm_usage_policy=algorithms)
    gathering = sign_policy.RevocationInfoGatheringSpec(
        online_fetching_rule=sign_policy.RevinfoOnlineFetchingRule.LOCAL_ONLY,
        certificate_fetching_rule=sign_policy.CertificateFetchingRule.NEVER_FETCH)
    return sign_policy.PdfSignatureValidationSpec(sign_policy.SignatureValidationSpec(
        cert_validation_policy=certificates, revinfo_gathering_policy=gathering,
        signature_algorithm_policy=cms_algorithms))


def _knowledge(reader):
    """What the DSS of the file holds, for the validation that does not read it by itself."""
    from asn1crypto import crl, ocsp
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError
    from pyhanko.sign.validation.policy_decl import LocalKnowledge
    from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return LocalKnowledge()
    answers = [one for item in store.ocsps
               for one in OCSPContainer.load_multi(ocsp.OCSPResponse.load(item.get_object().data))]
    lists = [CRLContainer(crl.CertificateList.load(item.get_object().data)) for item in store.crls]
    return LocalKnowledge(known_ocsps=answers, known_crls=lists, known_certs=list(store.load_certs()))


async def _with_time(reader, signature, specification):
    from pyhanko.sign.validation.ades import ades_with_time_validation
    from pyhanko.sign.validation.status import PdfSignatureStatus

    signature.compute_integrity_info()
    known = dataclasses.replace(specification.signature_validation_spec, local_knowledge=_knowledge(reader))
    return await ades_with_time_validation(
        signed_data=signature.signed_data, validation_spec=known, raw_digest=signature.compute_digest(),
        extra_status_kwargs=signature.summarise_integrity_info(), status_cls=PdfSignatureStatus)


async def _basic(reader, signature, specification):
    """The worst of the signature by itself and the document timestamps behind it."""
    from pyhanko.sign.validation.ades import ades_basic_validation, ades_timestamp_validation

    known = dataclasses.replace(specification.signature_validation_spec, local_knowledge=_knowledge(reader))
    signature.compute_integrity_info()
    result = await ades_basic_validation(signature.signed_data, validation_spec=known,
                                         raw_digest=signature.compute_digest())
    for stamp in reader.embedded_timestamp_signatures:
        stamped = await ades_timestamp_validation(stamp.signed_data, known, lambda _, s=stamp: s.compute_digest())
        if stamped.ades_subindic.status.name != "PASSED":
            return stamped
    return result


def _has_timestamp(signature):
    unsigned = signature.signer_info["unsigned_attrs"]
    return any(attribute["type"].dotted == "1.2.840.113549.1.9.16.2.14" for attribute in unsigned or ())


def _verdict(reader, signature, specification):
    from pyhanko.sign.validation.ades import ades_lta_validation

    archived = any(s.sig_object_type == "/DocTimeStamp" and s.signed_revision > signature.signed_revision
                   for s in reader.embedded_signatures)
    if not _has_timestamp(signature):
        work = _basic(reader, signature, specification)
    elif archived:
        work = ades_lta_validation(signature, specification)
    else:
        work = _with_time(reader, signature, specification)
    result = asyncio.run(work)
    return {"field": signature.field_name, "indication": result.ades_subindic.status.name,
            "sub_indication": result.ades_subindic.name, "message": result.failure_msg, "archived": archived,
            "best_time": str(getattr(result, "best_signature_time", None))}


def _judge_here(path, anchors):
    from pyhanko.pdf_utils.reader import PdfFileReader

    with open(path, "rb") as f:
        reader = PdfFileReader(f, strict=False)
        specification = _specification(anchors)
        return [_verdict(reader, signature, specification) for signature in reader.embedded_regular_signatures]


def pyhanko(env, shift, path, anchors):
    variables = {**env.variables, "CLOCKSHIFT": shift, "LD_PRELOAD": env.clockshift}
    run = subprocess.run([sys.executable, os.path.abspath(__file__), path, *anchors], capture_output=True, text=True,
                         env=variables, timeout=300, check=False)
    if run.returncode != 0 or not run.stdout.startswith("["):
        return [{"field": None, "indication": "FAILED", "sub_indication": None, "archived": False,
                 "message": f"exit {run.returncode} {run.stderr[-400:]}"}]
    return json.loads(run.stdout)


def main(argv):
    """ltv_judges.py FILE ANCHOR.pem...: what pyHanko says, as JSON"""
    logging.disable(logging.CRITICAL)
    print(json.dumps(_judge_here(argv[1], argv[2:])))


if __name__ == "__main__":
    main(sys.argv)
