"""What goes wrong with a card, for every kind of card alike: the tests of classes derived from bench.CardCase."""

import os
import time

import parts
from bench import cell

VERIFY, GET_RESPONSE, OK = 0x20, 0xC0, 0x9000


class LastTries:
    """The last try is not spent unless told to; a locked PIN costs nothing and says what helps."""

    tells_few_tries = True  # before it is the last one

    @cell("last-try")
    def test_last_try_is_not_spent(self):
        self.set_tries(1)
        for pin in ("wrong", "pin"):
            self.fails(self.sign("in.pdf", pin=pin), 77, "one try is left", "--pin-last-try")
        self.assertEqual(self.tries(), 1)
        self.untouched()

    @cell("last-try")
    def test_last_try_when_told_to(self):
        self.set_tries(1)
        self.seals("--pin-last-try")
        self.assertEqual(self.tries(), self.most_tries)

    @cell("last-try")
    def test_few_tries(self):
        self.set_tries(2)
        if not self.tells_few_tries:
            self.seals()
            return
        self.fails(self.sign("in.pdf"), 77, "few tries are left", "--pin-last-try")
        self.assertEqual(self.tries(), 2)
        self.untouched()

    @cell("lock")
    def test_lock(self):
        self.set_tries(1)
        self.fails(self.sign("--pin-last-try", "in.pdf", pin="wrong"), 77, "locked.*last try", "PUK")
        self.assertEqual((self.tries(), self.spent()), (0, 1))
        for pin in ("pin", "wrong"):
            self.fails(self.sign("--pin-last-try", "in.pdf", pin=pin), 77, "locked", "PUK")
        self.assertEqual(self.spent(), 1)
        self.untouched()

    @cell("lock")
    def test_locked_in_the_list(self):
        self.set_tries(0)
        told = self.succeeds(self.token_command("list", "--json")).object
        states = {token["label"]: token["pin_state"] for token in told["tokens"]}
        self.assertEqual(states[self.label], "locked")


class Counter:
    """No operation ever spends more tries than the user typed: bench.Case.pades() looks after every run, here all
    commands are run, with the right PIN, a wrong one, one of the wrong length, and none."""

    @cell("pin-counter")
    def test_what_asks_for_no_pin_sends_none(self):
        for words in (["list"], ["certs"], ["list", "--json"], ["certs", "--json"]):
            self.succeeds(self.token_command(*words))
        self.succeeds(self.sign("--dry-run", "in.pdf", pin="wrong"))
        self.fails(self.sign("in.pdf", pin=None), 77, "wants its PIN")
        self.write("none.pdf", b"no PDF\n")
        self.fails(self.sign("none.pdf", pin="wrong"), 65, "PDF")
        self.assertEqual((self.spent(), self.reader.card.accepted), (0, 0))
        self.assertEqual(self.tries(), self.most_tries)

    @cell("pin-counter")
    def test_one_wrong_pin_costs_one_try(self):
        args = self.batch()
        for wanted, run in enumerate(
            (
                lambda: self.sign("in.pdf", pin="wrong"),
                lambda: self.sign("--pin-for-batch", *args, pin="wrong"),
                lambda: self.sign(*args, pin="wrong"),
            ),
            1,
        ):
            self.set_tries(self.most_tries)
            self.assertEqual(run().code, 77)
            self.assertEqual((self.spent(), self.tries()), (wanted, self.most_tries - 1))
        self.assertEqual(self.outputs(), [])

    @cell("pin-counter")
    def test_what_was_refused_is_not_sent_again(self):
        self.write("same", self.wrong + "\n", 0o600)
        self.fails(self.sign("in.pdf", pin="same"), 77, "the PIN is wrong")
        self.set_tries(self.most_tries)
        for extra in ([], ["--pin-last-try"]):
            self.fails(self.sign(*extra, "in.pdf", pin="same"), 77, "this PIN was refused by token")
        self.assertEqual((self.spent(), self.tries()), (1, self.most_tries))
        self.seals()
        self.fails(self.sign("--force", "in.pdf", pin="same"), 77, "the PIN is wrong")

    @cell("pin-counter")
    def test_wrong_length(self):
        for pin in ("1", "12", "123456789012345678901234567890"):
            self.write("odd", pin + "\n", 0o600)
            self.set_tries(self.most_tries)
            before = self.spent()
            self.fails(self.sign("in.pdf", pin="odd"), 77, "PIN")
            self.assertLessEqual(self.spent() - before, 1)

    @cell("pin-counter")
    def test_right_and_wrong_by_turns(self):
        for _ in range(3):
            self.assertEqual(self.sign("in.pdf", pin="wrong").code, 77)
            self.seals("--pin-last-try")
        self.assertEqual((self.spent(), self.tries()), (3, self.most_tries))

    @cell("pin-counter")
    def test_faults_cost_nothing(self):
        """Status words for the PIN and for the signature that have nothing to do with the PIN."""
        for ins in (VERIFY, self.sign_ins):
            for status in (0x6F00, 0x6400, 0x6581, 0x6982, 0x6985):
                with self.subTest(ins=ins, status=hex(status)):
                    self.link.fail(status, 1, ins)
                    self.assertIn(self.sign("--force", "in.pdf").code, (0, 77))
                    self.link.clear()
        self.assertEqual((self.spent(), self.tries()), (0, self.most_tries))


class Pulled:
    """The card is pulled at each moment; what was asked for is done whole or not at all."""

    patience = []  # a deadline, where the module itself finds no end
    removed = "removed|gone|no token|not present|not there|no longer"

    def gone(self, run):
        self.fails(run, 77, self.removed, ".")
        self.untouched()
        self.assertEqual(self.tries(), self.most_tries)

    def pull_at_login(self, n=1):
        seen = []

        def pulled(ins, status):
            if ins == VERIFY and status == OK:
                seen.append(status)
            return len(seen) == n

        self.link.pull_after = pulled

    @cell("pull")
    def test_before_the_start(self):
        self.reader.eject()
        self.gone(self.sign(*self.patience, "in.pdf"))

    @cell("pull")
    def test_instead_of_the_login(self):
        self.link.drop(1, VERIFY)
        self.gone(self.sign(*self.patience, "in.pdf"))

    @cell("pull")
    def test_between_login_and_signature(self):
        self.pull_at_login()
        self.gone(self.sign(*self.patience, "in.pdf"))

    @cell("pull")
    def test_during_the_signature(self):
        self.link.drop(1, self.sign_ins)
        self.gone(self.sign(*self.patience, "in.pdf"))

    @cell("pull")
    def test_between_two_files(self):
        args = self.batch()
        card, ends = self.reader.card, (self.sign_ins, GET_RESPONSE)
        self.link.pull_after = lambda ins, status: card.signatures == 1 and ins in ends and status == OK
        run = self.sign(*self.patience, "--pin-for-batch", *args)
        self.assertEqual(run.code, 77, run)
        self.assertEqual(len(self.outputs()), 1, run)
        self.is_sealed("out/" + self.outputs()[0])
        self.untouched("out/" + self.outputs()[0])
        self.assertEqual(self.tries(), self.most_tries)

    @cell("pull")
    def test_reader_service_dies_between_two_files(self):
        """With all its readers, after the first signature."""
        args = self.batch()
        card, ends = self.reader.card, (self.sign_ins, GET_RESPONSE)

        def lose(ins, status):
            if card.signatures == 1 and ins in ends and status == OK:
                self.reader.process.kill()
            return False

        self.link.pull_after = lose
        run = self.sign(*self.patience, "--pin-for-batch", *args)
        self.assertEqual(run.code, 77, run)
        self.assertLessEqual(len(self.outputs()), 1, run)
        for name in self.outputs():
            self.is_sealed("out/" + name)
        self.untouched(*("out/" + name for name in self.outputs()))
        self.assertEqual(card.signatures, 1)
        self.assertEqual(self.tries(), self.most_tries)

    @cell("reinsert")
    def test_put_back(self):
        self.link.drop(1, self.sign_ins)
        self.gone(self.sign(*self.patience, "in.pdf"))
        self.reader.insert()
        self.seals()

    @cell("reinsert")
    def test_put_back_seen_in_the_list(self):
        self.reader.eject()
        self.assertEqual(self.succeeds(self.token_command("list", "--json")).object["tokens"], [])
        self.reader.insert()
        labels = [t["label"] for t in self.succeeds(self.token_command("list", "--json")).object["tokens"]]
        self.assertIn(self.label, labels)


class WaitedFor:
    """--wait: once, and for the same card."""

    def waiting(self, *args):
        return self.start_signing(*self.patience, "--wait", "20", *args)

    def ended(self, process, code):
        out, err = process.communicate(timeout=40)
        self.assertEqual(process.returncode, code, err)
        self.assertEqual((self.spent(), self.tries()), (0, self.most_tries))
        return err

    @cell("wait")
    def test_not_there_yet(self):
        self.reader.eject()
        process = self.waiting("in.pdf")
        time.sleep(1)
        self.assertIsNone(process.poll())
        self.reader.insert()
        self.ended(process, 0)
        self.is_sealed("in-signed.pdf")

    @cell("wait")
    def test_pulled_in_mid_signature_and_put_back(self):
        self.link.drop(1, self.sign_ins)
        process = self.waiting("in.pdf")
        parts.wait_until(lambda: not self.link.inserted.is_set(), 15, "the card out")
        time.sleep(1)
        self.reader.insert()
        self.ended(process, 0)
        self.is_sealed("in-signed.pdf")

    @cell("wait")
    def test_pulled_between_two_files_and_put_back(self):
        args, card, ends = self.batch(), self.reader.card, (self.sign_ins, GET_RESPONSE)
        pulled = []

        def pull(ins, status):
            if not pulled and card.signatures == 1 and ins in ends and status == OK:
                pulled.append(ins)
                return True
            return False

        self.link.pull_after = pull
        process = self.waiting("--pin-for-batch", *args)
        parts.wait_until(lambda: pulled, 15, "the card out")
        time.sleep(1)
        self.reader.insert()
        self.ended(process, 0)
        self.assertEqual(len(self.outputs()), 3)

    @cell("wait")
    def test_not_put_back(self):
        self.link.drop(1, self.sign_ins)
        self.gone(self.sign(*self.patience, "--wait", "1", "in.pdf"))

    @cell("wait")
    def test_another_card_instead(self):
        self.link.drop(1, self.sign_ins)
        process = self.start_signing("--wait", "4", "in.pdf")
        parts.wait_until(lambda: not self.link.inserted.is_set(), 15, "the card out")
        self.link.card.conf["serial"] = "AS0000002"
        self.reader.insert()
        self.ended(process, 77)
        self.assertFalse(os.path.exists(self.path("in-signed.pdf")))


class Together:
    """A slow card, and two programs with one card."""

    @cell("slow")
    def test_slow_card(self):
        self.link.delay(20)
        self.seals()

    @cell("two-processes")
    def test_two_processes(self):
        """The second may find the card logged out by the first: then it says so and writes nothing."""
        self.link.delay(150, self.sign_ins)
        running = [self.start_signing("in.pdf", f"{i}.pdf") for i in range(2)]
        for i, process in enumerate(running):
            out, err = process.communicate(timeout=30)
            self.assertIn(process.returncode, (0, 77), err)
            if process.returncode == 0:
                self.is_sealed(f"{i}.pdf")
                os.unlink(self.path(f"{i}.pdf"))
            else:
                self.assertRegex(err, "^pades: ")
        self.untouched()
        self.link.clear()
        self.assertEqual((self.spent(), self.tries()), (0, self.most_tries))
        self.seals()


class Another:
    """Another program uses the card: it is no longer logged in when it is to sign. Nothing is sent again."""

    @cell("another-program")
    def test_logged_out_before_the_signature(self):
        card, seen = self.reader.card, []

        def logged_out(ins, status):
            if ins == VERIFY and status == OK:
                seen.append(ins)
                card.verified.clear()
                card.fresh = False
            return False

        self.link.pull_after = logged_out
        self.fails(self.sign("in.pdf"), 77, "has logged out by itself", "another program")
        self.untouched()
        self.assertLessEqual(card.accepted, 2)  # for the login and for the signature
        self.link.pull_after = None
        self.seals()
        self.assertEqual(self.spent(), 0)


class Mute:
    """A card that does not answer any more, at each moment: the module is ended when the time is over."""

    def moments(self):
        return [VERIFY, self.sign_ins, None]

    @cell("hang")
    def test_mute(self):
        for ins in self.moments():
            with self.subTest(ins=ins):
                self.link.hang(ins)
                begun = time.monotonic()
                self.fails(self.sign("--pin-last-try", "--timeout", "1", "in.pdf"), 77, "no answer in 1 second", ".")
                self.assertLess(time.monotonic() - begun, 10)
                self.untouched()
                self.link.clear()
        self.assertEqual((self.spent(), self.tries()), (0, self.most_tries))
        self.seals("--pin-last-try")

    @cell("hang")
    def test_mute_within_a_batch(self):
        args, card, ends = self.batch(), self.reader.card, (self.sign_ins, GET_RESPONSE)

        def mute(ins, status):
            if card.signatures == 1 and ins in ends and status == OK:
                self.link.hang()
            return False

        self.link.pull_after = mute
        self.assertEqual(self.sign("--timeout", "1", "--pin-for-batch", *args).code, 77)
        self.assertEqual(len(self.outputs()), 1)
        self.is_sealed("out/" + self.outputs()[0])
        self.untouched("out/" + self.outputs()[0])


class AllFaults(Another, Mute, WaitedFor, LastTries, Counter, Pulled, Together):
    pass
