"""A PIV card through OpenSC."""

import bench
import faults
import parts
import piv


class OpenSc(piv.Piv, bench.Crashes, bench.CardCase):
    token = "piv-opensc"
    module_file = parts.OPENSC
    label = "MEIKÄLÄINEN MATTI 123456789"
    tells_few_tries = False

    # OpenSC 0.23 waits for itself for ever when a PIV card is pulled while it reads the PIN's counter.
    patience = ["--timeout", "3"]
    removed = faults.Pulled.removed + "|no answer in 3 seconds"
    test_pulled_between_two_files_and_put_back = None  # there is no module left to see the card again


if __name__ == "__main__":
    bench.main([*parts.READER_NEEDS, *parts.OPENSC_NEEDS])
