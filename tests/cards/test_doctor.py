"""pades doctor with a real reader service and a card: there, locked, taken out, mute, of an unknown kind."""

import bench
import parts

NEEDS = [*parts.READER_NEEDS, *parts.OPENSC_NEEDS]


class Doctor(bench.CardCase):
    token = "two-pins"
    card = "esteid2018"
    module_file = parts.OPENSC
    pin_name = "pin2"

    def checks(self, *args, code=0):
        """[(id, result, what, do)]; no PIN is asked for, no try is lost."""
        run = self.pades("doctor", "--json", "--module", self.module, *args, typed=0)
        self.assertEqual(run.code, code, run)
        return [(c["id"], c["result"], c["what"], c["do"]) for c in run.object["checks"]]

    def told(self, checks, name, result, pattern):
        for check in checks:
            if check[:2] == (name, result) and pattern in check[2]:
                return check[3]
        self.fail(f"no {name} that is {result}: {pattern}\n" + "\n".join(map(str, checks)))

    def test_card(self):
        checks = self.checks()
        self.told(checks, "service", "ok", "answers")
        self.told(checks, "reader", "ok", "a card that is recognized")
        for name in ("(PIN1)", "(PIN2)"):
            self.told(checks, "pin", "ok", name)
        self.assertTrue(any(c[0] == "certificate" and "can sign" in c[2] for c in checks), checks)

    def test_locked(self):
        self.set_tries(1)
        self.told(self.checks(), "pin", "warn", "one try is left")
        self.set_tries(0)
        self.assertIn("PUK", self.told(self.checks(code=1), "pin", "fail", "(PIN2)': locked"))

    def test_no_card(self):
        self.reader.eject()
        checks = self.checks(code=1)
        self.told(checks, "service", "ok", "answers")
        self.told(checks, "reader", "ok", "no card in it")
        self.told(checks, "token", "fail", "no token is seen")

    def test_no_service(self):
        self.reader.stop()
        checks = self.checks(code=1)
        self.assertIn("pcscd", self.told(checks, "service", "fail", "reader service"))
        self.told(checks, "token", "fail", "no token is seen")


class Unknown(bench.CardCase):
    """The module of another product, which does not know the card."""

    card = "esteid2018"
    module_file = parts.OPENSC

    def test_card_that_is_not_known(self):
        """OpenSC is told to know PIV cards only."""
        self.write("opensc.conf", "app default { card_drivers = piv; }\n")
        self.settle()
        run = self.pades(
            "doctor", "--json", "--module", self.module, env={"OPENSC_CONF": self.path("opensc.conf")}, typed=0
        )
        self.assertEqual(run.code, 1, run)
        told = [c["do"] for c in run.object["checks"] if c["id"] == "reader" and c["result"] == "fail"]
        self.assertEqual(len(told), 1, run)
        self.assertIn("the software of the card", told[0])


if __name__ == "__main__":
    bench.main(NEEDS)
