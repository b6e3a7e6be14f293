"""What a browser calls itself, in words a person knows again."""

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
"""In this order: many browsers and systems also name the ones they resemble."""


def name(user_agent: str) -> str:
    """Return something like `Firefox, Linux`; "" when neither browser nor system is one of the known ones."""
    return ", ".join(part for part in (_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)) if part)


def _first(known: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((words for mark, words in known if mark in user_agent), "")
