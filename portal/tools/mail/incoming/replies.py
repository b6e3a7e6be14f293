"""A person's own words in a reply, apart from the history below them, and whether they only say: no more."""

import re
from email.message import Message

from portal.tools.mail.incoming import mime

LONGEST = 20_000
_HISTORY = re.compile(
    r"^(?:-{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|mensaje original)\s*-{2,}"
    r"|-{2,}\s*message d'origine\s*-{2,}|_{10,}|(?:on|am|el|le|op|il|em)\b.{4,200}"
    r"\b(?:wrote|schrieb|escribió|a écrit|schreef|ha scritto|escreveu)\b.{0,80}:"
    r"|(?:from|von|de|van|da):\s.{1,200}\n(?:sent|gesendet|enviado|envoyé|date|datum|fecha|verzonden|to|an|para|à):\s"
    r"|-- ?$|>)",
    re.IGNORECASE | re.MULTILINE,
)
_WRAPPED = re.compile(
    r"^(?:on|am|el|le|op)\b[^\n]{4,200}\n[^\n]{0,120}(?:wrote|schrieb|escribió|a écrit|schreef)\s*:\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_LEAVE = re.compile(
    r"(?:please\s+|bitte\s+)?(?:unsubscribe(?:\s+me)?|stop|remove(?:\s+me)?|opt[ -]?out|leave|no more(?: e-?mails?)?"
    r"|no more newsletters?|take me off(?: (?:this|your|the) list)?|abmelden|abbestellen|austragen|baja|darme de baja"
    r"|cancelar(?: suscripción)?|(?:se )?désabonner|désinscri\w+|uitschrijven|afmelden|disiscriv\w+|إلغاء الاشتراك)"
    r"(?:\s+(?:me|please|bitte|thanks?|thank you|danke|gracias|merci))*",
    re.IGNORECASE,
)
_TAGS = re.compile(r"<(?:style|script|head)\b.*?</(?:style|script|head)\s*>|<[^>]{0,2000}>", re.IGNORECASE | re.DOTALL)
_BREAKS = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^>]{0,500}>", re.IGNORECASE)
_QUOTED_HTML = re.compile(
    r"<(?:blockquote|div[^>]{0,200}class=[\"'][^\"']{0,80}(?:gmail_quote|moz-cite|yahoo_quoted))", re.I
)
_MARK = "\n> \n"


def words(message: Message) -> str:
    """Return all the text of a mail: the plain part, else the HTML one with its tags taken off."""
    plain = [part for part in mime.parts(message) if part.get_content_type() == "text/plain" and not _is_file(part)]
    if plain:
        return "\n".join(mime.text(part) for part in plain[:5])
    rich = next((part for part in mime.parts(message) if part.get_content_type() == "text/html"), None)
    return _without_tags(mime.text(rich)) if rich is not None else ""


def own(text: str) -> tuple[str, str]:
    """Return the person's own words, and the history and signature below them."""
    starts = [found.start() for pattern in (_HISTORY, _WRAPPED) if (found := pattern.search(text))]
    cut = min(starts, default=len(text))
    if not text[:cut].strip():  # Some answer below what they quote.
        answer = "\n".join(line for line in text.split("\n") if not line.startswith(">"))
        own_words = re.sub(_HISTORY, "", answer, count=1) if answer.strip() != text.strip() else text
        return own_words.strip()[:LONGEST], text.strip()[:LONGEST]
    return text[:cut].strip()[:LONGEST], text[cut:].strip()[:LONGEST]


def wants_to_leave(subject: str, own_words: str) -> bool:
    """Tell whether subject or words say that and nothing else; a sentence that only mentions it is for a person."""
    said = own_words.strip(" \n\t.!,;:-\"'“”")
    topic = re.sub(r"^(?:\s*(?:re|aw|sv|fwd?|wg)\s*:)+", "", subject, flags=re.IGNORECASE).strip(" .!\"'")
    return bool(_LEAVE.fullmatch(" ".join(said.split()))) or (not said and bool(_LEAVE.fullmatch(topic)))


def _is_file(part: Message) -> bool:
    return str(part.get("Content-Disposition", "")).lower().startswith("attachment")


def _without_tags(html: str) -> str:
    from html import unescape

    marked = _QUOTED_HTML.sub(lambda found: _MARK + found[0], html)
    return unescape(_TAGS.sub("", _BREAKS.sub("\n", marked)))
