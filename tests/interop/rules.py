"""The rules that pades_bytes.py tests, by number, and the identifiers they are about.

5.x and 6.x follow the project's notes on what validators demand; W.x are what a writer of updates owes
its readers.
"""

RULES = {
    "5.1": "/SubFilter is ETSI.CAdES.detached",
    "5.5": "no empty dictionary in /Reference",
    "5.6.1a": "/ByteRange is four integers [0 a b c], ordered, inside the file",
    "5.6.1b": "the gap is exactly the hex string that is the /Contents of that very dictionary",
    "5.6.1c": "the ranges reach exactly the end of their revision, the last one's the end of the file",
    "5.6.1d": "the signature dictionary is an indirect object of its revision, not compressed",
    "5.6.2": "/ByteRange is written plainly, any padding is spaces behind the bracket",
    "5.6.3a": "/Contents is whole hex pairs without white space",
    "5.6.3b": "behind the CMS, /Contents is all zeros",
    "5.6.4": "cross-reference entries are exactly 20 bytes",
    "5.6.5a": "a revision ends with %%EOF and one LF, the file too",
    "5.6.5b": "an update starts on a line of its own, never with CR",
    "5.6.6": "the new cross-reference section is of the last one's kind",
    "5.6.7": "a table's trailer repeats neither /XRefStm nor a stream's keys",
    "5.6.8": "a cross-reference stream lists itself",
    "5.6.9": "subsections ascend and do not overlap",
    "5.6.10": "an update frees nothing; entry 0, when listed, stays the free list's head",
    "5.6.11": "/M is D:YYYYMMDDHHmmSS with Z or +hh'mm'",
    "5.6.12": "/Annots keeps its kind",
    "5.6.13a": "a rewritten object keeps every key and number as it was written",
    "5.6.13b": "nothing is rewritten that need not be",
    "5.6.14": "/NeedAppearances is never added, and dropped only while nothing is signed",
    "5.6.15a": "/SigFlags has bits 1 and 2",
    "5.6.15b": "the widget's /F is 132",
    "5.6.15c": "an invisible field's /Rect has no area",
    "5.6.15d": "/AP /N is an empty form XObject with /BBox",
    "5.6.16": "the field is reached from /AcroForm, its widget from its page",
    "5.6.17": "/Prop_Build, when there, is a dictionary of dictionaries with /Name",
    "5.6.18": "PSS: the MGF's hash is the digest, the salt as long as it",
    "5.6.19": "a timestamp's imprint is a SHA-2 of the signature value",
    "5.6.20": "/Extensions /ESIC in PDF 1.7, none newly in 2.0, /BaseVersion not above the file's",
    "5.6.21": "one widget a signature field, named by one page once",
    "5.6.22": "a linearization dictionary is left alone",
    "5.6.23": "/Encrypt and the first half of /ID are kept",
    "5.6.24": "%PDF-n.n stands at byte 0",
    "6.1.1": "/Contents holds SignedData in DER",
    "6.1.2": "exactly one SignerInfo",
    "6.1.3": "no encapsulated content, and its type is id-data",
    "6.1.4": "the signer's certificate is in the CMS",
    "6.1.5": "content-type is there once and says id-data",
    "6.1.6": "message-digest is the digest of the ranges",
    "6.1.7": "exactly one signing-certificate attribute, v2, with the signer's hash and issuer",
    "6.1.8": "signing-certificate-v2 leaves hashAlgorithm out for SHA-256",
    "6.1.9": "no signing-time",
    "6.1.10": "signed attributes are sorted, each once and with one value",
    "6.1.11": "no attribute that PAdES forbids",
    "6.1.12": "/Type /Sig, /Filter, no /Cert",
    "6.1.13": "/Reason not beside a commitment or a policy",
    "6.1.14": "level b has no signature timestamp, level t exactly one",
    "6.1.15": "digest and signature algorithm are SHA-2 and agree",
    "W.0": "the file can be read",
    "W.1": "the output starts with the input, byte for byte, and goes on",
    "W.2": "new objects have ids above /Size and every id in use",
    "W.3": "nothing that is rewritten named a new id before",
    "W.4": "trailer: /Prev, /Size, /Root, /Info as they must be",
    "W.5": "each entry leads to its own object in the update",
    "W.6": "the update holds its objects, its section and nothing else",
    "W.7": "no key twice in a new dictionary",
    "W.8": "one new signature a revision, under a new name without a full stop",
}

FORBIDDEN_SIGNED = {
    "1.2.840.113549.1.9.16.2.7": "content-identifier",
    "1.2.840.113549.1.9.16.2.17": "signer-location",
    "0.4.0.1733.2.1": "mime-type",
    "1.2.840.113549.1.9.16.2.4": "content-hints",
    "1.2.840.113549.1.9.16.2.10": "content-reference",
}
FORBIDDEN_UNSIGNED = {
    "1.2.840.113549.1.9.6": "countersignature",
    "1.2.840.113549.1.9.16.2.21": "complete-certificate-references",
    "1.2.840.113549.1.9.16.2.22": "complete-revocation-references",
    "1.2.840.113549.1.9.16.2.23": "certificate-values",
    "1.2.840.113549.1.9.16.2.24": "revocation-values",
    "1.2.840.113549.1.9.16.2.26": "time-stamped-certs-crls-references",
}
A_CONTENT_TYPE, A_DIGEST, A_TIME = (f"1.2.840.113549.1.9.{n}" for n in (3, 4, 5))
A_CERT, A_CERT_V2, A_STAMP, A_POLICY, A_COMMITMENT = (
    f"1.2.840.113549.1.9.16.2.{n}" for n in (12, 47, 14, 15, 16))
STREAM_KEYS = {b"Type", b"W", b"Index", b"Filter", b"DecodeParms", b"Length", b"XRefStm", b"F",
               b"FFilter", b"FDecodeParms", b"DL"}
