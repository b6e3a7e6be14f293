"""What came in and nobody understood: read as plain text, worked on again, or put aside."""

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.extensions import db, queue
from portal.models import Incoming
from portal.services.sending.inbound import unclear
from portal.tools.mail.plain import plain_mail, plain_text
from portal.tools.policy import allow

room = Blueprint("incoming", __name__, url_prefix="/incoming")

WAYS = {
    "smtp": _("by mail"),
    "pipe": _("by mail, through a pipe"),
    "imap": _("by mail, from a mailbox"),
    "ses": _("told by Amazon SES"),
    "postmark": _("told by Postmark"),
    "mailgun": _("told by Mailgun"),
    "sendgrid": _("told by SendGrid"),
}
_MAIL = ("smtp", "pipe", "imap")


@room.get("/")
@allow("publisher")
def index() -> str:
    """List what waits for somebody to look at it, the newest first."""
    total = unclear.count()
    pages = max(1, -(-total // unclear.PAGE))
    number = min(_page_number(), pages)
    return render_template(
        "desk/incoming/index.html",
        rows=unclear.page(number),
        ways=WAYS,
        total=total,
        page=number,
        pages=pages,
        size=unclear.PAGE,
    )


@room.get("/<int:key>")
@allow("publisher")
def show(key: int) -> str:
    """Show one of them as plain text, never as its sender wanted it to look."""
    row = _get(key)
    shown = plain_mail(row.raw) if row.way in _MAIL else plain_text(row.raw)
    return render_template("desk/incoming/show.html", row=row, shown=shown, ways=WAYS)


@room.get("/<int:key>/raw")
@allow("owner")
def raw(key: int) -> Response:
    """Give it byte for byte as it came, as a file that no browser opens by itself."""
    row = _get(key)
    is_mail = row.way in _MAIL
    answer = make_response(row.raw)
    answer.mimetype = "message/rfc822" if is_mail else "application/octet-stream"
    answer.headers.set("Content-Disposition", "attachment", filename=f"incoming-{key}.{'eml' if is_mail else 'txt'}")
    return answer


@room.post("/<int:key>/again")
@allow("publisher")
def again(key: int) -> AnyResponse:
    """Have it worked on once more."""
    unclear.try_again(_get(key))
    db.session.commit()
    queue.wake("hear")
    flash(_("It is worked on again now. If it is understood, it leaves this list."), "ok")
    return redirect(url_for(".index"), code=303)


@room.post("/<int:key>/dismiss")
@allow("publisher")
def dismiss(key: int) -> AnyResponse:
    """Put it aside: nothing is to be done about it."""
    unclear.dismiss(_get(key))
    db.session.commit()
    flash(_("It is put aside, and forgotten 30 days after it came."), "ok")
    return redirect(url_for(".index"), code=303)


def _get(key: int) -> Incoming:
    return unclear.find(key) or abort(404)


def _page_number() -> int:
    wanted = request.args.get("page", "1")
    return int(wanted) if wanted.isascii() and wanted.isdigit() and 0 < int(wanted) < 1_000_000 else 1
