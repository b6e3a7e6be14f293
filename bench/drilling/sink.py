"""A mail server for drills: every mail it takes is in its ledger before it says so, and by seed it misbehaves.

A ledger line is `what, seconds, slot, recipient, Message-ID`; each worker has a port, and so a slot, of its own. What
was written survives a kill -9 of this process. Runs as `python -m bench.drilling.sink --ledger … --ports … …`.
"""

import argparse
import asyncio
import contextlib
import os
import random
import re
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

TAKEN, STALLS = "taken", "stalls"
REFUSED, DEFERRED, DEFERRED_AT_DOT, BUSY = "refused", "deferred", "deferred-at-dot", "busy"
REPLY_DROPPED, DROPPED_BEFORE_DOT = "reply-dropped", "dropped-before-dot"

RATES = {
    REFUSED: 0.01,  # 550 at RCPT, always the same people
    DEFERRED: 0.01,  # 450 at RCPT
    DEFERRED_AT_DOT: 0.003,  # 451 instead of the 250
    BUSY: 0.002,  # 421 at MAIL
    REPLY_DROPPED: 0.002,  # taken, and the line cut before the 250
    DROPPED_BEFORE_DOT: 0.002,  # the line cut in the middle of the text
    STALLS: 0.04,  # taken, and the 250 comes late
}
STALL = (0.08, 0.25)
PACES = (0.0, 0.001, 0.004, 0.015)
"""Seconds before each 250; a connection draws one of these."""
LARGEST = 16_000_000
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_IN_BRACKETS = re.compile(rb"<([^>]*)>")


class Hangup(Exception):
    """The line is cut without a word."""


@dataclass
class Server:
    """What all connections share."""

    ledger: int
    seed: int
    dice: random.Random
    rates: dict[str, float]
    paces: tuple[float, ...] = PACES

    def falls(self, fault: str) -> bool:
        """Roll for a fault."""
        return self.dice.random() < self.rates[fault]

    def knows(self, address: str) -> bool:
        """Say whether there is anybody of this address; the answer is always the same."""
        return zlib.crc32(f"{self.seed} {address}".encode()) % 10_000 >= self.rates[REFUSED] * 10_000

    def write(self, what: str, slot: int, recipient: str, message_id: str = "") -> None:
        """Add a line to the ledger, at once and whole."""
        line = f"{what}\t{time.time():.6f}\t{slot}\t{recipient}\t{message_id}\n"
        os.write(self.ledger, line.encode())


class Connection:
    """One client, in step or pipelining."""

    def __init__(self, server: Server, slot: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server, self._slot, self._reader, self._writer = server, slot, reader, writer
        self._recipient = ""
        self._pace = server.dice.choice(server.paces)

    async def serve(self) -> None:
        """Answer until somebody hangs up."""
        self._say("220 sink.example ESMTP")
        with contextlib.suppress(Hangup, OSError, asyncio.IncompleteReadError):
            while line := await self._reader.readline():
                if not await self._answer(line):
                    break
        self._writer.transport.abort()

    async def _answer(self, line: bytes) -> bool:
        verb = line[:4].upper().strip()
        if verb == b"EHLO":
            self._say("250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8")
        elif verb == b"MAIL":
            if self._server.falls(BUSY):
                self._server.write(BUSY, self._slot, "")
                self._say("421 4.3.2 too many mails")
                await self._writer.drain()
                await asyncio.sleep(0.05)
                return False
            self._recipient = ""
            self._say("250 2.1.0 sender heard")
        elif verb == b"RCPT":
            self._say(self._hear_recipient(line))
        elif verb == b"DATA":
            await self._take() if self._recipient else self._say("503 5.5.1 no recipient")
        elif verb == b"QUIT":
            self._say("221 2.0.0 bye")
            await self._writer.drain()
            return False
        else:
            self._say("250 2.0.0 fine")
        return True

    def _hear_recipient(self, line: bytes) -> str:
        found = _IN_BRACKETS.search(line)
        address = found[1].decode() if found else ""
        if not self._server.knows(address):
            self._server.write(REFUSED, self._slot, address)
            return "550 5.1.1 nobody of this name"
        if self._server.falls(DEFERRED):
            self._server.write(DEFERRED, self._slot, address)
            return "450 4.2.0 mailbox is busy"
        self._recipient = address
        return "250 2.1.5 recipient heard"

    async def _take(self) -> None:
        self._say("354 go on")
        server, slot, recipient = self._server, self._slot, self._recipient
        self._recipient = ""
        if server.falls(DROPPED_BEFORE_DOT):
            await self._reader.readline()
            server.write(DROPPED_BEFORE_DOT, slot, recipient)
            raise Hangup
        text = await self._reader.readuntil(b"\r\n.\r\n")
        if server.falls(DEFERRED_AT_DOT):
            server.write(DEFERRED_AT_DOT, slot, recipient)
            self._say("451 4.3.0 not now")
            return
        found = _MESSAGE_ID.search(text)
        message_id = found[1].decode() if found else ""
        server.write(TAKEN, slot, recipient, message_id)
        if server.falls(REPLY_DROPPED):
            server.write(REPLY_DROPPED, slot, recipient, message_id)
            raise Hangup
        if server.falls(STALLS):
            server.write(STALLS, slot, recipient, message_id)
            await asyncio.sleep(server.dice.uniform(*STALL))
        elif self._pace:
            await asyncio.sleep(self._pace)
        self._say("250 2.0.0 taken")

    def _say(self, reply: str) -> None:
        self._writer.write(reply.encode() + b"\r\n")


async def _run(server: Server, host: str, ports: list[int]) -> None:
    for slot, port in enumerate(ports):
        await asyncio.start_server(_serving(server, slot), host, port, limit=LARGEST, reuse_address=True)
    await asyncio.Event().wait()


def _serving(server: Server, slot: int) -> Callable[..., Awaitable[None]]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Connection(server, slot, reader, writer).serve()

    return serve


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--ports", type=int, nargs="+", required=True)
    parser.add_argument("--pace", type=float, help="seconds before each 250 instead of a pace by dice")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--calm", action="store_true", help="take every mail; only the 250 comes late at times")
    parser.add_argument("--start", type=int, default=0, help="how often it was started before")
    asked = parser.parse_args()
    ledger = os.open(asked.ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    dice = random.Random(f"{asked.seed} {asked.start}")
    rates = RATES if not asked.calm else dict.fromkeys(RATES, 0.0) | {STALLS: RATES[STALLS]}
    paces = PACES if asked.pace is None else (asked.pace,)
    asyncio.run(_run(Server(ledger, asked.seed, dice, rates, paces), asked.host, asked.ports))


if __name__ == "__main__":
    main()
