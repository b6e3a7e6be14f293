"""Fills mail templates in the member's language; every value must be given, and HTML escapes what it is given."""

from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal import config
from portal.tools.rendering.words import translations
from portal.tools.rendering.wrapping import columns, wrap_all


def fill(name: str, *, language: str, **values: object) -> str:
    """Return the template `templates/mail/<name>` with its values; raises on one that is missing."""
    return _environment(language).get_template(f"mail/{name}").render(language=language, **values)


@lru_cache(maxsize=16)
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(str(config.resource("templates"))),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.filters["wrapped"] = wrap_all
    environment.filters["columns"] = columns
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return environment
