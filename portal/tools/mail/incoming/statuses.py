"""What a status code and a server's words say about an address: the code first, the words where it says nothing."""

import re

HARD = frozenset({"5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.2.1"})
_FULL = "5.2.2"
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[\s-]|$)")


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_POLICY = _any(
    r"spam|black ?list|block ?list|\bblocked\b|\bdnsbl\b|reputation|\bpolicy\b|dmarc|\bspf\b|dkim|virus|malware|phish",
    r"relay(?:ing)? (?:access )?denied|not permitted to relay|unable to relay|insecure mail relay|\bbanned\b",
    r"content (?:rejected|denied)|message (?:content )?rejected|unsolicited|\bgreylist",
)
_PASSING = _any(
    r"(?:mailbox|mail ?folder|quota|disk|storage|inbox)[^.;]{0,40}(?:full|exceed|over)|over ?quota",
    r"exceed[^.;]{0,30}(?:quota|size|limit)|temporar|try again|later|timed? ?out|too (?:many|large|big)|delayed",
    r"suspend|inactive|resources|congest",
)
_NOBODY = _any(
    r"user[^.;]{0,60}(?:unknown|not (?:found|known|exist|listed))",
    r"unknown (?:user|recipient|local|address|mailbox|account)",
    r"no such (?:user|mailbox|recipient|address|person|account|local)|no mailbox|addressee unknown|recipnotfound",
    r"(?:invalid|bad|undefined) (?:recipient|mailbox|user|final delivery userid)",
    r"(?:recipient|mailbox|address|account|user)[^.;]{0,60}(?:n't exist|not exist|no longer|not found|is unknown)",
    r"(?:account|mailbox)[^.;]{0,40}(?:closed|deleted|terminated)|not a valid (?:mailbox|user|recipient|address)",
    r"(?:has|have) moved|no longer (?:here|employed|with us|in use|valid)|見つかりません|存在しません",
    r"5\.4\.1[^;]{0,200}recipient address rejected: access denied",
)
_NOWHERE = _any(
    r"(?:host|domain)[^.;]{0,60}(?:unknown|not found|n't exist|not exist|is not reachable)",
    r"unknown (?:host|domain|mail ?host)|recipient failed permanently",
    r"no such (?:host|domain)|unroute?able|(?:couldn't|could not|cannot) find (?:any host|a mail exchanger)",
    r"name service error|null ?mx|does(?:n't| not) accept mail",
    r"no (?:mx|dns)[^.;]{0,40}(?:record|found)",
)


def kind(status: str, *, action: str = "", words: str = "") -> str:
    """Return hard, soft, policy, delayed, delivered or unknown for one recipient; `action` is that of RFC 3464.

    Words decide only where the code is general, and a doubt never makes it hard.
    """
    action = action.strip().lower()
    if action in {"delayed", "delivered", "relayed", "expanded"}:
        return "delayed" if action == "delayed" else "delivered"
    code = precise(status, words)
    if code in HARD:
        # Some say so of what has another reason.
        return "policy" if _POLICY.search(words) and not _is_gone(words) else "hard"
    if code.startswith("5.7."):
        return "policy"
    if code == _FULL or code.startswith("4."):
        return "soft"
    failed = bool(code or action == "failed" or _CODE.search(words))
    return _of_words(words) or ("soft" if failed else "unknown")


def precise(status: str, words: str) -> str:
    """Return the enhanced status that says most: one within the words stands before a general one in the field."""
    told = _ENHANCED.search(status)
    field = ".".join(told.groups()) if told else ""
    if field and not field.endswith(".0"):
        return field
    within = [".".join(found.groups()) for found in _ENHANCED.finditer(words[:5000])]
    better = [code for code in within if not code.endswith(".0.0") and not code.startswith("2.")]
    return better[0] if better else field or (within[0] if within else "")


def _of_words(words: str) -> str:
    codes = {code[0] for code in _CODE.findall(words)}
    # Where the server means it for good, “try again” is politeness.
    last = (("hard", _NOWHERE), ("soft", _PASSING)) if codes == {"5"} else (("soft", _PASSING), ("hard", _NOWHERE))
    for name, pattern in (("policy", _POLICY), ("hard", _NOBODY), *last):
        if pattern.search(words):
            return name
    return ""


def _is_gone(words: str) -> bool:
    return bool(_NOBODY.search(words) or _NOWHERE.search(words))
