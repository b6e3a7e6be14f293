"""`portal recruiter …`: who may work at the desk."""

import click
from flask.cli import with_appcontext

from portal.extensions import db
from portal.models import ROLES, Recruiter
from portal.services.staff import recruiters, set_up
from portal.tools import links
from portal.tools.mail import address
from portal.tools.screen import screen


@click.group("recruiter")
def recruiter() -> None:
    """Who may work at the desk."""


@recruiter.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(list(reversed(ROLES))), required=True, help="What they may do.")
@click.option("--name", default="", help="Their name; they can change it themselves.")
@with_appcontext
def add(email: str, role: str, name: str) -> None:
    """Add a recruiter and print the one-time link with which they set themselves up."""
    try:
        person = recruiters.add(email, role=role, name=name)
    except recruiters.AlreadyThere as error:
        raise click.ClickException(
            f"{email} works at the desk already. For a fresh link: portal recruiter link {email}"
        ) from error
    except address.BadAddress as error:
        raise click.ClickException(f"{email}: {error}") from error
    except address.BadName as error:
        raise click.ClickException(str(error)) from error
    _print_link(person)


@recruiter.command("link")
@click.argument("email")
@with_appcontext
def link(email: str) -> None:
    """Print a fresh one-time link for somebody who lost their password, phone or first link."""
    person = recruiters.find(email)
    if person is None:
        raise click.ClickException(
            f"Nobody at the desk has the address {email}. To let them in: portal recruiter add {email} --role recruiter"
        )
    if not person.active:
        raise click.ClickException(f"{email} may not come in any more. An owner can let them in again in the settings.")
    _print_link(person)
    screen.print(
        f"For {person.name or person.email}, once, within {set_up.LIFE.days} days. Earlier links stopped working; "
        "the old password, codes and passkeys stop when this one is used.",
        markup=False,
    )


def _print_link(person: Recruiter) -> None:
    made = set_up.invite(person)
    db.session.commit()
    click.echo(links.set_up(made.public_id))
