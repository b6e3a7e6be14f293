"""What a look comes to: all is well, somebody may want to mend it, somebody must, or nobody could look."""

from dataclasses import dataclass
from typing import Any, Literal

from portal.tools.dns import Record

Result = Literal["ok", "warning", "problem", "not_checked"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what came of it and why, what to do, and the records to publish for it."""

    check: str
    result: Result
    why: str
    todo: str = ""
    records: tuple[Record, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON; a record both in pieces and as a zone file has it."""
        records = [
            {
                "name": record.name,
                "type": record.kind,
                "value": record.value,
                "strings": record.strings,
                "line": f"{record}",
            }
            for record in self.records
        ]
        return {"check": self.check, "result": self.result, "why": self.why, "todo": self.todo, "records": records}


def ok(check: str, why: str) -> Finding:
    """Nothing to do."""
    return Finding(check, "ok", why)


def warning(check: str, why: str, todo: str, *records: Record) -> Finding:
    """It works, and somebody should look at it."""
    return Finding(check, "warning", why, todo, records)


def problem(check: str, why: str, todo: str, *records: Record) -> Finding:
    """Mails do not go out, do not arrive or lead nowhere until somebody mends it."""
    return Finding(check, "problem", why, todo, records)


def not_checked(check: str, why: str, todo: str = "") -> Finding:
    """Nobody could look."""
    return Finding(check, "not_checked", why, todo)
