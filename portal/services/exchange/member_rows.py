"""What a sheet says about people: which column holds what, and one row read as one person."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from portal import clock
from portal.models.membership import FREQUENCIES
from portal.tools.languages import OFFERED
from portal.tools.mail import address

COLUMNS = {
    "email": ("email", "e-mail", "email address", "e-mail address", "mail", "e-mail-adresse", "email_address"),
    "name": ("name", "full name", "full_name", "display name", "contact name", "candidate name"),
    "first_name": ("first name", "first_name", "firstname", "given name", "vorname"),
    "last_name": ("last name", "last_name", "lastname", "family name", "surname", "nachname"),
    "communities": ("communities",),
    "interests": ("interests", "interest", "topics"),
    "frequency": ("frequency",),
    "language": ("language", "locale"),
    "consent_mail": ("consent_mail", "consent mail", "mail consent"),
    "consented_at": ("consented_at", "consented at", "consent date", "opt-in date"),
    "wording": ("consent_wording", "consent wording"),
}
_YES = {"yes", "y", "true", "1", "ja", "si", "sí", "oui", "x"}
_BETWEEN = re.compile(r"\s*[;,|]\s*")
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
_LONGEST_SHOWN = 320


class NoAddressColumn(Exception):
    """No column of the sheet holds addresses; the message names the columns there are."""


class BadMapping(Exception):
    """The mapping names something that is not there; the message says what, and what there is."""


class BadRow(ValueError):
    """The row cannot be taken; the message says why."""


@dataclass(frozen=True)
class Person:
    """One row: who, what they like, how often they want to hear, and when they agreed to mail, if it says so."""

    email: str
    email_key: str
    name: str
    interests: set[str]
    frequency: str
    language: str
    says_no: bool
    consented_at: datetime | None
    wording: str


def columns_of(headings: list[str], mapping: dict[str, str] | None = None) -> dict[str, str]:
    """Return which heading holds what; a mapping `{"email": "Heading"}` goes first.

    Raise `BadMapping` or `NoAddressColumn`.
    """
    mapping = mapping or {}
    _refuse_bad_mapping(headings, mapping)
    folded = {heading.casefold().strip(): heading for heading in headings if heading}
    guessed = {what: folded[name] for what, names in COLUMNS.items() for name in reversed(names) if name in folded}
    found = {**guessed, **mapping}
    if "email" not in found:
        raise NoAddressColumn(_listed(headings))
    return found


def read(cells: dict[str, str], columns: dict[str, str], *, community: str, agreed: bool) -> Person:
    """Return the person in a row, for the community with this slug; raise `BadRow`.

    What it says about consent is read only where the sheet as a whole is about people who `agreed`.
    """

    def cell(what: str) -> str:
        return cells.get(columns.get(what, ""), "") if what in columns else ""

    if "" in cells:
        raise BadRow(cells[""])
    if not cell("email"):
        raise BadRow("no address")
    parts = _BETWEEN.split(cell("interests").casefold())
    try:
        return Person(
            email=address.normalise(cell("email")),
            email_key=address.key(cell("email")),
            name=address.clean_name(cell("name") or f"{cell('first_name')} {cell('last_name')}"),
            interests={part.removeprefix(f"{community}/") for part in parts if part},
            frequency=_frequency(cell("frequency"), _listed_in(cell("communities")), community),
            language=cell("language").lower()[:2] if cell("language").lower()[:2] in OFFERED else "en",
            says_no=bool(cell("consent_mail")) and cell("consent_mail").casefold() not in _YES,
            consented_at=_consented_at(cell("consent_mail"), cell("consented_at")) if agreed else None,
            wording=cell("wording"),
        )
    except (address.BadAddress, address.BadName) as error:
        raise BadRow(str(error)) from error


def visible(typed: str) -> str:
    """Return what somebody typed, fit for a terminal: short, and without signs that move its cursor."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in typed[:_LONGEST_SHOWN])


def _refuse_bad_mapping(headings: list[str], mapping: dict[str, str]) -> None:
    if unknown := sorted(set(mapping) - set(COLUMNS)):
        raise BadMapping(f"The mapping speaks of {_listed(unknown)}. It may speak of {', '.join(COLUMNS)}.")
    if missing := sorted(set(mapping.values()) - set(headings)):
        raise BadMapping(f"There is no column {_listed(missing)}. The columns are: {_listed(headings)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(visible(name) for name in names if name)


def _listed_in(cell: str) -> list[str]:
    return [part for part in _BETWEEN.split(cell.casefold()) if part]


def _frequency(typed: str, communities: list[str], community: str) -> str:
    # An export tells the frequencies of somebody's communities in step with them.
    told = _listed_in(typed)
    if communities and len(told) == len(communities):
        told = [frequency for slug, frequency in zip(communities, told, strict=True) if slug == community]
    if len(told) > 1 or not set(told) <= set(FREQUENCIES):
        raise BadRow(f"frequency must be one of: {', '.join(FREQUENCIES)}")
    return told[0] if told else FREQUENCIES[0]


def _consented_at(agreed: str, when: str) -> datetime | None:
    if agreed.casefold() not in _YES or not when:
        return None
    try:
        moment = datetime.fromisoformat(when)
    except ValueError as error:
        raise BadRow("the consent date must look like 2026-05-31") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > clock.now():
        raise BadRow("the consent date lies in the future")
    if moment < _EARLIEST:
        raise BadRow("the consent date lies before there was e-mail")
    return moment
