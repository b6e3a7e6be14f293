"""Which column holds what: guessed from the headings, said by a mapping, or asked for."""

import pytest

from portal.services.exchange import member_rows


@pytest.mark.parametrize(
    ("headings", "found"),
    [
        (["E-Mail-Adresse", "Vorname", "Nachname"], {"email", "first_name", "last_name"}),
        (["EMAIL", "Full Name", "Locale"], {"email", "name", "language"}),
        (["Email Address", "First Name", "Last Name", "TAGS"], {"email", "first_name", "last_name"}),
        (["", "mail", "Topics", "Opt-in date"], {"email", "interests", "consented_at"}),
    ],
)
def test_columns_are_guessed(headings: list[str], found: set[str]) -> None:
    columns = member_rows.columns_of(headings)
    assert set(columns) == found
    assert set(columns.values()) <= set(headings)


def test_a_mapping_goes_before_the_guess() -> None:
    headings = ["email", "Private mail", "Newsletter?"]
    columns = member_rows.columns_of(headings, {"email": "Private mail", "consent_mail": "Newsletter?"})
    assert columns == {"email": "Private mail", "consent_mail": "Newsletter?"}


def test_a_mapping_that_misses_is_refused() -> None:
    with pytest.raises(member_rows.BadMapping, match=r"There is no column Mial\. The columns are: email, name"):
        member_rows.columns_of(["email", "name"], {"email": "Mial"})
    with pytest.raises(member_rows.BadMapping, match=r"speaks of emial\. It may speak of email, name"):
        member_rows.columns_of(["email"], {"emial": "email"})


def test_a_sheet_without_addresses_is_refused_with_its_columns() -> None:
    with pytest.raises(member_rows.NoAddressColumn, match=r"^Name, Phone \ufffd\[2J$"):
        member_rows.columns_of(["Name", "", "Phone \x1b[2J"])
