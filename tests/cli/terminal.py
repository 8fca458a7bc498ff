"""A program on a terminal of its own: started, read, answered, ended."""

import os
import pty
import re
import select
import signal
import time

import harness


class OnTerminal(harness.Case):
    surroundings = {"TERM": "xterm"}

    def on_terminal(self, command, shell=None):
        """(process, master side) of the command; `shell`: a script that gets it as "$0" "$@"."""
        pid, master = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            if shell:
                command = ["/bin/bash", "-mc", shell, *command]
            os.execve(command[0], command, {**self.env, **self.surroundings})
        self.addCleanup(os.close, master)
        self.addCleanup(self.put_down, pid)
        return pid, master

    def put_down(self, pid):
        """When the test failed half-way: nothing stays behind."""
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass

    def read_until(self, master, pattern, seconds=20):
        """What is seen until the regular expression matches, the end or the time is over."""
        seen, end = b"", time.time() + seconds
        while not re.search(pattern, seen) and time.time() < end:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    chunk = os.read(master, 4096)
                except OSError:
                    break
                if not chunk:
                    break
                seen += chunk
        return seen

    def end(self, pid, master):
        """(exit code, what was seen)."""
        seen = self.read_until(master, b"\\0never\\0")
        for _ in range(500):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
            time.sleep(0.01)
        else:
            self.fail(f"it does not end: {seen}")
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen
