"""`portal dkim …`: keys that prove our mails are ours."""

from pathlib import Path

import click

from portal import clock, config
from portal.services.sending import signing
from portal.tools.dns import Record
from portal.tools.mail import address
from portal.tools.screen import screen


@click.group("dkim")
def dkim() -> None:
    """Keys that prove our mails are ours."""


@dkim.command("create")
@click.option(
    "--algorithm",
    type=click.Choice(["rsa", "ed25519"]),
    default="rsa",
    show_default=True,
    help="rsa (2048 bits) is understood everywhere; ed25519 is shorter and newer, good beside an rsa key, not alone.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write; never one that exists.")
@click.option("--selector", help="Name of the key in the DNS.  [default: algorithm and month, such as rsa202611]")
def create(algorithm: str, out: Path, selector: str | None) -> None:
    """Make a private key, and print the DNS record to publish and the settings to set.

    Begin with an RSA key: every mailbox can check its signatures. An Ed25519 key can sign beside it; mailboxes that
    do not know it yet pass over it, so it never replaces the RSA key.
    """
    settings = config.load()
    here, domain = out.resolve(), settings.dkim_domain or _domain_of(settings.mail_from)
    keys = dict(zip((file.resolve() for file in settings.dkim_key_file), settings.dkim_selector, strict=True))
    selector = selector or keys.get(here) or f"{algorithm}{clock.now():%Y%m}"
    if selector in {taken for file, taken in keys.items() if file != here}:
        raise click.ClickException(f"The selector {selector} is taken by another key. Name one with --selector.")
    if "," in str(here):
        raise click.ClickException("PORTAL_DKIM_KEY_FILE has commas between files, so choose a path without one.")
    try:
        signer = signing.create_key(out, kind=algorithm, domain=domain, selector=selector)
    except ValueError as error:
        raise click.ClickException(f"{selector} at {domain}: {error}.") from error
    except signing.CannotWrite as error:
        raise click.ClickException(f"{error}.") from error
    keys[here] = selector
    screen.print(f"{out} holds the private key: keep it from others, and in your backups.", markup=False)
    screen.print("1. Publish this record:")
    click.echo(Record(signer.record_name, "TXT", signer.record))
    screen.print("2. Set these, run portal doctor until it finds the key, then start web and worker again:")
    click.echo(f"PORTAL_DKIM_KEY_FILE={','.join(map(str, keys))}")
    click.echo(f"PORTAL_DKIM_SELECTOR={','.join(keys.values())}")


def _domain_of(sender: str) -> str:
    if not sender:
        raise click.ClickException("No domain to sign for: set PORTAL_MAIL_FROM first.")
    try:
        return address.parse(sender)[1].rpartition("@")[2]
    except ValueError as error:
        raise config.BadSettings(f"PORTAL_MAIL_FROM must look like Name <talent@example.org>: {error}.") from error
