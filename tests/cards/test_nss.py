"""NSS softokn."""

import bench
import harness
import manage
import parts
import software
from bench import cell


class Nss(manage.Software, bench.Basics, software.Counter, software.Together, software.Software):
    """softokn: the module's arguments come from p11-kit's configuration; the slot without keys wants no login."""

    token = "nss"
    label = "NSS Certificate DB"
    uri = "pkcs11:token=NSS%20Certificate%20DB"
    key = "pkcs11:token=NSS%20Certificate%20DB;object=p256"

    def start(self):
        nss = parts.Nss(self.world("nss"), module=harness.FAULT)
        self.addCleanup(nss.stop)
        self.over(nss.module)
        self.module = None

    @cell("sign-ecdsa")
    def test_ecdsa(self):
        self.seals()

    @cell("sign-rsa", "sign-pss")
    def test_rsa(self):
        for args in ([], ["--pss"]):
            self.seals(*args, key="pkcs11:token=NSS%20Certificate%20DB;object=rsa")


if __name__ == "__main__":
    bench.main(parts.Nss.needs)
