"""What a community has published: its archive, each newsletter on a page that stays, and a feed."""

from flask import Blueprint, Response, abort, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal import config
from portal.models import Community, Member, Newsletter
from portal.services.communities import showcase
from portal.services.newsletters import archive
from portal.services.people import sessions
from portal.tools import cookies, feeds, headers, links
from portal.tools.languages import direction
from portal.tools.policy import allow
from portal.tools.rendering import archive as dress
from portal.tools.rendering import markdown

room = Blueprint("newsletters", __name__)

IN_FEED = 20
_FARTHEST = 1_000_000


@room.get("/c/<slug>/newsletters")
@allow("anyone")
def shelf(slug: str) -> Response:
    """Show what was published, newest first, a page at a time."""
    community = _readable(slug)
    found = archive.shelf(community, _page_number())
    if found.number > found.pages:
        abort(404)
    return _page("public/newsletters/shelf.html", community, shelf=found, feed_url=links.feed(community.slug))


@room.get("/c/<slug>/newsletters/<newsletter_slug>")
@allow("anyone")
def read(slug: str, newsletter_slug: str) -> Response:
    """Show one newsletter to read."""
    community = _readable(slug)
    newsletter = archive.find(community, newsletter_slug) or abort(404)
    body = _body(newsletter)
    previous, following = archive.neighbours(newsletter)
    return _page(
        "public/newsletters/read.html",
        community,
        newsletter=newsletter,
        body=dress.page_html(body, language=newsletter.language),
        direction=direction(newsletter.language),
        minutes=dress.reading_minutes(body),
        summary=newsletter.summary or dress.summary(body),
        picture=next((picture.url for picture in body.images if picture.url.startswith("https:")), ""),
        url=links.newsletter(community.slug, newsletter.slug),
        feed_url=links.feed(community.slug),
        previous=previous,
        following=following,
    )


@room.get("/c/<slug>/feed.atom")
@allow("anyone")
def feed(slug: str) -> AnyResponse:
    """Give feed readers the newest newsletters in full, or say that nothing changed."""
    community = _readable(slug)
    whole = _feed(community)
    response = Response(feeds.atom(whole), content_type="application/atom+xml; charset=utf-8")
    response.last_modified = whole.updated_at
    response.headers["Cache-Control"] = "public, max-age=300"
    response.add_etag()
    return _kept_private(response, community).make_conditional(request)


def _readable(slug: str) -> Community:
    community = showcase.find(slug) or abort(404)
    if not archive.may_read(community, _reader() if community.state == "private" else None):
        # A private community is not even confirmed to exist.
        abort(404)
    return community


def _reader() -> Member | None:
    session = sessions.find(cookies.read(cookies.MEMBER))
    return session.member if session else None


def _page_number() -> int:
    wanted = request.args.get("page", "1")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 8 else 0
    return number if 0 < number < _FARTHEST else abort(404)


def _body(newsletter: Newsletter) -> markdown.Rendered:
    return markdown.render(newsletter.body)


def _page(template: str, community: Community, **values: object) -> Response:
    return _kept_private(make_response(render_template(template, community=community, **values)), community)


def _kept_private(response: Response, community: Community) -> Response:
    return headers.personal(response) if community.state == "private" else response


def _feed(community: Community) -> feeds.Feed:
    company = config.current().company_name
    return feeds.Feed(
        title=f"{community.name} – {company}",
        subtitle=community.summary,
        author=company,
        url=links.archive(community.slug),
        feed_url=links.feed(community.slug),
        language=community.language,
        begun_at=community.created_at,
        entries=[_entry(newsletter) for newsletter in archive.latest(community, IN_FEED)],
    )


def _entry(newsletter: Newsletter) -> feeds.Entry:
    assert newsletter.published_at is not None
    body = _body(newsletter)
    url = links.newsletter(newsletter.community.slug, newsletter.slug)
    return feeds.Entry(
        key=f"newsletters/{newsletter.id}",
        begun_on=newsletter.created_at.date(),
        title=newsletter.title,
        url=url,
        summary=newsletter.summary or dress.summary(body),
        html=dress.feed_html(body, page_url=url),
        author=newsletter.written_by,
        language=newsletter.language,
        published_at=newsletter.published_at,
        updated_at=max(newsletter.published_at, newsletter.changed_at),
    )
