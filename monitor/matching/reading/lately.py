"""What was read a moment ago: one picture is asked for two or three times in a row (hashes, features, parts). Reader
side."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

MOST_BYTES = 48 * 1024 * 1024
"""Pictures of usual sizes take half a megabyte, a strip of 80 megapixels as many megabytes."""

Reread = TypeVar("Reread")


class Lately(Generic[Reread]):
    """Reads, and keeps what came of it until `most` bytes of others came after it. The latest is kept whatever its
    size, which the decoder's own limits bound."""

    def __init__(self, read: Callable[[bytes], Reread], size: Callable[[Reread], int], most: int = MOST_BYTES) -> None:
        """size: bytes."""
        self._read, self._size, self._most = read, size, most
        self._kept: OrderedDict[bytes, Reread] = OrderedDict()
        self._bytes = 0

    def of(self, untrusted: bytes) -> Reread:
        """Raises what `read` raises."""
        digest = hashlib.sha256(untrusted).digest()
        if digest in self._kept:
            self._kept.move_to_end(digest)
            return self._kept[digest]
        value = self._kept[digest] = self._read(untrusted)
        self._bytes += self._size(value)
        while self._bytes > self._most and len(self._kept) > 1:
            self._bytes -= self._size(self._kept.popitem(last=False)[1])
        return value
