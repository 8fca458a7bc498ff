"""Law 4 under SIGKILL at random moments, and at random moments after the first file appears. The input is
never lost; an output is complete or not there; what is left over is gone after the next run.
"""
import os
import random
import shutil
import signal
import time

import laws

MIB = 1 << 20
ROUNDS = 20 if laws.SANITIZED else 60


class Moments(laws.Documents):
    size = 8 * MIB if laws.SANITIZED else 30 * MIB

    def kill_after(self, args, wait):
        """Kills it where `wait` returns. One that was done before shows that a whole run takes less by now."""
        process = self.start_sign(*args)
        wait(process)
        process.send_signal(signal.SIGKILL)
        errors = process.communicate()[1]
        self.group_ends(process)
        self.assertIn(process.returncode, (0, -signal.SIGKILL), errors)
        self.new_token()
        shutil.rmtree(self.path("home", "state"), ignore_errors=True)  # what is remembered of killed logins
        if process.returncode == 0:
            self.whole *= 0.9
        return process.returncode == -signal.SIGKILL

    def whole_run(self, *args):
        start = time.monotonic()
        self.succeeds(self.sign(*args))
        self.whole = time.monotonic() - start

    def anything_new(self, process):
        while process.poll() is None and len(os.listdir(self.docs)) == 1:
            pass

    def leftover(self):
        found = [name for name in os.listdir(self.docs) if name not in ("doc.pdf", "out.pdf")]
        self.assertLessEqual(len(found), 1, found)
        return bool(found)

    def test_new_file(self):
        self.whole_run(self.doc, self.out)
        self.check_output()
        chance, killed, made, left = random.Random(20261122), 0, 0, 0
        for i in range(ROUNDS):
            def wait(process, moment=chance.random()):
                if i % 2:
                    self.anything_new(process)
                    moment /= 2
                time.sleep(moment * self.whole)
            killed += self.kill_after([self.doc, self.out], wait)
            self.check_input()
            left += self.leftover()
            made += self.check_output()
        laws.told(f"{ROUNDS} runs of {self.whole:.2f} s: {killed} killed, {left} left a temporary file, {made} were done")
        self.assertGreater(killed, ROUNDS // 2)
        self.assertGreater(left, 0)
        self.clear()

    def test_in_place(self):
        self.whole_run("--in-place", self.doc)
        self.assertTrue(self.check_in_place())
        chance, killed, sealed, journals = random.Random(20261123), 0, 0, 0
        for i in range(ROUNDS):
            def wait(process, moment=chance.random()):
                if i % 2:
                    self.anything_new(process)
                    time.sleep(moment * 0.002)
                else:
                    time.sleep(moment * self.whole)
            killed += self.kill_after(["--in-place", self.doc], wait)
            journals += os.path.exists(self.journal())
            sealed += self.check_in_place()
        laws.told(f"{ROUNDS} runs of {self.whole:.2f} s: {killed} killed, {journals} left a journal, {sealed} were sealed")
        self.assertGreater(killed, ROUNDS // 2)
        self.clear()


if __name__ == "__main__":
    laws.main()
