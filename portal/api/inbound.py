"""Events of mail providers: the signature is checked, the body kept as it came, and a worker does the rest."""

import logging
from collections.abc import Callable
from functools import lru_cache

from flask import Blueprint, Response, jsonify, request

from portal import config
from portal.extensions import csrf, db, queue
from portal.services.sending.inbound import keeping
from portal.tools import provider_signatures, sites
from portal.tools.policy import allow

room = Blueprint("inbound", __name__)

_PATIENCE = 5.0

log = logging.getLogger(__name__)


@room.post("/inbound/<provider>")
@csrf.exempt
@allow("system")
def take(provider: str) -> tuple[Response, int]:
    """Keep an event whose sender proved who it is; 200 means that it is kept."""
    prove = _PROOFS.get(provider)
    if prove is None or not _is_set_up(provider):
        return jsonify(error="There is no such way in."), 404
    request.max_content_length = keeping.LARGEST
    body = request.get_data(cache=False)
    if not prove(body):
        return jsonify(error="This is not signed as it must be."), 403
    if not _is_greeting(provider, body):
        keeping.keep(provider, body)
        db.session.commit()
        queue.wake("hear")
    return jsonify(kept=True), 200


def _is_set_up(provider: str) -> bool:
    settings = config.current()
    return bool(
        {
            "postmark": settings.postmark_secret,
            "mailgun": settings.mailgun_signing_key,
            "sendgrid": settings.sendgrid_public_key,
            "ses": settings.ses_topic_arn,
        }[provider]
    )


def _by_postmark(_body: bytes) -> bool:
    return provider_signatures.postmark(config.current().postmark_secret, request.headers.get("Authorization", ""))


def _by_mailgun(body: bytes) -> bool:
    return provider_signatures.mailgun(config.current().mailgun_signing_key, body)


def _by_sendgrid(body: bytes) -> bool:
    return provider_signatures.sendgrid(
        config.current().sendgrid_public_key,
        body,
        moment=request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp", ""),
        signature=request.headers.get("X-Twilio-Email-Event-Webhook-Signature", ""),
    )


def _by_ses(body: bytes) -> bool:
    return provider_signatures.sns(config.current().ses_topic_arn, body, certificate=_certificate) is not None


_PROOFS: dict[str, Callable[[bytes], bool]] = {
    "postmark": _by_postmark,
    "mailgun": _by_mailgun,
    "sendgrid": _by_sendgrid,
    "ses": _by_ses,
}


def _is_greeting(provider: str, body: bytes) -> bool:
    """Answer the question whether we want a topic's events; it is signed, and about a topic of our settings."""
    if provider != "ses":
        return False
    message = provider_signatures.sns(config.current().ses_topic_arn, body, certificate=_certificate) or {}
    if message.get("Type") != "SubscriptionConfirmation":
        return False
    address = str(message.get("SubscribeURL", ""))
    if provider_signatures.is_of_sns(address):
        try:
            sites.ask(address, timeout=_PATIENCE)
        except sites.NotReached as error:
            log.warning("The subscription of %s could not be confirmed: %s", message["TopicArn"], error)
    return True


@lru_cache(maxsize=8)
def _certificate(address: str) -> bytes:
    try:
        return sites.ask(address, timeout=_PATIENCE).body
    except sites.NotReached as error:
        raise ValueError(str(error)) from error
