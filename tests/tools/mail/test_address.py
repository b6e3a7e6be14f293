"""Addresses and names as people type them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.tools.mail.address import (
    BadAddress,
    BadName,
    _is_plain,
    _validated,
    clean_name,
    key,
    normalise,
    parse,
    wire_form,
)


@pytest.mark.parametrize(
    ("typed", "kept", "looked_up"),
    [
        ("Ana.Lopez@Example.ORG", "Ana.Lopez@example.org", "ana.lopez@example.org"),
        ("ana.lopez@example.org ", "ana.lopez@example.org", "ana.lopez@example.org"),
        ("\u00a0ana.lopez@example.org\u200b", "ana.lopez@example.org", "ana.lopez@example.org"),
        ("ana.lopez+news@example.org", "ana.lopez+news@example.org", "ana.lopez+news@example.org"),
        ("mailto:ana@example.org", "ana@example.org", "ana@example.org"),
        ('"ana lopez"@example.org', '"ana lopez"@example.org', '"ana lopez"@example.org'),
        ("MÜLLER@EXÄMPLE.example", "MÜLLER@exämple.example", "müller@xn--exmple-cua.example"),
        ("mu\u0308ller@exa\u0308mple.example", "müller@exämple.example", "müller@xn--exmple-cua.example"),
        ("ana@xn--exmple-cua.example", "ana@exämple.example", "ana@xn--exmple-cua.example"),
        ("STRASSE@example.org", "STRASSE@example.org", "strasse@example.org"),
        ("straße@example.org", "straße@example.org", "strasse@example.org"),
    ],
)
def test_one_person_has_one_key(typed: str, kept: str, looked_up: str) -> None:
    assert normalise(typed) == kept
    assert key(typed) == looked_up
    assert normalise(kept) == kept


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter an email address"),
        ("  ", "Enter an email address"),
        ("ana", "Enter an email address like name@example.org"),
        ("@example.org", "Enter an email address like name@example.org"),
        ("ana@@example.org", "Enter an email address like name@example.org"),
        ("ana@example..org", "Enter an email address like name@example.org"),
        ("ana@localhost", "Enter an email address like name@example.org"),
        ("ana@example", "Enter an email address like name@example.org"),
        ("ana@[192.0.2.1]", "Enter an email address like name@example.org"),
        ("ana＠example.org", "Enter an email address like name@example.org"),
        ("a" * 65 + "@example.org", "Enter an email address like name@example.org"),
        ("a@" + "b" * 500 + ".org", "This address is too long; check that it is only one address"),
        ("Ana <ana@example.org>", "Enter only the address, without a name or angle brackets"),
        ("ana@example.org,bob@example.org", "Enter one address only"),
        ("ana@example.org bob@example.org", "Enter one address only"),
        ("ana@example.org\r\nBcc: x@example.org", "Enter the address on one line, without control characters"),
        ("\u202eana@example.org", "Enter the address on one line, without control characters"),
        ("ana\0@example.org", "Enter the address on one line, without control characters"),
    ],
)
def test_what_is_no_address_is_told_plainly(typed: str, sentence: str) -> None:
    for door in (normalise, key):
        with pytest.raises(BadAddress) as refused:
            door(typed)
        assert str(refused.value) == sentence


def test_on_the_wire_only_the_domain_changes() -> None:
    assert wire_form("Zoë@exämple.example") == "Zoë@xn--exmple-cua.example"


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("talent@example.org", "", "talent@example.org"),
        ("Northwind <talent@example.org>", "Northwind", "talent@example.org"),
        ("Müller & Söhne, GmbH <talent@example.org>", "Müller & Söhne, GmbH", "talent@example.org"),
        ('"Doe, \\"J\\"" <talent@example.org>', 'Doe, "J"', "talent@example.org"),
        ("<talent@example.org>", "", "talent@example.org"),
        ('The "Robotics" people <talent@example.org>', 'The "Robotics" people', "talent@example.org"),
        ("Bits <and> Bolts <talent@example.org>", "Bits <and> Bolts", "talent@example.org"),
    ],
)
def test_a_setting_names_a_person_and_an_address(text: str, name: str, address: str) -> None:
    assert parse(text) == (name, address)


@pytest.mark.parametrize(
    "text", ["Northwind <talent@example.org", "a <b@example.org> c", "Northwind <>", "<<a@b.org>>"]
)
def test_a_setting_that_is_neither_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        parse(text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Zoe\u0308   Ohara ", "Zoë Ohara"),
        ("Zoë\u00a0Ohara\u200b", "Zoë Ohara"),
        ("", ""),
        ("عمر", "عمر"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Ana\tLopez", "Ana Lopez"),
    ],
)
def test_names_are_tidied(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    "typed", ["Ana\r\nBcc: x", "Ana\nB", "Ana\0", "\u202eanA", "Ana\u2028B", "Ana\x0bB", "Ana\x85B"]
)
def test_names_that_could_break_out_are_refused(typed: str) -> None:
    with pytest.raises(BadName) as refused:
        clean_name(typed)
    assert str(refused.value) == "Write the name on one line, without control characters"


def test_a_name_too_long_is_refused() -> None:
    with pytest.raises(BadName) as refused:
        clean_name("x" * 201)
    assert str(refused.value) == "Shorten the name to 200 characters"


def cases(shared_data: Path, name: str) -> list[dict[str, str]]:
    found = json.loads((shared_data / "nasty" / f"email-addresses-{name}.json").read_text(encoding="utf-8"))
    assert isinstance(found, list)
    return found


def takes(address: str) -> bool:
    try:
        return bool(normalise(address) and key(address) and wire_form(address))
    except BadAddress:
        return False


def test_shared_verdicts_of_isemail(shared_data: Path) -> None:
    """Blanks around an address are cleaned off here, where that collection refuses them."""
    differing = []
    for case in cases(shared_data, "isemail"):
        expected = case["expected"].startswith("accept")
        if case["expected"] == "either" or case["address"].strip(" ") != case["address"]:
            continue
        if takes(case["address"]) != expected:
            differing.append(case["address"])
    assert differing == []


def test_shared_verdicts_made_for_us(shared_data: Path) -> None:
    for case in cases(shared_data, "made"):
        address, expected = case["address"], case["expected"]
        if "clean" in expected or "normalise" in expected:
            assert not takes(address) or key(address) == "ana@example.org"
        else:
            assert (address, takes(address)) == (address, "refuse" not in expected)


def test_shared_verdicts_of_the_validator(shared_data: Path) -> None:
    """Control characters and names around the address are not addresses, whatever that library tries them for."""
    for case in cases(shared_data, "validator"):
        if case["test"] in {"test_email_unsafe_character", "test_email_invalid_character_smtputf8_off"}:
            continue
        expected = case["group"] == "valid" and not set(case["address"]) & set("<>")
        assert (case["address"], takes(case["address"])) == (case["address"], expected)


PLAIN_SIGNS = st.text("abz09._+-@", min_size=3, max_size=60)
PLAIN_LOOKING = st.from_regex(
    r"[a-z0-9._+-]{1,45}@([a-z0-9-]{1,12}\.){1,3}(com|test|local|example|c|xn--p1ai)", fullmatch=True
)


@given(st.one_of(PLAIN_SIGNS, PLAIN_LOOKING))
def test_plain_addresses_are_what_the_validator_makes_of_them(address: str) -> None:
    if _is_plain(address):
        found = _validated(address)
        assert (found.local_part, found.ascii_domain) == tuple(address.split("@"))
