"""One value is written into config.toml, and every other byte stays."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config_edit import (
    add_entry,
    edited,
    recipients_in,
    refuse_secrets_folder,
    remove_secret,
    section,
    write_recipients,
    write_secret,
)
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


# --- any other change


def _added(document: Any) -> None:
    alerts = section(document, "alerts")
    add_entry(alerts, "urls", {"url_file": "a.url", "tags": ["urgent"]})
    alerts["send"] = "all"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "[alerts]\n# Where\n\n[case]\n",
            '[alerts]\n# Where\nurls = [\n    {url_file = "a.url", tags = ["urgent"]},\n]\nsend = "all"\n\n[case]\n',
            id="none so far",
        ),
        pytest.param(
            '[alerts]\nsend = "first" # mine\nurls = ["x://y"] # hers\n',
            '[alerts]\nsend = "all" # mine\nurls = ["x://y", {url_file = "a.url", tags = ["urgent"]}] # hers\n',
            id="a list on one line",
        ),
        pytest.param(
            '[[alerts.urls]]\nurl = "x://y"\n',
            '[alerts]\nsend = "all"\n[[alerts.urls]]\nurl = "x://y"\n[[alerts.urls]]\nurl_file = "a.url"\n'
            'tags = ["urgent"]\n',
            id="tables",
        ),
        pytest.param(
            "# only this\n",
            '# only this\n\n[alerts]\nurls = [\n    {url_file = "a.url", tags = ["urgent"]},\n]\nsend = "all"\n',
            id="no table",
        ),
    ],
)
def test_an_entry_is_added(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(before)
    edited(path, _added, by_hand="Do it yourself.")
    assert path.read_text() == after


@pytest.mark.parametrize(
    "text", [pytest.param('alerts = "x"\n', id="no table"), pytest.param('[alerts]\nurls = "x"\n', id="no list")]
)
def test_where_it_does_not_fit_nothing_changes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        edited(path, _added, by_hand="Do it yourself.")
    assert caught.value.remedy == "Do it yourself." and path.read_text() == text


def test_a_file_that_is_not_there_begins_with_its_head(tmp_path: Path) -> None:
    path = tmp_path / "places.toml"
    edited(path, lambda document: document.update({"a": 1}), by_hand="", head="# Mine\n")
    assert path.read_text() == "# Mine\na = 1\n" and stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(UsageError):
        edited(tmp_path / "other.toml", lambda document: document.update({"a": 1}), by_hand="")


# --- secrets beside it


def test_a_secret_is_for_its_owner_only_and_overwrites_none(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("")
    config.chmod(0o644)
    first, second = (write_secret(config, "Mail at home.url", text) for text in ("x://1", "x://2"))
    assert [first.name, second.name] == ["mail-at-home.url", "mail-at-home-2.url"]
    assert first.read_text() == "x://1\n" and second.read_text() == "x://2\n"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (first.parent, first)] == [0o700, 0o600]
    assert remove_secret(config, first) and not first.exists() and second.exists()


def test_no_file_elsewhere_is_removed(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("")
    mine = tmp_path / "mine.url"
    mine.write_text("x://1")
    write_secret(config, "a.url", "x://2").unlink()
    link = tmp_path / "secrets" / "link.url"
    link.symlink_to(mine)
    assert not remove_secret(config, mine) and not remove_secret(config, link)
    assert mine.exists() and link.is_symlink()


@pytest.mark.parametrize("kind", ["a link", "a link to nothing", "for everybody", "for a group", "a file"])
def test_a_folder_that_leads_elsewhere_or_that_others_may_write_gets_no_secret(tmp_path: Path, kind: str) -> None:
    config, folder, hers = tmp_path / "config.toml", tmp_path / "secrets", tmp_path / "hers"
    config.write_text("")
    (hers if kind == "a link" else folder).mkdir() if kind != "a file" else folder.write_text("x")
    if kind.startswith("a link"):
        folder.rmdir() if folder.is_dir() else None
        folder.symlink_to(hers)
    elif kind != "a file":
        folder.chmod(0o777 if kind == "for everybody" else 0o770)
    before = sorted(tmp_path.rglob("*"))
    for refused in (lambda: write_secret(config, "a.url", "x://1"), lambda: refuse_secrets_folder(config)):
        with pytest.raises(WorkFailed):
            refused()
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_is_removed_through_a_link_or_where_others_may_write(tmp_path: Path) -> None:
    config, folder = tmp_path / "config.toml", tmp_path / "secrets"
    config.write_text("")
    secret = write_secret(config, "a.url", "x://1")
    folder.chmod(0o777)
    assert not remove_secret(config, secret) and secret.exists()
    folder.chmod(0o700)
    folder.rename(tmp_path / "hers")
    folder.symlink_to(tmp_path / "hers")
    assert not remove_secret(config, secret) and secret.exists()


def test_what_root_gave_to_a_group_stays_readable_for_it(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    config = tmp_path / "config.toml"
    config.write_text("")
    os.chown(config, 0, 12345)
    config.chmod(0o640)
    found = write_secret(config, "a.url", "x://1").stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (0, 12345, 0o640)
