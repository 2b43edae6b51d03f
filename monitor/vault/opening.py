"""Opens sealed files, in a child process of its own that ends with it.

with opening(identity, passphrase) as unsealer:
    plain = unsealer.read(vault / "ID.age")

Nothing else in the program can: the child alone ever holds the private key. It gets open files and no path, and what it
opens comes back through a pipe, so that no plaintext touches a disk.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Self

import monitor
from monitor.errors import Locked, MonitorError, SealError
from monitor.model.evidence import SealedFile
from monitor.model.settings import Secret
from monitor.vault.identity import is_under_passphrase

MAX_MESSAGE = 64 * 1024
_PIECE = 64 * 1024


def needs_passphrase(identity: Path) -> bool:
    """Whether the identity file is under one. Raises SealError where it cannot be read."""
    with _readable(identity, "identity file") as file:
        return is_under_passphrase(file.read(64))


@contextmanager
def opening(identity: Path, passphrase: Secret | None = None, *, wait: float = 0) -> Iterator[Unsealer]:
    """identity: a file of `init`, age-keygen or `age -p`. wait: seconds until a wrong passphrase is told. Raises Locked
    for a passphrase that is missing or does not open it, SealError for what is no identity."""
    unsealer = Unsealer.of(identity, passphrase, wait=wait)
    try:
        yield unsealer
    finally:
        unsealer.close()


class Unsealer:
    """From one thread at a time. recipients: the public keys that belong to what it holds."""

    @classmethod
    def of(cls, identity: Path, passphrase: Secret | None = None, *, wait: float = 0) -> Self:
        """As `opening`, which ends it too; this one its asker closes."""
        with _readable(identity, "identity file") as file:
            return cls(file, identity, passphrase, wait)

    def __init__(self, file: BinaryIO, identity: Path, passphrase: Secret | None, wait: float) -> None:
        self._turn = threading.Lock()
        self._pipe, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {"PYTHONPATH": str(Path(monitor.__file__).parent.parent)}
        command = [sys.executable, "-P", "-W", "ignore", "-m", "monitor.vault.opening_child", str(os.getpid())]
        try:
            with theirs:
                self._child = subprocess.Popen(  # noqa: S603  # our own interpreter and words
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,  # a traceback may hold what was opened
                    env=environment,
                    cwd="/",
                    start_new_session=True,  # Ctrl-C leaves it to us to end it
                )
        except BaseException:
            self._pipe.close()
            raise
        try:
            words = {"do": "unlock", "passphrase": passphrase.value if passphrase else None, "wait": wait}
            self.recipients: tuple[str, ...] = tuple(self._ask(words, file.fileno(), what=str(identity))["recipients"])
        except BaseException:
            self.close()
            raise

    def opens(self, path: Path) -> bool:
        """Whether the file is sealed to this identity: by its head alone. Raises SealError."""
        with self._turn, _readable(path) as sealed:
            return bool(self._ask({"do": "fits"}, sealed.fileno(), what=str(path))["fits"])

    def read(self, path: Path) -> bytes:
        """The whole plaintext. Raises as `stream`."""
        return b"".join(self.stream(path))

    def copy(self, path: Path, target: BinaryIO) -> SealedFile:
        """Plaintext to `target`, piece by piece, and the digests of both. Raises as `stream`."""
        found: list[SealedFile] = []
        for piece in self._pieces(path, found):
            target.write(piece)
        return found[0]

    def stream(self, path: Path) -> Iterator[bytes]:
        """Raises Locked for a file that is sealed to others, SealError for one that was changed or cut off: that may
        be known only after the last piece, so nothing of it holds until the end is reached."""
        return self._pieces(path, [])

    def close(self) -> None:
        """The child is gone when it returns. May be called twice."""
        self._pipe.close()
        if self._child.poll() is None:
            with suppress(ProcessLookupError):
                self._child.kill()
        self._child.wait()

    def _pieces(self, path: Path, found: list[SealedFile]) -> Iterator[bytes]:
        with self._turn, _readable(path) as sealed:
            out, into = os.pipe()
            with os.fdopen(out, "rb", buffering=0) as pipe:
                try:
                    self._send({"do": "open"}, sealed.fileno(), into)
                finally:
                    os.close(into)
                try:
                    while piece := pipe.read(_PIECE):
                        yield piece
                except GeneratorExit:
                    pipe.close()
                    with suppress(MonitorError):  # cut off by ourselves
                        self._answer(what=str(path))
                    raise
            told = self._answer(what=str(path))
            found.append(SealedFile(path.name, told["plain_digest"], told["sealed_digest"], told["size"]))

    def _ask(self, words: Mapping[str, object], *files: int, what: str) -> dict[str, Any]:
        self._send(words, *files)
        return self._answer(what=what)

    def _send(self, words: Mapping[str, object], *files: int) -> None:
        try:
            socket.send_fds(self._pipe, [json.dumps(words).encode()], files)
        except OSError as error:
            raise _lost() from error

    def _answer(self, *, what: str) -> dict[str, Any]:
        try:
            content = self._pipe.recv(MAX_MESSAGE)
        except OSError as error:
            raise _lost() from error
        if not content:
            raise _lost()
        told: dict[str, Any] = json.loads(content)
        if "problem" in told:
            raise _problem(told, what)
        return told


def _problem(told: dict[str, Any], what: str) -> MonitorError:
    match told["problem"]:
        case "other":
            return Locked(
                f"this identity does not open {what}",
                remedy="Give the identity whose public key was in [evidence] recipients when it was sealed.",
            )
        case "changed":
            return SealError(
                f"{what} was changed or cut off after it was sealed",
                remedy="Restore it from a backup, if there is one.",
            )
        case "disk":
            return SealError(f"{what} cannot be read: {told['why']}", remedy="Restore it from a backup.")
        case "locked":
            return Locked(f"{what}: {told['why']}", remedy=str(told["remedy"]))
        case _:
            return SealError(f"{what}: {told['why']}", remedy=str(told["remedy"]))


def _lost() -> SealError:
    return SealError(
        "the process that opens sealed files ended before it was done",
        remedy="The machine may be short of memory: a passphrase takes 256 MB for a moment. Close other programs, then "
        "try again.",
    )


def _readable(path: Path, kind: str = "evidence file") -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise SealError(
            f"the {kind} {path} cannot be read: {error.strerror}",
            remedy="Name the file that `init` or age-keygen wrote."
            if kind == "identity file"
            else "Restore it from a backup.",
        ) from error
