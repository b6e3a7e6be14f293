"""People with awkward names and addresses: written by hand, taken from a folder of hostile words, and made by dice."""

import json
import random
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

WRITTEN = ("plain", "scripts", "combining", "emoji", "quoted", "dots", "blanks", "mixed", "refused")
# First and last code point of what the dice make names of.
SCRIPTS = (
    *((0x41, 0x7A), (0xC0, 0x24F), (0x370, 0x3FF), (0x400, 0x4FF), (0x531, 0x586), (0x5D0, 0x5EA), (0x620, 0x6D3)),
    *((0x904, 0x939), (0x985, 0x9B9), (0xB85, 0xBB9), (0xC05, 0xC39), (0xD85, 0xDC6), (0xE01, 0xE30), (0x1000, 0x1021)),
    *((0x10D0, 0x10FA), (0x1200, 0x1248), (0x1780, 0x17A2), (0x3041, 0x30FA), (0x4E00, 0x9FEF), (0xAC00, 0xD7A3)),
    *((0x1F300, 0x1F64F), (0x1F900, 0x1F9FF), (0x20000, 0x2A6D6), (0x1D400, 0x1D7FF), (0x13000, 0x1342E)),
)
MARKS = (0x300, 0x36F)
SPECIAL = "\"\\<>()[],.;:@=?_%&'`{}|~^*!#$/+- \u00a0\u200b\u200d\ufe0f"
LENGTHS = (1, 2, 5, 11, 20, 45, 60, 63, 64, 70, 72, 75, 76, 77, 78, 80, 120, 150, 198, 200)
WITH_UTF8, WITH_QUOTES = 0.05, 0.05
"""Shares of the addresses whose local part needs SMTPUTF8, or quotes."""


@dataclass(frozen=True)
class Typed:
    """What somebody typed, which our rules may refuse."""

    name: str
    address: str


def people(dice: random.Random, data: Path | None) -> Iterator[Typed]:
    """Yield people without end: all written names first, then invented ones and both together."""
    written = [*_written_names(), *(_hostile_names(data) if data else [])]
    number = 0
    while True:
        for name in written if number == 0 else [_invented(dice, written) for _ in range(1000)]:
            number += 1
            yield Typed(name, _address(dice, number))


@cache
def _lists() -> dict[str, list[str]]:
    return tomllib.loads((Path(__file__).parent / "people.toml").read_text(encoding="utf-8"))


def _written_names() -> list[str]:
    return [name for kind in WRITTEN for name in _lists()[kind]]


def _hostile_names(data: Path) -> list[str]:
    folder = data / "nasty"
    words: list[Any] = [
        *json.loads((folder / "naughty-strings.json").read_text(encoding="utf-8")),
        *json.loads((folder / "header-injection.json").read_text(encoding="utf-8"))["values"],
        *json.loads((folder / "formula-cells.json").read_text(encoding="utf-8")),
        *(folder / "xss-lines.txt").read_text(encoding="utf-8").splitlines(),
    ]
    return [word for word in words if isinstance(word, str)]


def _invented(dice: random.Random, written: list[str]) -> str:
    length = dice.choice(LENGTHS)
    kind = dice.choice(("words", "words", "word", "stacked", "special", "joined"))
    if kind == "joined":
        return dice.choice((" ", "", ", ")).join(dice.choices(written, k=2))
    if kind == "special":
        return "".join(dice.choice((dice.choice(SPECIAL), _sign(dice, SCRIPTS[0]))) for _ in range(length))
    script = dice.choice(SCRIPTS)
    if kind == "word":
        return "".join(_sign(dice, script) for _ in range(length))
    if kind == "stacked":
        return "".join(dice.choice((_sign(dice, script), chr(dice.randint(*MARKS)))) for _ in range(length))
    return " ".join("".join(_sign(dice, script) for _ in range(dice.randint(1, 12))) for _ in range(dice.randint(1, 4)))


def _sign(dice: random.Random, script: tuple[int, int]) -> str:
    while unicodedata.category(sign := chr(dice.randint(*script))) == "Cn":
        pass
    return sign


def _address(dice: random.Random, number: int) -> str:
    lists, roll = _lists(), dice.random()
    if roll < WITH_UTF8:
        local = f"{dice.choice(lists['utf8_local_parts'])}{number}"
    elif roll < WITH_UTF8 + WITH_QUOTES:
        local = f'{dice.choice(lists["quoted_local_parts"])}{number}"'
    else:
        local = f"{dice.choice(lists['local_parts'])}{number}"
    return f"{local}@{dice.choice(lists['domains'])}"
