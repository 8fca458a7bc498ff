"""Appending to the input itself: a lock is respected, names that lead to the file stay what they are, a
file that must not be written is not, and what a dead process began is undone by the next command.
"""
import fcntl
import os
import signal
import stat

import laws
from laws import harness


class InPlace(laws.Documents):
    def in_place(self, name=None, **kwargs):
        return self.sign("--in-place", name or self.doc, **kwargs)

    def untouched_document(self, run, message):
        self.fails(run, 73, message)
        self.check_input()

    def test_lock(self):
        for kind in (fcntl.LOCK_EX, fcntl.LOCK_SH):
            with self.subTest(kind=kind), open(self.doc, "rb") as f:
                fcntl.flock(f, kind)
                self.untouched_document(self.in_place(), "locked by another program")
                self.assertEqual(os.listdir(self.docs), ["doc.pdf"])
        self.succeeds(self.in_place())
        self.assertTrue(self.check_in_place())

    def test_two_at_once(self):
        """Both wait for the token with the same document: one seals it, the other is told that it changed."""
        self.faults("delay C_Sign 400")
        both = [self.start_sign("--in-place", self.doc, module=harness.FAULT) for _ in range(2)]
        errors = [process.communicate(timeout=20)[1] for process in both]
        codes = sorted(process.returncode for process in both)
        self.assertEqual(codes[0], 0, errors)
        self.assertIn(codes[1], (65, 66, 73), errors)
        self.assertTrue(self.check_in_place())

    def test_changed_while_the_token_signs(self):
        process = self.stopped_in("C_Sign", "--in-place", self.doc)
        with open(self.doc, "ab") as f:
            f.write(b"% more\n")
        self.let_go()
        out, errors = process.communicate(timeout=20)
        self.assertIn(process.returncode, (65, 66, 73), errors)
        self.assertIn(b"changed", errors)
        self.assertEqual(laws.read_file(self.doc), self.original + b"% more\n")
        self.assertEqual(os.listdir(self.docs), ["doc.pdf"])

    def test_replaced_while_the_token_signs(self):
        """Another file under the same name, as editors save: it is left alone."""
        process = self.stopped_in("C_Sign", "--in-place", self.doc)
        other = self.write("docs/new.pdf", self.original + b"% other\n")
        os.rename(other, self.doc)
        self.let_go()
        errors = process.communicate(timeout=20)[1]
        self.assertEqual(laws.read_file(self.doc), self.original + b"% other\n")
        self.assertIn(process.returncode, (65, 66, 73), errors)
        self.assertIn(b"another file took the place", errors)
        self.assertEqual(os.listdir(self.docs), ["doc.pdf"])

    def test_symbolic_link(self):
        os.mkdir(self.path("links"))
        os.symlink("../docs/doc.pdf", self.path("links", "link.pdf"))
        self.succeeds(self.in_place(self.path("links", "link.pdf")))
        self.assertTrue(os.path.islink(self.path("links", "link.pdf")))
        self.assertEqual(os.listdir(self.path("links")), ["link.pdf"])
        self.assertTrue(self.check_in_place())

    def test_hard_link(self):
        os.link(self.doc, self.path("other.pdf"))
        self.succeeds(self.in_place())
        self.assertTrue(os.path.samefile(self.doc, self.path("other.pdf")))
        self.assertTrue(laws.sealed(self.path("other.pdf"), self.original))
        self.assertTrue(self.check_in_place())

    def test_mode_owner_and_inode_stay(self):
        os.chmod(self.doc, 0o640)
        before = os.stat(self.doc)
        self.succeeds(self.in_place())
        after = os.stat(self.doc)
        self.assertEqual([getattr(after, n) for n in ("st_ino", "st_mode", "st_uid", "st_gid", "st_nlink")],
                         [getattr(before, n) for n in ("st_ino", "st_mode", "st_uid", "st_gid", "st_nlink")])

    def as_nobody(self):
        """Arguments that run the program as a user who is not root; the user owns the test's folder."""
        if not laws.ROOT:
            return {}
        self.open_to(laws.NOBODY)
        for folder in (harness.PADES, harness.SOFTHSM, self.dir):
            while folder != "/":
                folder = os.path.dirname(folder)
                if not os.stat(folder).st_mode & stat.S_IXOTH:
                    self.skipTest(f"SKIPPED: other users cannot reach '{folder}'")
        return {"preexec_fn": lambda: (os.setgroups([]), os.setgid(laws.NOBODY), os.setuid(laws.NOBODY))}

    def test_read_only_file(self):
        user = self.as_nobody()
        os.chmod(self.doc, 0o444)
        self.write("p11.log", "", 0o666)
        self.untouched_document(self.in_place(module=harness.FAULT, **user), "cannot write to|for writing")
        self.assertEqual(self.calls("C_Login"), [])
        self.assertEqual(os.listdir(self.docs), ["doc.pdf"])

    def test_read_only_folder(self):
        """No place for the journal: nothing is appended."""
        user = self.as_nobody()
        os.chmod(self.docs, 0o555)
        self.addCleanup(os.chmod, self.docs, 0o755)
        self.untouched_document(self.in_place(**user), "journal|folder")

    def interrupted(self):
        """A document whose append was cut short, with its journal."""
        run = self.sign("--in-place", self.doc, env={
            "LD_PRELOAD": os.path.join(laws.BIN, "law_die_at.so"), "DIE_AT": "5", "DIE_HOW": "half",
            "DIE_IN": os.path.realpath(self.docs)})
        self.assertEqual(run.code, -signal.SIGKILL, run)
        self.assertGreater(os.path.getsize(self.doc), len(self.original))
        self.assertTrue(os.path.exists(self.journal()))

    def test_every_command_undoes(self):
        out = self.path("other-out.pdf")
        for command in (["inspect", self.doc], ["sign", *self.token_args(), self.doc, out],
                        ["sign", *self.token_args(), "--in-place", self.doc],
                        ["sign", *self.token_args(), "--dry-run", self.doc]):
            with self.subTest(command=command[0], options=command[-2:]):
                self.new_token()
                self.interrupted()
                run = self.succeeds(self.pades(*command))
                self.assertRegex(run.err, "cut short|undone|taken back|unfinished", run)
                self.assertEqual(os.listdir(self.docs), ["doc.pdf"])
                self.assertEqual(laws.read_file(self.doc)[:len(self.original)], self.original)
                if "--in-place" in command:
                    self.assertTrue(self.check_in_place())
                self.check_input()

    def test_journal_of_another_file_is_not_believed(self):
        self.interrupted()
        torn = laws.read_file(self.doc)
        journal = laws.read_file(self.journal())
        os.rename(self.write("docs/copy.pdf", torn), self.doc)  # the same bytes in another file
        run = self.pades("inspect", self.doc)
        self.fails(run, 66, "undo journal", "remove")
        self.assertEqual(laws.read_file(self.doc), torn)
        self.assertEqual(laws.read_file(self.journal()), journal)

    def test_journal_that_is_damaged_changes_nothing(self):
        self.interrupted()
        os.truncate(self.doc, len(self.original))
        self.write("docs/.doc.pdf.pades-undo", b"PADESUN1" + bytes(88))
        self.succeeds(self.pades("inspect", self.doc))
        self.check_input()
        self.assertEqual(os.listdir(self.docs), ["doc.pdf"])

    def test_the_undo_waits_for_a_living_writer(self):
        self.interrupted()
        torn = laws.read_file(self.doc)
        with open(self.doc, "rb") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            self.fails(self.pades("inspect", self.doc), 66, "being written by another program", "again")
            self.assertEqual(laws.read_file(self.doc), torn)
        self.assertFalse(self.check_in_place())


if __name__ == "__main__":
    laws.main()
