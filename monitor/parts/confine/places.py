"""Where the program itself lies, and what of this machine every part needs: no word of the person's is there."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

import monitor
from monitor.parts.confine.interpreter import runnable
from monitor.parts.confine.landlock import READ, USE, FileRight

_LIBRARIES = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_MAY_LEAD_OUT = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/localtime"),
    *("/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cert.pem"),
)
_OF_THE_MACHINE = (Path("/run"), Path("/var/lib"))
_OWN_SETTINGS = Path("/etc/reupload-monitor")


def program_folders() -> tuple[Path, ...]:
    """Python, its libraries, and this program."""
    named = [
        Path(monitor.__file__).parent,
        Path(sys.executable),
        *_environment_of_python(Path(sys.executable)),
        Path(os.path.realpath(sys.executable)),
        *(Path(prefix) for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix) if prefix != "/usr"),
        *(Path(place) for place in sysconfig.get_paths().values()),
        *(Path(entry) for entry in sys.path if _is_of_python(entry)),
    ]
    return _without_doubles(named)


def _environment_of_python(executable: Path) -> tuple[Path, ...]:
    """Of `venv`. A part is started without what would find it (`-S`), and starts others that look for it."""
    folder = executable.parent.parent
    return (folder,) if (folder / "pyvenv.cfg").exists() else ()


def own_interpreter() -> tuple[Path, ...]:
    """This Python and what loads it: of all programs the only ones that are started."""
    return runnable() or (*program_folders(), *system_libraries())


def finder_folders() -> tuple[Path, ...]:
    """What Python lists to find modules, beside those: in a checkout, the folder that `monitor` lies in."""
    return _without_doubles((Path(monitor.__file__).parent.parent, *map(Path, filter(os.path.isabs, sys.path))))


def system_libraries() -> tuple[Path, ...]:
    """Shared libraries and what runs them, time zones, certificates."""
    named = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    return _without_doubles(map(Path, (*_LIBRARIES, *filter(os.path.isabs, named))))


def devices() -> tuple[Path, ...]:
    return tuple(map(Path, _DEVICES))


def process_rights() -> FileRight:
    """In /proc. Not for root to write: what stands below /proc/sys is the system's, and asks for no right but being
    root."""
    return READ if os.geteuid() == 0 else USE


def machine_settings() -> tuple[Path, ...]:
    """Names, certificates, time zone. /etc as a whole, because what names servers is put there anew by renaming; where
    this program's own settings lie there, all else of it."""
    whole = Path("/etc")
    named = [Path("/run/systemd/resolve"), Path("/run/NetworkManager"), Path("/run/resolvconf"), Path("/run/nscd")]
    named += led_to(map(Path, _MAY_LEAD_OUT))
    certificates = [Path(os.environ[name]) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)]
    if not os.access(_OWN_SETTINGS, os.R_OK):
        return (whole, *named, *certificates)
    try:
        entries = [entry for entry in whole.iterdir() if not entry.name.startswith(_OWN_SETTINGS.name)]
    except OSError:
        entries = []
    return (*entries, *named, *certificates)


def led_to(links: Iterable[Path]) -> Iterator[Path]:
    """Where they lie in truth: in WSL, say, what names servers is /mnt/wsl/resolv.conf. The folder, where it is one of
    the machine's own for that; else the file alone."""
    for link in links:
        real = link.resolve()
        has_folder = any(real.parent.parent.is_relative_to(one) for one in _OF_THE_MACHINE)
        if real != link and not real.is_relative_to("/etc"):
            yield real.parent if has_folder else real


def _is_of_python(entry: str) -> bool:
    """A checkout's own folder is none: it holds what else the person has there."""
    path = Path(entry)
    return os.path.isabs(entry) and (
        path.name in ("site-packages", "dist-packages", "lib-dynload")
        or path.name.startswith("python3")
        or entry in site.getsitepackages()
    )


def _without_doubles(paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path for path in paths if os.path.isabs(path)))
