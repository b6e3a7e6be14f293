"""Newsletters in many languages, with titles that have to be encoded, folded, or told from markup."""

import random
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST_TITLE = 200


@dataclass(frozen=True)
class Edition:
    """A newsletter in one language; `direction` is the way that language is written."""

    language: str
    direction: str
    community: str
    title: str
    summary: str
    text: str

    @property
    def body(self) -> str:
        """The text again and again, in every kind of block."""
        return _BODY.format(title=self.title, text=self.text, twice=f"{self.text} {self.text}")


def editions(dice: random.Random) -> list[Edition]:
    """Return two newsletters in each language: one as written, one with an awkward title."""
    known = tomllib.loads((Path(__file__).parent / "newsletters.toml").read_text(encoding="utf-8"))
    return [_edition(tag, words, title) for tag, words in known.items() for title in _titles(words["title"], dice)]


def _edition(language: str, words: dict[str, Any], title: str) -> Edition:
    direction = words.get("dir", "ltr")
    return Edition(language, direction, words["community"], title, words["summary"], words["text"])


def _titles(title: str, dice: random.Random) -> list[str]:
    awkward = dice.choice([
        f"🚢 {title} 👩‍💻",
        f"{title}: 100 %s of it, =?utf-8?q?no?= and {{{{ braces }}}}",
        f'"{title}" <b>&amp; more</b>, (and) more; .',
        f"{title}{'!' * 90}",
        f"Edition 12 {title} and what the others say of it, at length and in words that need no encoding at all",
        " ".join([title] * 20)[:LONGEST_TITLE].strip(),
        f"Re: {title} ?= x",
        f".{title}",
    ])  # fmt: skip
    return [title, awkward]


_BODY = """# {title}

{twice}

.{text}

> {text}

- {text} [{title}](https://example.org/a?b=c&d=%20&e=é)
- **{title}**, `100 %s of {{{{ name }}}} = .`

From {text}

| {title} | 1 |
|---|---|
| {text} | =3D |

![{title}](https://example.org/winch.png)
"""
