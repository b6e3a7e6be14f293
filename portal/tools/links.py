"""Every address Evergreen mails or prints, signed where it carries a secret: one salt per purpose."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import quote

from itsdangerous import BadSignature, Signer, TimestampSigner
from itsdangerous.encoding import base64_encode
from itsdangerous.exc import SignatureExpired

from portal import config

_ALPHABET = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
_LONGEST = 300


class Purpose(StrEnum):
    """What a token is for; a token of one purpose never opens another."""

    CONFIRM = "confirm"
    SIGN_IN = "sign-in"
    MANAGE = "manage"
    UNSUBSCRIBE = "unsubscribe"
    CLICK = "click"
    PIXEL = "pixel"
    SET_UP = "set-up"
    JOIN_FORM = "join-form"
    CHECK_EMAIL = "check-email"
    CHECK_ADDRESS = "check-address"


class BadLink(Exception):
    """The token was changed, cut, made for something else, or signed by a key no longer listed."""


class LinkExpired(Exception):
    """The token was good once; its time has passed."""


def sign(purpose: Purpose, value: str) -> str:
    """Return a URL-safe token that carries `value` for this purpose, signed by the newest key."""
    return _signer(purpose).sign(value).decode()


def read(purpose: Purpose, token: str) -> str:
    """Return what a token carries; raise `BadLink` when any listed key did not sign it for this purpose."""
    _refuse_nonsense(token)
    try:
        return _signer(purpose).unsign(token).decode()
    except (BadSignature, UnicodeDecodeError) as error:
        raise BadLink from error


def sign_dated(purpose: Purpose, value: str) -> str:
    """Return a token that also carries the moment it was signed."""
    return _dated(purpose).sign(value).decode()


def read_dated(purpose: Purpose, token: str, *, seconds: int) -> str:
    """Return what a dated token carries; raise `LinkExpired` when it is older than that many seconds."""
    _refuse_nonsense(token)
    try:
        return _dated(purpose).unsign(token, max_age=seconds).decode()
    except SignatureExpired as error:
        raise LinkExpired from error
    except (BadSignature, UnicodeDecodeError) as error:
        raise BadLink from error


def mint(purpose: Purpose) -> Callable[[str], str]:
    """Return a fast `sign` for one purpose, for a loop over many values: the key is derived once."""
    key = _signer(purpose).derive_key()

    def sign(value: str) -> str:
        signed = value.encode()
        return f"{value}.{base64_encode(hmac.digest(key, signed, 'sha256')).decode()}"

    return sign


def new_public_id() -> str:
    """Return a random 128-bit name for a row that a link opens."""
    return secrets.token_urlsafe(16)


def new_secret() -> str:
    """Return a random 256-bit secret for a cookie."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """Return the hash under which a cookie's secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def code_for(public_id: str) -> str:
    """Return the 6-digit code that belongs to a magic link, derived with the newest key."""
    return _codes(public_id)[0]


def is_code_for(public_id: str, code: str) -> bool:
    """Tell whether any listed key derives this code for that magic link."""
    # A list on purpose: every key is compared, so the time taken tells nothing.
    return any([hmac.compare_digest(code.encode(), good.encode()) for good in _codes(public_id)])  # noqa: C419


def to(path: str) -> str:
    """Return the absolute address of a path of this site."""
    return config.current().base_url + path


def confirm(public_id: str) -> str:
    """Return the address in the confirm letter."""
    return to(f"/confirm/{sign(Purpose.CONFIRM, public_id)}")


def not_me(public_id: str) -> str:
    """Return the “this wasn’t me” address in the confirm letter."""
    return confirm(public_id) + "/not-me"


def sign_in(public_id: str) -> str:
    """Return the address in the sign-in letter."""
    return to(f"/sign-in/{sign(Purpose.SIGN_IN, public_id)}")


def check_address(letter_id: int) -> str:
    """Return the address in the letter that asks whether somebody's address works."""
    return to(f"/check-address/{sign(Purpose.CHECK_ADDRESS, str(letter_id))}")


def manage(member_id: int, community_id: int, delivery_id: int = 0) -> str:
    """Return the standing manage address a delivery carries."""
    return to(f"/m/{sign(Purpose.MANAGE, standing(member_id, community_id, delivery_id))}")


def unsubscribe(member_id: int, community_id: int, delivery_id: int = 0) -> str:
    """Return the standing unsubscribe address a delivery carries."""
    return to(f"/u/{sign(Purpose.UNSUBSCRIBE, standing(member_id, community_id, delivery_id))}")


def standing(member_id: int, community_id: int, delivery_id: int) -> str:
    """Return the value a standing token carries: three bare ids, nothing personal."""
    return f"{member_id}-{community_id}-{delivery_id}"


def read_standing(purpose: Purpose, token: str) -> tuple[int, int, int]:
    """Return (member, community, delivery) ids of a standing token; raise `BadLink`."""
    try:
        member, community, delivery = (int(part) for part in read(purpose, token).split("-"))
    except ValueError as error:
        raise BadLink from error
    return member, community, delivery


def read_letter(token: str) -> int:
    """Return the id of the letter that a check-address token stands in. Raise `BadLink`."""
    try:
        return int(read(Purpose.CHECK_ADDRESS, token))
    except ValueError as error:
        raise BadLink from error


def click(token: str, number: int) -> str:
    """Return the measured address of a newsletter's link, for a token of a delivery."""
    return to(f"/l/{token}/{number}")


def pixel(token: str) -> str:
    """Return the address of the picture that tells of an opening, for a token of a delivery."""
    return to(f"/o/{token}.gif")


def read_delivery(purpose: Purpose, token: str) -> int:
    """Return the delivery's id that a measuring token carries: it names no person. Raise `BadLink`."""
    try:
        return int(read(purpose, token))
    except ValueError as error:
        raise BadLink from error


def set_up(public_id: str) -> str:
    """Return the one-time address with which a recruiter chooses a password."""
    return to(f"/desk/set-up/{sign(Purpose.SET_UP, public_id)}")


def answer_by_mail(email: str, subject: str) -> str:
    """Return the address that opens the reader's own mail program to answer somebody."""
    return f"mailto:{quote(email, safe='@')}" + (f"?subject={quote(f'Re: {subject}', safe='')}" if subject else "")


def community(slug: str) -> str:
    """Return a community's page."""
    return to(f"/c/{slug}")


def archive(slug: str) -> str:
    """Return a community's archive."""
    return to(f"/c/{slug}/newsletters")


def newsletter(community_slug: str, newsletter_slug: str) -> str:
    """Return a newsletter's stable page."""
    return f"{archive(community_slug)}/{quote(newsletter_slug)}"


def feed(slug: str) -> str:
    """Return a community's Atom feed."""
    return to(f"/c/{slug}/feed.atom")


def _signer(purpose: Purpose) -> Signer:
    return Signer(_keys(), salt=f"portal.{purpose}", digest_method=hashlib.sha256, key_derivation="hmac")


def _dated(purpose: Purpose) -> TimestampSigner:
    return TimestampSigner(_keys(), salt=f"portal.{purpose}.dated", digest_method=hashlib.sha256, key_derivation="hmac")


def _keys() -> list[str]:
    # itsdangerous signs with the last key; our setting lists the newest first.
    return list(reversed(config.current().secret_keys))


def _codes(public_id: str) -> list[str]:
    digests = (
        hmac.new(key.encode(), f"portal.code.{public_id}".encode(), hashlib.sha256).digest()
        for key in config.current().secret_keys
    )
    return [f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}" for digest in digests]


def _refuse_nonsense(token: str) -> None:
    if len(token) > _LONGEST or not set(token) <= _ALPHABET:
        raise BadLink
