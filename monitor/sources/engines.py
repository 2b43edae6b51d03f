"""Search engines as data: `engines.toml`, overridden and added to by `[engines.NAME]` of config.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from string import Formatter
from urllib.parse import quote, urlsplit

from monitor.errors import WatchlistError
from monitor.model.settings import ENGINE_KEYS, EngineSettings, Secret, is_engine_key

# What the reader needs to know of an engine, as the rules of a ParseJob.
READER_KEYS = (
    *(
        "results",
        "link",
        "image",
        "thumbnail",
        "title",
        "envelope",
        "error",
        "no_error",
        "unresponsive",
        "none",
        "blocked",
    ),
    "redirect",
)
_MAX_LIKE = 5  # engines that build on each other
_PLACEHOLDERS = frozenset({"url", "query", "page", "offset", "cx"})


@dataclass(frozen=True, slots=True)
class Engine:
    """keys: everything said of it, with what `like` names filled in."""

    name: str
    keys: tuple[tuple[str, str], ...]

    def get(self, key: str) -> str:
        return next((value for name, value in self.keys if name == key), "")

    @property
    def answers_in_json(self) -> bool:
        """Else in HTML."""
        return self.get("answers") == "json"

    @property
    def needs_token(self) -> bool:
        return any("{token}" in value for _, value in self.keys)

    def address(self, query: str, page: int) -> str:
        """page: 0 for the first one."""
        url = self.get("url").rstrip("/")
        path = self.get("path")
        if path and not url.endswith(path):
            url += path
        offset = int(self.get("first_offset") or 0) + page * int(self.get("per_page") or 10)
        return self.get("search").format(
            url=url,
            query=quote(query, safe=""),
            page=int(self.get("first_page") or 0) + page,
            offset=offset,
            cx=quote(self.get("cx"), safe=""),
        )

    def headers(self, token: str) -> tuple[tuple[str, str], ...]:
        return tuple(
            (name.removeprefix("header."), value.replace("{token}", token))
            for name, value in self.keys
            if name.startswith("header.")
        )

    def secret_query(self, token: str) -> tuple[tuple[str, Secret], ...]:
        """Parts of the address that only the engine sees."""
        return tuple(
            (name.removeprefix("query."), Secret(value.replace("{token}", token)))
            for name, value in self.keys
            if name.startswith("query.")
        )


@cache
def shipped() -> Mapping[str, Mapping[str, str]]:
    data = tomllib.loads(files("monitor.sources").joinpath("engines.toml").read_text("utf-8"))
    return {name: dict(_flat(table)) for name, table in data.items()}


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)


def find_engine(name: str, own: Iterable[EngineSettings]) -> Engine:
    """Raises WatchlistError: unknown engine, unknown key, an address that cannot be built."""
    tables: dict[str, dict[str, str]] = {key: dict(table) for key, table in shipped().items()}
    for settings in own:
        tables[settings.name] = {**tables.get(settings.name, {}), **dict(settings.values)}
    if name not in tables:
        near = get_close_matches(name, tables, 1)
        raise WatchlistError(
            f"there is no search engine {name!r}",
            remedy=(f"Did you mean {near[0]!r}? " if near else "")
            + f"Known are {', '.join(sorted(tables))}; or describe it in [engines.{name}] of config.toml.",
            key="engine",
        )
    keys = _merged(name, tables)
    engine = Engine(name, tuple(sorted(keys.items())))
    _check(engine)
    return engine


def _merged(name: str, tables: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    chain = [name]
    while (like := tables[chain[-1]].get("like", "")) and len(chain) <= _MAX_LIKE:
        if like == chain[-1] or like not in tables:
            raise WatchlistError(
                f"engine {name!r} is like {like!r}, which does not exist",
                remedy=f"Known are {', '.join(sorted(shipped()))}.",
                key="engine",
            )
        chain.append(like)
    keys: dict[str, str] = {}
    for link in reversed(chain):
        keys.update(tables[link])
    return keys


def _check(engine: Engine) -> None:
    _check_keys(engine)
    _check_search(engine)
    _check_answers(engine)
    if urlsplit(engine.address("x", 0)).scheme not in ("http", "https"):
        raise _wrong(
            engine, "has an address that is neither http nor https", f"Correct url or search in {_place(engine)}."
        )


def _check_keys(engine: Engine) -> None:
    for key, value in engine.keys:
        if not is_engine_key(key):
            near = get_close_matches(key, ENGINE_KEYS, 1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Take it out of {_place(engine)}."
            raise _wrong(engine, f"has an unknown key {key!r}", remedy)
        if key in ("first_page", "first_offset", "per_page") and not value.isdecimal():
            remedy = f"{key} = 1 in {_place(engine)}, for example."
            raise _wrong(engine, f"has {key} = {value!r}, which is not a number", remedy)


def _check_search(engine: Engine) -> None:
    """The address at which it is asked, and what is filled into it."""
    place, template = _place(engine), engine.get("search")
    if not template:
        raise _wrong(engine, "has no search address", f'Add search = "https://.../?q={{query}}" to {place}.')
    try:
        used = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    except ValueError as error:
        remedy = f"{error}: write {{query}} where the words go."
        raise _wrong(engine, "has a broken search address", remedy) from error
    if "token" in used:
        raise _wrong(
            engine,
            "has {token} in its search address, where reports would show it",
            f'Take it out, and add query.NAME = "{{token}}" (or header.NAME) to {place}: only the engine sees that.',
        )
    if "query" not in used or used - _PLACEHOLDERS:
        remedy = f"It may use {', '.join(sorted(_PLACEHOLDERS))}, each in braces."
        raise _wrong(engine, "has a search address without {query}", remedy)
    for key in ("url", "cx"):
        if key in used and not engine.get(key):
            raise _wrong(engine, f"has no {key}", f'Add {key} = "..." to {place} in config.toml.')


def _check_answers(engine: Engine) -> None:
    """What a reader needs to know of them."""
    place = _place(engine)
    if engine.get("answers") not in ("json", "html"):
        remedy = f'Add answers = "json" or answers = "html" to {place}.'
        raise _wrong(engine, "does not say how it answers", remedy)
    for key in ("results", "link"):
        if not engine.get(key) and not (key == "link" and engine.get("answers") == "html"):
            raise _wrong(engine, f"has no {key}", f"Say in {place} where the results stand.")


def _wrong(engine: Engine, what: str, remedy: str) -> WatchlistError:
    return WatchlistError(f"engine {engine.name!r} {what}", remedy=remedy, key="engine")


def _place(engine: Engine) -> str:
    return f"[engines.{engine.name}]"
