"""One value is written into config.toml, and every other byte stays."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config_edit import recipients_in, write_recipients
from monitor.errors import UsageError, WorkFailed

A, B, C = ("age1" + letter * 58 for letter in "qpz")


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param(
            f'[evidence]\nrecipients = ["{A}"]\n', [A, B], f'[evidence]\nrecipients = ["{A}", "{B}"]\n', id="one"
        ),
        pytest.param(
            f'[evidence]\nrecipients = ["{A}", "{B}"]\n', [B], f'[evidence]\nrecipients = ["{B}"]\n', id="less"
        ),
        pytest.param(
            f'# mine\n[evidence]  # sealed\nrecipients = [\n    "{A}",  # the stick\n    "{B}",\n]\n'
            "keep_images = true\n",
            [A, B, C],
            f'# mine\n[evidence]  # sealed\nrecipients = [\n    "{A}",  # the stick\n    "{B}",\n    "{C}",\n]\n'
            "keep_images = true\n",
            id="a list of lines with words",
        ),
        pytest.param("[evidence]\nrecipients = []\n", [A], f'[evidence]\nrecipients = ["{A}"]\n', id="empty"),
        pytest.param(f'[evidence]\nrecipients = ["{A}"]\n', [], "[evidence]\nrecipients = []\n", id="none is left"),
        pytest.param(
            '[case]\nid = "x"\n', [A], f'[case]\nid = "x"\n\n[evidence]\nrecipients = ["{A}"]\n', id="no table"
        ),
        pytest.param(
            "evidence.keep_images = true\n",
            [A],
            f'evidence.keep_images = true\nevidence.recipients = ["{A}"]\n',
            id="dotted",
        ),
        pytest.param(
            f'[evidence]\r\nrecipients = ["{A}"]\r\n',
            [A, B],
            f'[evidence]\r\nrecipients = ["{A}", "{B}"]\r\n',
            id="line ends of Windows",
        ),
        pytest.param(
            f"[evidence]\nrecipients = ['{A}']",
            [A, B],
            f"[evidence]\nrecipients = ['{A}', \"{B}\"]",
            id="no last line end",
        ),
    ],
)
def test_only_that_value_changes(tmp_path: Path, before: str, wanted: list[str], after: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(before.encode())
    path.chmod(0o640)
    write_recipients(path, wanted)
    assert path.read_bytes().decode() == after
    assert stat.S_IMODE(path.stat().st_mode) == 0o640 and os.listdir(tmp_path) == ["config.toml"]
    assert recipients_in(path) == tuple(wanted)


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text("")
    (tmp_path / "config.toml").symlink_to("real.toml")
    write_recipients(tmp_path / "config.toml", [A])
    assert (tmp_path / "config.toml").is_symlink() and recipients_in(tmp_path / "real.toml") == (A,)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"[evidence\n", id="no TOML"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b'evidence = "x"\n', id="no table"),
        pytest.param(b'[evidence]\nrecipients = "x"\n', id="no list"),
    ],
)
def test_what_cannot_be_changed_stays(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text)
    with pytest.raises(UsageError) as caught:
        write_recipients(path, [A])
    assert caught.value.remedy and path.read_bytes() == text


def test_a_disk_that_refuses_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkFailed, match="No space left") as caught:
        write_recipients(path, [A])
    assert A in caught.value.remedy and os.listdir(tmp_path) == ["config.toml"] and path.read_text() == ""


@given(st.text(max_size=200), st.lists(st.sampled_from([A, B, C]), unique=True))
def test_whatever_stands_there_is_kept_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, wanted: list[str]
) -> None:
    path = tmp_path_factory.mktemp("edit") / "config.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    before = path.read_bytes()
    try:
        write_recipients(path, wanted)
    except UsageError:
        assert path.read_bytes() == before
        return
    after = tomllib.loads(path.read_bytes().decode())
    assert after.pop("evidence")["recipients"] == wanted
    old = tomllib.loads(before.decode().replace("\r\n", "\n"))
    old.pop("evidence", None)
    assert after == old
