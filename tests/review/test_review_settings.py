"""What stands in the configuration: every setting once, with where to change it, and no secret."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor import config
from monitor.app import App
from monitor.config_keys import SECTIONS, TopKeys
from monitor.model.case import Case
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.review.local import LocalCore
from monitor.services.settings_told import OF_ONE_CASE, SettingOrigin, SettingSeen, settings_seen
from monitor.tomlfile import hints_of
from tests.review.asking import NOW, asking
from tests.stores import a_store

SECRET = "hunter2hunter2"
CONFIG = f"""
data_dir = "data"
[case]
name = "Jane <b>Doe</b>"
[cases.anna]
name = "Anna Hidden"
address = "1 Hidden Road"
[network]
proxy = "socks5h://user:{SECRET}@127.0.0.1:9050"
timeout = 30
[alerts]
urls = ["mailtos://jane:{SECRET}@mail.example", {{ url_file = "ntfy.url", tags = ["urgent"] }}]
quiet_hours = "22:00-07:00"
[monitoring]
ping_url = "https://hc.example/{SECRET}"
[engines.searxng]
url = "https://searx.example"
"header.X-Key" = "{SECRET}"
[credentials.forum]
host = "forum.example"
token = "{SECRET}"
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, text in (("config.toml", CONFIG), ("ntfy.url", f"ntfys://ntfy.example/{SECRET}\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    for name in [name for name in os.environ if name.startswith("REUPLOAD_MONITOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REUPLOAD_MONITOR_CRAWL__CONCURRENCY", "3")
    return config.load(tmp_path / "config.toml")


def by_name(settings: Settings, case: str = "default") -> dict[tuple[str, str], SettingSeen]:
    seen = settings_seen(settings, CaseId(case))
    found = {(one.section, one.key): one for one in seen}
    assert len(found) == len(seen), "each once"
    return found


def test_every_setting_is_told_and_no_secret(settings: Settings) -> None:
    found = by_name(settings)
    every = {(name, key) for name, (shape, _) in SECTIONS.items() for key in hints_of(shape)}
    every |= {("", key) for key in hints_of(TopKeys)}
    assert every - {("case", "id")} <= found.keys()
    assert not any(SECRET in repr(one) for one in found.values())
    secrets = {one for one, seen in found.items() if seen.is_secret and seen.is_set}
    assert {("network", "proxy"), ("monitoring", "ping_url"), ("credentials.forum", "token")} <= secrets
    assert found["alerts", "urls"].value == "1: mail to jane@mail.example, 2: ntfy at ntfy.example (urgent)"


@pytest.mark.parametrize(
    ("name", "value", "origin", "line"),
    [
        pytest.param(("network", "timeout"), "30.0", SettingOrigin.FILE, 10, id="of the file"),
        pytest.param(("network", "max_page_bytes"), "41943040", SettingOrigin.USUAL, 0, id="as usual"),
        pytest.param(("crawl", "concurrency"), "3", SettingOrigin.VARIABLE, 0, id="of the environment"),
        pytest.param(("alerts", "quiet_hours"), "22:00-07:00", SettingOrigin.FILE, 13, id="hours"),
        pytest.param(("digest", "at"), "18:00", SettingOrigin.USUAL, 0, id="a time"),
        pytest.param(("crawl", "night"), "false", SettingOrigin.USUAL, 0, id="no"),
        pytest.param(("credentials.forum", "host"), "forum.example", SettingOrigin.FILE, 20, id="a host"),
    ],
)
def test_where_it_comes_from(
    settings: Settings, name: tuple[str, str], value: str, origin: SettingOrigin, line: int
) -> None:
    seen = by_name(settings)[name]
    assert (seen.value, seen.origin, seen.line) == (value, origin, line)
    assert seen.name == ("REUPLOAD_MONITOR_CRAWL__CONCURRENCY" if origin is SettingOrigin.VARIABLE else "")


def test_of_another_case_nothing_is_told(settings: Settings) -> None:
    hers, others = by_name(settings, "anna"), by_name(settings)
    assert hers["cases.anna", "name"].value == "Anna Hidden" and hers["cases.anna", "address"].line == 7
    assert not any(one.section in OF_ONE_CASE for one in hers.values())
    assert not any("Hidden" in one.value for one in others.values())


async def test_the_page_has_no_secret_and_says_where_to_change_each(settings: Settings) -> None:
    store = a_store()
    store.cases.save(Case(CaseId("anna")))
    async with asking(LocalCore(App(settings, store, lambda: NOW))) as person:
        token = (await person.get("/help")).text.partition('name="token" value="')[2].partition('"')[0]
        await person.post("/case", data={"token": token, "case": "default"})
        page = (await person.get("/settings")).text
    assert SECRET not in page and "Hidden" not in page
    assert "Jane &lt;b&gt;Doe&lt;/b&gt;" in page and "<b>" not in page
    assert "set, and not shown" in page and "Line 10 of the file." in page
    assert "REUPLOAD_MONITOR_CRAWL__CONCURRENCY" in page and str(settings.path) in page


async def test_what_is_set_for_a_case_alone_is_told_to_it_alone(settings: Settings) -> None:
    store = a_store()
    store.cases.save(Case(CaseId("anna")))
    for name, value in (("alerts.detail", "full"), ("alerts.urls", [f"json://{SECRET}@x"]), ("email", "a@b.example")):
        store.case_settings.save(CaseId("anna"), name, value, NOW)
    told = LocalCore(App(settings, store, lambda: NOW)).settings
    hers = {(one.section, one.key): one for one in (await told.told(CaseId("anna"))).settings}
    first = {(one.section, one.key): one for one in (await told.told(CaseId("default"))).settings}
    assert (hers["alerts", "detail"].value, hers["alerts", "detail"].origin) == ("full", "case")
    assert (hers["cases.anna", "email"].value, hers["cases.anna", "email"].origin) == ("a@b.example", "case")
    assert hers["cases.anna", "name"].origin == "file" and hers["alerts", "urls"].origin == "case"
    assert (first["alerts", "detail"].value, first["alerts", "detail"].origin) == ("discreet", "usual")
    assert not any(SECRET in repr(one) for one in hers.values())
