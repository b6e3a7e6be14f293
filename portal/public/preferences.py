"""The preference centre: what a signed-in member gets, how often, what they agreed to, and every way to change it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import LazyString, format_date, get_locale, refresh
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal import clock
from portal.extensions import db
from portal.models import Community, Consent, Membership, wording_version
from portal.public.preference_forms import AboutForm, CommunityForm, PauseForm, community_form
from portal.public.preference_words import what_comes
from portal.services.communities import showcase
from portal.services.people import consents, memberships, suppressions
from portal.services.people.consents import Circumstances
from portal.tools import links, wording
from portal.tools.forms import refuse
from portal.tools.ip_prefix import truncate
from portal.tools.policy import allow

room = Blueprint("preferences", __name__)

SOURCE = "preferences"
SENTENCES = {"matching": wording.matching, "measuring": wording.measuring}


@dataclass(frozen=True)
class Agreement:
    """A purpose as the page shows it: the sentence agreed to or offered, and the receipt it rests on today."""

    address: str
    purpose: str
    sentence: str
    receipt: Consent | None

    @property
    def version(self) -> str:
        """The short name of the sentence shown, so that a receipt can only carry what was read."""
        return wording_version(self.sentence)


@room.get("/preferences")
@allow("member")
def index() -> Response:
    """Show everything that can be changed, each thing with a small form of its own."""
    return _page()


@room.post("/preferences/about")
@allow("member")
def introduce() -> AnyResponse:
    """Take another name or language."""
    form = AboutForm()
    if not form.validate():
        return _page(about=form)
    memberships.introduce(g.member, name=form.name.data, language=form.language.data if form.language else None)
    db.session.commit()
    g.language = g.member.language
    refresh()
    name = g.member.name
    return _said(_("Your name here is %(name)s.", name=name) if name else _("We have no name for you now."))


@room.post("/preferences/communities/<slug>/join")
@allow("member")
def join(slug: str) -> AnyResponse:
    """Join another open community: signing in proved the address, and the button agrees to the sentence above it."""
    community = showcase.find(slug)
    if community is None or not community.is_open:
        return _said(_("That community takes no new members now, so nothing was changed."), "warn")
    offer = _offer(community)
    if request.form.get("version") != offer.version:
        return _read_again()
    membership = memberships.begin(g.member, community, source=SOURCE)
    if membership.mail_consent_id is None:
        consents.agree_to_mail(membership, offer.sentence, said=_circumstances())
    memberships.unmute(membership)
    db.session.commit()
    return _said(_("You have joined %(community)s. %(what)s", community=community.name, what=what_comes(membership)))


@room.post("/preferences/communities/<slug>")
@allow("member")
def choose(slug: str) -> AnyResponse:
    """Take other interests and another pace for one community."""
    if (membership := memberships.find_active(g.member, slug)) is None:
        return _left_meanwhile()
    form = CommunityForm(membership)
    if not form.validate():
        return _page(community=form, slug=slug)
    memberships.choose(
        membership, interests=form.interests.data or [], frequency=form.frequency.data, shown=form.before
    )
    db.session.commit()
    return _said(what_comes(membership))


@room.post("/preferences/communities/<slug>/<any(again, stop, leave):act>")
@allow("member")
def tend(slug: str, act: str) -> AnyResponse:
    """Let a community's newsletters come again, stop them, or leave it."""
    if (membership := memberships.find_active(g.member, slug)) is None:
        return _left_meanwhile()
    {"again": memberships.unmute, "stop": memberships.mute, "leave": memberships.leave}[act](membership)
    db.session.commit()
    if act == "leave":
        return _said(_("You have left %(community)s. It sends you nothing more.", community=membership.community.name))
    return _said(what_comes(membership))


@room.post("/preferences/pause")
@allow("member")
def pause() -> AnyResponse:
    """Send nothing until the chosen day."""
    form = PauseForm()
    if not form.validate():
        return _page(pause=form)
    try:
        memberships.pause(g.member, form.until.data, reason=form.reason.data)
    except memberships.PauseTooShort:
        refuse(form.until, _("Choose a day after today"))
    except memberships.PauseTooLong:
        refuse(form.until, _("Choose a day within the next three years, or leave the community"))
    if form.errors:
        return _page(pause=form)
    db.session.commit()
    return _said(_("We send you nothing before %(day)s.", day=format_date(form.until.data, "d MMMM y")))


@room.post("/preferences/resume")
@allow("member")
def resume() -> AnyResponse:
    """End a pause."""
    memberships.resume(g.member)
    db.session.commit()
    return _said(_("The pause is over. What you chose below holds from now on."))


@room.post("/preferences/come-back")
@allow("member")
def come_back() -> AnyResponse:
    """Send newsletters again to somebody who had complained about one."""
    suppressions.lift(g.member)
    db.session.commit()
    return _said(_("You get our newsletters again. What you chose below holds from the next one on."))


@room.post("/preferences/agreements/<any(matching, measuring):purpose>")
@allow("member")
def decide(purpose: str) -> AnyResponse:
    """Agree to matching or measuring, or withdraw."""
    agreement = _agreement(purpose)
    if request.form.get("decision") == "withdrawn":
        if agreement.receipt:
            consents.withdraw(g.member, purpose, agreement.sentence, said=_circumstances())
        words = _("From now on this no longer holds: “%(sentence)s”", sentence=agreement.sentence)
    else:
        if not agreement.receipt and request.form.get("version") != agreement.version:
            return _read_again()
        if not agreement.receipt:
            consents.agree(g.member, purpose, agreement.sentence, said=_circumstances())
        words = _("You agreed: “%(sentence)s”", sentence=agreement.sentence)
    db.session.commit()
    return _said(words)


@room.post("/preferences/communities/<slug>/agreement")
@allow("member")
def decide_on_mail(slug: str) -> AnyResponse:
    """Agree to a community's newsletters, or withdraw."""
    if (membership := memberships.find_active(g.member, slug)) is None:
        return _left_meanwhile()
    agreement = _mail_agreement(membership)
    if request.form.get("decision") == "withdrawn":
        if agreement.receipt:
            consents.withdraw_mail(membership, agreement.sentence, said=_circumstances())
    elif not agreement.receipt:
        if request.form.get("version") != agreement.version:
            return _read_again()
        consents.agree_to_mail(membership, agreement.sentence, said=_circumstances())
        memberships.unmute(membership)
    db.session.commit()
    return _said(what_comes(membership))


@room.route("/preferences/leave-all", methods=["GET", "POST"])
@allow("member")
def leave_all() -> AnyResponse:
    """Ask once more, then end every membership."""
    if request.method != "POST":
        active = memberships.active_of(g.member)
        return make_response(render_template("public/preferences/leave_all.html", memberships=active))
    memberships.leave_all(g.member)
    db.session.commit()
    return _said(_("You have left all our communities. We send you nothing more."))


def _page(
    *,
    about: AboutForm | None = None,
    community: CommunityForm | None = None,
    slug: str = "",
    pause: PauseForm | None = None,
) -> Response:
    bad = about or community or pause
    active = memberships.active_of(g.member)
    page = render_template(
        "public/preferences/index.html",
        form=bad or PauseForm(formdata=None),
        about=about or AboutForm(formdata=None, name=g.member.name, language=g.member.language),
        communities=[(m, community if community and m.community.slug == slug else community_form(m)) for m in active],
        mail_agreements=[_mail_agreement(m) for m in active],
        agreements=[_agreement(purpose) for purpose in SENTENCES],
        others=_others(active),
        pause=pause or PauseForm(formdata=None),
        paused=g.member.is_paused(clock.now().date()),
        first_day=(clock.now() + timedelta(days=1)).date(),
        last_day=(clock.now() + timedelta(days=memberships.LONGEST_PAUSE_DAYS)).date(),
        what_comes=what_comes,
    )
    return make_response(page, 422 if bad else 200)


def _others(active: Iterable[Membership]) -> list[tuple[Community, Agreement]]:
    joined = {membership.community_id for membership in active}
    others = [community for community in showcase.open_communities() if community.id not in joined]
    return [(community, _offer(community)) for community in others]


def _agreement(purpose: str) -> Agreement:
    receipt = consents.find_live(g.member, purpose)
    sentence = receipt.wording if receipt else SENTENCES[purpose]()
    return Agreement(url_for(".decide", purpose=purpose), purpose, sentence, receipt)


def _offer(community: Community) -> Agreement:
    return Agreement(url_for(".join", slug=community.slug), community.name, wording.mail(community.name), None)


def _mail_agreement(membership: Membership) -> Agreement:
    receipt, community = membership.mail_consent, membership.community
    sentence = receipt.wording if receipt else wording.mail(community.name)
    return Agreement(url_for(".decide_on_mail", slug=community.slug), community.name, sentence, receipt)


def _circumstances() -> Circumstances:
    return Circumstances(
        language=str(get_locale()),
        source=SOURCE,
        page=links.to("/preferences"),
        ip_prefix=truncate(request.remote_addr),
    )


def _said(words: LazyString, kind: str = "ok") -> AnyResponse:
    flash(str(words), kind)
    return redirect(url_for(".index"), code=303)


def _left_meanwhile() -> AnyResponse:
    return _said(_("You are not in that community any more, so nothing was changed."), "warn")


def _read_again() -> AnyResponse:
    return _said(_("The sentence has changed since you opened this page. Read it once more, then decide."), "warn")
