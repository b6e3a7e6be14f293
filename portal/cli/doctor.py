"""`portal doctor`: what keeps mails from arriving, and what to do about it."""

import ipaddress
import json
from collections import Counter
from collections.abc import Iterator

import click
from flask.cli import with_appcontext

from portal.services.sending.doctor import case, rounds
from portal.services.sending.doctor.findings import Finding
from portal.tools.dns import BadResolver, Resolver
from portal.tools.screen import screen

_WIDTH = 12


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--resolver", metavar="IP[:PORT]", help="DNS server to ask, in place of this machine's.")
@click.option("--address", "addresses", metavar="IP", multiple=True, help="Address your mail leaves from, if you know.")
@with_appcontext
def doctor(as_json: bool, resolver: str | None, addresses: tuple[str, ...]) -> None:
    """Look at settings, database, worker, DNS records, mail server and site, and say what to mend.

    The status is 1 where something is a problem. What could not be looked at is said to be so.
    """
    opened = case.open_case(_resolver(resolver), addresses=[_address(written) for written in addresses])
    found: list[Finding] = []
    for check in rounds.CHECKS:
        with screen.status(f"Looking at {check.name}…"):
            seen = rounds.look(check, opened)
        found += seen
        if not as_json:
            click.echo("\n".join(line for finding in seen for line in _lines(finding)))
    counted: Counter[str] = Counter(finding.result for finding in found)
    if as_json:
        click.echo(json.dumps({"counts": counted, "checks": [finding.as_dict() for finding in found]}))
    screen.print(_summed_up(counted))
    if counted["problem"]:
        raise SystemExit(1)


def _resolver(written: str | None) -> Resolver:
    try:
        return Resolver(written)
    except BadResolver as error:
        raise click.BadParameter(f"{error}.", param_hint="--resolver") from error


def _address(written: str) -> str:
    try:
        return str(ipaddress.ip_address(written))
    except ValueError as error:
        raise click.BadParameter("Name an IP address, such as 192.0.2.7.", param_hint="--address") from error


def _summed_up(counted: Counter[str]) -> str:
    many = (f"{counted[word]} {word}{'' if counted[word] == 1 else 's'}" for word in ("problem", "warning"))
    return ", ".join([*many, f"{counted['not_checked']} not checked", f"{counted['ok']} ok"])


def _lines(finding: Finding) -> Iterator[str]:
    yield f"{finding.result.replace('_', ' '):{_WIDTH}} {finding.check}: {_shown(finding.why)}"
    if finding.todo:
        yield f"{'':{_WIDTH}} → {_shown(finding.todo)}"
    for record in finding.records:
        yield f"{'':{_WIDTH}}   {_shown(str(record))}"


def _shown(text: str) -> str:
    """Return what others wrote without signs that would move a terminal's cursor."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)
