"""The mail server's ledger, read while it grows and reckoned with at the end."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.drilling.sink import TAKEN


class Entry(NamedTuple):
    """One line: what happened, when (seconds since 1970), on which worker's line, and to which mail."""

    what: str
    at: float
    slot: int
    recipient: str
    message_id: str

    @property
    def delivery_id(self) -> int:
        """The delivery a Message-ID names; 0 where it names none."""
        word, _, rest = self.message_id.strip("<>").partition(".")
        number = rest.partition(".")[0]
        return int(number) if word == "delivery" and number.isdigit() else 0


class Ledger:
    """A file that the mail server appends to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last_seen: dict[int, float] = {}
        self.taken = 0
        self._read_to = 0

    def news(self) -> Iterator[tuple[str, int]]:
        """Yield (what, slot) of the lines written since the last look."""
        for entry in self._since():
            self.last_seen[entry.slot] = entry.at
            self.taken += entry.what == TAKEN
            yield entry.what, entry.slot

    def catch_up(self) -> None:
        """Read what is new and remember who was seen."""
        for _ in self.news():
            pass

    def entries(self) -> list[Entry]:
        """Return everything that was written."""
        return [_entry(line) for line in self.path.read_text(encoding="utf-8").splitlines()]

    def _since(self) -> list[Entry]:
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            fresh = file.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read_to += len(whole)
        return [_entry(line) for line in whole.decode().splitlines()]


def counts(entries: list[Entry]) -> dict[str, int]:
    """Return how often each thing happened."""
    return dict(Counter(entry.what for entry in entries))


def _entry(line: str) -> Entry:
    what, at, slot, recipient, message_id = line.split("\t")
    return Entry(what, float(at), int(slot), recipient, message_id)
