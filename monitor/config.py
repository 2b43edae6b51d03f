"""config.toml, the environment and systemd credentials -> one frozen `Settings`, once, at start.

Later wins: the file, a `<key>_file`, a systemd credential `section.key`, an environment variable. Everything
wrong is said at once; the value of a secret never.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, get_type_hints

from monitor import tomlfile
from monitor.config_cases import further_cases
from monitor.config_keys import RENAMED, SECRET_KEYS, SECTIONS, TopKeys
from monitor.errors import ConfigError
from monitor.hosts import own_host
from monitor.model.settings import CredentialSettings, EngineSettings, Secret, Settings
from monitor.tomlfile import Problem
from monitor.trusted import NotTrusted, open_trusted

PREFIX = "REUPLOAD_MONITOR_"
PROGRAM = "reupload-monitor"
NAMED_TABLES = ("cases", "engines", "credentials")
MAX_SECRET_BYTES = 65_536
MAX_TOLD = 50  # things that are wrong: whoever has more has another file by mistake
_LIKELY_HOST = {"identifier": 'host = "bsky.social"', "client_id": 'host = "www.reddit.com"'}
_ANY_HOST = 'The one host where this account is, for example host = "forum.example"'


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Raises ConfigError with every problem at once."""
    found = find(path, environ)
    if found is None and not any(name.startswith(PREFIX) for name in environ):
        raise ConfigError(
            "there is no configuration yet (looked for " + ", ".join(map(str, _places(environ))) + ")",
            remedy=f"Run `{PROGRAM} init`, or name a file with --config PATH.",
        )
    layers = _Layers(found.absolute() if found else None)
    if found:
        layers.read_file(found.absolute())
    layers.read_credentials(environ)
    layers.read_environment(environ)
    settings = _settings(layers, environ)
    if layers.problems:
        raise _error(sorted(layers.problems, key=lambda problem: (problem.file == "", problem.line)))
    return settings


def find(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file that counts, None when there is none. A file that was named but is missing raises
    ConfigError."""
    for named, origin in ((path, "--config"), (environ.get(f"{PREFIX}CONFIG"), f"${PREFIX}CONFIG")):
        if named:
            if not Path(named).is_file():
                raise ConfigError(
                    f"{origin} names {named}, which is no file",
                    remedy=f"Correct the path, or make one: `{PROGRAM} --config {named} init`.",
                    file=str(named),
                )
            return Path(named)
    return next((place for place in _places(environ) if place.is_file()), None)


def is_this_folders(path: Path | None, named: Path | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether it was taken only because it stands in the folder that the command was called in. named: --config."""
    return path == _places(environ)[0].absolute() and not named and not environ.get(f"{PREFIX}CONFIG")


def home_config(environ: Mapping[str, str] = os.environ) -> Path:
    """Where `init` writes when no place is named."""
    base = environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".config") / PROGRAM / "config.toml"


def default_data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    if state := environ.get("STATE_DIRECTORY", "").split(":")[0]:  # systemd.exec(5): several, by colons
        return Path(state)
    base = environ.get("XDG_DATA_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".local" / "share") / PROGRAM


def _places(environ: Mapping[str, str]) -> tuple[Path, ...]:
    return Path("config.toml"), home_config(environ), Path(f"/etc/{PROGRAM}/config.toml")


@dataclass(slots=True)
class _Layers:
    """What was given, and where: `values[section][key]`, top-level keys under ''. `origin` is a line of the
    file, or the name of a variable or credential."""

    path: Path | None
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    origin: dict[tuple[str, str], int | str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

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
        document = tomlfile.read(path)
        if isinstance(document, Problem):
            self.problems.append(document)
            return
        tables = (*SECTIONS, *NAMED_TABLES)
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
        url = self._secret_file("alerts", "urls", entry["url_file"])
        # Where the file could not be read, that is the problem that is told: a stand-in keeps the next from
        # being told.
        return {**rest, "url": url if url is not None else "unread://"}

    def _secret_file(self, section: str, key: str, file: object) -> str | None:
        right = f"The path of a file that holds the {key}, readable by this user only."
        if not isinstance(file, str) or not file:
            self.problem(section, key, f"{key}_file is no path in quotes", right)
            return None
        base = self.path.parent if self.path else Path.cwd()
        path = base / Path(file).expanduser()
        try:
            return _secret(open_trusted(path))
        except NotTrusted as error:
            self.problem(section, key, f"{key}_file = {error.path} {error.what}", error.right)
            return None
        except (OSError, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            self.problem(section, key, f"{key}_file = {path} cannot be read: {why}", right)
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
            if not known and not section.startswith("credentials."):
                continue
            origin = f"credential {path.name}"
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
        """A variable `..._FILE` replaces what the file gave; a file that both `put` a value is no conflict
        here."""
        if key.endswith("_file") and (
            section.startswith("credentials.") or (section, key.removesuffix("_file")) in SECRET_KEYS
        ):
            self.values[section].pop(key.removesuffix("_file"), None)
            self._read_secret_files(section)
        elif (section, key) == ("alerts", "urls"):
            self._read_secret_files(section)

    def _from_text(self, section: str, key: str, text: str, origin: str) -> object:
        """Lists come as JSON; a list of one may come bare where that is allowed."""
        shape = TopKeys if section == "" else SECTIONS[section][0] if section in SECTIONS else None
        hint = str(get_type_hints(shape).get(key, "")) if shape else ""
        if not hint.startswith("tuple") or not text.lstrip().startswith("["):
            return text
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            self.origin[section, key] = origin
            self.problem(section, key, f"{key} is no JSON list: {error}", 'For example ["a", "b"].')
            return []


def _settings(layers: _Layers, environ: Mapping[str, str]) -> Settings:
    base = layers.path.parent if layers.path else Path.cwd()
    known = (*get_type_hints(TopKeys), *SECTIONS, *NAMED_TABLES)
    top: dict[str, Any] = {}
    strange = [name for name in layers.values if name and name.split(".")[0] not in known]
    for number, section in enumerate(strange):
        layers.problem(section, "", *_unknown_section(section, known, search=number < tomlfile.MAX_SEARCHES))
    strange = [key for key in layers.values.get("", {}) if key not in tomlfile.hints_of(TopKeys)]
    for number, key in enumerate(strange):
        what, right = tomlfile.unknown_key(key, known, search=number < tomlfile.MAX_SEARCHES)
        layers.problem("", key, what, _home_of(key) or right)
        del layers.values[""][key]
    values, wrong = tomlfile.accepted(TopKeys, layers.values.get("", {}))
    for key, what, right in wrong:
        layers.problem("", key, what, right)
    beside = base if layers.path else home_config(environ).parent
    data_dir: Path = values.get("data_dir", default_data_dir(environ))
    watchlist_dir: Path = values.get("watchlist_dir", beside / "watchlists")
    for section, (shape, made) in SECTIONS.items():
        given, wrong = tomlfile.accepted(shape, layers.values.get(section, {}))
        for key, what, right in wrong:
            layers.problem(section, key, what, _home_of(key) or right if what.startswith("unknown") else right)
        top[section] = made(**{RENAMED.get(key, key): value for key, value in given.items()})
    settings = Settings(
        path=layers.path,
        data_dir=base / data_dir.expanduser(),
        watchlist_dir=base / watchlist_dir.expanduser(),
        further=tuple(further_cases(layers.values, top["case"].id, layers.problem)),
        engines=tuple(_engines(layers)),
        credentials=tuple(_credentials(layers)),
        **top,
    )
    return _checked(settings, layers)


def _checked(settings: Settings, layers: _Layers) -> Settings:
    """What only shows when two keys are seen together. A path of the browser may be relative to the file
    too."""
    match = settings.match
    for name in ("pdq", "phash"):
        sure, maybe = getattr(match, f"{name}_match"), getattr(match, f"{name}_possible")
        if maybe < sure:
            key = f"{name}_possible" if f"{name}_possible" in layers.values.get("match", {}) else f"{name}_match"
            what = f"{name}_possible = {maybe} is below {name}_match = {sure}, so nothing would be only possible"
            layers.problem("match", key, what, f"{name}_possible of at least {sure}.")
    browser = settings.crawl.browser_path
    if browser and "/" in browser and layers.path:
        path = str(layers.path.parent / Path(browser).expanduser())
        settings = replace(settings, crawl=replace(settings.crawl, browser_path=path))
    return settings


def _engines(layers: _Layers) -> list[EngineSettings]:
    engines = []
    for section, table in layers.values.items():
        if section.startswith("engines."):
            pairs = tuple(_flat(table))
            engines.append(EngineSettings(name=section.partition(".")[2], values=pairs))
    return engines


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Tables inside become dotted names, lists JSON, true and false small words: engines are data, as
    text."""
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{prefix}{key}.")
        else:
            pairs.append((f"{prefix}{key}", value if isinstance(value, str) else json.dumps(value, default=str)))
    return pairs


def _credentials(layers: _Layers) -> list[CredentialSettings]:
    credentials = []
    for section, table in layers.values.items():
        if not section.startswith("credentials."):
            continue
        values = []
        hosts = _hosts(layers, section, table)
        for key, value in table.items():
            if key == "host":
                continue
            if isinstance(value, str):
                values.append((key, Secret(value)))
            else:
                layers.problem(section, key, f"{key} is no text in quotes", f'{key} = "..." or {key}_file.')
        credentials.append(CredentialSettings(name=section.partition(".")[2], hosts=hosts, values=tuple(values)))
    return credentials


def _hosts(layers: _Layers, section: str, table: Mapping[str, Any]) -> tuple[str, ...]:
    """Never guessed: a watchlist may be somebody else's, and whoever it names would get the account data."""
    right = f"{_LIKELY_HOST.get(next((key for key in _LIKELY_HOST if key in table), ''), _ANY_HOST)} in [{section}]."
    given = table.get("host")
    if given in (None, "", []):
        layers.problem(section, "host", "has no host, so it is not known where these account data may go", right)
        return ()
    found = []
    for entry in given if isinstance(given, list) else [given]:
        try:
            if not isinstance(entry, str):
                raise ValueError("is no text in quotes")
            found.append(own_host(entry))
        except ValueError as error:
            layers.problem(section, "host", f"host {error}", right)
    return tuple(dict.fromkeys(found))


def _unknown_section(section: str, known: tuple[str, ...], *, search: bool) -> tuple[str, str]:
    what, right = tomlfile.unknown_key(section, known, search=search)
    return what.replace("unknown key", "unknown section"), right


def _home_of(key: str) -> str:
    """A right key in the wrong section is likelier than a misspelt one."""
    homes = [section for section, (shape, _) in SECTIONS.items() if key in tomlfile.hints_of(shape)]
    if key in tomlfile.hints_of(TopKeys):
        return f"{key} stands at the top of the file, before the first [section]."
    return f"{key} belongs below [{homes[0]}]." if homes else ""


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


def _error(problems: list[Problem]) -> ConfigError:
    each = tuple(problem.error(ConfigError) for problem in problems)
    if len(each) == 1:
        return each[0]
    lines = [f"{problem}. {problem.right}" for problem in problems[:MAX_TOLD]]
    if len(problems) > MAX_TOLD:
        lines.append(f"... and {len(problems) - MAX_TOLD} more.")
    whole = ConfigError(
        f"{len(problems)} things are wrong in the configuration:\n" + "\n".join(lines),
        remedy="config.example.toml names every key, its default and why.",
        file=each[0].file,
        line=each[0].line,
        key=each[0].key,
    )
    whole.each = each
    return whole
