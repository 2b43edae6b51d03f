import stat
from pathlib import Path

import pytest

from monitor.demo.folder import prepare
from monitor.errors import UsageError


def test_a_new_folder_is_for_this_user_only(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "a" / "demo")
    assert stat.S_IMODE(folder.root.stat().st_mode) == 0o700
    folder.write(folder.identity, "key\n")
    assert stat.S_IMODE(folder.identity.stat().st_mode) == 0o600
    assert folder.identity.read_text() == "key\n"


def test_without_a_name_it_names_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = prepare(None)
    assert folder.root.parent == tmp_path and folder.root != prepare(None).root


def test_an_earlier_demo_is_made_anew_and_nothing_else_touched(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "demo")
    folder.write(folder.config, "old")
    folder.write(folder.drafts / "deep" / "a.txt", "old")
    folder.write(folder.root / "my-notes.txt", "mine")
    again = prepare(tmp_path / "demo")
    assert not again.config.exists() and not again.drafts.exists()
    assert (again.root / "my-notes.txt").read_text() == "mine"


def test_a_link_is_taken_away_and_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "photo.jpg").write_text("mine")
    folder = prepare(tmp_path / "demo")
    folder.drafts.symlink_to(precious)
    prepare(tmp_path / "demo")
    assert (precious / "photo.jpg").read_text() == "mine"


@pytest.mark.parametrize("kind", ["a file of the user", "a file in place of the folder"])
def test_what_is_not_a_demo_is_refused_untouched(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "demo"
    if kind == "a file of the user":
        out.mkdir()
        mine = out / "config.toml"
    else:
        mine = out
    mine.write_text("mine")
    with pytest.raises(UsageError) as raised:
        prepare(out)
    assert "--out DIR" in raised.value.remedy
    assert mine.read_text() == "mine"
