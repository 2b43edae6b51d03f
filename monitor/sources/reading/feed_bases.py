"""What feedparser does not keep of a feed: the address that each entry's own addresses are relative to (xml:base, on it
and around it), and an entry's picture that is the text of an element."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin
from xml.parsers import expat

from monitor.sources.reading.gather import MAX_ENTRIES

MAX_BASES = 60  # of elements that may change the base
MAX_PICTURE_CHARS = 4096
_ENTRIES = ("item", "entry")
_PICTURES = ("image", "thumbnail", "picture", "photo", "img", "cover", "enclosure")  # where their text is the address


@dataclass(slots=True)
class EntryBase:
    """base: '' where the feed names none. pictures: addresses as written."""

    base: str = ""
    pictures: tuple[str, ...] = ()


class _Enough(Exception):
    pass


class _Bases:
    def __init__(self, url: str) -> None:
        self.entries: list[EntryBase] = []
        self._bases = [(url, False)]  # of the open elements: the base, and whether the feed names it
        self._text: list[str] | None = None
        self._depth_of_entry = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        base, is_named = self._bases[-1]
        written = attributes.get("xml:base", "").strip()[:MAX_PICTURE_CHARS]
        if written and len(self._bases) <= MAX_BASES:
            base, is_named = _joined(base, written), True
        self._bases.append((base, is_named))
        local = name.rpartition(":")[2].lower()
        if local in _ENTRIES and not self._depth_of_entry:
            if len(self.entries) >= MAX_ENTRIES:
                raise _Enough
            self.entries.append(EntryBase(base if is_named else ""))
            self._depth_of_entry = len(self._bases)
        directly = self._depth_of_entry and len(self._bases) == self._depth_of_entry + 1
        self._text = [] if directly and local in _PICTURES else None

    def end(self, name: str) -> None:
        if self._text is not None and (written := "".join(self._text).strip()):
            self.entries[-1].pictures += (written,)
        self._text = None
        if len(self._bases) == self._depth_of_entry:
            self._depth_of_entry = 0
        self._bases.pop()

    def data(self, text: str) -> None:
        if self._text is not None and len(self._text) < 20:
            self._text.append(text[:MAX_PICTURE_CHARS])

    def entity(self, *_: object) -> None:
        raise _Enough  # hostile ones grow by them


def _joined(base: str, written: str) -> str:
    try:
        joined = urljoin(base, written)
    except ValueError:
        return base
    return joined if len(joined) <= MAX_PICTURE_CHARS else base


def entry_bases(untrusted: bytes, url: str) -> list[EntryBase]:
    """One of each entry in the order of the feed, as far as it is well-formed XML. Never raises for what is in it."""
    bases = _Bases(url)
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = bases.start, bases.end
    parser.CharacterDataHandler, parser.EntityDeclHandler = bases.data, bases.entity
    try:
        parser.Parse(untrusted, True)
    except (_Enough, expat.ExpatError, ValueError, LookupError):
        pass
    return bases.entries
