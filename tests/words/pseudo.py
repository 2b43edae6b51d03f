"""A language that nobody speaks: from the right, longer than English, and without a Latin letter but in what is put in.
What still reads as English in it does not stand in the catalogue."""

from __future__ import annotations

import re
from gettext import NullTranslations

LONGER = 0.4
"""As German beside English, in short texts more."""

_KEPT = re.compile(r"%\(\w+\)[sd]|%%|`[^`]*`|<[^>]*>|&\w+;")
_LETTERS = "אבגדהוזחטיכלמנסעפצקרשת"
FEW, MANY = "ב", "ר"


class Pseudo(NullTranslations):
    """asked: every message that was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._info = {"language": "he"}  # read by the page, for its direction
        self.asked = set[str]()

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return _strange(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.asked |= {msgid1, msgid2}
        return f"{FEW if n < 5 else MANY} {_strange(msgid1 if n == 1 else msgid2)}"


def _strange(message: str) -> str:
    parts, kept = _KEPT.split(message), _KEPT.findall(message)
    told = "".join(_other(part) + there for part, there in zip(parts, [*kept, ""], strict=True))
    return told + " " + _LETTERS[: max(3, round(len(message) * LONGER)) % len(_LETTERS)]


def _other(text: str) -> str:
    return "".join(
        _LETTERS[ord(one.lower()) % len(_LETTERS)] if one.isascii() and one.isalpha() else one for one in text
    )
