"""The DKIM signers the settings name: every mail that leaves carries one signature of each."""

import os
from functools import lru_cache
from pathlib import Path

from portal import config
from portal.services.sending import senders
from portal.tools.mail.dkim import BadKey, Signer, make_key, make_signer, sign_with


class CannotWrite(Exception):
    """The file is there already or cannot be made; the text says which."""


def signers() -> tuple[Signer, ...]:
    """Return the signers in the order of the settings, none without a key; raise `BadKey` or `UnsafeHeader`."""
    settings = config.current()
    if not settings.dkim_key_file:
        return ()
    return _made(settings.dkim_domain, settings.sender, tuple(settings.dkim_key_file), tuple(settings.dkim_selector))


def signatures(message: bytes) -> bytes:
    """Return the headers that go in front of a message; empty where nothing is signed."""
    mine = signers()
    return sign_with(mine, message) if mine else b""


def create_key(file: Path, *, kind: str, domain: str, selector: str) -> Signer:
    """Write a new private key, `rsa` or `ed25519`, that its owner alone can read, and return its signer.

    Raise `BadKey` or `UnsafeHeader` where selector or domain is none, and `CannotWrite`; a file that is there is kept.
    """
    pem = make_key(kind=kind)
    signer = make_signer(domain, selector, pem)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(pem)
    except FileExistsError as error:
        raise CannotWrite(f"{file} is there already, and a key that signs is not written over") from error
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written ({error.strerror})") from error
    return signer


@lru_cache(maxsize=4)
def _made(domain: str, _sender: str, files: tuple[Path, ...], selectors: tuple[str, ...]) -> tuple[Signer, ...]:
    domain = domain or senders.sender()[1].rpartition("@")[2]
    return tuple(make_signer(domain, selector, _read(file)) for file, selector in zip(files, selectors, strict=True))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadKey(f"{file} cannot be read ({error.strerror})") from error
