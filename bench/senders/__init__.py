"""One sender each, run as a process of its own: <mails> <port> <folder>, one line of JSON on stdout.

The folder holds the edition as templates, so that all send the same words.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.senders import edition


def run(name: str, mails: int, port: int, *more: str) -> dict[str, Any]:
    """Let a sender send to this port of this machine and return what it tells; `-ed25519` after a name signs."""
    with tempfile.TemporaryDirectory() as folder:
        edition.write(Path(folder))
        words = [_python(name), "-m", f"bench.senders.{name.partition('-ed25519')[0].replace('-', '_')}"]
        words += [str(mails), str(port), folder, *more, *(["--ed25519"] if name.endswith("ed25519") else [])]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _python(name: str) -> str:
    """Return the interpreter; django-newsletter gets an environment of its own, kept between runs."""
    if name != "django-newsletter":
        return sys.executable
    place = Path(tempfile.gettempdir()) / "bench-django-newsletter"
    if not (place / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        subprocess.run(
            [str(place / "bin" / "pip"), "install", "-q", "django-newsletter", "sorl-thumbnail", "pillow"], check=True
        )
    return str(place / "bin" / "python")
