"""Which language a page speaks: the one the person chose, else the first the browser asks for that we have."""

from flask import g, has_request_context, request

OFFERED = ("en", "de", "es", "fr", "ar")
RIGHT_TO_LEFT = ("ar", "he", "fa", "ur")


def of_request() -> str:
    """Return the language of the page at hand."""
    if not has_request_context():
        return OFFERED[0]
    chosen = g.get("language")
    if chosen in AVAILABLE:
        return str(chosen)
    return request.accept_languages.best_match(AVAILABLE) or OFFERED[0]


def direction(language: str) -> str:
    """Return `rtl` or `ltr` for the HTML attribute."""
    return "rtl" if language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


AVAILABLE = ("en",)
"""Languages whose catalogues are complete; the others join as their catalogues do."""
