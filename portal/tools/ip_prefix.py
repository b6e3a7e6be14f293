"""IP addresses, cut so short that they name a network and not a person."""

from ipaddress import IPv6Address, ip_address, ip_network


def truncate(address: str | None) -> str:
    """Return the /24 of an IPv4 address or the /48 of an IPv6 one, e.g. `203.0.113.0/24`; "" for anything else."""
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))
