"""What is fuzzed, in one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """take: the parser; whatever it raises but `refuses` is a find, and so is what a check in it finds wrong with what
    it returned. others_may_raise: libraries, where the caller takes all that they raise. words: of the form. tries: in
    the default suite. share: of the long run's time. slow_s: of computing, for 64 KB."""

    name: str
    take: Callable[[bytes], object]
    seeds: Callable[[], Sequence[bytes]]
    refuses: tuple[type[BaseException], ...] = ()
    others_may_raise: bool = False
    words: Sequence[bytes] = ()
    tries: int = 60
    share: float = 1.0
    slow_s: float = 4.0
