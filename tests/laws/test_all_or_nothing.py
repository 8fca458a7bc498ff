"""Law 4 where a run ends early: the disk is full, a limit is reached, the authority dies, the user has
had enough. Nothing is left, the input is what it was.
"""
import os
import resource
import signal
import subprocess
import unittest

import laws
from laws import harness

MIB = 1 << 20


def file_size_limit(size):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


class FullDisk(laws.Documents):
    size = 8 * MIB

    def nothing_left(self):
        self.assertEqual(os.listdir(self.docs), ["doc.pdf"])
        self.check_input()

    def full(self, run):
        """One line that names the cause, and the hint."""
        self.assertEqual(run.code, 73, run)
        self.assertEqual(run.out, "", run)
        self.assertRegex(run.err, r"\Apades: [^\n]+(?:No space left on device|File too large)[^\n]*\nhint: [^\n]+\n\Z")

    @unittest.skipIf(laws.COUNTED, "SKIPPED: the counters of coverage are files of their own, under the limit too")
    def test_limit_on_file_sizes(self):
        for limit in (0, 1, 4096, 1 * MIB, 8 * MIB, self.size + 4096):
            with self.subTest(limit=limit):
                self.new_token()
                self.full(self.sign(self.doc, self.out, preexec_fn=file_size_limit(limit)))
                self.nothing_left()

    @unittest.skipIf(laws.COUNTED, "SKIPPED: the counters of coverage are files of their own, under the limit too")
    def test_limit_on_file_sizes_in_place(self):
        for limit in (len(self.original), len(self.original) + 1, len(self.original) + 4096):
            with self.subTest(limit=limit):
                run = self.sign("--in-place", self.doc, preexec_fn=file_size_limit(limit))
                self.full(run)
                self.nothing_left()
        self.new_token()
        self.full(self.sign("--in-place", self.doc, preexec_fn=file_size_limit(10)))
        self.nothing_left()

    def on_small_disk(self, room, script):
        """Runs the script in a mount namespace of its own with a disk of so many bytes at $DISK."""
        os.makedirs(self.path("disk"), exist_ok=True)
        whole = (f'mount -t tmpfs -o size={room},mode=700 tmpfs "$DISK" || exit 99\n{script}\n')
        done = subprocess.run(["unshare", "--mount", "sh", "-c", whole], cwd=self.dir, capture_output=True, check=False,
                              stdin=subprocess.DEVNULL, env={
                                  **self.env, "DISK": self.path("disk"), "DOC": self.doc, "PADES": harness.PADES,
                                  "MODULE": harness.SOFTHSM, "KEY": self.key})
        if done.returncode == 99 or b"unshare: " in done.stderr:
            self.skipTest("SKIPPED: this user or kernel allows no mount")
        return done.stdout.decode(), done.stderr.decode()

    @unittest.skipUnless(laws.ROOT, "SKIPPED: only root mounts a small disk")
    def test_small_disk(self):
        for room in (4096, 1 * MIB, 8 * MIB):
            with self.subTest(room=room):
                out, err = self.on_small_disk(room, '"$PADES" sign --module "$MODULE" --key "$KEY" --pin-file pin '
                                                    '"$DOC" "$DISK/out.pdf"; echo "exit $?"; ls -A "$DISK"')
                self.assertEqual(out, "exit 73\n")
                self.assertRegex(err, r"\Apades: [^\n]+No space left on device[^\n]*\nhint: [^\n]+\n\Z")
                self.nothing_left()

    @unittest.skipUnless(laws.ROOT, "SKIPPED: only root mounts a small disk")
    def test_small_disk_in_place(self):
        """The disk has room for the document and a page more, and for nothing at all."""
        pages = (len(self.original) + 4095) // 4096
        for spare in (1, 0):
            with self.subTest(spare=spare):
                out, err = self.on_small_disk((pages + spare) * 4096, '''
                    cp "$DOC" "$DISK/doc.pdf" || exit 98
                    "$PADES" sign --module "$MODULE" --key "$KEY" --pin-file pin --in-place "$DISK/doc.pdf"
                    echo "exit $?"; ls -A "$DISK"; cmp "$DOC" "$DISK/doc.pdf" && echo same''')
                self.assertEqual(out, "exit 73\ndoc.pdf\nsame\n", err)
                self.assertRegex(err, r"\Apades: [^\n]+No space left on device[^\n]*\nhint: [^\n]+\n\Z")


class Interrupted(laws.Documents):
    size = 48 * MIB

    def new_services(self):
        services = harness.Services()
        self.addCleanup(services.stop)
        return services

    def nothing_left(self):
        self.assertEqual(os.listdir(self.docs), ["doc.pdf"])
        self.check_input()

    def test_signals_while_copying(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number=number):
                process = self.start_sign(self.doc, self.out)
                self.wait_for(lambda: len(os.listdir(self.docs)) > 1, process=process)
                process.send_signal(number)
                errors = process.communicate(timeout=30)[1]
                self.assertEqual(process.returncode, code, errors)
                self.nothing_left()

    def test_signals_while_hashing_in_place(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number=number):
                self.write("p11.log", "")
                process = self.start_sign("--in-place", self.doc, module=harness.FAULT)
                self.wait_for(lambda: "C_GetSlotList" in self.log_text(), process=process)
                process.send_signal(number)
                errors = process.communicate(timeout=30)[1]
                self.assertEqual(process.returncode, code, errors)
                self.nothing_left()

    def asked(self, services):
        return lambda: any("/tsa/hang" in line or "/tsa/drip" in line or "/tsa/slow" in line
                           for line in services.requests())

    def test_signals_while_the_authority_is_silent(self):
        services = self.new_services()
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            for args in ([self.doc, self.out], ["--in-place", self.doc]):
                with self.subTest(number=number, args=args[:1]):
                    open(services.log, "w", encoding="ascii").close()
                    process = self.start_sign("--tsa", services.tsa("hang"), "--trust", harness.TRUST, *args)
                    self.wait_for(self.asked(services), process=process)
                    process.send_signal(number)
                    errors = process.communicate(timeout=10)[1]
                    self.assertEqual(process.returncode, code, errors)
                    self.nothing_left()

    def test_authority_that_dies(self):
        """Killed between the question and the end of its answer: 69, never a seal of level b."""
        for fault in ("hang", "drip?ms=50"):
            for args in ([self.doc, self.out], ["--in-place", self.doc]):
                with self.subTest(fault=fault, args=args[:1]):
                    services = self.new_services()
                    process = self.start_sign("--tsa", services.tsa(fault), "--trust", harness.TRUST, *args)
                    self.wait_for(self.asked(services), process=process)
                    services.process.kill()
                    out, errors = process.communicate(timeout=10)
                    self.assertEqual((process.returncode, out), (69, b""), errors)
                    self.assertRegex(errors.decode(), r"(?m)^pades: .*\S")
                    self.nothing_left()


if __name__ == "__main__":
    laws.main()
