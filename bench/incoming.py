"""Broken and hostile mails in numbers: reading one never fails, takes little time, and leaves no memory behind.

`python -m bench.incoming --messages 20000 --seed 1`. Mails are made by mutating real forms, or of parts without sense.
"""

import argparse
import json
import random
import resource
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench import record
from portal.tools.mail import incoming

SLOWEST = 2.0
"""Seconds that one mail may take."""
GROWTH = 200.0
"""Megabytes by which the process may grow over all of them."""

_REPORT = (
    b"From: MAILER-DAEMON@mx.example.net\r\nReturn-Path: <>\r\nSubject: Undelivered Mail Returned to Sender\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n<a@example.org>: 550 5.1.1 User unknown\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
    b"Final-Recipient: rfc822; a@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    b"Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <delivery.1.1@example.org>\r\n\r\nHi\r\n--b--\r\n"
)
_COMPLAINT = _REPORT.replace(b"delivery-status", b"feedback-report").replace(
    b"Reporting-MTA", b"Feedback-Type: abuse\r\nX"
)
_REPLY = (
    b"From: =?utf-8?q?Zo=C3=AB?= <z@example.org>\r\nSubject: Re: News\r\n"
    b"Content-Type: text/html; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<p>Gr=FC=DFe</p><blockquote>On Monday you wrote:<br>Hi</blockquote>"
)
_NOTICE = (
    b"From: a@b.example\r\n\r\n"
    b'{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"a@b.example"}]}}'
)
_FORMS = (_REPORT, _COMPLAINT, _REPLY, _NOTICE)
_TOKENS = (
    b"\r\n", b"\r\n\r\n", b"--b", b"--b--", b"\0", b"\xff\xfe", b"=?", b"?=", b"<", b">", b"@", b";",
    b"(", b'"', b"\x1b$B",
    b"Content-Type: message/rfc822\r\n\r\n", b"Content-Transfer-Encoding: base64\r\n", b"charset=utf-7",
    b"Status: 9.99.999",
    b"Final-Recipient: rfc822; x@y.example\r\n", b"5.1.1", b"Date: Thu, 99 Foo 99999 99:99:99 +9999\r\n",
    "不在".encode(), "إلغاء".encode(), b"user " * 40, b"a" * 2000, b"- " * 500, b"> " * 300, b"<div " * 200,
)  # fmt: skip


def main() -> None:
    """Read them all, print the figures, keep them; exit 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--out", type=Path, help="bench/results/<name>.json")
    asked = parser.parse_args()
    figures = read_all(asked.messages, asked.seed)
    print(json.dumps(figures, indent=2))
    if asked.out:
        print(record.write(str(asked.out.resolve().with_suffix("")), figures, seed=asked.seed))
    raise SystemExit(1 if figures["broken"] else 0)


def read_all(messages: int, seed: int) -> dict[str, Any]:
    """Return what became of that many mails: their kinds, failures, the slowest, and the growth in megabytes."""
    dice, kinds, failures, slowest, bytes_read = random.Random(seed), Counter[str](), 0, 0.0, 0
    incoming.read(_REPORT)
    before = _peak()
    for number in range(messages):
        raw = _bomb(dice, number) if number % 50 == 0 else _mutated(dice)
        bytes_read += len(raw)
        begun = time.perf_counter()
        try:
            reading = incoming.read(raw)
            kinds.update(found.kind for found in reading.findings)
            failures += not reading.findings or not {f.kind for f in reading.findings} <= {*incoming.KINDS}
        except Exception:
            failures += 1
        slowest = max(slowest, time.perf_counter() - begun)
    growth = _peak() - before
    bounds = {"failures": failures > 0, "slowest": slowest > SLOWEST, "growth": growth > GROWTH}
    return {
        "messages": messages,
        "megabytes": round(bytes_read / 1e6, 1),
        "failures": failures,
        "kinds": dict(kinds.most_common()),
        "slowest_seconds": round(slowest, 3),
        "grown_megabytes": round(growth, 1),
        "broken": [name for name, broken in bounds.items() if broken],
    }


def _mutated(dice: random.Random) -> bytes:
    """Return one of the forms with pieces cut out, doubled, or put in where they do not belong."""
    raw = dice.choice(_FORMS)
    for _ in range(dice.randrange(1, 12)):
        start = dice.randrange(len(raw) + 1)
        end = min(len(raw), start + dice.randrange(80))
        piece = dice.choice((b"", raw[start:end] * 2, dice.choice(_TOKENS), dice.randbytes(dice.randrange(20))))
        raw = raw[:start] + piece + raw[end:]
    return raw


def _bomb(dice: random.Random, number: int) -> bytes:
    """Return something large or deep."""
    size = dice.randrange(1000, 60_000)
    bombs = (
        b"Content-Type: message/rfc822\r\n\r\n" * (size // 40),
        b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(size // 60)),
        _REPORT.replace(b"--b--", b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * (size // 40)),
        _REPORT.replace(
            b"Final-Recipient", b"Final-Recipient: rfc822; a@example.org\r\n\r\nFinal-Recipient" * (size // 50)
        ),
        b"From: a@example.org\r\n" + b"X-Long: " + b"a " * size * 5 + b"\r\n\r\nHi",
        b"From: MAILER-DAEMON@example.org\r\n\r\n" + b"user " * size * 2 + b"a@example.org unknown",
        b"From: a@example.org\r\n\r\n" + b"On Monday " * size + b"wrote:",
        b"From: MAILER-DAEMON@example.org\r\n\r\n" + b"a@b.example " * (size // 2),
        b"From: a@example.org\r\nContent-Type: text/html\r\n\r\n" + b"<div class='" * (size // 2),
        b"From: a@example.org\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QUJD=" * size * 4,
    )
    return bombs[number // 50 % len(bombs)]


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
