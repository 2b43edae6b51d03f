"""Reading `channels/*.toml` beside this file, and the `channels.d/` folder that changes or adds to it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar, cast

from monitor import tomlfile
from monitor.errors import ConfigError
from monitor.plain import plain
from monitor.takedown.channel import (
    Channel,
    ChannelKind,
    ChannelMethod,
    Channels,
    Confidence,
    Field,
    FieldKind,
    FurtherAddress,
    LegalBasis,
    PassesOn,
    UploaderMaySee,
    is_copy_date,
)
from monitor.takedown.clocks import Deadline
from monitor.takedown.fields import Asks
from monitor.trusted import NotTrusted, check_folder

Row = TypeVar("Row", Channel, LegalBasis, Field, PassesOn, FurtherAddress)

_KEYS = {"field": "fields"}  # a key of the files -> the name in code
_EARLIER = {  # keys of earlier versions, and of the code -> what to write now
    "required_fields": "Give each field as a [[channel.field]] table of its own: label, answers, kind.",
    "fields": "Give each field as a [[channel.field]] table of its own: label, answers, kind.",
    "upload_of_media": "It is called asks_for_media now.",
}


def load_channels(overrides: Path | None = None) -> Channels:
    """The shipped channels; those in `overrides/*.toml` (a folder that need not exist) change or add to them.

    Raises ConfigError naming file, channel and key. An override gives only what differs; where it changes an
    address, it also has to say where that was read and when (`source`, `source_copy_date`, `confidence`).
    """
    shipped = _shipped()
    if overrides is None or not overrides.is_dir():
        return shipped
    known = {channel.id: channel for channel in shipped.channels}
    bases = frozenset(basis.id for basis in shipped.legal_bases if basis.is_law)
    try:
        check_folder(overrides)
    except NotTrusted as error:
        raise ConfigError.at(error.what, remedy=error.right, file=error.path) from error
    for path in sorted(overrides.glob("*.toml")):
        rows = _rows(str(path), _read(path), ("channel",))["channel"]
        _check_once(path, rows)
        for row in rows:
            channel = _override(path, row, known)
            _check_bases(str(path), channel, bases)
            known[channel.id] = channel
    return Channels(tuple(known.values()), shipped.legal_bases)


@cache
def _shipped() -> Channels:
    channels: list[Channel] = []
    bases: list[LegalBasis] = []
    folder = files("monitor.takedown") / "channels"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            rows = _rows(file.name, tomllib.loads(file.read_text("utf-8")), ("channel", "legal_basis"))
            channels += [_build(Channel, row, file.name) for row in rows["channel"]]
            bases += [_build(LegalBasis, row, file.name) for row in rows["legal_basis"]]
    for channel in channels:
        _check_bases("channels", channel, frozenset(basis.id for basis in bases if basis.is_law))
    return Channels(tuple(channels), tuple(bases))


def _read(path: Path) -> Mapping[str, Any]:
    """Raises ConfigError, for a file that somebody else may have written too: it says where notices go."""
    found = tomlfile.read(path)
    if isinstance(found, tomlfile.Problem):
        raise found.error(ConfigError)
    return found.data


def _rows(name: str, data: Mapping[str, Any], tables: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in tables}
    for key, value in data.items():
        if key not in tables or not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise ConfigError.at(
                f"unexpected {key!r}",
                remedy="Write each channel as a [[channel]] table of its own.",
                file=name,
                key=key,
            )
        rows[key] = value
    return rows


def _override(path: Path, row: dict[str, Any], known: Mapping[str, Channel]) -> Channel:
    earlier = known.get(str(row.get("id", "")))
    _check_said(path, row, "changes" if earlier else "gives")
    if earlier is None:
        return _build(Channel, row, str(path))
    changes = _typed(Channel, row, str(path))
    if changes.get("email") == "":
        changes["email_confidence"] = None
    if changes.get("phone") == "":
        changes["phone_confidence"] = None
    try:
        return replace(earlier, **changes)
    except ValueError as error:
        raise ConfigError.at(f"channel {earlier.id!r}: {error}", remedy="Mend that key.", file=str(path)) from error


def _check_once(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Of two tables for one channel in one file, one would count and nobody would be told which."""
    seen: set[str] = set()
    for row in rows:
        name = str(row.get("id", ""))
        if name in seen:
            raise ConfigError.at(
                f"channel {name!r} has two [[channel]] tables",
                remedy="Write what differs into one of them, and delete the other.",
                file=str(path),
                key="id",
            )
        seen.add(name)


def _check_said(path: Path, row: dict[str, Any], does: str) -> None:
    """An address says where it was read and when. How sure a mailbox or a number is, is never that of an earlier
    one."""
    given = [key for key in ("url", "also", "email", "phone") if row.get(key)]
    wanted = ["source", "source_copy_date", "confidence"] if given else []
    wanted += [f"{key}_confidence" for key in given if key in ("email", "phone")]
    missing = [key for key in wanted if not str(row.get(key) or "").strip()]
    if missing:
        raise ConfigError.at(
            f"channel {row.get('id', '?')!r} {does} an address without {', '.join(missing)}",
            remedy="Say where you read the address, on which day, and whether you checked it.",
            file=str(path),
            key=missing[0],
        )
    read_on = row.get("source_copy_date", "")
    if isinstance(read_on, str) and read_on and not is_copy_date(read_on):
        raise ConfigError.at(
            f"channel {row.get('id', '?')!r}: source_copy_date {plain(read_on, 50)!r} is no day",
            remedy='Give the day of the text, or the day on which you looked, for example "2026-11-28"; "2026-11" or '
            '"2026" where no more is known, "undated" where nothing is.',
            file=str(path),
            key="source_copy_date",
        )


def _build(cls: type[Row], row: dict[str, Any], place: str) -> Row:
    name = repr(row.get("id") or row.get("label") or "a table without a name")
    values = _typed(cls, row, place)
    missing = [field.name for field in fields(cls) if field.default is MISSING and field.name not in values]
    if missing:
        raise ConfigError.at(
            f"{name} lacks {', '.join(missing)}", remedy="Add it to that table.", file=place, key=missing[0]
        )
    try:
        return cls(**values)
    except ValueError as error:
        raise ConfigError.at(f"{name}: {error}", remedy="Mend that key.", file=place) from error


def _typed(cls: type[Row], row: dict[str, Any], place: str) -> dict[str, Any]:
    annotations = {field.name: str(field.type) for field in fields(cls)}
    values = {}
    for key, value in row.items():
        name = _KEYS.get(key, key)
        if name not in annotations or key in _KEYS.values():
            near = get_close_matches(key, annotations, n=1)
            raise ConfigError.at(
                f"{row.get('id', '?')!r} has an unknown key {key!r}",
                remedy=_EARLIER.get(key) or (f"Did you mean {near[0]!r}?" if near else "Delete that key."),
                file=place,
                key=key,
            )
        try:
            values[name] = _value(annotations[name], value, place)
        except (TypeError, ValueError) as error:
            raise ConfigError.at(
                f"{row.get('id', '?')!r}, key {key!r}: {error}", remedy="Mend that value.", file=place, key=key
            ) from error
    return values


def _value(annotation: str, value: object, place: str) -> object:
    """Raises TypeError and ValueError, saying what is wrong with it."""
    if annotation == "tuple[Field, ...]":
        return tuple(_build(Field, row, place) for row in _tables(value))
    if annotation == "tuple[PassesOn, ...]":
        return tuple(_build(PassesOn, row, place) for row in _tables(value))
    if annotation == "tuple[FurtherAddress, ...]":
        return tuple(_build(FurtherAddress, row, place) for row in _tables(value))
    return _READ[annotation](value)


def _tables(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in cast("list[object]", value)):
        raise TypeError("it is not a list of tables")
    return cast("list[dict[str, Any]]", value)


def _check_bases(place: str, channel: Channel, known: frozenset[str]) -> None:
    for basis in channel.legal_basis:
        if basis not in known:
            raise ConfigError.at(
                f"channel {channel.id!r} names a legal basis that is not known, or no law, {basis!r}",
                remedy=f"Known are: {', '.join(sorted(known))}.",
                file=place,
                key="legal_basis",
            )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    if not value.isprintable():
        raise ValueError("line breaks and control characters are not allowed")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return tuple(_text(item) for item in cast("Iterable[object]", value))


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _yes_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is not a table of names and values")
    return tuple((_text(name), _text(set_to)) for name, set_to in cast("dict[object, object]", value).items())


# How a value is read, by the field's annotation.
_READ: dict[str, Callable[[object], object]] = {
    "str": _text,
    "tuple[str, ...]": _texts,
    "tuple[tuple[str, str], ...]": _pairs,
    "int | None": _whole,
    "bool": _yes_no,
    "bool | None": _yes_no,
    "Asks": lambda value: Asks(_text(value)),
    "FieldKind": lambda value: FieldKind(_text(value)),
    "ChannelMethod": lambda value: ChannelMethod(_text(value)),
    "ChannelKind": lambda value: ChannelKind(_text(value)),
    "Confidence": lambda value: Confidence(_text(value)),
    "Confidence | None": lambda value: Confidence(_text(value)),
    "UploaderMaySee": lambda value: UploaderMaySee(_text(value)),
    "Deadline | None": lambda value: Deadline.parse(_text(value)),
}
