"""What rendering changed or left out, told to the person who wrote it."""

from dataclasses import dataclass
from enum import StrEnum

from portal.tools.rendering.words import gettext

_LONGEST = 120


class Kind(StrEnum):
    """The reasons a remark is made."""

    LINK_DROPPED = "link dropped"
    LINK_WITHOUT_SITE = "link without site"
    LINK_IN_WORDS = "link in words"
    ANCHOR_MISSING = "anchor missing"
    IMAGE_DROPPED = "image dropped"
    IMAGE_INSECURE = "image insecure"
    IMAGE_WITHOUT_ALT = "image without alt"
    PIXEL = "pixel"
    EMBED = "embed"
    TAG_DROPPED = "tag dropped"
    COMMENT_OPEN = "comment open"


def _(sentence: str) -> str:
    return sentence  # Marks a sentence for translation; it is translated when somebody reads it.


_SENTENCES = {
    Kind.LINK_DROPPED: _("The link “%(what)s” was left out: links lead to a web page, a mail address or a phone."),
    Kind.LINK_WITHOUT_SITE: _("The link “%(what)s” names no site, so no mail can open it. Write the whole address."),
    Kind.LINK_IN_WORDS: _("Few readers can open the link “%(what)s”, so its address is written out."),
    Kind.ANCHOR_MISSING: _("The link “%(what)s” leads to a heading that is not in this text; its words were kept."),
    Kind.IMAGE_DROPPED: _("The picture “%(what)s” was left out. Its address has to start with https://."),
    Kind.IMAGE_INSECURE: _("The picture “%(what)s” is not on https, so it became a link."),
    Kind.IMAGE_WITHOUT_ALT: _("The picture “%(what)s” has no description. Describe it, unless it is only decoration."),
    Kind.PIXEL: _("The invisible picture “%(what)s” was left out: it would count readers without asking them."),
    Kind.EMBED: _("“%(what)s” cannot play inside a mail, so it became a link."),
    Kind.TAG_DROPPED: _("The tag “%(what)s” was left out, because it cannot be mailed."),
    Kind.COMMENT_OPEN: _("A comment starts with <!-- and never ends, so it is shown as text."),
}


@dataclass(frozen=True, slots=True)
class Remark:
    """One change, with the address or tag it is about."""

    kind: Kind
    what: str = ""

    def sentence(self, language: str = "en") -> str:
        """Say it in plain words; the caller escapes it for its page."""
        shown = "".join(char if char.isprintable() else " " for char in self.what)
        what = shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"
        return gettext(language, _SENTENCES[self.kind], what=what)

    def __str__(self) -> str:
        return self.sentence()
