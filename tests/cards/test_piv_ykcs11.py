"""A PIV card that says it is a YubiKey, through ykcs11, which takes only readers of that name."""

import bench
import parts
import piv


class YkCs11(piv.Piv, bench.Crashes, bench.CardCase):
    token = "piv-ykcs11"
    module_file = parts.YKCS11
    reader = "Yubico YubiKey CCID"
    label = "YubiKey PIV #0"


if __name__ == "__main__":
    bench.main([*parts.READER_NEEDS, (parts.YKCS11, "ykcs11")])
