"""What a backup has of the person's own files, put where they belong: on a machine where nothing is set up yet, as its
configuration; else only into a folder that she names, to look at."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from monitor.config_edit import replace_file, section
from monitor.errors import UsageError, WorkFailed
from monitor.services.backup_settings import CONFIG_NAME, KeptSettings, is_secret_file, secret_tables


@dataclass(frozen=True, slots=True)
class ToGiveAgain:
    """secrets: that have to be given again, as `Settings.left_out` has them. channels: of alerts, how many."""

    secrets: tuple[str, ...]
    channels: int


_NONE = "# restored from a backup that held no configuration\n"


def refuse_what_is_there(config: Path) -> None:
    """Raises UsageError where a file would be written over."""
    for place in (config, config.parent / "watchlists", config.parent / "channels.d"):
        if place.is_dir() and not any(place.iterdir()):
            continue
        if os.path.lexists(place):
            raise UsageError(
                f"{place} is there already, and nothing is written over",
                remedy="Name another place for the configuration: --config FOLDER/config.toml",
            )


def write_installation(kept: KeptSettings, config: Path, data_dir: Path, key_file: Path | None) -> ToGiveAgain:
    """The configuration last: until it is there, nothing is set up. key_file: where the store's key lies; None = in the
    keyring. Raises WorkFailed."""
    text = kept.files.get(CONFIG_NAME, _NONE.encode()).decode()
    write_own_files(kept, config.parent, without=CONFIG_NAME)
    try:
        document: Any = tomlkit.parse(text)
    except TOMLKitError:
        document = tomlkit.document()
    left_out = _without_lost_secrets(document, config.parent)
    _write(config, _for_here(document, left_out.secrets, data_dir, key_file).encode())
    return left_out


def write_own_files(kept: KeptSettings, folder: Path, *, without: str = "") -> None:
    """Nothing is written over. Raises UsageError, WorkFailed."""
    for path, content in _placed(kept, folder, without):
        if os.path.lexists(path):
            raise UsageError(f"{path} is there already, and nothing is written over", remedy="Name an empty folder.")
        _write(path, content)


def _placed(kept: KeptSettings, folder: Path, without: str) -> Iterator[tuple[Path, bytes]]:
    for name, content in sorted(kept.files.items()):
        if name != without:
            yield folder / name, content  # `read_settings` took no name that leads elsewhere


def _write(path: Path, content: bytes) -> None:
    remedy = "Look who may write there. What was restored is in its place: only this file is missing."
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WorkFailed(f"{path.parent} cannot be made: {error.strerror}", remedy=remedy) from error
    replace_file(path, content, remedy=remedy)


def _without_lost_secrets(document: Any, folder: Path) -> ToGiveAgain:
    """Takes out every line whose secret lay in a file that is not on this machine, so that the rest works at once."""
    secrets, channels = list[str](), 0
    for name, table in secret_tables(document):
        for key in [key for key in table if is_secret_file(name, key) and _is_lost(table[key], folder)]:
            del table[key]
            if (name, key) == ("alerts", "urls_file"):
                channels += 1
            elif (name, key) != ("database", "key_file"):
                secrets.append(f"{name}.{key.removesuffix('_file')}")
        if name == "alerts" and isinstance(table.get("urls"), list):
            channels += _without_lost_channels(table, folder)
    return ToGiveAgain(tuple(secrets), channels)


def _without_lost_channels(table: Any, folder: Path) -> int:
    urls = table["urls"]
    lost = [at for at, one in enumerate(urls) if isinstance(one, dict) and _is_lost(one.get("url_file"), folder)]
    for at in reversed(lost):
        del urls[at]
    if lost and not urls:
        del table["urls"]
    return len(lost)


def _is_lost(file: object, folder: Path) -> bool:
    return isinstance(file, str) and not os.path.lexists(folder / Path(os.path.expanduser(file)))


def _for_here(document: Any, left_out: Sequence[str], data_dir: Path, key_file: Path | None) -> str:
    """The same, but for what is another on another machine: where the data, the watchlists and the key lie, and which
    secrets are to be given again."""
    first = ""
    document.pop("watchlist_dir", None)
    if "data_dir" in document:
        document["data_dir"] = str(data_dir)
    else:
        first += f"data_dir = {tomlkit.string(str(data_dir)).as_string()}\n"
    if left_out := tuple(dict.fromkeys([*document.pop("left_out", ()), *left_out])):
        names = ", ".join(tomlkit.string(name).as_string() for name in left_out)
        first += (
            f"# No backup holds these: reupload-monitor doctor says how to give them again.\nleft_out = [{names}]\n"
        )
    return first + _with_key(document, key_file)


def _with_key(document: Any, key_file: Path | None) -> str:
    table = section(document, "database")
    for name in ("key", "key_file"):
        table.pop(name, None)
    if key_file is not None:
        table["key_file"] = str(key_file)
    return tomlkit.dumps(document)
