"""What a person wrote: configuration, watchlists, desks of her own. In a backup they lie in an encrypted database that
the store's key opens (`settings.db`, table `files`), since they name places and her; and without any secret.

Where a secret stood, the file names a file that is not there. `restored_settings` puts in its place what lets the rest
work at once, and lets nothing go past a proxy that has to be given again.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from sqlcipher3 import dbapi2
from tomlkit.exceptions import TOMLKitError

from monitor.config_edit import SECRETS
from monitor.config_keys import SECRET_KEYS
from monitor.errors import MonitorError
from monitor.model.settings import Secret, Settings
from monitor.store.sqlite import connect
from monitor.tomlfile import MAX_TOML_BYTES
from monitor.tomlshape import with_comments
from monitor.trusted import open_trusted
from monitor.watchlist import watchlists_in

CONFIG_NAME = "config.toml"
LISTS, DESKS = "watchlists/", "channels.d/"
_NAME = re.compile(r"config\.toml|(?:watchlists|channels\.d)/[^/\0]{1,200}\.toml")
_MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class KeptSettings:
    """files: by `CONFIG_NAME`, LISTS + name, DESKS + name. to_give: files with secrets that config.toml names and that
    are in no backup."""

    files: Mapping[str, bytes]
    to_give: tuple[str, ...]


def settings_kept(settings: Settings) -> KeptSettings:
    """As they stand now; what cannot be read is left out: `doctor` says what is wrong with it."""
    files, to_give = dict[str, bytes](), tuple[str, ...]()
    if settings.path is not None and (text := _content(settings.path)):
        without = config_without_secrets(text.decode("utf-8", "replace"))
        if without is not None:
            files[CONFIG_NAME], to_give = without[0].encode(), without[1]
    for folder, name in ((settings.watchlist_dir, LISTS), (settings.channels_dir, DESKS)):
        for path in watchlists_in(folder) if folder is not None else ():
            if content := _content(path):
                files[f"{name}{path.name}"] = _without_secret_comments(content)
    return KeptSettings(files, to_give)


def _content(path: Path) -> bytes:
    try:
        with open_trusted(path) as file:
            content = file.read(MAX_TOML_BYTES + 1)
    except (MonitorError, OSError, ValueError):
        return b""
    return content if len(content) <= MAX_TOML_BYTES else b""


_TELLING_NAME = r"(?i:auth|key|token|secret|cookie|pass|proxy|urls?\b|ping)"
_TELLS = re.compile(
    rf"""
      :// [^/\s]* @                      # somebody's name and password
    | \b (?! https?: ) [a-z][a-z0-9+.-]* ://  # an alert channel
    | \b https?:// \S* [?]
    | {_TELLING_NAME} [\w."'-]* (?<! _file) \s* [=:] \s* (?! ""|''|\[\s*\]|true|false ) \S
    """,
    re.VERBOSE,
)
_LEFT_OUT = "# (left out of the backup: it may have held a password)"


def _tells_nothing(comment: str) -> str:
    """Where old passwords stand: a line that was switched off."""
    return _LEFT_OUT if _TELLS.search(comment) else comment


def _without_secret_comments(content: bytes) -> bytes:
    try:
        text = content.decode("utf-8")
        tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):  # it is told by whoever reads it
        return content
    return with_comments(text, _tells_nothing).encode()


def _clean_engine(table: Any) -> None:
    """Engines are data, and no key of theirs is a secret by its name alone: what logs in stands in the address or in
    what is sent with it. A place that `{token}` is put into stays."""
    for name in list(table):
        value = table[name]
        if isinstance(value, dict):
            _clean_engine(value)
        elif not isinstance(value, str):
            continue
        elif "{" not in value and re.search(_TELLING_NAME, name) and name != "url":
            del table[name]
        else:
            said = re.sub(r"://[^/?#\s]*@", "://", value)
            said = said.partition("?")[0] if name == "url" else said
            said = re.sub(rf"([?&][^=&]*{_TELLING_NAME}[^=&]*=)[^&{{}}]+", r"\1", said)
            if said != value:
                table[name] = said


def config_without_secrets(text: str) -> tuple[str, tuple[str, ...]] | None:
    """The configuration, and the files that have to be given again. None for what is no TOML."""
    try:
        plain, document = tomllib.loads(text), tomlkit.parse(with_comments(text, _tells_nothing))
        for engine in document.get("engines", {}).values():
            _clean_engine(engine)
        for section, table in secret_tables(document):
            for key in _secrets_in(section, table):
                del table[key]
                table[f"{key}_file"] = f"{SECRETS}/{_file_name(section, key)}"
            if section == "alerts" and isinstance(table.get("urls"), list):
                _take_urls(table)
        changed = tomlkit.dumps(document)
        named = tuple(_named_files(tomllib.loads(changed)))
    except (tomllib.TOMLDecodeError, TOMLKitError, TypeError, ValueError, KeyError, AttributeError, RecursionError):
        return None
    return (changed, named) if plain else (with_comments(text, _tells_nothing), ())


def secret_tables(document: Any) -> Iterator[tuple[str, Any]]:
    """Each that may hold a secret, by the name of its section."""
    for name in list(document):
        table = document[name]
        if not isinstance(table, dict):
            continue
        if name == "credentials":
            yield from ((f"credentials.{own}", table[own]) for own in list(table) if isinstance(table[own], dict))
        else:
            yield name, table


def _secrets_in(section: str, table: Any) -> list[str]:
    if section.startswith("credentials."):
        return [key for key in table if key != "host" and not key.endswith("_file")]
    found = [key for where, key in SECRET_KEYS if where == section and key in table and key != "urls"]
    # An address without a password is none; with it left out, the program would go past it.
    return [key for key in found if key != "proxy" or "@" in str(table[key])]


def _take_urls(table: Any) -> None:
    """Each that is written out holds a password, or is one."""
    urls = table["urls"]
    for number, one in enumerate(list(urls), start=1):
        file = f"{SECRETS}/{_file_name('alerts', str(number))}"
        if isinstance(one, dict):
            if "url" in one:
                del one["url"]
                one["url_file"] = file
                urls[number - 1] = one
        else:
            made = tomlkit.inline_table()
            made["url_file"] = file
            urls[number - 1] = made


def _named_files(plain: Mapping[str, Any]) -> Iterator[str]:
    for section, table in secret_tables(plain):
        for key, value in table.items():
            if is_secret_file(section, key) and (section, key) != ("database", "key_file") and isinstance(value, str):
                yield value
        if section == "alerts" and isinstance(table.get("urls"), list):
            yield from (one["url_file"] for one in table["urls"] if isinstance(one, dict) and "url_file" in one)


def is_secret_file(section: str, key: str) -> bool:
    """The key names a file that holds a secret."""
    name = key.removesuffix("_file")
    return name != key and (section.startswith("credentials.") or (section, name) in SECRET_KEYS)


def _file_name(section: str, key: str) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", f"{section}-{key}-to-be-given-again".lower())


def write_settings(path: Path, key: Secret, kept: KeptSettings) -> None:
    """A new file, 0600. Raises dbapi2.Error, OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    database = connect(path, key)
    try:
        database.execute("PRAGMA journal_mode = MEMORY")
        database.execute("BEGIN")
        database.execute("CREATE TABLE files (name TEXT PRIMARY KEY, content BLOB NOT NULL)")
        database.execute("CREATE TABLE to_give (path TEXT PRIMARY KEY)")
        database.executemany("INSERT INTO files VALUES (?, ?)", sorted(kept.files.items()))
        database.executemany("INSERT OR IGNORE INTO to_give VALUES (?)", [(one,) for one in kept.to_give])
        database.execute("COMMIT")
    finally:
        database.close()


def read_settings(path: Path, key: Secret) -> KeptSettings:
    """Only what `write_settings` may have written. Raises ValueError for anything else."""
    from monitor.store.sqlite import Way

    try:
        database = connect(path, key, Way.READ)
        try:
            rows = database.execute("SELECT name, content FROM files LIMIT ?", (_MOST_FILES + 1,)).fetchall()
            to_give = tuple(str(one) for (one,) in database.execute("SELECT path FROM to_give LIMIT ?", (_MOST_FILES,)))
        finally:
            database.close()
    except dbapi2.Error as error:
        raise ValueError("the settings in it cannot be read") from error
    files = {name: content for name, content in rows if isinstance(name, str) and isinstance(content, bytes)}
    if len(rows) > _MOST_FILES or len(files) != len(rows):
        raise ValueError("the settings in it are not what this program writes")
    if any(_NAME.fullmatch(name) is None or name.split("/")[-1].startswith(".") for name in files):
        raise ValueError("the settings in it have a name that leads elsewhere")
    return KeptSettings(files, to_give)
