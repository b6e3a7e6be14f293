"""A segment reads back as a sentence."""

from typing import Any

import pytest
from flask import Flask

from portal.services.people import segments
from tests import factories

ROBOTICS = {"rule": "community", "is": "robotics"}
FORCE = {"rule": "interest", "community": "robotics", "has": "force"}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([], "Everyone"),
        ([ROBOTICS], "People in Robotics software"),
        (
            [ROBOTICS, FORCE, {"rule": "joined", "since": "2026-05-03"}],
            "People in Robotics software who picked Force control and joined since 3 May 2026",
        ),
        ([FORCE], "People who picked Force control in Robotics software"),
        (
            [ROBOTICS, {"rule": "community", "is_not": "field"}, {"rule": "status", "is": "paused"}],
            "People in Robotics software and not in Field engineering who are paused",
        ),
        (
            [{"rule": "community", "is_not": "robotics"}, {**FORCE, "community": "field"}],
            "People not in Robotics software who picked force in Field engineering",
        ),
        ([{"rule": "joined", "within_days": 1}], "People who joined in the last day"),
        ([{"rule": "joined", "before_days": 90}], "People who joined more than 90 days ago"),
        ([{"rule": "joined", "before": "2026-01-01"}], "People who joined before 1 January 2026"),
        (
            [{"rule": "interest", "community": "robotics", "has_not": "force"}, {"rule": "frequency", "is": "monthly"}],
            "People who did not pick Force control in Robotics software and hear monthly",
        ),
        ([{"rule": "status", "is": "muted", "community": "gone"}], "People who muted the newsletters in gone"),
    ],
)
def test_the_sentence_says_what_the_rules_ask(app: Flask, rules: list[dict[str, Any]], said: str) -> None:
    robotics = factories.community(slug="robotics", name="Robotics software", interests=("force",))
    robotics.interests[0].name = "Force control"
    factories.community(slug="field", name="Field engineering", interests=())
    assert segments.sentence({"version": 1, "all": rules}) == said


def test_many_are_said_with_one_look_at_the_names_and_a_broken_one_says_why(app: Flask) -> None:
    broken = "This segment was made by another version of Evergreen; make it again here"
    assert segments.sentences([segments.everyone(), {"version": 9, "all": []}]) == ["Everyone", broken]
