"""Names that lead inside wherever they are looked up, as far as a name can tell (`inside_names.toml`): for a proxy gets
names unresolved, and looks them up in its own network. What it cannot tell: an ordinary name whose owner has it answer
with an inside address."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Address, IPv6Address, ip_address

_DECIMAL = re.compile(r"0*[0-9]{1,3}")
_DASHED = re.compile(r"[0-9]{1,3}(?:-[0-9]{1,3}){3}")  # a whole label
_BETWEEN = re.compile(r"[.-]")


@dataclass(frozen=True, slots=True)
class _Names:
    inside: frozenset[str]
    written: frozenset[str]


def leads_inside(host: str) -> bool:
    """host: lower case, without its last dot."""
    if "." not in host or _under(host, _names().inside):
        return True
    scheme = _under(host, _names().written)
    return bool(scheme) and host.removeprefix("www.") != scheme and not any(addresses_in(host))


def addresses_in(host: str) -> Iterator[str]:
    """Those that are written into a name, so plainly that they are most likely what it answers with. Where names are
    made of addresses, every way of writing one that is known counts; elsewhere only a whole dotted or dashed one."""
    scheme = _under(host, _names().written)
    if scheme:
        before = host.removesuffix(scheme).rstrip(".")
        yield from _dotted(_BETWEEN.split(before))
        for label in before.split("."):
            yield from _six(label)
        for word in _BETWEEN.split(before):
            yield from _numbers(word, six=scheme != "plex.direct")  # where so long a word is a certificate's
        return
    labels = host.split(".")
    yield from _dotted(labels)
    for label in labels:
        if _DASHED.fullmatch(label):
            yield from _dotted(label.split("-"))


def _dotted(words: list[str]) -> Iterator[str]:
    for at in range(len(words) - 3):
        four = words[at : at + 4]
        if all(_DECIMAL.fullmatch(word) and int(word) < 256 for word in four):
            yield ".".join(str(int(word)) for word in four)


def _six(label: str) -> Iterator[str]:
    """The longest run of a label that is an IPv6 address with dashes for its colons."""
    words = label.split("-")
    for length in range(len(words), 2, -1):
        for at in range(len(words) - length + 1):
            try:
                address = ip_address(":".join(words[at : at + length]))
            except ValueError:
                continue
            yield str(address)
            return


def _numbers(word: str, *, six: bool) -> Iterator[str]:
    """One number: hexadecimal as these names have it, or decimal."""
    try:
        if len(word) == 8:
            yield str(IPv4Address(int(word, 16)))
        elif len(word) == 32 and six:
            yield str(IPv6Address(int(word, 16)))
        if word.isascii() and word.isdigit() and 8 < len(word) < 11:
            yield str(IPv4Address(int(word)))
    except ValueError:  # no number, or too large a one
        return


def _under(host: str, names: frozenset[str]) -> str:
    """The line of the list under which a host stands, '' when under none."""
    name = host
    while name and name not in names:
        name = name.partition(".")[2]
    return name


@cache
def _names() -> _Names:
    lists = tomllib.loads(files("monitor.outbound").joinpath("inside_names.toml").read_text("utf-8"))
    return _Names(
        frozenset(name for kind in ("reserved", "routers", "clouds", "here") for name in lists[kind]),
        frozenset(lists["written"]),
    )
