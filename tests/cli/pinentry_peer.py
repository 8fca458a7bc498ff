#!/usr/bin/python3
"""The other side of the Assuan protocol, as the tests want it: what is answered to which command stands in
the JSON file $PEER_SCRIPT, what was heard goes to $PEER_LOG. An answer is a list of lines; "!exit", "!hang",
"!flood" and "!raw TEXT" (no line's end) do as they say.
"""
import json
import os
import sys
import time


def do(line, out):
    if line == "!exit":
        sys.exit(0)
    if line == "!hang":
        time.sleep(120)
    if line == "!flood":
        while True:
            out.write(b"# and on\n")
    out.write(line[5:].encode() if line.startswith("!raw ") else line.encode() + b"\n")
    out.flush()


def main():
    # before anything is opened: what was inherited (the listing's own descriptor closed again)
    inherited = [int(fd) for fd in os.listdir("/proc/self/fd")]
    inherited = sorted(fd for fd in inherited if os.path.exists(f"/proc/self/fd/{fd}"))
    script = {}
    if "PEER_SCRIPT" in os.environ:
        with open(os.environ["PEER_SCRIPT"], encoding="utf-8") as f:
            script = json.load(f)
    with open(os.environ["PEER_LOG"], "ab", buffering=0) as log:
        log.write(f"# fds {inherited} home {os.environ.get('HOME')} pid {os.getpid()}\n".encode())
        for line in script.get("greeting", ["OK at your service"]):
            do(line, sys.stdout.buffer)
        for line in sys.stdin.buffer:
            log.write(line)
            word = line.split()[0].decode()
            for answer in script.get(word, ["D 1234", "OK"] if word == "GETPIN" else ["OK"]):
                do(answer, sys.stdout.buffer)
            if word == "BYE":
                break


main()
