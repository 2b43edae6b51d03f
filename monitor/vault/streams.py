"""What pyrage reads from and writes to: digested as it passes, and an error kept as what it was. To be asked for
`error` after each call, also after one that raised nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from monitor.model.ids import ContentDigest
from monitor.ports import ByteSource


class ByteTarget(Protocol):
    def write(self, content: bytes, /) -> object: ...
    def flush(self) -> None: ...


class _Digesting:
    """size: bytes so far. error: what went wrong on this side. pyrage tells of it in words alone, without the number,
    be it Ctrl-C; and of what fails in the last write of `encrypt_io`, which is the only one of a small file, not at
    all."""

    def __init__(self) -> None:
        self.size = 0
        self.error: BaseException | None = None
        self._sha256 = hashlib.sha256()

    @property
    def digest(self) -> ContentDigest:
        """SHA-256, hex, of what passed so far."""
        return ContentDigest(self._sha256.hexdigest())

    def _passing(self, content: bytes) -> None:
        self.size += len(content)
        self._sha256.update(content)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.error = error
            raise


class DigestingReader(_Digesting):
    def __init__(self, source: ByteSource) -> None:
        super().__init__()
        self._source = source

    def read(self, size: int = -1) -> bytes:
        with self._kept():
            content = self._source.read(size)
        self._passing(content)
        return content


class DigestingWriter(_Digesting):
    def __init__(self, target: ByteTarget) -> None:
        super().__init__()
        self._target = target

    def write(self, content: bytes) -> int:
        with self._kept():
            self._put(content)
        self._passing(content)
        return len(content)

    def _put(self, content: bytes) -> None:
        self._target.write(content)

    def flush(self) -> None:
        with self._kept():
            self._target.flush()
