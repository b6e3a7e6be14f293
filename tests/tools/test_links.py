"""Links: a token opens what it was made for, under every key still listed, and nothing else."""

from collections.abc import Iterator
from itertools import permutations

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from portal import config
from portal.tools import links
from portal.tools.links import BadLink, LinkExpired, Purpose

OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture(autouse=True)
def _keys() -> Iterator[None]:
    before = config._current
    with_keys(NEW, OLD)
    yield
    config._current = before


def with_keys(*keys: str) -> None:
    config.use(config.Settings(secret_keys=list(keys), base_url="https://talent.example.org"))


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_carries_its_value(purpose: Purpose) -> None:
    assert links.read(purpose, links.sign(purpose, "1-2-3")) == "1-2-3"


@pytest.mark.parametrize(("made_for", "used_for"), list(permutations(Purpose, 2)))
def test_a_token_of_one_purpose_never_opens_another(made_for: Purpose, used_for: Purpose) -> None:
    for token in (links.sign(made_for, "1-2-3"), links.sign_dated(made_for, "1-2-3")):
        with pytest.raises(BadLink):
            links.read(used_for, token)
        with pytest.raises(BadLink):
            links.read_dated(used_for, token, seconds=60)


def test_keys_are_exchanged_without_breaking_what_was_mailed() -> None:
    with_keys(OLD)
    mailed = links.sign(Purpose.UNSUBSCRIBE, "1-2-3")
    with_keys(NEW, OLD)
    assert links.read(Purpose.UNSUBSCRIBE, mailed) == "1-2-3"
    assert links.sign(Purpose.UNSUBSCRIBE, "1-2-3") != mailed
    with_keys(NEW)
    with pytest.raises(BadLink):
        links.read(Purpose.UNSUBSCRIBE, mailed)


@given(st.text("0123456789-", min_size=1, max_size=40), st.sampled_from(list(Purpose)))
def test_tokens_made_fast_are_the_same_tokens(value: str, purpose: Purpose) -> None:
    assert links.mint(purpose)(value) == links.sign(purpose, value)


@given(st.data())
def test_one_changed_sign_spoils_a_token(data: st.DataObject) -> None:
    token = links.sign(Purpose.MANAGE, "12-3-45")
    place = data.draw(st.integers(0, len(token) - 2))  # The last sign carries bits that mean nothing.
    other = data.draw(st.sampled_from([sign for sign in "AZaz09-_.é\0" if sign != token[place]]))
    with pytest.raises(BadLink):
        links.read(Purpose.MANAGE, token[:place] + other + token[place + 1 :])


@given(st.text(max_size=400))
def test_nonsense_is_refused_whatever_it_is(token: str) -> None:
    for purpose in Purpose:
        with pytest.raises(BadLink):
            links.read(purpose, token)
        with pytest.raises(BadLink):
            links.read_standing(purpose, token)


@pytest.mark.parametrize("value", ["1-2", "1-2-3-4", "a-b-c", "", "1--2"])
def test_a_standing_token_carries_three_numbers(value: str) -> None:
    with pytest.raises(BadLink):
        links.read_standing(Purpose.MANAGE, links.sign(Purpose.MANAGE, value))


def test_a_dated_token_expires() -> None:
    with time_machine.travel("2026-11-24 09:00:00+00:00", tick=False) as clock:
        token = links.sign_dated(Purpose.JOIN_FORM, "about-robots")
        clock.shift(60)
        assert links.read_dated(Purpose.JOIN_FORM, token, seconds=60) == "about-robots"
        clock.shift(1)
        with pytest.raises(LinkExpired):
            links.read_dated(Purpose.JOIN_FORM, token, seconds=60)


def test_codes_belong_to_one_link_and_outlive_a_change_of_keys() -> None:
    code = links.code_for("public")
    assert (len(code), code.isdigit()) == (6, True)
    assert links.is_code_for("public", code)
    assert not links.is_code_for("other", code)
    with_keys("m" * 40, NEW)
    assert links.is_code_for("public", code)
    assert not links.is_code_for("public", "١٢٣٤٥٦")


def test_addresses_stand_on_the_base_url() -> None:
    assert links.newsletter("robots", "größer") == "https://talent.example.org/c/robots/newsletters/gr%C3%B6%C3%9Fer"
    assert links.unsubscribe(1, 2, 3).startswith("https://talent.example.org/u/1-2-3.")
    assert links.manage(1, 2, 3).startswith("https://talent.example.org/m/1-2-3.")
