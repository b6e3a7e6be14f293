"""A browser without scripts for tests: opens pages, fills in forms, presses buttons, and checks every page it sees."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from flask.testing import FlaskClient

from portal.extensions import db

_HTML = "{http://www.w3.org/1999/xhtml}"
_UNLABELLED = {"hidden", "submit", "button", "reset", "image"}
_NAMELESS = {f"{_HTML}{tag}" for tag in ("div", "span", "p")}
_TABLE_ROLES = frozenset({"table", "rowgroup", "row", "rowheader", "columnheader", "cell"})


class Browser:
    """One person's browser: keeps cookies, follows redirects, rolls back what a view forgot to commit."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()

    def open(self, address: str, *, status: int = 200, **options: Any) -> Page:
        """GET an address (a path, or an absolute one on this site)."""
        return self._visit("GET", address, status=status, **options)

    def post(self, address: str, data: Any = None, *, status: int = 200, **options: Any) -> Page:
        """POST to an address, as a form would."""
        return self._visit("POST", address, status=status, data=data, **options)

    def _visit(self, method: str, address: str, *, status: int, **options: Any) -> Page:
        response = self.client.open(
            re.sub(r"^https?://[^/]+", "", address) or "/", method=method, follow_redirects=True, **options
        )
        # A view that forgot to commit must lose its work here, as it would in the field.
        db.session.rollback()
        db.session.expire_all()
        assert response.status_code == status, f"{method} {address}: {response.status} {response.text[:2000]}"
        page = Page(self, response.request.path, response.status_code, response.text, dict(response.headers))
        if response.mimetype == "text/html":
            page.check()
        return page


@dataclass
class Page:
    """A page as it arrived."""

    browser: Browser
    path: str
    status: int
    html: str
    headers: dict[str, str]
    tree: Element = field(init=False, repr=False)
    errors: list[Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parser = html5lib.HTMLParser()
        self.tree = parser.parse(self.html)
        self.errors = parser.errors

    @property
    def title(self) -> str:
        """The text of the title element."""
        return _text(next(self.tree.iter(f"{_HTML}title")))

    @property
    def h1(self) -> str:
        """The one main heading."""
        return _text(next(self.tree.iter(f"{_HTML}h1")))

    @property
    def text(self) -> str:
        """Everything a reader sees in the body, white space folded."""
        return _text(next(self.tree.iter(f"{_HTML}body")))

    @property
    def links(self) -> list[str]:
        """Every address linked to."""
        return [a.get("href", "") for a in self.tree.iter(f"{_HTML}a")]

    def follow(self, words: str) -> Page:
        """Open the first link whose text, or the label read out in its place, contains these words."""
        for a in self.tree.iter(f"{_HTML}a"):
            if any(words in name for name in (_text(a), a.get("aria-label", ""))):
                return self.browser.open(self._resolve(a.get("href", "")))
        raise AssertionError(f"no link {words!r} on {self.path}: {[_text(a) for a in self.tree.iter(f'{_HTML}a')]}")

    def press(self, words: str, *, status: int = 200, **values: Any) -> Page:
        """Fill in the form that holds this button and press it; `values` by field name, lists for many."""
        form, button = self._button(words)
        controls = self._controls(form)
        data = _defaults(controls)
        unknown = {name for name in values if name not in _names(controls)}
        assert not unknown, f"no field {unknown} in the form of {words!r} on {self.path}: {_names(controls)}"
        data = {**data, **values}
        data = {name: value for name, value in data.items() if value is not None}
        if name := button.get("name"):
            data[name] = button.get("value", "")
        action = button.get("formaction") or form.get("action") or self.path
        method = (form.get("method") or "get").upper()
        if method == "GET":
            return self.browser.open(self._resolve(action), status=status, query_string=data)
        return self.browser.post(self._resolve(action), data, status=status)

    def values(self, words: str) -> dict[str, Any]:
        """What the form that holds this button would send as it stands."""
        return _defaults(self._controls(self._button(words)[0]))

    def check(self) -> None:
        """Assert what is true of every page: parseable, one h1, a title, unique ids, labelled fields."""
        assert not self.errors, f"{self.path}: {self.errors[:5]}"
        headings = [_text(h) for h in self.tree.iter(f"{_HTML}h1")]
        assert len(headings) == 1 and headings[0], f"{self.path}: h1 {headings}"
        assert self.title, f"{self.path}: no title"
        assert next(self.tree.iter(f"{_HTML}html"), self.tree).get("lang"), f"{self.path}: no lang"
        ids = [e.get("id") for e in self.tree.iter() if e.get("id") is not None]
        assert len(ids) == len(set(ids)), f"{self.path}: ids twice {sorted(i for i in ids if ids.count(i) > 1)}"
        moments = [e.get("datetime", "") for e in self.tree.iter(f"{_HTML}time") if e.get("datetime") is not None]
        assert not [m for m in moments if "." in m], f"{self.path}: a moment finer than HTML allows {moments}"
        tables = [e for t in self.tree.iter(f"{_HTML}table") for e in t.iter() if e.get("role") in _TABLE_ROLES]
        assert not tables, f"{self.path}: roles inside a table, which has its own"
        unnamed = [e for e in self.tree.iter() if e.tag in _NAMELESS and _names_itself(e) and not e.get("role")]
        assert not unnamed, f"{self.path}: a name on what has no role {[dict(e.items()) for e in unnamed]}"
        self._check_fields(set(ids))
        for e in self.tree.iter():
            inline = e.tag == f"{_HTML}style" or (e.tag == f"{_HTML}script" and e.get("src") is None)
            inline = inline or any(name == "style" or name.startswith("on") for name in e.attrib)
            assert not inline, f"{self.path}: inline script or style: {e.tag} {dict(e.items())}"

    def _check_fields(self, ids: set[str | None]) -> None:
        labelled = {e.get("for") for e in self.tree.iter(f"{_HTML}label")}
        for label in self.tree.iter(f"{_HTML}label"):
            labelled |= {id(e) for e in label.iter()}  # type: ignore[arg-type]
        for kind in ("input", "select", "textarea"):
            for e in self.tree.iter(_HTML + kind):
                if e.get("type") in _UNLABELLED:
                    continue
                named = e.get("id") in labelled or id(e) in labelled or e.get("aria-label") or e.get("aria-labelledby")
                assert named, f"{self.path}: field {e.get('name')} has no label"
                for name in (e.get("aria-describedby") or "").split():
                    assert name in ids, f"{self.path}: {e.get('name')} is described by missing {name}"

    def _button(self, words: str) -> tuple[Element, Element]:
        for form in self.tree.iter(f"{_HTML}form"):
            for e in self._controls(form):
                if e.tag == f"{_HTML}button" and any(words in name for name in (_text(e), e.get("aria-label", ""))):
                    return form, e
        raise AssertionError(
            f"no button {words!r} on {self.path}: {[_text(b) for b in self.tree.iter(f'{_HTML}button')]}"
        )

    def _controls(self, form: Element) -> list[Element]:
        """Everything that belongs to a form: what stands in it, and what names it from elsewhere on the page."""
        inside = [e for e in form.iter() if e.get("form") is None]
        return inside + [e for e in self.tree.iter() if e.get("form") is not None and e.get("form") == form.get("id")]

    def _resolve(self, href: str) -> str:
        href = href.split("#")[0]
        return href if href.startswith(("/", "http")) else self.path + href


def _names_itself(element: Element) -> bool:
    return element.get("aria-label") is not None or element.get("aria-labelledby") is not None


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _names(controls: list[Element]) -> set[str]:
    return {e.get("name", "") for e in controls if e.get("name")}


def _defaults(controls: list[Element]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for e in controls:
        name, kind = e.get("name"), e.get("type", "text")
        if not name or e.get("disabled") is not None:
            continue
        if e.tag == f"{_HTML}textarea":
            data[name] = "".join(e.itertext()).removeprefix("\n")
        elif e.tag == f"{_HTML}select":
            _choose(data, name, e)
        elif e.tag == f"{_HTML}input" and kind in {"checkbox", "radio"}:
            if e.get("checked") is not None:
                data.setdefault(name, []).append(e.get("value", "on"))
        elif e.tag == f"{_HTML}input" and kind not in {"submit", "button", "file"}:
            data[name] = e.get("value", "")
    return data


def _choose(data: dict[str, Any], name: str, select: Element) -> None:
    options = list(select.iter(f"{_HTML}option"))
    chosen = [o for o in options if o.get("selected") is not None] or options[:1]
    data[name] = [o.get("value", _text(o)) for o in chosen]
