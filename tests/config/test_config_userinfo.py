"""No error shows the user name and password that an address holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import watchlist
from monitor.model.settings import Settings
from monitor.plain import without_userinfo


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("httpx://u:pw@x.test/", "httpx://***@x.test/"),
        ("http://u:pw@x.test:99999/", "http://***@x.test:99999/"),
        ("http://token@x.test/", "http://***@x.test/"),
        ("http://u:p@w@x.test/", "http://***@x.test/"),
        ("http://u:p/w@x.test/", "http://***@x.test/"),
        ("u:pw@x.test", "***@x.test"),
        ("https://social.example/@name", "https://social.example/@name"),
        ("https://social.example:99999/@name", "https://social.example:99999/@name"),
        ("ftp://x.test/", "ftp://x.test/"),
        ("somebody@x.test", "somebody@x.test"),
        ("", ""),
    ],
)
def test_it_is_struck_out(address: str, shown: str) -> None:
    assert without_userinfo(address) == shown


@pytest.mark.parametrize(
    "address",
    ["httpx://u:S3CRET@x.test/", "http://u:S3CRET@x.test:99999/", "u:S3CRET@x.test"],
    ids=["scheme", "port", "none"],
)
def test_of_a_watch_too(tmp_path: Path, address: str) -> None:
    (tmp_path / "w.toml").write_text(f'[[watch]]\nname = "a"\nurl = "{address}"\nevery = "1d"\n')
    found = watchlist.load_all(Settings(path=None, data_dir=tmp_path, watchlist_dir=tmp_path))
    assert found.errors and all("S3CRET" not in str(error) for error in found.errors)
