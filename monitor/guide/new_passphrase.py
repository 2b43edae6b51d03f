"""A passphrase that deserves the name: six words are offered, and what somebody chose is judged.

Whoever has a copy of the identity file can try passphrases as long as they like, about one a second on each processor.
So the measure is how many there are to try, in bits: counted low, as what people choose is less random than it looks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

_WORDS = 6
_ENOUGH = 50  # bits: four words drawn by lot from a list like ours. Six of them are 77.
_WORD = 13.0  # bits: a word of any language, however long
_COMMON_WORD = 7.0  # one of a few hundred, and in a sentence the last one leads to the next
_LITTLE_WORD = 4.0
_LETTER = 4.7  # bits, of a letter that is in no word: log2(26)
_DIGIT = 3.3
_SIGN = 5.0
_IDEOGRAPH = 9.0
_OF_YEAR = 6.0

_FAMOUS = ("correct horse battery staple", "four random words", "six random words", "to be or not to be")
"""Stand in everybody's list of what to try first."""

_LITTLE = frozenset(
    "a an and are be her his i in is it me my no of on or our the to we you ich und der die das le la les et de".split()
)
_COMMON = frozenset(
    "password passwort pass qwerty qwertz azerty asdf abc abcd letmein iloveyou welcome admin login".split()
)
_TOO_FEW = {1: "One word", 2: "Two words", 3: "Three words"}
_RIGHT = "Take at least four words that have nothing to do with each other, with blanks between them."
_RARE = "Take at least four rarer words that have nothing to do with each other, and no sentence."
_PARTS = re.compile(r"[^\W\d_]+|\d+|.", re.DOTALL)
_KNOWN = re.compile(r"[^\W\d_]{2,}|\d+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")  # whereTwoWordsMeet
_ENDINGS = ("", "s", "es", "d", "ed", "ing")
_YEAR = re.compile(r"(?:19|20)\d\d")
_AS_LETTERS = str.maketrans("@0134$5", "aoleass")


@cache
def passphrase_words() -> tuple[str, ...]:
    return tuple(_words_in("passphrase_words.txt"))


@cache
def _common_words() -> frozenset[str]:
    return frozenset(_words_in("common_words.txt"))


def _words_in(file: str) -> list[str]:
    text = (files("monitor.guide") / file).read_text("utf-8")
    return [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]


def offered(choose: Callable[[Sequence[str]], str]) -> str:
    """choose: draws one by lot, as `secrets.choice` does."""
    return " ".join(choose(passphrase_words()) for _ in range(_WORDS))


def why_weak(passphrase: str, about: Sequence[str] = ()) -> str:
    """Why somebody would guess it, in a sentence; '' where it is good. about: what others know of the person (name,
    mail address, the account's name): worth nothing in it."""
    said = " ".join(re.findall(r"\w+", passphrase.lower()))
    if not said:
        return "It is empty."
    if said in _FAMOUS:
        return "Everybody who guesses passphrases tries this one first."
    known = {part for text in about for part in _KNOWN.findall(text.lower())}
    if bits(passphrase, known) >= _ENOUGH:
        return ""
    words = [part for part in said.split() if part.isalpha() and len(part) > 2]
    if any(_is_among(part.lower(), known) for part in _PARTS.findall(_HUMP.sub(" ", passphrase))):
        return f"Your name, your address or the account's name is in it, and that is what is tried first. {_RIGHT}"
    if len(set(words)) < len(words):
        return f"It repeats itself: that makes it longer, and not harder to guess. {_RIGHT}"
    if len(words) in _TOO_FEW:
        return f"{_TOO_FEW[len(words)]} can be guessed. {_RIGHT}"
    if any(_is_among(word, _common_words()) for word in words):
        return f"It can be guessed: it has some of the most common words, and those are tried together. {_RARE}"
    return f"It can be guessed. {_RIGHT}"


def bits(passphrase: str, known: frozenset[str] | set[str] = frozenset()) -> float:
    """How many there are like it, as a power of two. known: words that count nothing, in small letters."""
    total, seen = 0.0, set(known)
    passphrase = _HUMP.sub(" ", passphrase)
    parts = _PARTS.findall(passphrase.lower().translate(_AS_LETTERS) if _is_word_like(passphrase) else passphrase)
    for part in parts:
        if part.isspace() or part in "-_.,":
            continue
        same = part.lower()
        total += 1.0 if same in seen or _is_among(same, known) else _worth(part)
        seen.add(same)
    return total


def _is_word_like(passphrase: str) -> bool:
    """`P@ssw0rd`: signs that stand for letters are tried as well. In what is no word at all they count."""
    turned = passphrase.lower().translate(_AS_LETTERS)
    return any(word in _COMMON or word in passphrase_words() for word in re.findall(r"[^\W\d_]{4,}", turned))


def _worth(part: str) -> float:
    if part.isdecimal():
        return _OF_YEAR if _YEAR.fullmatch(part) else _of_run(part, _DIGIT)
    if not part.isalpha():
        return _SIGN
    if part.lower() in _LITTLE or part.lower() in _COMMON:
        return _LITTLE_WORD
    if _is_among(part.lower(), _common_words()):
        return min(_COMMON_WORD, _of_run(part, _LETTER))
    if part[0] >= "\u2e80":  # where each sign is a word or half of one
        return _of_run(part, _IDEOGRAPH)
    return min(_WORD, _of_run(part, _LETTER))


def _is_among(word: str, words: Collection[str]) -> bool:
    """As it stands, or with an ending: `Janes`, `loves`, `walked`."""
    return any(word.removesuffix(ending) in words for ending in _ENDINGS)


def _of_run(part: str, each: float) -> float:
    """`aaaa`, `7890123`, `fedc`: a beginning, a direction and a length."""
    steps = {_step(before, after) for before, after in pairwise(part)}
    if len(part) > 2 and len(steps) == 1 and steps <= {-1, 0, 1}:
        return each + math.log2(3 * len(part))
    return each * len(part)


def _step(before: str, after: str) -> int:
    if before.isdecimal() and after.isdecimal():
        return (int(after) - int(before) + 5) % 10 - 5  # 9 and 0 are neighbours
    return ord(after) - ord(before)
