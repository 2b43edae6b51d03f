"""`--version`: what is here against what was tested."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import packaging.requirements  # noqa: F401  # while Python's path is still as it was
import pytest

from monitor import versions
from monitor.cli.version import version_lines
from monitor.versions import Installed, OtherVersion, lines_of_lock, lock_name

ROOT = Path(__file__).parents[2]
LOCK = """alpha==1.0 \\
    --hash=sha256:aa
beta-two==2.0 ; python_full_version < '3.0' \\
    --hash=sha256:bb
beta-two==2.1 ; python_full_version >= '3.0' \\
    --hash=sha256:bb
gone==3 ; sys_platform == 'win32' \\
    --hash=sha256:cc
setuptools==84.2.1 \\
    --hash=sha256:dd
"""
AS_TESTED = Installed(version="0.1.0", folder=Path("/opt/x/monitor"), python="3.13.1 (/opt/x/bin/python)",
                      lock="0a1b2c3d", tested=2, others=())  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which packages lie; the program runs from its own folder, with LOCK beside it."""
    (tmp_path / "requirements.lock").write_text(LOCK)
    monkeypatch.setattr(versions, "_HERE", tmp_path / "monitor")
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.setattr(sys, "path", [str(site), str(tmp_path / "is not there")])
    return site


@pytest.mark.parametrize(
    ("folders", "others"),
    [
        pytest.param(["alpha-1.0", "beta_two-2.1"], [], id="as tested"),
        pytest.param(["Alpha-1.0", "Beta.Two-2.1"], [], id="names written otherwise"),
        pytest.param(["alpha-1.1", "beta_two-2.1"], [("alpha", "1.0", "1.1")], id="a newer one"),
        pytest.param(["alpha-1.0", "beta_two-2.0"], [("beta-two", "2.1", "2.0")], id="that of another Python"),
        pytest.param(["beta_two-2.1"], [("alpha", "1.0", "")], id="one missing"),
        pytest.param(["alpha-1.0", "beta_two-2.1", "more-9", "x"], [], id="what else is there does not count"),
    ],
)
def test_what_is_here_against_what_was_tested(
    here: Path, folders: list[str], others: list[tuple[str, str, str]]
) -> None:
    for name in folders:
        (here / f"{name}.dist-info").mkdir()
    found = versions.installed()
    assert found.tested == 2
    assert list(found.others) == [OtherVersion(*other) for other in others]


def test_the_first_folder_counts(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = tmp_path / "later"
    for folder in (here / "alpha-1.0.dist-info", here / "beta_two-2.1.dist-info", later / "alpha-7.dist-info"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(here), str(later)])
    assert versions.installed().others == ()


def test_a_program_without_its_metadata_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Unpacked somewhere: neither a lock beside it nor notes of an installation."""
    monkeypatch.setattr(versions, "_HERE", tmp_path / "monitor")
    monkeypatch.setattr(versions, "DISTRIBUTION", "no-such-program")
    found = versions.installed()
    assert (found.lock, found.tested, found.others) == ("", 0, ())
    assert "not known" in version_lines(found)[-1]


def test_what_is_told() -> None:
    assert version_lines(AS_TESTED) == [
        "reupload-monitor 0.1.0",
        "from      /opt/x/monitor",
        "Python    3.13.1 (/opt/x/bin/python)",
        "packages  all 2 in the versions that were tested (lock 0a1b2c3d)",
    ]
    told = "\n".join(
        version_lines(replace(AS_TESTED, others=(OtherVersion("a", "1", "2"), OtherVersion("b", "3", ""))))
    )
    assert "2 of 2 are not in the version that was tested" in told
    assert "a 2 (tested: 1)" in told
    assert "b is missing (tested: 3)" in told
    assert "make install" in told


def test_one_lock_has_one_name() -> None:
    lines = lines_of_lock(LOCK)
    assert [line.partition("==")[0] for line in lines] == ["alpha", "beta-two", "beta-two", "gone"]
    as_metadata = ['gone==3; sys_platform == "win32"', "alpha==1.0", 'beta-two==2.0; python_full_version < "3.0"',
                   'beta-two==2.1; python_full_version >= "3.0"']  # fmt: skip
    assert lock_name(as_metadata) == lock_name(lines)
    assert lock_name(["alpha==1.1", *lines[1:]]) != lock_name(lines)
    assert lock_name([]) == ""


def test_the_set_up_reads_the_lock_as_the_program_does() -> None:
    """setup.py cannot import the program, so it has the function a second time."""
    script = (
        "import setuptools, sys; setuptools.setup = lambda **given: print(*given['install_requires'], sep='\\n')\n"
        f"import runpy; runpy.run_path({str(ROOT / 'setup.py')!r})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == lines_of_lock((ROOT / "requirements.lock").read_text())
