"""Turns a newsletter or a letter into the two parts of a mail: HTML for most, written text for the rest."""

import re
from dataclasses import dataclass
from functools import lru_cache

import css_inline
from markupsafe import Markup

from portal.tools.colors import MailColors, mail_colors
from portal.tools.rendering.markdown import Rendered
from portal.tools.rendering.templates import fill
from portal.tools.rendering.words import direction, gettext

_GAPS = re.compile(r"\n{3,}")
CLIPPED_AT = 102 * 1024
"""Bytes of HTML after which Gmail hides the rest behind a link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterMail:
    """One newsletter for one member, as plain values; `reason` says why it comes, in the mail's language.

    An empty `direction` is that of the language; an empty `pixel_url` means that nothing is measured.
    """

    title: str
    body: Rendered
    company: str
    community: str
    brand: str
    archive_url: str
    manage_url: str
    unsubscribe_url: str
    postal_address: str
    reason: str
    preheader: str = ""
    greeting_name: str = ""
    logo_url: str | None = None
    pixel_url: str = ""
    language: str = "en"
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """The two bodies of a mail; a letter brings its subject too."""

    html: str
    text: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """How many bytes the HTML part has, and whether mail clients will clip it."""

    html: int
    text: int

    @property
    def is_clipped(self) -> bool:
        """True where Gmail hides the end of the mail."""
        return self.html > CLIPPED_AT


def render_newsletter(view: NewsletterMail) -> Parts:
    """Return both parts; the body's styles are inlined once per newsletter and kept for the next member."""
    colors = mail_colors(view.brand)
    values = {name: getattr(view, name) for name in NewsletterMail.__dataclass_fields__ if name != "body"}
    turned = view.direction or direction(view.language)
    values |= {"colors": colors, "width": 600, "direction": turned}
    body = Markup(_inlined(view.body.html, colors, turned))  # noqa: S704  Sanitised in `Rendered`.
    return Parts(
        html=fill("newsletter.html", body=body, **values),
        text=fill("newsletter.txt", body=view.body.text.rstrip("\n"), **values),
    )


def reason(language: str, *, community: str, joined_on: str, frequency: str) -> str:
    """Return the sentence that says why a newsletter comes; its words are in that language."""
    return gettext(
        language,
        "You get this because you joined %(community)s on %(date)s and asked for %(frequency)s.",
        community=community,
        date=joined_on,
        frequency=frequency,
    )


def size_report(parts: Parts) -> Size:
    """Measure a mail; what is too long is reported, never cut."""
    return Size(html=len(parts.html.encode()), text=len(parts.text.encode()))


def render_letter(template: str, *, brand: str, language: str = "en", **values: object) -> Parts:
    """Fill `templates/mail/<template>/{subject.txt,body.txt,body.html}`.

    The layout needs `company` and `postal_address`, and takes `logo_url`; each letter names its own values besides.
    """
    given = {"logo_url": None, "direction": direction(language), "colors": mail_colors(brand), "width": 540, **values}
    subject = " ".join(fill(f"{template}/subject.txt", language=language, **given).split())
    given["title"] = subject
    text = fill(f"{template}/body.txt", language=language, **given)
    return Parts(
        html=fill(f"{template}/body.html", language=language, **given),
        text=_GAPS.sub("\n\n", text).strip("\n") + "\n",
        subject=subject,
    )


@lru_cache(maxsize=32)
def _inlined(html: str, colors: MailColors, turned: str) -> str:
    css = fill("_body.css", language="en", colors=colors, start="right" if turned == "rtl" else "left")
    return css_inline.inline_fragment(html, css) if html else ""
