"""The door for the command line: `portal …`."""

import sys
from typing import Any

import click
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy.exc import DatabaseError, OperationalError

from portal.cli import demo, dkim, doctor, inbound, members, newsletters, recruiters, up, web
from portal.config import BadSettings

COMMANDS = (
    up.up,
    web.web,
    demo.demo,
    recruiters.recruiter,
    members.members,
    newsletters.newsletter,
    dkim.dkim,
    doctor.doctor,
    inbound.inbound_command,
)


def register(app: Flask) -> None:
    """Add the commands to the application."""
    for command in COMMANDS:
        app.cli.add_command(command)


def main() -> None:
    """Run the `portal` command; what does not add up is told in plain words, status 2, a database that is away 1."""
    try:
        group(prog_name="portal")
    except BadSettings as error:
        click.echo(f"Evergreen cannot start.\n{error}", err=True)
        sys.exit(_status(2))
    except DatabaseError as error:
        if type(error) not in {DatabaseError, OperationalError} and not _is_pipe():
            raise
        click.echo(f"The database cannot be used: {error.orig}\nIt is set by PORTAL_DATABASE_URL.", err=True)
        sys.exit(_status(1))


def _is_pipe() -> bool:
    return sys.argv[1:2] == [inbound.inbound_command.name]


def _status(status: int) -> int:
    """A mail server whose pipe we are keeps the mail and comes back, whatever keeps us from starting."""
    return inbound.COME_BACK if _is_pipe() else status


def _create_app() -> Any:
    from portal import create_app

    return create_app()


group = FlaskGroup(
    name="portal",
    create_app=_create_app,
    add_default_commands=False,
    add_version_option=False,
    set_debug_flag=False,
    help="Evergreen, a talent community portal. Start everything with: portal up",
)
for command in COMMANDS:
    group.add_command(command)
