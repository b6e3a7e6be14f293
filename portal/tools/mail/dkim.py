"""DKIM signatures (RFC 6376, RFC 8463): RSA and Ed25519 over `cryptography`, relaxed headers and simple body.

Our bodies are quoted-printable with CRLF, no blanks at the ends of lines and no empty lines at the end: nothing on the
way has a reason to touch them, both ways of counting a body give the same hash, and `simple` need not read it twice.
Headers are relaxed, since servers do fold them anew.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from portal.tools.mail.message import a_label

SIGNED = (
    "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type", "List-Id",
    "List-Unsubscribe", "List-Unsubscribe-Post", "List-Archive", "Feedback-ID", "Precedence", "Auto-Submitted",
)  # fmt: skip
OVERSIGNED = (
    "From", "To", "Subject", "Date", "Reply-To", "Content-Type", "List-Unsubscribe", "List-Unsubscribe-Post",
)  # fmt: skip
"""Named once more than they stand there, so that a second one added on the way breaks the signature."""
WEAKEST_RSA, STRONG_RSA = 1024, 2048

_SELECTOR = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")
_LONGEST_NAME = 253
_OVERSIGNED = {name.lower() for name in OVERSIGNED}
_PKCS1, _SHA256 = padding.PKCS1v15(), hashes.SHA256()
_FOLD = b"\r\n "
_WIDTH = 72

Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class BadKey(ValueError):
    """The file holds no key that can sign mails; the text says what to do."""


@dataclass(frozen=True)
class Signer:
    """Signs for one domain under one selector."""

    domain: str
    selector: str
    key: Key

    def sign(self, message: bytes) -> bytes:
        """Return the `DKIM-Signature` header, with its line end, that goes in front of an unstuffed message."""
        return sign_with([self], message)

    @property
    def algorithm(self) -> str:
        """The name of the algorithm in the signature."""
        return "rsa-sha256" if isinstance(self.key, rsa.RSAPrivateKey) else "ed25519-sha256"

    @property
    def is_weak(self) -> bool:
        """True for an RSA key below today's measure."""
        return isinstance(self.key, rsa.RSAPrivateKey) and self.key.key_size < STRONG_RSA

    @property
    def record_name(self) -> str:
        """Where the public key is published."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The TXT record to publish there; longer than 255 signs it is given to the DNS in several strings."""
        return f"v=DKIM1; k={'rsa' if self.algorithm == 'rsa-sha256' else 'ed25519'}; p={self._public()}"

    def _header(self, covered: "_Covered") -> bytes:
        written, counted = _opening(self.algorithm, self.domain, self.selector, covered.names)
        end = covered.body_hash + b";"
        signature = b64encode(self._signature(covered.headers + counted + b" bh=" + end + b" b="))
        return written + _FOLD + b"bh=" + end + _FOLD + b"b=" + _folded(signature) + b"\r\n"

    def _signature(self, data: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, _PKCS1, _SHA256)
        return self.key.sign(hashlib.sha256(data).digest())

    def _public(self) -> str:
        public = self.key.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            return b64encode(public.public_bytes(*form)).decode()
        return b64encode(public.public_bytes_raw()).decode()


def sign_with(signers: Iterable[Signer], message: bytes) -> bytes:
    """Return one `DKIM-Signature` header of each signer; the message is read only once."""
    covered = _covered(message)
    return b"".join(signer._header(covered) for signer in signers)


def make_signer(domain: str, selector: str, pem: bytes) -> Signer:
    """Return a signer for a key in PEM form; raise `BadKey`, or `UnsafeHeader` where the domain is none."""
    if not _SELECTOR.fullmatch(selector):
        raise BadKey("A selector is letters, digits and hyphens, such as mail2026")
    signer = Signer(a_label(domain), selector, load_key(pem))
    if len(signer.record_name) > _LONGEST_NAME:
        raise BadKey(f"The selector is too long: {signer.record_name} is no name the DNS can hold")
    return signer


def load_key(pem: bytes) -> Key:
    """Read a private key, RSA of at least 1024 bits or Ed25519, without a password."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except TypeError as error:
        raise BadKey("The key is locked with a password; give one without") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadKey("This is no private key in PEM form (-----BEGIN PRIVATE KEY-----)") from error
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < WEAKEST_RSA:
        raise BadKey(f"An RSA key of {key.key_size} bits is too weak; make one of {STRONG_RSA}")
    if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise BadKey("Mails are signed with RSA or Ed25519 keys; this is another kind")
    return key


def make_key(*, kind: str) -> bytes:
    """Return a new private key as PEM; `kind` is `ed25519` or `rsa` (2048 bits)."""
    key: Key = (
        ed25519.Ed25519PrivateKey.generate()
        if kind == "ed25519"
        else rsa.generate_private_key(65537, key_size=STRONG_RSA)
    )
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*form)


@dataclass(frozen=True, slots=True)
class _Covered:
    """What a signature vouches for: the names for `h=`, the headers as they are counted, the body's hash."""

    names: tuple[str, ...]
    headers: bytes
    body_hash: bytes


def _covered(message: bytes) -> _Covered:
    end = message.find(b"\r\n\r\n")
    start, body = (message[:end], memoryview(message)[end + 4 :]) if end >= 0 else (message, memoryview(b""))
    unfolded = start.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    fields = [relaxed(field) for field in unfolded.split(b"\r\n")]
    names, places = _order(tuple(name for name, _ in fields))
    return _Covered(names, b"".join([fields[place][1] for place in places]), body_hash(body))


def body_hash(body: bytes | memoryview) -> bytes:
    """Return the hash of a body as `simple` counts it: with one line end at its end, however many it has."""
    if body[-2:] != b"\r\n" or body[-4:] == b"\r\n\r\n":
        body = re.sub(rb"(?:\r\n)*\Z", b"\r\n", bytes(body), count=1)
    return b64encode(hashlib.sha256(body).digest())


@lru_cache(maxsize=256)
def relaxed(field: bytes) -> tuple[bytes, bytes]:
    """Return the lower-case name of an unfolded header, and the header as `relaxed` counts it, with its line end.

    Kept: in a newsletter's mails most headers are the same from member to member.
    """
    name, _, value = field.partition(b":")
    lower, tidy = name.strip(b" \t").lower(), value.strip(b" \t")
    if b"\t" in tidy or b"  " in tidy:
        tidy = re.sub(rb"[ \t]+", b" ", tidy)
    return lower, lower + b":" + tidy + b"\r\n"


@lru_cache(maxsize=64)
def _order(present: tuple[bytes, ...]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the names for `h=`, and the places of the headers they mean; of headers alike the last comes first."""
    names: list[str] = []
    places: list[int] = []
    over: list[str] = []
    for name in map(str.lower, SIGNED):
        found = [place for place, other in enumerate(present) if other == name.encode()]
        names += [name] * len(found)
        places += reversed(found)
        over += [name] if name == "from" or (found and name in _OVERSIGNED) else []
    return (*names, *over), tuple(places)


@lru_cache(maxsize=64)
def _opening(algorithm: str, domain: str, selector: str, names: tuple[str, ...]) -> tuple[bytes, bytes]:
    """Return the header up to `h=`, as it is written and as it is counted."""
    tags = [f"a={algorithm};", "c=relaxed/simple;", "q=dns/txt;", f"d={domain};", f"s={selector};"]
    covered = [*(f"{':' if place else 'h='}{name}" for place, name in enumerate(names)), ";"]
    lines = [*_lines(["DKIM-Signature: v=1;", *tags], " "), *_lines(covered, "")]
    written = _FOLD.join(line.encode() for line in lines)
    return written, relaxed(written.replace(b"\r\n", b""))[1].removesuffix(b"\r\n")


def _lines(words: list[str], between: str) -> Iterator[str]:
    line = words[0]
    for word in words[1:]:
        if len(line) + len(between) + len(word) > _WIDTH:
            yield line
            line = word
        else:
            line += between + word
    yield line


def _folded(signature: bytes) -> bytes:
    return _FOLD.join(signature[start : start + _WIDTH] for start in range(0, len(signature), _WIDTH))
