"""Modules in a process of their own: one that crashes, hangs, prints or ends itself costs one clear line and
nothing else. The process ends with the program, however that ends. Several sessions; a token waited for.
"""

import fcntl
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import harness

WORKER = os.path.join(os.path.dirname(harness.PADES), "pades-token-worker")


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def memory_of(pid):
    """All that can be read of it, its arguments and environment too; None where that is not allowed."""
    memory = []
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
            for line in maps:
                first, last = (int(part, 16) for part in line.split()[0].split("-"))
                try:
                    mem.seek(first)
                    memory.append(mem.read(last - first))
                except (OSError, OverflowError):
                    pass  # of the kernel's
    except PermissionError:
        return None
    return b"".join(memory)


def message(*parts):
    """As src/token/wire.h has it: numbers, and octets with their number."""
    return b"".join(struct.pack("=Q", p) if isinstance(p, int) else struct.pack("=Q", len(p)) + p for p in parts)


class Isolation(harness.Case):
    def module_processes(self):
        if not os.path.exists(self.path("p11.log")):
            return set()
        return {int(line.split()[0]) for line in self.read("p11.log").decode().splitlines()}

    def start_afresh(self):
        """No call was made, and no PIN is held back because an answer was not seen."""
        shutil.rmtree(self.path("home", "state"), ignore_errors=True)
        if os.path.exists(self.path("p11.log")):
            os.unlink(self.path("p11.log"))

    def ends(self, pids):
        until = time.monotonic() + 8
        while any(is_alive(pid) for pid in pids) and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual([pid for pid in pids if is_alive(pid)], [])

    def started(self, *args):
        """The program on the faulty module, running."""
        command = [harness.PADES, "sign", *self.token_args(module=harness.FAULT), *args]
        process = subprocess.Popen(command, cwd=self.dir, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        return process

    def wait_for_call(self, name):
        until = time.monotonic() + 20
        while not self.calls(name) and time.monotonic() < until:
            time.sleep(0.02)

    def test_module_is_in_another_process(self):
        run = self.faulty("in.pdf", "out.pdf")
        self.is_sealed("out.pdf")
        self.assertEqual(run.code, 0)
        self.ends(self.module_processes())
        self.assertEqual(self.calls("C_Finalize"), ["CKR_OK"] * len(self.module_processes()))

    def test_crash_while_signing(self):
        self.faults("crash C_Sign")
        run = self.faulty("in.pdf", "out.pdf")
        self.fails(run, 77, r"token 'seal': the PKCS#11 module failed while .*crashed \(signal", "nothing was written")
        self.assertEqual(len(self.calls("C_Login")), 1)
        self.untouched()

    def test_crash_before_a_token_is_seen(self):
        for call in ("C_Initialize", "C_GetSlotList", "C_GetTokenInfo"):
            with self.subTest(call):
                self.faults("crash " + call)
                run = self.faulty("in.pdf", "out.pdf")
                self.fails(run, 77, r"cannot be used: its process crashed \(signal", ".")
                self.assertEqual(self.calls("C_Login"), [])
                self.untouched()

    def test_hang_ends_in_time(self):
        for call, logins in (("C_Initialize", 0), ("C_FindObjects", 0), ("C_Login", 1), ("C_Sign", 1)):
            with self.subTest(call):
                self.faults("hang " + call)
                start = time.monotonic()
                run = self.faulty("--pin-last-try", "--timeout", "1", "in.pdf", "out.pdf")
                self.fails(run, 77, "no answer in 1 seconds", ".")
                self.assertLess(time.monotonic() - start, 20)
                self.assertLessEqual(len(self.calls("C_Login")), logins)
                self.untouched()
                self.ends(self.module_processes())

    def test_hang_at_the_end_is_no_failure(self):
        self.faults("hang C_Finalize")
        run = self.faulty("in.pdf", "out.pdf")
        self.assertEqual(run.code, 0, run)
        self.is_sealed("out.pdf")
        self.ends(self.module_processes())

    def test_interrupt_ends_a_hang(self):
        self.faults("hang C_Sign")
        process = self.started("in.pdf", "out.pdf")
        self.wait_for_call("C_SignInit")
        time.sleep(0.3)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        self.assertLess(time.monotonic() - start, 10)
        self.assertEqual(process.returncode, 130, err)
        self.assertEqual(out, b"")
        self.untouched()
        self.ends(self.module_processes())

    def test_kill_ends_the_module_too(self):
        self.faults("hang C_Sign")
        process = self.started("in.pdf", "out.pdf")
        self.wait_for_call("C_SignInit")
        process.kill()
        process.communicate(timeout=30)
        self.ends(self.module_processes())

    def test_module_that_closes_what_it_did_not_open(self):
        for call, logins in (("C_Initialize", 0), ("C_Login", 1), ("C_Sign", 1)):
            with self.subTest(call):
                self.start_afresh()
                self.faults("close " + call)
                start = time.monotonic()
                run = self.faulty("in.pdf", "out.pdf")
                self.fails(run, 77, "its process does not listen any more|it ended its process", ".")
                self.assertLess(time.monotonic() - start, 10)
                self.assertLessEqual(len(self.calls("C_Login")), logins)
                self.untouched()
                self.ends(self.module_processes())

    def test_module_that_ends_its_process(self):
        for call in ("C_Initialize", "C_FindObjects", "C_Sign"):
            with self.subTest(call):
                self.faults(f"exit {call} 7")
                self.fails(self.faulty("in.pdf", "out.pdf"), 77, r"it ended its process \(status 7\)", ".")
                self.untouched()
        self.faults("exit C_Finalize 7")
        self.succeeds(self.faulty("in.pdf", "out.pdf"))

    def test_module_that_prints(self):
        for call in ("C_Initialize", "C_Login", "C_Sign", "C_Finalize"):
            with self.subTest(call):
                self.faults(f"print {call} 2")
                run = self.succeeds(self.faulty("--force", "in.pdf", "out.pdf"))
                self.assertEqual(run.err, "")
                self.assertEqual(run.out.splitlines(), ["out.pdf"])

    def test_module_that_leaves_a_child(self):
        self.addCleanup(self.faults)
        for call in ("C_Initialize", "C_Sign"):
            with self.subTest(call):
                self.faults("child " + call)
                start = time.monotonic()
                self.succeeds(self.faulty("--force", "in.pdf", "out.pdf"))
                self.assertLess(time.monotonic() - start, 2)  # the end is not waited for
        self.faults("child C_Initialize", "crash C_Sign")
        start = time.monotonic()
        self.fails(self.faulty("--force", "in.pdf", "out.pdf"), 77, r"crashed \(signal", ".")
        self.assertLess(time.monotonic() - start, 10)

    def test_started_by_one_that_ignores_children_and_blocks_signals(self):
        def strange():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGCHLD, signal.SIGUSR1})

        self.succeeds(self.faulty("in.pdf", "out.pdf", preexec_fn=strange))
        self.faults("crash C_Sign")
        run = self.faulty("--force", "in.pdf", "out.pdf", preexec_fn=strange)
        self.fails(run, 77, r"its process is gone|crashed \(signal", ".")
        self.faults("hang C_Finalize")
        start = time.monotonic()
        self.succeeds(self.faulty("--force", "in.pdf", "out.pdf", preexec_fn=strange))
        self.assertLess(time.monotonic() - start, 8)
        self.ends(self.module_processes())

    def in_a_call(self, call, number):
        """The program while the module is in this call, and its process has got this signal."""
        self.faults("hang " + call)
        before = self.module_processes()
        process = self.started("--timeout", "2", "--force", "in.pdf", "out.pdf")
        until = time.monotonic() + 20
        while not self.module_processes() - before and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.3)
        for pid in self.module_processes() - before:
            os.kill(pid, number)
        return process

    def test_module_process_killed_or_stopped_at_each_call(self):
        for number, said in ((signal.SIGKILL, rb"crashed \(signal 9\)"), (signal.SIGSTOP, b"no answer in 2 seconds")):
            for call, logins in (("C_GetTokenInfo", 0), ("C_FindObjects", 0), ("C_Login", 0), ("C_SignInit", 1)):
                with self.subTest(call=call, signal=number):
                    self.start_afresh()
                    process = self.in_a_call(call, number)
                    out, err = process.communicate(timeout=30)
                    self.assertEqual((process.returncode, out), (77, b""), err)
                    self.assertRegex(err, said)
                    self.assertEqual(len(self.calls("C_Login")), logins)
                    self.untouched()
                    self.ends(self.module_processes())

    def test_batch_goes_on_to_tell_each_file(self):
        for i in range(4):
            shutil.copy(self.path("in.pdf"), self.path(f"{i}.pdf"))
        os.mkdir(self.path("out"))
        self.faults("crash C_Sign")
        run = self.faulty("--output-dir", "out", "--json", *[f"{i}.pdf" for i in range(4)])
        self.assertEqual(run.code, 77, run)
        self.assertEqual([o["error"]["exit"] for o in run.objects], [77] * 4)
        self.assertEqual(os.listdir(self.path("out")), [])
        self.assertEqual(len(self.calls("C_Login")), 1)

    def test_no_isolate(self):
        run = self.faulty("--no-isolate", "in.pdf", "out.pdf")
        self.assertEqual(run.code, 0, run)
        self.is_sealed("out.pdf")

    def test_worker_is_not_for_people(self):
        run = subprocess.run([WORKER], capture_output=True, stdin=subprocess.DEVNULL)
        self.assertEqual(run.returncode, 64)
        self.assertIn(b"not by hand", run.stderr)

    def test_sessions_sign_side_by_side(self):
        names = [f"{i}.pdf" for i in range(8)]
        for name in names:
            shutil.copy(self.path("in.pdf"), self.path(name))
        os.mkdir(self.path("out"))
        self.faults("delay C_Sign 500")
        start = time.monotonic()
        run = self.faulty("--sessions", "4", "--output-dir", "out", *names)
        self.assertEqual(run.code, 0, run)
        self.assertLess(time.monotonic() - start, 4)  # what eight take one after the other
        self.assertEqual(len(self.calls("C_Login")), 1)
        for name in names:
            self.is_sealed(os.path.join("out", name.replace(".pdf", "-signed.pdf")), name)

    def worker(self, life):
        """The process for modules alone; `life`: the other end of its socket."""
        pins = os.memfd_create("pins", 0)
        os.ftruncate(pins, 8192)

        def hand_over():
            os.dup2(fcntl.fcntl(life.fileno(), fcntl.F_DUPFD, 10), 3)
            os.dup2(fcntl.fcntl(pins, fcntl.F_DUPFD, 10), 4)

        process = subprocess.Popen([WORKER], env=self.env, preexec_fn=hand_over, close_fds=False)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        os.close(pins)
        life.close()
        return process

    def test_no_call_is_made_after_the_end(self):
        """A request that comes while modules are finalized is dropped."""
        with open(os.path.join(harness.SOURCE, "src", "token", "wire.h"), encoding="utf-8") as wire:
            greeting = int(re.search(r"WIRE_GREETING (0x[0-9a-f]+)", wire.read())[1], 16)
        kind = socket.AF_UNIX, socket.SOCK_SEQPACKET
        ours, theirs = socket.socketpair(*kind)
        process = self.worker(theirs)
        channel, other = socket.socketpair(*kind)
        self.addCleanup(channel.close)
        channel.settimeout(10)
        socket.send_fds(ours, [b"\0"], [other.fileno()])
        other.close()
        op_open, op_info = 0, 2
        channel.send(message(op_open, 0, greeting, harness.FAULT.encode(), b"", 0, 0))
        self.assertEqual(channel.recv(1 << 18)[:8], message(0))
        channel.send(message(op_info, 0))
        self.assertEqual(channel.recv(1 << 18)[:8], message(0))
        made = len(self.calls("C_GetInfo"))
        self.faults("delay C_Finalize 800")
        ours.close()
        time.sleep(0.4)
        try:
            channel.send(message(op_info, 0))
            answer = channel.recv(1 << 18)
        except ConnectionError:
            answer = b""
        self.assertEqual(answer, b"")
        self.assertEqual(process.wait(5), 0)
        self.assertEqual(self.calls("C_Finalize"), ["CKR_OK"])
        self.assertEqual(len(self.calls("C_GetInfo")), made)

    def copies(self, n):
        names = [f"{i}.pdf" for i in range(n)]
        for name in names:
            shutil.copy(self.path("in.pdf"), self.path(name))
        os.mkdir(self.path("out"))
        return names

    def test_sessions_where_few_files_may_be_open(self):
        names = self.copies(12)
        self.faults("delay C_Sign 100")
        for limit in (32, 48):
            with self.subTest(limit):
                run = self.faulty(
                    *("--sessions", "8", "--force", "--output-dir", "out", *names),
                    preexec_fn=lambda n=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)),
                )
                self.assertEqual((run.code, run.err), (0, ""), run)

    def test_pin_is_nowhere_after_its_use(self):
        """Neither in the memory of both processes nor in what others may see of them."""
        if os.geteuid() != 0 or "detect_leaks" in os.environ.get("ASAN_OPTIONS", ""):
            self.skipTest("reading the memory of another process needs root, and no sanitizer's memory")
        names = self.copies(6)
        secret = b"Zq7x" + b"kEw93"  # whole in no script
        self.write("new", secret + b"\n", 0o600)
        args = ["--module", harness.FAULT, "--key", "pkcs11:token=seal", "--pin-file", "pin", "--new-pin-file", "new"]
        self.succeeds(self.pades("token", "pin-change", *args))
        self.start_afresh()
        self.faults("delay C_Sign 400")
        command = [harness.PADES, "sign", *self.token_args(pin=None, module=harness.FAULT), "--pin-env", "SECRET"]
        surroundings = self.env | {"SECRET": secret.decode()}
        process = subprocess.Popen([*command, "--output-dir", "out", *names], cwd=self.dir, env=surroundings,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        self.wait_for_call("C_Sign")
        self.faults("hang C_Sign")
        for pid in self.module_processes() | {process.pid}:
            memory = memory_of(pid)
            if memory is None:
                self.faults()
                process.communicate(timeout=60)
                self.skipTest("the memory of a process that may not be dumped is for root alone")
            self.assertGreater(len(memory), 1 << 20)
            self.assertNotIn(secret, memory)
        self.faults()
        _, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, err), (0, b""))
        self.assertNotIn(secret, self.read("p11.log"))

    def test_wait_for_a_token(self):
        self.faults("absent")
        threading.Timer(1.5, lambda: self.faults("")).start()
        run = self.faulty("--wait", "30", "in.pdf", "out.pdf")
        self.assertEqual(run.code, 0, run)
        self.assertIn("waiting for the token to be put in", run.err)
        self.is_sealed("out.pdf")

    def test_wait_is_over(self):
        self.faults("absent")
        run = self.faulty("--wait", "1", "in.pdf", "out.pdf")
        self.fails(run, 77, "no token is present", ".")
        self.untouched()


class BesideABadOne(harness.Placed):
    """Two modules that p11-kit is configured for, one of which breaks: the other one signs."""

    def setUp(self):
        super().setUp()
        self.configured("faulty", f"module: {harness.FAULT}", "priority: 9")
        self.configured("softhsm", f"module: {harness.SOFTHSM}")
        self.settle()

    def test_the_other_one_signs(self):
        for fault in ("crash C_Initialize", "crash C_GetSlotList", "crash C_GetTokenInfo", "crash C_FindObjectsInit",
                      "crash C_GetAttributeValue", "hang C_Initialize", "hang C_FindObjects"):
            with self.subTest(fault):
                self.faults(fault)
                args = ["--timeout", "2", "--key", self.key, "--pin-file", "pin", "--force"]
                run = self.pades("sign", *args, "in.pdf", "out.pdf")
                self.assertEqual(run.code, 0, run)
                self.is_sealed("out.pdf")
                self.assertEqual(self.calls("C_Login"), [])


if __name__ == "__main__":
    harness.main()
