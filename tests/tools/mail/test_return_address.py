"""Addresses that bring something back are signed, belong to one use and one delivery, and survive what servers do."""

import pytest
from flask import Flask

from portal import config
from portal.tools.mail import return_address
from portal.tools.mail.return_address import BadReturnAddress, Use

pytestmark = pytest.mark.one_engine


@pytest.fixture(autouse=True)
def _domain(app: Flask) -> None:
    config.use(config.current().model_copy(update={"bounce_domain": "bounces.example.org"}))


@pytest.mark.parametrize("use", list(Use))
def test_an_address_tells_its_use_and_its_delivery(use: Use) -> None:
    address = return_address.mint(use)(17)
    assert address.startswith(f"{use}-17-")
    assert address.endswith("@bounces.example.org")
    assert return_address.read(address) == (use, 17)


def test_its_local_part_fits_and_its_case_may_change() -> None:
    address = return_address.mint(Use.BOUNCE)(10**18)
    assert len(address.partition("@")[0]) <= 64
    assert return_address.read(address.upper()) == (Use.BOUNCE, 10**18)


def test_nobody_makes_one_up() -> None:
    good = return_address.mint(Use.BOUNCE)(17)
    others = [
        good.replace("bounce-17", "bounce-18"),
        good.replace("bounce-", "reply-"),
        good.replace("@bounces.", "@other."),
        good[:-25] + good[-24:],
        "bounce-17@bounces.example.org",
        "postmaster@bounces.example.org",
        "",
    ]
    for address in others:
        with pytest.raises(BadReturnAddress):
            return_address.read(address)


def test_an_older_key_still_reads_what_it_signed() -> None:
    newest, older = config.current().secret_keys
    config.use(config.current().model_copy(update={"secret_keys": [older]}))
    address = return_address.mint(Use.REPLY)(5)
    config.use(config.current().model_copy(update={"secret_keys": [newest, older]}))
    assert return_address.read(address) == (Use.REPLY, 5)
    config.use(config.current().model_copy(update={"secret_keys": [newest]}))
    with pytest.raises(BadReturnAddress):
        return_address.read(address)


def test_without_a_domain_none_is_ours() -> None:
    address = return_address.mint(Use.BOUNCE)(17)
    config.use(config.current().model_copy(update={"bounce_domain": ""}))
    with pytest.raises(BadReturnAddress):
        return_address.read(address)
