"""What the person found when she looked at a desk herself, written into her `channels.d` folder. What else she wrote
there stays as it is, to the byte."""

from __future__ import annotations

import fcntl
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from monitor.errors import UsageError, WorkFailed

OWN_CHECKS = "own-checks.toml"
_HEAD = """# Written by `reupload-monitor reports channels confirm`; yours to change.
# docs/channels.md says what each key means.
"""


def write_own_check(folder: Path, channel: str, keys: dict[str, str]) -> Path:
    """In the file that has this channel already, else in one of its own; in one step, so that whoever reads it has the
    old one or the new one. Raises UsageError for a file that cannot be changed, WorkFailed where it cannot be written:
    then nothing was changed."""
    with _one_at_a_time(folder):
        for path in sorted(folder.glob("*.toml")):
            text = _read(path)
            if any(row.get("id") == channel for row in _rows(path, text)):
                return _write(path, _changed(path, text, channel, keys))
        path = folder / OWN_CHECKS
        text = _read(path) if path.exists() else _HEAD
        return _write(path, _appended(path, text, channel, keys))


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Two commands at once: the second reads what the first wrote. Makes the folder."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise WorkFailed(
            f"{folder} cannot be made or opened: {error.strerror}", remedy="See who may write there."
        ) from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", remedy="Correct it, then try again.") from error


def _rows(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        rows = tomllib.loads(text.replace("\r\n", "\n")).get("channel", [])
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}", remedy="Correct it, then try again.") from error
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _changed(path: Path, text: str, channel: str, keys: dict[str, str]) -> str:
    try:
        document = tomlkit.parse(text)
        rows: Any = document["channel"]
        for row in rows:
            if row.get("id") == channel:
                for key, value in keys.items():
                    row[key] = value
        changed = tomlkit.dumps(document)
    except (TOMLKitError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise _by_hand(path, channel, keys) from error
    return _checked(path, changed, channel, keys)


def _appended(path: Path, text: str, channel: str, keys: dict[str, str]) -> str:
    table = tomlkit.dumps({"channel": [{"id": channel, **keys}]})
    return _checked(path, f"{text.rstrip()}\n\n{table}", channel, keys)


def _checked(path: Path, text: str, channel: str, keys: dict[str, str]) -> str:
    """What is written is read back first: no file is spoiled."""
    row = next((row for row in _rows(path, text) if row.get("id") == channel), {})
    if any(row.get(key) != value for key, value in keys.items()):
        raise _by_hand(path, channel, keys)
    return text


def _by_hand(path: Path, channel: str, keys: dict[str, str]) -> UsageError:
    words = tomlkit.dumps({"channel": [{"id": channel, **keys}]}).strip().replace("\n", "; ")
    return UsageError(
        f"{path} is written in a way that this command cannot change", remedy=f"Write it yourself: {words}"
    )


def _write(path: Path, text: str) -> Path:
    part = path.with_name(f".{path.name}.part")
    try:
        target = path.resolve()  # a link stays one
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
        part = target.with_name(f".{target.name}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.rename(part, target)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise WorkFailed(
            f"{path} cannot be written: {error.strerror}",
            remedy="Make room, or see who may write there; nothing was changed.",
        ) from error
    return path
