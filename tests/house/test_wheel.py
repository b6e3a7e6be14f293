"""The wheel carries every folder that the installed application reads, and names none that is not there."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def included() -> set[str]:
    """Folders beside the package that the wheel takes along."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return set(settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"])


def read_at_run_time(root: Path) -> set[str]:
    """Folders that the application asks for by name, and that have something in them."""
    asked = {
        name
        for path in (root / "portal").rglob("*.py")
        for name in re.findall(r"\bresource\(\"(\w+)\"\)", path.read_text(encoding="utf-8"))
    }
    return {name for name in asked if any(path.is_file() for path in (root / name).rglob("*"))}


def test_the_wheel_takes_what_is_read_and_nothing_else() -> None:
    assert included() == read_at_run_time(ROOT)


def test_a_forgotten_folder_is_seen(tmp_path: Path) -> None:
    (tmp_path / "portal").mkdir()
    (tmp_path / "portal" / "app.py").write_text('config.resource("translations"); config.resource("static")')
    catalogue = tmp_path / "translations" / "de" / "messages.mo"
    catalogue.parent.mkdir(parents=True)
    assert read_at_run_time(tmp_path) == set()
    catalogue.touch()
    assert read_at_run_time(tmp_path) == {"translations"}
