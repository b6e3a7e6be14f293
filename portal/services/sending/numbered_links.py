"""A newsletter's web links under numbers: written once, the same for every worker, before a measured mail leaves."""

import logging
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from portal.extensions import db
from portal.models import Newsletter, NewsletterLink
from portal.tools.rendering import markdown, measuring

log = logging.getLogger(__name__)


def write(newsletter: Newsletter) -> None:
    """Number the links of its body; numbers that stand are never changed. Commit before a mail with them leaves.

    Of several workers that write at once each finds the same links, and the first to commit is kept.
    """
    rows = [
        {"newsletter_id": newsletter.id, "number": number, "url": url}
        for number, url in enumerate(_targets(newsletter))
    ]
    if rows:
        insert: Any = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
        db.session.execute(insert(NewsletterLink).on_conflict_do_nothing(), rows)


def read(newsletter_id: int) -> dict[str, int]:
    """Return the number of each link that has one."""
    rows = select(NewsletterLink.url, NewsletterLink.number).where(NewsletterLink.newsletter_id == newsletter_id)
    return dict(db.session.execute(rows).all())


def find_url(newsletter_id: int, number: int) -> str | None:
    """Return where a numbered link leads, or None where the newsletter has no such number."""
    row = select(NewsletterLink.url)
    row = row.where(NewsletterLink.newsletter_id == newsletter_id, NewsletterLink.number == number)
    return db.session.scalar(row)


def _targets(newsletter: Newsletter) -> list[str]:
    try:
        return measuring.targets(markdown.render(newsletter.body).html)
    except Exception:
        log.exception("The links of newsletter %s cannot be read.", newsletter.id)
        return []  # Making the mail meets the same trouble and holds the newsletter with the reason.
