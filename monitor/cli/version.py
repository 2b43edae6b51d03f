"""`--version`: what, from where, and with which of the versions it stands on. First line for programs, rest for people."""

from __future__ import annotations

from monitor.cli import printing
from monitor.versions import Installed, installed

MENDING = "The tested ones come with `make install`, typed in the program's folder; pipx: pipx reinstall reupload-monitor"


def tell_version() -> None:
    for line in version_lines(installed()):
        printing.out(line)


def version_lines(found: Installed) -> list[str]:
    return [
        f"reupload-monitor {found.version}",
        f"from      {found.folder}",
        f"Python    {found.python}",
        *_packages(found),
    ]


def _packages(found: Installed) -> list[str]:
    if not found.lock:
        return ["packages  it is not known which versions were tested: it runs outside its folder and was not installed"]
    if not found.others:
        return [f"packages  all {found.tested} in the versions that were tested (lock {found.lock})"]
    return [
        f"packages  {len(found.others)} of {found.tested} are not in the version that was tested (lock {found.lock}):",
        *(f"          {other}" for other in found.others),
        MENDING,
    ]
