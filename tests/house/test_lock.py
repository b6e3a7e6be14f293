"""The lock file names a version for everything pyproject asks for, within its range, and says nothing else."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_HOUSE = Path(__file__).parents[2]
_LINE = re.compile(r"[a-z0-9.-]+==[0-9][0-9a-z.]*( ; [^;]+)?")


def asked() -> list[Requirement]:
    """Every requirement of the project and its extras, but for those on itself."""
    project = tomllib.loads((_HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    every = [Requirement(line) for line in [*project["dependencies"], *extras]]
    return [requirement for requirement in every if requirement.name != project["name"]]


def lines() -> list[str]:
    """The lines of the lock file that name versions."""
    text = (_HOUSE / "requirements.lock").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_each_line_is_a_name_and_a_version_and_maybe_a_marker() -> None:
    assert [line for line in lines() if not _LINE.fullmatch(line)] == []


@pytest.mark.parametrize("requirement", asked(), ids=lambda requirement: requirement.name)
def test_what_is_asked_for_is_locked_within_its_range(requirement: Requirement) -> None:
    locked = [Requirement(line) for line in lines()]
    versions = [next(iter(one.specifier)).version for one in locked if one.name == canonicalize_name(requirement.name)]
    assert versions
    assert [version for version in versions if version not in requirement.specifier] == []
