"""Which watches are visited as one: whatever decides what is asked sets them apart, and nothing else does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor.crawl.visit_groups import OF_SETTINGS, OF_WATCH, Decides, asked_by
from monitor.model.settings import CrawlSettings, EngineSettings, MatchSettings, NetworkSettings, Settings
from monitor.model.watch import Adapt, Every, Follow, ImageRules, Kind, Render, Watch

SETTINGS = Settings(path=None, data_dir=Path("data"), watchlist_dir=Path("watchlists"))
ONE = Watch("one", Kind.PAGE, Every(3600), urls=("https://forum.example/t/1",))


def leaves(made: Any, within: Mapping[str, Decides], prefix: str = "") -> Iterator[str]:
    """Every field, down to where the table names it."""
    for field in dataclasses.fields(made):
        name, value = f"{prefix}{field.name}", getattr(made, field.name)
        if name not in within and dataclasses.is_dataclass(value):
            yield from leaves(value, within, f"{name}.")
        else:
            yield name


@pytest.mark.parametrize(("made", "table"), [pytest.param(ONE, OF_WATCH, id="watch")])
def test_every_field_of_a_watch_is_classed(made: Watch, table: Mapping[str, Decides]) -> None:
    """A field that is added decides what is asked until somebody has said that it does not: class it in the table."""
    assert set(leaves(replace(made, follow=Follow(), images=ImageRules()), table)) == set(table)


def test_every_field_of_the_settings_is_classed() -> None:
    assert set(leaves(SETTINGS, OF_SETTINGS)) == set(OF_SETTINGS)


APART = {
    "another address": {"urls": ("https://forum.example/t/2",)},
    "a further address": {"urls": (*ONE.urls, "https://forum.example/t/2")},
    "another kind": {"kind": Kind.URLS},
    "rendered": {"render": Render.BROWSER},
    "links that are followed": {"follow": Follow(links="a.thread")},
    "deeper": {"follow": Follow(depth=2)},
    "more pages": {"follow": Follow(max_pages=51)},
    "to other sites": {"follow": Follow(same_site=False)},
    "links chosen": {"follow": Follow(chosen=True)},
    "other pictures": {"images": ImageRules(select="img.post")},
    "more pictures": {"images": ImageRules(max_images=501)},
    "past robots.txt": {"ignore_robots": True},
    "another engine": {"engine": "searx"},
    "another question": {"query": "a name"},
    "more result pages": {"pages": 2},
    "tells the page": {"tells_page": True},
}
TOGETHER = {
    "another name": {"name": "two"},
    "another case": {"case": "anna"},
    "seldom": {"schedule": Every(86_400)},
    "as it adapts": {"schedule": Adapt(900, 86_400)},
    "why past robots.txt": {"robots_reason": "my own pictures"},
    "urgent": {"tags": ("urgent",)},
    "a planted picture": {"planted": "mine"},
    "an alarm by few pictures": {"images": ImageRules(least=3)},
    "another file": {"origin": Path("b.toml"), "line": 7, "lines": (("kind", 8),)},
    "switched off": {"enabled": False},
}
ASKED_WITH = {
    "another proxy": {"network": NetworkSettings(proxy="socks5h://127.0.0.1:9050")},
    "as another browser": {"network": NetworkSettings(user_agent="Mozilla/5.0 (X11)")},
    "a shorter time": {"network": NetworkSettings(timeout_s=10)},
    "fewer bytes": {"crawl": CrawlSettings(max_run_bytes=1)},
}


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in APART.items()])
def test_what_decides_what_is_asked_sets_apart(change: dict[str, Any]) -> None:
    other = replace(ONE, **change)
    assert asked_by(other, SETTINGS, has_login=False) != asked_by(ONE, SETTINGS, has_login=False)
    changed = {name for name in change if name not in ("follow", "images")}
    assert all(OF_WATCH[name] is Decides.ASKED for name in changed)


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in TOGETHER.items()])
def test_what_is_a_watchs_own_does_not(change: dict[str, Any]) -> None:
    assert asked_by(replace(ONE, **change), SETTINGS, has_login=False) == asked_by(ONE, SETTINGS, has_login=False)


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in ASKED_WITH.items()])
def test_how_the_installation_asks_sets_apart(change: dict[str, Any]) -> None:
    assert asked_by(ONE, replace(SETTINGS, **change), has_login=False) != asked_by(ONE, SETTINGS, has_login=False)


def test_every_row_of_the_tables_is_tried() -> None:
    tried = {name for change in (*APART.values(), *TOGETHER.values()) for name in change}
    assert tried | {"credentials"} == {name.partition(".")[0] for name in OF_WATCH}


def test_a_list_is_the_same_in_any_order() -> None:
    first = replace(ONE, kind=Kind.URLS, urls=("https://a.example/", "https://b.example/"))
    assert asked_by(first, SETTINGS, has_login=False) == asked_by(
        replace(first, urls=first.urls[::-1]), SETTINGS, has_login=False
    )


def test_who_has_a_login_or_an_account_is_alone() -> None:
    assert asked_by(ONE, SETTINGS, has_login=True) is None
    assert asked_by(replace(ONE, credentials="mine"), SETTINGS, has_login=False) is None


def test_only_the_engine_of_the_watch_counts() -> None:
    search = replace(ONE, kind=Kind.SEARCH, urls=(), engine="mine", query="a name")
    engines = {name: EngineSettings(name=name, values=(("url", "https://s.example"),)) for name in ("mine", "other")}
    plain = asked_by(search, SETTINGS, has_login=False)
    assert asked_by(search, replace(SETTINGS, engines=(engines["other"],)), has_login=False) == plain
    assert asked_by(search, replace(SETTINGS, engines=(engines["mine"],)), has_login=False) != plain


def test_with_what_is_compared_does_not_count() -> None:
    stricter = replace(SETTINGS, match=MatchSettings(pdq_match=31))
    assert asked_by(ONE, stricter, has_login=False) == asked_by(ONE, SETTINGS, has_login=False)
