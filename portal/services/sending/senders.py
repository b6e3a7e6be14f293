"""Whom our mails come from, as the settings say; settings that name no address are our fault and nobody else's."""

from portal import config
from portal.tools.mail.address import parse
from portal.tools.mail.errors import OurFault


def sender() -> tuple[str, str]:
    """Return the From of every mail as (name, address), or raise `OurFault`."""
    return _parsed(config.current().sender, "PORTAL_MAIL_FROM")


def reply_to() -> tuple[str, str] | None:
    """Return where replies go, None where that is the sender; or raise `OurFault`."""
    written = config.current().reply_to
    return _parsed(written, "PORTAL_REPLY_TO") if written else None


def _parsed(written: str, setting: str) -> tuple[str, str]:
    try:
        return parse(written)
    except ValueError as error:
        raise OurFault(f"{setting} is no sender: {error}") from error
