"""`portal inbound`: one mail on stdin, as a mail server's pipe gives it."""

import os
import sys

import click
from flask.cli import with_appcontext

from portal.extensions import db, queue
from portal.services.sending.inbound import keeping

COME_BACK, _NEVER = 75, 65
"""Exit statuses that mail servers know (sysexits.h): keep the mail and try again; give it back."""


@click.command("inbound")
@click.option("--to", "recipient", help="Where it came to; else ORIGINAL_RECIPIENT or RECIPIENT, else its headers.")
@click.option("--from", "sender", help="The envelope sender; else SENDER.")
@with_appcontext
def inbound_command(recipient: str | None, sender: str | None) -> None:
    """Keep one mail from stdin; a worker reads it within seconds."""
    recipient = recipient or os.environ.get("ORIGINAL_RECIPIENT") or os.environ.get("RECIPIENT") or ""
    raw = sys.stdin.buffer.read(keeping.LARGEST + 1)
    if not raw.strip():
        _end(_NEVER, "There is no mail on stdin: pipe one in, as in: portal inbound --to ADDRESS < FILE.eml")
    try:
        row = keeping.keep("pipe", raw, sender=sender or os.environ.get("SENDER", ""), recipient=recipient)
        db.session.commit()
    except keeping.TooLarge:
        _end(_NEVER, f"The mail has more than {keeping.LARGEST // 1024 // 1024} MB, so it is not taken.")
    except Exception as error:
        _end(COME_BACK, f"The mail could not be kept ({error}); give it to us again later.")
    queue.wake("hear")
    click.echo(f"Kept as {row.id}.", err=True)


def _end(status: int, words: str) -> None:
    click.echo(words, err=True)
    sys.exit(status)
