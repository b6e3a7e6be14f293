"""`portal web`: the pages, served by waitress."""

import logging

import click
from flask import current_app
from flask.cli import with_appcontext

from portal.tools import serving


@click.command("web")
@click.option("--host", default=serving.DEFAULT_HOST, show_default=True, help="Address to listen on.")
@click.option("--port", default=serving.DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535), help="Port.")
@with_appcontext
def web(host: str, port: int) -> None:
    """Serve the pages."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        serving.refuse_taken_port(host, port)
    except serving.CannotListen as error:
        raise click.ClickException(str(error)) from error
    serving.serve(current_app._get_current_object(), host=host, port=port)  # type: ignore[attr-defined]
