"""What SpamAssassin thinks of our mails: hardly any point stands against one. The same as `python -m bench.spam`."""

import os
import shutil
from pathlib import Path

import pytest
from flask import Flask

from bench import spam
from bench.messages import settings
from portal import config

pytestmark = [
    pytest.mark.one_engine,
    pytest.mark.skipif(shutil.which("spamassassin") is None, reason=spam.MISSING),
]


@pytest.fixture
def mails(app: Flask, tmp_path: Path) -> list[tuple[str, bytes]]:
    """Some newsletters, measured and not, and the letters."""
    config.use(config.Settings(**{**config.current().model_dump(), **settings(tmp_path)}))
    data = os.environ.get("EVERGREEN_DATA")
    made = list(spam.mails(Path(data) if data else None))
    return [*made[:-2:4], *made[-2:]]


def test_hardly_a_point_stands_against_a_mail(mails: list[tuple[str, bytes]]) -> None:
    verdicts = spam.judge(mails)
    assert [(each.name, each.rules) for each in verdicts if each.against >= spam.MOST] == []


def test_a_mail_that_lost_its_date_is_seen(mails: list[tuple[str, bytes]]) -> None:
    [verdict] = spam.judge([(name, spam.undated(raw)) for name, raw in mails[:1]])
    assert verdict.against >= spam.MOST
