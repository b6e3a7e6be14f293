"""Notices of a mail provider that come by mail: one JSON object in the text, as its webhooks carry it."""

import json

from portal.tools.mail.incoming.findings import Finding, one_line

_KINDS = {"complaint": "complaint", "delivery": "delivered"}
_LISTS = {"complaint": "complainedRecipients", "bounce": "bouncedRecipients", "delivery": "recipients"}
_MOST = 50


def read(words: str) -> list[Finding]:
    """Return a finding for each recipient of a notice, none where the text is no notice."""
    words = words.replace("!\n ", "")  # Mail servers of old cut a long line so.
    start, end = words.find("{"), words.rfind("}")
    if start < 0 or start > 200 or '"notificationType"' not in words:
        return []
    try:
        notice, _end = json.JSONDecoder(strict=False).raw_decode(words[start : end + 1])
    except (ValueError, RecursionError):
        return []
    kind = str(notice.get("notificationType", "")).lower() if isinstance(notice, dict) else ""
    about = notice.get(kind) if kind in _LISTS else None
    return [_of(kind, about, told) for told in _listed(about, _LISTS[kind])] if isinstance(about, dict) else []


def _listed(about: dict[str, object], name: str) -> list[object]:
    listed = about.get(name)
    return listed[:_MOST] if isinstance(listed, list) else []


def _of(kind: str, about: dict[str, object], told: object) -> Finding:
    fields = told if isinstance(told, dict) else {"emailAddress": told}
    found = _KINDS.get(kind) or ("hard" if about.get("bounceType") == "Permanent" else "soft")
    return Finding(
        found,
        recipient=str(fields.get("emailAddress", ""))[:320],
        status=str(fields.get("status", ""))[:20],
        reply=one_line(str(fields.get("diagnosticCode", ""))),
    )
