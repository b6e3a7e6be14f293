"""Real bounces, complaints and answers: most are understood, and no living mailbox is taken for gone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.tools.mail import incoming
from portal.tools.mail.incoming import Reading, statuses

ENOUGH = 0.92
SAME = {
    "policy": "soft", "delayed": "soft", "reply": "not-a-bounce", "unknown": "unrecognised", "ignored": "report-other",
    "auto_reply": "auto-reply",
}  # fmt: skip
"""How the corpus calls our classes."""


def test_real_mails_are_understood(shared_data: Path) -> None:
    misses, cases, false_hard = _judge(shared_data, incoming.read)
    assert false_hard == []
    assert len(misses) <= len(cases) * (1 - ENOUGH), misses
    of_failures = [case for case in cases if case["expected_class"] in {"hard", "soft"}]
    missed = [case for case in of_failures if case["file"] in misses]
    assert len(missed) <= len(of_failures) * (1 - ENOUGH), missed
    for always in ("complaint", "auto-reply"):
        assert [case["file"] for case in cases if case["expected_class"] == always and case["file"] in misses] == []


def test_the_gate_sees_a_reader_that_is_too_sure(shared_data: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(statuses, "kind", lambda status, **_: "hard" if not status.startswith("4") else "soft")
    assert len(_judge(shared_data, incoming.read)[2]) > 5


def _judge(folder: Path, read: Callable[[bytes], Reading]) -> tuple[dict[str, Any], list[dict[str, Any]], list[str]]:
    """Return the misses by file, all cases, and the files with a mailbox taken for gone that is not."""
    cases = json.loads((folder / "bounces" / "expected.json").read_text(encoding="utf-8"))
    misses, false_hard = {}, []
    for case in cases:
        found = read((folder / "bounces" / case["file"]).read_bytes()).findings
        kinds = [SAME.get(each.kind, each.kind) for each in found]
        expected = case["expected_class"]
        if expected == "mixed":
            told = {each.recipient.lower(): SAME.get(each.kind, each.kind) for each in found}
            is_right = told == {one["recipient"].lower(): one["class"] for one in case["recipients"]}
            gone = {one["recipient"].lower() for one in case["recipients"] if one["class"] == "hard"}
            is_false = any(kind == "hard" and who not in gone for who, kind in told.items())
        else:
            is_right, is_false = set(kinds) == {expected}, "hard" in kinds and expected != "hard"
        if not is_right:
            misses[case["file"]] = (expected, kinds)
        if is_false:
            false_hard.append(case["file"])
    return misses, cases, false_hard
