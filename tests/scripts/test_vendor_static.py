"""The vendored files are the ones the lock file names, unchanged, and hold every icon the pages ask for."""

import hashlib
import json
import re

from portal import config
from scripts import vendor_static

USED = re.compile(
    r"""(?:\bicon\(|picture=|icon_button\([^)]*?, )["']([a-z0-9-]+)["']"""
    r"""|_entry\(path, "[^"]*", "([a-z0-9-]+)\""""
)


def test_the_manifest_describes_every_vendored_file_as_it_is() -> None:
    manifest = json.loads(vendor_static.MANIFEST.read_text(encoding="utf-8"))
    there = [path for path in (vendor_static.STATIC / "vendor").rglob("*") if path.is_file()]
    found = {
        path.relative_to(vendor_static.STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in there
        if path != vendor_static.MANIFEST
    }
    assert {name: entry["sha256"] for name, entry in manifest.items()} == found
    assert manifest == vendor_static.manifest()


def test_the_lock_file_pins_what_package_json_asks_for_and_names_no_host() -> None:
    wanted = json.loads((vendor_static.HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    text = (vendor_static.HERE / "package-lock.json").read_text(encoding="utf-8")
    locked = json.loads(text)["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert "resolved" not in text


def test_every_licence_lies_beside_its_files() -> None:
    manifest = json.loads(vendor_static.MANIFEST.read_text(encoding="utf-8"))
    folders = {name.rpartition("/")[0] for name in manifest}
    assert {folder for folder in folders if f"{folder}/LICENSE" in manifest} == folders


def test_the_sprite_holds_the_icons_listed_and_the_ones_used() -> None:
    sprite = (vendor_static.STATIC / vendor_static.SPRITE).read_text(encoding="utf-8")
    drawn = re.findall(r'<symbol id="([^"]+)"', sprite)
    assert drawn == vendor_static.icon_names()
    used = {
        name
        for path in config.resource("templates").rglob("*.html")
        for names in USED.findall(path.read_text(encoding="utf-8"))
        for name in names
        if name
    }
    assert used - set(drawn) == set()
