from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.model.settings import DatabaseSettings, EvidenceSettings, Settings
from monitor.store.store import open_store
from tests.evidence.kept_evidence import KEY, KeptEvidence, kept_evidence

CONFIG = """# mine
[case]
name = "Jane Doe"
[database]
key_file = "/stick/store.key"
[network]
proxy = "socks5h://me:pass-word-1@proxy.example:9050"
[alerts]
urls = ["mailtos://me:pass-word-2@mail.example", { url = "ntfys://pass-word-3", tags = ["urgent"] },
    { url_file = "push.url" }]
[monitoring]
ping_url = "https://hc-ping.com/pass-word-4"
[credentials.forum]
host = "forum.example"
token = "pass-word-5"
"""
LIST = '[[watch]]\nname = "forum"\nurl = "https://forum.example/t/1"\nevery = "1h"\n'


@pytest.fixture(scope="session")
def kept_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "data"
    folder.mkdir()
    kept = kept_evidence(folder)
    kept.store.close()
    (folder / "recipient").write_text(kept.settings.evidence.recipients[0])
    return folder


@pytest.fixture
def kept(kept_once: Path, tmp_path: Path) -> Iterator[KeptEvidence]:
    """A case with finds, sealed files, a configuration and a watchlist."""
    folder = tmp_path / "data"
    shutil.copytree(kept_once, folder)
    config, lists = tmp_path / "config.toml", tmp_path / "watchlists"
    config.write_text(CONFIG)
    lists.mkdir()
    (lists / "forum.toml").write_text(LIST)
    settings = Settings(
        path=config,
        data_dir=folder,
        watchlist_dir=lists,
        database=DatabaseSettings(key=KEY),
        evidence=EvidenceSettings(recipients=((folder / "recipient").read_text(),)),
    )
    made = KeptEvidence(folder, folder / "identity.txt", settings, open_store(settings), folder / "early.db")
    yield made
    made.store.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder
