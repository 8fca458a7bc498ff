"""SIGINT, SIGTERM and SIGHUP end a run with 130, 143 and 129 and leave nothing; kill -9 leaves nothing that the
next run does not clear away; the input is never lost."""

import os
import shutil
import signal
import subprocess
import time

import harness


class Signals(harness.Case):
    def start(self, *args, fault="delay C_Sign 1500", **kwargs):
        self.faults(fault)
        return subprocess.Popen(
            [harness.PADES, "sign", *self.token_args(module=harness.FAULT), *args],
            cwd=self.dir,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **kwargs,
        )

    def wait_for(self, call, process):
        for _ in range(1000):
            if os.path.exists(self.path("p11.log")) and call in self.read("p11.log").decode():
                return
            self.assertIsNone(process.poll(), process.communicate() if process.poll() is not None else "")
            time.sleep(0.01)
        self.fail(f"no {call}")

    def test_signals_while_the_token_signs(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            for args in (["in.pdf"], ["--in-place", "in.pdf"]):
                with self.subTest(number=number, args=args):
                    self.write("p11.log", "")
                    process = self.start(*args)
                    self.wait_for("C_SignInit", process)
                    process.send_signal(number)
                    out, err = process.communicate(timeout=20)
                    self.assertEqual((process.returncode, out), (code, ""), err)
                    self.assertIn("pades: ", err)
                    self.untouched()

    def test_second_signal_ends_a_token_that_hangs(self):
        process = self.start("in.pdf", fault="hang C_Sign")
        self.wait_for("C_SignInit", process)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), -signal.SIGINT)
        process.communicate()
        self.assertFalse(os.path.exists(self.path("in-signed.pdf")))

    def test_signals_in_a_batch(self):
        os.mkdir(self.path("out"))
        names = []
        for i in range(20):
            names.append(f"n{i}.pdf")
            os.link(self.path("in.pdf"), self.path(names[-1]))
        process = self.start("--output-dir", "out", *names, fault="delay C_Sign 200")
        self.wait_for("C_Sign ", process)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 143, err)
        done = [os.path.basename(line) for line in out.splitlines()]
        self.assertLess(len(done), 20)
        self.assertEqual(sorted(os.listdir(self.path("out"))), sorted(done))
        for name in done[:2]:
            self.is_sealed("out/" + name)

    def test_signals_while_standard_input_is_read(self):
        process = subprocess.Popen(
            [harness.PADES, "sign", *self.token_args(), "-"],
            cwd=self.dir,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        process.stdin.write(b"%PDF-1.7\n")
        process.stdin.flush()
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(10), 143)
        process.communicate()
        self.untouched()

    def test_ignored_signals_stay_ignored(self):
        """As under nohup."""
        process = self.start("in.pdf", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.wait_for("C_SignInit", process)
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(20), 0, process.communicate())
        process.communicate()
        self.is_sealed("in-signed.pdf")

    def test_kill_leaves_nothing_for_long(self):
        for delay in (0.0, 0.01, 0.02, 0.04, 0.08, 0.3):
            process = self.start("in.pdf", fault="delay C_Sign 100", start_new_session=True)
            time.sleep(delay)
            process.kill()
            process.communicate()
            self.group_ends(process)
            self.fresh_token()
            self.assertEqual(harness.digest(self.path("in.pdf")), self.before["./in.pdf"])
            if os.path.exists(self.path("in-signed.pdf")):
                self.is_sealed("in-signed.pdf")
                os.unlink(self.path("in-signed.pdf"))
        self.faults()
        self.succeeds(self.faulty("in.pdf"))
        self.is_sealed("in-signed.pdf")
        self.untouched("in-signed.pdf")

    def test_kill_in_place(self):
        """After any kill the file is the old one or a sealed one, as soon as any command has looked at it."""
        self.write("copy.pdf", self.read("in.pdf"))
        for step in range(14):
            process = self.start("--in-place", "in.pdf", fault="", start_new_session=True)
            time.sleep(0.004 * step)
            process.kill()
            process.communicate()
            self.group_ends(process)
            self.fresh_token()
            shutil.rmtree(self.path("home", "state"), ignore_errors=True)
            signatures = len(self.inspect("in.pdf")["signatures"])
            if signatures:
                self.is_sealed("in.pdf", "copy.pdf")
            else:
                self.assertEqual(self.read("in.pdf"), self.read("copy.pdf"))
            self.write("in.pdf", self.read("copy.pdf"))
        self.succeeds(self.faulty("--in-place", "in.pdf"))
        self.is_sealed("in.pdf", "copy.pdf")
        self.assertEqual(set(self.listing()) - set(self.before), {"./copy.pdf"})


if __name__ == "__main__":
    harness.main()
