"""On a new machine the restored settings work at once; what no backup holds is told, and nothing goes past a proxy."""

from __future__ import annotations

import asyncio
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.config import load
from monitor.errors import ConfigError
from monitor.model.proxy import PROXY_LEFT_OUT, Proxy
from monitor.model.settings import Settings
from monitor.outbound.dial import LocalDialler
from monitor.outbound.guard import AddressRules
from monitor.outbound.proxy import ProxyFailed
from monitor.services.backup_settings import KeptSettings, config_without_secrets
from monitor.services.restored_settings import ToGiveAgain, write_installation
from monitor.tracking.readiness import lacking_secrets
from tests.backup.conftest import CONFIG, LIST

EVERY = ToGiveAgain(("network.proxy", "monitoring.ping_url", "credentials.forum.token"), channels=3)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir(mode=0o700)
    return tmp_path / "home"


def restored(home: Path, text: str = CONFIG) -> ToGiveAgain:
    kept, to_give = config_without_secrets(text) or ("", ())
    files = {"config.toml": kept.encode(), "watchlists/forum.toml": LIST.encode()}
    key = home / "store.key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    return write_installation(KeptSettings(files, to_give), home / "config.toml", home / "data", key)


def read(home: Path) -> Settings:
    return load(home / "config.toml", {})


def given(home: Path, section: str, line: str) -> None:
    config = home / "config.toml"
    config.write_text(config.read_text().replace(f"[{section}]", f"[{section}]\n{line}"))


def test_they_work_at_once(home: Path) -> None:
    assert restored(home) == EVERY
    found = read(home)
    assert found.left_out == EVERY.secrets and found.alerts.urls == () and found.monitoring.ping_url is None
    assert found.case.name == "Jane Doe" and found.credentials[0].hosts == ("forum.example",)
    assert (home / "config.toml").read_text().count("given-again") == 0


def test_nothing_goes_past_a_proxy_that_is_not_given(home: Path) -> None:
    restored(home)
    found = read(home)
    assert found.network.proxy == PROXY_LEFT_OUT and Proxy.of(PROXY_LEFT_OUT).host == "127.0.0.1"
    asked = list[str]()

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["192.0.2.1"]

    with pytest.raises(ProxyFailed):
        asyncio.run(
            LocalDialler(AddressRules.of(found.network), resolve, found.network.proxy).open("forum.example", 443)
        )
    assert asked == []


@pytest.mark.parametrize(
    ("section", "line", "name"),
    [
        pytest.param("network", 'proxy = "socks5h://me:new@proxy.example:9050"', "network.proxy", id="a proxy"),
        pytest.param("network", 'proxy = ""', "network.proxy", id="none any more"),
        pytest.param("monitoring", 'ping_url = "https://hc-ping.com/x"', "monitoring.ping_url", id="whom to ask"),
        pytest.param("monitoring", 'ping_url = ""', "monitoring.ping_url", id="nobody any more"),
        pytest.param("credentials.forum", 'token = "new"', "credentials.forum.token", id="an account's"),
    ],
)
def test_given_again_it_counts_no_more(home: Path, section: str, line: str, name: str) -> None:
    restored(home)
    given(home, section, line)
    found = read(home)
    assert found.left_out == tuple(one for one in EVERY.secrets if one != name)
    assert (found.network.proxy == PROXY_LEFT_OUT) is (name != "network.proxy")


def test_given_by_the_machine(home: Path) -> None:
    restored(home)
    found = load(home / "config.toml", {"REUPLOAD_MONITOR_NETWORK__PROXY": "http://proxy.example:8080"})
    assert found.left_out == EVERY.secrets[1:] and found.network.proxy == "http://proxy.example:8080"


def test_a_file_that_is_there_stays_named(home: Path) -> None:
    (home / "push.url").write_text("ntfys://ntfy.example/topic")
    (home / "push.url").chmod(0o600)
    assert restored(home) == replace(EVERY, channels=2)
    assert [one.url.value for one in read(home).alerts.urls] == ["ntfys://ntfy.example/topic"]


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        pytest.param("", ToGiveAgain((), 0), id="nothing"),
        pytest.param('[alerts]\nurls_file = "all.urls"\n', ToGiveAgain((), 1), id="all channels in one file"),
        pytest.param(
            '[[alerts.urls]]\nurl_file = "x"\n[[alerts.urls]]\nurl = "a://b"\n', ToGiveAgain((), 2), id="tables"
        ),
        pytest.param('[network]\nproxy_file = "p"\n', ToGiveAgain(("network.proxy",), 0), id="a proxy in a file"),
        pytest.param(
            '[credentials."a.b"]\nhost = "x.example"\npassword_file = "p"\n',
            ToGiveAgain(("credentials.a.b.password",), 0),
            id="a name with a dot",
        ),
        pytest.param(
            'data_dir = "old"\nleft_out = ["network.proxy"]\n[monitoring]\nping_url_file = "p"\n',
            ToGiveAgain(("monitoring.ping_url",), 0),
            id="restored for the second time",
        ),
    ],
)
def test_what_is_left_out(home: Path, text: str, left_out: ToGiveAgain) -> None:
    assert restored(home, text) == left_out
    named = tomllib.loads((home / "config.toml").read_text()).get("left_out", [])
    assert set(named) >= set(left_out.secrets) and ("network.proxy" in named) is ("proxy" in text)
    assert read(home).left_out == tuple(named) and read(home).data_dir == home / "data"


def test_each_is_told_with_what_to_do() -> None:
    for one, section in zip(
        lacking_secrets(EVERY.secrets), ("network", "monitoring", "credentials.forum"), strict=True
    ):
        assert "given again" in one.message and f"[{section}]" in one.remedy


def test_a_name_that_is_none(home: Path) -> None:
    (home / "config.toml").write_text('left_out = ["crawl.night"]\n')
    with pytest.raises(ConfigError, match="names no secret"):
        read(home)
