"""Every route says who may use it, every template compiles, and migrations end where the models stand."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from jinja2 import StrictUndefined

from portal.extensions import db
from portal.tools.policy import allowed

ROOT = Path(__file__).parents[2]
KNOWN = {"anyone", "link", "system", "member", "viewer", "recruiter", "publisher", "owner"}
UNDECLARED = {"static"}


def undeclared(app: Flask) -> list[str]:
    """Endpoints whose view forgot to say who may use it."""
    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules()}
    return sorted(name for name, view in views.items() if name not in UNDECLARED and allowed(view) not in KNOWN)


def test_every_route_declares_its_policy(app: Flask) -> None:
    assert undeclared(app) == []


def test_a_route_without_a_policy_is_seen() -> None:
    app = Flask("forgetful")
    app.add_url_rule("/forgotten", "forgotten", lambda: "")
    assert undeclared(app) == ["forgotten"]


def test_templates_compile_and_refuse_what_is_undefined(app: Flask) -> None:
    assert app.jinja_env.undefined is StrictUndefined
    names = [name for name in app.jinja_env.list_templates() if name.endswith((".html", ".txt"))]
    pages = [name for name in names if not name.startswith("mail/")]
    assert [app.jinja_env.get_template(name).name for name in pages] == pages


def test_migrations_end_where_the_models_stand(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
