"""Whether an address, or what a link is called, says that following it would do something: delete, log out, vote. Pure.

A page missed for its name is a small loss, a followed "delete" is none that can be mended: what is found here nothing
overrides. Words are those of `[acts]` in `links.toml`; `firm` ones are hardly a part of a title, `terse` ones are."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote_plus, urlsplit

from monitor.crawl.link_words import MAX_WORDS, Acts, link_words, without_accents

TITLE_WORDS = 4  # a part of an address with as many words is most likely a title
MAX_LABEL_WORDS = 5
_MAX_PARTS = 60
_CHANGES_OF_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LETTERS = re.compile(r"[^\W\d_]+")
_SEPARATORS = re.compile(r"[/;&?#!=]+")
_ENDINGS = re.compile(r"(?:\.(?:php[0-9]?|aspx?|jspx?|s?html?|xhtml|cgi|pl|cfm|do|action))+$", re.IGNORECASE)
_PROOF = re.compile(r"[0-9a-fA-F]{16,}|(?=.*[0-9])(?=.*[A-Z])(?=.*[a-z])[A-Za-z0-9_-]{20,}")
_DENSE = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # scripts without spaces, and Korean
_MAX_DENSE_CHARS = 8


@lru_cache(maxsize=4096)
def acts(url: str, page_url: str = "") -> bool:
    """By its address alone, wherever in it that stands: parts of the path and of a route, their parameters, names and
    values of the query, addresses in those. page_url: what its own address says too, somebody asked for."""
    said = _said(url)
    return any(_name_acts(one) if is_name else _part_acts(one) for is_name, one in said - _said(page_url))


@lru_cache(maxsize=4096)
def may_change(url: str, page_url: str = "") -> bool:
    """Whether it could do something for somebody who is logged in: weaker words too, and what looks like a proof."""
    words = link_words()
    weak = words.deed_verbs - words.address_entries - words.address_lists
    for is_name, one in _said(url) - _said(page_url):
        said = _words(without_ending(one))
        if (is_name or len(said) < TITLE_WORDS) and not weak.isdisjoint(said):
            return True
    here = set(urlsplit(page_url).query.split("&"))
    for pair in set(urlsplit(url).query.replace(";", "&").split("&")) - here:
        name, _, value = pair.partition("=")
        if _PROOF.fullmatch(value) and name.lower() not in words.number_keys:
            return True
    return False


def _said(url: str) -> frozenset[tuple[bool, str]]:
    """(whether that is the name of a parameter, what it says)."""
    parts = urlsplit(url)
    found = {(False, part) for part in _split(parts.path) + _split(parts.fragment)}
    for pair in re.split(r"[&;]", parts.query)[:_MAX_PARTS]:
        name, _, value = pair.partition("=")
        found |= {("/" not in name, part) for part in _split(name)} | {(False, part) for part in _split(value)}
    return frozenset(found)


def _split(written: str) -> list[str]:
    return [part for part in _SEPARATORS.split(_decoded(written))[:_MAX_PARTS] if part]


def label_acts(text: str) -> bool:
    """Is that all that a link says, and does it say that it does something: `Delete this post`, `Log out`?"""
    return len(text) <= MAX_WORDS and _says_an_act(_words(text), most=MAX_LABEL_WORDS)


def class_acts(names: str) -> bool:
    """Of the classes of a link: `btn-delete`; not `remove-underline`."""
    words = _acts()
    for name in names.split()[:40]:
        said = _words(name)
        if any(map(_is_firm, said)) and all(_is_firm(one) or one in words.of for one in said):
            return True
    return False


def _acts() -> Acts:
    return link_words().acts


def _decoded(written: str) -> str:
    for _ in range(3):
        decoded = unquote_plus(written)
        if decoded == written:
            break
        written = decoded
    return written


def _part_acts(part: str) -> bool:
    return _says_an_act(_words(without_ending(part)), most=TITLE_WORDS - 1)


def without_ending(part: str) -> str:
    """`logout.php`: logout."""
    return _ENDINGS.sub("", part)


def _name_acts(name: str) -> bool:
    """Of a parameter: any word of it."""
    said = _words(name)
    return any(_is_firm(word) or word in _acts().terse for word in said) or _says_an_act(said, most=TITLE_WORDS - 1)


def _words(written: str) -> tuple[str, ...]:
    split = _CHANGES_OF_CASE.sub(" ", unicodedata.normalize("NFC", written)[:400])
    return tuple(without_accents(word.casefold()) for word in _LETTERS.findall(_joined_marks(split)))


def _says_an_act(said: tuple[str, ...], *, most: int) -> bool:
    """most: words that are looked through whole; of more, which are most likely a title, the first and the last."""
    if not said:
        return False
    if any(map(_is_firm, said if len(said) <= most else (said[0], said[-1]))):
        return True
    if len(said) > most:
        return False
    words = _acts()
    if "".join(said) in words.firm or "".join(said[:2]) in words.firm:
        return True  # log-out, cerrar-sesion
    one_acts = any(_is_terse(word) for word in said)
    return one_acts and all(_is_terse(word) or word in words.of for word in said)


def _is_firm(word: str) -> bool:
    words = _acts()
    if word in words.firm or (len(word) <= _MAX_DENSE_CHARS and _DENSE.search(word) and _has_any(word, words.firm)):
        return True
    if any(core in word and word not in words.said_of_things for core in words.within):
        return True
    return any(_is_glued(word, verb, words) for verb in words.firm_starts if verb in word)


def _is_terse(word: str) -> bool:
    words = _acts()
    if word in words.terse:
        return True
    return any(_is_glued(word, verb, words) for verb in words.terse_starts if verb in word)


def _is_glued(word: str, verb: str, words: Acts) -> bool:
    """`removephoto`, `userban`."""
    rest = word.removeprefix(verb) if word.startswith(verb) else word.removesuffix(verb)
    return rest != word and len(rest) >= 4 and rest in words.of


def _has_any(word: str, verbs: frozenset[str]) -> bool:
    return any(verb in word for verb in verbs if _DENSE.search(verb))


def _joined_marks(written: str) -> str:
    """Scripts whose vowels are marks (Devanagari, Thai, Arabic): a mark parts no word."""
    return "".join(c for c in written if not unicodedata.category(c).startswith("M"))
