"""Files that somebody else may have written or changed: watchlists, settings, channels, lists of hashes, sealed sets,
backups, keys, log-ins, and what is read back of sealed evidence. And the scans over bytes in the core."""

# ruff: noqa: E501 - seeds, as others write them

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import monitor
from monitor.errors import ConfigError, Locked, SealError, StoreError, UsageError
from monitor.model.settings import Secret
from tests.fuzz.target import Target
from tests.fuzz.targets_read import _JSON, HTML

WATCHLIST = b"""
[defaults]
every = "12h"

[[watch]]
name = "forum"
kind = "page"
url = "https://forum.example/t/1"
images = "article img"
robots = "respect"
follow = { selector = "a.next", max_pages = 5 }

[[watch]]
name = "search"
kind = "search"
query = ["anna", 'x']
engine = "searxng"
url = "https://searx.example/search"
every = "1d"
at = 2026-11-01T10:00:00Z
"""
CONFIG = b"""
data_dir = "/tmp/monitor-data"
watchlist_dir = "/tmp/monitor-data/watchlists"

[crawl]
per_host_delay = 5

[network]
proxy = "socks5h://127.0.0.1:9050"
allow_networks = ["192.0.2.0/24"]

[alerts]
urls = [ { url = "mailtos://u:p@mail.example?to=a@b.example" } ]

[cases.anna]
name = "Anna"
"""
CHANNEL = b"""
[[channel]]
id = "somewhere"
name = "Somewhere"
kind = "platform"
jurisdictions = ["US"]
category = "privacy"
method = "form"
url = "https://somewhere.example/report"
evidence = "none"
uploader_may_see = "yes"
legal_basis = ["platform_policy"]
source = "https://somewhere.example/help"
source_copy_date = "2026-11-01"
confidence = "verified"
field = [ { label = "Addresses", answers = "urls", kind = "urls" } ]
"""
_TOML = [
    b"[[watch]]",
    b"[watch]",
    b"name =",
    b'"""',
    b"'''",
    b"= {",
    b"\\u",
    b"1_0",
    b"inf",
    b"0x",
    b"#",
    b"every = ",
    b"url = ",
]
KEY = Secret("ab" * 32)


@cache
def _folder() -> Path:
    """Of this process."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    import atexit

    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _written(name: str, data: bytes) -> Path:
    path = _folder() / name
    path.parent.mkdir(exist_ok=True, mode=0o700)
    path.write_bytes(data)
    path.chmod(0o600)
    return path


def _watchlist(data: bytes) -> None:
    from monitor.model.settings import Settings
    from monitor.sources.recognising import better_kind, cannot_work
    from monitor.watchlist import load_all

    path = _written("watchlists/one.toml", data)
    loaded = load_all(Settings(path=None, data_dir=_folder(), watchlist_dir=path.parent))
    for watch in loaded.watches:
        cannot_work(watch)
        better_kind(watch)
    for error in loaded.errors:
        assert str(error) and error.remedy and error.file


def _config(data: bytes) -> None:
    from monitor.config import load
    from monitor.services.backup_settings import config_without_secrets

    config_without_secrets(data.decode("utf-8", "replace"))
    load(_written("config.toml", data), {})


def _channels(data: bytes) -> None:
    from monitor.takedown.channel_files import load_channels

    load_channels(_written("channels/one.toml", data).parent)


def _import(data: bytes) -> None:
    from monitor.matching.interchange import import_list

    import_list(data)


def _carried(data: bytes) -> None:
    from monitor.matching.carried import dump_carried, load_carried

    found = load_carried(data)
    dump_carried(found.case, found.pictures, lambda _: "0" * 64)


@cache
def _a_carried() -> bytes:
    from monitor.matching.carried import dump_carried
    from monitor.model.fingerprint import Reference
    from monitor.model.ids import CaseId, ReferenceId

    one = Reference(ReferenceId("r1"), CaseId("default"), "beach", _a_fingerprint(), datetime(2026, 11, 1, tzinfo=UTC))
    return dump_carried(CaseId("default"), [one], lambda _: "0" * 64)


@cache
def _a_fingerprint():  # type: ignore[no-untyped-def]
    from monitor.matching.reading.fingerprint import fingerprint_photo

    photo = next((Path(monitor.__file__).parent / "demo/photos/enrolled").glob("*.jpg"))
    return fingerprint_photo(photo.read_bytes(), features=False)


def _fingerprint(data: bytes) -> None:
    from monitor.matching.serialise import dump_fingerprint, load_fingerprint

    assert dump_fingerprint(load_fingerprint(data)) == data


def _fingerprints() -> Sequence[bytes]:
    from monitor.matching.serialise import dump_fingerprint

    return [dump_fingerprint(_a_fingerprint())]


def _backup(data: bytes) -> None:
    from monitor.services.backup_file import BackupFile, begins_as_backup

    path = _written("backup.tar", data)
    begins_as_backup(path)
    with BackupFile(path) as file:
        file.is_sealed_by(KEY)
        file.check()
        assert data == _a_backup(), "another one is taken for whole"


@cache
def _a_backup() -> bytes:
    import io

    from monitor.services.backup_file import PlannedMember, write_archive

    contents = {"manifest.json": b"{}", "store.db": b"a" * 900, "vault/0a1b.age": b"b" * 600}
    planned = [PlannedMember(name, len(one), partial(list, [one])) for name, one in contents.items()]
    out = io.BytesIO()
    write_archive(out, planned, KEY, 1_790_000_000)
    return out.getvalue()


def _broken_backup() -> tuple[type[BaseException], ...]:
    from monitor.services.backup_file import BackupBroken

    return (BackupBroken,)


def _age(data: bytes) -> None:
    from monitor.vault import handed_over, identity
    from monitor.vault.passphrase import open_with_passphrase, work_factor

    identity.passphrase_mark(data)
    handed_over.takes_passphrase(data)
    factor = work_factor(data)
    if factor is None or factor <= 4:  # 2**18 of them take a second each, on purpose
        open_with_passphrase(data, Secret("pass"))


def _identity(data: bytes) -> None:
    from monitor.vault.identity import keys_in

    keys_in(data)


@cache
def _aged() -> Sequence[bytes]:
    import base64
    from unittest import mock

    from monitor.vault import passphrase

    with mock.patch.object(passphrase, "WORK_FACTOR", 2):
        sealed = passphrase.seal_with_passphrase(b"plain" * 20, Secret("pass"))
    lines = base64.encodebytes(sealed)
    return [sealed, b"-----BEGIN AGE ENCRYPTED FILE-----\n" + lines + b"-----END AGE ENCRYPTED FILE-----\n"]


def _unsealed(data: bytes) -> None:
    import pyrage

    from monitor.vault.identity import decrypt

    decrypt(data, _identity_of(), what="it")
    assert pyrage.__name__


@cache
def _identity_of() -> Secret:
    from monitor.vault.identity import new_identity

    return new_identity()[0]


@cache
def _sealed() -> Sequence[bytes]:
    from monitor.vault.age import sealed_in_memory
    from monitor.vault.identity import recipient_of

    return [sealed_in_memory([recipient_of(_identity_of())], b"plain" * 100)]


def _login(data: bytes) -> None:
    from monitor.crawl.login import dump, read_state, state_from

    state = read_state(data, ("forum.example",))
    assert state_from(dump(state)) == state


LOGIN = (
    b'{"cookies":[{"name":"s","value":"1","domain":".forum.example","path":"/","expires":1799999999,"httpOnly":true,'
    b'"secure":true,"sameSite":"Lax"}],"origins":[{"origin":"https://forum.example","localStorage":[{"name":"a","value":"b"}]}]}'
)


def _manifest(data: bytes) -> None:
    from monitor.evidence.manifest import parse_manifest, render_manifest

    assert render_manifest(parse_manifest(data)) == data


def _stamped_line(data: bytes) -> None:
    from monitor.evidence.stamps import parse_stamped_data

    parse_stamped_data(data)


def _stamped_lines() -> Sequence[bytes]:
    from monitor.evidence.stamps import stamped_data
    from monitor.model.custody import CustodyHead

    return [stamped_data(CustodyHead(3, "ab" * 32), bytes(16))]


@cache
def _manifests() -> Sequence[bytes]:
    from monitor.evidence.manifest import Manifest, ManifestFile, render_manifest
    from monitor.model.custody import CustodyHead

    file = ManifestFile(
        path="page.html",
        kind="page",
        media_type="text/html",
        size=5,
        digest="cd" * 32,
        how="sealed",
        sighting="",
        name="",
    )
    manifest = Manifest(
        capture="c1",
        page_url="https://site.example/",
        cause="match",
        taken_at=datetime(2026, 11, 1, tzinfo=UTC),
        program="0.1.0",
        log=CustodyHead(3, "ab" * 32),
        files=(file,),
        missing=(("screenshot", "no browser"),),
        taken_out=(),
        served_digest="",
        facts=(("a", "b"),),
    )
    return [render_manifest(manifest)]


def _record(data: bytes) -> None:
    from monitor.evidence.record_reading import answers_in, clock_in, page_in, picture_names_in

    for read in (answers_in, clock_in, page_in, picture_names_in):
        read(data)


RECORD = (
    b'{"page":{"asked":"https://a.example/","answered":"https://a.example/","fetched_at":"2026-11-01T10:00:00Z",'
    b'"status":200,"sha256":"ab","hops":[{"url":"https://a.example/","at":"2026-11-01T10:00:00Z","status":200,"ip":"192.0.2.1",'
    b'"tls":"TLSv1.3","answered":[["content-type","text/html"]],"asked":[["host","a"]]}],"as_served":{"sha256":"cd"}},'
    b'"image":{"asked":"https://a.example/i.jpg","size":[5,6]},"image_url":"x","image_named_as":[{"url":"u","size":[1,2]}],'
    b'"our_clock":{"synchronised":true,"may_be_off_by_s":0.5}}'
)


def _warc(data: bytes) -> None:
    from monitor.evidence.warc_reading import sheets_in

    sheets_in(data)


WARC = (
    b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-11-01T10:00:00Z\r\n"
    b"WARC-Target-URI: https://a.example/x.css\r\nWARC-Style-Sheet: https://a.example/x.css\r\n"
    b"Content-Type: application/http; msgtype=response\r\nContent-Length: 38\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n.a{color:red}\r\n\r\n\r\n"
)


def _kept(data: bytes) -> None:
    """What earlier versions, or a damaged store, left in a row."""
    from monitor.crawl.adapting.kept import memory_of, text_of
    from monitor.pipeline.last_good import restore_watches
    from monitor.pipeline.remembered_page import unpack

    text = data.decode("utf-8", "replace")
    memory = memory_of(text)
    if memory is not None:
        text_of(memory)
    restore_watches(text)
    unpack(data)


def _sheet(data: bytes) -> None:
    from monitor.takedown.sheet_reading import read_sheet

    read_sheet(data.decode("utf-8", "replace"))


def _scans(data: bytes) -> None:
    """Linear scans over what is sealed."""
    from monitor.model.written_bytes import told_without, written_bytes
    from monitor.pipeline.sealable_page import without_pictures
    from monitor.pipeline.second_reading import sealable_sheet

    without_pictures(data)
    sealable_sheet(data)
    for span in written_bytes(data):
        assert span
    told_without(data.decode("utf-8", "replace"))


def _shown_text(data: bytes) -> None:
    """What a page shows, and a terminal."""
    from monitor.outbound.browser.network_log import as_it_was
    from monitor.plain import plain, without_userinfo
    from monitor.review.text import address, openable, outside, outside_lines

    text = data.decode("utf-8", "surrogateescape")
    without_userinfo(text)
    assert all(sign.isprintable() for sign in plain(text))
    for shown in (outside(text), outside_lines(text), address(text), openable(text)):
        assert b"<script" not in str(shown).encode("utf-8", "replace").lower()
    as_it_was(data.decode("windows-1252", "replace"), "windows-1252", len(data))


_PICTURE = b"data:image/png;base64," + b"iVBORw0KGgoAAAANSUhEUgAAAAE" * 40
_SCANNED = [
    HTML,
    b"<img src='" + _PICTURE + b"'>",
    b"var a=[" + b"137,80,78,71,13,10,26,10," * 90 + b"]",
    b"%89PNG" * 300,
]

_ALL: Sequence[
    tuple[
        str,
        Callable[[bytes], object],
        Callable[[], Sequence[bytes]],
        tuple[type[BaseException], ...],
        int,
        Sequence[bytes],
    ]
] = [
    ("watchlist", _watchlist, lambda: [WATCHLIST], (), 80, _TOML),
    ("config", _config, lambda: [CONFIG], (ConfigError,), 40, _TOML),
    ("channels", _channels, lambda: [CHANNEL], (ConfigError,), 40, _TOML),
    (
        "hash-list",
        _import,
        lambda: [b"hash,quality\n" + b"ab" * 32 + b",100\n", b'[{"hash":"' + b"cd" * 32 + b'"}]'],
        (),
        100,
        _JSON,
    ),
    ("carried", _carried, lambda: [_a_carried()], (UsageError,), 60, _JSON),
    ("fingerprint", _fingerprint, _fingerprints, (StoreError,), 100, ()),
    ("age", _age, _aged, (SealError, Locked), 60, [b"-> scrypt ", b"---", b"-> X25519 "]),
    ("sealed", _unsealed, _sealed, (SealError, Locked), 60, [b"-> X25519 ", b"---"]),
    (
        "identity",
        _identity,
        lambda: [b"# public key: x\n" + _identity_of().value.encode() + b"\n"],
        (SealError,),
        60,
        (),
    ),
    ("login", _login, lambda: [LOGIN], (UsageError,), 100, _JSON),
    ("manifest", _manifest, _manifests, (ValueError,), 100, _JSON),
    ("stamped-line", _stamped_line, _stamped_lines, (ValueError,), 60, _JSON),
    ("record", _record, lambda: [RECORD], (), 100, _JSON),
    ("warc", _warc, lambda: [WARC, WARC + WARC], (), 60, [b"WARC/1.0", b"Content-Length: ", b"\x1f\x8b"]),
    ("kept", _kept, lambda: [b'{"a":1}', b"[]"], (), 60, _JSON),
    ("sheet", _sheet, lambda: [b"About it\n\n----------\nTo: a\nhello\n----------\n"], (), 60, [b"-" * 60, b"- "]),
    ("scans", _scans, lambda: _SCANNED, (), 30, [b"base64,", b"%u0041", b"\\x41", b"&#65;"]),
    (
        "shown-text",
        _shown_text,
        lambda: ["a\u202eb<script>\x1b[0m javascript:x".encode(), b"https://a.example/<b>"],
        (),
        60,
        (),
    ),
]

FILES = [
    *(
        Target(name=name, take=take, seeds=seeds, refuses=refuses, tries=tries, words=words)
        for name, take, seeds, refuses, tries, words in _ALL
    ),
    Target(
        name="backup",
        take=_backup,
        seeds=lambda: [_a_backup()],
        refuses=_broken_backup(),
        words=[b"vault/", b"backup/"],
    ),
]
