"""An IP address is kept only as the network it came from."""

import pytest

from portal.tools.ip_prefix import truncate

CASES = {
    "203.0.113.77": "203.0.113.0/24",
    "2001:db8:1234:5678::9": "2001:db8:1234::/48",
    "::ffff:203.0.113.77": "203.0.113.0/24",
    "fe80::1%eth0": "fe80::/48",
    "unix:": "",
    "": "",
}


@pytest.mark.parametrize("address", CASES)
def test_an_address_is_cut_to_its_network(address: str) -> None:
    assert truncate(address) == CASES[address]


def test_no_address_is_no_network() -> None:
    assert truncate(None) == ""
