"""What `config` and `watchlist` share: reading a TOML file with its line numbers, and saying what is wrong
in it.

A problem names file, line, key, what was wrong and what would be right. Python's TOML reader keeps no line
numbers, so `read` finds the keys' lines with a small scan of its own; a line it cannot place counts as that
of its table.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from monitor import tomlshape
from monitor.errors import InFileError
from monitor.plain import without_userinfo
from monitor.tomlshape import KeyPath
from monitor.trusted import NotTrusted, open_trusted

MAX_TOML_BYTES = 1_000_000  # typed by people: more is another file by mistake
MAX_NAME_CHARS = 100  # of a name or duration: longer ones are like none, and are cut where they are shown
MAX_SEARCHES = 50  # for the known name most like an unknown one: a person misspells a few

_Error = TypeVar("_Error", bound=InFileError)


@dataclass(frozen=True, slots=True)
class Problem:
    """file '' = not from a file; `key` then names the environment variable or credential. line 0 =
    unknown."""

    file: str
    line: int
    key: str
    what: str
    right: str
    watch: str = ""  # its name
    case: str = ""  # of a watch: whose it is

    @property
    def place(self) -> str:
        if not self.file:
            return self.key
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"

    def error(self, kind: type[_Error]) -> _Error:
        return kind(
            str(self),
            remedy=self.right,
            file=self.file,
            line=self.line,
            key=self.key,
            watch=self.watch,
            case=self.case,
            cause=self.what,
        )


@dataclass(frozen=True, slots=True)
class Right:
    """Beside a key's type: what would be right, for the message when it is wrong. `secret`: never print its
    value."""

    text: str
    secret: bool = False


@dataclass(frozen=True)
class Document:
    path: Path
    data: Mapping[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    @cached_property
    def _below(self) -> Mapping[KeyPath, Mapping[str, int]]:
        """Once for all entries: each asks for its own keys."""
        below = dict[KeyPath, dict[str, int]]()
        for path, line in self.lines.items():
            depth = 2 if len(path) > 1 and isinstance(path[1], int) else 1
            below.setdefault(path[:depth], {})[".".join(map(str, path[depth:]))] = line
        return below

    def lines_below(self, table: KeyPath) -> dict[str, int]:
        """Dotted names of the keys of a table at the top, or of an entry of a list there -> their lines."""
        found = dict(self._below.get(table, {}))
        found.pop("", None)
        return found

    def line(self, path: KeyPath) -> int:
        """Of the key, else of the nearest table around it; 0 when neither was found."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return 0


def read(path: Path) -> Document | Problem:
    """Only what nobody but its owner can have written (`monitor.trusted`), and only what a person may have typed
    (`monitor.tomlshape`): a file from somebody else is read in about a second whatever is in it."""
    try:
        with open_trusted(path) as file:
            raw = file.read(MAX_TOML_BYTES + 1)
    except NotTrusted as error:
        return Problem(error.path, 0, "", error.what, error.right)
    except OSError as error:
        return Problem(str(path), 0, "", f"cannot be read: {error.strerror}", "A file that you may read.")
    if len(raw) > MAX_TOML_BYTES:
        return Problem(str(path), 0, "", "is larger than 1 MB", "A TOML file typed by a person.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return Problem(str(path), line, "", "is not UTF-8 text", "Save the file as UTF-8.")
    if (odd := tomlshape.oddity(text)) is not None:
        return Problem(str(path), odd.line, "", odd.what, odd.right)
    try:
        return Document(path, tomllib.loads(text), tomlshape.key_lines(text))
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, and numbers of thousands of digits
        found = re.search(r"\(at (?:line (\d+)|end of document)", str(error))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1 if found else 0
        what = re.sub(r" \(at .*\)$", "", str(error))[:200] or "too deep"
        right = 'One `key = value` a line; text in quotes, for instance name = "example"; lists as ["a", "b"].'
        return Problem(str(path), line, "", f"is not valid TOML: {what[0].lower()}{what[1:]}", right)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like it, '' where none is like it."""
    if len(name) > MAX_NAME_CHARS:
        return ""
    names = list(known)
    begins = [other for other in names if len(name) >= 3 and other.startswith(name.lower())]
    found = begins or difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    return found[0] if found else ""


def unknown_key(name: str, known: Iterable[str], *, search: bool = True, what: str = "key") -> tuple[str, str]:
    """What is wrong and what would be right, for a key (or another `what`) that nobody knows. search: for the name most
    like it, which takes a while."""
    names = sorted(known)
    like = nearest(name, names) if search else ""
    right = f"Did you mean {like!r}?" if like else f"Known here: {', '.join(names)}."
    return f"unknown {what} {_cut(name)!r}", right


def accepted(
    shape: type, given: Mapping[str, object], *, search: int = MAX_SEARCHES
) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """Checks a table against a TypedDict of pydantic types whose keys carry `Right`. Gives the good keys'
    values and (key, what, right) for the others, so that one bad key does not hide the next. search: for how many
    unknown keys the name most like them is looked for."""
    hints = hints_of(shape)
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str, str]] = []
    for key, value in given.items():
        if key not in hints:
            wrong.append((key, *unknown_key(key, hints, search=len(wrong) < search)))
            continue
        rights = [part for part in get_args(hints[key])[1:] if isinstance(part, Right)]
        right = rights[0] if rights else Right("")
        if what := _another_kind(next(iter(get_args(hints[key])), hints[key]), value):
            given_words = f" = {shown(value)}" if isinstance(value, str | int | float) else ""
            wrong.append((key, f"{key}{given_words} {what}", right.text))
            continue
        try:
            values[key] = _adapter(shape, key).validate_python(value)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            wrong.append((key, _in_words(key, cast(dict[str, Any], first), right), right.text))
    return values, wrong


def _another_kind(kind: object, value: object) -> str:
    """Where a guess at what was meant would be taken: "no" for false, true for 1. '' where there is none."""
    if kind is bool and not isinstance(value, bool):
        return _KINDS["bool_type"]
    if kind in (int, float) and isinstance(value, bool):
        return _KINDS["float_type"]
    return ""


@cache
def hints_of(shape: type) -> dict[str, Any]:
    return get_type_hints(shape, include_extras=True)


@cache
def _adapter(shape: type, key: str) -> TypeAdapter[Any]:
    return TypeAdapter[Any](hints_of(shape)[key])


_KINDS = {
    "string_type": "is not text in quotes",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "list_type": "is not a list",
    "tuple_type": "is not a list",
    "dict_type": "is not a table",
    "path_type": "is not a path in quotes",
}


def _in_words(key: str, error: dict[str, Any], right: Right) -> str:
    kind, value = error["type"], error["input"]
    where = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    given = "" if right.secret or not isinstance(value, str | int | float | bool) else f" = {shown(value)}"
    if kind == "value_error":
        problem = str(error["ctx"]["error"])[:300]
    elif kind in _KINDS:
        problem = _KINDS[kind]
    elif kind in ("greater_than_equal", "greater_than"):
        problem = f"is too small ({_bound(error['ctx'], ge='at least', gt='more than')})"
    elif kind in ("less_than_equal", "less_than"):
        problem = f"is too large ({_bound(error['ctx'], le='at most', lt='less than')})"
    elif kind in ("too_long", "string_too_long"):
        problem = f"is too long (at most {error['ctx']['max_length']})"
    elif kind in ("literal_error", "enum"):
        problem = f"is none of {error['ctx']['expected']}"
    elif kind == "extra_forbidden":
        return f"unknown key {_cut(str(error['loc'][-1]))!r} in {key!r}"
    else:
        problem = error["msg"].removeprefix("Input ")
    return f"{key}{where}{given} {problem}"


def _bound(given: Mapping[str, float], **words: str) -> str:
    """words: of each kind of bound that it may be."""
    kind = next(kind for kind in words if kind in given)
    bound = given[kind]
    return f"{words[kind]} {int(bound) if bound == int(bound) else bound}"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_NAME_CHARS else f"{text[: MAX_NAME_CHARS - 3]}..."


def shown(value: object) -> str:
    """As TOML would have it, on one line, cut short."""
    if isinstance(value, str):
        value = without_userinfo(value)[:MAX_NAME_CHARS]
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    if isinstance(value, str):
        text = '"' + value.encode("unicode_escape").decode("ascii") + '"'
    return text if len(text) <= 60 else text[:57] + "..."


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def seconds(value: object) -> int:
    """`30s`, `30m`, `2h`, `1d`, `1w`, or several (`1h30m`). Raises ValueError."""
    text = value.replace(" ", "") if isinstance(value, str) and len(value) <= MAX_NAME_CHARS else ""
    if not re.fullmatch(r"(?:\d{1,6}[smhdw])+", text):
        raise ValueError('is not a duration such as "30m", "2h", "1d" or "1w"')
    total = sum(int(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+)([smhdw])", text))
    if not 0 < total <= 366 * _UNITS["d"]:
        raise ValueError("is not between one second and a year")
    return total


def web_address(value: str) -> str:
    """An absolute http(s) address as it stands. Raises ValueError."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError("is not a web address") from error
    if not good or any(ord(letter) <= 32 or ord(letter) == 127 for letter in value):
        raise ValueError("is not a web address that begins with https:// or http://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user name or password, which would end up in logs")
    return value
