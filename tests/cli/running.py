"""Running commands as a shell does: exit status, what went to the screen, what can be piped on."""

from dataclasses import dataclass
from typing import Any

from flask import Flask

from portal.extensions import db


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    status: int
    out: str
    told: str


def run(app: Flask, *words: Any) -> Ran:
    """Run `portal …` in this process; what a command forgot to commit is lost, as it would be."""
    result = app.test_cli_runner(catch_exceptions=False).invoke(args=[str(word) for word in words])
    db.session.rollback()
    db.session.expire_all()
    return Ran(result.exit_code, result.stdout, result.stderr)
