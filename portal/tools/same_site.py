"""Where to go next after signing in: an address of this site, never anywhere else."""

import re
from urllib.parse import urljoin

from portal import config

_LONGEST = 500
_ADDRESS = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/?%#-]+")
_DISGUISED = re.compile(r"//|(?:^|/)\.|%(?:[01]|2e|2f|5c|7f)", re.IGNORECASE)


def path_or(wanted: str | None, *, default: str) -> str:
    """Return the wanted address as a path of this site, else the default.

    Browsers drop tabs and line ends and read a backslash as a slash, so an address with anything but plain letters is
    refused, not cleaned; so is a path that could turn into another host once somebody decodes or joins it again.
    """
    home = f"{config.current().base_url}/"
    if not wanted or len(wanted) > _LONGEST or not _ADDRESS.fullmatch(wanted):
        return default
    here = "/" + wanted.removeprefix(home) if wanted.startswith(home) else wanted
    path = re.split("[?#]", here)[0]
    if _DISGUISED.search(path) or ":" in path.split("/")[0]:
        return default
    return urljoin("/", here)
