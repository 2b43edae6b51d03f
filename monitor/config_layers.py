"""What was given for each key, and where: config.toml, secrets in files, systemd credentials, the environment.

Later wins, in this order. Nothing is checked here but that a secret can be read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, get_type_hints

from monitor import config_later, tomlfile
from monitor.config_keys import SECRET_KEYS, SECTIONS, TopKeys
from monitor.config_places import KEY_LOST, PREFIX
from monitor.homes import at_home
from monitor.tomlfile import Problem
from monitor.trusted import NotTrusted, open_trusted

NAMED_TABLES = ("cases", "engines", "credentials")
KEY_OF_STORE = ("database", "key")
MAX_SECRET_BYTES = 65_536
_TRUE_OR_FALSE = {word: True for word in ("true", "yes", "on", "1")} | {
    word: False for word in ("false", "no", "off", "0")
}


@dataclass(slots=True)
class Layers:
    """What was given, and where: `values[section][key]`, top-level keys under ''. `origin` is a line of the
    file, or the name of a variable or credential. files: all that were looked at, readable or not."""

    path: Path | None
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    origin: dict[tuple[str, str], int | str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unread: frozenset[tuple[str, str]] = frozenset()  # secrets, by section and key
    secret_files: list[Path] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def problem(self, section: str, key: str, what: str, right: str) -> None:
        origin = self.origin.get((section, key), self.origin.get((section, ""), 0))
        name = f"[{section}] " if section else ""
        if isinstance(origin, str):
            self.problems.append(Problem("", 0, origin, f"{name}{what}", right))
        else:
            self.problems.append(Problem(str(self.path or ""), origin, key, f"{name}{what}", right))

    def put(self, section: str, key: str, value: object, origin: int | str) -> None:
        self.values.setdefault(section, {})[key] = value
        self.origin[section, key] = origin

    def read_file(self, path: Path) -> None:
        self.files.append(path)
        document = tomlfile.read(path)
        if isinstance(document, Problem):
            self.problems.append(document)
            return
        tables = (*SECTIONS, *NAMED_TABLES, *config_later.LATER_SECTIONS)
        for name, value in document.data.items():
            line = document.line((name,))
            if name in tables and not isinstance(value, dict):
                self.origin[name, ""] = line
                self.problem(name, "", "is a table, not a value", f"A line [{name}] with its keys below it.")
            elif name in NAMED_TABLES:
                for own, inner in value.items():
                    self._read_table(document, (name, own), inner)
            elif isinstance(value, dict):
                self._read_table(document, (name,), value)
            else:
                self.put("", name, value, line)

    def _read_table(self, document: tomlfile.Document, path: tuple[str, ...], table: object) -> None:
        section = ".".join(path)
        self.origin[section, ""] = document.line(path)
        if not isinstance(table, dict):
            self.problem(section, "", "is a table, not a value", f"A line [{section}] with its keys below it.")
            return
        self.values.setdefault(section, {})
        for key, value in table.items():
            self.put(section, key, value, document.line((*path, key)))
        if path[0] in SECTIONS or path[0] == "credentials":
            self._read_secret_files(section)

    def _read_secret_files(self, section: str) -> None:
        """Replaces every `<key>_file` by what the file holds, of keys that are secrets."""
        table = self.values[section]
        for name in [name for name in table if name.endswith("_file")]:
            key = name.removesuffix("_file")
            if not (section.startswith("credentials.") or (section, key) in SECRET_KEYS):
                continue
            file = table.pop(name)
            if (section, key) in self.unread:
                continue
            self.origin[section, key] = self.origin[section, name]
            if key in table:
                self.problem(section, key, f"both {key} and {name} are given", "Keep one of the two.")
            elif (value := self._secret_file(section, key, file)) is not None:
                table[key] = _url_lines(value) if (section, key) == ("alerts", "urls") else value
        if section == "alerts" and isinstance(table.get("urls"), list):
            table["urls"] = [self._with_file(entry) for entry in table["urls"]]

    def _with_file(self, entry: object) -> object:
        """One of [alerts] urls: `{ url_file = ... }` -> `{ url = ... }`."""
        if not isinstance(entry, dict) or "url_file" not in entry:
            return entry
        rest = {key: value for key, value in entry.items() if key != "url_file"}
        url = self._secret_file("alerts", "urls", entry["url_file"], named="url_file")
        # Where the file could not be read, that is the problem that is told: a stand-in keeps the next from
        # being told.
        return {**rest, "url": url if url is not None else "unread://"}

    def _secret_file(self, section: str, key: str, file: object, named: str = "") -> str | None:
        """named: as the file has it, where that is not the key with _file."""
        named = named or f"{key}_file"
        right = f"The path of a file that holds the {named.removesuffix('_file')}, readable by this user only."
        if (section, key) == KEY_OF_STORE:
            right = f"The file opens the data. Is it on a stick, or on another disk? Plug that in. {KEY_LOST}"
        if not isinstance(file, str) or not file:
            self.problem(section, key, f"{named} is not a path in quotes", right)
            return None
        base = self.path.parent if self.path else Path.cwd()
        path = base / at_home(file)
        self.files.append(path)
        try:
            found = _secret(open_trusted(path))
            self.secret_files.append(path)
            return found
        except NotTrusted as error:
            self.problem(section, key, f"{named} = {error.path} {error.what}", error.right)
            return None
        except (OSError, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            self.problem(section, key, f"{named} = {path} cannot be read: {why}", right)
            return None

    def read_credentials(self, environ: Mapping[str, str]) -> None:
        """systemd.exec(5), LoadCredential=: one file each, named `section.key`. Names that are none of ours
        may be there for others."""
        directory = environ.get("CREDENTIALS_DIRECTORY", "")
        if not directory or not Path(directory).is_dir():
            return
        for path in sorted(Path(directory).iterdir()):
            section, _, key = path.name.rpartition(".")
            known = section in SECTIONS and key in get_type_hints(SECTIONS[section][0])
            known = known or config_later.refusal(section, key, "") is not None
            if not known and not section.startswith("credentials."):
                continue
            origin = f"{config_later.CREDENTIAL}{path.name}"
            try:
                text = _secret(path.open("rb"))  # systemd's own folder
            except (OSError, ValueError) as error:
                self.origin[section, key] = origin
                self.problem(section, key, f"cannot be read: {error}", "UTF-8 text of at most 64 kB.")
                continue
            if (section, key) == ("alerts", "urls"):
                self.put(section, key, _url_lines(text), origin)
            else:
                self.put(section, key, self._from_text(section, key, text, origin), origin)

    def read_environment(self, environ: Mapping[str, str]) -> None:
        for name in sorted(environ):
            if not name.startswith(PREFIX) or name == f"{PREFIX}CONFIG":
                continue
            section, _, key = name.removeprefix(PREFIX).lower().rpartition("__")
            if section.startswith(tuple(f"{table}__" for table in NAMED_TABLES)):
                table, own = section.split("__", 1)
                # Variables cannot hold a hyphen and know no small letters: prefer a name that the file has.
                names = [known.partition(".")[2] for known in self.values if known.startswith(f"{table}.")]
                own = next((known for known in names if known.lower().replace("-", "_") == own), own)
                section = f"{table}.{own}"
            self.put(section, key, self._from_text(section, key, environ[name], name), name)
            if section in SECTIONS or section.startswith("credentials."):
                self._override_secret(section, key)

    def _override_secret(self, section: str, key: str) -> None:
        """A variable `..._FILE` replaces what the file gave; a file that both `put` a value is not a conflict
        here."""
        if key.endswith("_file") and (
            section.startswith("credentials.") or (section, key.removesuffix("_file")) in SECRET_KEYS
        ):
            self.values[section].pop(key.removesuffix("_file"), None)
            self._read_secret_files(section)
        elif (section, key) == ("alerts", "urls"):
            self._read_secret_files(section)

    def _from_text(self, section: str, key: str, text: str, origin: str) -> object:
        """Lists come as JSON; a list of one may come bare where that is allowed. There is no true or false but in
        words."""
        shape = TopKeys if section == "" else SECTIONS[section][0] if section in SECTIONS else None
        hint = str(get_type_hints(shape).get(key, "")) if shape else ""
        if hint == str(bool):
            return _TRUE_OR_FALSE.get(text.strip().lower(), text)
        if not hint.startswith("tuple") or not text.lstrip().startswith("["):
            return text
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            self.origin[section, key] = origin
            self.problem(section, key, f"{key} is not a JSON list: {error}", 'For example ["a", "b"].')
            return []


def _url_lines(text: str) -> list[object]:
    """Alert URLs as a secret: a JSON list, or one a line."""
    if text.lstrip().startswith("["):
        try:
            urls = json.loads(text)
            return urls if isinstance(urls, list) else [urls]
        except ValueError:
            return [text]
    return [line.strip() for line in text.splitlines() if line.strip()]


def _secret(opened: BinaryIO) -> str:
    with opened as file:
        raw = file.read(MAX_SECRET_BYTES + 1)
    if len(raw) > MAX_SECRET_BYTES:
        raise ValueError("it is larger than 64 kB")
    try:
        return raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:  # its message would repeat bytes of the secret
        raise ValueError("it is not UTF-8 text") from None
