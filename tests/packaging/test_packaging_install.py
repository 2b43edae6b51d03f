"""`make install` and `make uninstall`, with a Python that only plays one: what lies where, and what is told. A real
installation takes minutes and the package index: tests/real/test_real_walk.py."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAND_IN = r"""#!/bin/sh
# A Python as far as tools/install asks one. $BREAKS: at which step it fails.
case "$*" in
"-c "*) ;;
"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
*"--require-hashes"*) echo "Collecting alpha==1"
    [ "$BREAKS" != download ] || { echo "hashes do not match" >&2; exit 1; } ;;
*"--no-index"*) [ "$BREAKS" != build ] || exit 1
    printf '#!/bin/sh\necho "reupload-monitor 0.1.0"; [ "$BREAKS" != start ]\n' > "$(dirname "$0")/reupload-monitor"
    chmod +x "$(dirname "$0")/reupload-monitor"
    share="$(dirname "$0")/../share"
    for one in man/man1/reupload-monitor.1 bash-completion/completions/reupload-monitor.bash \
        zsh/site-functions/_reupload-monitor fish/vendor_completions.d/reupload-monitor.fish; do
        mkdir -p "$(dirname "$share/$one")" && echo made > "$share/$one"
    done ;;
*) echo "not asked before: $*" >&2; exit 9 ;;
esac
"""


@dataclass
class Machine:
    home: Path
    more: dict[str, str] = field(default_factory=dict)

    @property
    def apps(self) -> Path:
        return self.home / "apps"

    @property
    def link(self) -> Path:
        return self.home / "bin" / "reupload-monitor"

    def install(self, *words: str, breaks: str = "") -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.home),
            "PYTHON": str(self.home / "python3"),
            "INSTALL_DIR": str(self.apps),
            "BIN_DIR": str(self.link.parent),
            "SHARE_DIR": str(self.home / "share"),
            "BREAKS": breaks,
            **self.more,
        }
        return subprocess.run(
            [ROOT / "tools" / "install", *words],
            env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def installed(self) -> list[str]:
        return sorted(path.name for path in self.apps.glob("2*"))

    def put_before(self, *names: str) -> None:
        """Installs of earlier days; the last of them is in use."""
        for name in names:
            program = self.apps / name / "bin" / "reupload-monitor"
            program.parent.mkdir(parents=True)
            program.write_text("#!/bin/sh\n")
        self.link.parent.mkdir(exist_ok=True)
        self.link.symlink_to(self.apps / names[-1] / "bin" / "reupload-monitor")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "python3").write_text(STAND_IN)
    (tmp_path / "python3").chmod(0o755)
    return Machine(tmp_path)


def test_the_command_is_linked_and_nothing_else_is_left(machine: Machine) -> None:
    before = set(ROOT.iterdir())
    done = machine.install()
    assert done.returncode == 0, done.stderr
    (made,) = machine.installed()
    assert machine.link.readlink() == machine.apps / made / "bin" / "reupload-monitor"
    assert sorted(path.name for path in (machine.apps / made).iterdir()) == ["bin", "share"]
    assert sorted(path.name for path in machine.apps.iterdir()) == [made]
    assert "reupload-monitor 0.1.0" in done.stdout
    assert set(ROOT.iterdir()) == before, "the folder it is installed from stays as it is"


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        pytest.param("/bin/bash", "export PATH=", id="bash"),
        pytest.param("/usr/bin/zsh", ".zprofile", id="zsh"),
        pytest.param("/usr/bin/fish", "fish_add_path", id="fish"),
        pytest.param("", ".profile", id="none named"),
    ],
)
def test_a_command_that_would_not_be_found_gets_a_line_to_type(machine: Machine, shell: str, line: str) -> None:
    machine.more["SHELL"] = shell
    told = machine.install().stderr
    typed = told.partition("Type this once:\n")[2].splitlines()[0]
    assert line in typed
    assert str(machine.link.parent) in typed


def test_where_it_is_found_the_first_command_is_told(machine: Machine) -> None:
    machine.more["PATH"] = f"{machine.link.parent}:/usr/bin:/bin"
    told = machine.install().stderr
    assert "To begin, type: reupload-monitor guide" in told
    assert "Type this once" not in told


@pytest.mark.parametrize("breaks", ["download", "build", "start"])
def test_what_breaks_off_leaves_the_version_before_in_use(machine: Machine, breaks: str) -> None:
    machine.put_before("20260101-000000")
    done = machine.install(breaks=breaks)
    assert done.returncode == 1
    assert "did not come to its end" in done.stderr
    assert machine.installed() == ["20260101-000000"]
    assert machine.link.readlink() == machine.apps / "20260101-000000" / "bin" / "reupload-monitor"


def test_the_version_before_stays_for_a_daemon_and_older_ones_go(machine: Machine) -> None:
    machine.put_before("20260101-000000", "20260201-000000", "20260301-000000")
    (machine.apps / "something else").mkdir()
    assert machine.install().returncode == 0
    kept = machine.installed()
    assert len(kept) == 2
    assert kept[0] == "20260301-000000"
    assert re.fullmatch(r"\d{8}-\d{6}", kept[1])
    assert (machine.apps / "something else").is_dir()


@pytest.mark.parametrize(
    ("leads_to", "told"),
    [
        pytest.param("/home/x/.local/pipx/venvs/reupload-monitor/bin/reupload-monitor", "pipx uninstall", id="pipx"),
        pytest.param("/somewhere/else", "BIN_DIR=", id="somebody else's"),
    ],
)
def test_a_command_that_is_there_already_is_not_overwritten(machine: Machine, leads_to: str, told: str) -> None:
    machine.link.parent.mkdir()
    machine.link.symlink_to(leads_to)
    done = machine.install()
    assert done.returncode == 1
    assert told in done.stderr
    assert str(machine.link.readlink()) == leads_to
    assert not machine.apps.exists()


def test_no_python_that_fits_is_told_with_what_to_install(machine: Machine) -> None:
    tools = machine.home / "tools-only"
    tools.mkdir()
    for name in ("sh", "dirname", "id", "readlink", "uname"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    (tools / "python3").write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" || exit 1\n')
    (tools / "python3").chmod(0o755)
    machine.more |= {"PATH": str(tools), "PYTHON": ""}
    done = machine.install()
    assert done.returncode == 1
    assert "Python 3.11 to 3.14 is needed" in done.stderr
    assert "Python 3.9.2" in done.stderr


def test_a_full_disk_is_told_before_anything_is_downloaded(machine: Machine) -> None:
    tools = machine.home / "tools-only"
    tools.mkdir()
    (tools / "df").write_text("#!/bin/sh\nprintf 'Filesystem\\n/dev/x 9 9 500 1%% /\\n'\n")
    (tools / "df").chmod(0o755)
    machine.more["PATH"] = f"{tools}:/usr/bin:/bin"
    done = machine.install()
    assert done.returncode == 1
    assert "500 MB left" in done.stderr
    assert machine.installed() == []


def test_uninstall_takes_what_install_made_and_nothing_else(machine: Machine) -> None:
    machine.put_before("20260101-000000")
    (machine.apps / "something else").mkdir()
    done = machine.install("--remove")
    assert done.returncode == 0
    assert not os.path.lexists(machine.link)
    assert [path.name for path in machine.apps.iterdir()] == ["something else"]
    assert "still there" in done.stderr


def beside(machine: Machine) -> set[str]:
    share = machine.home / "share"
    return {path.relative_to(share).as_posix() for path in share.rglob("*") if path.is_symlink()}


def test_its_manual_and_completions_are_linked_and_go_with_it(machine: Machine) -> None:
    assert machine.install().returncode == 0
    assert beside(machine) == {
        "man/man1/reupload-monitor.1",
        "bash-completion/completions/reupload-monitor.bash",
        "zsh/site-functions/_reupload-monitor",
        "fish/vendor_completions.d/reupload-monitor.fish",
    }
    assert (machine.home / "share" / "man/man1/reupload-monitor.1").read_text() == "made\n"
    assert machine.install("--remove").returncode == 0
    assert beside(machine) == set()


def test_a_manual_that_is_somebody_else_s_stays(machine: Machine) -> None:
    page = machine.home / "share" / "man/man1/reupload-monitor.1"
    page.parent.mkdir(parents=True)
    page.write_text("hers")
    assert machine.install().returncode == 0 and page.read_text() == "hers" and len(beside(machine)) == 3
    assert machine.install("--remove").returncode == 0 and page.read_text() == "hers"


def test_a_place_that_takes_no_link_is_told_and_hinders_nothing(machine: Machine) -> None:
    (machine.home / "share").write_text("no folder")
    done = machine.install()
    assert done.returncode == 0 and "Not linked: " in done.stderr and machine.link.is_symlink()


def test_uninstall_leaves_a_command_that_is_somebody_else_s(machine: Machine) -> None:
    machine.link.parent.mkdir()
    machine.link.symlink_to("/somewhere/else")
    assert machine.install("--remove").returncode == 0
    assert str(machine.link.readlink()) == "/somewhere/else"
