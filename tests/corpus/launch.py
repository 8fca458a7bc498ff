"""launch.py: runs programs for the corpus runner and measures each: one JSON request a line on standard
input, {"argv": [...], "seconds": N, "out": FILE, "err": FILE}, one JSON answer a line, {"code": N or "late",
"seconds": N, "peak": KiB}. A small process of its own, because a child begins with the peak memory of
who started it.
"""
import json
import os
import subprocess
import sys
import threading
import time

for line in sys.stdin:
    job = json.loads(line)
    begin = time.monotonic()
    with open(job["out"], "wb") as out, open(job["err"], "wb") as err, \
            subprocess.Popen(job["argv"], stdin=subprocess.DEVNULL, stdout=out, stderr=err) as process:
        timer = threading.Timer(job["seconds"], process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        late = not timer.is_alive()
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    print(json.dumps({"code": "late" if late else process.returncode, "peak": usage.ru_maxrss,
                      "seconds": round(time.monotonic() - begin, 3)}), flush=True)
