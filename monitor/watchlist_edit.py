"""Edits of watchlists that a person may have written: a watch put in, switched on and off, taken out. By lines, so that
comments, order and every other byte stay; what is written must mean exactly what was meant, else nothing is."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit

from monitor.config_edit import one_at_a_time, parsed_toml, read_toml, replace_file
from monitor.errors import UsageError, WorkFailed
from monitor.model.watch import Watch
from monitor.tomlshape import KeyPath, key_lines

PLACES = "places.toml"
"""The watchlist that commands write into."""

PLACES_HEAD = """\
# Places to look at. The command "reupload-monitor watch add" wrote them; change what you like, by hand too.
# To look whether it is right: reupload-monitor watch check. A daemon that runs notices every change by itself.
"""
EXAMPLE_WATCHLIST = """\
# The places to look at. Every file here that ends in .toml is read; try it out with: reupload-monitor watch check
# Take the "#" away and write your own address and name in:

#[[watch]]
#name = "example-forum"
#kind = "page"
#url = "https://forum.example/threads/123"
#every = "2h"
#follow = { links = "a.next", depth = 2 }
"""
"""The first watchlist that a person finds."""

_BESIDE = {
    "every": "30m, 2h, 1d, 1w: between two visits; or adapt = {}: by what comes there",
    "adapt": "between two visits, by what comes there",
    "render": "a browser opens the page, and its scripts run",
}


def add_watch(folder: Path, keys: Mapping[str, Any], said: str) -> Path:
    """Puts an entry at the end of `PLACES`, which is made where it is not there. keys: as `[[watch]]` has them, in that
    order. said: what it is, for the person. The file. Raises UsageError, and WorkFailed where it cannot be written:
    then nothing was changed."""
    _made(folder)
    path = (folder / PLACES).resolve()
    entry = entry_text(keys, said)
    by_hand = "Write it into a file of its own there, for instance more.toml:\n\n" + entry

    def change(text: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        end = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{end}\n{entry}", {**data, "watch": [*data.get("watch", []), _plain(keys)]}

    _edit(path, change, by_hand, head=PLACES_HEAD)
    return path


def switch_watch(watch: Watch, *, on: bool) -> None:
    """Whether it is looked at, in the file that it stands in. Raises as `add_watch`."""
    wanted = f"enabled = {str(on).lower()}"

    def change(text: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        place, lines = _place(watch, data), _split(text)
        at = key_lines(text)
        if (line := at.get((*place, "enabled"))) is not None:
            before, _, after = lines[line - 1].partition("=")
            value = after.lstrip()
            old = next(word for word in ("true", "false") if value.startswith(word))
            lines[line - 1] = f"{before}= {str(on).lower()}{value.removeprefix(old)}"
        else:
            line = at[*place, "name"]
            kept = lines[line - 1]
            indent = kept[: len(kept) - len(kept.lstrip(" \t"))]
            end = kept[len(kept.rstrip("\r\n")) :] or "\n"
            if not kept.endswith("\n"):
                lines[line - 1] = kept + end
            lines.insert(line, f"{indent}{wanted}{end}")
        return "".join(lines), _with(data, place, lambda entry: {**entry, "enabled": on})

    _edit(_file_of(watch), change, f"Write {wanted} below its [[watch]], line {watch.line} of {watch.origin}.")


def remove_watch(watch: Watch) -> str:
    """Takes its lines out; comments around it stay. Those lines, so that they can be shown. Raises as `add_watch`."""
    taken: list[str] = []

    def change(text: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        place, lines = _place(watch, data), _split(text)
        first, end = _lines_of(place, text, len(lines))
        while end > first and _is_aside(lines[end - 1]):
            end -= 1  # what stands before the next one belongs to that
        taken[:] = lines[first:end]
        if first and not lines[first - 1].strip() and not (lines[end].strip() if end < len(lines) else ""):
            first -= 1  # of the empty lines before and after it one stays
        left = [one for number, one in enumerate(data["watch"]) if number != place[1]]
        return "".join([*lines[:first], *lines[end:]]), _without_empty({**data, "watch": left})

    by_hand = f"Delete the lines of its [[watch]] yourself, from line {watch.line} of {watch.origin} on."
    _edit(_file_of(watch), change, by_hand)
    return "".join(taken)


_Change = Callable[[str, dict[str, Any]], tuple[str, dict[str, Any]]]


def _edit(path: Path, change: _Change, by_hand: str, *, head: str = "") -> None:
    with one_at_a_time(path.parent):
        text = read_toml(path) if path.exists() or not head else head
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        text = text.removeprefix(mark)
        data = parsed_toml(path, text)
        cannot = UsageError(f"{path} is written in a way that this command cannot change", remedy=by_hand)
        try:
            changed, meant = change(text, data)
            as_meant = tomllib.loads(changed.replace("\r\n", "\n")) == meant
        except (tomllib.TOMLDecodeError, KeyError, IndexError, TypeError, StopIteration) as error:
            raise cannot from error
        if not as_meant:
            raise cannot
        if path.exists() and read_toml(path).removeprefix(mark) != text:
            raise WorkFailed(
                f"{path} was changed by somebody else just now, and was left as it is", remedy="Give the command again."
            )
        replace_file(path, f"{mark}{changed}".encode(), remedy=by_hand)


def _made(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WorkFailed(f"{folder} cannot be made: {error.strerror}", remedy="See who may write there.") from error


def _file_of(watch: Watch) -> Path:
    if watch.origin is None:
        raise UsageError(f"the watch {watch.name!r} stands in no file", remedy="Look where it comes from.")
    return watch.origin.resolve()


def _place(watch: Watch, data: Mapping[str, Any]) -> tuple[str, int]:
    """Of its entry, in the file as it is now. Raises KeyError."""
    found = [number for number, one in enumerate(data["watch"]) if one.get("name") == watch.name]
    if len(found) != 1:
        raise KeyError(watch.name)
    return ("watch", found[0])


def _lines_of(place: tuple[str, int], text: str, count: int) -> tuple[int, int]:
    """From its header to before the next table that is not its own; counted from 0, the second one not included."""
    lines = key_lines(text)
    first = lines[place]
    later = [line for path, line in lines.items() if line > first and not _is_below(path, place)]
    return first - 1, min(later, default=count + 1) - 1


def _is_below(path: KeyPath, place: tuple[str, int]) -> bool:
    return path[:2] == place


def _with(
    data: Mapping[str, Any], place: tuple[str, int], change: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> dict[str, Any]:
    entries = [change(one) if number == place[1] else one for number, one in enumerate(data["watch"])]
    return {**data, "watch": entries}


def _without_empty(data: dict[str, Any]) -> dict[str, Any]:
    return data if data["watch"] else {key: value for key, value in data.items() if key != "watch"}


def _split(text: str) -> list[str]:
    """With their ends. Only where TOML has a line end."""
    return [f"{line}\n" for line in text.split("\n")[:-1]] + ([last] if (last := text.split("\n")[-1]) else [])


def _is_aside(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


# --- what an entry looks like


def entry_text(keys: Mapping[str, Any], said: str) -> str:
    """As `add_watch` writes it."""
    lines = ["[[watch]]", *(f"# {line}" for line in said.splitlines())]
    for key, value in keys.items():
        line = f"{key} = {_toml(value)}"
        beside = _BESIDE.get(key)
        lines.append(f"{line:<32} # {beside}" if beside else line)
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return str(tomlkit.item(value).as_string())


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return value
