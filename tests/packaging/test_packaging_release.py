"""What a release is made with: the bill of materials, the check against advisories, and a wheel that anybody gets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.version import Version

from release import advisories, bill, building
from release.lock import DEV_LOCK, LOCK, ROOT, Locked, read_lock

TODAY = date(2026, 11, 29)
HASH = "0f" * 32


# -- the lock


def test_every_locked_package_is_read() -> None:
    for lock in (LOCK, DEV_LOCK):
        text = lock.read_text("utf-8")
        packages = read_lock(text)
        assert len(packages) == sum("==" in line and line[:1].isalnum() for line in text.splitlines()) > 50
        assert sum(len(one.hashes) for one in packages) == text.count("--hash=sha256:")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param(f"a>=1 --hash=sha256:{HASH}", "names no exact version", id="a lower bound"),
        pytest.param(f"a==1,<2 --hash=sha256:{HASH}", "names no exact version", id="and an upper one"),
        pytest.param("a==1", "has no hashes", id="no hash"),
        pytest.param("--index-url x", "Expected package name", id="an option"),
    ],
)
def test_a_lock_that_is_none_is_refused(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        read_lock(text)


# -- the bill


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bill.bill_of_this(datetime(2026, 11, 29, tzinfo=UTC)))
    return found


def test_the_bill_is_as_its_schema_says(made: dict[str, Any]) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made)) is None
    broken = {**made, "components": [{**made["components"][0], "type": "none of these"}]}
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(broken)) is not None


def test_the_bill_names_all_that_is_locked_once(made: dict[str, Any]) -> None:
    packages = read_lock(LOCK.read_text("utf-8"))
    assert [one["purl"] for one in made["components"]] == [one.purl for one in packages]
    refs = {one["bom-ref"] for one in (*made["components"], made["metadata"]["component"])}
    assert len(refs) == len(packages) + 1
    assert {one["ref"] for one in made["dependencies"]} == refs
    assert {needed for one in made["dependencies"] for needed in one["dependsOn"]} <= refs
    told = [ref for one in made["compositions"] for ref in one["dependencies"]]
    assert sorted(told) == sorted(refs)


def test_the_bill_says_who_needs_whom(made: dict[str, Any]) -> None:
    needs = {one["ref"].rpartition("@")[0]: _names(one["dependsOn"]) for one in made["dependencies"]}
    direct = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["run"]
    assert len(needs["pkg:pypi/reupload-monitor"]) == len(direct)
    assert {"anyio", "certifi", "httpcore", "idna"} <= needs["pkg:pypi/httpx"]
    assert "brotli" not in needs["pkg:pypi/httpx"]  # an extra that nobody asks for
    unneeded = _names(one["purl"] for one in made["components"]) - set().union(*needs.values())
    assert unneeded == {"colorama", "pywin32-ctypes", "setuptools"}  # for Windows, and to build


def _names(purls: Any) -> set[str]:
    return {purl.removeprefix("pkg:pypi/").rpartition("@")[0] for purl in purls}


def test_the_same_lock_gives_the_same_bill() -> None:
    assert bill.bill_of_this() == bill.bill_of_this()
    assert "timestamp" not in json.loads(bill.bill_of_this())["metadata"]
    lock = f"a==1 --hash=sha256:{HASH}\nb==2 --hash=sha256:{HASH}\n"
    numbers = {bill.bill_of(text, {}, direct=[])["serialNumber"] for text in (lock, lock, lock + lock[:0] + "\n# x")}
    assert len(numbers) == 2


def test_extras_that_are_asked_for_bring_what_they_need() -> None:
    lock = "".join(f"{name}==1 --hash=sha256:{HASH}\n" for name in ("a", "b", "c", "d"))
    requires = {
        "pkg:pypi/a@1": ['b[more]; python_version >= "3.11"', 'd; sys_platform == "win32"'],
        "pkg:pypi/b@1": ['c; extra == "more"', 'd; extra == "other"'],
        "pkg:pypi/c@1": ['d; python_version < "3.12"'],
    }
    found = bill.bill_of(lock, requires, direct=["a>=1"])
    needs = {one["ref"].partition("pypi/")[2]: sorted(_names(one["dependsOn"])) for one in found["dependencies"]}
    assert needs == {"a@1": ["b"], "b@1": ["c"], "c@1": ["d"], "d@1": [], "reupload-monitor@0.1.0": ["a"]}
    assert found["compositions"][1] == {"aggregate": "unknown", "dependencies": ["pkg:pypi/d@1"]}


# -- advisories


def affected(*events: Mapping[str, str], versions: tuple[str, ...] = (), kind: str = "ECOSYSTEM") -> dict[str, Any]:
    package = {"ecosystem": "PyPI", "name": "Some.Package"}
    return {"package": package, "ranges": [{"type": kind, "events": list(events)}], "versions": list(versions)}


@pytest.mark.parametrize(
    ("version", "where", "is_hurt"),
    [
        pytest.param("1.0", affected({"introduced": "0"}), True, id="all versions"),
        pytest.param("0.0.1.dev1", affected({"introduced": "0"}), True, id="the very first"),
        pytest.param("1.4.9", affected({"introduced": "0"}, {"fixed": "1.5"}), True, id="before it was mended"),
        pytest.param("1.5", affected({"introduced": "0"}, {"fixed": "1.5"}), False, id="the one that mends it"),
        pytest.param("1.5rc1", affected({"introduced": "0"}, {"fixed": "1.5"}), True, id="its candidate does not"),
        pytest.param("1.10", affected({"introduced": "0"}, {"fixed": "1.9"}), False, id="ten is more than nine"),
        pytest.param("0.9", affected({"introduced": "1.0"}, {"fixed": "1.5"}), False, id="before it came"),
        pytest.param("1.5", affected({"introduced": "1.0"}, {"last_affected": "1.5"}), True, id="the last one"),
        pytest.param("1.5.1", affected({"introduced": "1.0"}, {"last_affected": "1.5"}), False, id="after the last"),
        pytest.param(
            "2.0.3",
            affected({"introduced": "2.0.0"}, {"fixed": "2.0.7"}, {"introduced": "0"}, {"fixed": "1.26.18"}),
            True,
            id="two lines, in any order",
        ),
        pytest.param(
            "1.27",
            affected({"introduced": "2.0.0"}, {"fixed": "2.0.7"}, {"introduced": "0"}, {"fixed": "1.26.18"}),
            False,
            id="between the two",
        ),
        pytest.param("1.0", affected(versions=("1.0.0",)), True, id="named, in another spelling"),
        pytest.param("1.1", affected(versions=("1.0.0", "not a version")), False, id="not named"),
        pytest.param("1.0", affected({"introduced": "0"}, kind="GIT"), False, id="commits say nothing"),
        pytest.param("1.0", affected({"fixed": "2.0"}), False, id="it never came"),
        pytest.param("1.0", affected({"introduced": "wrong"}, {"fixed": "2"}), False, id="what is no version"),
    ],
)
def test_whom_an_advisory_means(version: str, where: dict[str, Any], is_hurt: bool) -> None:
    package = Locked("some-package", Version(version), "", (HASH,))
    record = {"id": "PYSEC-1", "aliases": ["CVE-1"], "affected": [where]}
    known = advisories.Advisories(TODAY, "here", (record,))
    assert bool(advisories.findings([package], known)) is is_hurt
    withdrawn = advisories.Advisories(TODAY, "here", ({**record, "withdrawn": "2026-01-01T00:00:00Z"},))
    assert advisories.findings([package], withdrawn) == []
    elsewhere = {**where, "package": {"ecosystem": "npm", "name": "some-package"}}
    other = advisories.Advisories(TODAY, "here", ({**record, "affected": [elsewhere]},))
    assert advisories.findings([package], other) == []


def test_what_is_locked_is_named_in_no_advisory_that_ships(capsys: pytest.CaptureFixture[str]) -> None:
    """The list says how old it is: it ships with a date, and whoever releases takes a newer one."""
    assert advisories.main([], today=TODAY) == 0
    out, err = capsys.readouterr()
    known = advisories.read_list(advisories.LIST.read_text("utf-8"))
    assert f"as of {known.as_of}" in out and f"{known.age(TODAY)} days old" in out
    locked = {one.name for lock in (LOCK, DEV_LOCK) for one in read_lock(lock.read_text("utf-8"))}
    for record in known.records:
        assert {one["package"]["name"] for one in record["affected"]} <= locked
    assert ("older than 30 days" in err) is (known.age(TODAY) > 30)
    assert advisories.main(["--fresh"], today=known.as_of) == 0
    assert advisories.main(["--fresh"], today=date.fromordinal(known.as_of.toordinal() + 31)) == 1


@pytest.mark.parametrize("of", ["--list", "--lock", "--accepted", "--take"])
@pytest.mark.parametrize(
    "told",
    [
        pytest.param("", id="nothing"),
        pytest.param("[]", id="an empty list"),
        pytest.param("{}", id="an empty table"),
        pytest.param('{"as_of": "2026-11-01", "source": "x", "vulns": []}', id="no advisory"),
        pytest.param('{"as_of": "2026-11-01", "source": "x", "vulns": [7]}', id="numbers"),
        pytest.param('{"as_of": "2026-11-01", "source": "x", "vulns": [{"id": 1, "affected": 7}]}', id="another form"),
        pytest.param('{"as_of": "2026-11-', id="cut off"),
        pytest.param("\0\0", id="NUL"),
        pytest.param("[" * 200_000, id="brackets"),
        pytest.param("-r other.txt\n", id="a line that is no package"),
        pytest.param("aiohttp>=3 --hash=sha256:00\n", id="no exact version"),
        pytest.param(None, id="not there"),
    ],
)
def test_what_cannot_be_compared_is_said_of_its_file(
    of: str, told: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, kept = tmp_path / "told", tmp_path / "list.json"
    kept.write_text(advisories.LIST.read_text("utf-8"))
    if told is not None:
        path.write_text(told)
    words = [of, str(path)] if of == "--list" else ["--list", str(kept), of, str(path)]
    code = advisories.main(words, today=TODAY)
    if of == "--accepted" and told == "":
        assert code == 0, "nothing is accepted, which is fine"
        return
    err = capsys.readouterr().err
    assert code == 2 and "nothing was compared" in err and str(path) in err
    assert kept.read_text() == advisories.LIST.read_text("utf-8"), "no other takes its place"


def test_a_report_that_names_nothing_is_good_news(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"dependencies": [{"name": "aiohttp", "version": "1", "vulns": []}], "fixes": []}))
    assert advisories.main(["--list", str(tmp_path / "list.json"), "--take", str(report)], today=TODAY) == 0


@contextmanager
def export(tmp_path: Path, kind: str, *records: dict[str, Any]) -> Iterator[Path]:
    texts = {f"{record['id']}.json": json.dumps(record) for record in records}
    path = tmp_path / "export"
    if kind == "a folder":
        path.mkdir()
        for name, text in texts.items():
            (path / name).write_text(text)
    elif kind == "a zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
    else:
        path.write_text(json.dumps(list(records)))
    yield path


@pytest.mark.parametrize("kind", ["a zip", "a folder", "one file"])
def test_a_list_is_made_anew_of_an_export(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = {
        "id": "PYSEC-2026-7",
        "modified": "2026-11-20T10:00:00Z",
        "details": "long",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "AIOHTTP"},
                "ranges": [
                    {"type": "GIT", "events": [{"introduced": "0"}]},
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9999"}]},
                ],
                "versions": ["1", "2"],
            },
            {"package": {"ecosystem": "PyPI", "name": "django"}, "versions": ["1"]},
        ],
    }
    other = {"id": "PYSEC-2026-8", "modified": "2026-11-28T10:00:00Z", "affected": [affected({"introduced": "0"})]}
    kept, fine = tmp_path / "list.json", tmp_path / "accepted.toml"
    fine.write_text("")
    words = ["--list", str(kept), "--accepted", str(fine)]
    with export(tmp_path, kind, ours, other) as path:
        assert advisories.main([*words, "--take", str(path), "--fresh"], today=TODAY) == 1
    out = capsys.readouterr().out
    assert "affected: aiohttp" in out and "PYSEC-2026-7, mended in 9999" in out and "1 days old" in out
    (record,) = json.loads(kept.read_text())["vulns"]
    assert [one["package"]["name"] for one in record["affected"]] == ["aiohttp"]
    assert "details" not in record and "GIT" not in kept.read_text() and "versions" not in record["affected"][0]
    fine.write_text('[[accepted]]\nid = "PYSEC-2026-7"\nreason = "Only a server."\nuntil = 2026-12-01\n')
    assert advisories.main(words, today=TODAY) == 0
    assert "accepted: aiohttp PYSEC-2026-7: Only a server." in capsys.readouterr().out
    assert advisories.main(words, today=date(2026, 12, 2)) == 1  # believed no longer


def test_a_report_of_pip_audit_serves_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (version,) = (str(one.version) for one in read_lock(LOCK.read_text("utf-8")) if one.name == "aiohttp")
    vuln = {"id": "PYSEC-1", "fix_versions": ["99.1"], "aliases": ["CVE-1"], "description": "long"}
    packages = [
        {"name": "aiohttp", "version": version, "vulns": [vuln]},
        {"name": "idna", "version": "0.1", "vulns": [{**vuln, "id": "PYSEC-2"}]},  # not the one that is locked
        {"name": "left", "skip_reason": "no"},
    ]
    report, kept = tmp_path / "report.json", tmp_path / "list.json"
    report.write_text(json.dumps({"dependencies": packages, "fixes": []}))
    os.utime(report, (1_795_000_000, 1_795_000_000))
    assert advisories.main(["--list", str(kept), "--take", str(report)], today=TODAY) == 1
    out = capsys.readouterr().out
    assert f"affected: aiohttp {version}: PYSEC-1 (CVE-1), mended in 99.1" in out and "idna" not in out
    assert "as of 2026-11-18" in out


@pytest.mark.parametrize(
    ("kind", "told"),
    [pytest.param("a zip", (), id="an empty zip"), pytest.param("one file", ({"id": "x"},), id="no times")],
)
def test_an_export_that_is_none_is_refused(kind: str, told: tuple[dict[str, Any], ...], tmp_path: Path) -> None:
    with export(tmp_path, kind, *told) as path, pytest.raises(ValueError, match="no advisory in OSV's format"):
        advisories.taken_from(path, {"aiohttp"}, TODAY)


@pytest.mark.parametrize("entry", ['id = "A"', 'id = "A"\nreason = "x"', 'reason = "x"\nuntil = 2026-12-01'])
def test_what_is_accepted_wants_its_reason_and_its_day(entry: str) -> None:
    with pytest.raises(ValueError, match="wants id, reason and until"):
        advisories.accepted(f"[[accepted]]\n{entry}\n", TODAY)


# -- the wheel


def copied(folder: Path, parts: Sequence[str], *, at: int, mode: int) -> Path:
    """The program's files, as another machine might have them."""
    folder.mkdir(parents=True)
    for name in ("pyproject.toml", "setup.py", "requirements.lock", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, folder)
    for part in parts:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder, *folder.rglob("*")):
        path.chmod(mode | 0o111 if path.is_dir() else mode)
        os.utime(path, (at, at))
    return folder


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(("monitor/cli", "monitor/locale", "monitor/vault"), id="a part of it"),
        pytest.param(("monitor",), id="the whole", marks=pytest.mark.long),  # a thousand files, copied eight times
    ],
)
def test_the_wheel_is_the_same_wherever_whenever_and_by_whomever_it_is_built(
    parts: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = []
    for number, (at, mode, mask, zone) in enumerate(
        [(1_500_000_000, 0o600, 0o077, "Pacific/Kiritimati"), (1_600_000_001, 0o664, 0o000, "America/St_Johns")]
    ):
        source = copied(tmp_path / ("deep/er" * number or "flat") / "source", parts, at=at, mode=mode)
        monkeypatch.setenv("TZ", zone)
        before = os.umask(mask)
        try:
            wheels.append(building.wheel_of(source, tmp_path / f"made-{number}", at=1_700_000_000))
        finally:
            os.umask(before)
    assert wheels[0].read_bytes() == wheels[1].read_bytes()
    with zipfile.ZipFile(wheels[0]) as archive:
        entries = archive.infolist()
        assert {entry.date_time for entry in entries} == {(2023, 11, 14, 22, 13, 20)}
        assert {entry.external_attr >> 16 & 0o777 for entry in entries} <= {0o644, 0o664}
        assert not any("__pycache__" in entry.filename for entry in entries)


def test_a_release_is_its_files_and_their_hashes(tmp_path: Path) -> None:
    if subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, check=False).returncode:
        pytest.skip("not a checkout")
    (tmp_path / "left").write_text("x")
    with pytest.raises(SystemExit, match="is not empty"):
        building.main("HEAD", tmp_path)
    (tmp_path / "a.whl").write_bytes(b"a")
    (tmp_path / "SHA256SUMS").write_text("of before")
    (tmp_path / "SHA256SUMS.minisig").write_text("of before")
    (tmp_path / "SHA256SUMS").write_text(building.hashes_of(tmp_path))
    done = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["a.whl:", "OK", "left:", "OK"]
