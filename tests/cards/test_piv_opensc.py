"""A PIV card through OpenSC."""

import bench
import parts
import piv


class OpenSc(piv.Piv, bench.CardCase):
    token = "piv-opensc"
    module_file = parts.OPENSC
    label = "MEIKÄLÄINEN MATTI 123456789"
    tells_few_tries = False

    # OpenSC 0.23 waits for itself for ever when a PIV card is pulled while it reads the PIN's counter: these
    # need a deadline.
    test_instead_of_the_login = None
    test_between_login_and_signature = None
    test_between_two_files = None


if __name__ == "__main__":
    bench.main([*parts.READER_NEEDS, *parts.OPENSC_NEEDS])
