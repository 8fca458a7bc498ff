"""Law 4, every single call that changes a file in the document's folder: the process is killed instead of
it, or half-way through it, or it fails once. Nothing is lost, nothing is half there, nothing stays.
"""
import os
import signal

import laws


class EveryCall(laws.Documents):
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
