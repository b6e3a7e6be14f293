"""The sentences of mails and remarks in a person's own language, with or without a page around them."""

from functools import lru_cache
from gettext import NullTranslations

from babel import Locale, UnknownLocaleError
from babel.support import Translations

from portal import config


@lru_cache(maxsize=32)
def translations(language: str) -> NullTranslations:
    """Return the catalogue for a language; where there is none, sentences stay as they were written."""
    return Translations.load(str(config.resource("translations")), [language.replace("-", "_")])


def gettext(language: str, sentence: str, **values: str) -> str:
    """Translate one sentence and fill in its named places."""
    translated = translations(language).gettext(sentence)
    return translated % values if values else translated


@lru_cache(maxsize=64)
def direction(language: str) -> str:
    """Return `rtl` or `ltr`, the way a language is written."""
    try:
        return Locale.parse(language.replace("-", "_")).text_direction
    except (UnknownLocaleError, ValueError):
        return "ltr"


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for translators where it is written down but not yet shown."""
    return sentence
