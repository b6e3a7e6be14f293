"""A document is read strictly; what is wrong with a rule is said in a plain sentence."""

from typing import Any

import pytest
from flask import Flask

from portal.services.people import segments
from portal.services.people.segments import BadRules
from tests import factories

INCOMPLETE = "This rule is incomplete. Fill it in or remove it"
UNKNOWN = "Evergreen does not know this rule. Remove it"
NO_DAY = "Enter a day, such as 2026-05-03"
NO_DAYS = "Enter a number of days from 1 to 36500"


def test_a_good_document_comes_back_as_it_is(app: Flask) -> None:
    factories.community(slug="robotics", interests=("force",))
    document = {
        "version": 1,
        "all": [
            {"rule": "community", "is": "robotics"},
            {"rule": "interest", "community": "robotics", "has": "force"},
            {"rule": "status", "is": "active", "community": "robotics"},
            {"rule": "frequency", "is": "monthly"},
            {"rule": "joined", "within_days": 30},
        ],
    }
    assert segments.validate(document) == document


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"rule": "community", "is": "nowhere"}, "There is no community “nowhere” any more. Choose another"),
        ({"rule": "community", "is": ""}, "Choose a community"),
        ({"rule": "community", "is": ["robotics"]}, "Choose a community"),
        ({"rule": "community", "is": "a\x00b"}, "Choose a community"),
        ({"rule": "community"}, INCOMPLETE),
        ({"rule": "community", "is": "robotics", "is_not": "robotics"}, INCOMPLETE),
        ({"rule": "community", "is": "robotics", "or": "1=1"}, INCOMPLETE),
        ({"rule": "interest", "has": "force"}, INCOMPLETE),
        (
            {"rule": "interest", "community": "robotics", "has": "nothing"},
            "Robotics has no interest “nothing”. Choose another",
        ),
        ({"rule": "status", "is": "happy"}, "Choose a status"),
        ({"rule": "frequency", "is": "hourly"}, "Choose how often"),
        ({"rule": "joined", "since": "yesterday"}, NO_DAY),
        ({"rule": "joined", "since": "2026-02-30"}, NO_DAY),
        ({"rule": "joined", "since": "２０２６-02-20"}, NO_DAY),
        ({"rule": "joined", "since": 3}, NO_DAY),
        ({"rule": "joined", "since": "0001-01-01"}, "Enter a day between 1900 and 2200"),
        ({"rule": "joined", "within_days": 0}, NO_DAYS),
        ({"rule": "joined", "within_days": True}, NO_DAYS),
        ({"rule": "joined", "within_days": 10**9}, NO_DAYS),
        ({"rule": "joined", "within_days": "30"}, NO_DAYS),
        ({"rule": "sql", "is": "1=1"}, UNKNOWN),
        ({"rule": ["community"]}, UNKNOWN),
        ("community", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_each_bad_rule_says_what_to_do(app: Flask, rule: Any, sentence: str) -> None:
    factories.community(slug="robotics", interests=("force",))
    with pytest.raises(BadRules) as refused:
        segments.validate({"version": 1, "all": [{"rule": "status", "is": "active"}, rule]})
    assert {place: str(said) for place, said in refused.value.problems.items()} == {1: sentence}


@pytest.mark.parametrize(
    "document", [None, [], "all", {}, {"version": 1}, {"all": []}, {"version": 1, "all": [], "sql": 1}]
)
def test_what_is_no_document_is_refused(app: Flask, document: Any) -> None:
    with pytest.raises(BadRules) as refused:
        segments.validate(document)
    assert str(refused.value) == "This is not a segment: it needs a version and its rules"


@pytest.mark.parametrize("version", [0, 2, "1", True, None, 1.0])
def test_a_document_of_another_version_is_refused_everywhere(app: Flask, version: Any) -> None:
    document = {"version": version, "all": [{"rule": "status", "is": "active"}]}
    for ask in (segments.validate, segments.count, segments.sentence):
        with pytest.raises(BadRules) as refused:
            ask(document)
        assert str(refused.value) == "This segment was made by another version of Evergreen; make it again here"


def test_none_and_too_many_rules_are_refused(app: Flask) -> None:
    rule = {"rule": "status", "is": "active"}
    for found, sentence in (
        ([], "Add at least one rule"),
        ([rule] * 21, "Use at most 20 rules"),
        ({}, "Use at most 20 rules"),
    ):
        with pytest.raises(BadRules) as refused:
            segments.validate({"version": 1, "all": found})
        assert str(refused.value) == sentence
