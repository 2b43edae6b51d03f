"""The signs in pages (`signs.toml`): data, and how they are looked for. Plain searches for parts of the text, in time
that grows with it alone: no pattern of ours runs over what a site sent."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from monitor.model.limits import MAX_TITLE_CHARS
from monitor.model.page import OutcomeKind

# What stands between what a page says in its title and its site's name.
_BETWEEN = (" - ", " | ", " – ", " — ", " • ", " · ", " » ", " « ", " :: ", " ‹ ", " › ", " / ")  # noqa: RUF001
_ENDS = " .…!?:-–—|"  # noqa: RUF001 - may follow what a title says
_ONE_FORM = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " "})  # noqa: RUF001
PAIRED_WITHIN = 40  # characters without blanks: "log in or register to see the attached image"
FATE_WITHIN = 60  # characters: "the album you are looking for was deleted"


def one_form(text: str) -> str:
    """Without regard to case, to the form of quotes and of blanks."""
    return text.casefold().translate(_ONE_FORM)


@dataclass(frozen=True, slots=True)
class Titles:
    whole: frozenset[str]
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: Sequence[str]) -> Titles:
        return cls(
            frozenset(word for word in words if "*" not in word),
            tuple(word[:-1] for word in words if word.endswith("*")),
            tuple(word[1:] for word in words if word.startswith("*")),
        )

    def hold(self, parts: frozenset[str]) -> bool:
        """parts: of a page's title, as `title_parts` gives them."""
        if not self.whole.isdisjoint(parts):
            return True
        return any(part.startswith(self.starts) or part.endswith(self.ends) for part in parts)


@dataclass(frozen=True, slots=True)
class Sign:
    """One kind of wall, of gone, of fault. What each list means stands at the top of signs.toml."""

    kind: OutcomeKind
    message: str
    small: bool
    titles: Titles
    mild_titles: Titles
    phrases: tuple[str, ...]
    mild: tuple[str, ...]
    paths: tuple[str, ...]
    hosts: tuple[str, ...]
    markers: tuple[bytes, ...]
    bare: tuple[bytes, ...]
    headers: tuple[tuple[str, str], ...]
    things: tuple[str, ...] = ()
    fates: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def leads_to(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            path, host = parts.path.casefold().rstrip("/"), parts.hostname or ""
        except ValueError:
            return False
        if any(host.startswith(known) for known in self.hosts):
            return True
        return any(f"{path}/".find(known) >= 0 if known.endswith("/") else path.endswith(known) for known in self.paths)


@cache
def signs() -> tuple[Sign, ...]:
    return tuple(
        Sign(
            OutcomeKind(entry["kind"]),
            entry["message"],
            entry.get("small", False),
            Titles.of(_all(entry.get("titles", {}))),
            Titles.of(_all(entry.get("mild_titles", {}))),
            _all(entry.get("phrases", {})),
            _all(entry.get("mild", {})),
            tuple(entry.get("paths", ())),
            tuple(entry.get("hosts", ())),
            tuple(marker.encode("utf-8") for marker in entry.get("markers", ())),
            tuple(marker.encode("utf-8") for marker in entry.get("bare", ())),
            tuple((name.lower(), value.lower()) for name, value in entry.get("headers", {}).items()),
            _all(entry.get("things", {})),
            _all(entry.get("fates", {})),
            _all(entry.get("others", {})),
        )
        for entry in _data()["sign"]
    )


@cache
def notices() -> Titles:
    return Titles.of(_all(_data()["notices"]))


GatesAndThings = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class KeptSigns:
    """What a page says in the place of what it shows to members only. Words are run together, pairs and classes as the
    top of `[kept]` in signs.toml says; pairs: gates, things, others of each language."""

    words: tuple[str, ...]
    pairs: tuple[GatesAndThings, ...]
    classes: tuple[str, ...]
    banners: tuple[str, ...]
    banner_says: tuple[str, ...]

    def is_said_in(self, text: str) -> bool:
        """text: of one block, run together."""
        return says_any(text, self.words) or any(_pairs_up(text, *pair) for pair in self.pairs)


@cache
def kept_signs() -> KeptSigns:
    data = _data()["kept"]
    return KeptSigns(
        tuple(dict.fromkeys(run_together(word) for words in data["words"].values() for word in words)),
        tuple((_of(data, "gates", one), _of(data, "things", one), _of(data, "others", one)) for one in data["gates"]),
        tuple(data["classes"]),
        tuple(data["banners"]),
        tuple(map(run_together, data["banner_says"])),
    )


def _of(data: Mapping[str, Any], part: str, language: str) -> tuple[str, ...]:
    return tuple(map(run_together, data[part].get(language, ())))


def says_any(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)


def _pairs_up(text: str, gates: Sequence[str], things: Sequence[str], others: Sequence[str]) -> bool:
    if not says_any(text, things):
        return False
    for gate in gates:
        at = text.find(gate)
        while at >= 0:
            before, after = text[max(at - PAIRED_WITHIN, 0) : at], text[at + len(gate) :][:PAIRED_WITHIN]
            for thing in things:
                if (near := after.find(thing)) >= 0 and not says_any(gate + after[:near], others):
                    return True
                if (near := before.rfind(thing)) >= 0 and not says_any(before[near:], others):
                    return True
            at = text.find(gate, at + len(gate))
    return False


def run_together(text: str) -> str:
    """In one form, without blanks: links and tags inside a sentence put some between its words, or none."""
    return "".join(one_form(text).split())


def title_parts(untrusted: str) -> frozenset[str]:
    """What a title may say: the whole, what stands before the name of the site, what stands after it."""
    title = one_form(untrusted[:MAX_TITLE_CHARS]).strip()
    parts = {title, title.rstrip(_ENDS)}
    for mark in _BETWEEN:
        if mark in title:
            parts |= {title.partition(mark)[0].strip(_ENDS), title.rpartition(mark)[2].strip(_ENDS)}
    return frozenset(parts)


def tells_fate(text: str, sign: Sign) -> bool:
    """Whether it says of one of the sign's things, shortly before, what became of it. text: in one form."""
    for fate in sign.fates:
        at = text.find(fate)
        while at >= 0:
            before = text[max(at - FATE_WITHIN, 0) : at].rpartition(".")[2]
            last = max((before.rfind(thing) for thing in sign.things), default=-1)
            if last > max((before.rfind(other) for other in sign.others), default=-1):
                return True
            at = text.find(fate, at + len(fate))
    return False


def _all(by_language: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Of all languages; the marks at a title's end are not compared, so they are not kept either."""
    return tuple(dict.fromkeys(_plainly(word) for words in by_language.values() for word in words))


def _plainly(word: str) -> str:
    shown = one_form(word)
    return shown if "*" in shown else shown.rstrip(_ENDS) or shown


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("monitor.crawl").joinpath("signs.toml").read_text("utf-8"))
