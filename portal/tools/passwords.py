"""Passwords of recruiters: which ones are good enough, and the argon2id hash that is kept of them."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from flask_security import hash_password
from flask_security.password_util import PasswordUtil

SHORTEST = 12
LONGEST = 200
_FEWEST_DIFFERENT = 5


class BadPassword(ValueError):
    """The password is too easy to guess or cannot be kept; `sentence` tells the person what to do."""

    def __init__(self, sentence: LazyString) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


def check(password: str, *, words: tuple[str, ...] = ()) -> None:
    """Raise `BadPassword` for one that is too short, too long, too plain, or made of `words` about the person."""
    if len(password) < SHORTEST:
        raise BadPassword(_("Use at least %(shortest)d characters. Four unusual words do well", shortest=SHORTEST))
    if len(password) > LONGEST or "\x00" in password:
        raise BadPassword(_("Use at most %(longest)d characters that you can type", longest=LONGEST))
    if len(set(password)) < _FEWEST_DIFFERENT:
        raise BadPassword(_("Use more different characters: this one is quickly guessed"))
    if _plain(password) in {_plain(word) for word in words if word}:
        raise BadPassword(_("Choose something that is not your name or address"))


def hashed(password: str) -> str:
    """Return the argon2id hash to keep, of the password in the one form that signing in compares."""
    return hash_password(PasswordUtil.normalize(None, password))  # type: ignore[arg-type]


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalpha())
