"""The one file: stock tools open it, one byte that is another is found and its member named, and what is no backup is
refused from its heads alone."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor.errors import MonitorError
from monitor.model.settings import Secret
from monitor.services import backup_file
from monitor.services.backup_file import BackupBroken, BackupFile, PlannedMember, seal_text, write_archive

KEY, OTHER = Secret("0f" * 32), Secret("e1" * 32)
AT = 1_795_000_000
CONTENTS = {
    "manifest.json": b'{"format": 1}\n',
    "store.db": bytes(range(256)) * 5,
    "settings.db": b"s" * 512,  # no filling behind it
    "store-key.age": b"k" * 300,
    "vault/0a1b.age": b"x",
    "vault/0a1b-r2.age": b"",
}


def members(contents: dict[str, bytes]) -> list[PlannedMember]:
    return [PlannedMember(name, len(content), lambda content=content: [content]) for name, content in contents.items()]


def archive(contents: dict[str, bytes] = CONTENTS) -> bytes:
    file = io.BytesIO()
    write_archive(file, members(contents), KEY, AT)
    return file.getvalue()


WHOLE = archive()


def whose_bytes() -> list[tuple[int, str]]:
    """Where the bytes of each member begin, its head among them."""
    with tarfile.open(fileobj=io.BytesIO(WHOLE)) as tar:
        found = [(one.offset, one.name.removeprefix("backup/")) for one in tar]
        last = tar.getmembers()[-1]
    return [*found, (last.offset_data + -(-last.size // 512) * 512, "its end")]


PLACES = whose_bytes()


def whose(position: int) -> str:
    return next(name for begin, name in reversed(PLACES) if position >= begin)


def checked(path: Path) -> None:
    with BackupFile(path) as opened:
        opened.check()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "one.tar"
    file.write_bytes(WHOLE)
    return file


def test_what_was_written_is_read_again(path: Path) -> None:
    with BackupFile(path) as opened:
        assert opened.check() == hashlib.sha256(WHOLE).hexdigest()
        assert {one.name: opened.content(one.name) for one in opened.members} == CONTENTS
        assert opened.is_sealed_by(KEY) and not opened.is_sealed_by(OTHER)


def test_the_same_content_gives_the_same_file() -> None:
    assert archive() == WHOLE


def test_stock_tools_open_it(path: Path) -> None:
    subprocess.run(["tar", "-xf", path], cwd=path.parent, check=True)
    unpacked = path.parent / "backup"
    told = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=unpacked, capture_output=True, text=True, check=True)
    assert told.stdout.count(": OK") == len(CONTENTS)
    assert {name: (unpacked / name).read_bytes() for name in CONTENTS} == CONTENTS
    assert {one.stat().st_mode & 0o777 for one in unpacked.rglob("*") if one.is_file()} == {0o600}


def found_at(path: Path, position: int, flip: int) -> None:
    changed = bytearray(WHOLE)
    changed[position] ^= flip
    path.write_bytes(changed)
    with pytest.raises(BackupBroken) as caught:
        checked(path)
    assert caught.value.member == whose(position)
    assert whose(position) in str(caught.value)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.integers(0, len(WHOLE) - 1), bit=st.integers(0, 7))
@example(position=0, bit=0)
@example(position=len(WHOLE) - 1, bit=7)
@example(position=PLACES[1][0] + 512, bit=0)
def test_one_byte_that_is_another_is_found_and_its_member_named(path: Path, position: int, bit: int) -> None:
    found_at(path, position, 1 << bit)


@pytest.mark.long
@pytest.mark.parametrize("flip", [0x01, 0x80, 0x20, 0xFF])
def test_every_byte(path: Path, flip: int) -> None:
    for position in range(len(WHOLE)):
        found_at(path, position, flip)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.integers(0, len(WHOLE) - 1))
def test_cut_off_anywhere(path: Path, cut: int) -> None:
    path.write_bytes(WHOLE[:cut])
    with pytest.raises(BackupBroken):
        checked(path)


def test_something_behind_its_end(path: Path) -> None:
    path.write_bytes(WHOLE + b"\0")
    with pytest.raises(BackupBroken, match="its end"):
        checked(path)


# -- what somebody else made of it: every digest holds, and it is refused all the same


def made(*infos: tuple[tarfile.TarInfo, bytes], listed: list[str] | None = None, key: Secret = OTHER) -> bytes:
    """As our own, but for those members. listed: their names in the list, where these are others."""
    names = listed or [info.name.removeprefix("backup/") for info, _ in infos]
    lines = [
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for (_, content), name in zip(infos, names, strict=True)
    ]
    rest = {name: content for name, content in CONTENTS.items() if not name.startswith("vault/")}
    sums = "".join([f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in rest.items()] + lines)
    seal = seal_text(sums.encode(), key)
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in {"SHA256SUMS": sums.encode(), "SHA256SUMS.seal": seal, **rest}.items():
            tar.addfile(head(name, size=len(content)), io.BytesIO(content))
        for info, content in infos:
            tar.addfile(info, io.BytesIO(content))
        end = tar.offset + 1024
    return file.getvalue()[:end]


def head(name: str, *, size: int = 0, top: str = "backup/", **more: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(f"{top}{name}")
    info.size, info.mtime, info.mode = size, AT, 0o600
    for key, value in more.items():
        setattr(info, key, value)
    return info


GOOD = "vault/0c.age"
LINK = {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}
HOSTILE = {
    "a link": (lambda: made((head(GOOD, **LINK), b"")), "is a link"),
    "a hard link": (lambda: made((head(GOOD, type=tarfile.LNKTYPE, linkname="backup/store.db"), b"")), "is a link"),
    "a device": (lambda: made((head(GOOD, type=tarfile.CHRTYPE, devmajor=1, devminor=5), b"")), "no ordinary file"),
    "a pipe": (lambda: made((head(GOOD, type=tarfile.FIFOTYPE), b"")), "no ordinary file"),
    "a folder": (lambda: made((head(GOOD, type=tarfile.DIRTYPE), b"")), "no ordinary file"),
    "a name with ..": (lambda: made((head("vault/../../x.age"), b"")), "leads out of the folder"),
    "another name in its head": (lambda: made((head("../x.age"), b""), listed=[GOOD]), "leads out of the folder"),
    "an absolute name": (lambda: made((head("/etc/cron.d/x", top=""), b"")), "leads out of the folder"),
    "an unknown name": (lambda: made((head("run-me.sh"), b"")), "no name that a backup has"),
    "twice the same": (lambda: made((head(GOOD), b""), (head(GOOD), b"")), "in there twice"),
    "the same but for case": (lambda: made((head("vault/0C.age"), b"")), "no name that a backup has"),
    "a store twice": (lambda: made((head("store.db"), b"")), "in there twice"),
    "rights of its own": (lambda: made((head(GOOD, mode=0o4755), b"")), "head is not as it was written"),
    "an owner": (lambda: made((head(GOOD, uname="root"), b"")), "head is not as it was written"),
    "larger than the file": (
        lambda: made((head(GOOD), b""))[:-1536] + head(GOOD, size=2**62).tobuf(tarfile.GNU_FORMAT) + bytes(1024),
        "ends before its end",
    ),
    "less than nothing": (
        lambda: made((head(GOOD), b""))[:-1536] + head(GOOD, size=-5).tobuf(tarfile.GNU_FORMAT) + bytes(1024),
        "head is not as it was written",
    ),
    "a list without end": (
        lambda: head("SHA256SUMS", size=2**60).tobuf(tarfile.GNU_FORMAT) + bytes(4096),
        "lists more than",
    ),
    "more than a backup has": (lambda: made(*((head(f"vault/{n}.age"), b"") for n in range(20))), "lists more than"),
    "no list": (lambda: head("store.db").tobuf(tarfile.GNU_FORMAT) + bytes(1024), "does not begin as one"),
    "no tar": (lambda: b"hello, this is a letter\n" * 100, "head is not as it was written"),
    "nothing": (lambda: b"", "ends before its end"),
    "a packed one": (lambda: __import__("gzip").compress(WHOLE), "head is not as it was written"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_backup_is_refused_from_its_heads(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "more than a backup has":
        monkeypatch.setattr(backup_file, "_MOST_MEMBERS", 10)
        monkeypatch.setattr(backup_file, "_MOST_SUMS", 10 * 160)
    make: Callable[[], bytes] = HOSTILE[name][0]
    (tmp_path / "hostile.tar").write_bytes(make())
    with pytest.raises(BackupBroken, match=HOSTILE[name][1]) as caught:
        BackupFile(tmp_path / "hostile.tar")
    assert "Nothing was changed" in caught.value.remedy


def test_a_member_too_large_for_its_kind_is_not_read_into_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_file, "_MOST_SMALL", 10)
    with BackupFile(path) as opened, pytest.raises(BackupBroken, match="larger than any"):
        opened.content("manifest.json")


@pytest.mark.parametrize("what", ["a folder", "a pipe", "not there"])
def test_what_is_no_file(tmp_path: Path, what: str) -> None:
    place = tmp_path / "place"
    match what:
        case "a folder":
            place.mkdir()
        case "a pipe":
            __import__("os").mkfifo(place)
    with pytest.raises(MonitorError):
        BackupFile(place)


def test_a_list_of_one_long_line_is_refused_at_once(tmp_path: Path) -> None:
    """Whoever has no key can write one; to look for a line at each of its bytes would take half a minute."""
    sums = b"a" * 20_000_000
    head = tarfile.TarInfo("backup/SHA256SUMS")
    head.size, head.mtime, head.mode = len(sums), AT, 0o600
    seal = tarfile.TarInfo("backup/SHA256SUMS.seal")
    seal.size, seal.mtime, seal.mode = 195, AT, 0o600
    text = seal_text(sums, OTHER)
    place = tmp_path / "one.tar"
    place.write_bytes(
        head.tobuf(tarfile.GNU_FORMAT) + sums + bytes(-len(sums) % 512)
        + seal.tobuf(tarfile.GNU_FORMAT) + text + bytes(-195 % 512) + bytes(1024)
    )  # fmt: skip
    tried = list[int]()

    class Line:
        def match(self, text: bytes, at: int) -> None:
            tried.append(at)

    with pytest.MonkeyPatch.context() as counted, pytest.raises(BackupBroken, match="cannot be read"):
        counted.setattr(backup_file, "_LINE", Line())
        BackupFile(place)
    assert tried == [0]
