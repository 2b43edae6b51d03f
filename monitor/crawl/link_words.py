"""The words of `links.toml`: data, loaded once (in a reader before it is confined)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_ENDS = " \t\r\n\u00a0\u202f.…!?:;,()[]{}<>«»|•·×+*#-–—→←↑↓\"'"  # noqa: RUF001 - round the words of a link
MAX_WORDS = 40  # characters: what a link that does something is called is shorter


@dataclass(frozen=True, slots=True)
class LinkWords:
    """What each list means stands in `links.toml`. deed_*: what does something; address_*: parts of an address;
    class_*: parts of a class or an id."""

    deed_parts: frozenset[str]
    deed_last: frozenset[str]
    deed_keys: frozenset[str]
    deed_values: frozenset[str]
    value_keys: frozenset[str]
    deed_words: frozenset[str]
    deed_classes: tuple[str, ...]
    address_entries: frozenset[str]
    address_lists: frozenset[str]
    address_tags: frozenset[str]
    address_people: frozenset[str]
    address_about: frozenset[str]
    number_keys: frozenset[str]
    specials: frozenset[str]
    picture_lists: frozenset[str]
    files: frozenset[str]
    class_entries: tuple[str, ...]
    class_lists: tuple[str, ...]
    class_people: tuple[str, ...]
    class_tags: tuple[str, ...]
    class_furniture: tuple[str, ...]
    class_main: tuple[str, ...]

    def is_deed(self, text: str) -> bool:
        """Is this all that a link says, and does it do something?"""
        return len(text) <= MAX_WORDS and text.casefold().strip(_ENDS) in self.deed_words


@cache
def link_words() -> LinkWords:
    data = tomllib.loads(files("monitor.crawl").joinpath("links.toml").read_text("utf-8"))
    deeds, address, markup = data["deeds"], data["address"], data["markup"]
    return LinkWords(
        deed_parts=frozenset(deeds["anywhere"]),
        deed_last=frozenset(deeds["last"]),
        deed_keys=frozenset(deeds["keys"]),
        deed_values=frozenset(deeds["values"]),
        value_keys=frozenset(deeds["value_keys"]),
        deed_words=frozenset(word.casefold() for word in deeds["words"]),
        deed_classes=tuple(deeds["classes"]),
        address_entries=frozenset(address["entries"]),
        address_lists=frozenset(address["lists"]),
        address_tags=frozenset(address["tags"]),
        address_people=frozenset(address["people"]),
        address_about=frozenset(address["about"]),
        number_keys=frozenset(address["number_keys"]),
        specials=frozenset(address["specials"]),
        picture_lists=frozenset(address["picture_lists"]),
        files=frozenset(address["files"]),
        class_entries=tuple(markup["entries"]),
        class_lists=tuple(markup["lists"]),
        class_people=tuple(markup["people"]),
        class_tags=tuple(markup["tags"]),
        class_furniture=tuple(markup["furniture"]),
        class_main=tuple(markup["main"]),
    )
