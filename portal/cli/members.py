"""`portal members …`: people in from a sheet, people out into one."""

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import TextIO

import click
from flask.cli import with_appcontext
from rich.progress import Progress
from sqlalchemy import select

from portal.extensions import db, only_reading
from portal.models import Community, Segment
from portal.services.exchange import member_exports, member_imports, member_rows
from portal.services.exchange.member_imports import Import, Report
from portal.tools import tabular
from portal.tools.screen import screen

_AT_ONCE = 500


@click.group("members")
def members() -> None:
    """People in from a sheet, people out into one."""


@members.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--community", "slug", required=True, help="Slug of the community they go into.")
@click.option("--source", required=True, help="Where these people come from, in words they would recognise.")
@click.option("--basis", required=True, help='Why you may keep them: "consent", or another lawful basis in words.')
@click.option("--mapping", type=click.Path(path_type=Path), help='JSON that names columns: {"email": "Heading"}.')
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--errors", type=click.Path(path_type=Path), help="Write the rows that were not taken here, as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@with_appcontext
def import_(
    file: Path,
    slug: str,
    source: str,
    basis: str,
    mapping: Path | None,
    dry_run: bool,
    errors: Path | None,
    as_json: bool,
) -> None:
    """Import members from a CSV file with columns such as name, email and interests."""
    work, sheet = _prepare(file, slug, source=source, basis=basis, mapping=mapping)
    with _to(errors) if errors else nullcontext() as refused:
        _take_all(work, sheet.rows, dry_run=dry_run)
        if refused:
            tabular.write(_error_rows(work.report), refused)
    if not work.report.rows:
        raise click.ClickException("The file names columns but holds no people.")
    click.echo(json.dumps(work.report.as_dict()) if as_json else _told(work.report, dry_run=dry_run))
    _tell_refused(work.report, errors)
    if work.report.refused:
        raise SystemExit(1)


@members.command("export")
@click.option(
    "--segment", "segment_id", type=click.IntRange(1, 2**63 - 1), help="Id of a segment; everybody without it."
)
@click.option("--format", "form", type=click.Choice(["csv"]), default="csv", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="File to write; the screen without it.")
@with_appcontext
def export(segment_id: int | None, form: str, out: Path | None) -> None:
    """Export members as CSV; cells that a spreadsheet would run are defused."""
    only_reading.set(True)
    segment = db.session.get(Segment, segment_id) if segment_id is not None else None
    if segment_id is not None and segment is None:
        raise click.ClickException(f"There is no segment {segment_id}. The desk shows each segment's number.")
    with _to(out) as file:
        count = tabular.write(member_exports.rows(segment), file) - 1
    screen.print(f"{count} members exported")


def _prepare(file: Path, slug: str, *, source: str, basis: str, mapping: Path | None) -> tuple[Import, tabular.Sheet]:
    community = db.session.scalars(select(Community).where(Community.slug == slug)).one_or_none()
    if community is None:
        known = ", ".join(db.session.scalars(select(Community.slug).order_by(Community.slug))) or "none yet"
        raise click.ClickException(f"There is no community {slug}. There are: {known}")
    try:
        sheet = tabular.read(file)
        columns = member_rows.columns_of(sheet.headings, _mapping(mapping))
        work = Import(community=community, source=source, basis=basis, columns=columns)
    except (tabular.BadSheet, member_rows.BadMapping) as error:
        raise click.ClickException(str(error)) from error
    except member_imports.NoReason as error:
        raise click.ClickException(
            "--source and --basis must say something, "
            f"the source in at most {member_imports.LONGEST_SOURCE} characters."
        ) from error
    except member_rows.NoAddressColumn as error:
        raise click.ClickException(
            f"No column holds email addresses. The columns are: {error}. "
            'Name one "email", or say which it is with --mapping.'
        ) from error
    if sheet.guess:
        shown = f", for instance “{sheet.sample}”" if sheet.sample else ""
        screen.print(
            f"The sheet is not UTF-8; read as {sheet.guess}{shown}. If names look wrong, save it as UTF-8.",
            markup=False,
        )
    return work, sheet


def _mapping(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        mapping = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path} is not a JSON file that can be read.") from error
    if not isinstance(mapping, dict) or not all(isinstance(v, str) for v in mapping.values()):
        raise click.ClickException(f'{path} must look like {{"email": "Heading", "name": "Heading"}}.')
    return mapping


def _take_all(work: Import, rows: Iterator[tabular.Row], *, dry_run: bool) -> None:
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as progress:
        bar = progress.add_task("Reading rows", total=None)
        while batch := list(islice(rows, _AT_ONCE)):
            member_imports.take(work, batch)
            db.session.rollback() if dry_run else db.session.commit()
            progress.advance(bar, len(batch))


def _told(report: Report, *, dry_run: bool) -> str:
    would = "would be " if dry_run else ""
    return (
        f"{report.added} {would}added, {report.changed} {would}changed, {report.unchanged} unchanged, "
        f"{report.left_before} left before and stay out, {len(report.refused)} not taken. "
        f"{report.mailable} can be mailed."
    )


def _tell_refused(report: Report, errors: Path | None) -> None:
    for line, typed, why in report.refused[:10]:
        screen.print(f"line {line}: {typed}: {why}", markup=False)
    if len(report.refused) > 10:
        where = f"all of them are in {errors}" if errors else "write them all to a file with --errors FILE"
        screen.print(f"… and {len(report.refused) - 10} more; {where}", markup=False)


def _error_rows(report: Report) -> Iterator[list[str]]:
    yield ["line", "email", "why"]
    for line, typed, why in report.refused:
        yield [str(line), typed, why]


def _to(out: Path | None) -> AbstractContextManager[TextIO]:
    if out is None:
        return nullcontext(sys.stdout)
    try:
        return out.open("w", newline="", encoding="utf-8-sig")
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written ({error.strerror}).") from error
