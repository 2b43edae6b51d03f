"""Which hosts only advertise or count (`ad_hosts.txt`). The browser's proxy lets nobody out to them: that costs nothing
there, and most of what a page of this kind loads is theirs."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def ad_owner(host: str) -> str:
    """The line of the list under which a host stands, '' when it is not an advertiser."""
    owners, name = ad_hosts(), host
    while name and name not in owners:
        name = name.partition(".")[2]
    return name


@cache
def ad_hosts() -> frozenset[str]:
    lines = files("monitor.outbound.browser").joinpath("ad_hosts.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in map(str.strip, lines) if line and not line.startswith("#"))
