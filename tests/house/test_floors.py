"""The house stands: imports go down, doors keep apart, services stay free of Flask and of commits, files stay small."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = {"clock": 0, "config": 0, "models": 1, "extensions": 2, "tools": 3, "services": 4}
DOORS = ("public", "desk", "api", "worker", "cli")
CONTEXTS = ("staff", "people", "communities", "newsletters", "sending", "nurture", "openings", "insight", "exchange")
NAMELESS = {"utils", "util", "common", "helpers", "helper", "misc", "constants"}
LONGEST = 300

Import = tuple[str, str]


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the package with its dotted name."""
    for path in sorted((ROOT / "portal").rglob("*.py")):
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def imports(source: str) -> Iterator[tuple[str, bool]]:
    """Every module a source imports, and whether only for type checking."""
    tree = ast.parse(source)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in for_types) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", id(node) in for_types) for alias in node.names)


def floor(module: str) -> int:
    """The floor a module stands on; 6 for the application itself."""
    parts = module.split(".")
    if len(parts) == 1 or parts[1] == "__main__":
        return 6
    return 5 if parts[1] in DOORS else FLOORS.get(parts[1], 6)


def wrong_imports(name: str, source: str) -> list[str]:
    """What a module imports against the rules."""
    return [f"{name} imports {target}" for target, typing in imports(source) if not typing and _is_wrong(name, target)]


def _is_wrong(name: str, target: str) -> bool:
    here, there = name.split("."), target.split(".")
    if there[0] != "portal" or here[0] != "portal" or len(here) == 1:
        return False
    known = len(there) > 1 and (there[1] in FLOORS or there[1] in DOORS)
    if not known:
        # `from portal import create_app` happens inside commands only, when they are called.
        return False
    if floor(target) > floor(name):
        return True
    if floor(name) == floor(target) == 5:
        return here[1] != there[1] or _is_another_room(here, there)
    return floor(name) == 4 == floor(target) and _is_rightwards(here, there)


def _is_another_room(here: list[str], there: list[str]) -> bool:
    # The door's own __init__ opens the rooms; guards, forms and other furniture are no rooms.
    return len(here) > 2 and len(there) > 2 and here[2] != there[2] and _is_room(here) and _is_room(there)


def _is_room(parts: list[str]) -> bool:
    path = ROOT.joinpath(*parts[:3])
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return parts[1] in {"public", "desk"} and source.exists() and "Blueprint(" in source.read_text(encoding="utf-8")


def _is_rightwards(here: list[str], there: list[str]) -> bool:
    if len(here) < 3 or len(there) < 3 or there[2] not in CONTEXTS:
        return False
    return CONTEXTS.index(there[2]) > CONTEXTS.index(here[2])


def test_imports_go_down_and_never_across() -> None:
    wrong = [line for name, path in modules() for line in wrong_imports(name, path.read_text(encoding="utf-8"))]
    assert wrong == []


def broken_services(source: str) -> list[str]:
    """What a service does that only doors may."""
    found = [target for target, _typing in imports(source) if target.split(".")[0] == "flask"]
    calls = [ast.unparse(n.func) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    return found + [call for call in calls if call.endswith(".commit")]


def test_services_never_commit_and_know_no_flask() -> None:
    services = [(name, path) for name, path in modules() if name.startswith("portal.services")]
    assert {name: broken_services(path.read_text(encoding="utf-8")) for name, path in services} == {
        name: [] for name, _path in services
    }


def test_models_know_no_flask_but_for_the_recruiter() -> None:
    flask = {
        name
        for name, path in modules()
        if name.startswith("portal.models")
        and any(
            target.split(".")[0].startswith("flask") for target, _typing in imports(path.read_text(encoding="utf-8"))
        )
    }
    assert flask == {"portal.models.recruiter"}


def test_no_file_is_longer_than_300_lines() -> None:
    files = [*(ROOT / "portal").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")]
    counted = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: n for path, n in counted.items() if n > LONGEST} == {}


def test_no_template_is_longer_than_120_lines() -> None:
    counted = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in (ROOT / "templates").rglob("*.html")}
    assert {path: n for path, n in counted.items() if n > 120} == {}


def test_every_room_has_a_name() -> None:
    assert [name for name, _path in modules() if NAMELESS & set(name.split("."))] == []


def test_every_file_opens_with_a_sentence() -> None:
    silent = [name for name, path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("portal.models.member", "from portal.services.people import joins"),
        ("portal.tools.links", "import portal.desk.home"),
        ("portal.public.confirm", "from portal.desk import home"),
        ("portal.public.confirm", "from portal.public import sign_in"),
        ("portal.services.people.joins", "from portal.services.sending import letters"),
    ],
)
def test_an_import_against_the_rules_is_seen(name: str, source: str) -> None:
    assert len(wrong_imports(name, source)) == 1


@pytest.mark.parametrize("source", ["from flask import request", "db.session.commit()"])
def test_a_service_that_acts_like_a_door_is_seen(source: str) -> None:
    assert len(broken_services(source)) == 1
