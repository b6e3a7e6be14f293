"""Writing newsletters: drafts and their words, who they are meant for, and whether the archive shows them."""

import unicodedata
from collections.abc import Sequence

from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import Community, Delivery, Newsletter, NotEditable, Recruiter, Segment
from portal.tools import text
from portal.tools.rendering import markdown

LONGEST = {"title": 200, "summary": 300, "written_by": 200, "slug": 120}
OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class BadWords(ValueError):
    """A field cannot be kept as it is: `field` names it, `why` is `missing`, `too_long` or `unsafe`."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field} is {why}")
        self.field, self.why = field, why


class SlugTaken(Exception):
    """Another newsletter of the community has this address."""


class ChangedMeanwhile(Exception):
    """Somebody saved the newsletter after this page was opened; nothing was overwritten."""


class InUse(Exception):
    """The newsletter has been sent to people or is shown in the archive, so it cannot be thrown away."""


def communities() -> Sequence[Community]:
    """Return the communities one can write for, by name."""
    return db.session.scalars(select(Community).order_by(Community.name)).all()


def draft(
    community: Community,
    *,
    title: str,
    summary: str = "",
    written_by: str = "",
    body: str = "",
    language: str | None = None,
    slug: str = "",
    author: Recruiter | None = None,
) -> Newsletter:
    """Begin a newsletter; its address in the archive comes from `slug` or the title. Raise `BadWords`."""
    now = clock.now()
    words = _checked(title=title, summary=summary, written_by=written_by, body=body)
    newsletter = Newsletter(
        community=community,
        slug=_free_slug(community, slug or words["title"]),
        language=language or community.language,
        author=author,
        created_at=now,
        changed_at=now,
        **words,
    )
    db.session.add(newsletter)
    db.session.flush()
    return newsletter


def write(newsletter: Newsletter, *, seen: str, slug: str = "", **words: str) -> None:
    """Keep new words of a draft; `seen` is the `mark` its page was opened with.

    Raise `ChangedMeanwhile`, `NotEditable`, `BadWords` or `SlugTaken`. An empty slug keeps the address as it is, and a
    newsletter that the archive shows keeps it in any case.
    """
    _lock(newsletter)
    if newsletter.state != "draft":
        raise NotEditable
    if seen != mark(newsletter):
        raise ChangedMeanwhile
    checked = _checked(**words)
    if slug and slug != newsletter.slug and not newsletter.is_published:
        checked["slug"] = _own_slug(newsletter.community, slug)
    newsletter.write(clock.now(), **checked)
    db.session.flush()


def mark(newsletter: Newsletter) -> str:
    """Return what tells two savings of a newsletter apart."""
    return newsletter.changed_at.isoformat(timespec="microseconds")


def address_to(newsletter: Newsletter, segment: Segment | None) -> None:
    """Choose whom in the community it is for: everyone, or those a segment finds. Raise `NotEditable`."""
    _lock(newsletter)
    if newsletter.state != "draft":
        raise NotEditable
    newsletter.segment = segment
    db.session.flush()


def publish(newsletter: Newsletter) -> None:
    """Show it in the archive; nobody is mailed. Raise `BadWords` when there is nothing to read."""
    if not newsletter.body.strip():
        raise BadWords("body", "missing")
    newsletter.publish(clock.now())
    db.session.flush()


def unpublish(newsletter: Newsletter) -> None:
    """Take it out of the archive; mails that went out stay out."""
    newsletter.published_at = None
    db.session.flush()


def discard(newsletter: Newsletter) -> None:
    """Throw a draft away for good; raise `InUse` when anyone may have seen it."""
    _lock(newsletter)
    if newsletter.state != "draft" or newsletter.is_published or _has_deliveries(newsletter):
        raise InUse
    db.session.delete(newsletter)
    db.session.flush()


def _lock(newsletter: Newsletter) -> None:
    # Two savings, or a saving and a schedule, must not pass each other between the look and the write.
    db.session.refresh(newsletter, with_for_update=True)


def _checked(**words: str) -> dict[str, str]:
    tidy = {name: _tidy(name, value) for name, value in words.items()}
    if "title" in tidy and not tidy["title"]:
        raise BadWords("title", "missing")
    return tidy


def _tidy(field: str, value: str) -> str:
    if field == "language":
        return value
    if field == "body":
        if len(value) > markdown.LONGEST:
            raise BadWords(field, "too_long")
        return _without_unkeepable(value.replace("\r\n", "\n").replace("\r", "\n"))
    tidy = unicodedata.normalize("NFC", value).strip()
    if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or c in OVERRIDES for c in tidy):
        raise BadWords(field, "unsafe")
    if len(tidy) > LONGEST[field]:
        raise BadWords(field, "too_long")
    return tidy


def _without_unkeepable(body: str) -> str:
    # No database keeps a NUL or half a surrogate pair, and no reader sees one.
    return "".join(c for c in body if c != "\x00" and not 0xD800 <= ord(c) <= 0xDFFF)


def _own_slug(community: Community, words: str) -> str:
    slug = _slug(words)
    if _is_taken(community, slug):
        raise SlugTaken
    return slug


def _free_slug(community: Community, words: str) -> str:
    return text.unique_slug(_slug(words), lambda slug: _is_taken(community, slug), longest=LONGEST["slug"])


def _slug(words: str) -> str:
    return text.slugify(words, fallback="newsletter", longest=LONGEST["slug"])


def _is_taken(community: Community, slug: str) -> bool:
    row = select(Newsletter.id).where(Newsletter.community_id == community.id, Newsletter.slug == slug)
    return db.session.scalar(row.limit(1)) is not None


def _has_deliveries(newsletter: Newsletter) -> bool:
    return db.session.scalar(select(Delivery.id).where(Delivery.newsletter_id == newsletter.id).limit(1)) is not None
