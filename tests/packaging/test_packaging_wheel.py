"""What `pip install .` and `pipx install .` would put on a machine."""

from __future__ import annotations

import email
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from monitor.versions import lines_of_lock, lock_name

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what git would give, so that leftovers of a build are neither used nor made."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "requirements.lock", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "monitor", source / "monitor", ignore=shutil.ignore_patterns("__pycache__"))
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*build, "--no-build-isolation", "--wheel-dir", folder, source], check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_everything_that_is_read_at_run_time(wheel: Path) -> None:
    """Every file under monitor/ that is not Python, and every Python file: nothing is left behind."""
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "monitor").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = set(zipfile.ZipFile(wheel).namelist())
    assert wanted - held == set()
    for kind in ("migrations/", "templates/", "demo/photos/", "guide/", "engines.toml", "signs.toml", "py.typed"):
        assert any(kind in name for name in held), kind


def test_manual_and_completions_lie_where_they_are_looked_for(wheel: Path) -> None:
    shared = {name.partition(".data/data/share/")[2] for name in zipfile.ZipFile(wheel).namelist()}
    assert shared - {""} == {
        "man/man1/reupload-monitor.1",
        "bash-completion/completions/reupload-monitor.bash",
        "zsh/site-functions/_reupload-monitor",
        "fish/vendor_completions.d/reupload-monitor.fish",
    }


def test_the_wheel_runs_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from monitor.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "guide", "extortion"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "do not pay" in done.stdout.lower()


def test_the_wheel_wants_exactly_the_versions_that_were_tested(wheel: Path) -> None:
    """So that `pip install .` and `pipx install .` give these and no newer ones."""
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    wanted = email.message_from_bytes(archive.read(metadata)).get_all("Requires-Dist") or []
    tested = lines_of_lock((ROOT / "requirements.lock").read_text())
    assert len(wanted) == len(tested) > 50
    assert lock_name(wanted) == lock_name(tested) != ""


def test_the_lock_files_name_every_dependency_with_hashes() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    for lock, lists in (
        ("requirements.lock", [groups["run"], groups["build"]]),
        ("requirements-dev.lock", [groups["run"], groups["build"], groups["dev"]]),
    ):
        text = (ROOT / lock).read_text()
        pinned = {line.partition("==")[0] for line in text.splitlines() if "==" in line and not line.startswith(" ")}
        for requirement in (entry for entries in lists for entry in entries):
            name = requirement.split(";")[0]
            for sign in "<>=![":
                name = name.partition(sign)[0]
            assert name.strip().lower() in pinned, f"{lock} lacks {name}: run `make lock`"
        assert "--hash=sha256:" in text
        assert "--index-url" not in text and "--find-links" not in text
