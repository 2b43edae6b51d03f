"""Opens sealed files, in a child process of its own that ends with it.

with opening(identity, passphrase) as unsealer:
    plain = unsealer.read(vault / "ID.age")

Nothing else in the program can: the child alone ever holds the private key. It gets open files and no path, and what it
opens comes back through a pipe, so that no plaintext touches a disk.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Self

import monitor
from monitor.errors import Locked, LockedMeanwhile, MonitorError, SealError
from monitor.model.evidence import SealedFile
from monitor.model.settings import Secret
from monitor.vault.identity import is_under_passphrase, passphrase_mark

MAX_MESSAGE = 64 * 1024
_PIECE = 64 * 1024
_HEAD = 4096


def needs_passphrase(identity: Path) -> bool:
    """Whether the identity file is under one. Raises SealError where it cannot be read."""
    with _readable(identity, "identity file") as file:
        return is_under_passphrase(file.read(64))


def what_is_tried(identity: Path) -> str:
    """`passphrase_mark` of an identity file. Raises SealError where it cannot be read."""
    with _readable(identity, "identity file") as file:
        return passphrase_mark(file.read(_HEAD))


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
    """From one thread at a time, but `close`, which any may call at any time: what is under way then raises
    LockedMeanwhile. recipients: the public keys that belong to what it holds."""

    @classmethod
    def of(
        cls,
        identity: Path,
        passphrase: Secret | None = None,
        *,
        wait: float = 0,
        begun: Callable[[Unsealer], None] = lambda _: None,
    ) -> Self:
        """As `opening`, which ends it too; this one its asker closes. begun: takes it as soon as its child runs, before
        it has opened anything."""
        with _readable(identity, "identity file") as file:
            return cls(file, identity, passphrase, wait, begun)

    def __init__(
        self,
        file: BinaryIO,
        identity: Path,
        passphrase: Secret | None,
        wait: float,
        begun: Callable[[Unsealer], None] = lambda _: None,
    ) -> None:
        self._turn = threading.Lock()
        self._is_closed = False
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
            begun(self)
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
        self._is_closed = True
        if self._child.poll() is None:
            with suppress(ProcessLookupError):
                self._child.kill()
        self._child.wait()
        self._pipe.close()  # last: who waits for an answer elsewhere was told by the child's end

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
            raise self._gone() from error

    def _answer(self, *, what: str) -> dict[str, Any]:
        try:
            content = self._pipe.recv(MAX_MESSAGE)
        except OSError as error:
            raise self._gone() from error
        if not content:
            raise self._gone()
        told: dict[str, Any] = json.loads(content)
        if "problem" in told:
            raise _problem(told, what)
        return told

    def _gone(self) -> MonitorError:
        return LockedMeanwhile() if self._is_closed else _lost()


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
        return _plain_file(path)
    except (OSError, ValueError) as error:  # ValueError: no path at all
        raise SealError(
            f"the {kind} {_shown(path)} cannot be read: {getattr(error, 'strerror', '') or error}",
            remedy="Name the file that `init` or age-keygen wrote."
            if kind == "identity file"
            else "Restore it from a backup.",
        ) from error


def _plain_file(path: Path) -> BinaryIO:
    """A pipe or a device would be waited for, or never end. Raises OSError, ValueError."""
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK | os.O_CLOEXEC))
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is no file, but a pipe, a device or a folder")
    return file


def _shown(path: Path) -> str:
    text = str(path)
    return text if text.isprintable() else repr(text)
