"""The way between a virtual card and its reader, with faults on it.

It speaks the protocol of vsmartcard's reader driver for pcscd (Debian: vsmartcard-vpcd); ifdvpinpad.c speaks it too.
Commands, as methods and as lines of a text on a Unix socket (one a connection, one line of answer):

    status | insert | eject | clear (forget delay, fail, drop and hang) | log (the last APDUs, as INS P1 P2:SW)
    delay MS [INS]       wait before answering; INS in hex: 20 VERIFY, 2a signature, 87 PIV signature; else every one
    fail SW N [INS]      the next N commands have the status word SW
    drop N [INS]         the card is pulled instead of answering the Nth command
    hang [INS]           no answer, until "clear"
    pin NAME TRIES       set what is left of a counter
"""

import os
import socket
import struct
import sys
import threading
import time


def hex_or_all(words, at):
    return int(words[at], 16) if len(words) > at else None


class Pulled(Exception):
    pass


class Link(threading.Thread):
    """A card in a reader: connects to the driver, again and again while it is inserted."""

    def __init__(self, card, port, inserted=True):
        super().__init__(daemon=True)
        self.card, self.port = card, port
        self.socket, self.log, self.stopped = None, [], False
        self.pull_after = None  # a question (INS, status word) after each answer: is the card pulled now?
        self.inserted = threading.Event()
        self.clear()
        if inserted:
            self.inserted.set()

    # -- faults

    def clear(self):
        self.delayed, self.failing, self.dropping, self.hanging = (0, None), [0, 0, None], [0, None], None

    def delay(self, milliseconds, ins=None):
        self.delayed = (milliseconds, ins)

    def fail(self, status, count, ins=None):
        self.failing = [status, count, ins]

    def drop(self, count, ins=None):
        self.dropping = [count, ins]

    def hang(self, ins=None):
        self.hanging = (ins,)

    def insert(self):
        self.inserted.set()

    def eject(self):
        self.inserted.clear()
        open_socket, self.socket = self.socket, None
        if open_socket:
            try:
                open_socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            open_socket.close()

    def stop(self):
        self.stopped = True
        self.clear()
        self.eject()
        self.join(5)

    # -- the connection

    def receive(self, n):
        data = b""
        while len(data) < n:
            # Length and data come in two segments: without quick acknowledgements each APDU takes 40 ms.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            part = self.socket.recv(n - len(data))
            if not part:
                raise ConnectionError("the reader closed")
            data += part
        return data

    def send(self, data):
        self.socket.sendall(struct.pack(">H", len(data)) + data)

    def suffer(self, ins):
        """The faults before an answer; a status word that takes its place, or None."""

        def hit(wanted):
            return wanted is None or wanted == ins

        while self.hanging and hit(self.hanging[0]) and not self.stopped:
            time.sleep(0.02)
        if self.stopped:
            raise Pulled
        if self.dropping[0] and hit(self.dropping[1]):
            self.dropping[0] -= 1
            if self.dropping[0] == 0:
                self.eject()
                raise Pulled
        if self.delayed[0] and hit(self.delayed[1]):
            time.sleep(self.delayed[0] / 1000)
        if self.failing[1] and hit(self.failing[2]):
            self.failing[1] -= 1
            return struct.pack(">H", self.failing[0])
        return None

    def answer(self, apdu):
        told = self.suffer(apdu[1])
        if told is None:
            try:
                told = self.card.apdu(apdu)
            except Exception as e:  # a bug of the virtual card looks like a fault of a real one
                print(f"vcard: {apdu.hex()}: {e!r}", file=sys.stderr, flush=True)
                told = b"\x6f\x00"
        self.log = self.log[-199:] + [f"{apdu[1]:02x}{apdu[2]:02x}{apdu[3]:02x}:{told[-2:].hex()}"]
        return told

    def serve(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), 1)
        self.socket.settimeout(None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.card.reset()
        while True:
            message = self.receive(struct.unpack(">H", self.receive(2))[0])
            if len(message) > 1:
                told = self.answer(message)
                self.send(told)
                if self.pull_after and self.pull_after(message[1], int.from_bytes(told[-2:], "big")):
                    self.eject()
                    raise Pulled
            elif message[0] in (0, 2):  # power off, reset; 1 is power on
                self.card.reset()
            elif message[0] == 4:
                self.send(self.card.atr)

    def run(self):
        while not self.stopped:
            if not self.inserted.wait(0.05):
                continue
            try:
                self.serve()
            except (OSError, AttributeError, Pulled):
                if self.inserted.is_set():
                    time.sleep(0.05)

    # -- commands from outside

    def status(self):
        pins = " ".join(f"{name}={pin['tries']}/{pin['max']}" for name, pin in self.card.pins.items())
        return ("in " if self.inserted.is_set() else "out ") + pins

    def command(self, line):
        words = line.split() or [""]
        if words[0] in ("insert", "eject", "clear"):
            getattr(self, words[0])()
        elif words[0] in ("delay", "drop"):
            getattr(self, words[0])(int(words[1]), hex_or_all(words, 2))
        elif words[0] == "fail":
            self.fail(int(words[1], 16), int(words[2]), hex_or_all(words, 3))
        elif words[0] == "hang":
            self.hang(hex_or_all(words, 1))
        elif words[0] == "pin":
            self.card.pins[words[1]]["tries"] = int(words[2])
            self.card.save()
        elif words[0] == "log":
            return " ".join(self.log)
        elif words[0] != "status":
            return "unknown: " + line
        return self.status()


def listen(link, path):
    """Takes commands for link on a Unix socket, in a thread."""

    def serve():
        while True:
            connection, _ = server.accept()
            with connection:
                try:
                    told = link.command(connection.recv(4000).decode())
                except (IndexError, KeyError, ValueError) as e:
                    told = f"bad command: {e!r}"
                connection.sendall(told.encode())

    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    os.chmod(path, 0o600)
    server.listen(4)
    threading.Thread(target=serve, daemon=True).start()


def ask(path, *words):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(" ".join(words).encode())
        return s.recv(100000).decode()
