"""What mail providers sign their events with: each check answers yes or no, for any bytes.

The rules are those of the vendors' documents; no vendor's own server was ever met with them.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from portal import clock

PATIENCE = 15 * 60
"""Seconds that a signed moment may be off: what is older was recorded by somebody and is told again."""

_SNS_HOST = re.compile(r"sns\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com(?:\.cn)?")
_SNS_FIELDS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_SNS_HASHES: dict[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}


def postmark(secret: str, authorization: str) -> bool:
    """Tell whether a basic Authorization header carries the secret as its password; Postmark signs nothing."""
    kind, _, written = authorization.partition(" ")
    try:
        given = base64.b64decode(written, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return False
    return bool(secret) and kind.lower() == "basic" and hmac.compare_digest(given.encode(), secret.encode())


def mailgun(key: str, body: bytes) -> bool:
    """Tell whether the signature in the JSON body is made of its timestamp and token with our key, lately."""
    signed = _object(body).get("signature")
    if not isinstance(signed, dict) or not key:
        return False
    moment, token, told = (str(signed.get(name, "")) for name in ("timestamp", "token", "signature"))
    made = hmac.new(key.encode(), f"{moment}{token}".encode(), "sha256").hexdigest()
    return hmac.compare_digest(made.encode(), told.encode()) and _is_recent(moment)


def sendgrid(public_key: str, body: bytes, *, moment: str, signature: str) -> bool:
    """Tell whether timestamp and body are signed (ECDSA, SHA-256) with the key of this base64 DER, lately."""
    try:
        key = load_der_public_key(base64.b64decode(public_key, validate=True))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(base64.b64decode(signature, validate=True), moment.encode() + body, ec.ECDSA(SHA256()))
    except (ValueError, InvalidSignature, binascii.Error):
        return False
    return _is_recent(moment)


def sns(topics: list[str], body: bytes, *, certificate: Callable[[str], bytes]) -> dict[str, Any] | None:
    """Return the message of Amazon SNS where it is signed and about one of our topics, else None.

    `certificate` fetches a PEM from an address of SNS itself; no other address is ever asked.
    """
    message = _object(body)
    fields, algorithm = _SNS_FIELDS.get(str(message.get("Type"))), _SNS_HASHES.get(str(message.get("SignatureVersion")))
    where = str(message.get("SigningCertURL", ""))
    if not fields or not algorithm or message.get("TopicArn") not in topics or not is_of_sns(where, ending=".pem"):
        return None
    signed = "".join(f"{name}\n{message[name]}\n" for name in fields if isinstance(message.get(name), str))
    try:
        made_by = x509.load_pem_x509_certificate(certificate(where))
        key = made_by.public_key()
        if not isinstance(key, rsa.RSAPublicKey) or not _is_valid_now(made_by):
            return None
        told = base64.b64decode(str(message.get("Signature", "")), validate=True)
        key.verify(told, signed.encode(), padding.PKCS1v15(), algorithm())
    except (ValueError, InvalidSignature, binascii.Error):
        return None
    return message


def is_of_sns(address: str, *, ending: str = "") -> bool:
    """Tell whether an address is one of Amazon SNS, over https, and ends so."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    plain = parts.scheme == "https" and port is None and "@" not in parts.netloc
    return plain and bool(_SNS_HOST.fullmatch(parts.hostname or "")) and parts.path.endswith(ending)


def _is_valid_now(certificate: x509.Certificate) -> bool:
    return certificate.not_valid_before_utc <= clock.now() <= certificate.not_valid_after_utc


def _object(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _is_recent(moment: str) -> bool:
    if not re.fullmatch(r"\d{9,11}", moment):
        return False
    return abs((clock.now() - datetime.fromtimestamp(int(moment), UTC)).total_seconds()) <= PATIENCE
