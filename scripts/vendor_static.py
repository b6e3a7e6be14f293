"""Copy the pinned npm packages into `static/`: run `python scripts/vendor_static.py` after changing package.json."""

import hashlib
import json
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
STATIC = HERE.parent / "static"
MANIFEST = STATIC / "vendor" / "manifest.json"

COPIES = {
    "vendor/figtree/figtree-latin-wght-normal.woff2": (
        "@fontsource-variable/figtree",
        "files/figtree-latin-wght-normal.woff2",
    ),
    "vendor/figtree/figtree-latin-ext-wght-normal.woff2": (
        "@fontsource-variable/figtree",
        "files/figtree-latin-ext-wght-normal.woff2",
    ),
    "vendor/figtree/LICENSE": ("@fontsource-variable/figtree", "LICENSE"),
    "vendor/htmx/htmx.esm.min.js": ("htmx.org", "dist/htmx.esm.min.js"),
    "vendor/htmx/LICENSE": ("htmx.org", "LICENSE"),
    "vendor/lucide/LICENSE": ("lucide-static", "LICENSE"),
}
"""Where a file goes, below static/, and the package and path it comes from."""

SPRITE = "vendor/lucide/icons.svg"


def main() -> None:
    """Install exactly what the lock file says, copy what the pages use, and write down what came from where."""
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    for name, (package, path) in COPIES.items():
        target = STATIC / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_from_package(package, path).read_bytes())
    (STATIC / SPRITE).write_text(sprite(icon_names()), encoding="utf-8")
    MANIFEST.write_text(json.dumps(manifest(), indent=2) + "\n", encoding="utf-8")


def icon_names() -> list[str]:
    """Return the icons the pages may use, as listed in icons.txt."""
    return sorted((HERE / "icons.txt").read_text(encoding="utf-8").split())


def sprite(names: list[str]) -> str:
    """Return one SVG with a symbol for each icon; stroke and size are left to the page's style sheet."""
    symbols = [f'<symbol id="{name}" viewBox="0 0 24 24">{_shapes(name)}</symbol>' for name in names]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def manifest() -> dict[str, object]:
    """Return for each vendored file its package, version, licence and SHA-256."""
    sources = {**{name: package for name, (package, _path) in COPIES.items()}, SPRITE: "lucide-static"}
    locked = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {name: _entry(name, package, locked[f"node_modules/{package}"]) for name, package in sorted(sources.items())}


def _from_package(package: str, path: str) -> Path:
    return HERE / "node_modules" / package / path


def _shapes(name: str) -> str:
    drawing = _from_package("lucide-static", f"icons/{name}.svg").read_text(encoding="utf-8")
    inside = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
    assert inside, f"lucide has no drawing in {name}.svg"
    return " ".join(inside[1].split()).replace("> <", "><")


def _entry(name: str, package: str, locked: dict[str, str]) -> dict[str, str]:
    return {
        "package": package,
        "version": locked["version"],
        "licence": locked["license"],
        "sha256": hashlib.sha256((STATIC / name).read_bytes()).hexdigest(),
    }


if __name__ == "__main__":
    main()
