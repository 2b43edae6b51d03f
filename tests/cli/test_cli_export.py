"""`evidence export`: a packet that stock tools check; what is refused is refused before anything is opened."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from monitor import config
from monitor.errors import WorkFailed
from monitor.model.screenshot import SavedPage, Screenshot
from monitor.model.settings import Secret
from monitor.outbound.browser import paper, still
from monitor.store.store import SqlStore, open_store
from monitor.vault.identity import identity_file, new_identity, protect_identity
from tests.cli.cli_program import ON_LOOPBACK, PHOTOS, Program, fill_gallery, page, serve

IDENTITY, RECIPIENT = new_identity()
TITLE = "=cmd|' /C calc'!A0 &lt;img src=x onerror=alert(1)&gt; \u202egnp.exe " + "long " * 2000 + "the end"
SHOWN = b"<p>Some words.</p><img src=/owl.jpg><img src=/dog.jpg>"
OWL = (PHOTOS / "enrolled" / "owl.jpg").read_bytes()


@pytest.fixture(scope="module")
def home_with_evidence(templates: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The owl was found in a gallery, with evidence of it; and words were added."""
    from monitor.cli.main import run

    home = tmp_path_factory.mktemp("evidence") / "home"
    shutil.copytree(templates["enrolled"], home)
    path = home / "config.toml"
    text = path.read_text().replace(str(templates["enrolled"]), str(home))
    assert "recipients = []" in text
    path.write_text(text.replace("recipients = []", f'recipients = ["{RECIPIENT}"]'))
    (home / "identity.txt").write_bytes(identity_file(IDENTITY))
    config = ["--config", str(path)]
    with serve() as site, pytest.MonkeyPatch.context() as patch:
        fill_gallery(site)
        site.pages["/gallery"] = ("text/html; charset=utf-8", f"<title>{TITLE}</title>".encode() + SHOWN)
        for name, value in ON_LOOPBACK.items():
            patch.setenv(name, value)
        (home / "watchlists" / "test.toml").write_text(page("birds", f"{site.url}/gallery"))
        assert run([*config, "watch", "run"]) == 0
    (home / "shot.png").write_bytes(b"\x89PNG own")
    (home / "chat.txt").write_text("He wrote it.")
    own = ["--what", "=He wrote: <b>pay", "--at", "2026-11-20T21:30Z", "--who", "\u202esomebody"]
    for step, note in (("report-search", "=no. 7"), ("support-person", "my sister")):
        assert run([*config, "guide", "done", step, "--note", note]) == 0
    assert run([*config, "evidence", "add", str(home / "shot.png"), str(home / "chat.txt"), *own]) == 0
    return home


class FakeScreenshots:
    asked: ClassVar[list[SavedPage]] = []
    answer = Screenshot((b"\x89PNG first", b"\x89PNG second"), 100, 9000)

    def __init__(self, _path: str) -> None: ...
    async def aclose(self) -> None: ...
    async def make(self, saved: SavedPage) -> Screenshot:
        self.asked.append(saved)
        return self.answer


class NoPaper:
    def __init__(self, _path: str) -> None: ...
    async def print(self, html: str) -> bytes:
        raise WorkFailed("no browser was found")


@pytest.fixture
def kept(program: Program, home_with_evidence: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """Without a browser: what prints has a test of its own."""
    monkeypatch.setattr(paper, "BrowserPaper", NoPaper)
    monkeypatch.setattr(still, "BrowserScreenshots", FakeScreenshots)
    FakeScreenshots.asked.clear()
    shutil.copytree(home_with_evidence, program.home, dirs_exist_ok=True)
    path = program.home / "config.toml"
    path.write_text(path.read_text().replace(str(home_with_evidence), str(program.home)))
    yield program


def sighting_of(program: Program) -> str:
    found: str = program("sightings", "list", "--json").json["sightings"][0]["id"]
    return found


def store_of(program: Program) -> SqlStore:
    return open_store(config.load(program.home / "config.toml"))


def export(program: Program, *words: str | Path, out: str = "case.zip") -> zipfile.ZipFile:
    identity = ["--identity", program.home / "identity.txt"]
    done = program("evidence", "export", sighting_of(program), "--out", out, *identity, *words)
    assert done.code == 0, done.err
    return zipfile.ZipFile(out)


@pytest.mark.long
def test_a_packet_without_pictures(kept: Program) -> None:
    with export(kept) as packet:
        names = packet.namelist()
        manifest = json.loads(packet.read("manifest.json"))
        everything = {name: packet.read(name) for name in names}
    assert all(name.isascii() and not name.startswith("/") and ".." not in name for name in names)
    assert {"SHA256SUMS", "HOW-TO-CHECK.txt", "report.html", "manifest.json", "timeline.csv", "mirrors.csv"} <= set(
        names
    )
    assert "captures/0001/page.txt" in names and "captures/0001/find-0001/record.json" in names
    assert "own/0001/words.json" in names and "own/0001/file-2.txt" in names
    assert "log/custody-log.jsonl" in names
    left_out = {file["name"]: file for file in manifest["left_out"]}
    assert "captures/0001/find-0001/picture.jpg" in left_out and "own/0001/file-1.png" in left_out
    assert left_out["captures/0001/find-0001/picture.jpg"]["sha256"] == hashlib.sha256(OWL).hexdigest()
    assert not [name for name, content in everything.items() if OWL[2000:2032] in content or b"PNG own" in content]
    report = everything["report.html"].decode()
    assert "There is no report.pdf: no browser was found" in report and "/gallery" in report
    assert "<b>pay" not in report and "\u202e" not in report and "owl" not in report.replace("/owl.jpg", "")
    rows = list(csv.reader(io.StringIO(everything["timeline.csv"].decode("utf-8-sig"))))
    assert not [cell for row in rows for cell in row if cell.startswith("=")]
    assert manifest["own"][0]["what"] == "=He wrote: <b>pay"
    assert [(step["step"], step["note"]) for step in manifest["steps_done"]] == [("report-search", "=no. 7")]
    assert "step done by the person: Reported to the search engines: <bdi>=no. 7</bdi>" in report
    assert not [name for name, content in everything.items() if b"my sister" in content], "what is about her alone"
    assert "&lt;img src=x onerror" in report and "<img" not in report and "the end" not in report
    assert manifest["finds"][0]["title"].startswith("=cmd|' /C calc'!A0 <img src=x onerror=alert(1)>")
    assert b"\xe2\x80\xae" not in b"".join(content for name, content in everything.items() if "page" not in name)


def test_a_packet_with_pictures_holds_them_byte_for_byte(kept: Program) -> None:
    with export(kept, "--with-images") as packet:
        assert packet.read("captures/0001/find-0001/picture.jpg") == OWL
        assert packet.read("own/0001/file-1.png") == b"\x89PNG own"
        assert "file-2.txt" in " ".join(packet.namelist())


def test_a_screenshot_that_was_not_made_is_made_for_the_packet(kept: Program) -> None:
    with export(kept, "--with-images") as packet:
        shots = [name for name in packet.namelist() if "screenshot" in name]
        assert [packet.read(name) for name in shots] == [b"\x89PNG first", b"\x89PNG second"]
        report = packet.read("report.html").decode()
        assert all(name in report and name.endswith(f"{n}.png") for n, name in enumerate(shots, start=1))
    (saved,) = FakeScreenshots.asked
    assert saved.url.endswith("/gallery") and b"Some words" in saved.body and saved.media_type.startswith("text/html")
    assert saved.picture is not None and saved.picture.body == OWL and saved.page_digest
    assert any(name.endswith("/owl.jpg") for name in saved.picture.addresses)


def test_why_there_is_no_screenshot_is_in_the_report(kept: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeScreenshots, "answer", Screenshot(why_not="no browser is here"))
    with export(kept, "--with-images") as packet:
        assert "the screenshot of find 1 (no browser is here)" in packet.read("report.html").decode()
    with export(kept, out="second.zip"):
        assert len(FakeScreenshots.asked) == 1, "without pictures none is made"


def test_without_own(kept: Program) -> None:
    with export(kept, "--without-own") as packet:
        assert not [name for name in packet.namelist() if name.startswith("own/")]
        for name in ("report.html", "timeline.csv", "manifest.json", "log/custody-log.jsonl"):
            assert b"He wrote" not in packet.read(name) and b"no. 7" not in packet.read(name)


@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
def test_stock_tools_check_it(kept: Program) -> None:
    export(kept, "--with-images").close()
    subprocess.run(["unzip", "-qq", "case.zip", "-d", "packet"], check=True)
    assert subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd="packet").returncode == 0
    packed = [*Path("packet").rglob("*.warc.gz")]
    assert {path.name for path in packed} == {"page.warc.gz", "picture.warc.gz"}
    assert subprocess.run(["gzip", "-t", *packed]).returncode == 0
    warcio = Path(sys.executable).with_name("warcio")
    checked = subprocess.run([warcio, "check", *packed], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_the_log_is_checked_as_the_packet_says(kept: Program) -> None:
    with export(kept) as packet:
        packet.extractall("packet")
        told = packet.read("HOW-TO-CHECK.txt").decode()
        head = json.loads(packet.read("manifest.json"))["custody_log"]["head"]
    script = told[told.index("log=log/") : told.index("   The head must be")]
    done = subprocess.run(["bash", "-c", script], cwd="packet", capture_output=True, text=True)
    assert done.stdout == f"head: {head}\n", done.stdout + done.stderr
    log = Path("packet/log/custody-log.jsonl")
    log.write_text(log.read_text().replace('"act":"add"', '"act":"dismiss"', 1))
    assert "WRONG" in subprocess.run(["bash", "-c", script], cwd="packet", capture_output=True, text=True).stdout


def test_an_export_is_in_the_log_before_and_after(kept: Program) -> None:
    done = kept(
        "evidence", "export", sighting_of(kept), "--out", "case.zip", "--identity", kept.home / "identity.txt", "--json"
    )
    assert done.code == 0
    store = store_of(kept)
    begun, ended = (entry for entry in store.custody.all("default") if entry.act == "export")
    store.close()
    assert sighting_of(kept) in begun.details and done.json["sha256"] in ended.details
    with zipfile.ZipFile("case.zip") as packet:
        log = packet.read("log/custody-log.jsonl").decode()
    assert begun.digest in log and ended.digest not in log
    assert subprocess.run(["sha256sum", "case.zip"], capture_output=True, text=True).stdout[:64] == done.json["sha256"]


def log_of(program: Program) -> int:
    store = store_of(program)
    try:
        return len(store.custody.all("default"))
    finally:
        store.close()


def test_what_is_refused_before_anything_is_opened(kept: Program, tmp_path: Path) -> None:
    sighting, identity, noted = sighting_of(kept), kept.home / "identity.txt", log_of(kept)
    foreign = tmp_path / "foreign.txt"
    foreign.write_bytes(identity_file(new_identity()[0]))
    Path("there.zip").write_text("there")
    (tmp_path / "no-key.txt").write_text("nothing")
    for words, code, why in (
        (["--out", "there.zip", "--identity", identity], 2, "exists"),
        (["--out", "no/such.zip", "--identity", identity], 2, "not a folder"),
        (["--out", kept.home / "share" / "reupload-monitor" / "x.zip", "--identity", identity], 2, "own folder"),
        (["--out", "case.zip", "--identity", foreign], 3, "somebody else's"),
        (["--out", "case.zip"], 3, "--identity FILE"),
        (["--out", "case.zip", "--identity", tmp_path / "no-key.txt"], 1, "AGE-SECRET-KEY-1"),
        (["--out", "case.zip", "--identity", tmp_path / "missing.txt"], 1, "cannot be read"),
    ):
        done = kept("evidence", "export", sighting, *words)
        assert (done.code, why in done.err) == (code, True), (words, done)
        assert len(done.err.splitlines()) <= 3
    assert kept("evidence", "export", "nothing", "--out", "case.zip", "--identity", identity).code == 2
    assert Path("there.zip").read_text() == "there" and not Path("case.zip").exists()
    assert log_of(kept) == noted, "nothing was opened"


def test_an_identity_under_a_passphrase(kept: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("identity.age").write_bytes(protect_identity(IDENTITY, Secret("four random words here")))
    Path("words").write_text("four random words here\n")
    Path("wrong").write_text("four random words there\n")
    words = ["evidence", "export", sighting_of(kept), "--out", "case.zip", "--identity", "identity.age"]
    done = kept(*words, "--passphrase-file", "wrong")
    assert done.code == 3 and not Path("case.zip").exists()
    assert kept(*words).code == 3, "no terminal, no file"
    done = kept(*words, "--passphrase-file", "words")
    assert done.code == 0, done.err


@pytest.mark.rows(2)
@pytest.mark.parametrize("how", ["flip", "cut", "drop", "swap"])
def test_what_does_not_hold_is_named_and_the_rest_is_exported(kept: Program, how: str) -> None:
    vault = config.load(kept.home / "config.toml").vault_dir
    store = store_of(kept)
    items = {item.kind.value: item for item in store.evidence.all("default") if item.capture}
    store.close()
    page_file, record = vault / items["page"].file.path, vault / items["record"].file.path
    os.chmod(page_file, 0o600)
    content = bytearray(page_file.read_bytes())
    match how:
        case "flip":
            content[-20] ^= 1
            page_file.write_bytes(content)
        case "cut":
            page_file.write_bytes(content[:-20])
        case "drop":
            page_file.unlink()
        case "swap":
            page_file.write_bytes(record.read_bytes())
    done = kept(
        "evidence", "export", sighting_of(kept), "--out", "case.zip", "--identity", kept.home / "identity.txt", "--json"
    )
    assert done.code == 1 and items["page"].file.path in done.err
    (broken,) = [file for file in done.json["left_out"] if file["broken"]]
    assert broken["evidence"] == items["page"].id
    with zipfile.ZipFile("case.zip") as packet:
        assert "captures/0001/page.txt" not in packet.namelist()
        assert "captures/0001/find-0001/record.json" in packet.namelist()
        assert broken["why"][:30] in packet.read("report.html").decode()


def test_finds_that_are_not_exported(kept: Program) -> None:
    sighting, identity = sighting_of(kept), kept.home / "identity.txt"
    assert kept("sightings", "dismiss", sighting).code == 0
    done = kept("evidence", "export", sighting, "--out", "case.zip", "--identity", identity)
    assert done.code == 2 and "sightings undo" in done.err
    assert kept("sightings", "undo", sighting).code == 0
    assert kept("sightings", "under-18", sighting, "--yes").code == 0
    done = kept("evidence", "export", sighting, "--out", "case.zip", "--identity", identity)
    assert done.code == 3 and not Path("case.zip").exists()


def test_a_find_of_which_nothing_is_kept(ready: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """No identity is asked for: there is nothing to open."""
    monkeypatch.setattr(paper, "BrowserPaper", NoPaper)
    sighting = ready("sightings", "add", "https://forum.example/t/9", "--json").json["sightings"][0]["id"]
    done = ready("evidence", "export", sighting, "--out", "case.zip")
    assert done.code == 0, done.err
    with zipfile.ZipFile("case.zip") as packet:
        assert "nothing was captured" in packet.read("report.html").decode()
        assert b"https://forum.example/t/9" in packet.read("mirrors.csv")
