"""Where an address in the wrong place is told to belong: never where the store is looked for, which would put a mail
password there."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import load
from monitor.errors import ConfigError

MAIL = 'url = "mailtos://jane:pa55word@mail.example"'


@pytest.mark.parametrize(
    ("text", "right"),
    [
        pytest.param(f"{MAIL}\n", "alerts add", id="at the top"),
        pytest.param(f"[alerts]\n{MAIL}\n", "urls", id="one letter short"),
        pytest.param(f"[digest]\n{MAIL}\n", "", id="below another section"),
        pytest.param('[alerts]\nkey = "pa55word"\n', "", id="a password by the name of the store's"),
    ],
)
def test_no_address_and_no_secret_is_sent_to_the_store(text: str, right: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError) as told:
        load(path, environ={})
    assert "database" not in f"{told.value} {told.value.remedy}"
    assert "pa55word" not in f"{told.value} {told.value.remedy}" and right in f"{told.value} {told.value.remedy}"
