"""Events signed as the vendors' documents say, with keys made for tests."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from portal import clock

TOPIC = "arn:aws:sns:eu-west-1:123456789012:events"
CERTIFICATE_AT = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(key: rsa.RSAPrivateKey = RSA_KEY, *, days: int = 30) -> bytes:
    """A certificate of the key, in PEM, valid for some days from now, or until some days ago."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = clock.now()
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=60)).not_valid_after(now + timedelta(days=days))
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM)


def sns(message: dict[str, Any], *, version: str = "2", kind: str = "Notification", **changes: Any) -> bytes:
    """A message of Amazon SNS with an event in it; `changes` are made after it was signed."""
    body = {
        "Type": kind, "MessageId": "m-1", "TopicArn": TOPIC, "Message": json.dumps(message),
        "Timestamp": "2026-11-26T10:00:00.000Z", "SignatureVersion": version, "SigningCertURL": CERTIFICATE_AT,
    }  # fmt: skip
    names = ["Message", "MessageId", "Timestamp", "TopicArn", "Type"]
    if kind == "SubscriptionConfirmation":
        body |= {"SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription", "Token": "t"}
        names = sorted([*names, "SubscribeURL", "Token"])
    signed = "".join(f"{name}\n{body[name]}\n" for name in names).encode()
    made = RSA_KEY.sign(signed, padding.PKCS1v15(), SHA1() if version == "1" else SHA256())
    return json.dumps({**body, "Signature": base64.b64encode(made).decode(), **changes}).encode()


def sendgrid_key() -> str:
    """The public key as the settings take it."""
    return base64.b64encode(EC_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def sendgrid(body: bytes, *, at: int | None = None) -> dict[str, str]:
    """The headers of a signed body."""
    moment = str(at or int(clock.now().timestamp()))
    made = EC_KEY.sign(moment.encode() + body, ec.ECDSA(SHA256()))
    name = "X-Twilio-Email-Event-Webhook"
    return {f"{name}-Timestamp": moment, f"{name}-Signature": base64.b64encode(made).decode()}


def mailgun(event: dict[str, Any], key: str, *, at: int | None = None) -> bytes:
    """A signed body."""
    moment = str(at or int(clock.now().timestamp()))
    made = hmac.new(key.encode(), f"{moment}token".encode(), "sha256").hexdigest()
    return json.dumps({"signature": {"timestamp": moment, "token": "token", "signature": made}, **event}).encode()


def basic(password: str) -> dict[str, str]:
    """A basic Authorization header."""
    return {"Authorization": "Basic " + base64.b64encode(f"events:{password}".encode()).decode()}
