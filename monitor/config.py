"""config.toml, the environment and systemd credentials -> one frozen `Settings`, once, at start.

Later wins: the file, a `<key>_file`, a systemd credential `section.key`, an environment variable. Everything
wrong is said at once; the value of a secret never.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints

from monitor import config_later, tomlfile
from monitor.config_cases import further_cases
from monitor.config_changes import renamed_to
from monitor.config_keys import RENAMED, SECTIONS, TopKeys
from monitor.config_layers import KEY_OF_STORE, NAMED_TABLES, Layers
from monitor.config_places import PREFIX, PROGRAM, find, home_config, places, shut_place
from monitor.errors import ConfigError
from monitor.homes import NoHome, at_home, home_folder
from monitor.hosts import own_host
from monitor.model.proxy import PROXY_LEFT_OUT
from monitor.model.settings import (
    ENGINE_KEYS,
    CredentialSettings,
    EngineSettings,
    Secret,
    Settings,
    is_engine_key,
)
from monitor.tomlfile import Problem

MAX_TOLD_AT_ONCE = 50  # things that are wrong: whoever has more has another file by mistake
_LIKELY_HOST = {"identifier": 'host = "bsky.social"', "client_id": 'host = "www.reddit.com"'}
_ANY_HOST = 'The one host where this account is, for example host = "forum.example"'


def load(
    path: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    *,
    looked_at: list[Path] | None = None,
    without_key: bool = False,
) -> Settings:
    """Raises ConfigError with every problem at once. looked_at: gets the files that it hangs on, the configuration and
    the secrets that it names, where it raises too. without_key: the store's own file, which may be lost, is not read.
    """
    found = find(path, environ)
    if found is None and not any(name.startswith(PREFIX) for name in environ):
        if shut := shut_place(environ):
            raise ConfigError(
                f"the configuration in {shut} is of this machine's service, and not for your account",
                remedy=f"Put sudo before the command. Or make one of your own: `{PROGRAM} init`.",
            )
        raise ConfigError(
            "there is no configuration yet (looked for " + ", ".join(map(str, places(environ))) + ")",
            remedy=f"Run `{PROGRAM} init`, or name a file with --config PATH.",
        )
    layers = Layers(
        found.absolute() if found else None, unread=frozenset({KEY_OF_STORE}) if without_key else frozenset()
    )
    try:
        if found:
            layers.read_file(found.absolute())
        layers.read_credentials(environ)
        layers.read_environment(environ)
        settings = _settings(layers, environ)
    except NoHome as error:
        raise ConfigError.at(str(error), remedy=error.remedy, file=str(layers.path or "")) from error
    if looked_at is not None:
        looked_at += layers.files
    if layers.problems:
        raise _error(sorted(layers.problems, key=lambda problem: (problem.file == "", problem.line)))
    return settings


def origins(path: Path | None, environ: Mapping[str, str] = os.environ) -> Mapping[tuple[str, str], int | str]:
    """Where each key was given, by section and key: the line of the file, or the name of a variable or credential. What
    is wrong is passed over: `load` says it."""
    layers = Layers(path, unread=frozenset({KEY_OF_STORE}))
    if path is not None:
        layers.read_file(path)
    layers.read_credentials(environ)
    layers.read_environment(environ)
    return layers.origin


def key_file_named(path: Path) -> Path | None:
    """Of the store, as config.toml names it, whether it is there or not."""
    document = tomlfile.read(path)
    table = {} if isinstance(document, Problem) else document.data.get("database", {})
    named = table.get("key_file") if isinstance(table, dict) else None
    return (path.parent / os.path.expanduser(named)).absolute() if isinstance(named, str) and named else None


def default_data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    if state := environ.get("STATE_DIRECTORY", "").split(":")[0]:  # systemd.exec(5): several, by colons
        return Path(state)
    base = environ.get("XDG_DATA_HOME", "")
    return (Path(base) if os.path.isabs(base) else home_folder() / ".local" / "share") / PROGRAM


def _settings(layers: Layers, environ: Mapping[str, str]) -> Settings:
    base = layers.path.parent if layers.path else Path.cwd()
    known = (*get_type_hints(TopKeys), *SECTIONS, *NAMED_TABLES)
    top: dict[str, Any] = {}
    _refuse_later(layers)
    strange = [name for name in layers.values if name and name.split(".")[0] not in known]
    for number, section in enumerate(strange):
        search = number < tomlfile.MAX_SEARCHES
        layers.problem(section, "", *tomlfile.unknown_key(section, known, search=search, what="section"))
    strange = [key for key in layers.values.get("", {}) if key not in tomlfile.hints_of(TopKeys)]
    for number, key in enumerate(strange):
        what, right = tomlfile.unknown_key(key, known, search=number < tomlfile.MAX_SEARCHES)
        layers.problem("", key, what, renamed_to("", key) or _home_of(key) or _ADDRESSES.get(key, right))
        del layers.values[""][key]
    values, wrong = tomlfile.accepted(TopKeys, layers.values.get("", {}))
    for key, what, right in wrong:
        layers.problem("", key, what, right)
    data_dir: Path = values["data_dir"] if "data_dir" in values else default_data_dir(environ)
    watchlist_dir: Path = values["watchlist_dir"] if "watchlist_dir" in values else _usual_watchlists(layers, environ)
    for section, (shape, made) in SECTIONS.items():
        given, wrong = tomlfile.accepted(shape, layers.values.get(section, {}))
        for key, what, right in wrong:
            is_known = key in tomlfile.hints_of(shape)
            layers.problem(
                section, key, what, right if is_known else renamed_to(section, key) or _home_of(key) or right
            )
        top[section] = made(**{RENAMED.get(key, key): value for key, value in given.items()})
    settings = Settings(
        path=layers.path,
        data_dir=base / at_home(data_dir),
        watchlist_dir=base / at_home(watchlist_dir),
        further=tuple(further_cases(layers.values, top["case"].id, layers.problem)),
        left_out=_still_left_out(values.get("left_out", ()), layers),
        engines=tuple(_engines(layers)),
        credentials=tuple(_credentials(layers)),
        secret_files=tuple(layers.secret_files),
        **top,
    )
    return _checked(settings, layers)


def _usual_watchlists(layers: Layers, environ: Mapping[str, str]) -> Path:
    return (layers.path or home_config(environ)).parent / "watchlists"


def _still_left_out(named: Sequence[str], layers: Layers) -> tuple[str, ...]:
    """An empty value counts as given: none is wanted any more."""
    return tuple(
        name for name in named if name.rpartition(".")[2] not in layers.values.get(name.rpartition(".")[0], {})
    )


def _refuse_later(layers: Layers) -> None:
    """Takes out what is promised for a later version, and says so where it asks for anything."""
    for section, table in list(layers.values.items()):
        named = "takedown" if section.startswith("cases.") else section  # which has its keys too
        for key, value in list(table.items()):
            right = config_later.refusal(named, key, value, layers.origin.get((section, key), 0))
            if right is None:
                continue
            del table[key]
            if right:
                layers.problem(section, key, f"{key} is not in this version", right)
        if section in config_later.LATER_SECTIONS:
            del layers.values[section]


def _checked(settings: Settings, layers: Layers) -> Settings:
    """What only shows when two keys are seen together. A path of the browser may be relative to the file
    too."""
    match = settings.match
    for name in ("pdq", "phash"):
        sure, maybe = getattr(match, f"{name}_match"), getattr(match, f"{name}_possible")
        if maybe < sure:
            key = f"{name}_possible" if f"{name}_possible" in layers.values.get("match", {}) else f"{name}_match"
            what = f"{name}_possible = {maybe} is below {name}_match = {sure}, so nothing would be only possible"
            layers.problem("match", key, what, f"{name}_possible of at least {sure}.")
    if settings.queue.url is not None and settings.database.url is None:
        what = "url names a queue, and the store is a file that the workers of other machines cannot open"
        layers.problem("queue", "url", what, "Set [database] url too, or leave it out: then everything runs in `run`.")
    roots = settings.evidence.timestamp_roots
    if roots and layers.path:
        found = tuple(str(layers.path.parent / at_home(root)) for root in roots)
        settings = replace(settings, evidence=replace(settings.evidence, timestamp_roots=found))
    if settings.review.certificate and layers.path:
        path = str(layers.path.parent / at_home(settings.review.certificate))
        settings = replace(settings, review=replace(settings.review, certificate=path))
    if settings.backup.folder and layers.path:
        path = str(layers.path.parent / at_home(settings.backup.folder))
        settings = replace(settings, backup=replace(settings.backup, folder=path))
    if "network.proxy" in settings.left_out:
        settings = replace(settings, network=replace(settings.network, proxy=PROXY_LEFT_OUT))
    browser = settings.crawl.browser_path
    if browser and "/" in browser and layers.path:
        path = str(layers.path.parent / at_home(browser))
        settings = replace(settings, crawl=replace(settings.crawl, browser_path=path))
    return settings


def _engines(layers: Layers) -> list[EngineSettings]:
    engines = []
    for section, table in layers.values.items():
        if section.startswith("engines."):
            pairs = tuple(_flat(table))
            for number, (key, _) in enumerate(pair for pair in pairs if not is_engine_key(pair[0])):
                search = number < tomlfile.MAX_SEARCHES
                top = key if key in table else key.partition(".")[0]
                layers.problem(section, top, *tomlfile.unknown_key(key, ENGINE_KEYS, search=search))
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


def _credentials(layers: Layers) -> list[CredentialSettings]:
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
                layers.problem(section, key, f"{key} is not text in quotes", f'{key} = "..." or {key}_file.')
        credentials.append(CredentialSettings(name=section.partition(".")[2], hosts=hosts, values=tuple(values)))
    return credentials


def _hosts(layers: Layers, section: str, table: Mapping[str, Any]) -> tuple[str, ...]:
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
                raise ValueError("is not text in quotes")
            found.append(own_host(entry))
        except ValueError as error:
            layers.problem(section, "host", f"host{_shown_host(layers, section, entry)} {error}", right)
    return tuple(dict.fromkeys(found))


def _shown_host(layers: Layers, section: str, entry: object) -> str:
    """As it was given, where it stands in the file itself and holds no password: what came by a secret's way may be one
    that was mixed up."""
    in_file = isinstance(layers.origin.get((section, "host")), int) and (section, "host_file") not in layers.origin
    return f" = {tomlfile.shown(entry)}" if in_file and isinstance(entry, str) and "@" not in entry else ""


def _home_of(key: str) -> str:
    """A right key in the wrong section is likelier than a misspelt one. Not those of [database] and [queue]: `url` and
    `key` are what people call the address and the password of anything, and would be put where the store is looked
    for."""
    homes = [
        section
        for section, (shape, _) in SECTIONS.items()
        if section not in ("database", "queue") and key in tomlfile.hints_of(shape)
    ]
    if key in tomlfile.hints_of(TopKeys):
        return f"{key} stands at the top of the file, before the first [section]."
    return f"{key} belongs below {' or '.join(f'[{home}]' for home in homes)}." if homes else ""


_ALERT_ADDRESS = "An address that alerts go to: `reupload-monitor alerts add` writes it (urls = [...] below [alerts])."
_ADDRESSES = {"url": _ALERT_ADDRESS, "urls": _ALERT_ADDRESS}


def _error(problems: list[Problem]) -> ConfigError:
    each = tuple(problem.error(ConfigError) for problem in problems)
    if len(each) == 1:
        return each[0]
    lines = [f"{problem}. {problem.right}" for problem in problems[:MAX_TOLD_AT_ONCE]]
    if len(problems) > MAX_TOLD_AT_ONCE:
        lines.append(f"... and {len(problems) - MAX_TOLD_AT_ONCE} more.")
    whole = ConfigError(
        f"{len(problems)} things are wrong in the configuration:\n" + "\n".join(lines),
        remedy="config.example.toml names every key, its default and why.",
        file=each[0].file,
        line=each[0].line,
        key=each[0].key,
    )
    whole.each = each
    return whole
