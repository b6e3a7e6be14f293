"""Writing: the overview, a new draft, its words, and how it looks to a member before anyone gets it."""

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as AnyResponse
from wtforms import HiddenField, SelectField, StringField, TextAreaField

from portal.desk.newsletters.base import get, page_number, room
from portal.extensions import db, queue
from portal.models import Newsletter, NotEditable
from portal.services.newsletters import overview, previews, writing
from portal.services.sending import checks, composing, test_mails
from portal.services.sending.errors import NothingToSend
from portal.tools import headers, limits
from portal.tools.forms import Form, choices, refuse
from portal.tools.languages import OFFERED
from portal.tools.policy import allow
from portal.tools.rendering import markdown

TEST_MAILS = "20 per hour"
LANGUAGES = {"en": _("English"), "de": _("German"), "es": _("Spanish"), "fr": _("French"), "ar": _("Arabic")}
MENDS = {
    ("title", "missing"): _("Enter a title"),
    ("title", "too_long"): _("Shorten the title to 200 characters"),
    ("title", "unsafe"): _("Write the title on one line, without control or direction characters"),
    ("summary", "too_long"): _("Shorten the summary to 300 characters"),
    ("summary", "unsafe"): _("Write the summary on one line, without control or direction characters"),
    ("written_by", "too_long"): _("Shorten this to 200 characters"),
    ("written_by", "unsafe"): _("Write the names on one line, without control or direction characters"),
    ("body", "too_long"): _("This text is longer than a newsletter can be: shorten it to a million characters"),
}


@room.get("/")
@allow("viewer")
def index() -> str:
    """Show what is being written, what waits, what goes out and what went."""
    page = page_number()
    found = overview.overview(page=page)
    return render_template("desk/newsletters/index.html", overview=found, page=page, size=overview.PAGE)


class WriteForm(Form):
    """The words of a newsletter; `seen` tells which saving the page was opened with."""

    seen = HiddenField()
    title = StringField(_("Title"))
    summary = StringField(_("Summary"))
    written_by = StringField(_("Written by"))
    language = SelectField(_("Language"), choices=choices((code, LANGUAGES[code]) for code in OFFERED))
    body = TextAreaField(_("Text"))
    slug = StringField(_("Address in the archive"))

    @property
    def words(self) -> dict[str, str]:
        """What was typed, by the names the newsletter uses."""
        return {name: self[name].data for name in ("title", "summary", "written_by", "language", "body")}

    def refuse(self, error: writing.BadWords) -> None:
        """Say at its field what is wrong."""
        refuse(self[error.field], MENDS[error.field, error.why])


class BeginForm(WriteForm):
    """A new newsletter: its words and the community it is for."""

    community = SelectField(_("Community"), coerce=int)

    def __init__(self, **values: Any) -> None:
        self.places = {community.id: community for community in writing.communities()}
        place = self.places.get(values.get("community") or 0) or next(iter(self.places.values()), None)
        super().__init__(language=place.language if place and place.language in OFFERED else OFFERED[0], **values)
        self.community.choices = choices((c.id, c.name) for c in self.places.values())


@room.route("/new", methods=["GET", "POST"])
@allow("recruiter")
def begin() -> AnyResponse:
    """Begin a newsletter."""
    form = BeginForm(community=request.args.get("community", type=int), written_by=current_user.name)
    if form.validate_on_submit():
        place = form.places[form.community.data]
        try:
            newsletter = writing.draft(place, author=current_user, slug=form.slug.data, **form.words)
        except writing.BadWords as error:
            form.refuse(error)
        else:
            db.session.commit()
            return _onwards(newsletter, _("Your draft is saved."))
    return make_response(render_template("desk/newsletters/begin.html", form=form), 422 if form.errors else 200)


@room.route("/<int:key>/write", methods=["GET", "POST"])
@allow("recruiter")
def write(key: int) -> AnyResponse:
    """Change the words of a draft."""
    newsletter = get(key)
    form = WriteForm(obj=newsletter, seen=writing.mark(newsletter))
    if not form.is_submitted():
        return _desk(newsletter, form) if _may_write(newsletter) else redirect(url_for(".show", key=key))
    if not form.validate():
        return _desk(newsletter, form, status=422)
    try:
        _refuse_readers(newsletter)
        writing.write(newsletter, seen=form.seen.data, slug=form.slug.data, **form.words)
    except (NotEditable, writing.ChangedMeanwhile) as error:
        return _give_back(newsletter, form, fixed=isinstance(error, NotEditable))
    except writing.BadWords as error:
        form.refuse(error)
    except writing.SlugTaken:
        refuse(form.slug, _("Another newsletter of this community has this address: choose another one"))
    else:
        db.session.commit()
        return _onwards(newsletter, _("Your draft is saved."))
    return _desk(newsletter, form, status=422)


@room.get("/<int:key>/preview")
@allow("viewer")
def preview(key: int) -> Response:
    """Show the mail as one member gets it, byte for byte but for the links that act for that member."""
    return _mail(get(key))


@room.post("/<int:key>/preview")
@allow("recruiter")
def preview_typed(key: int) -> Response:
    """Show the mail with the words that are being typed; nothing is saved."""
    newsletter, form = get(key), WriteForm()
    if not form.validate() or len(form.body.data) > markdown.LONGEST:
        return _mail(newsletter)
    return _mail(previews.as_typed(newsletter, **form.words))


@room.post("/<int:key>/test")
@allow("recruiter")
def test(key: int) -> AnyResponse:
    """Send the recruiter the newsletter as that member would get it."""
    newsletter = get(key)
    back = url_for(".write" if newsletter.state == "draft" else ".show", key=key, **_choice())
    if not limits.hit(TEST_MAILS, "test mail", str(current_user.id)):
        flash(_("You sent yourself 20 test mails in the last hour. Try again later."), "warn")
        return redirect(back, code=303)
    reader = previews.reader(newsletter, request.form.get("as", type=int))
    try:
        test_mails.ask(newsletter, to=current_user, as_member=reader.member if reader.member_id else None)
    except NothingToSend:
        flash(_("There is nothing to send yet: write a title and some text first."), "warn")
        return redirect(back, code=303)
    db.session.commit()
    queue.wake("letters")
    flash(_("A test mail is on its way to %(address)s.", address=current_user.email), "ok")
    return redirect(back, code=303)


def _mail(newsletter: Newsletter) -> Response:
    reader = previews.reader(newsletter, request.values.get("as", type=int))
    parts = composing.parts(newsletter, member=reader.member, membership=reader)
    text = request.values.get("part") == "text"
    response = Response(parts.text, mimetype="text/plain") if text else Response(parts.html)
    return headers.framed(response)


def _onwards(newsletter: Newsletter, words: Any) -> AnyResponse:
    flash(words, "ok")
    if request.form.get("then") == "audience":
        return redirect(url_for(".audience", key=newsletter.id), code=303)
    return redirect(url_for(".write", key=newsletter.id, **_choice()), code=303)


def _give_back(newsletter: Newsletter, form: WriteForm, *, fixed: bool) -> AnyResponse:
    """Show what was typed beside what is saved, so that neither is lost; the next press knows of both."""
    db.session.rollback()
    form.seen.data = writing.mark(newsletter)
    return _desk(newsletter, form, status=409, clash="fixed" if fixed else "changed")


def _desk(newsletter: Newsletter, form: WriteForm, *, status: int = 200, clash: str = "") -> AnyResponse:
    wanted = "".join(c for c in request.values.get("find", "") if c.isprintable())[:100]
    chosen = previews.reader(newsletter, request.values.get("as", type=int))
    found = previews.readers(newsletter.community, words=wanted)
    page = render_template(
        "desk/newsletters/write.html",
        newsletter=newsletter,
        form=form,
        clash=clash,
        checks=checks.look(newsletter),
        reader=chosen,
        readers=[chosen, *(one for one in found if one is not chosen)],
        nobody_found=bool(wanted) and not found,
        find=wanted,
        part="text" if request.values.get("part") == "text" else "html",
    )
    return make_response(page, status)


def _choice() -> dict[str, Any]:
    chosen = {
        "as": request.form.get("as", type=int),
        "find": request.form.get("find"),
        "part": request.form.get("part"),
    }
    return {name: value for name, value in chosen.items() if value}


def _may_write(newsletter: Newsletter) -> bool:
    # Whoever may not publish may not change what the public already reads.
    return newsletter.state == "draft" and (not newsletter.is_published or current_user.may("publisher"))


def _refuse_readers(newsletter: Newsletter) -> None:
    if newsletter.is_published and not current_user.may("publisher"):
        raise NotEditable
