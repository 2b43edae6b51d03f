"""As whom a site is asked. What is learnt as one visitor is shown as no other: neither cookies nor connections, neither
validators nor tokens."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

_GROUP = "group "  # no case is named so: there is no space in a name


@dataclass(frozen=True, slots=True)
class Visitor:
    """case: '' = for no case (registries, desks). login: the watch whose saved log-in is used, '' = a stranger.
    account: of `[credentials.NAME]`, '' = none goes along. By which way out is no part of it: a key is of one way."""

    case: str = ""
    login: str = ""
    account: str = ""

    @classmethod
    def of_group(cls, group: str) -> Visitor:
        """Several cases as one, which is none of theirs. group: '' = all groups, for what tells of none."""
        return cls(f"{_GROUP}{group}")

    @property
    def is_group(self) -> bool:
        return self.case.startswith(_GROUP) and not self.login and not self.account

    def mark(self, key: str, *more: str) -> str:
        """The same for the same visitor under the same key, and nothing else: 32 signs, which tell nobody who it is."""
        told = json.dumps([self.case, self.login, self.account, *more]).encode()
        return hashlib.blake2b(told, key=key.encode(), digest_size=16).hexdigest()


NOBODY = Visitor()
