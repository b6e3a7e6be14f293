"""`portal newsletter …`: write from a file, send, and see where everyone stands."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from portal import clock
from portal.extensions import db, only_reading, queue
from portal.models import Community, Newsletter, Segment
from portal.services.insight import refusals as returned
from portal.services.newsletters import imports, writing
from portal.services.sending import accounts, not_sent, schedule
from portal.services.sending import errors as refusals
from portal.tools import tabular
from portal.tools.screen import screen

_WHY = {
    refusals.NoPostalAddress: "No postal address is configured. Set PORTAL_POSTAL_ADDRESS first.",
    refusals.NothingToSend: "The newsletter has no title or no words yet.",
    refusals.AlreadySending: "This newsletter is being sent or was sent. Each goes out once.",
    refusals.TooEarly: "That moment has passed. Choose a later one, or leave --at out to send now.",
}


@click.group("newsletter")
def newsletter() -> None:
    """Write from a file, send, and see where everyone stands."""


@newsletter.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--community", "slug", required=True, help="Slug of the community it is written for.")
@with_appcontext
def import_(file: Path, slug: str) -> None:
    """Make a draft from a Markdown file and print its id."""
    community = db.session.scalars(select(Community).where(Community.slug == slug)).one_or_none()
    if community is None:
        raise click.ClickException(f"There is no community {slug}.")
    try:
        draft = imports.import_markdown(file.read_text(encoding="utf-8-sig"), filename=file.name, community=community)
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not UTF-8 text. Save it as UTF-8 and try again.") from error
    except writing.BadWords as error:
        why = error.why.replace("_", " ")
        raise click.ClickException(f"{file} cannot be imported: {error.field} is {why}.") from error
    db.session.commit()
    screen.print(f"Draft “{draft.title}” for {community.name}", markup=False)
    click.echo(draft.id)


@newsletter.command("send")
@click.argument("newsletter_id", type=int)
@click.option(
    "--segment", "segment_id", type=click.IntRange(1, 2**63 - 1), help="Id of a segment that narrows the community."
)
@click.option("--at", "at", help="When, ISO 8601: 2026-12-01T09:00+01:00. Now without it.")
@with_appcontext
def send(newsletter_id: int, segment_id: int | None, at: str | None) -> None:
    """Schedule a newsletter; the worker sends it."""
    edition = _get(newsletter_id)
    if segment_id is not None:
        edition.segment = db.session.get(Segment, segment_id)
        if edition.segment is None:
            raise click.ClickException(f"There is no segment {segment_id}.")
    try:
        schedule.schedule(edition, at=_moment(at) if at else clock.now())
    except refusals.SendingRefused as error:
        raise click.ClickException(_WHY.get(type(error), "This newsletter cannot be sent now.")) from error
    db.session.commit()
    queue.wake("address")
    screen.print(f"“{edition.title}” goes out {'at ' + at if at else 'now'}", markup=False)


@newsletter.command("account")
@click.argument("newsletter_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--people", type=click.Path(path_type=Path), help="Write who did not get it here, as CSV.")
@with_appcontext
def account(newsletter_id: int, as_json: bool, people: Path | None) -> None:
    """Print where everyone planned stands."""
    only_reading.set(True)
    edition = _get(newsletter_id)
    counted = {**accounts.account(edition).as_dict(), "came_back": returned.came_back(edition)}
    if people:
        _write_not_sent(edition, people)
    if as_json:
        click.echo(json.dumps(counted))
        return
    excluded = counted.pop("excluded")
    for name, value in {**counted, **{f"excluded: {why}": n for why, n in sorted(excluded.items())}}.items():
        click.echo(f"{name.replace('_', ' '):24} {value}")


def _write_not_sent(edition: Newsletter, path: Path) -> None:
    try:
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            count = tabular.write(not_sent.rows(edition), file) - 1
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written ({error.strerror}).") from error
    screen.print(f"{count} people did not get it; they are in {path}", markup=False)


def _get(newsletter_id: int) -> Newsletter:
    found = db.session.get(Newsletter, newsletter_id) if 0 < newsletter_id < 2**63 else None
    if found is None:
        raise click.ClickException(f"There is no newsletter {newsletter_id}.")
    return found


def _moment(typed: str) -> datetime:
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError as error:
        raise click.ClickException("--at must look like 2026-12-01T09:00+01:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
