"""Runs migrations on the application's own engine, so that both engines get the same ones."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import JSON
from sqlalchemy.types import TypeDecorator

db = current_app.extensions["migrate"].db


def run() -> None:
    """Bring the database to the wanted revision in one transaction."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=_render_plainly,
        )
        with context.begin_transaction():
            context.run_migrations()


def _render_plainly(kind: str, item: Any, _autogen: Any) -> str | bool:
    # A migration must outlive our own types, so it names what they store instead.
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    if kind == "type" and isinstance(item, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


run()
