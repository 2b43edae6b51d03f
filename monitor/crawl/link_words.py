"""The words of `links.toml`: data, loaded once (in a reader before it is confined)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_ENDS = " \t\r\n\u00a0\u202f.…!?:;,()[]{}<>«»|•·×+*#-–—→←↑↓\"'"  # noqa: RUF001 - round the words of a link
MAX_WORDS = 40  # characters: what a link that does something is called is shorter
LEAST_PATH_CHARS = 7  # a shorter word is a folder's name as well
LEAST_GLUED_CHARS = 3  # a shorter verb (`rm`) is not looked for within a word
_ACTS = ("firm", "terse", "of")
_SPOKEN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_PLAIN = str.maketrans(
    {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "ł": "l", "đ": "d", "ø": "o", "ß": "ss"}
)  # what has no accent to be taken off
_TWO_WORDS = re.compile(r"([a-z]{2,12})[-_.]?([a-z]{2,12})(?:\.[a-z0-9]{2,4})?")


@dataclass(frozen=True, slots=True)
class Acts:
    """As addresses write them (`plain_words`). *_starts: long enough to be told in one word with another."""

    firm: frozenset[str]
    firm_starts: tuple[str, ...]
    within: tuple[str, ...]
    said_of_things: frozenset[str]
    terse: frozenset[str]
    terse_starts: tuple[str, ...]
    of: frozenset[str]


@dataclass(frozen=True, slots=True)
class LinkWords:
    """What each list means stands in `links.toml`. deed_*: what does something; address_*: parts of an address;
    class_*: parts of a class or an id."""

    deed_parts: frozenset[str]
    deed_last: frozenset[str]
    deed_verbs: frozenset[str]
    deed_nouns: frozenset[str]
    deed_proofs: tuple[str, ...]
    deed_keys: frozenset[str]
    deed_values: frozenset[str]
    value_keys: frozenset[str]
    deed_words: frozenset[str]
    deed_paths: frozenset[str]
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
    acts: Acts
    class_entries: tuple[str, ...]
    class_lists: tuple[str, ...]
    class_people: tuple[str, ...]
    class_tags: tuple[str, ...]
    class_furniture: tuple[str, ...]
    class_main: tuple[str, ...]

    def is_deed_part(self, part: str) -> bool:
        """Of a path, or the value of a parameter: `delete_post.php`, `vote-up`, `abmelden`."""
        if part in self.deed_parts or part in self.deed_paths:
            return True
        found = _TWO_WORDS.fullmatch(part)
        return found is not None and found[1] in self.deed_verbs and found[2] in self.deed_nouns

    def is_deed(self, text: str) -> bool:
        """Is this all that a link says, and does it do something?"""
        return len(text) <= MAX_WORDS and text.casefold().strip(_ENDS) in self.deed_words


def _as_paths(word: str) -> Iterator[str]:
    """As a part of a path writes it: `cerrar-sesión`, `cerrar_sesion`."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
    for written in {word.casefold(), plain}:
        if len(written) >= LEAST_PATH_CHARS or not written.isascii():
            yield from {written, written.replace(" ", "-"), written.replace(" ", "_"), written.replace(" ", "")}


def plain_words(word: str) -> frozenset[str]:
    """As addresses write it, in one word: `löschen`, `loschen`, `loeschen`."""
    folded = "".join(unicodedata.normalize("NFC", word).casefold().split())
    return frozenset((without_accents(folded), without_accents(folded.translate(_SPOKEN))))


def without_accents(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.translate(_PLAIN))
    kept = "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
    return unicodedata.normalize("NFC", kept)


def _acts(data: Mapping[str, Sequence[str]]) -> Acts:
    firm, terse, of = (frozenset(one for word in data[name] for one in plain_words(word)) for name in _ACTS)
    return Acts(
        firm=firm,
        firm_starts=tuple(word for word in firm if len(word) >= LEAST_GLUED_CHARS),
        within=tuple(data["within"]),
        said_of_things=frozenset(data["said_of_things"]),
        terse=terse,
        terse_starts=tuple(word for word in terse if len(word) >= LEAST_GLUED_CHARS),
        of=of,
    )


@cache
def link_words() -> LinkWords:
    data = tomllib.loads(files("monitor.crawl").joinpath("links.toml").read_text("utf-8"))
    deeds, address, markup = data["deeds"], data["address"], data["markup"]
    return LinkWords(
        deed_parts=frozenset(deeds["anywhere"]),
        deed_last=frozenset(deeds["last"]),
        deed_verbs=frozenset(deeds["verbs"]),
        deed_nouns=frozenset(deeds["nouns"]),
        deed_proofs=tuple(deeds["proofs"]),
        deed_keys=frozenset(deeds["keys"]),
        deed_values=frozenset(deeds["values"]),
        value_keys=frozenset(deeds["value_keys"]),
        deed_words=frozenset(word.casefold() for word in deeds["words"]),
        deed_paths=frozenset(path for word in deeds["words"] for path in _as_paths(word)),
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
        acts=_acts(data["acts"]),
        class_entries=tuple(markup["entries"]),
        class_lists=tuple(markup["lists"]),
        class_people=tuple(markup["people"]),
        class_tags=tuple(markup["tags"]),
        class_furniture=tuple(markup["furniture"]),
        class_main=tuple(markup["main"]),
    )
