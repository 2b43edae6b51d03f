"""Writes one value into config.toml: comments, order and every other byte stay as the person wrote them."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from monitor.errors import UsageError, WorkFailed


def recipients_in(path: Path) -> tuple[str, ...]:
    """Of `[evidence]`, as the file has them. Raises UsageError where it cannot be read."""
    evidence = _parsed(path, _read(path)).get("evidence")
    found = evidence.get("recipients") if isinstance(evidence, dict) else None
    return tuple(found) if isinstance(found, list) else ()


def write_recipients(path: Path, recipients: Sequence[str]) -> None:
    """In one step: whoever reads the file has the old one or the new one. Raises UsageError, and WorkFailed where it
    cannot be written: then nothing was changed."""
    path = path.resolve()  # a link stays one
    text = _read(path)
    wanted = _parsed(path, text)
    evidence = wanted.setdefault("evidence", {})
    changed = _changed(text, recipients) if isinstance(evidence, dict) else ""
    if changed:
        evidence["recipients"] = list(recipients)
    if not changed or tomllib.loads(changed) != wanted:
        raise UsageError(f"{path} is written in a way that this command cannot change", remedy=_by_hand(recipients))
    _replace(path, changed.encode(), recipients)


def _changed(text: str, recipients: Sequence[str]) -> str:
    """'' where it cannot be."""
    try:
        document = tomlkit.parse(text)
        table: Any = document.setdefault("evidence", tomlkit.table())
        if "recipients" not in table:
            table["recipients"] = list(recipients)
            return tomlkit.dumps(document)
        listed: Any = table["recipients"]
        for gone in [one for one in listed if one not in recipients]:
            listed.remove(gone)
        for new in [one for one in recipients if one not in listed]:
            listed.append(new)
        return tomlkit.dumps(document)
    except (TOMLKitError, TypeError, ValueError, AttributeError):
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", remedy="Correct it, then try again.") from error


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}", remedy="Correct it, then try again.") from error


def _replace(path: Path, content: bytes, recipients: Sequence[str]) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        stat = path.stat()
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), stat.st_mode & 0o777)
            if (stat.st_uid, stat.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), stat.st_uid, stat.st_gid)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.rename(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise WorkFailed(f"{path} cannot be written: {error.strerror}", remedy=_by_hand(recipients)) from error


def _by_hand(recipients: Sequence[str]) -> str:
    listed = ", ".join(f'"{one}"' for one in recipients)
    return f"Write it yourself, below [evidence]: recipients = [{listed}]. Then run the command once more."
