"""The communities as visitors find them: which there are, what each one is, and the form to join."""

from typing import Any

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    RadioField,
    StringField,
    ValidationError,
)

from portal import clock
from portal.extensions import csrf, db, queue
from portal.models import Community, Join, wording_version
from portal.services.communities import showcase
from portal.services.people import joins, pending
from portal.services.people.consents import Circumstances
from portal.tools import cookies, headers, languages, limits, links, wording
from portal.tools.forms import Address, Form, MultiCheckboxField, PersonName, choices
from portal.tools.ip_prefix import truncate
from portal.tools.policy import allow
from portal.tools.rendering import markdown

room = Blueprint("communities", __name__)

FORM_LIFE = 24 * 3600
PENDING_LIFE = 72 * 3600
JOINS_PER_NETWORK_ADDRESS = "30 per hour"


@room.get("/")
@allow("anyone")
def index() -> str:
    """Show the communities anyone may join."""
    communities = showcase.open_communities()
    figures = showcase.figures(communities)
    drawings = {community.id: showcase.drawing(community, figures[community.id].published) for community in communities}
    return render_template(
        "public/communities/index.html",
        communities=communities,
        figures=figures,
        drawings=drawings,
        drawing=max(drawings.values(), key=lambda drawing: len(drawing.paths), default=None),
    )


class JoinForm(Form):
    """Who wants to join, and what they agree to. A signed, dated token stands in for a cookie."""

    class Meta:
        csrf = False

    form_token = HiddenField()
    email = EmailField(_("Email address"), validators=[Address()])
    name = StringField(_("Name"), validators=[PersonName()])
    interests = MultiCheckboxField(_("What do you want to read about?"), validate_choice=False)
    frequency = RadioField(_("How often should we write?"), filters=[lambda value: value or "every"])
    consent_mail = BooleanField()
    consent_matching = BooleanField()
    consent_measuring = BooleanField()

    def __init__(self, community: Community, **values: Any) -> None:
        super().__init__(**values)
        self.community = community
        self.sentences = wording.all_for(community.name)
        self.interests.choices = choices((interest.slug, interest.name) for interest in community.offered)
        self.frequency.choices = choices(
            [
                ("every", _("Every newsletter, as it comes out")),
                ("monthly", _("At most once a month")),
                ("quarterly", _("Four times a year")),
            ]
        )
        for purpose, sentence in self.sentences.items():
            self[f"consent_{purpose}"].label.text = sentence

    def validate_form_token(self, field: HiddenField) -> None:
        """Ask for another press when the page is too old, or its sentences are no longer the ones shown now."""
        if _shown_by(field.data or "") != _what_is_shown(self):
            raise ValidationError(
                _("This page was open for too long. Your answers are still here: read them once more and press Join.")
            )

    def validate_consent_mail(self, field: BooleanField) -> None:
        """Without newsletters or matching there is nothing we could do for this person."""
        if not field.data and not self.consent_matching.data:
            raise ValidationError(_("Tick the first box, the second, or both"))

    @property
    def answers(self) -> joins.Answers:
        """The answers as they are held apart; interests that are no longer offered are left out."""
        offered = {choice.value for choice in self.interests.choices}
        return joins.Answers(
            name=self.name.data,
            interests=[slug for slug in dict.fromkeys(self.interests.data or []) if slug in offered],
            frequency=self.frequency.data,
            consents={
                purpose: sentence for purpose, sentence in self.sentences.items() if self[f"consent_{purpose}"].data
            },
        )


@room.get("/c/<slug>")
@allow("anyone")
def show(slug: str) -> str:
    """Show what a community is, and how to join it."""
    community = _get(slug)
    return _page(community, JoinForm(community, formdata=None))


@room.post("/c/<slug>/join")
@csrf.exempt
@allow("anyone")
def join(slug: str) -> AnyResponse:
    """Hold the answers apart and send the person to their mailbox."""
    community = _get(slug)
    g.language = _language_of(request.form.get("form_token", ""))
    form = JoinForm(community)
    if not community.is_open:
        return make_response(_page(community, form), 409)
    if not form.validate():
        return make_response(_page(community, form), 422)
    if not limits.hit(JOINS_PER_NETWORK_ADDRESS, "join", links.fingerprint(request.remote_addr or "")):
        form.form_errors.append(
            _("Many people joined from your network in the last hour. Your answers are still here: try again later.")
        )
        return make_response(_page(community, form), 429)
    secret = pending.secret_for(cookies.read(cookies.PENDING))
    held = joins.hold(community, form.email.data, form.answers, said=_circumstances(slug), secret=secret)
    db.session.commit()
    queue.wake("letters")
    response = redirect(url_for(".check_email", token=links.sign(links.Purpose.CHECK_EMAIL, held.public_id)), code=303)
    cookies.give(response, cookies.PENDING, secret, seconds=PENDING_LIFE)
    return response


@room.get("/check-email/<token>")
@allow("link")
def check_email(token: str) -> Response:
    """Say where the link went, the same for everyone."""
    held = _held(token)
    return headers.personal(make_response(render_template("public/communities/check_email.html", **_waiting(held))))


@room.post("/check-email/<token>")
@allow("link")
def resend(token: str) -> AnyResponse:
    """Send the confirm letter once more."""
    held = _held(token)
    try:
        joins.resend(held)
        db.session.commit()
        queue.wake("letters")
    except (joins.AlreadyResent, joins.NotWaiting):
        db.session.rollback()
    return redirect(url_for(".check_email", token=token), code=303)


def _get(slug: str) -> Community:
    return showcase.find(slug) or abort(404)


def _held(token: str) -> Join:
    try:
        return joins.find(links.read(links.Purpose.CHECK_EMAIL, token)) or abort(404)
    except links.BadLink:
        abort(404)


def _page(community: Community, form: JoinForm) -> str:
    form.form_token.data = links.sign_dated(links.Purpose.JOIN_FORM, _what_is_shown(form))
    hidden = community.state == "private"
    figures = showcase.figures([community])[community.id]
    return render_template(
        "public/communities/show.html",
        community=community,
        form=form,
        about=Markup(markdown.render(community.about).html),  # noqa: S704  Sanitised in `render`.
        figures=figures,
        latest=[] if hidden else showcase.latest(community),
        drawing=showcase.drawing(community, figures.published),
    )


def _waiting(held: Join) -> dict[str, Any]:
    return {
        "held": held,
        "state": held.state(clock.now()),
        "community": held.community,
        "drawing": showcase.drawing(held.community),
    }


def _what_is_shown(form: JoinForm) -> str:
    # The token names the words on the page, so that a receipt can only carry what was really shown.
    return f"{form.community.id}.{get_locale()}.{wording_version(' '.join(form.sentences.values()))}"


def _shown_by(token: str) -> str:
    try:
        return links.read_dated(links.Purpose.JOIN_FORM, token, seconds=FORM_LIFE)
    except (links.BadLink, links.LinkExpired):
        return ""


def _language_of(token: str) -> str | None:
    language = _shown_by(token).split(".")[1:2]
    return language[0] if language and language[0] in languages.AVAILABLE else None


def _circumstances(slug: str) -> Circumstances:
    return Circumstances(
        language=str(get_locale()),
        source=joins.SOURCE,
        page=links.community(slug),
        ip_prefix=truncate(request.remote_addr),
    )
