"""A real browser for tests: where Chromium is, how it starts, and what is asked of every page in it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from waitress.server import create_server
from waitress.wasyncore import close_all

from portal.tools import serving

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_QUICK = {"resultTypes": ["violations"], "iframes": False, "preload": False}
"""The only frames are mails, which may run no script, so axe would wait for an answer that cannot come."""


@contextmanager
def served(app: Flask) -> Iterator[int]:
    """Serve an application with waitress, and say on which port."""
    server: Any = create_server(app, host="127.0.0.1", port=0, threads=serving.THREADS, ident=None)
    loop = threading.Thread(target=server.run, daemon=True)
    loop.start()
    try:
        yield server.effective_port
    finally:
        server.trigger.pull_trigger(lambda: close_all(server._map))
        loop.join(timeout=10)
        server.task_dispatcher.shutdown()


def violations(page: Any) -> list[str]:
    """What axe finds on the page, of any impact: the rule, the element and what would mend it."""
    from axe_playwright_python.sync_playwright import Axe

    return _told(Axe().run(page, options={"runOnly": RULES, **_QUICK}).response)


def violations_once_more(page: Any) -> list[str]:
    """What axe finds on a page it looked at before, which has another width or theme now."""
    return _told(page.evaluate("options => axe.run(document, options)", {"runOnly": RULES, **_QUICK}))


def sideways(page: Any) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def _told(found: dict[str, Any]) -> list[str]:
    nodes = [(rule["id"], node) for rule in found["violations"] for node in rule["nodes"]]
    return [f"{rule}: {node['html'][:160]} {node['failureSummary']}" for rule, node in nodes]
