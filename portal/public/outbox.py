"""The outbox: while no mail server is configured, the mails that would have gone out, readable in the browser."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_login import current_user

from portal import config
from portal.tools import headers
from portal.tools.mail import outbox
from portal.tools.policy import allow
from portal.tools.text import printable

room = Blueprint("outbox", __name__)
room.after_request(headers.personal)

_HERE = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
_TARGET = '<base target="_blank">'


@room.before_request
def ask_who() -> None:
    """Let in whoever sits at this machine, or works at the desk; for everyone else there is nothing here."""
    if config.current().smtp_url is not None or not (_is_at_this_machine() or _is_at_the_desk()):
        abort(404)


@room.get("/outbox")
@allow("anyone")
def index() -> str:
    """Show the mails, newest first, a page at a time."""
    number = request.args.get("page", 1, type=int)
    page = outbox.list_mails(config.current().outbox, min(number, 1_000_000))
    first = (page.number - 1) * outbox.PER_PAGE + 1
    return render_template("public/outbox/index.html", page=page, first=first, last=first + len(page.entries) - 1)


@room.get("/outbox/<key>")
@allow("anyone")
def show(key: str) -> str:
    """Show one mail: its headers, both bodies and every byte."""
    mail = _get(key)
    return render_template(
        "public/outbox/show.html",
        mail=mail,
        headers=[(name, printable(value)) for name, value in mail.headers],
        text=printable(mail.text),
        source=printable(mail.raw.decode("utf-8", "replace")),
    )


@room.get("/outbox/<key>/html")
@allow("anyone")
def html(key: str) -> Response:
    """Give the HTML part for the frame; its links open in a tab of their own."""
    body = _get(key).html or abort(404)
    head, opened, rest = body.partition("<head>")
    framed = head + opened + _TARGET + rest if opened else _TARGET + body
    return headers.framed(make_response(framed))


def _get(key: str) -> outbox.KeptMail:
    try:
        return outbox.read_mail(config.current().outbox, key)
    except outbox.MailNotFound:
        abort(404)


def _is_at_this_machine() -> bool:
    # Behind a proxy nobody told us about, everyone seems to come from here; and a name we do not go by may be a page
    # of somebody else that was pointed at this machine.
    settings = config.current()
    unknown_proxy = not settings.trusted_proxies and any(header in request.headers for header in _FORWARDED)
    return request.remote_addr in _HERE and not unknown_proxy and _name_asked() in config.LOOPBACK | {settings.host}


def _name_asked() -> str:
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def _is_at_the_desk() -> bool:
    settings = config.current()
    if not current_user.is_authenticated:
        return False
    return bool(current_user.has_second_factor) or (settings.demo and settings.on_loopback)
