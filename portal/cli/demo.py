"""`portal demo`: a fictional company to look around in."""

import click
from flask.cli import with_appcontext

from portal.extensions import db, queue
from portal.services.exchange import demo as demo_world
from portal.tools.screen import screen


@click.command("demo")
@with_appcontext
def demo() -> None:
    """Fill an empty portal with a fictional company, its members and newsletters."""
    with screen.status("Filling the portal with a fictional company…"):
        loaded = demo_world.load()
        db.session.commit()
    if not loaded:
        raise click.ClickException("The portal is not empty, so no demo was loaded.")
    queue.wake_all()
    screen.print(loaded)
