"""Law 4 under SIGKILL: at random moments, as soon as the first file appears, and instead of every
single call that changes a file. The input is never lost; an output is complete or not there; what is
left over is gone after the next run.
"""
import os
import random
import shutil
import signal
import subprocess
import time

import laws
from laws import harness

MIB = 1 << 20
ROUNDS = 20 if laws.SANITIZED else 60


class Documents(laws.Law):
    """The document alone in a folder, so that everything else in it is a leftover."""

    size = None

    def setUp(self):
        super().setUp()
        self.docs = self.path("docs")
        os.mkdir(self.docs)
        self.doc, self.out = os.path.join(self.docs, "doc.pdf"), os.path.join(self.docs, "out.pdf")
        if self.size:
            laws.heavy(self.doc, self.size)
        else:
            shutil.copy(self.path("in.pdf"), self.doc)
        self.original = laws.read_file(self.doc)

    def check_input(self):
        self.assertEqual(laws.read_file(self.doc), self.original, "the input is not what it was")

    def check_output(self):
        """Whether there is one; it must be complete then. Removed."""
        if not os.path.exists(self.out):
            return False
        self.assertTrue(laws.sealed(self.out, self.original), "an output that is not complete")
        os.unlink(self.out)
        return True

    def check_in_place(self):
        """As any command finds it: whether it is sealed. Made the original again, and nothing beside it."""
        run = self.pades("inspect", "--json", self.doc)
        self.assertEqual(run.code, 0, run)
        self.assertEqual(os.listdir(self.docs), ["doc.pdf"], "something is left over")
        if os.path.getsize(self.doc) == len(self.original):
            self.check_input()
            self.assertEqual(run.object["signatures"], [])
            return False
        self.assertTrue(laws.sealed(self.doc, self.original), "neither the original nor a complete seal")
        self.assertEqual(len(run.object["signatures"]), 1)
        os.truncate(self.doc, len(self.original))
        return True

    def clear(self):
        """A run that is not killed leaves the input, its output and nothing else."""
        self.succeeds(self.sign(self.doc, self.out))
        self.assertEqual(sorted(os.listdir(self.docs)), ["doc.pdf", "out.pdf"])
        self.is_sealed(self.out, self.doc)
        self.assertTrue(self.check_output())
        self.check_input()

    def journal(self):
        return os.path.join(self.docs, ".doc.pdf.pades-undo")


class Moments(Documents):
    size = 8 * MIB if laws.SANITIZED else 30 * MIB

    def kill_after(self, args, wait):
        process = self.start_sign(*args)
        wait(process)
        process.send_signal(signal.SIGKILL)
        errors = process.communicate()[1]
        self.assertIn(process.returncode, (0, -signal.SIGKILL), errors)
        self.new_token()
        return process.returncode == -signal.SIGKILL

    def whole_run(self, *args):
        start = time.monotonic()
        self.succeeds(self.sign(*args))
        return time.monotonic() - start

    def anything_new(self, process):
        while process.poll() is None and len(os.listdir(self.docs)) == 1:
            pass

    def leftover(self):
        found = [name for name in os.listdir(self.docs) if name not in ("doc.pdf", "out.pdf")]
        self.assertLessEqual(len(found), 1, found)
        return bool(found)

    def test_new_file(self):
        whole = self.whole_run(self.doc, self.out)
        self.check_output()
        chance, killed, made, left = random.Random(20261122), 0, 0, 0
        for i in range(ROUNDS):
            def wait(process, moment=chance.random()):
                if i % 2:
                    self.anything_new(process)
                    moment /= 2
                time.sleep(moment * whole)
            killed += self.kill_after([self.doc, self.out], wait)
            self.check_input()
            left += self.leftover()
            made += self.check_output()
        laws.told(f"{ROUNDS} runs of {whole:.2f} s: {killed} killed, {left} left a temporary file, {made} were done")
        self.assertGreater(killed, ROUNDS // 2)
        self.assertGreater(left, 0)
        self.clear()

    def test_in_place(self):
        whole = self.whole_run("--in-place", self.doc)
        self.assertTrue(self.check_in_place())
        chance, killed, sealed, journals = random.Random(20261123), 0, 0, 0
        for i in range(ROUNDS):
            def wait(process, moment=chance.random()):
                if i % 2:
                    self.anything_new(process)
                    time.sleep(moment * 0.002)
                else:
                    time.sleep(moment * whole)
            killed += self.kill_after(["--in-place", self.doc], wait)
            journals += os.path.exists(self.journal())
            sealed += self.check_in_place()
        laws.told(f"{ROUNDS} runs of {whole:.2f} s: {killed} killed, {journals} left a journal, {sealed} were sealed")
        self.assertGreater(killed, ROUNDS // 2)
        self.clear()


class EveryCall(Documents):
    """The N-th call that changes a file in the folder, for every N there is."""

    def with_die_at(self, at, how, *args):
        return self.sign(*args, env={
            "LD_PRELOAD": os.path.join(laws.BIN, "law_die_at.so"), "DIE_AT": str(at), "DIE_HOW": how,
            "DIE_IN": os.path.realpath(self.docs), "DIE_LOG": self.path("calls")})

    def last_call(self):
        with open(self.path("calls"), encoding="ascii") as f:
            return f.read().splitlines()

    def each(self, how, *args):
        """Runs for N = 1, 2, ... until one has fewer calls; gives (N, name of the call, run)."""
        for at in range(1, 200):
            if os.path.exists(self.path("calls")):
                os.unlink(self.path("calls"))
            self.new_token()
            run = self.with_die_at(at, how, *args)
            calls = self.last_call()
            if len(calls) < at:
                self.succeeds(run)
                laws.told(f"{how}: {len(calls)} calls: {' '.join(calls)}")
                self.assertGreater(at, 5, "the calls are not seen")
                return
            yield at, calls[at - 1], run

    def test_killed_instead_of_each_call(self):
        for how in ("kill", "half"):
            for at, call, run in self.each(how, self.doc, self.out):
                with self.subTest(how=how, at=at, call=call):
                    self.assertEqual(run.code, -signal.SIGKILL, run)
                    self.check_input()
                    self.check_output()
            self.check_output()
            self.clear()

    def test_killed_instead_of_each_call_in_place(self):
        for how in ("kill", "half"):
            for at, call, run in self.each(how, "--in-place", self.doc):
                with self.subTest(how=how, at=at, call=call):
                    self.assertEqual(run.code, -signal.SIGKILL, run)
                    self.check_in_place()
            self.assertTrue(self.check_in_place())

    def test_killed_while_undoing(self):
        """The undo is itself killed at each of its calls, and is then done by the next command."""
        journals = 0
        for at, call, _ in self.each("half", "--in-place", self.doc):
            if not os.path.exists(self.journal()):
                self.check_in_place()
                continue
            journals += 1
            begun, state = laws.read_file(self.journal()), laws.read_file(self.doc)
            for undo in range(1, 5):
                with self.subTest(at=at, call=call, undo=undo):
                    self.pades("inspect", self.doc, env={
                        "LD_PRELOAD": os.path.join(laws.BIN, "law_die_at.so"), "DIE_AT": str(undo),
                        "DIE_IN": os.path.realpath(self.docs)})
                    self.check_in_place()
                with open(self.doc, "r+b") as f:
                    f.write(state)
                    f.truncate()
                with open(self.journal(), "wb") as f:
                    f.write(begun)
            self.check_in_place()
        self.assertGreater(journals, 1)

    def failed(self, run, call):
        """73 with a message and, where the disk is full, what to do; or done all the same, where the call
        only tidies up or copies what is not vital."""
        if run.code == 0:
            self.assertIn(call, ("fchmod", "unlinkat"), run)
            return False
        self.assertEqual(run.code, 73, run)
        self.assertRegex(run.err, r"(?m)^pades: .*\S")
        return True

    def test_each_call_fails_once(self):
        for at, call, run in self.each("fail", self.doc, self.out):
            with self.subTest(at=at, call=call):
                self.check_input()
                failed = self.failed(run, call)
                self.assertEqual(self.check_output(), not failed)
                self.assertEqual(os.listdir(self.docs), ["doc.pdf"], "something is left over")
        self.check_output()
        self.clear()

    def test_each_call_fails_once_in_place(self):
        for at, call, run in self.each("fail", "--in-place", self.doc):
            with self.subTest(at=at, call=call):
                failed = self.failed(run, call)
                if failed:
                    self.check_input()
                self.assertEqual(self.check_in_place(), not failed)
        self.assertTrue(self.check_in_place())


if __name__ == "__main__":
    laws.main()
