"""After signing in people stay on this site, whatever the address they came with says."""

import json
from pathlib import Path

import pytest
from flask import Flask

from portal import config
from portal.tools.same_site import path_or

STAYS = {
    "/preferences": "/preferences",
    "/c/robotics?page=2#latest": "/c/robotics?page=2#latest",
    "preferences": "/preferences",
    "?page=2": "/?page=2",
    "https://talent.example.org/preferences": "/preferences",
}
LEAVES = [
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "https:evil.example",
    "https:///evil.example",
    "https://talent.example.org.evil.example/",
    "https://talent.example.org@evil.example/",
    "/./..//evil.example",
    "/%2f%2fevil.example",
    "/%09/evil.example",
    "javascript:alert(1)",
    " https://evil.example",
    "/\r\nSet-Cookie: a=b",
    "/" + "a" * 600,
    "",
]


@pytest.fixture(autouse=True)
def _at_the_example_address(app: Flask) -> None:
    config.use(config.current().model_copy(update={"base_url": "https://talent.example.org"}))


@pytest.mark.parametrize("wanted", STAYS)
def test_an_address_of_this_site_is_kept(wanted: str) -> None:
    assert path_or(wanted, default="/home") == STAYS[wanted]


@pytest.mark.parametrize("wanted", LEAVES)
def test_any_other_address_is_replaced(wanted: str) -> None:
    assert path_or(wanted, default="/home") == "/home"


def test_published_redirect_cases(shared_data: Path) -> None:
    cases = json.loads((shared_data / "nasty/redirect-cases.json").read_text(encoding="utf-8"))
    strict = {case["next"]: case["expected"] for case in cases if case["expected"] in {"allow", "refuse"}}
    found = {wanted: "refuse" if path_or(wanted, default="?") == "?" else "allow" for wanted in strict}
    assert found == strict


def test_published_open_redirects_stay_here(shared_data: Path) -> None:
    lines = (shared_data / "nasty/open-redirect.txt").read_text(encoding="utf-8").splitlines()
    found = {path_or(line, default="/home") for line in lines}
    assert {
        path for path in found if not path.startswith("/") or path.startswith("//") or "\\" in path.split("?")[0]
    } == set()
