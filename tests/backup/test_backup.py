"""What a backup holds, what it leaves out, and what is left where it cannot be made."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import MonitorError, NoWriting, UsageError, WorkFailed
from monitor.model.backup import BackupExtent, BackupMade
from monitor.model.settings import BackupSettings, EvidenceSettings
from monitor.services import backup as backing_up
from monitor.services import backup_place
from monitor.services.backup import write_backup
from monitor.services.backup_file import BackupFile, BackupStopped, PlannedMember, write_archive
from monitor.services.backup_settings import config_without_secrets, read_settings
from monitor.services.closing import close_all
from monitor.store.sqlite import Way, connect
from tests.backup.conftest import CONFIG
from tests.evidence.kept_evidence import CASE, KEY, KeptEvidence

AT = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)


def an_older_one() -> bytes:
    """As far as its first pages: a stick that was pulled out."""
    file = io.BytesIO()
    write_archive(file, [PlannedMember("store.db", 9, lambda: [b"a" * 9])], KEY, 1_700_000_000)
    return file.getvalue()[:-600]


OLDER = an_older_one()


def made(kept: KeptEvidence, target: Path, **more: object) -> BackupMade:
    return write_backup(kept.settings, target, key=KEY, at=AT, **more)  # type: ignore[arg-type]


def unpacked(made: BackupMade, into: Path) -> Path:
    into.mkdir(exist_ok=True)
    subprocess.run(["tar", "-xf", made.path, "-C", into], check=True)
    return into / "backup"


def test_it_holds_what_is_kept(kept: KeptEvidence, stick: Path, tmp_path: Path) -> None:
    done = made(kept, stick / "one.tar")
    assert (done.path, done.made_at, done.extent, done.missing) == (str(stick / "one.tar"), AT, BackupExtent.ALL, 0)
    assert done.size == os.path.getsize(done.path) and os.stat(done.path).st_mode & 0o777 == 0o600
    assert os.listdir(stick) == ["one.tar"]
    inside = unpacked(done, tmp_path / "x")
    sealed = {item.file.path for item in kept.store.evidence.all()}
    assert {one.name: one.read_bytes() for one in (inside / "vault").iterdir()} == {
        name: (kept.vault / name).read_bytes() for name in sealed
    }
    with contextlib.closing(connect(inside / "store.db", KEY, Way.READ)) as copy:
        assert copy.execute("SELECT count(*) FROM sightings").fetchone() == (3,)


def test_a_person_with_the_identity_opens_it_with_stock_tools(kept: KeptEvidence, stick: Path, tmp_path: Path) -> None:
    if shutil.which("age") is None:
        pytest.skip("the stock age is not installed")
    inside = unpacked(made(kept, stick), tmp_path / "x")
    words = ["age", "-d", "-i", kept.identity, inside / "store-key.age"]
    assert subprocess.run(words, capture_output=True, check=True).stdout.decode().strip() == KEY.value


def test_nothing_of_it_can_be_read_without_a_key(kept: KeptEvidence, stick: Path) -> None:
    content = Path(made(kept, stick).path).read_bytes()
    planted = (b"forum.example", b"Jane", b"pass-word", b"watchlists", b"SQLite format", KEY.value.encode())
    assert [word for word in planted if word in content] == []


def test_the_configuration_is_in_it_without_a_secret(kept: KeptEvidence, stick: Path, tmp_path: Path) -> None:
    inside = unpacked(made(kept, stick), tmp_path / "x")
    found = read_settings(inside / "settings.db", KEY)
    assert sorted(found.files) == ["config.toml", "watchlists/forum.toml"]
    text = found.files["config.toml"].decode()
    assert "pass-word" not in text and text.startswith("# mine") and "Jane Doe" in text
    assert "push.url" in found.to_give and len(set(found.to_give)) == 6


def test_a_left_out_secret_lets_nothing_go_on_without_it() -> None:
    """A proxy above all: without it, the restored program would connect past it."""
    text, _ = config_without_secrets(CONFIG) or ("", ())
    assert 'proxy_file = "secrets/network-proxy-to-be-given-again"' in text
    assert text.count("to-be-given-again") == 5
    kept, named = config_without_secrets('[network]\nproxy = "socks5h://127.0.0.1:9050"\n') or ("", ())
    assert 'proxy = "socks5h://127.0.0.1:9050"' in kept and named == ()


OLD = [
    "# old: mailto://a:pass-word-9@x.test",
    '#urls = ["ntfys://pass-word-9"]',
    '#proxy = "socks5h://me:pass-word-9@proxy.example:9050"',
    "#tgram://pass-word-9/chat",
    "# https://hook.example/?code=pass-word-9",
    '# [credentials.old] token = "pass-word-9"',
    "# the mail's password: pass-word-9",
]
KEPT_COMMENTS = ["# mine", '#ping_url = ""', "# see https://hc.example", '#proxy_file = "a.proxy"', "#every = '2h'"]
ENGINE = """[engines.q]
like = "searxng"
url = "http://u:pass-word-9@127.0.0.1:1/search?key=pass-word-9"
search = "{url}?q={query}&api_key=pass-word-9&format=json"
header.Authorization = "Bearer pass-word-9"
header.Accept = "application/json"
query.api = "{token}"
"""


def test_nor_with_one_that_stands_elsewhere(kept: KeptEvidence, stick: Path, tmp_path: Path) -> None:
    assert kept.settings.path is not None
    kept.settings.path.write_text("\n".join([*KEPT_COMMENTS, *OLD, ENGINE]))
    watchlist = kept.settings.watchlist_dir / "forum.toml"
    watchlist.write_text("\n".join([KEPT_COMMENTS[0], *OLD, watchlist.read_text()]))
    inside = unpacked(made(kept, stick), tmp_path / "x")
    files = read_settings(inside / "settings.db", KEY).files
    for content in files.values():
        text = content.decode()
        assert "pass-word" not in text and "# mine" in text and text.count("left out of the backup") == len(OLD)
    config = files["config.toml"].decode()
    assert all(one in config for one in KEPT_COMMENTS)
    assert tomllib.loads(config)["engines"]["q"] == {
        "like": "searxng",
        "url": "http://127.0.0.1:1/search",
        "search": "{url}?q={query}&api_key=&format=json",
        "header": {"Accept": "application/json"},
        "query": {"api": "{token}"},
    }
    assert tomllib.loads(files["watchlists/forum.toml"].decode())["watch"][0]["name"] == "forum"


def test_a_file_of_comments_alone() -> None:
    text, _ = config_without_secrets("# mine\n" + "\n".join(OLD)) or ("", ())
    assert "# mine" in text and "pass-word" not in text


def test_the_store_alone(kept: KeptEvidence, stick: Path, tmp_path: Path) -> None:
    inside = unpacked(made(kept, stick, extent=BackupExtent.STORE), tmp_path / "x")
    assert sorted(one.name for one in inside.iterdir() if one.suffix != ".seal") == [
        "SHA256SUMS", "manifest.json", "settings.db", "store-key.age", "store.db",
    ]  # fmt: skip


def test_without_recipients_only_the_store_s_key_opens_it(kept: KeptEvidence, stick: Path) -> None:
    kept.settings = replace(kept.settings, evidence=EvidenceSettings())
    with BackupFile(Path(made(kept, stick).path)) as opened:
        assert not opened.has("store-key.age") and opened.is_sealed_by(KEY)


# -- while something changes


def during_the_copy(monkeypatch: pytest.MonkeyPatch, *happens: Callable[[], object]) -> list[int]:
    """happens: one after each snapshot, as long as there are any. Gives the snapshots that were taken."""
    taken, waiting, take = list[int](), [*happens], backing_up.copy_store

    def snapshot(*words: object) -> None:
        take(*words)  # type: ignore[arg-type]
        taken.append(1)
        if waiting:
            waiting.pop(0)()

    monkeypatch.setattr(backing_up, "copy_store", snapshot)
    return taken


def close_one(kept: KeptEvidence) -> None:
    """As under 18."""
    find = kept.store.sightings.all(CASE)[0]
    close_all([find], None, CASE, store=kept.store, settings=kept.settings, now=AT)


def test_what_is_closed_as_under_18_meanwhile_is_not_in_it(
    kept: KeptEvidence, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {item.file.path for item in kept.store.evidence.all()}
    taken = during_the_copy(monkeypatch, lambda: close_one(kept))
    inside = unpacked(made(kept, stick), tmp_path / "x")
    left = {item.file.path for item in kept.store.evidence.all()} - {""}
    assert len(taken) == 2 and left < before
    assert {one.name for one in (inside / "vault").iterdir()} == left
    with contextlib.closing(connect(inside / "store.db", KEY, Way.READ)) as copy:
        assert copy.execute("SELECT count(*) FROM sightings WHERE under_18").fetchone() == (1,)


def test_closed_while_the_last_bytes_are_written(
    kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its files were copied already."""
    write, closings = backing_up.write_archive, [close_one]

    def written(*words: object) -> None:
        write(*words)  # type: ignore[arg-type]
        if closings:
            closings.pop()(kept)

    monkeypatch.setattr(backing_up, "write_archive", written)
    with BackupFile(Path(made(kept, stick).path)) as opened:
        names = {one.name.removeprefix("vault/") for one in opened.members if one.name.startswith("vault/")}
    assert names == {item.file.path for item in kept.store.evidence.all()} - {""}


def test_a_store_that_never_rests(kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def take_one() -> None:
        item = next(item for item in kept.store.evidence.all())
        kept.store.evidence.remove(CASE, item.id)
        (kept.vault / item.file.path).unlink()

    during_the_copy(monkeypatch, *[take_one] * 9)
    with pytest.raises(WorkFailed, match="again and again"):
        made(kept, stick)
    assert os.listdir(stick) == []


def test_a_file_that_was_lost_before_is_told(kept: KeptEvidence, stick: Path) -> None:
    lost = next(item.file.path for item in kept.store.evidence.all())
    (kept.vault / lost).unlink()
    assert made(kept, stick).missing == 1


def test_a_vault_that_lost_all_but_its_key_is_the_vault(kept: KeptEvidence, stick: Path) -> None:
    """As where the store alone was restored."""
    (kept.vault / "store-key.age").write_bytes(b"age-encryption.org/v1")
    sealed = [*kept.vault.glob("[0-9a-f]*.age")]
    for one in sealed:
        one.unlink()
    assert sealed and made(kept, stick).missing == len(sealed)


def test_a_file_that_the_disk_does_not_give_back_keeps_nobody_from_the_rest(
    kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = next(item.file.path for item in kept.store.evidence.all())
    fdopen = os.fdopen

    def opened(descriptor: int, *words: object) -> object:
        if os.readlink(f"/proc/self/fd/{descriptor}").endswith(bad):
            os.close(descriptor)
            return contextlib.closing(_Broken())
        return fdopen(descriptor, *words)  # type: ignore[call-overload]

    monkeypatch.setattr(backing_up.os, "fdopen", opened)
    assert made(kept, stick).missing == 1


class _Broken:
    def read(self, size: int) -> bytes:
        raise OSError(5, "Input/output error")

    def close(self) -> None: ...


def test_a_vault_that_is_not_mounted(kept: KeptEvidence, stick: Path) -> None:
    kept.vault.rename(kept.folder / "away")
    kept.vault.mkdir()
    with pytest.raises(WorkFailed, match="empty"):
        made(kept, stick)
    assert os.listdir(stick) == []


# -- where it cannot be made


@pytest.mark.parametrize("older", [b"", OLDER], ids=["empty", "an older one, damaged since"])
def test_what_is_there_stays(kept: KeptEvidence, stick: Path, older: bytes) -> None:
    (stick / "one.tar").write_bytes(older)
    with pytest.raises(UsageError, match="nothing is written over"):
        made(kept, stick / "one.tar")
    assert (stick / "one.tar").read_bytes() == older
    made(kept, stick / "one.tar", replace=True)
    assert os.listdir(stick) == ["one.tar"] and (stick / "one.tar").stat().st_size > 5000


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[case]\nname = 'Jane Doe'\n", id="a configuration"),
        pytest.param(b"AGE-SECRET-KEY-1QQQ\n", id="an identity"),
        pytest.param(b"\x89PNG\r\n" + bytes(5000), id="a photo"),
        pytest.param(bytes(5000), id="nothing but zeros"),
        pytest.param(OLDER.replace(b"backup/SHA256SUMS", b"photos/SHA256SUM\0", 1), id="another tar"),
    ],
)
def test_only_a_backup_is_written_over(kept: KeptEvidence, stick: Path, content: bytes) -> None:
    (stick / "one.tar").write_bytes(content)
    with pytest.raises(UsageError, match="no backup"):
        made(kept, stick / "one.tar", replace=True)
    assert os.listdir(stick) == ["one.tar"] and (stick / "one.tar").read_bytes() == content


def test_nor_what_has_come_to_stand_there_meanwhile(
    kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    during_the_copy(monkeypatch, lambda: (stick / "one.tar").write_bytes(b"a letter"))
    with pytest.raises(UsageError, match="no backup"):
        made(kept, stick / "one.tar", replace=True)
    assert os.listdir(stick) == ["one.tar"] and (stick / "one.tar").read_bytes() == b"a letter"


@pytest.mark.parametrize(
    ("place", "says"),
    [
        pytest.param("nowhere/one.tar", "not a folder", id="no such folder"),
        pytest.param("data/one.tar", "own folder", id="beside the store"),
        pytest.param("data/vault/one.tar", "own folder", id="in the vault"),
        pytest.param("stick/link", "no ordinary file", id="a link"),
    ],
)
def test_a_place_that_is_none(kept: KeptEvidence, stick: Path, place: str, says: str) -> None:
    (stick / "link").symlink_to("/etc/hostname")
    with pytest.raises(UsageError, match=says):
        made(kept, stick.parent / place, replace=True)
    assert os.listdir(stick) == ["link"]


@pytest.mark.parametrize(
    ("number", "kind", "says"),
    [
        pytest.param(28, NoWriting, "no room", id="full"),
        pytest.param(5, WorkFailed, "cannot be written", id="a stick that was pulled out"),
        pytest.param(27, WorkFailed, "4 GB", id="too large for its kind of disk"),
    ],
)
def test_a_disk_that_does_not_take_it(
    kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[MonitorError], says: str
) -> None:
    (stick / "one.tar").write_bytes(OLDER)

    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(backing_up, "write_archive", fails)
    with pytest.raises(kind, match=says):
        made(kept, stick / "one.tar", replace=True)
    assert os.listdir(stick) == ["one.tar"] and (stick / "one.tar").read_bytes() == OLDER


def test_too_little_room_is_told_before_much_is_written(
    kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backing_up, "free_bytes", lambda _: 1_000_000)
    with pytest.raises(NoWriting, match="1 MB are free"):
        made(kept, stick)
    assert os.listdir(stick) == []


def test_a_stick_that_is_full_is_not_the_disk_of_the_data(
    kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise NoWriting("there is no room for the store", is_full=True, remedy="The daemon goes on by itself then.")

    monkeypatch.setattr(backing_up, "copy_store", full)
    with pytest.raises(NoWriting, match="no room for the backup in") as caught:
        made(kept, stick)
    assert str(stick) in str(caught.value) and "another disk" in caught.value.remedy
    assert os.listdir(stick) == []


@pytest.mark.parametrize("asked", [1, 3, 12])
def test_one_that_is_stopped_leaves_nothing(kept: KeptEvidence, stick: Path, asked: int) -> None:
    left = [asked]

    def stop() -> bool:
        left[0] -= 1
        return left[0] <= 0

    with pytest.raises(BackupStopped):
        made(kept, stick, should_stop=stop)
    assert os.listdir(stick) == []


def test_what_a_killed_one_left_goes_with_the_next(kept: KeptEvidence, stick: Path) -> None:
    work = stick / ".one.tar.part"
    work.mkdir()
    for name in ("whole", "store", "store.part", "store.part-journal", "settings", "settings-journal"):
        (work / name).write_bytes(b"half")
    made(kept, stick / "one.tar")
    assert os.listdir(stick) == ["one.tar"]


def test_two_at_once(kept: KeptEvidence, stick: Path) -> None:
    with backup_place.work_beside(stick / "one.tar"), pytest.raises(WorkFailed, match="another backup"):
        made(kept, stick / "one.tar")


def test_one_that_does_not_read_as_it_was_written_gets_no_name(
    kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = backing_up.write_archive

    def flipped(file, *words):  # type: ignore[no-untyped-def]
        write(file, *words)
        file.seek(-5000, os.SEEK_END)
        file.write(b"?")

    monkeypatch.setattr(backing_up, "write_archive", flipped)
    with pytest.raises(WorkFailed, match="not as it was written"):
        made(kept, stick)
    assert os.listdir(stick) == []


def test_where_those_by_schedule_go(kept: KeptEvidence) -> None:
    assert backup_place.backup_folder(kept.settings) == kept.folder / "backups"
    assert backing_up.extent_by_schedule(kept.settings) is BackupExtent.STORE
    elsewhere = replace(kept.settings, backup=BackupSettings(folder="/media/stick"))
    assert backup_place.backup_folder(elsewhere) == Path("/media/stick")
    assert backing_up.extent_by_schedule(elsewhere) is BackupExtent.ALL
