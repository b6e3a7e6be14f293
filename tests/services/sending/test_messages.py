"""Mails to people with awkward names in fifty languages, each read byte by byte, compared and verified.

A small part of `python -m bench.messages`.
"""

import os
from pathlib import Path

import pytest
from flask import Flask

from bench import messages
from portal import config

pytestmark = pytest.mark.one_engine
SEED = 20261126


@pytest.fixture(autouse=True)
def _signing(app: Flask, tmp_path: Path) -> None:
    config.use(config.Settings(**{**config.current().model_dump(), **messages.settings(tmp_path)}))


def test_whatever_people_are_called_and_in_whatever_language(app: Flask) -> None:
    data = os.environ.get("EVERGREEN_DATA")
    tally = messages.run(mails=200, seed=SEED, data=Path(data) if data else None, some=50)
    assert tally.shown == [], f"seed {SEED}"
    assert tally.mails == 200
    assert len(tally.languages) >= 30
    assert tally.refused_names >= 17
    assert tally.needing_smtputf8 > 0
    assert tally.measured > 0


@pytest.mark.parametrize(
    ("fault", "mails", "kinds"),
    [
        ("default-policy", 5, {"wire", "preview", "signature"}),
        ("unescaped", 90, {"preview", "words"}),
        ("signed-too-soon", 5, {"signature"}),
    ],
)
def test_a_broken_twin_is_seen(app: Flask, fault: str, mails: int, kinds: set[str]) -> None:
    tally = messages.run(mails=mails, seed=SEED, data=None, some=3, fault=fault)
    assert {said.partition(":")[0] for said in tally.faults} == kinds
