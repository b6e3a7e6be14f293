"""Members for tests: browsers that are signed in already, and all that is kept, to see what an act changed."""

from typing import Any

from sqlalchemy import select

from portal.extensions import db
from portal.models import Member
from portal.services.people import sessions
from tests.pages import Browser


def signed_in(browser: Browser, member: Member) -> None:
    """Sign the browser in as this member; commits."""
    secret = sessions.open_for(member)
    db.session.commit()
    browser.client.set_cookie("member", secret)


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    db.session.rollback()
    tables = {table.name: select(table).order_by(*table.primary_key) for table in db.metadata.sorted_tables}
    return {name: [tuple(row) for row in db.session.execute(rows)] for name, rows in tables.items()}
