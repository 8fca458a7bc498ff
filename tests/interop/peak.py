"""peak.py SECONDS COMMAND...: runs it, its stderr going where ours goes, and prints its exit code and its
peak memory in KiB. A process of its own because a child begins with the peak of who started it.
"""
import os
import subprocess
import sys
import threading

with subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL) as process:
    timer = threading.Timer(float(sys.argv[1]), process.kill)
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    in_time = timer.is_alive()
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
print(process.returncode if in_time else "late", usage.ru_maxrss)
