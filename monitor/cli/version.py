"""`--version`: what, from where, and whether what it stands on is what was tested. The first line is for programs."""

from __future__ import annotations

from monitor.cli import printing
from monitor.versions import Installed, installed

MENDING = (
    "For the tested ones type: make install (in the folder that you downloaded), or: pipx reinstall reupload-monitor"
)


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
        return [
            "packages  it is not known which versions were tested: it runs outside its folder and was not installed"
        ]
    if not found.others:
        return [f"packages  all {found.tested} in the versions that were tested (lock {found.lock})"]
    return [
        f"packages  {len(found.others)} of {found.tested} are not in the version that was tested (lock {found.lock}):",
        *(f"          {other}" for other in found.others),
        MENDING,
    ]
