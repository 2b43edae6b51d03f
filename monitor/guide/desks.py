"""Addresses in the guide's texts. A text names a desk of the channel data, as `{{meta}}` or `{{rph phone url}}`, and
`{{list helpline checked}}` stands for a list by country: so an address, its date and how sure it is are never typed
twice."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_BLANK = "\x00"
LINE_WIDTH = 80  # characters of a line, but for an address
NOT_CHECKED = "not checked by us"
_PLACE = re.compile(r"\{\{([a-z0-9_]+(?: [a-z]+)*)\}\}")
_DAY = re.compile(r"20\d\d-\d\d(?:-\d\d)?")
_LIST = re.compile(r"\{\{list ((?:[a-z_]+ )+)(checked|unchecked)\}\}")
_ITEM = re.compile(r"(?:- |\d+\. )")

COUNTRIES = {
    "AT": "Austria",
    "AU": "Australia",
    "BE": "Belgium",
    "BR": "Brazil",
    "CA": "Canada",
    "CA-BC": "Canada, British Columbia",
    "CH": "Switzerland",
    "DE": "Germany",
    "DK": "Denmark",
    "ES": "Spain",
    "EU": "European Union",
    "FR": "France",
    "GLOBAL": "Everywhere",
    "IE": "Ireland",
    "IN": "India",
    "IT": "Italy",
    "JP": "Japan",
    "KR": "South Korea",
    "LATAM": "Latin America",
    "MX": "Mexico",
    "NL": "Netherlands",
    "NZ": "New Zealand",
    "PK": "Pakistan",
    "SE": "Sweden",
    "UK": "United Kingdom",
    "US": "United States",
}


@dataclass(frozen=True, slots=True)
class GuideAddress:
    """of: url, email, phone; also: a further page of the desk."""

    of: str
    value: str
    is_checked: bool


@dataclass(frozen=True, slots=True)
class GuideDesk:
    """What the guide tells of a channel. copied: when the text was written that its address was read in, as far as that
    is known. is_old: more than half a year before today."""

    id: str
    name: str
    kind: str
    countries: tuple[str, ...]
    addresses: tuple[GuideAddress, ...]
    copied: str
    is_old: bool

    def address(self, of: str) -> GuideAddress:
        """Raises KeyError."""
        return {one.of: one for one in self.addresses}[of]

    def mark(self, address: GuideAddress) -> str:
        if not address.is_checked:
            return NOT_CHECKED
        if self.copied.startswith("undated") or not self.copied:
            return "copy without date"
        day = _DAY.match(self.copied)
        if day is None:
            return f"copy of {self.copied[:4]}, day unknown"
        return f"copy of {day[0]}{', old' if self.is_old else ''}"

    @property
    def where(self) -> str:
        """The countries that it is there for."""
        return ", ".join(COUNTRIES.get(code, code) for code in self.countries)

    def told(self, *of: str) -> str:
        """These addresses, and behind them how sure they are: once where that is the same of all. Raises KeyError."""
        addresses = [self.address(one) for one in of]
        marks = [self.mark(one) for one in addresses]
        if len(set(marks)) == 1:
            return f"{', '.join(_whole(one.value) for one in addresses)} {_whole(f'({marks[0]})')}"
        every = zip(addresses, marks, strict=True)
        return ", ".join(f"{_whole(one.value)} {_whole(f'({mark})')}" for one, mark in every)


def _whole(text: str) -> str:
    """Not cut where lines are."""
    return text.replace(" ", _BLANK)


def filled(text: str, desks: Mapping[str, GuideDesk], *, apart: Iterable[str] = ()) -> str:
    """The text with its addresses, paragraphs that hold one wrapped anew. apart: ids that stand in no list. Raises
    KeyError for a desk or an address that is not known."""
    skipped = frozenset(apart)
    return "\n".join(line for block in blocks_of(text) for line in _filled(block, desks, skipped)) + "\n"


def blocks_of(text: str) -> list[str]:
    """Paragraphs and list items, each with its own lines; an empty line is one too."""
    blocks: list[str] = []
    for line in text.rstrip("\n").split("\n"):
        if blocks and blocks[-1] and line and not _stands_alone(line) and not blocks[-1].startswith(("#", "{{list ")):
            blocks[-1] += f"\n{line}"
        else:
            blocks.append(line)
    return blocks


def _stands_alone(line: str) -> bool:
    return line.startswith(("#", "{{list ")) or _ITEM.match(line) is not None


def _filled(block: str, desks: Mapping[str, GuideDesk], apart: frozenset[str]) -> list[str]:
    if found := _LIST.fullmatch(block):
        listed = [one for one in desks.values() if one.kind in found[1].split() and one.id not in apart]
        return _listed(listed, is_checked=found[2] == "checked")
    if not _PLACE.search(block):
        return block.split("\n")
    return _wrapped(_PLACE.sub(lambda place: _told(place[1], desks), " ".join(block.split())))


def _told(place: str, desks: Mapping[str, GuideDesk]) -> str:
    name, *of = place.split()
    return desks[name].told(*(of or ("url",)))


def _listed(desks: Iterable[GuideDesk], *, is_checked: bool) -> list[str]:
    """By country: those with an address that was read in their own texts, or those without one."""
    items = []
    for desk in desks:
        if desk.addresses and any(one.is_checked for one in desk.addresses) is is_checked:
            of = [one.of for one in desk.addresses if one.of != "also" and (one.is_checked or one.of != "email")]
            items.append((desk.where, f"- {desk.where}. {desk.name.removeprefix(f'{desk.where}: ')}: {desk.told(*of)}"))
    return [line for _, item in sorted(items) for line in _wrapped(item)]


def _wrapped(text: str) -> list[str]:
    item = _ITEM.match(text)
    further = " " * len(item[0]) if item else ""
    lines = textwrap.wrap(text, LINE_WIDTH, subsequent_indent=further, break_long_words=False, break_on_hyphens=False)
    return [line.replace(_BLANK, " ") for line in lines]
