"""Sheets for tests: taken as the command takes them, batch by batch."""

import io
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from portal.extensions import db
from portal.models import Community
from portal.services.exchange import member_imports, member_rows
from portal.services.exchange.member_imports import Import, Report
from portal.tools import tabular

HEADINGS = ["name", "email", "interests", "frequency", "consent_mail", "consented_at"]


def sheet(folder: Path, *rows: Sequence[str], headings: Sequence[str] = HEADINGS) -> Path:
    """A CSV file with these rows."""
    text = io.StringIO()
    tabular.write([headings, *rows], text)
    path = folder / "people.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def take(
    path: Path, at: Community, *, basis: str = "consent", mapping: dict[str, str] | None = None, at_once: int = 50
) -> Report:
    """Import a file into a community."""
    found = tabular.read(path)
    columns = member_rows.columns_of(found.headings, mapping)
    work = Import(community=at, source="Career fair in Rotterdam", basis=basis, columns=columns)
    while batch := list(islice(found.rows, at_once)):
        member_imports.take(work, batch)
    db.session.expire_all()
    return work.report
