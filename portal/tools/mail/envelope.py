"""The envelope of a mail: who it is from and for as the server is told, and the body as it travels inside DATA."""

from dataclasses import dataclass

from portal.tools.mail.address import BadAddress, wire_form
from portal.tools.mail.errors import OurFault, RecipientRefused

CLOSING_DOT = b".\r\n"
_END = b"\r\n" + CLOSING_DOT


@dataclass(frozen=True, slots=True)
class Envelope:
    """One mail as a transport takes it; `body` is dot-stuffed and ends with its dot, as `stuffed` makes it."""

    sender: str
    recipient: str
    body: bytes
    needs_utf8: bool = False

    def __post_init__(self) -> None:
        if not self.body.endswith(_END):  # Without its dot the next mail would become part of this one.
            raise ValueError("the body must end with its dot")


def paths(sender: str, recipient: str) -> tuple[str, str]:
    """Return both addresses as the envelope carries them; "" is the null sender."""
    try:
        from_path = wire_form(sender) if sender else ""
    except BadAddress as error:
        raise OurFault("the sender is no address", code=501, enhanced="5.1.7") from error
    try:
        return from_path, wire_form(recipient)
    except BadAddress as error:
        raise RecipientRefused("the recipient is no address", code=501, enhanced="5.1.3") from error


def stuffed(data: bytes) -> bytes:
    """Return the body dot-stuffed and with its closing dot, ready to be written in one go."""
    body = data if data.endswith(b"\r\n") else data + b"\r\n"
    doubled = body.replace(b"\r\n.", b"\r\n..")
    return (b"." if doubled.startswith(b".") else b"") + doubled + CLOSING_DOT


def unstuffed(body: bytes) -> bytes:
    """Return the data `stuffed` made this body of, always with a line end."""
    data = body.removesuffix(CLOSING_DOT).replace(b"\r\n..", b"\r\n.")
    return data.removeprefix(b".")
